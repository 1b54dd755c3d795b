/** Whole migrations in the test's process: CSV texts, mapping YAML and a model in a temporary folder, a database of its own. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { compileStage } from "../../../core/engine/compile-stage.ts";
import { makePlan, openSession, type RunOptions, recordsOf, runMigration } from "../../../core/engine/index.ts";
import { BUCKETS, type Plan, type RunReport } from "../../../core/engine/types.ts";
import { reconcile } from "../../../core/proof/reconcile.ts";
import type { Reconciliation } from "../../../core/proof/types.ts";
import { ident } from "../../../core/store/quote.ts";
import { testContext } from "../../helpers/context.ts";
import { createStateDatabase, createTestDatabase } from "../../helpers/database.ts";

/** A model with one of everything: owners, self-references, a cycle of objects, polymorphic lookups, associations. */
export const MODEL = `version: 1
name: own
order: [user, account, contact, deal, task, association]
objects:
  user:
    fields: { name: text, email: email, is_active: boolean }
  account:
    requireAny: [[name, domain]]
    fields:
      name: text
      domain: text
      industry: text
      size: integer
      parent_id: { type: reference, lookup: account }
      top_id: { type: reference, lookup: account }
      owner_id: owner
      primary_contact_id: { type: reference, lookup: contact }
  contact:
    fields:
      name: text
      email: email
      phone: text
      account_id: { type: reference, lookup: account }
      billing_id: { type: reference, lookup: account }
      employer_id: { type: reference, lookup: account }
  deal:
    fields:
      name: { type: text, required: true }
      account_id: { type: reference, lookup: account }
      contact_id: { type: reference, lookup: contact }
  task:
    fields:
      subject: text
      about_type: text
      about_id: { type: reference, lookup: [account, contact, deal], typeField: about_type }
  association:
    identity: [from_object, from_id, to_object, to_id, label]
    fields:
      from_object: { type: text, required: true }
      from_id: { type: reference, required: true, typeField: from_object, lookup: [user, account, contact, deal, task] }
      to_object: { type: text, required: true }
      to_id: { type: reference, required: true, typeField: to_object, lookup: [user, account, contact, deal, task] }
      label: text
      is_primary: boolean
`;

/**
 * Sizes of chunks that a test goes through: everything in one, and few, so that what belongs together lies both in one chunk and
 * in several. In the long trials also chunks of one record, which add nothing but boundaries.
 */
export const chunks = (...sizes: readonly number[]): readonly number[] =>
  process.env.SOAK === "1" ? [...sizes, 1] : sizes;

export interface Given {
  /** File name below `data/` -> content; an indented literal is fine. */
  readonly files: Readonly<Record<string, string>>;
  /** Mapping YAML by file name without extension. */
  readonly mappings: Readonly<Record<string, string>>;
  readonly owners?: string;
  /** Model YAML; MODEL when absent; `introspect` uses the tables that `sql` made. */
  readonly model?: string;
  /** Statements for the empty database. */
  readonly sql?: string;
  /** Further keys of migration.yaml. */
  readonly config?: string;
  /** A database that holds nothing at all; else schema `migrate` is there already, which takes less time. */
  readonly untouched?: boolean;
  /** Further options of the source. */
  readonly source?: string;
}

export interface Reject {
  readonly object: string;
  readonly key: string | null;
  readonly code: string;
  readonly field: string | null;
  readonly value: string | null;
}

export interface Migration {
  readonly folder: string;
  /** Writes a file of `data/` or a mapping anew. */
  data(name: string, text: string): Promise<void>;
  mapping(name: string, text: string): Promise<void>;
  owners(text: string): Promise<void>;
  plan(): Promise<Plan>;
  /** Runs, and proves that every record read is in exactly one bucket. */
  run(options?: RunOptions): Promise<RunReport>;
  /** Reconciles the last run; mappings with owners are not compiled as a run would. */
  prove(spotChecks?: number): Promise<Reconciliation>;
  /** What the check of the mappings warns about. */
  warned(): Promise<{ code: string; message: string }[]>;
  /** Values as arrays, numbers as texts. */
  sql(text: string, values?: readonly unknown[]): Promise<unknown[][]>;
  /** Place and version of every row of the target. */
  versions(): Promise<unknown[][]>;
  /** Rejects of the last run, by line. */
  rejects(): Promise<Reject[]>;
  reasons(): Promise<string[]>;
  /** Warnings of the last run. */
  warnings(): Promise<Reject[]>;
  /** Keys in a bucket of the last run, per object. */
  records(bucket: (typeof BUCKETS)[number]): Promise<Record<string, string[]>>;
}

/** Takes the indentation of the first line away from all. */
export function text(content: string): string {
  const lines = content.replace(/^\n/, "").split("\n");
  const indent = /^ */.exec(lines[0] ?? "")![0];
  return lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart())).join("\n");
}

/** `account: { read: 3, inserted: 2, rejected: 1 }`: what is not zero, of every stage. */
export function buckets(report: RunReport): Record<string, Record<string, number>> {
  const found: Record<string, Record<string, number>> = {};
  for (const object of report.objects) {
    const name = found[object.object] === undefined ? object.object : object.mapping;
    found[name] = Object.fromEntries(
      (["read", ...BUCKETS] as const).map((bucket) => [bucket, object[bucket]] as const).filter(([, n]) => n !== 0),
    );
  }
  return found;
}

/** `account.parent_id: { expected, resolved, ... }`, what is not zero; proves that references add up. */
export function references(report: RunReport): Record<string, Record<string, number>> {
  const found: Record<string, Record<string, number>> = {};
  for (const object of report.objects) {
    for (const { field, expected, ...parts } of object.references) {
      expect(parts.resolved + parts.deferred + parts.unresolved, `${object.object}.${field}`).toBe(expected);
      for (const part of Object.values(parts)) expect(part).toBeGreaterThanOrEqual(0);
      found[`${object.object}.${field}`] = Object.fromEntries(
        Object.entries({ expected, ...parts }).filter(([, n]) => n !== 0),
      );
    }
  }
  return found;
}

export async function migration(given: Given): Promise<Migration> {
  const database = await (given.untouched === true ? createTestDatabase() : createStateDatabase());
  const folder = await mkdtemp(join(tmpdir(), "engine-"));
  onTestFinished(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });
  const write = async (path: string, content: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text(content));
  };
  const introspect = given.model === "introspect";
  await write(
    "migration.yaml",
    `version: 1
name: test
source: { connector: csv, files: ./data${given.source === undefined ? "" : `, ${given.source}`} }
target: { connector: postgres, url: "${database.url}", schema: crm, model: ${introspect ? "introspect" : "./model.yaml"} }
mappings: ./mappings
${given.owners === undefined ? "" : "owners: ./owners.yaml\n"}${given.config ?? ""}`,
  );
  if (!introspect) await write("model.yaml", given.model ?? MODEL);
  if (given.owners !== undefined) await write("owners.yaml", given.owners);
  for (const [name, content] of Object.entries(given.files)) await write(`data/${name}`, content);
  for (const [name, content] of Object.entries(given.mappings)) await write(`mappings/${name}.yaml`, content);
  if (given.sql !== undefined) await database.database.query(given.sql);

  const sql: Migration["sql"] = async (statement, values) => {
    const { rows } = await database.database.pool.query({
      text: statement,
      rowMode: "array",
      ...(values === undefined ? {} : { values: [...values] }),
    });
    return rows as unknown[][];
  };
  const open = () =>
    openSession(join(folder, "migration.yaml"), { registry: createRegistry(folder), context: testContext() });
  const withSession = async <Result>(work: (session: Awaited<ReturnType<typeof open>>) => Promise<Result>) => {
    const session = await open();
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  };
  const last = "(select max(id) from migrate.run)";
  const told = async (table: "reject" | "warning"): Promise<Reject[]> => {
    const rows = await sql(
      `select o.object, r.key, r.code, r.field, r.value from migrate.${table} r join migrate.origin o on o.id = r.origin_id
       where run_id = ${last} order by o.id, r.line nulls last, r.key, r.field, r.code`,
    );
    return rows.map(([object, key, code, field, value]) => ({ object, key, code, field, value }) as Reject);
  };
  return {
    folder,
    sql,
    data: (name, content) => write(`data/${name}`, content),
    mapping: (name, content) => write(`mappings/${name}.yaml`, content),
    owners: (content) => write("owners.yaml", content),
    plan: () => withSession((session) => makePlan(session, () => undefined)),
    run: (options = {}) =>
      withSession(async (session) => {
        const report = await runMigration(session, options, () => undefined);
        for (const object of report.objects) {
          const sum = BUCKETS.reduce((total, bucket) => total + object[bucket], 0);
          expect(sum, `buckets of ${object.mapping}`).toBe(object.read);
        }
        if (report.dryRun) return report;
        for (const bucket of BUCKETS) {
          const kept = new Map<string, number>();
          for await (const record of recordsOf(session, report.run, bucket)) {
            kept.set(record.mapping, (kept.get(record.mapping) ?? 0) + 1);
          }
          for (const object of report.objects) {
            expect(kept.get(object.mapping) ?? 0, `${bucket} records of ${object.mapping}`).toBe(object[bucket]);
          }
        }
        const [[warned]] = (await sql(`select count(*)::int from migrate.warning where run_id = ${last}`)) as [
          [number],
        ];
        expect(warned, "warnings kept").toBe(report.totals.warnings);
        return report;
      }),
    prove: (spotChecks = 0) =>
      withSession((session) =>
        reconcile(session, {
          run: null,
          spotChecks,
          compile: (mapping) => compileStage(session, mapping, { resolve: () => null }),
        }),
      ),
    warned: () =>
      withSession(async (session) => session.mappingWarnings.map(({ code, message }) => ({ code, message }))),
    versions: async () => {
      const tables = await sql(
        "select relname from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'crm' and relkind = 'r' order by 1",
      );
      const found: unknown[][] = [];
      for (const [name] of tables as [string][]) {
        found.push(
          ...(await sql(`select $1::text, ctid::text, xmin::text from crm.${ident(name)} order by ctid`, [name])),
        );
      }
      return found;
    },
    rejects: () => told("reject"),
    reasons: async () =>
      (await sql(`select reason from migrate.reject where run_id = ${last} order by origin_id, line`)).map(
        ([reason]) => reason as string,
      ),
    warnings: () => told("warning"),
    records: async (bucket) => {
      const rows = (await sql(
        `select o.object, k from migrate.outcome u join migrate.origin o on o.id = u.origin_id, unnest(u.keys) k
         where run_id = ${last} and bucket = $1 order by o.id, u.chunk, k`,
        [bucket],
      )) as [string, string][];
      const found: Record<string, string[]> = {};
      for (const [object, key] of rows) found[object] = [...(found[object] ?? []), key];
      return found;
    },
  };
}

/** Runs again and proves that nothing is written, and that everything is where it was; returns the report. */
export async function runAgain(subject: Migration, options: RunOptions = {}): Promise<RunReport> {
  const before = await subject.versions();
  const report = await subject.run(options);
  expect(await subject.versions(), "row versions after a second run").toEqual(before);
  const { inserted, updated } = report.totals;
  expect({ inserted, updated }).toEqual({ inserted: 0, updated: 0 });
  return report;
}
