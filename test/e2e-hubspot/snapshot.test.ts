/** A rehearsal is mapped anew and loaded from its snapshot: not one call to the portal. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { place, SOURCE } from "./kit.ts";
import { differences, mergedDifferences } from "./truth.ts";
import { MIGRATION, records } from "./truth-values.ts";

it.runIf(process.env.SOAK === "1")(
  "from a dry run: another picklist, a run and a reconciliation without a call",
  { timeout: 300_000 },
  async () => {
    const at = await place({ seed: 2, records: 500 }, null);
    const { sim, dir, database } = at;
    const edit = (file: string, what: RegExp, by: string) => {
      const text = readFileSync(join(dir, file), "utf8");
      expect(text).toMatch(what);
      writeFileSync(join(dir, file), text.replace(what, by));
    };
    const init = await at.migrate(
      "init",
      "--source",
      "hubspot",
      "--source-options",
      `${SOURCE.slice(0, -1)}, apiPath: "2026-03" }`,
    );
    expect(init.code, init.stderr).toBe(0);
    edit("migration.yaml", /^name: .*$/m, `name: ${MIGRATION}`);
    const rehearsal = await at.run({ dryRun: true });

    edit("mappings/picklists.yaml", /BEST_CASE: best_case/, "BEST_CASE: commit");
    // the portal goes on living, unseen
    const contacts = sim.portal.type("contacts")!;
    const [contact] = records(sim.portal, "contacts");
    sim.portal.write(contacts, contact!.id, { lastname: "Changed since" });
    const { requests } = sim.stats;

    await at.run({}, rehearsal.run);
    const report = at.lastRun();
    expect(report).toMatchObject({ status: "completed", clean: true, snapshot: rehearsal.run });
    const proof = await at.reconcile(report.run, rehearsal.run);
    expect(sim.stats.requests).toBe(requests);
    expect(proof.ok).toBe(true);
    expect(proof.notes.join("\n")).toContain("hubspot itself was not asked");

    const { rows } = await database.database.query<{ n: number }>(
      "select count(*)::int as n from crm.opportunity where forecast_category = 'commit'",
    );
    const commit = [...records(sim.portal, "deals")].filter(({ values }) =>
      ["BEST_CASE", "COMMIT"].includes(values.hs_manual_forecast_category ?? ""),
    );
    expect(rows[0]!.n).toBe(commit.length);
    expect(commit.length).toBeGreaterThan(0);
    edit("mappings/picklists.yaml", /BEST_CASE: commit/, "BEST_CASE: best_case");
    await at.run({}, rehearsal.run);
    // the name and the stamp of the edit are all that differs
    const off = await differences(database.url, sim.portal, { custom: true });
    expect(off[0]).toBe("contacts: 3 differences");
    expect(off.slice(1).map((line) => line.split(":")[0])).toEqual(
      ["last_name", "full_name", "updated_at"].map((name) => `  ${contact!.id} ${name}`),
    );
    expect(await mergedDifferences(database.url, sim.portal)).toEqual([]);
  },
);
