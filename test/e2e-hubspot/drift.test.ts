/** A portal that is no longer what was planned, or does not let itself be read: told with place and remedy, and nothing is half-loaded. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { checkSession, makePlan, runMigration } from "../../core/engine/index.ts";
import type { Problem } from "../../core/errors.ts";
import { runNames } from "../e2e/kit.ts";
import type { ObjectType, Portal } from "../sim/hubspot/index.ts";
import { notAddingUp, type Place, place, quiet, writeConfig } from "./kit.ts";
import { differences } from "./truth.ts";
import { records } from "./truth-values.ts";

vi.setConfig({ testTimeout: 300_000 });

interface Failure {
  readonly code: string;
  readonly exitCode: number;
  readonly message: string;
  readonly hint: string | null;
  readonly problems?: readonly Problem[];
}
const failure = (work: Promise<unknown>): Promise<Failure | null> =>
  work.then(
    () => null,
    (thrown: unknown) => thrown as Failure,
  );

const typeOf = (portal: Portal, name: string): ObjectType => portal.type(name)!;

/** Not even a schema: neither of the migration nor of the target. */
async function expectUntouched({ database }: Place): Promise<void> {
  const { rows } = await database.database.query<{ nspname: string }>(
    "select nspname from pg_namespace where nspname in ('crm', 'migrate')",
  );
  expect(rows).toEqual([]);
}

/** Mappings of the migration's own, by file name. */
function writeMappings({ dir }: Place, files: Readonly<Record<string, string>>): void {
  writeConfig(dir, { mappings: "mappings: ./mappings\n" });
  mkdirSync(join(dir, "mappings"), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, "mappings", name), text);
}

const rename = (portal: Portal, name: string, property: string, now: string | null): void => {
  const type = typeOf(portal, name);
  const old = portal.properties(type).find((each) => each.name === property)!;
  portal.defineProperty(type, property, now === null ? null : { ...old, name: now });
};

/** Long trials: the connector's own tests show the same of the limits and the scopes. */
const soak = process.env.SOAK === "1";

it("properties that are deleted and renamed since the plan stop the run with the differences", async () => {
  const at = await place({ records: 100 });
  const plan = await makePlan(await at.session(), quiet);
  rename(at.sim.portal, "contacts", "jobtitle", "job_title");
  rename(at.sim.portal, "companies", "zip", null);
  const stopped = await failure(at.run({ plan }));
  expect(stopped).toMatchObject({ code: "PLAN_DRIFT", exitCode: 4 });
  const told = stopped!.message.split("\n").filter((line) => /columns/.test(line));
  expect(told).toEqual([
    "  - source companies: columns gone: zip: text",
    "  - source contacts: columns gone: jobtitle: text",
    "  - source contacts: new columns: job_title: text",
  ]);
  await expectUntouched(at);
});

it("a property that a mapping of one's own names and the portal has no more: file, line, and what there is", async () => {
  const at = await place({ records: 100 });
  writeMappings(at, {
    "contact.yaml":
      "object: contact\nsource: contacts\nkey: id\nfields:\n  last_name: lastname\n  title: jobtitle\n  phone: phone\n",
  });
  const plan = await makePlan(await at.session(), quiet);
  rename(at.sim.portal, "contacts", "jobtitle", "job_title");
  const refused = await failure(at.run({ plan }));
  expect(refused).toMatchObject({ code: "MAPPING_UNKNOWN_COLUMN", exitCode: 2 });
  const [problem, ...others] = refused!.problems!;
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ place: { line: 6 }, message: expect.stringContaining('"jobtitle" in contacts') });
  expect(problem!.place.file).toMatch(/contact\.yaml$/);
  expect(`${problem!.message} ${problem!.hint}`).toContain("job_title");
  await expectUntouched(at);
});

it("a property that goes while the run is under way ends it, and no record is loaded without it", async () => {
  const at = await place({ records: 100 });
  const session = await at.session();
  rename(at.sim.portal, "contacts", "jobtitle", null);
  const ended = await failure(runMigration(session, {}, quiet));
  expect(ended).toMatchObject({
    code: "HUBSPOT_UNKNOWN_FIELD",
    exitCode: 2,
    message: 'the portal shows no field "jobtitle" in contacts',
    hint: expect.stringContaining("Was it renamed or deleted?"),
  });
  await expectUntouched(at);
});

it("a stage of a pipeline that nobody mapped, and one that the portal deleted, stop the plan with value and count", async () => {
  const at = await place({ records: 200, unknownOptions: true });
  const { portal } = at.sim;
  const deals = typeOf(portal, "deals");
  const [first] = portal.pipelines(deals);
  const stages = first!.stages as readonly Record<string, unknown>[];
  // a stage without a probability, of a name that says nothing
  const stage = { ...stages[0], id: "777001", label: "Zwischenablage", metadata: {} };
  portal.definePipelines(deals, [{ ...first, stages: [...stages, stage] }, ...portal.pipelines(deals).slice(1)]);
  for (const { id } of [...records(portal, "deals")].slice(1, 4)) portal.write(deals, id, { dealstage: "777001" });
  const gone = [...records(portal, "deals")].filter(({ values }) => values.dealstage === "99999999").length;

  const stopped = await failure(makePlan(await at.session(), quiet));
  expect(stopped).toMatchObject({ code: "VALUE_UNMAPPED", exitCode: 2 });
  expect(gone).toBeGreaterThan(0);
  expect(stopped!.message).toMatch(
    new RegExp(
      `^opportunity\\.stage: 2 values without a target value: "777001" \\("Zwischenablage" of pipeline "Sales Pipeline", 3 records\\), "99999999" \\(${gone} records?\\)$`,
    ),
  );
  expect((await failure(at.run()))?.code).toBe("VALUE_UNMAPPED");
  await expectUntouched(at);
});

it("a stage that comes into use after the plan stops the run, with the mapping that has to say what it is", async () => {
  const at = await place({ records: 150 });
  const { portal } = at.sim;
  const plan = await makePlan(await at.session(), quiet);
  const deals = typeOf(portal, "deals");
  const [deal] = records(portal, "deals");
  portal.write(deals, deal!.id, { dealstage: "777001" });
  const stopped = await failure(at.run({ plan }));
  expect(stopped).toMatchObject({
    code: "VALUE_UNMAPPED",
    exitCode: 2,
    message: expect.stringMatching(/^opportunity\.stage: 1 value without a target value: "777001" \(1 record/),
    hint: expect.stringContaining("migrate map values opportunity.stage"),
  });
  expect(stopped!.problems![0]!.place.file).toMatch(/opportunity\.yaml$/);
  await expectUntouched(at);
});

/** Everything but tickets. */
function withoutTickets({ sim }: Place): readonly string[] {
  const read = [
    "crm.objects.owners.read",
    "crm.schemas.custom.read",
    "files",
    ...sim.portal.types.map(({ scope }) => scope),
  ];
  const sensitive = read.flatMap((scope) =>
    ["sensitive", "highly_sensitive"].map((kind) => scope.replace(/\.read$/, `.${kind}.read`)),
  );
  return [...read, ...sensitive].filter((scope) => scope !== "tickets");
}

it.runIf(soak)(
  "a scope that the token loses after the plan stops the run; the check names it, and what is left out",
  async () => {
    const at = await place({ records: 100 });
    const plan = await makePlan(await at.session(), quiet);
    at.sim.grant(withoutTickets(at));
    const stopped = await failure(at.run({ plan }));
    expect(stopped).toMatchObject({ code: "PLAN_DRIFT", exitCode: 4 });
    expect(stopped!.message).toContain("source tickets: no longer there");
    await expectUntouched(at);

    const problems = await checkSession(await at.session());
    const left = problems.filter(({ code }) => code === "MAPPING_LEFT_OUT");
    const tickets = left.find(
      ({ message }) => message === "tickets: may not be read, the scope tickets is missing; left out: case.yaml",
    );
    expect(tickets?.hint).toContain("tickets needs the scope tickets");
    expect(tickets?.hint).toContain("add the scope to the app");
    for (const pair of ["deals_to_tickets", "tickets_to_companies", "tickets_to_contacts"])
      expect(left.map(({ message }) => message)).toContainEqual(
        expect.stringContaining(`${pair}: may not be read, the scope tickets is missing`),
      );

    // files may belong to tickets: they are loaded all the same
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(problems.find(({ code }) => code === "HUBSPOT_SCOPE_MISSING")?.message).toMatch(
      /tickets \(needed by files\)$/,
    );
    const report = await at.run();
    expect(report).toMatchObject({ status: "completed", clean: true });
    expect(report.objects.map(({ source }) => source)).not.toContain("tickets");
    expect(report.objects.find(({ source }) => source === "files")?.inserted).toBeGreaterThan(10);
  },
);

it("a mapping of one's own whose object needs a scope that the token lacks: file, line, and the scope", async () => {
  const at = await place({ records: 100 });
  at.sim.grant(withoutTickets(at));
  writeMappings(at, {
    "case.yaml": "object: case\nsource: tickets\nkey: id\nfields: { subject: subject, status: { value: new } }\n",
  });
  const refused = await failure(at.run());
  expect(refused).toMatchObject({
    code: "MAPPING_UNKNOWN_SOURCE",
    exitCode: 2,
    message: expect.stringContaining('unknown source object "tickets"'),
    hint: expect.stringContaining("tickets needs the scope tickets"),
  });
  expect(refused!.problems).toHaveLength(1);
  expect(refused!.problems![0]!.place).toMatchObject({ file: "mappings/case.yaml", line: 2 });
  await expectUntouched(at);
});

it("a scope that is taken away while the portal is read ends the run with its name", async () => {
  const at = await place({ records: 100 });
  const session = await at.session();
  at.sim.grant(withoutTickets(at));
  const ended = await failure(runMigration(session, {}, quiet));
  expect(ended).toMatchObject({
    code: "HUBSPOT_SCOPE_MISSING",
    exitCode: 2,
    message: expect.stringContaining("it needs the scope tickets"),
    hint: expect.stringContaining("Add the scope tickets to the app"),
  });
  await expectUntouched(at);
});

it("the daily limit, reached while the portal is read: exit 4, and resumed it ends as if nothing had happened", async () => {
  const at = await place({ records: 150 });
  at.sim.faults.add({
    kind: "daily",
    times: Number.POSITIVE_INFINITY,
    after: 20,
    match: ({ path }) => path.endsWith("/batch/read"),
  });
  const stopped = await failure(at.run());
  expect(stopped).toMatchObject({ code: "HUBSPOT_DAILY_LIMIT", exitCode: 4 });
  expect(stopped!.hint).toContain("migrate run --resume");
  const run = runNames(at.dir).at(-1)!;
  expect(at.lastRun()).toMatchObject({ run, status: "stopped" });

  at.sim.faults.clear();
  await at.run({ resume: run });
  expect(at.lastRun()).toMatchObject({ run, status: "completed", clean: true });
  expect(notAddingUp(at.lastRun())).toEqual([]);
  expect(await differences(at.database.url, at.sim.portal)).toEqual([]);
});

it.runIf(soak)("no more than the share of limits.api is used, and a larger share goes on", async () => {
  const at = await place(
    { records: 300, limits: { tenSeconds: 0, secondly: 0, search: 0, daily: 600 } },
    { limits: "{ api: 0.5 }" },
  );
  const stopped = await failure(at.run());
  expect(stopped).toMatchObject({ code: "HUBSPOT_QUOTA_SHARE", exitCode: 4 });
  expect(stopped!.message).toBe(
    "300 of the portal's 600 API calls of today are used, and 50 % is as far as this migration may go",
  );
  expect(at.sim.stats.requests).toBe(300);
  expect(stopped!.hint).toContain("raise limits.api");

  writeConfig(at.dir, { limits: "{ api: 1 }" });
  const run = runNames(at.dir).at(-1)!;
  await at.run({ resume: run });
  expect(at.lastRun()).toMatchObject({ run, status: "completed", clean: true });
  expect(await differences(at.database.url, at.sim.portal)).toEqual([]);
});
