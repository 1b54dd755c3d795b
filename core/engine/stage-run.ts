/** Runs one stage: reads its sources, maps, stages and merges chunk by chunk, then settles what was held. */
import { counted } from "../counted.ts";
import { InterruptedError, StoppedError } from "../errors.ts";
import { forgetLosers, tellsMerges } from "./alias-notes.ts";
import { accounted, addCounts, type Counts, emptyCounts } from "./counts.ts";
import { createFurther, furtherTable, settleFurther } from "./further-rows.ts";
import { createHold, settling } from "./hold.ts";
import { inTransaction, openLane } from "./lane.ts";
import { settleAliases } from "./merge/aliases.ts";
import { holdTable } from "./merge/resolve.ts";
import { followHeld } from "./merge/winners.ts";
import { refetch } from "./refetch.ts";
import { readAll } from "./stage-read.ts";
import { chunkSizeOf, type StageRunInput, type StageState } from "./stage-types.ts";
import { type Progress, saveProgress, saveRejects } from "./state.ts";

export { CHUNK, type StageRunInput } from "./stage-types.ts";

/** Runs the stage up to phase `done` (deferred references excepted) and returns its counts. Resumes where `progress` says. */
export async function runStage(input: StageRunInput): Promise<Counts> {
  const { plan, lanes, progress } = input;
  const state: StageState = {
    counts: progress?.counts ?? emptyCounts(),
    chunk: progress?.chunk ?? 0,
    position: progress?.position ?? null,
    measured: false,
  };
  const hold = plan.lookups.some((lookup) => lookup.kind === "self") ? holdTable(plan.originId) : null;
  const first = lanes[0]!;
  if (hold !== null) {
    await inTransaction(first, async () => {
      if (progress === null) await first.client.query(`drop table if exists ${hold}`);
      await createHold(first.client, plan, hold);
    });
  }
  const combines = plan.mapping.duplicates === "combine";
  if (combines) await inTransaction(first, () => createFurther(first.client, plan, progress === null));
  const merges = tellsMerges(plan.mapping);
  if (merges && progress === null) await inTransaction(first, () => forgetLosers(first.client, plan.originId));
  for (const lane of lanes) await openLane(lane, plan);
  if (progress === null || progress.phase === "reading") {
    await readAll(input, state, hold);
    await inTransaction(first, () => save(input, state, "holding"));
  }
  if (hold !== null) {
    if (merges) await inTransaction(first, () => followHeld(first.client, plan, hold));
    await settleHeld(input, state, hold);
  }
  if (merges) await settleMerged(input, state);
  if (combines) await settleAllFurther(input, state);
  if (input.settled !== undefined) {
    await input.settled(first, state);
  }
  return state.counts;
}

async function save(input: StageRunInput, state: StageState, phase: Progress["phase"]): Promise<void> {
  const { plan, lanes, fingerprint, fresh } = input;
  await saveProgress(lanes[0]!.client, plan.runId, plan.originId, {
    phase,
    chunk: state.chunk,
    position: state.position,
    fingerprint,
    counts: state.counts,
    fresh,
  });
}

async function settleHeld(input: StageRunInput, state: StageState, hold: string): Promise<void> {
  const { plan, lanes, context } = input;
  const lane = lanes[0]!;
  await inTransaction(lane, () => lane.client.query(`analyze ${hold}`));
  const held = settling(lane.client, plan, hold, chunkSizeOf(input));
  for (;;) {
    if (context.signal.aborted) throw new InterruptedError();
    const more = await inTransaction(lane, async () => {
      state.chunk++;
      const step = await held.step(state.chunk);
      if (step === null) return false;
      addCounts(state.counts, step.counts);
      if (step.rejects.length > 0) {
        await saveRejects(lane.client, plan.runId, plan.originId, await refetch(input, step.rejects));
      }
      await save(input, state, "holding");
      return true;
    });
    if (!more) break;
  }
  await inTransaction(lane, () => lane.client.query(`drop table if exists ${hold}`));
}

/** Further rows of records: what they add to is in the target by now, or not at all. */
async function settleAllFurther(input: StageRunInput, state: StageState): Promise<void> {
  const { plan, lanes, context } = input;
  const lane = lanes[0]!;
  for (;;) {
    if (context.signal.aborted) throw new InterruptedError();
    const more = await inTransaction(lane, async () => {
      state.chunk++;
      const step = await settleFurther(lane.client, plan, state.chunk, chunkSizeOf(input));
      if (step === null) return false;
      addCounts(state.counts, step.counts);
      if (step.rejects.length > 0) {
        await saveRejects(lane.client, plan.runId, plan.originId, await refetch(input, step.rejects));
      }
      await save(input, state, "holding");
      return true;
    });
    if (!more) break;
  }
  await inTransaction(lane, () => lane.client.query(`drop table if exists ${furtherTable(plan.originId)}`));
}

/** Merged records: their winners are in the target by now, or not at all. */
async function settleMerged(input: StageRunInput, state: StageState): Promise<void> {
  const { plan, lanes } = input;
  const lane = lanes[0]!;
  await inTransaction(lane, async () => {
    state.chunk++;
    const { merged, filtered, rejects, warnings } = await settleAliases(lane.client, plan, state.chunk);
    state.counts.merged += merged;
    state.counts.filtered += filtered;
    state.counts.rejected += rejects.length;
    state.counts.warnings += warnings;
    if (rejects.length > 0) {
      await saveRejects(lane.client, plan.runId, plan.originId, await refetch(input, rejects));
    }
    await save(input, state, "holding");
  });
}

/** Throws when the buckets do not add up to what was read: a defect of this program, never of the data. */
export function assertAccounted(counts: Counts, mapping: string): void {
  const sum = accounted(counts);
  if (sum === counts.read) return;
  throw new StoppedError(
    "BUCKETS_DO_NOT_ADD_UP",
    `${mapping}: ${counted(counts.read, "record")} read, but ${sum} are accounted for`,
    {
      hint: "Please report this with the run folder; nothing of it should be trusted until it is explained.",
    },
  );
}
