/** The board: where the cutover stands, stage by stage. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { CutoverStage, MigrationConfig } from "../config-types.ts";
import type { Query } from "../connector.ts";
import { listRuns } from "../engine/index.ts";
import type { RunReport } from "../engine/types.ts";
import { ConfigError } from "../errors.ts";
import { writeWhole } from "../private-files.ts";
import { readAttempts, readSignOffs } from "./state.ts";
import type { Attempt, Board, BoardStage, SignOff, StageState } from "./types.ts";

/** Throws ConfigError CUTOVER_NO_STAGES when migration.yaml has none, CUTOVER_STAGE_TWICE when a name is used twice. */
export function assertStages({ cutover, file }: MigrationConfig): void {
  const names = cutover.stages.map(({ name }) => name);
  if (names.length === 0) {
    throw new ConfigError("CUTOVER_NO_STAGES", "expected stages under `cutover:`, found none", {
      place: { file },
      hint: "Add cutover: { stages: [{ name: history, until: 2025-01-01 }, { name: final, delta: true, freeze: true }] }.",
    });
  }
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    throw new ConfigError("CUTOVER_STAGE_TWICE", `cutover.stages: two stages are called ${twice}`, {
      place: { file },
      hint: "Give each stage a name of its own: sign-offs and runs go by it.",
    });
  }
}

function stateOf(attempts: readonly Attempt[]): StageState {
  const last = attempts.at(-1);
  if (last === undefined) return "open";
  if (last.status === "running") return "running";
  return last.status === "passed" ? "passed" : "failed";
}

const MEDIAN_OF = 5;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
};

/** Runs that did the same kind of work, dry ones included: they are what a rehearsal leaves. */
function comparable(stage: CutoverStage, runs: readonly RunReport[]): readonly RunReport[] {
  const same = (run: RunReport): boolean => {
    if (run.status !== "completed" || run.finishedAt === null || run.sample !== null) return false;
    if (run.kind !== (stage.delta ? "delta" : "full")) return false;
    const only = run.only === null ? null : [...run.only].sort().join();
    return only === (stage.objects === null ? null : [...stage.objects].sort().join());
  };
  return runs.filter(same).slice(0, MEDIAN_OF);
}

const secondsOf = (run: RunReport): number => (Date.parse(run.finishedAt!) - Date.parse(run.startedAt)) / 1000;

/** How long the stage will take: the median of the last runs of its kind over the same objects. */
function expected(
  stage: CutoverStage,
  runs: readonly RunReport[],
): Pick<BoardStage, "expectedSeconds" | "expectedFrom"> {
  const like = comparable(stage, runs);
  if (like.length === 0) return { expectedSeconds: null, expectedFrom: null };
  const seconds = like.map(secondsOf);
  const last = like[0]!;
  const what = stage.delta ? "delta" : "full";
  const range = `${Math.round(Math.min(...seconds))} to ${Math.round(Math.max(...seconds))} s`;
  return {
    expectedSeconds: Math.round(median(seconds) * 10) / 10,
    expectedFrom: `the last ${like.length === 1 ? `${what} run` : `${like.length} ${what} runs took ${range}`}; the newest read ${last.totals.read} records`,
  };
}

/** What `next` does: the first stage that is not passed. */
function nextStage(stages: readonly Pick<BoardStage, "name" | "state">[]): string | null {
  return stages.find(({ state }) => state !== "passed")?.name ?? null;
}

/** Puts the board together; pure. */
export function makeBoard(
  config: Pick<MigrationConfig, "name" | "cutover">,
  found: {
    readonly attempts: readonly Attempt[];
    readonly signOffs: readonly SignOff[];
    readonly runs: readonly RunReport[];
  },
  at: Date,
): Board {
  const stages = config.cutover.stages.map((stage) => {
    const attempts = found.attempts.filter((attempt) => attempt.stage === stage.name);
    const { name, objects, until, delta, repeat, freeze } = stage;
    return {
      ...{ name, objects, until, delta, repeat, freeze },
      state: stateOf(attempts),
      attempts,
      signOffs: found.signOffs.filter((signed) => signed.stage === stage.name),
      ...expected(stage, found.runs),
    };
  });
  const next = nextStage(stages);
  return {
    migration: config.name,
    at: at.toISOString(),
    stages: stages.map((stage) => ({ ...stage, current: stage.name === next })),
    next,
    done: stages.every(({ state, attempts, signOffs }) => state === "passed" && isSigned(attempts.at(-1)!, signOffs)),
  };
}

/** True when the attempt's run was signed after it ended. */
export const isSigned = (attempt: Attempt, signOffs: readonly SignOff[]): boolean =>
  signOffs.some((signed) => signed.stage === attempt.stage && signed.run === attempt.run);

/** Reads the board from the state database and the runs beside migration.yaml. */
export async function readBoard(config: MigrationConfig, query: Query, runsDir: string, now: Date): Promise<Board> {
  assertStages(config);
  const [attempts, signOffs, runs] = await Promise.all([
    readAttempts(query, config.name),
    readSignOffs(query, config.name),
    listRuns(runsDir),
  ]);
  return makeBoard(config, { attempts, signOffs, runs: runs.filter(({ name }) => name === config.name) }, now);
}

/** Keeps the board beside the runs, for the reports. */
export async function writeBoard(runsDir: string, board: Board): Promise<void> {
  await mkdir(runsDir, { recursive: true });
  await writeWhole(join(runsDir, "cutover.json"), `${JSON.stringify(board, null, 2)}\n`);
}
