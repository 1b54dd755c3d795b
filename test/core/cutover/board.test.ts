/** How long a stage will take, by the rehearsals before it. */
import { expect, it } from "vitest";
import { makeBoard } from "../../../core/cutover/board.ts";
import type { RunReport } from "../../../core/engine/types.ts";

const START = Date.parse("2026-11-20T10:00:00Z");

/** A run, as far as the board looks at it. */
function run(kind: "full" | "delta", seconds: number, more: Partial<RunReport> = {}): RunReport {
  const part: Partial<RunReport> = {
    kind,
    status: "completed",
    startedAt: new Date(START).toISOString(),
    finishedAt: new Date(START + seconds * 1000).toISOString(),
    sample: null,
    only: null,
    totals: { read: 100 * seconds } as RunReport["totals"],
    ...more,
  };
  return part as RunReport;
}

function expectations(runs: readonly RunReport[]) {
  const stage = { objects: null, until: null, repeat: false };
  const stages = [
    { ...stage, name: "people", objects: ["user"], delta: false, freeze: false },
    { ...stage, name: "history", delta: false, freeze: false },
    { ...stage, name: "final", delta: true, freeze: true },
  ];
  const board = makeBoard({ name: "acme", cutover: { stages } }, { attempts: [], signOffs: [], runs }, new Date(START));
  return board.stages.map(({ expectedSeconds, expectedFrom }) => [expectedSeconds, expectedFrom]);
}

it("is the median of the last five runs of the same kind over the same objects, the newest first", () => {
  const runs = [
    run("delta", 30),
    run("full", 600),
    run("delta", 10),
    run("delta", 20),
    run("full", 7, { only: ["user"] }),
    // neither samples, nor what did not end, nor other objects, nor the sixth
    run("delta", 9999, { sample: 20 }),
    run("delta", 9999, { status: "failed" }),
    run("delta", 9999, { only: ["contact"] }),
    run("delta", 40),
    run("delta", 50),
    run("delta", 9999),
  ];
  expect(expectations(runs)).toEqual([
    [7, "the last full run; the newest read 700 records"],
    [600, "the last full run; the newest read 60000 records"],
    [30, "the last 5 delta runs took 10 to 50 s; the newest read 3000 records"],
  ]);
});

it("is unknown before any rehearsal", () => {
  expect(expectations([])).toEqual(Array.from({ length: 3 }, () => [null, null]));
});
