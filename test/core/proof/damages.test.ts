/** The proof itself is put to the test: what was done to the target must be found, by the level that promises it, and named. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { compilerFor, openSession, runMigration } from "../../../core/engine/index.ts";
import type { Session } from "../../../core/engine/session.ts";
import { reconcile } from "../../../core/proof/reconcile.ts";
import type { ObjectProof, Reconciliation } from "../../../core/proof/types.ts";
import { testContext } from "../../helpers/context.ts";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";
import { text } from "../engine/kit.ts";
import { DAMAGES, type Damage, FILES, MAPPINGS, MODEL } from "./damages.ts";

const TABLES = ["user", "account", "contact", "deal", "deal_line", "task", "file", "association"] as const;

let database: TestDatabase;
let folder: string;
let session: Session;
let compile: Awaited<ReturnType<typeof compilerFor>>;
const ids = new Map<string, string>();

const query = async (sql: string): Promise<Record<string, unknown>[]> => (await database.database.pool.query(sql)).rows;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), "damages-"));
  for (const name of ["data", "mappings"]) await mkdir(join(folder, name));
  await writeFile(
    join(folder, "migration.yaml"),
    `version: 1
name: test
source: { connector: csv, files: ./data }
target: { connector: postgres, url: "${database.url}", schema: crm, model: ./model.yaml }
mappings: ./mappings
reconcile: { tolerance: 0 }
`,
  );
  await writeFile(join(folder, "model.yaml"), MODEL);
  for (const [name, content] of Object.entries(FILES)) await writeFile(join(folder, "data", name), content);
  for (const [name, content] of Object.entries(MAPPINGS))
    await writeFile(join(folder, "mappings", `${name}.yaml`), text(content));
  session = await openSession(join(folder, "migration.yaml"), {
    registry: createRegistry(folder),
    context: testContext(),
  });
  const { totals } = await runMigration(session, {}, () => undefined);
  expect(totals).toMatchObject({ read: 22, inserted: 22, rejected: 0 });
  compile = await compilerFor(session);
  for (const name of TABLES) {
    await query(`create table public."saved_${name}" as select * from crm."${name}"`);
    if (name === "association") continue;
    for (const row of await query(`select external_id, id from crm."${name}"`))
      ids.set(row.external_id as string, String(row.id));
  }
  restore = await restoring();
});
afterAll(async () => {
  await session.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** The rows as the run left them; the ledger knows their present versions: it looks as if the load itself had written all of it. */
const unseen = TABLES.filter((name) => name !== "association")
  .map(
    (name) => `update migrate.ledger l set version = t.xmin from crm."${name}" t, migrate.origin o
      where o.id = l.origin_id and o.object = '${name}' and t.id = l.target_id`,
  )
  .join("; ");

let restore: string;

/** Statements that put the saved rows back; generated columns make themselves. */
async function restoring(): Promise<string> {
  const steps: string[] = [];
  for (const name of TABLES) {
    const [row] = await query(
      `select string_agg(quote_ident(column_name), ', ') as list from information_schema.columns
        where table_schema = 'crm' and table_name = '${name}' and is_generated = 'NEVER'`,
    );
    const list = row!.list as string;
    steps.push(
      `delete from crm."${name}"; insert into crm."${name}" (${list}) overriding system value select ${list} from public."saved_${name}"`,
    );
  }
  return `begin; set local session_replication_role = replica; ${steps.join("; ")}; ${unseen}; commit`;
}

const damageSql = (sql: string): string =>
  sql
    .replaceAll("{source}", session.config.source.name)
    .replaceAll(/\{([A-Z]\d)\}/g, (_, key: string) => ids.get(key)!);

const prove = (fields: boolean): Promise<Reconciliation> =>
  reconcile(session, { run: null, spotChecks: 0, fields, compile });

/** The same, with records that are compared a few at a time. */
const proveInPieces = (): Promise<Reconciliation> =>
  reconcile(session, {
    run: null,
    spotChecks: 0,
    fields: true,
    compile,
    pieces: { exactUpTo: 0, copyBytes: 1, pieceBytes: 1 },
  });

const withoutFigures = (problem: string): string => problem.replace(/^(The values of \S+ differ) \(.*/, "$1");

/** What does not depend on the size of the pieces: all but the time, and how distinct values are counted. */
const lasting = ({ objects }: Reconciliation): unknown =>
  objects.map(({ figures, source: { countedAt: _, ...source }, problems, findings, ...rest }) => ({
    ...rest,
    source,
    problems: problems.map(withoutFigures),
    findings: findings?.map(({ level, problem }) => [level, withoutFigures(problem)]),
    figures: figures?.map(({ distinctExact: _exact, source: from, target: to, ...figure }) => ({
      ...figure,
      sides: [from, to].map(({ distinct: _distinct, ...side }) => side),
    })),
  }));

/** Levels that found something of an object, and whether they named what the damage concerns. */
function named(proof: ObjectProof, { keys, field }: Damage, level: 1 | 2 | 3 | 4): boolean {
  if (!(proof.findings ?? []).some((finding) => finding.level === level)) return false;
  const every = (found: readonly string[] | undefined): boolean => keys.every((key) => found?.includes(key) === true);
  if (level === 1) return [proof.lost, proof.extra].some(({ count, keys: found }) => count > 0 && every(found));
  if (level === 2) {
    const groups = (proof.groups ?? []).filter(({ ok }) => !ok);
    return (
      (proof.figures ?? []).some((figure) => figure.field === field && !figure.ok) ||
      proof.sums.some((sum) => sum.field === field && !sum.ok) ||
      groups.some((group) => group.field === field || (field !== null && field in group.source.numbers))
    );
  }
  if (level === 3) {
    const reference = proof.references.find((check) => check.field === field);
    const link = proof.associations.find(({ to }) => `association to ${to}` === field);
    return [
      reference?.astray,
      reference?.empty,
      reference?.surplus,
      link?.gone,
      link?.relabelled,
      link?.additional,
      link?.marked,
    ].some((found) => found !== undefined && every(found.keys));
  }
  const differences = (proof.fields?.differences ?? []).filter(
    (difference) => difference.explained === null && difference.field === (field ?? ""),
  );
  return differences.length > 0 && every(differences.map(({ key }) => key));
}

describe("an undamaged target", () => {
  test("is proven by every level, twice", async () => {
    for (const sql of ["select 1", restore]) {
      await query(sql);
      const result = await prove(true);
      expect(lasting(await proveInPieces())).toEqual(lasting(result));
      expect(result.objects.flatMap(({ problems }) => problems)).toEqual([]);
      expect(result.ok).toBe(true);
      expect(result.objects.map(({ object, fields }) => [object, fields?.records, fields?.differing])).toEqual([
        ["user", 2, 0],
        ["account", 4, 0],
        ["contact", 4, 0],
        ["deal", 4, 0],
        ["deal_line", 3, 0],
        ["task", 3, 0],
        ["file", 2, 0],
      ]);
      expect(result.objects.every(({ figures }) => figures!.every(({ ok }) => ok))).toBe(true);
      expect(result.levels!.map(({ level, done, ok }) => [level, done, ok])).toEqual([
        [1, true, true],
        [2, true, true],
        [3, true, true],
        [4, true, true],
        [5, false, null],
      ]);
    }
  });
});

/** Damages that do not get into each other's way are done together: each is of another object, or of another field. */
function together(damages: readonly Damage[]): Damage[][] {
  const groups: Damage[][] = [];
  const apart = (a: Damage, b: Damage): boolean =>
    a.object !== b.object || (a.field !== null && b.field !== null && a.field !== b.field);
  for (const damage of damages) {
    const fits = (other: Damage): boolean => other.alone !== true && damage.alone !== true && apart(other, damage);
    const group = groups.find((others) => others.every(fits));
    if (group === undefined) groups.push([damage]);
    else group.push(damage);
  }
  return groups;
}

async function missedBy(
  damages: readonly Damage[],
  fields: boolean,
  hidden: boolean,
): Promise<Record<string, string[]>> {
  const failures: Record<string, string[]> = {};
  for (const group of together(damages)) {
    await query(restore);
    for (const { sql } of group) await query(damageSql(sql));
    // as if the load itself had done it: nothing can be told by row versions
    if (hidden) await query(unseen);
    const result = await prove(fields);
    if (fields) expect(lasting(await proveInPieces())).toEqual(lasting(result));
    const expected = new Set(group.flatMap(({ object, also = [] }) => [object, ...also]));
    const failing = result.objects.filter(({ ok }) => !ok).map(({ object }) => object);
    if (failing.toSorted().join() !== [...expected].toSorted().join())
      failures[group.map(({ name }) => name).join(" + ")] = [`not proven: ${failing.join(", ")}`];
    for (const damage of group) {
      const proof = result.objects.find(({ object }) => object === damage.object)!;
      const wrong = damage.levels.filter((level) => (fields || level !== 4) && !named(proof, damage, level));
      if (wrong.length > 0) failures[damage.name] = [`level ${wrong.join(", ")}: ${JSON.stringify(proof.findings)}`];
    }
  }
  return failures;
}

describe("damage", () => {
  test("is found by the level that promises it, and named, all at once and piece by piece", {
    timeout: 120_000,
  }, async () => {
    expect(new Set(DAMAGES.map(({ name }) => name)).size).toBe(DAMAGES.length);
    expect(DAMAGES.length).toBeGreaterThanOrEqual(40);
    expect(await missedBy(DAMAGES, true, true)).toEqual({});
  });

  test("is told without --fields, too, where counts, figures or references show it", { timeout: 60_000 }, async () => {
    const shown = DAMAGES.filter(({ levels }) => levels.some((level) => level !== 4));
    expect(
      await missedBy(
        shown.filter((_, at) => at % 4 === 0),
        false,
        false,
      ),
    ).toEqual({});
  });

  test("all differences are in a file per object, with both values", async () => {
    await query(restore);
    await query("update crm.contact set name = '=1+1' where external_id = 'C1'");
    await query("update crm.contact set weight = 1 where external_id in ('C2', 'C4')");
    await query(
      "update crm.contact set account_id = (select id from crm.account where external_id = 'A4') where external_id = 'C1'",
    );
    const { run, objects } = await prove(true);
    const contact = objects.find(({ object }) => object === "contact")!;
    expect(contact.fields).toMatchObject({
      differing: 4,
      explained: 0,
      byField: [
        { field: "weight", count: 2 },
        { field: "account_id", count: 1 },
        { field: "name", count: 1 },
      ],
      file: "differences/contact.csv",
    });
    expect(contact.problems).toContain('2 values of weight differ, first C2: "80.5" at the source, "1" in the target.');
    const lines = (await readFile(join(folder, "runs", run, "differences/contact.csv"), "utf8")).split("\r\n");
    expect(lines.map((line) => line.split(",").slice(0, 6).join(","))).toEqual([
      "\uFEFF_key,_field,_kind,_source,_target,_explained",
      "C1,account_id,reference,A1,A4,",
      "C1,name,value,Chloé Martin,'=1+1,",
      "C2,weight,value,80.5,1,",
      "C4,weight,value,70.25,1,",
      "",
    ]);
    await query(restore);
    await prove(true);
    await expect(readFile(join(folder, "runs", run, "differences/contact.csv"))).rejects.toMatchObject({
      code: "ENOENT",
    });
  });

  test("a column that is gone, and times without a form of their own, are told and do not end the proof", async () => {
    await query(restore);
    await query("update crm.contact set last_seen = '-infinity' where external_id = 'C1'");
    await query("update crm.contact set last_seen = '0044-03-15 12:00:00+00 BC' where external_id = 'C2'");
    await query("update crm.contact set discount = 0 where external_id = 'C3'");
    await query("alter table crm.contact drop column notes");
    const { objects } = await prove(true);
    await query("alter table crm.contact add column notes text");
    const of = (name: string): ObjectProof => objects.find(({ object }) => object === name)!;
    expect(of("contact").findings).toEqual(
      expect.arrayContaining([
        { level: 1, problem: "The column notes of contact is no longer in the target." },
        {
          level: 4,
          problem:
            '2 values of last_seen differ, first C1: "2024-03-31T10:15:00Z" at the source, "-infinity" in the target.',
        },
      ]),
    );
    expect(of("contact").fields!.differences.filter(({ field }) => field === "last_seen")).toMatchObject([
      { key: "C1", target: "-infinity" },
      { key: "C2", target: "0044-03-15 12:00:00+00 BC" },
    ]);
    expect(of("contact").fields!.byField).toContainEqual({ field: "notes", count: 3 });
    const months = of("contact").problems.find((problem) => problem.startsWith("By month"));
    expect(months).toContain("discount is empty in 1 and 0 records");
  });
});
