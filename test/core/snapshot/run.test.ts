import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import postgres from "../../../connectors/postgres/index.ts";
import type { SourceConnector } from "../../../core/connector.ts";
import { compilerFor, openSession, type RunOptions, runMigration, snapshotUsedBy } from "../../../core/engine/index.ts";
import type { Plan } from "../../../core/engine/types.ts";
import { StoppedError } from "../../../core/errors.ts";
import { reconcile } from "../../../core/proof/index.ts";
import { testContext } from "../../helpers/context.ts";
import { createTestDatabase } from "../../helpers/database.ts";
import { type MemoryData, memoryRegistry, memorySource } from "../../helpers/memory-source.ts";

const MODEL = `version: 1
name: own
order: [account, contact]
objects:
  account: { fields: { name: text, city: text, stage: { type: picklist, options: [a, b] } } }
  contact: { fields: { name: text, account_id: { type: reference, lookup: account } } }
`;
const ACCOUNT = (fields: string) => `object: account\nsource: Account\nkey: Id\nfields: { name: Name${fields} }\n`;
const CONTACT = "object: contact\nsource: Contact\nkey: Id\nfields: { name: Name, account_id: AccountId }\n";

function data(): MemoryData {
  return {
    Account: {
      columns: ["Id", "Name", "City", "Stage"],
      key: "Id",
      rows: [
        ["1", "Acme", "Berlin", "a"],
        ["2", "Globex", null, "b"],
        ["3", "Initech", "", "a"],
      ],
    },
    Contact: { columns: ["Id", "Name", "AccountId"], key: "Id", rows: [["9", "Ann", "2"]] },
  };
}

/** A migration from a source that costs calls; `calls` are the reads and counts that it was asked for. */
async function costly(content = data()) {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), "snapshot-run-"));
  onTestFinished(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });
  const calls: string[] = [];
  const memory = memorySource(content);
  const source: SourceConnector = {
    ...memory,
    capabilities: { blankMeansNothing: false, fetchByKey: true, snapshot: true },
    open: async () => void calls.push("open"),
    // as of an API: it tells nothing of the content
    fingerprint: async (object) => object,
    count: (object) => {
      calls.push(`count ${object}`);
      return memory.count(object);
    },
    read: (request) => {
      calls.push(`read ${request.object}`);
      return memory.read(request);
    },
  };
  const mapping = (name: string, text: string) => writeFile(join(folder, "mappings", `${name}.yaml`), text);
  await mkdir(join(folder, "mappings"));
  await writeFile(join(folder, "model.yaml"), MODEL);
  await writeFile(
    join(folder, "migration.yaml"),
    `version: 1\nname: test\nsource: { connector: memory }\ntarget: { connector: postgres, url: "${database.url}", schema: crm, model: ./model.yaml }\nmappings: ./mappings\n`,
  );
  await mapping("account", ACCOUNT(""));
  await mapping("contact", CONTACT);
  const open = (fromSnapshot: string | null = null) =>
    openSession(join(folder, "migration.yaml"), {
      registry: memoryRegistry(source, postgres),
      context: testContext(),
      fromSnapshot,
    });
  const run = async (options: RunOptions = {}, fromSnapshot: string | null = null) => {
    const session = await open(fromSnapshot);
    try {
      return await runMigration(session, options, () => undefined);
    } finally {
      await session.close();
    }
  };
  const rows = async (sql: string) =>
    (await database.database.pool.query({ text: sql, rowMode: "array" })).rows as unknown[][];
  return { folder, runs: join(folder, "runs"), calls, mapping, open, run, rows, content };
}

const ACCOUNTS = "select external_id, name, city from crm.account order by 1";

test("a run reads each object from the source once, plan included", async () => {
  const { run, calls } = await costly();
  await run();
  // the plan reads them side by side
  expect(calls.filter((call) => call.startsWith("read")).sort()).toEqual(["read Account", "read Contact"]);
});

test("a dry run is mapped anew and loaded without a call", async () => {
  const subject = await costly();
  const rehearsal = await subject.run({ dryRun: true });
  await subject.mapping("account", ACCOUNT(", city: City"));
  subject.content.Account!.rows[0]![1] = "changed since";
  subject.calls.length = 0;
  const report = await subject.run({}, rehearsal.run);
  expect(subject.calls).toEqual([]);
  expect(report).toMatchObject({ status: "completed", clean: true, snapshot: rehearsal.run, source: "memory" });
  expect(await subject.rows(ACCOUNTS)).toEqual([
    ["1", "Acme", "Berlin"],
    ["2", "Globex", null],
    ["3", "Initech", null],
  ]);
  expect(
    await subject.rows("select c.name, a.name from crm.contact c join crm.account a on a.id = c.account_id"),
  ).toEqual([["Ann", "Globex"]]);
});

test("reconcile of such a run counts the snapshot, and says so", async () => {
  const subject = await costly();
  const rehearsal = await subject.run({ dryRun: true });
  const report = await subject.run({}, rehearsal.run);
  subject.content.Account!.rows.pop();
  subject.calls.length = 0;
  expect(await snapshotUsedBy(subject.runs, report.run)).toBe(rehearsal.run);
  expect(await snapshotUsedBy(subject.runs, null)).toBe(rehearsal.run);
  const session = await subject.open(await snapshotUsedBy(subject.runs, null));
  try {
    const proof = await reconcile(session, { run: null, spotChecks: 4, compile: await compilerFor(session) });
    expect(proof.ok).toBe(true);
    expect(proof.objects.map(({ object, source }) => [object, source.count])).toEqual([
      ["account", 3],
      ["contact", 1],
    ]);
    expect(proof.notes.join("\n")).toContain(`The source is the snapshot that run ${rehearsal.run} took of memory`);
  } finally {
    await session.close();
  }
  expect(subject.calls).toEqual([]);
});

test("a run from a run from a snapshot takes the same snapshot", async () => {
  const subject = await costly();
  const rehearsal = await subject.run({ dryRun: true });
  const second = await subject.run({ dryRun: true }, rehearsal.run);
  expect((await subject.run({}, second.run)).snapshot).toBe(rehearsal.run);
  expect(await readdir(join(subject.runs, second.run))).not.toContain("snapshot");
});

test("what a plan that fails has read is kept", async () => {
  const subject = await costly();
  await subject.mapping("account", ACCOUNT(", stage: { from: Stage, picklist: { values: { a: a, b: b } } }"));
  subject.content.Account!.rows[2]![3] = "strange";
  await expect(subject.run()).rejects.toMatchObject({ code: "VALUE_UNMAPPED" });
  const [kept] = await readdir(subject.runs);
  await subject.mapping("account", ACCOUNT(", stage: { from: Stage, picklist: { unmapped: b } }"));
  subject.calls.length = 0;
  expect((await subject.run({}, kept!)).totals.inserted).toBe(4);
  expect(subject.calls).toEqual([]);
});

test.each(["of its own", "of the plan before"])(
  "a value that came since the last run stops the next one before anything is written: a run %s",
  async (kind) => {
    const subject = await costly();
    await subject.mapping("account", ACCOUNT(", stage: { from: Stage, picklist: { values: { a: a, b: b } } }"));
    const first = await subject.run();
    subject.content.Account!.rows[2]![3] = "strange";
    subject.content.Account!.rows[0]![1] = "changed since";
    const plan = JSON.parse(await readFile(join(subject.runs, first.run, "plan.json"), "utf8")) as Plan;
    await expect(subject.run(kind === "of its own" ? {} : { plan })).rejects.toMatchObject({
      name: "ConfigError",
      code: "VALUE_UNMAPPED",
      message: expect.stringContaining('"strange" (1 record)'),
    });
    expect(await subject.rows("select name from crm.account where external_id = '1'")).toEqual([["Acme"]]);
  },
);

test("a damaged file of any object is told before anything is written", async () => {
  const subject = await costly();
  const { run } = await subject.run();
  const contacts = join(subject.runs, run, "snapshot", "Contact");
  const file = (await readdir(contacts)).find((name) => name !== "manifest.jsonl")!;
  const bytes = await readFile(join(contacts, file));
  bytes[bytes.length - 9]! ^= 1;
  await writeFile(join(contacts, file), bytes);
  await subject.rows("update crm.account set name = 'as it was' returning 1");
  await expect(subject.run({}, run)).rejects.toMatchObject({
    code: "SNAPSHOT_DAMAGED",
    place: { file: join(contacts, file) },
    message: expect.not.stringContaining(contacts),
  });
  expect(await subject.rows("select distinct name from crm.account")).toEqual([["as it was"]]);
  expect(await subject.rows("select count(*)::int from migrate.run")).toEqual([[1]]);
});

test("columns, objects and runs that are not there are told before anything is written", async () => {
  const subject = await costly();
  const contacts = await subject.run({ dryRun: true, only: ["contact"] });
  await expect(subject.run({}, contacts.run)).rejects.toMatchObject({ code: "SNAPSHOT_OBJECT_MISSING" });
  await expect(subject.run({}, "20200101T000000Z-full")).rejects.toMatchObject({
    code: "SNAPSHOT_MISSING",
    hint: `Runs with a snapshot: ${contacts.run}.`,
  });
  expect((await subject.run({ only: ["contact"], dryRun: true }, contacts.run)).totals.read).toBe(1);
  expect(await subject.rows("select count(*)::int from pg_namespace where nspname = 'crm'")).toEqual([[0]]);
});

test("no option of the source but those about values is kept", async () => {
  const subject = await costly();
  const { run } = await subject.run({ dryRun: true });
  const about = JSON.parse(await readFile(join(subject.runs, run, "snapshot", "snapshot.json"), "utf8"));
  expect(Object.keys(about)).toEqual([
    "version",
    "run",
    "connector",
    "source",
    "takenAt",
    "blankMeansNothing",
    "options",
    "schema",
  ]);
  expect(about.options).toEqual({});
});

test("a run that ended while it was planned goes on with what it has read", async () => {
  const subject = await costly();
  const { rows } = subject.content.Contact!;
  const whole = [...rows];
  // the second object cannot be read
  Object.defineProperty(subject.content.Contact!, "rows", {
    configurable: true,
    get: () => {
      throw new StoppedError("DAY_IS_OVER", "no calls are left");
    },
  });
  await expect(subject.run({ sample: null })).rejects.toMatchObject({ code: "DAY_IS_OVER" });
  const [begun] = await readdir(subject.runs);
  expect(JSON.parse(await readFile(join(subject.runs, begun!, "run.json"), "utf8"))).toMatchObject({
    run: begun,
    status: "stopped",
    error: { code: "DAY_IS_OVER" },
  });

  Object.defineProperty(subject.content.Contact!, "rows", { value: whole, writable: true });
  subject.calls.length = 0;
  const report = await subject.run({ resume: begun! });
  expect(report).toMatchObject({ run: begun, status: "completed", totals: { inserted: 4 } });
  expect(subject.calls.filter((call) => call.startsWith("read"))).toEqual(["read Contact"]);
  expect(await readdir(subject.runs)).toEqual([begun]);
  await expect(subject.run({ resume: begun! })).rejects.toMatchObject({ code: "RUN_COMPLETED" });
});

test("the beginning of a dry run is not resumed", async () => {
  const subject = await costly();
  await subject.mapping("account", ACCOUNT(", stage: { from: Stage, picklist: { values: { a: a } } }"));
  subject.content.Account!.rows[2]![3] = "strange";
  await expect(subject.run({ dryRun: true })).rejects.toMatchObject({ code: "VALUE_UNMAPPED" });
  const [begun] = await readdir(subject.runs);
  await expect(subject.run({ resume: begun! })).rejects.toMatchObject({ code: "RESUME_DRY_RUN" });
});
