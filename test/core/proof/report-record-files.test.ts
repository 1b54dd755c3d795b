import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runMigration } from "../../../core/engine/run.ts";
import { type RecordIndex, writeRecordFiles } from "../../../core/proof/report-record-files.ts";
import { type Seeded, seed } from "./fixture.ts";

let seeded: Seeded;
beforeAll(async () => {
  seeded = await seed();
});
afterAll(() => seeded.close());

test("the keys of every outcome but the rejected ones, for their owner alone; a dry run has none", async () => {
  await seeded.clear();
  const { session } = seeded;
  const { query } = session.database;
  const report = await runMigration(session, {}, () => undefined);
  const folder = join(session.runsDir, report.run);
  await writeRecordFiles(query, session.runsDir, report.run);
  const index = JSON.parse(await readFile(join(folder, "records", "index.json"), "utf8")) as RecordIndex;
  expect(index.buckets.map(({ object, bucket, count }) => [object, bucket, count])).toEqual(
    report.objects.flatMap(({ object, ...counts }) =>
      (["deleted", "filtered", "inserted", "merged", "unchanged", "updated"] as const)
        .filter((bucket) => counts[bucket] > 0)
        .map((bucket) => [object, bucket, counts[bucket]]),
    ),
  );
  for (const { file, count, sample } of index.buckets) {
    const lines = (await readFile(join(folder, file), "utf8")).trimEnd().split("\r\n");
    expect(lines[0]).toBe("\ufeff_key");
    expect(lines.slice(1)).toHaveLength(count);
    expect(sample.map(({ key }) => key)).toEqual(lines.slice(1, 11));
    expect((await stat(join(folder, file))).mode & 0o077).toBe(0);
  }
  expect([index.gone, index.kept]).toEqual([[], []]);

  const dry = await runMigration(session, { dryRun: true }, () => undefined);
  await writeRecordFiles(query, session.runsDir, dry.run);
  await expect(stat(join(session.runsDir, dry.run, "records"))).rejects.toMatchObject({ code: "ENOENT" });
});
