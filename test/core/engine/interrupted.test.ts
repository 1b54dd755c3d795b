/** Interruptions before a run could go on. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { noteInterrupted } from "../../../core/engine/index.ts";
import type { RunReport } from "../../../core/engine/types.ts";
import { InterruptedError } from "../../../core/errors.ts";

const RUN = "20260101T000000Z-full";

function runs(report: Partial<RunReport>) {
  const dir = mkdtempSync(join(tmpdir(), "interrupted-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, RUN, "run.json");
  mkdirSync(join(dir, RUN));
  writeFileSync(file, JSON.stringify({ run: RUN, dryRun: false, startedAt: "2026-01-01T00:00:00.000Z", ...report }));
  return { dir, status: () => (JSON.parse(readFileSync(file, "utf8")) as RunReport).status };
}

test("what is told depends on whether anything had begun", () => {
  expect(new InterruptedError().message).toBe("interrupted before anything was written");
  expect(new InterruptedError(true).message).toBe("interrupted; everything committed so far is kept");
});

test.each([
  ["running", "interrupted", true],
  ["stopped", "stopped", true],
  ["completed", "completed", false],
] as const)("a run that is %s is then %s; it can be gone on with: %s", async (before, after, goesOn) => {
  const { dir, status } = runs({ status: before });
  expect([await noteInterrupted(dir, RUN), status()]).toEqual([goesOn, after]);
});

test("neither dry runs nor unknown ones", async () => {
  const { dir, status } = runs({ status: "running", dryRun: true });
  expect([await noteInterrupted(dir, RUN), await noteInterrupted(dir, "another"), status()]).toEqual([
    false,
    false,
    "running",
  ]);
});
