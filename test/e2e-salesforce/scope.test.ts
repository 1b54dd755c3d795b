/** What a plan asks for, and slices by date: every record is in one bucket, whatever is left out. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { makePlan } from "../../core/engine/index.ts";
import type { Reconciliation } from "../../core/proof/types.ts";
import { notAddingUp, place, writeConfig } from "./kit.ts";

vi.setConfig({ testTimeout: 300_000 });

const MAPPINGS = {
  "user.yaml": "object: user\nsource: User\nkey: Id\nfields: { email: Email, full_name: Name }\n",
  "account.yaml": 'object: account\nsource: Account\nkey: Id\nfilter: "IsDeleted = false"\nfields: { name: Name }\n',
  "opportunity.yaml":
    "object: opportunity\nsource: Opportunity\nkey: Id\nfields: { name: Name, stage: { value: prospecting }, close_date: CloseDate }\n",
  "case.yaml":
    'object: case\nsource: Case\nkey: Id\nfields: { subject: { from: Subject, default: "-" }, status: { value: new }, priority: { value: low }, account_id: { from: AccountId, lookup: account, missing: "null" } }\n',
};

it("scope.since and scope.until: what was made outside ends in filtered, and the proof holds", async () => {
  const at = await place({ records: 1500 });
  mkdirSync(join(at.dir, "mappings"));
  for (const [name, text] of Object.entries(MAPPINGS)) writeFileSync(join(at.dir, "mappings", name), text);
  writeConfig(at.dir, {
    mappings: "mappings: ./mappings\nscope: { since: 2023-01-01, until: 2025-01-01T00:00:00Z }\n",
  });
  const ran = await at.migrate("run");
  expect(ran.code, ran.stderr).toBe(0);
  const report = at.lastRun();
  expect(notAddingUp(report)).toEqual([]);
  const inside = (made: unknown) => String(made) >= "2023-01-01" && String(made) < "2025-01-01";
  for (const source of ["Opportunity", "Case"]) {
    const all = at.sim.org.count(source);
    const kept = at.sim.org.count(source, { where: (get) => inside(get("CreatedDate")) });
    expect(kept).toBeGreaterThan(10);
    expect(all - kept).toBeGreaterThan(10);
    const { read, inserted, filtered } = report.objects.find((object) => object.source === source)!;
    expect([source, read, inserted, filtered]).toEqual([source, all, kept, all - kept]);
  }
  // their owners are all there
  expect(report.objects.find(({ source }) => source === "User")).toMatchObject({ filtered: 0 });
  const proved = await at.migrate("reconcile", "--quiet");
  expect(proved.code, proved.stderr).toBe(0);
  const proof = JSON.parse(
    readFileSync(join(at.dir, "runs", report.run, "reconciliation.json"), "utf8"),
  ) as Reconciliation;
  expect(proof.objects.map(({ unexplained, gap }) => [unexplained, gap])).toEqual(Array(4).fill([0, 0]));
});

it("a plan asks for what it counts: no text of a note, no link of a file, no price", async () => {
  const asked: string[] = [];
  const at = await place({
    records: 1000,
    onRequest: ({ path, soql }) => void asked.push(soql ?? path),
  });
  writeConfig(at.dir);
  const plan = await makePlan(await at.session(), () => undefined);
  expect(plan.stages.find(({ source }) => source === "ContentNote")?.count).toBe(at.sim.org.count("ContentNote"));
  expect(plan.stages.find(({ source }) => source === "Opportunity")?.count).toBe(at.sim.org.count("Opportunity"));
  expect(
    asked.filter((what) => /\/Content$|FROM PricebookEntry|FROM OpportunityContactRole WHERE OpportunityId/.test(what)),
  ).toEqual([]);
  expect(asked.filter((what) => /^SELECT .*Description.* FROM Account\b/.test(what))).toEqual([]);
  // the version is not asked for where the list of objects answers
  expect(asked.filter((what) => what === "/services/data")).toEqual([]);
});
