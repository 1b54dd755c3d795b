/** Rejects that are loaded again: after a mapping change, from edited files, and conflicts that people decide. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { compilerFor, dateOrdersOfRun, openSession, runMigration } from "../../../core/engine/index.ts";
import type { RunOptions } from "../../../core/engine/run.ts";
import type { RunReport } from "../../../core/engine/types.ts";
import { reconcile } from "../../../core/proof/index.ts";
import { testContext } from "../../helpers/context.ts";
import { createStateDatabase } from "../../helpers/database.ts";
import { rollback } from "./undo-kit.ts";

const ACCOUNT = `object: account
source: accounts.csv
key: id
fields: { name: { from: name, required: true }, annual_revenue: revenue, employees: staff, parent_id: { from: parent, lookup: account, missing: "null" } }
`;
const CONTACT = `object: contact
source: contacts.csv
key: id
fields: { last_name: name, email: { from: mail, type: email }, account_id: { from: account, lookup: account } }
`;

interface Place {
  write(file: string, text: string): void;
  read(file: string): string;
  file(run: string, ...path: string[]): string;
  run(options?: RunOptions): Promise<RunReport>;
  prove(run: string): ReturnType<typeof reconcile>;
  rows(sql: string): Promise<unknown[]>;
}

async function place(more = ""): Promise<Place> {
  const database = await createStateDatabase();
  const dir = mkdtempSync(join(tmpdir(), "retry-"));
  onTestFinished(async () => {
    await database.drop();
    rmSync(dir, { recursive: true, force: true });
  });
  const write = (file: string, text: string) => writeFileSync(join(dir, file), text);
  write(
    "migration.yaml",
    `version: 1\nname: acme\nsource: { connector: csv, files: . }\ntarget: { url: "${database.url}" }\nmappings: ["account.yaml", "contact.yaml"]\n${more}`,
  );
  write("account.yaml", ACCOUNT);
  write("contact.yaml", CONTACT);
  let clock = Date.parse("2026-11-20T10:00:00Z");
  const context = testContext({
    now: () => {
      clock += 1000;
      return new Date(clock);
    },
  });
  const open = async () => {
    const session = await openSession(join(dir, "migration.yaml"), { registry: createRegistry(dir), context });
    onTestFinished(() => session.close());
    return session;
  };
  return {
    write,
    read: (file) => readFileSync(join(dir, file), "utf8"),
    file: (run, ...path) => join(dir, "runs", run, ...path),
    run: async (options = {}) => runMigration(await open(), options, () => undefined),
    prove: async (run) => {
      const session = await open();
      const compile = await compilerFor({ ...session, dateOrders: await dateOrdersOfRun(session.runsDir, run) });
      return reconcile(session, { run, spotChecks: 20, fields: true, compile });
    },
    rows: async (sql) => (await database.database.query(sql)).rows,
  };
}

const retry = (run: RunReport, from: string | null = null): RunOptions => ({ retry: { run: run.run, from } });
const buckets = ({ objects }: RunReport) =>
  Object.fromEntries(
    objects.map((object) => [
      object.object,
      Object.fromEntries(
        Object.entries(object).filter(
          ([name, value]) =>
            ["read", "inserted", "updated", "unchanged", "merged", "rejected"].includes(name) && value !== 0,
        ),
      ),
    ]),
  );

const ACCOUNTS = "id,name,revenue,staff,parent\na1,Acme,1000.50,5,\na2,Bolt,many,7,a1\na3,Corp,300,9,a2\n";
const CONTACTS = "id,name,mail,account\nc1,Ada,ada@acme.test,a1\nc2,Ben,ben@bolt.test,a2\nc3,Cy,nonsense,a1\n";
const NAMES =
  "select external_id as key, name, annual_revenue::text as revenue, (select p.external_id from crm.account p where p.id = a.parent_id) as parent from crm.account a order by 1";

it("after a mapping change rejects are loaded, and what waited for them follows", async () => {
  const at = await place("limits: { rejects: 1 }");
  at.write("accounts.csv", ACCOUNTS);
  at.write("contacts.csv", CONTACTS);
  const first = await at.run();
  expect(buckets(first)).toEqual({
    account: { read: 3, inserted: 2, rejected: 1 },
    contact: { read: 3, inserted: 1, rejected: 2 },
  });

  at.write(
    "account.yaml",
    ACCOUNT.replace("annual_revenue: revenue", "annual_revenue: { from: revenue, values: { many: 2000 } }"),
  );
  const again = await at.run(retry(first));
  expect(again).toMatchObject({ kind: "retry", status: "completed", run: expect.stringMatching(/-retry$/) });
  expect(buckets(again)).toEqual({
    // a3 was loaded without its parent, which has come now
    account: { read: 2, inserted: 1, updated: 1 },
    contact: { read: 2, inserted: 1, rejected: 1 },
  });
  // rejects that are left are a share of what the run had read
  expect(again.rejectRate).toBeCloseTo(1 / 6);
  expect(await at.rows(NAMES)).toEqual(
    [
      { key: "a1", name: "Acme", revenue: "1000.50", parent: null },
      { key: "a2", name: "Bolt", revenue: "2000.00", parent: "a1" },
      { key: "a3", name: "Corp", revenue: "300.00", parent: "a2" },
    ].map((row) => ({ ...row, revenue: expect.stringMatching(new RegExp(`^${row.revenue.replace(/\.?0+$/, "")}`)) })),
  );
  const proof = await at.prove(again.run);
  expect(proof.objects.map(({ object, ok, problems }) => [object, ok, problems])).toEqual([
    ["account", true, []],
    ["contact", true, []],
  ]);
  expect(proof.objects[1]!.accounted).toMatchObject({ loaded: 2, rejected: 1 });
  // the same again finds what is left
  expect(buckets(await at.run(retry(again)))).toEqual({ contact: { read: 1, rejected: 1 } });
});

it("an edited reject file is loaded; the proof tells that these records are not the source's", async () => {
  const at = await place("limits: { rejects: 1 }");
  at.write(
    "accounts.csv",
    "id,name,revenue,staff,parent\na1,Acme,10,5,\na2,=Bolt,many,7,a1\n,Nameless,5,1,\na4,Dune,oops,2,\n",
  );
  at.write("contacts.csv", "id,name,mail,account\nc1,Ada,ada@acme.test,a1\n");
  const first = await at.run();
  expect(buckets(first).account).toEqual({ read: 4, inserted: 1, rejected: 3 });
  const path = at.file(first.run, "rejects", "account.csv");
  const text = readFileSync(path, "utf8");
  expect(text).toContain("'=Bolt");
  // one is mended, one gets the key that it lacked, one is given up
  const lines = text.split("\r\n");
  const edited = lines
    .filter((line) => !line.includes("Dune"))
    .map((line) => line.replace(/(,'?=Bolt,)many/, "$120.25").replace(/,,Nameless/, ",a9,Nameless"));
  writeFileSync(path, edited.join("\r\n"));
  const again = await at.run(retry(first, path));
  expect(buckets(again)).toMatchObject({ account: { read: 2, inserted: 2 } });
  expect(
    await at.rows("select external_id as key, name, annual_revenue::float8 as revenue from crm.account order by 1"),
  ).toEqual([
    { key: "a1", name: "Acme", revenue: 10 },
    { key: "a2", name: "=Bolt", revenue: 20.25 },
    { key: "a9", name: "Nameless", revenue: 5 },
  ]);
  const proof = await at.prove(again.run);
  const account = proof.objects.find(({ object }) => object === "account")!;
  expect(account.problems).toEqual([]);
  expect(account).toMatchObject({ ok: true, unexplained: 0, accounted: { loaded: 3, rejected: 1 } });
  expect(proof.notes.join("\n")).toContain("2 records were loaded from edited reject files");
});

it("a spreadsheet's copy of the file is as good; records that the run did not reject are refused, nothing is written", async () => {
  const at = await place("limits: { rejects: 1 }");
  at.write("accounts.csv", "id,name,revenue,staff,parent\na1,Acme,many,5,\n");
  at.write("contacts.csv", "id,name,mail,account\n");
  const first = await at.run();
  const path = at.file(first.run, "rejects", "account.csv");
  writeFileSync(path, `${readFileSync(path, "utf8").replace("Acme,many", "Acme,7").replaceAll(",", ";")}`);
  expect(buckets(await at.run(retry(first, path)))).toEqual({ account: { read: 1, inserted: 1 } });
  const runs = readdirSync(at.file("")).length;
  writeFileSync(path, `${readFileSync(path, "utf8").replace(";a1;", ";a7;")}`);
  await expect(at.run(retry(first, path))).rejects.toMatchObject({
    code: "RETRY_UNKNOWN_RECORDS",
    message: expect.stringContaining("a7"),
  });
  at.write("other.csv", "id,name\na1,Acme\n");
  await expect(at.run(retry(first, at.file("..", "other.csv")))).rejects.toMatchObject({ code: "RETRY_NOT_REJECTS" });
  expect(readdirSync(at.file("")).length).toBe(runs);
});

it("a further record with a key that is taken does not overwrite the one that has it", async () => {
  const at = await place("limits: { rejects: 1 }");
  at.write("accounts.csv", "id,name,revenue,staff,parent\na1,Acme,1,5,\na1,Impostor,2,5,\na2,Bolt,many,1,\n");
  at.write("contacts.csv", "id,name,mail,account\n");
  const first = await at.run();
  expect(buckets(first).account).toEqual({ read: 3, inserted: 1, rejected: 2 });
  const again = await at.run(retry(first));
  expect(buckets(again).account).toEqual({ read: 1, rejected: 1 });
  expect(await at.rows("select name from crm.account")).toEqual([{ name: "Acme" }]);
  // with a key of its own it comes in
  const path = at.file(first.run, "rejects", "account.csv");
  writeFileSync(path, readFileSync(path, "utf8").replace(/,a1,Impostor/, ",a5,Impostor"));
  await at.run(retry(first, path));
  expect(await at.rows("select external_id as key, name from crm.account order by 1")).toEqual([
    { key: "a1", name: "Acme" },
    { key: "a5", name: "Impostor" },
  ]);
});

it("a dry retry leaves nothing; one that ends half-way goes on to the same end", async () => {
  const at = await place("limits: { rejects: 1 }");
  at.write(
    "accounts.csv",
    `id,name,revenue,staff,parent\n${Array.from({ length: 40 }, (_, i) => `a${i},Acme ${i},many,5,${i > 0 ? `a${i - 1}` : ""}\n`).join("")}`,
  );
  at.write("contacts.csv", "id,name,mail,account\n");
  const first = await at.run();
  at.write(
    "account.yaml",
    ACCOUNT.replace("annual_revenue: revenue", "annual_revenue: { from: revenue, values: { many: 2000 } }"),
  );
  const dry = await at.run({ ...retry(first), dryRun: true });
  expect(buckets(dry)).toEqual({ account: { read: 40, inserted: 40 } });
  expect(await at.rows("select count(*)::int as n from crm.account")).toEqual([{ n: 0 }]);
  expect(await at.rows("select count(*)::int as n from migrate.retried")).toEqual([{ n: 0 }]);
  const again = await at.run(retry(first));
  expect(buckets(again)).toEqual({ account: { read: 40, inserted: 40 } });
  expect(await at.prove(again.run)).toMatchObject({ ok: true });
});

it("wrong runs are refused with what to do", async () => {
  const at = await place();
  at.write("accounts.csv", "id,name,revenue,staff,parent\na1,Acme,1,5,\n");
  at.write("contacts.csv", "id,name,mail,account\n");
  await expect(at.run({ retry: { run: "20200101T000000Z-full", from: null } })).rejects.toMatchObject({
    code: "RUN_UNKNOWN",
  });
  const clean = await at.run();
  await expect(at.run(retry(clean))).rejects.toMatchObject({ code: "RETRY_NOTHING", exitCode: 2 });
  const dry = await at.run({ dryRun: true });
  await expect(at.run(retry(dry))).rejects.toMatchObject({ code: "RETRY_DRY_RUN" });
});

it("conflicts are decided by their file: for the source, for the target, or by a value of one's own", async () => {
  const at = await place();
  at.write("accounts.csv", "id,name,revenue,staff,parent\na1,Acme,1,5,\na2,Bolt,2,5,\na3,Corp,3,5,\na4,Dune,4,5,\n");
  at.write("contacts.csv", "id,name,mail,account\n");
  await at.run();
  await at.rows("update crm.account set name = name || ' (edited)'");
  at.write(
    "accounts.csv",
    "id,name,revenue,staff,parent\na1,Acme Ltd,1,5,\na2,Bolt Ltd,2,5,\na3,Corp Ltd,3,5,\na4,Dune Ltd,4,5,\n",
  );
  const delta = await at.run({ delta: true });
  const path = at.file(delta.run, "conflicts.csv");
  const lines = readFileSync(path, "utf8").trimEnd().split("\r\n");
  expect(lines).toHaveLength(5);
  await expect(at.run(retry(delta, path))).rejects.toMatchObject({ code: "RETRY_NOTHING" });
  const decisions = ["source", "target", "Corporation", ""];
  writeFileSync(path, [lines[0], ...lines.slice(1).map((line, i) => `${line}${decisions[i]}`)].join("\r\n"));
  const decided = await at.run(retry(delta, path));
  expect(buckets(decided)).toEqual({ account: { read: 3, updated: 2, unchanged: 1 } });
  expect(await at.rows("select name from crm.account order by external_id")).toEqual([
    { name: "Acme Ltd" },
    { name: "Bolt (edited)" },
    { name: "Corporation" },
    { name: "Dune (edited)" },
  ]);
  const proof = await at.prove(decided.run);
  expect(proof.objects[0]!.problems).toEqual([]);
  // what is decided stays decided
  const next = await at.run({ delta: true });
  expect(next.objects[0]).toMatchObject({ updated: 0 });
  expect(await at.rows("select name from crm.account where external_id = 'a2'")).toEqual([{ name: "Bolt (edited)" }]);
});

/** Four accounts, each edited on both sides; `decide` fills the column decision of a run's conflicts.csv, by key. */
async function conflicting() {
  const at = await place();
  at.write("accounts.csv", "id,name,revenue,staff,parent\na1,Acme,1,5,\na2,Bolt,2,5,\na3,Corp,3,5,\na4,Dune,4,5,\n");
  at.write("contacts.csv", "id,name,mail,account\n");
  await at.run();
  await at.rows("update crm.account set name = name || ' (edited)'");
  at.write(
    "accounts.csv",
    "id,name,revenue,staff,parent\na1,Acme Ltd,1,5,\na2,Bolt Ltd,2,5,\na3,Corp Ltd,3,5,\na4,Dune Ltd,4,5,\n",
  );
  const delta = await at.run({ delta: true });
  const decide = (run: RunReport, by: Readonly<Record<string, string>>): string => {
    const path = at.file(run.run, "conflicts.csv");
    const lines = readFileSync(path, "utf8").trimEnd().split("\r\n");
    writeFileSync(
      path,
      lines.map((line, i) => (i === 0 ? line : `${line}${by[line.split(",")[2]!] ?? ""}`)).join("\r\n"),
    );
    return path;
  };
  const cells = (run: RunReport, file: string) =>
    readFileSync(at.file(run.run, file), "utf8")
      .trimEnd()
      .split("\r\n")
      .slice(1)
      .map((line) => line.split(","));
  const names = async () =>
    Object.fromEntries(
      (await at.rows("select external_id, name from crm.account")).map((row) => Object.values(row as object)),
    ) as Record<string, string>;
  return { ...at, delta, decide, cells, names };
}

it("a conflict whose target was edited again is listed anew, explained by the proof, and decided from the new file", async () => {
  const at = await conflicting();
  const path = at.decide(at.delta, { a1: "source", a2: "source" });
  await at.rows("update crm.account set name = 'Bolt (again)' where external_id = 'a2'");
  const state = () => at.rows("select * from migrate.kept_edit order by target_id, field");
  const before = await state();
  const first = await at.run(retry(at.delta, path));
  expect(first.objects[0]).toMatchObject({ read: 2, updated: 1, unchanged: 1, warnings: 1, conflicts: 1 });
  expect(at.cells(first, "conflicts.csv").map((line) => line.slice(2))).toEqual([
    ["a2", "2", "name", "review", "Bolt Ltd", "Bolt (again)", ""],
  ]);
  expect((await at.prove(first.run)).objects[0]).toMatchObject({ ok: true, problems: [] });
  expect(await at.rows("select reason, count(*)::int from migrate.kept_edit group by 1")).toEqual([
    { reason: "review", count: 3 },
  ]);
  // the same file once more is about a value that is no longer there
  const same = await at.run(retry(at.delta, path));
  expect(at.cells(same, "decisions.csv").map(([, , key, , , , , , result]) => [key, result])).toEqual([
    ["a1", "none"],
    ["a2", "listed"],
  ]);
  expect(await at.names()).toMatchObject({ a1: "Acme Ltd", a2: "Bolt (again)" });
  // it is undone like any run
  await rollback({ folder: at.file("..") }, same.run);
  await rollback({ folder: at.file("..") }, first.run);
  expect(await state()).toEqual(before);
  expect(await at.names()).toMatchObject({ a1: "Acme (edited)", a2: "Bolt (again)" });
  const second = await at.run(retry(at.delta, path));
  const decided = await at.run(retry(second, at.decide(second, { a2: "source" })));
  expect(decided.objects[0]).toMatchObject({ read: 1, updated: 1, warnings: 0 });
  expect(await at.names()).toMatchObject({ a1: "Acme Ltd", a2: "Bolt Ltd" });
  expect((await at.prove(decided.run)).objects[0]).toMatchObject({ ok: true, problems: [] });
});

it("a conflict is decided once: not by a second row about it, nor by a list that a later run has overtaken", async () => {
  const at = await conflicting();
  const path = at.decide(at.delta, { a1: "source", a3: "source", a4: "target" });
  const lines = readFileSync(path, "utf8").split("\r\n");
  writeFileSync(path, [...lines, lines.find((line) => line.includes(",a1,"))].join("\r\n"));
  await at.rows("update crm.account set name = 'Acme (again)' where external_id = 'a1'");
  at.write(
    "accounts.csv",
    "id,name,revenue,staff,parent\na1,Acme Ltd,1,5,\na2,Bolt Ltd,2,5,\na3,Corp Inc,3,5,\na4,Dune Ltd,4,5,\n",
  );
  await at.run({ delta: true, only: ["account"] });
  await at.rows("update crm.account set name = 'Acme (once more)' where external_id = 'a1'");
  // somebody did by hand what the source says
  await at.rows("update crm.account set name = 'Dune Ltd' where external_id = 'a4'");
  const run = await at.run(retry(at.delta, path));
  expect(at.cells(run, "decisions.csv").map((line) => line.slice(2, 9))).toEqual([
    ["a1", "1", "name", "Acme Ltd", "Acme (once more)", "source", "edited"],
    ["a3", "3", "name", "Corp Inc", "Corp (edited)", "source", "listed"],
    ["a4", "4", "name", "Dune Ltd", "Dune Ltd", "target", "same"],
    ["a1", "1", "name", "Acme Ltd", "Acme (once more)", "source", "edited"],
  ]);
  expect(at.cells(run, "conflicts.csv").map(([, , key]) => key)).toEqual(["a1", "a3"]);
  expect(run.objects[0]).toMatchObject({ read: 3, updated: 0, unchanged: 3, conflicts: 2 });
  expect(await at.names()).toMatchObject({ a1: "Acme (once more)", a3: "Corp (edited)", a4: "Dune Ltd" });
  expect((await at.prove(run.run)).objects[0]).toMatchObject({ ok: true, problems: [] });
});

it("what was decided is kept in the retry's folder, for its owner alone; one that goes on decides nothing twice", async () => {
  const at = await conflicting();
  const path = at.decide(at.delta, { a1: "source", a2: "target", a3: "Corporation" });
  const run = await at.run(retry(at.delta, path));
  const kept = at.read(`runs/${run.run}/decisions.csv`);
  expect(kept.trimEnd().split("\r\n")).toEqual([
    "\uFEFF_object,_mapping,_key,_target_id,_field,source,target,decision,result,reason",
    "account,account<accounts.csv,a1,1,name,Acme Ltd,Acme (edited),source,applied,",
    "account,account<accounts.csv,a2,2,name,Bolt Ltd,Bolt (edited),target,kept,",
    "account,account<accounts.csv,a3,3,name,Corp Ltd,Corp (edited),Corporation,applied,",
  ]);
  expect(statSync(at.file(run.run, "decisions.csv")).mode & 0o777).toBe(0o600);
  // it ended after what it decided was committed, and before it said so
  await at.rows(`update migrate.run set status = 'running' where name = '${run.run}'`);
  const resumed = await at.run({ resume: run.run });
  expect(resumed).toMatchObject({ status: "completed", totals: run.totals });
  expect(at.read(`runs/${run.run}/decisions.csv`)).toBe(kept);
});

it("keys of custom, references and refused values are listed again like any other", async () => {
  const at = await place();
  at.write(
    "account.yaml",
    "object: account\nsource: accounts.csv\nkey: id\nfields: { name: name, number_of_employees: staff, parent_id: { from: parent, lookup: account }, custom.mood: revenue }\n",
  );
  at.write(
    "accounts.csv",
    "id,name,revenue,staff,parent\na1,Acme,low,5,\na2,Bolt,low,5,a1\na3,Corp,low,5,\na4,Dune,low,5,\n",
  );
  at.write("contacts.csv", "id,name,mail,account\n");
  await at.run();
  const edit = (parent: string, tier: string) =>
    at.rows(
      `update crm.account set number_of_employees = 6, custom = jsonb_build_object('mood', '${tier}'),
         parent_id = (select id from crm.account where external_id = '${parent}') where external_id = 'a2'`,
    );
  await edit("a4", "mid");
  at.write(
    "accounts.csv",
    "id,name,revenue,staff,parent\na1,Acme,low,5,\na2,Bolt,high,7,a3\na3,Corp,low,5,\na4,Dune,low,5,\n",
  );
  const delta = await at.run({ delta: true });
  const path = at.file(delta.run, "conflicts.csv");
  const fill = (by: Readonly<Record<string, string>>, from: string) => {
    const lines = readFileSync(from, "utf8").trimEnd().split("\r\n");
    writeFileSync(from, lines.map((line, i) => (i === 0 ? line : `${line}${by[line.split(",")[4]!]}`)).join("\r\n"));
    return from;
  };
  fill({ parent_id: "source", "custom.mood": "source", number_of_employees: "many" }, path);
  await edit("", "top");
  const listed = await at.run(retry(delta, path));
  const own = at.file(listed.run, "conflicts.csv");
  expect(readFileSync(own, "utf8").trimEnd().split("\r\n").slice(1)).toEqual([
    "account,account<accounts.csv,a2,2,custom.mood,review,high,top,",
    "account,account<accounts.csv,a2,2,number_of_employees,review,7,6,",
    "account,account<accounts.csv,a2,2,parent_id,review,3,,",
  ]);
  expect(listed.objects[0]).toMatchObject({ read: 1, unchanged: 1, warnings: 3, conflicts: 3 });
  expect((await at.prove(listed.run)).objects[0]).toMatchObject({ ok: true, problems: [] });
  fill({ parent_id: "source", "custom.mood": "source", number_of_employees: "8" }, own);
  const decided = await at.run(retry(listed, own));
  expect(
    await at.rows("select number_of_employees as staff, custom, parent_id from crm.account where external_id = 'a2'"),
  ).toEqual([{ staff: "8", custom: { mood: "high" }, parent_id: "3" }]);
  expect((await at.prove(decided.run)).objects[0]).toMatchObject({ ok: true, problems: [] });
});
