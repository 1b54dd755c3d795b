/** A rehearsal is mapped anew and loaded from its snapshot: not one call to the org. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import type { Reconciliation } from "../../core/proof/types.ts";
import { runNames } from "../e2e/kit.ts";
import { place, SOURCE } from "./kit.ts";
import { differences } from "./truth.ts";

vi.setConfig({ testTimeout: 300_000 });

it("from a dry run: another picklist, a dry run, a run and a reconciliation without a call", async () => {
  const at = await place({ seed: 2, records: 300 });
  const { sim, dir, database } = at;
  const ok = async (...args: string[]) => {
    const ended = await at.migrate(...args);
    expect(ended.code, ended.stderr + ended.stdout).toBe(0);
    return ended;
  };
  await ok("init", "--source", "salesforce", "--source-options", SOURCE);
  await ok("run", "--quiet", "--dry-run");
  const rehearsal = runNames(dir).at(-1)!;

  const picklists = join(dir, "mappings", "picklists.yaml");
  const text = readFileSync(picklists, "utf8");
  writeFileSync(picklists, text.replace("Working: in_progress", "Working: escalated"));
  // the org goes on living, unseen
  const [contact] = [...sim.org.truth("Contact")].map(({ Id }) => String(Id));
  const { LastName: was, LastModifiedById: by } = sim.org.row(contact!)! as Record<string, string>;
  sim.org.update(contact!, { LastName: "Changed since" });
  const { requests } = sim.stats;

  await ok("run", "--quiet", "--dry-run", "--from-snapshot", rehearsal);
  expect(await database.database.query("select 1 from pg_namespace where nspname = 'crm'")).toMatchObject({ rows: [] });
  await ok("run", "--quiet", "--from-snapshot", rehearsal);
  const run = at.lastRun();
  expect(run).toMatchObject({ status: "completed", clean: true, snapshot: rehearsal });
  await ok("reconcile", "--quiet", run.run);
  expect(sim.stats.requests).toBe(requests);

  const proof = JSON.parse(readFileSync(join(dir, "runs", run.run, "reconciliation.json"), "utf8")) as Reconciliation;
  expect(proof.ok).toBe(true);
  expect(proof.notes.join("\n")).toContain(`The source is the snapshot that run ${rehearsal} took of salesforce`);
  expect(proof.notes.join("\n")).toContain("salesforce itself was not asked");

  const escalated = ["Working", "Escalated"];
  const { rows } = await database.database.query<{ n: number }>(
    "select count(*)::int as n from crm.case where status = 'escalated'",
  );
  expect(rows[0]!.n).toBe(sim.org.count("Case", { where: (get) => escalated.includes(String(get("Status"))) }));
  sim.org.update(contact!, { LastName: was! }, { by: by! });
  const off = await differences(database.url, sim.org);
  // the stamp of the edit is all that differs
  expect(off.filter((line) => !/^ {2}\w+ updated_at: /.test(line))).toEqual(["Contact: 1 differences"]);
});
