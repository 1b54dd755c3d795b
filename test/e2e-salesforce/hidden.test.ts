/** Nothing is hidden: what an org does not show, does not know, or changes meanwhile is told. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { checkSession, makePlan, runMigration } from "../../core/engine/index.ts";
import type { Problem } from "../../core/errors.ts";
import type { Reconciliation } from "../../core/proof/types.ts";
import { runNames } from "../e2e/kit.ts";
import { ALL_FEATURES, type Features } from "../sim/salesforce/index.ts";
import { type Place, place, writeConfig } from "./kit.ts";
import { differences } from "./truth.ts";
import { losers } from "./truth-merged.ts";

vi.setConfig({ testTimeout: 300_000 });

const quiet = () => undefined;

/** Mappings of the migration's own, by file name. */
function writeMappings({ dir }: Place, files: Readonly<Record<string, string>>): void {
  writeConfig(dir, { mappings: "mappings: ./mappings\n" });
  mkdirSync(join(dir, "mappings"), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, "mappings", name), text);
}

const problemsOf = async (work: Promise<unknown>): Promise<readonly Problem[]> => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown as { readonly problems: readonly Problem[]; readonly exitCode: number },
  );
  expect(error?.exitCode).toBe(2);
  return error!.problems;
};

it("a mapped field that is hidden, and an object without Read, are errors that say what to ask for", async () => {
  const at = await place({ records: 200, hide: { Contact: ["Birthdate"], Campaign: "*" } });
  writeMappings(at, {
    "contact.yaml":
      "object: contact\nsource: Contact\nkey: Id\nfields:\n  last_name: LastName\n  birthdate: Birthdate\n",
    "campaign.yaml": "object: campaign\nsource: Campaign\nkey: Id\nfields: { name: Name }\n",
  });
  const { code, stdout, stderr } = await at.migrate("check");
  expect(code).toBe(2);
  const said = stdout + stderr;
  expect(said).toMatch(/MAPPING_UNKNOWN_COLUMN.*contact\.yaml:6/);
  expect(said).toContain('contact.birthdate: unknown source field "Birthdate" in Contact');
  expect(said).toContain(
    "ask an administrator to give the integration user Read access to it (a permission set, Object Settings, Contact, Field Permissions)",
  );
  expect(said).toMatch(/MAPPING_UNKNOWN_SOURCE.*campaign\.yaml:2/);
  expect(said).toContain("ask an administrator for Read permission on the object");
  expect(await at.database.database.query("select 1 from pg_namespace where nspname in ('crm', 'migrate')")).toEqual({
    rows: [],
    rowCount: 0,
  });
});

it("with the shipped mappings both are left out, and the check names them", async () => {
  const at = await place({ records: 200, hide: { Contact: ["Birthdate"], Campaign: "*" } });
  writeConfig(at.dir);
  const problems = await checkSession(await at.session());
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  const leftOut = problems.filter(({ code }) => code === "MAPPING_LEFT_OUT");
  const left = leftOut.map(({ message }) => message);
  // each says what to ask for
  expect(leftOut.find(({ message }) => message.startsWith("Campaign:"))?.hint).toContain(
    "Read permission on the object",
  );
  expect(leftOut.find(({ message }) => message.startsWith("contact.yaml:"))?.hint).toContain(
    "Read access to it (a permission set, Object Settings, Contact, Field Permissions)",
  );
  expect(problems.filter(({ code }) => code.startsWith("SALESFORCE_"))).toEqual([]);
  expect(left).toContain("Campaign: not in this source; left out: campaign.yaml");
  expect(left.find((message) => message.startsWith("contact.yaml: Contact lacks"))).toContain("Birthdate");
});

it("picklist values that describe does not list stop the plan, with value and count", async () => {
  const at = await place({ records: 300, features: { unknownPicklist: true } });
  const [first, second] = [...at.sim.org.truth("Opportunity")].map(({ Id }) => String(Id));
  at.sim.org.update(first!, { StageName: "Haggling" });
  at.sim.org.update(second!, { StageName: "Haggling" });
  writeConfig(at.dir);
  const stopped = await problemsOf(makePlan(await at.session(), quiet));
  expect(stopped.map(({ code, message }) => [code, message])).toEqual([
    ["VALUE_UNMAPPED", 'opportunity.stage: 1 value without a target value: "Haggling" (2 records)'],
  ]);
  await expect(runMigration(await at.session(), {}, quiet)).rejects.toMatchObject({ code: "VALUE_UNMAPPED" });
  expect(await at.database.database.query("select 1 from pg_namespace where nspname in ('crm', 'migrate')")).toEqual({
    rows: [],
    rowCount: 0,
  });
  // a value that the mapping has an answer for is told all the same
  const plan = await makePlan(await at.session(), quiet, { strict: false });
  const industry = plan.picklists.find(({ object, field }) => object === "account" && field === "industry")!;
  expect(industry.values.find(({ value }) => value === "Blimp Manufacturing")).toEqual({
    value: "Blimp Manufacturing",
    count: at.sim.org.count("Account", { where: (get) => get("Industry") === "Blimp Manufacturing" }),
    target: "other",
    how: "fallback",
    lastUse: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });
});

const PLAIN = Object.fromEntries(Object.keys(ALL_FEATURES).map((name) => [name, false])) as unknown as Features;

it("an org without Quotes, currencies, person accounts or notes: all that it has arrives", async () => {
  const at = await place({ seed: 3, records: 250, features: PLAIN });
  writeConfig(at.dir);
  const session = await at.session();
  const left = session.mappingWarnings.map(({ message }) => message);
  for (const object of ["Quote", "QuoteLineItem", "ContentNote", "AccountContactRelation", "TaskRelation"]) {
    expect(
      left.find((message) => message.startsWith(`${object}: not in this source`)),
      object,
    ).toBeDefined();
  }
  const report = await runMigration(session, {}, quiet);
  expect(report).toMatchObject({ status: "completed", clean: true });
  expect(report.objects.map(({ source }) => source)).not.toContain("Quote");
  expect(await differences(at.database.url, at.sim.org, { custom: false })).toEqual([]);
});

it.each([
  ["Bulk", "transport: bulk", /\/jobs\/query\/\w+$/, 1],
  ["REST", "transport: rest", /\/query(?:All)?$/, 1],
])(
  "an object that grows while it is read by %s is told, with numbers, and the next run has the rest",
  async (_, source, path, page) => {
    let pages = 0;
    let grown = 0;
    const at = await place({
      records: 100,
      counts: { Contact: 700 },
      bulk: { polls: [0, 0] },
      onRequest: (request) => {
        // not the counts before and after
        const contacts = request.soql === null || /^SELECT (?!COUNT).* FROM Contact\b/i.test(request.soql);
        if (!path.test(request.path) || !contacts || grown > 0 || ++pages < page || !started) return;
        for (; grown < 3; grown++)
          at.sim.org.insert("Contact", { LastName: `New ${grown}`, Name: `New ${grown}`, OwnerId: owner });
      },
    });
    const owner = String([...at.sim.org.truth("Account")][0]!.OwnerId);
    const merged = losers(at.sim.org, "Contact").length;
    const before = at.sim.org.count("Contact") + merged;
    writeMappings(at, {
      "contact.yaml": "object: contact\nsource: Contact\nkey: Id\nfields: { last_name: LastName, full_name: Name }\n",
    });
    writeConfig(at.dir, { source, mappings: "mappings: ./mappings\n" });
    let started = true;
    const ran = await at.migrate("run");
    expect(ran.code, ran.stderr).toBe(0);
    expect(grown).toBe(3);
    const run = runNames(at.dir).at(-1)!;
    const read = at.lastRun().totals.read;
    const told = `Contact changed while it was read: ${before} records before, ${before + 3} after, ${read} read; run again (or a delta) for the rest`;
    expect(ran.stderr).toContain(told);
    started = false;

    const proved = await at.migrate("reconcile", "--quiet");
    const proof = JSON.parse(readFileSync(join(at.dir, "runs", run, "reconciliation.json"), "utf8")) as Reconciliation;
    expect(proof.objects[0]).toMatchObject({ source: { count: before + 3 }, unexplained: before + 3 - read });
    expect(proved.code).toBe(read === before + 3 ? 0 : 3);

    const again = await at.migrate("run", "--quiet");
    expect(again.code, again.stderr).toBe(0);
    expect(at.lastRun().totals).toMatchObject({ inserted: before + 3 - read, unchanged: read - merged, merged });
    expect((await at.migrate("reconcile", "--quiet")).code).toBe(0);
  },
);
