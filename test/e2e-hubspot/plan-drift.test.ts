/** What a plan knows of a portal's stages and properties: a run that finds them otherwise stops, and names the difference. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { createRegistry } from "../../connectors/registry.ts";
import { makePlan, openSession, runMigration } from "../../core/engine/index.ts";
import type { Plan, RunReport } from "../../core/engine/types.ts";
import { testContext } from "../helpers/context.ts";
import type { Portal } from "../sim/hubspot/index.ts";
import { type Place, place, quiet, writeConfig } from "./kit.ts";

vi.setConfig({ testTimeout: 120_000 });

const MAPPINGS: Readonly<Record<string, string>> = {
  "account.yaml": "object: account\nsource: companies\nkey: id\nfields: { name: [name, domain] }\n",
  "contact.yaml": "object: contact\nsource: contacts\nkey: id\nfields: { last_name: email, title: jobtitle }\n",
  "opportunity.yaml": `object: opportunity
source: deals
key: id
fields: { name: dealname, close_date: closedate, stage: { from: dealstage, picklist: { unmapped: prospecting } } }
`,
};

async function smallPlace(): Promise<Place> {
  const at = await place({ records: 100 });
  writeConfig(at.dir, { mappings: "mappings: ./mappings\n" });
  mkdirSync(join(at.dir, "mappings"));
  for (const [name, text] of Object.entries(MAPPINGS)) writeFileSync(join(at.dir, "mappings", name), text);
  return at;
}

/** `migrate run` beside a plan. */
async function follow(at: Place, plan: Plan, only: readonly string[] | null = null): Promise<RunReport> {
  const session = await openSession(join(at.dir, "migration.yaml"), {
    registry: createRegistry(at.dir),
    context: testContext({ env: at.env, now: () => new Date() }),
    follow: { lock: plan.lock, only },
  });
  try {
    return await runMigration(session, { plan, only }, quiet);
  } finally {
    await session.close();
  }
}

const drift = (at: Place, plan: Plan): Promise<string> =>
  follow(at, plan).then(
    () => "no drift",
    (error: { readonly code: string; readonly exitCode: number; readonly message: string }) => {
      expect(error).toMatchObject({ code: "PLAN_DRIFT", exitCode: 4 });
      return error.message;
    },
  );

type Stage = Readonly<Record<string, unknown>> & { readonly id: string };

function changeStages(portal: Portal, change: (stages: readonly Stage[]) => readonly Stage[]): void {
  const deals = portal.type("deals")!;
  const [first, ...others] = portal.pipelines(deals);
  portal.definePipelines(deals, [
    { ...first, stages: change(first!.stages as unknown as Stage[]) as never },
    ...others,
  ]);
}

it("a stage with another label, one more and one less stop the run and are named; other objects are run all the same", async () => {
  const at = await smallPlace();
  const { portal } = at.sim;
  const plan = await makePlan(await at.session(), quiet);
  const [first, second] = portal.pipelines(portal.type("deals")!)[0]!.stages as unknown as Stage[];
  expect(plan.lock.values!.deals!.dealstage![first!.id]).toContain(`"${first!.label}", in `);

  changeStages(portal, (stages) => [
    { ...first!, label: "First talk" },
    ...stages.slice(2),
    { ...first!, id: "777001", label: "Clipboard" },
  ]);
  const message = await drift(at, plan);
  expect(message).toContain(
    `source deals.dealstage: value changed: "${first!.id}" (${plan.lock.values!.deals!.dealstage![first!.id]}) is now "${first!.id}" ("First talk", in `,
  );
  expect(message).toContain(`source deals.dealstage: value gone: "${second!.id}" ("${second!.label}", in `);
  expect(message).toContain('source deals.dealstage: new value: "777001" ("Clipboard", in ');
  expect(await follow(at, plan, ["account"])).toMatchObject({ status: "completed" });
});

it("a property that the mappings name and the plan saw is drift when it is gone, where it is read", async () => {
  const at = await smallPlace();
  const plan = await makePlan(await at.session(), quiet);
  const { portal } = at.sim;
  const contacts = portal.type("contacts")!;
  const old = portal.properties(contacts).find(({ name }) => name === "jobtitle")!;
  portal.defineProperty(contacts, "jobtitle", { ...old, name: "job_title" });
  expect(await drift(at, plan)).toMatch(
    /^what was planned is no longer so:\n {2}- source contacts: columns gone: jobtitle: text\n {2}- source contacts: new columns: job_title: text$/,
  );
  expect(await follow(at, plan, ["account"])).toMatchObject({ status: "completed" });
  // without a plan it is a mistake in the mapping
  await expect(at.session()).rejects.toMatchObject({ code: "MAPPING_UNKNOWN_COLUMN", exitCode: 2 });
});
