/** Which runs belong to a cutover: those of its stages, and what was done between them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Query } from "../connector.ts";
import type { Reconciliation } from "../proof/types.ts";
import { readRunsSince } from "./state.ts";
import type { Board, KnownRun } from "./types.ts";

/** When the run was last proven, ISO; null: its proof is not there. */
async function provenAt(runsDir: string, run: string): Promise<string | null> {
  const text = await readFile(join(runsDir, run, "reconciliation.json"), "utf8").catch(() => null);
  return text === null ? null : (JSON.parse(text) as Pick<Reconciliation, "checkedAt">).checkedAt;
}

/** The end of the cutover: its last proof or signature; null: it goes on. */
async function endOf(runsDir: string, { stages, done }: Board): Promise<number | null> {
  if (!done) return null;
  const times = stages.flatMap(({ attempts, signOffs }) => [
    ...attempts.map(({ finishedAt }) => finishedAt),
    ...signOffs.map(({ signedAt }) => signedAt),
  ]);
  for (const { attempts } of stages) {
    const run = attempts.at(-1)?.run;
    if (typeof run === "string") times.push(await provenAt(runsDir, run));
  }
  return Math.max(...times.filter((time) => time !== null).map((time) => Date.parse(time)));
}

/**
 * Every run of the migration since the first stage began, oldest first: the stages', and retries, rollbacks and loads that somebody
 * made beside them. They wrote into the same target, so what the stages are proven by rests on them, too.
 */
export async function runsOfCutover(query: Query, runsDir: string, board: Board): Promise<readonly KnownRun[]> {
  const ofStages = board.stages.flatMap(({ attempts }) => attempts.flatMap(({ run }) => (run === null ? [] : [run])));
  const [runs, end] = [await readRunsSince(query, board.migration, ofStages), await endOf(runsDir, board)];
  return runs.filter(({ run, startedAt }) => end === null || ofStages.includes(run) || Date.parse(startedAt) <= end);
}
