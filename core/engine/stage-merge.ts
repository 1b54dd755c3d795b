/** Merges a chunk that a lane has staged, with everything that is kept about it, in the lane's transaction. */
import type pg from "pg";
import { saveAliases } from "./alias-notes.ts";
import type { Chunk, RejectRow } from "./chunk.ts";
import { addCounts, type Counts, emptyCounts } from "./counts.ts";
import { setAside } from "./further-rows.ts";
import type { Lane } from "./lane.ts";
import { mergeStaged } from "./merge/merge.ts";
import type { MergePlan } from "./merge/plan.ts";
import { type NarrowRows, saveNarrow } from "./narrow.ts";
import { originalRow } from "./refetch.ts";
import type { StageRunInput, StageState } from "./stage-types.ts";
import { type StagePosition, saveOutcomes, saveProgress, saveRejects, saveWarnings } from "./state.ts";

export async function mergeChunk(
  input: StageRunInput,
  state: StageState,
  lane: Lane,
  chunk: Chunk,
  hold: string | null,
  position: StagePosition,
  counts: Counts,
  narrow: NarrowRows | null,
): Promise<void> {
  const { plan } = input;
  const { client } = lane;
  addCounts(counts, chunk.counts);
  const rejects: RejectRow[] = [...chunk.rejects];
  if (chunk.further.length > 0) {
    await setAside(client, plan, chunk.source, chunk.further);
    chunk.staged -= chunk.further.length;
  }
  if (chunk.staged > 0) {
    const result = await mergeStaged(client, plan, {
      chunk: chunk.index,
      staged: chunk.staged,
      fresh: input.fresh,
      policy: "hold",
      together: true,
      hold,
    });
    addCounts(counts, result.counts);
    rejects.push(...result.rejects.map((reject) => originalRow(chunk.batch, reject)));
    if (!state.measured && result.entered > (input.fresh ? 0 : MEASURE)) {
      state.measured = true;
      await measure(client, plan);
    }
  }
  await saveOutcomes(client, plan.runId, plan.originId, chunk);
  await saveRejects(client, plan.runId, plan.originId, rejects);
  await saveWarnings(client, plan.runId, plan.originId, chunk.warnings);
  await saveAliases(client, plan.runId, plan.originId, chunk.aliases);
  if (narrow !== null) await saveNarrow(client, plan, narrow);
  const total = emptyCounts();
  addCounts(total, state.counts);
  addCounts(total, counts);
  await saveProgress(client, plan.runId, plan.originId, {
    phase: "reading",
    chunk: chunk.index,
    position,
    fingerprint: input.fingerprint,
    counts: total,
    fresh: input.fresh,
  });
  // a failed commit throws after this; the run then ends and what it says is read from the database
  addCounts(state.counts, counts);
  state.chunk = Math.max(state.chunk, chunk.index);
  state.position = position;
}

/** New rows of a chunk from which on tables that held rows already are measured as well: another mapping's, say. */
const MEASURE = 2_000;

/**
 * Statistics of what a mapping's first fill grows, once there is something to see: without them the planner takes
 * `external_source = ...` and `origin_id = ...` for rare values, and searches all of their rows once per staged row.
 */
async function measure(client: pg.ClientBase, plan: MergePlan): Promise<void> {
  if (plan.object.hasExternalId) await client.query(`analyze ${plan.table} (external_source, external_id)`);
  await client.query("analyze migrate.ledger (origin_id, target_id, run_id)");
  if (!plan.object.hasExternalId) await client.query("analyze migrate.id_map (external_source, object, external_id)");
}
