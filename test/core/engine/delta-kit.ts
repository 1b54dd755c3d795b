/** Deltas in the test's process: an org in memory that goes on changing, a database of its own, and the proof after every run. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import postgres from "../../../connectors/postgres/index.ts";
import { compileStage } from "../../../core/engine/compile-stage.ts";
import { openSession, type RunOptions, runMigration } from "../../../core/engine/index.ts";
import type { Session } from "../../../core/engine/session.ts";
import { BUCKETS, type EngineEvent, type RunReport } from "../../../core/engine/types.ts";
import { reconcile } from "../../../core/proof/reconcile.ts";
import type { Reconciliation } from "../../../core/proof/types.ts";
import { type ChangingSource, changingSource } from "../../helpers/changing-source.ts";
import { testContext } from "../../helpers/context.ts";
import { createStateDatabase } from "../../helpers/database.ts";
import { memoryRegistry } from "../../helpers/memory-source.ts";
import { buckets, MODEL, text } from "./kit.ts";

/** Accounts with parents and a main contact that comes later, contacts with links to deals, deals, and pairs without timestamps. */
export const ORG = {
  Account: {
    columns: ["Id", "Name", "Industry", "Parent", "Main", "Rating"],
    key: "Id",
    derived: ["Rating"],
  },
  Contact: { columns: ["Id", "Name", "Email", "Account", "Deals"], key: "Id", derived: ["Deals"] },
  Deal: { columns: ["Id", "Name", "Account", "Contact"], key: "Id" },
  Pair: { columns: ["Id", "Contact", "Account", "Label"], key: "Id", untimed: true },
} as const;

export const MAPPINGS: Readonly<Record<string, string>> = {
  account: `
    object: account
    source: Account
    key: Id
    fields:
      name: Name
      industry: Industry
      parent_id: { from: Parent, lookup: account, missing: "null" }
      primary_contact_id: { from: Main, lookup: contact, missing: defer }
      custom.rating: Rating
  `,
  contact: `
    object: contact
    source: Contact
    key: Id
    fields:
      name: Name
      email: Email
      account_id: { from: Account, lookup: account, missing: reject }
    associations:
      - { to: deal, from: Deals, separator: ";", missing: "null" }
  `,
  deal: `
    object: deal
    source: Deal
    key: Id
    fields:
      name: Name
      account_id: { from: Account, lookup: account, missing: "null" }
      contact_id: { from: Contact, lookup: contact, missing: "null" }
  `,
  association: `
    object: association
    source: Pair
    key: Id
    keyspace: Pair
    fields:
      from_id: { from: Contact, lookup: contact, typeInto: from_object }
      to_id: { from: Account, lookup: account, typeInto: to_object }
      label: Label
  `,
};

export interface Org {
  readonly folder: string;
  readonly source: ChangingSource;
  readonly events: EngineEvent[];
  mapping(name: string, content: string): Promise<void>;
  config(more: string): Promise<void>;
  session<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /** Runs; buckets add up. `signal`: interrupts it. */
  run(options?: RunOptions, signal?: AbortSignal, onEvent?: () => void): Promise<RunReport>;
  /** Kind of the last run. */
  kind(): string;
  delta(options?: RunOptions): Promise<RunReport>;
  prove(spotChecks?: number): Promise<Reconciliation>;
  /** Proves, and expects it to be clean. */
  clean(): Promise<void>;
  sql(statement: string, values?: readonly unknown[]): Promise<unknown[][]>;
  /** Notes of the last run. */
  notes(): string[];
  /** Moves the source's clock on. */
  later(ms?: number): void;
}

export async function org(
  options: {
    config?: string;
    mappings?: Readonly<Record<string, string>>;
    source?: ChangingSource;
    model?: string;
  } = {},
): Promise<Org> {
  const database = await createStateDatabase();
  const folder = await mkdtemp(join(tmpdir(), "delta-"));
  onTestFinished(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });
  const source = options.source ?? changingSource(ORG);
  const write = (name: string, content: string) => writeFile(join(folder, name), text(content));
  const config = (more: string) =>
    write(
      "migration.yaml",
      `version: 1
name: test
source: { connector: memory }
target: { connector: postgres, url: "${database.url}", schema: crm, model: ./model.yaml }
mappings: ./mappings
reconcile: { tolerance: 0, spotChecks: 0 }
${more}`,
    );
  await mkdir(join(folder, "mappings"));
  await config(options.config ?? "");
  await write("model.yaml", options.model ?? MODEL);
  for (const [name, content] of Object.entries(options.mappings ?? MAPPINGS))
    await write(`mappings/${name}.yaml`, content);
  const events: EngineEvent[] = [];
  // runs of one test have names of their own
  let second = 0;
  const now = () => new Date(Date.parse("2026-11-21T23:30:00Z") + 1000 * second);
  const open = (signal?: AbortSignal) =>
    openSession(join(folder, "migration.yaml"), {
      registry: memoryRegistry(source, postgres),
      context: testContext({ now, ...(signal === undefined ? {} : { signal }) }),
    });
  let kind = "";
  const run: Org["run"] = async (runOptions = {}, signal, onEvent) => {
    second++;
    events.length = 0;
    const session = await open(signal);
    try {
      const report = await runMigration(session, runOptions, (event) => {
        events.push(event);
        onEvent?.();
      });
      kind = report.kind;
      for (const object of report.objects) {
        const sum = BUCKETS.reduce((total, bucket) => total + object[bucket], 0);
        expect(sum, `buckets of ${object.mapping}`).toBe(object.read);
      }
      return report;
    } finally {
      await session.close();
    }
  };
  const prove: Org["prove"] = async (spotChecks = 0) => {
    const session = await open();
    try {
      return await reconcile(session, {
        run: null,
        spotChecks,
        compile: (mapping) => compileStage(session, mapping, { resolve: () => null }),
      });
    } finally {
      await session.close();
    }
  };
  return {
    folder,
    source,
    events,
    config,
    run,
    prove,
    kind: () => kind,
    session: async (work) => {
      const session = await open();
      try {
        return await work(session);
      } finally {
        await session.close();
      }
    },
    mapping: (name, content) => write(`mappings/${name}.yaml`, content),
    delta: (runOptions = {}) => run({ delta: true, ...runOptions }),
    clean: async () => {
      const proof = await prove(50);
      expect(
        proof.objects.flatMap(({ mapping, problems }) => problems.map((problem) => `${mapping}: ${problem}`)),
      ).toEqual([]);
      expect(proof.spotChecks.filter(({ ok }) => !ok)).toEqual([]);
      expect(proof.ok).toBe(true);
    },
    sql: async (statement, values) => {
      const { rows } = await database.database.pool.query({
        text: statement,
        rowMode: "array",
        ...(values === undefined ? {} : { values: [...values] }),
      });
      return rows as unknown[][];
    },
    notes: () => events.flatMap((event) => (event.type === "note" ? [event.message] : [])),
    later: (ms = 60_000) => {
      source.now += ms;
    },
  };
}

export { buckets };
