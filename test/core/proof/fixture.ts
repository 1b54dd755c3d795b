/** A migration that was run, seeded by hand: source on arrays, target rows, ledger and outcomes by SQL. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "../../../connectors/postgres/index.ts";
import { compileStage } from "../../../core/engine/compile-stage.ts";
import { openSession } from "../../../core/engine/open-session.ts";
import type { Session } from "../../../core/engine/session.ts";
import { ensureTables } from "../../../core/engine/tables.ts";
import type { ObjectMapping } from "../../../core/mapping/types.ts";
import { reconcile } from "../../../core/proof/reconcile.ts";
import type { Reconciliation } from "../../../core/proof/types.ts";
import { migrateState } from "../../../core/store/state-migrations.ts";
import { testContext } from "../../helpers/context.ts";
import { createTestDatabase } from "../../helpers/database.ts";
import { type MemoryData, type MemorySource, memoryRegistry, memorySource } from "../../helpers/memory-source.ts";

export const RUN = "20261121T233000Z-full";

export interface Seeded {
  readonly session: Session;
  readonly data: MemoryData;
  readonly source: MemorySource;
  readonly sql: (text: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;
  /** As before any run. */
  readonly clear: () => Promise<void>;
  /** Everything as the run left it. */
  readonly reset: () => Promise<void>;
  readonly prove: (spotChecks?: number, run?: string | null) => Promise<Reconciliation>;
  readonly close: () => Promise<void>;
}

const ACCOUNT = `object: account
source: accounts
key: Id
fields:
  name: Name
  parent_id: { from: ParentId, lookup: account, missing: "null" }
`;

const OPPORTUNITY = `object: opportunity
source: opportunities
key: Id
filter: "IsTest = 'no'"
duplicates: reject
fields:
  name: Name
  account_id: { from: AccountId, lookup: account }
  stage:
    from: Stage
    picklist: { values: { Won: closed_won, Lost: closed_lost, Open: prospecting }, unmapped: reject }
  amount: { from: Amount, currency: Currency }
  close_date: Close
  region_share: { from: Share, type: decimal }
`;

/** Records at the source, as they were when the run read them. */
function sourceData(): MemoryData {
  return {
    accounts: {
      columns: ["Id", "Name", "ParentId"],
      key: "Id",
      rows: [
        ["A1", "Acme", null],
        ["A2", "Acme West", "A1"],
        ["A3", "Beta", "A9"],
      ],
    },
    opportunities: {
      columns: ["Id", "Name", "AccountId", "Stage", "Amount", "Currency", "Close", "Share", "IsTest"],
      key: "Id",
      rows: [
        ["O1", "One", "A1", "Won", "0.10", "EUR", "2026-01-31", "0.5", "no"],
        ["O2", "Two", "A2", "Won", "0.20", "EUR", "2026-02-28", "0.25", "no"],
        ["O3", "Three", "A1", "Open", "12345678901234567.89", "USD", "2026-03-31", null, "no"],
        ["O4", "Test", "A1", "Won", "1000000", "EUR", "2026-03-31", null, "yes"],
        ["O5", "Bad stage", "A1", "Verbal", "500.00", "EUR", "2026-03-31", null, "no"],
        ["O6", "Orphan", "A7", "Lost", "70.00", "USD", "2026-03-31", null, "no"],
        // the same key again: rejected as a duplicate, the first one was loaded
        ["O1", "One again", "A1", "Won", "9.99", "EUR", "2026-01-31", null, "no"],
      ],
      bad: [
        { line: 9, code: "CSV_RAGGED_ROW", reason: "expected 9 cells, got 3", field: null, cells: ["O9", "x", "y"] },
      ],
    },
  };
}

async function open(url: string): Promise<Pick<Seeded, "session" | "data" | "source"> & { readonly baseDir: string }> {
  const baseDir = await mkdtemp(join(tmpdir(), "proof-"));
  await mkdir(join(baseDir, "mappings"));
  await mkdir(join(baseDir, "runs", RUN), { recursive: true });
  await writeFile(join(baseDir, "mappings", "account.yaml"), ACCOUNT);
  await writeFile(join(baseDir, "mappings", "opportunity.yaml"), OPPORTUNITY);
  await writeFile(
    join(baseDir, "migration.yaml"),
    `version: 1\nname: acme\nsource: { connector: memory }\ntarget: { connector: postgres, url: "${url}" }\nmappings: ./mappings\n`,
  );
  const data = sourceData();
  const source = memorySource(data);
  const session = await openSession(join(baseDir, "migration.yaml"), {
    registry: memoryRegistry(source, postgres),
    context: testContext(),
  });
  return { session, data, source, baseDir };
}

const query =
  (session: Session): Seeded["sql"] =>
  async (text, values) =>
    (await session.database.query<Record<string, unknown>>(text, values)).rows;

/** Opens it; `reset` comes before each test. */
export async function seed(): Promise<Seeded> {
  const database = await createTestDatabase();
  await database.database.close();
  const { session, data, source, baseDir } = await open(database.url);
  const client = await session.database.connect();
  await migrateState(client);
  await ensureTables(client, session);
  client.release();
  const sql = query(session);
  return {
    session,
    data,
    source,
    sql,
    clear: () => clear(sql, data, source),
    reset: async () => {
      await clear(sql, data, source);
      await fill(session, sql);
    },
    prove: (spotChecks = 0, run = null) => reconcile(session, { run, spotChecks, compile: compile(session) }),
    close: async () => {
      await session.close();
      await database.drop();
      await rm(baseDir, { recursive: true, force: true });
    },
  };
}

async function clear(sql: Seeded["sql"], data: MemoryData, source: MemorySource): Promise<void> {
  Object.assign(data, sourceData());
  source.calls.clear();
  await sql(
    `truncate crm.account, crm.opportunity, migrate.run, migrate.origin, migrate.ledger, migrate.id_map, migrate.progress,
       migrate.outcome, migrate.deferred restart identity cascade`,
  );
}

/** As a run compiles, without owners. */
export const compile = (session: Session) => (mapping: ObjectMapping) =>
  compileStage(session, mapping, { resolve: () => null });

/** What a clean run of the data above leaves. */
async function fill(session: Session, sql: Seeded["sql"]): Promise<void> {
  const [{ id: run }] = (await sql(
    `insert into migrate.run (name, kind, status, migration, source, started_at, finished_at)
     values ($1, 'full', 'completed', 'acme', 'memory', now(), now()) returning id`,
    [RUN],
  )) as [{ id: string }];
  const external = session.config.source.name;
  await sql(
    `insert into crm.account (external_source, external_id, name) values ($1, 'A1', 'Acme'), ($1, 'A2', 'Acme West'), ($1, 'A3', 'Beta')`,
    [external],
  );
  await sql(
    `update crm.account set parent_id = (select id from crm.account where external_id = 'A1') where external_id = 'A2'`,
  );
  await sql(
    `insert into crm.opportunity (external_source, external_id, name, account_id, stage, amount, currency, close_date, custom)
     select $1, v.key, v.name, a.id, v.stage, v.amount, v.currency, v.close, v.custom
       from (values ('O1', 'One', 'A1', 'closed_won', 0.10, 'EUR', date '2026-01-31', '{"region_share": 0.5}'::jsonb),
                    ('O2', 'Two', 'A2', 'closed_won', 0.20, 'EUR', '2026-02-28', '{"region_share": 0.25}'),
                    ('O3', 'Three', 'A1', 'prospecting', 12345678901234567.89, 'USD', '2026-03-31', null))
            v (key, name, account, stage, amount, currency, close, custom)
       join crm.account a on a.external_id = v.account`,
    [external],
  );
  const outcomes: Record<string, Record<string, (string | null)[]>> = {
    account: { inserted: ["A1", "A2", "A3"] },
    opportunity: { inserted: ["O1", "O2", "O3"], filtered: ["O4"], rejected: ["O5", "O6", "O1", null] },
  };
  for (const { mapping } of session.stages) {
    const [{ id: origin }] = (await sql(
      "insert into migrate.origin (external_source, mapping, object) values ($1, $2, $3) returning id",
      [external, mapping.id, mapping.object],
    )) as [{ id: number }];
    await sql("insert into migrate.progress (run_id, origin_id, phase) values ($1, $2, 'done')", [run, origin]);
    await sql(
      `insert into migrate.ledger (origin_id, target_id, hash, version, run_id)
       select $1, t.id, '00000000-0000-0000-0000-000000000000', t.xmin, $2 from crm.${mapping.object} t`,
      [origin, run],
    );
    for (const [bucket, keys] of Object.entries(outcomes[mapping.object] ?? {})) {
      await sql(
        "insert into migrate.outcome (run_id, origin_id, chunk, bucket, count, keys) values ($1, $2, 0, $3, $4, $5)",
        [run, origin, bucket, keys.length, keys],
      );
    }
  }
}
