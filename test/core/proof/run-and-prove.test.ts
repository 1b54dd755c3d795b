import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runMigration } from "../../../core/engine/run.ts";
import { rewriteReport } from "../../../core/proof/report.ts";
import type { ObjectProof } from "../../../core/proof/types.ts";
import { RUN, type Seeded, seed } from "./fixture.ts";

/** The same proof over what the engine really leaves. */
let seeded: Seeded;
beforeAll(async () => {
  seeded = await seed();
});
beforeEach(async () => {
  await seeded.clear();
  await rm(join(seeded.session.runsDir, RUN), { recursive: true, force: true });
});
afterAll(() => seeded.close());

const shortly = ({ object, ok, source, target, accounted, unexplained }: ObjectProof): unknown => [
  object,
  ok,
  source.count,
  target.count,
  accounted.loaded,
  accounted.filtered,
  accounted.rejected,
  unexplained,
];

test("a run is proven, a second run of the same data too", async () => {
  for (const bucket of ["inserted", "unchanged"] as const) {
    const report = await runMigration(seeded.session, {}, () => undefined);
    expect(report.totals).toMatchObject({ read: 11, [bucket]: 6, filtered: 1, rejected: 4 });
    const proof = await seeded.prove(6);
    expect(proof.run).toBe(report.run);
    expect(proof.objects.map(shortly)).toEqual([
      ["account", true, 3, 3, 3, 0, 0, 0],
      ["opportunity", true, 8, 3, 3, 1, 4, 0],
    ]);
    const total = proof.objects[1]!.sums.find(({ field }) => field === "amount");
    expect(total).toMatchObject({
      source: "12345678901235148.18",
      excluded: "579.99",
      target: "12345678901234568.19",
      ok: true,
    });
    expect(proof.spotChecks.map(({ ok }) => ok)).toEqual([true, true, true, true, true, true]);
    expect(proof.ok).toBe(true);
  }
});

test("a dry run leaves nothing to prove, and says so", async () => {
  const { run } = await runMigration(seeded.session, { dryRun: true }, () => undefined);
  await expect(seeded.prove(0, run)).rejects.toMatchObject({ code: "RUN_NOTHING_WRITTEN", exitCode: 2 });
});

test("what a run leaves is its owner's alone, whatever the umask", async () => {
  const before = process.umask(0);
  try {
    const { run } = await runMigration(seeded.session, {}, () => undefined);
    await seeded.prove();
    await rewriteReport(seeded.session.runsDir, run, new Date());
    const folder = join(seeded.session.runsDir, run);
    const found = await readdir(folder, { recursive: true });
    for (const name of [
      "run.json",
      "rejects/opportunity.csv",
      "reconciliation.json",
      "report.html",
      "report.md",
      "migrate.log",
    ])
      expect(found).toContain(name);
    const modes = await Promise.all(
      ["", ...found].map(async (name) => {
        const about = await stat(join(folder, name));
        return [name, about.isDirectory(), about.mode & 0o777];
      }),
    );
    expect(modes.filter(([, directory, mode]) => mode !== (directory ? 0o700 : 0o600))).toEqual([]);
  } finally {
    process.umask(before);
  }
});
