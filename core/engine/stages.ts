/** The stages of a run, one after the other, then what they deferred. */
import type pg from "pg";
import type { TableChanges } from "../connector.ts";
import { InterruptedError, StoppedError } from "../errors.ts";
import type { Stage } from "../mapping/types.ts";
import { associationRows, associationsStand } from "./association-rows.ts";
import { compileStage } from "./compile-stage.ts";
import type { Counts } from "./counts.ts";
import { resolveDeferred } from "./deferred.ts";
import { applyGone } from "./delta-apply.ts";
import { dueKeys } from "./delta-due.ts";
import { anyLinks } from "./delta-links.ts";
import { anyFollows, keepWaiting } from "./delta-met.ts";
import { stageReading } from "./delta-stage.ts";
import { keepWatermarks } from "./delta-watermarks.ts";
import { prepareDirect } from "./direct.ts";
import { knownHashes } from "./known-hashes.ts";
import { inTransaction, type Lane } from "./lane.ts";
import { lastLines } from "./last-lines.ts";
import { noteEdits } from "./merge/note-edits.ts";
import { externalSourceOf, type MergePlan, planMerge, rivalsOf, sourcesOf } from "./merge/plan.ts";
import { writtenEntries } from "./merge/written.ts";
import { objectReport } from "./report.ts";
import { retryReading } from "./retry.ts";
import { writeRunReport } from "./run-files.ts";
import { type Running, report } from "./running.ts";
import { samplePlans } from "./sample.ts";
import { assertAccounted, runStage } from "./stage-run.ts";
import type { Due } from "./stage-types.ts";
import {
  forgetRows,
  neighboursOf,
  originOf,
  originsOf,
  type Progress,
  readProgress,
  saveProgress,
  writtenColumns,
} from "./state.ts";
import { analyze, dropForeignKeys, ensureForeignKeys, isEmpty } from "./tables.ts";
import { threeWayOf } from "./three-way-of.ts";

/** Runs all stages; foreign keys that a first fill took away are back, validated, when their object is done. */
export async function stagesInOrder(running: Running, lanes: readonly Lane[], changes: TableChanges): Promise<void> {
  const { session, stages } = running;
  const first = lanes[0]!;
  const { client } = first;
  const staged = new Set(stages.map((stage) => stage.mapping.object));
  const unstaged = new Set([...session.model.objects.keys()].filter((object) => !staged.has(object)));
  await inTransaction(first, () => ensureForeignKeys(client, session, changes.foreignKeys, unstaged));
  const samples = samplePlans(stages, running.sample);
  const done: DoneStage[] = [];
  for (const [index, stage] of stages.entries()) {
    const staged = await oneStage(running, lanes, stage, samples[index]!, changes);
    done.push(staged);
    const { counts } = staged;
    running.counts.set(stage.mapping.id, counts);
    const last = stages.slice(index + 1).every((later) => later.mapping.object !== stage.mapping.object);
    if (last)
      await inTransaction(first, () =>
        ensureForeignKeys(client, session, changes.foreignKeys, new Set([stage.mapping.object])),
      );
    if (counts.inserted > 0) await analyze(client, session, stage.mapping.object);
    running.onEvent({ type: "stage-end", report: objectReport(stage.mapping, counts) });
    await writeRunReport(session.runsDir, report(running, "running", null));
  }
  // without statistics the planner takes all references of an object for a handful, and joins them one by one
  await client.query("analyze migrate.ledger, migrate.deferred");
  const delta = running.kind === "delta";
  if (running.kind !== "full") await followLate(running, first, done);
  const plans = await settledPlans(running, client, done);
  for (const { plan, whole } of plans) {
    if (session.context.signal.aborted) throw new InterruptedError();
    const defers =
      plan.lookups.some((lookup) => lookup.kind === "deferred" || lookup.kind === "self") ||
      plan.associations.length > 0;
    const counts = running.counts.get(plan.mapping.id)!;
    await inTransaction(first, async () => {
      const before = await readProgress(client, running.runId, plan.originId);
      if (defers) {
        await resolveDeferred(client, plan, counts);
        // counting them all is for runs that read it all
        if (plan.associations.length > 0 && whole) counts.associations.rows = await associationRows(client, plan);
        await saveProgress(client, running.runId, plan.originId, { ...before!, counts });
      }
      await stageComplete(running, client, plan);
    });
    if (defers) running.onEvent({ type: "stage-end", report: objectReport(plan.mapping, counts) });
  }
  if (delta) await removeGone(running, first, plans);
}

/** A stage that has been read. */
interface DoneStage {
  readonly plan: MergePlan;
  readonly counts: Counts;
  /** Every source was read whole. */
  readonly whole: boolean;
  /** Reads the records that `due` names, and merges them as the stage did; returns its counts. */
  readonly more: (due: Due) => Promise<Counts>;
}

/** The plans as references are resolved by now: merges that a delta found came after some of them were made. */
async function settledPlans(
  running: Running,
  client: pg.ClientBase,
  done: readonly DoneStage[],
): Promise<readonly Pick<DoneStage, "plan" | "whole">[]> {
  if (running.kind !== "delta") return done;
  const aliased = await aliasedObjects(client, running.session.config.source.name);
  const merged = [...aliased].filter(([, some]) => some).map(([name]) => name);
  return done.map(({ plan, whole }) => ({
    plan: { ...plan, shadowed: new Set([...plan.shadowed, ...merged]) },
    whole,
  }));
}

/** The stage's records are in the target, with everything they refer to: later deltas begin where it began. */
async function stageComplete(running: Running, client: pg.ClientBase, plan: MergePlan): Promise<void> {
  if (running.sample !== null) return;
  await keepWaiting(client, plan, running.kind === "full");
  await keepWatermarks(client, running.runId, plan.originId);
}

/** Rounds over all stages at most: records that wait for records that wait. */
const ROUNDS = 5;

/** Records of earlier runs that waited for what this run has brought: by references that are filled in later, or across stages. */
async function followLate(running: Running, lane: Lane, done: readonly DoneStage[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    let followed = 0;
    for (const { plan, more } of done) {
      if (!(await anyFollows(lane.client, plan))) continue;
      const due = dueKeys({ plan, hold: null, sweep: null, narrow: false, onFound: () => undefined });
      const counts = await more(due);
      followed += counts.read - running.counts.get(plan.mapping.id)!.read;
      running.counts.set(plan.mapping.id, counts);
    }
    if (followed === 0) return;
  }
}

/** Rows of records that are gone, children before their parents. */
async function removeGone(running: Running, lane: Lane, plans: readonly Pick<DoneStage, "plan">[]): Promise<void> {
  const { client } = lane;
  for (const { plan } of [...plans].reverse()) {
    if (running.session.context.signal.aborted) throw new InterruptedError();
    const counts = running.counts.get(plan.mapping.id)!;
    await inTransaction(lane, async () => {
      const edited = plan.threeWay?.policy === "source" ? "overwrite" : "keep";
      counts.warnings += await applyGone(client, plan, edited, running.startedAt);
      const before = await readProgress(client, running.runId, plan.originId);
      await saveProgress(client, running.runId, plan.originId, { ...before!, counts });
    });
  }
}

/** Objects that the id map knows under further ids, of this migration's source; true: some of them of merged records. */
async function aliasedObjects(client: pg.ClientBase, sourceName: string): Promise<ReadonlyMap<string, boolean>> {
  const { rows } = await client.query<{ object: string; merged: boolean }>(
    `select object, bool_or(kind = 'alias') as merged from migrate.id_map
     where external_source = $1 or external_source like $2 group by object`,
    [sourceName, `${sourceName.replace(/[\\%_]/g, "\\$&")}/%`],
  );
  return new Map(rows.map((row) => [row.object, row.merged]));
}

async function oneStage(
  running: Running,
  lanes: readonly Lane[],
  stage: Stage,
  sample: MergePlan["sample"],
  changes: TableChanges,
): Promise<DoneStage> {
  const { session, owners } = running;
  const { config, model, context } = session;
  const first = lanes[0]!;
  const { client } = first;
  const began = performance.now();
  const { mapping } = stage;
  const sourceName = config.source.name;
  if (mapping.fields.some((field) => field.owner)) await owners.load(client, session.mappings.mappings);
  const compiled = compileStage(session, mapping, owners);
  const originId = await originOf(client, externalSourceOf(sourceName, mapping.keyspace), mapping.id, mapping.object);
  const plan = planMerge({
    runId: running.runId,
    originId,
    sourceName,
    stage,
    compiled,
    model,
    mappings: session.mappings.mappings,
    sample,
    aliased: await aliasedObjects(client, sourceName),
    rivals: await originsOf(
      client,
      externalSourceOf(sourceName, mapping.keyspace),
      rivalsOf(mapping, session.mappings.mappings).map(({ id }) => id),
    ),
    neighbours: await neighboursOf(client, originId, mapping.object),
    threeWay: threeWayOf(running.kind, config, mapping),
    // a first load has none to drop, and need not note who said what
    dropsLinks: running.kind !== "full" || (running.sample === null && (await anyLinks(client, originId))),
    columns: await writtenColumns(
      client,
      originId,
      writtenEntries(compiled, session.model.objects.get(mapping.object)!),
    ),
  });
  const planned = running.plan?.stages.find((candidate) => candidate.mapping === mapping.id)?.count ?? null;
  running.onEvent({
    type: "stage-start",
    mapping: mapping.id,
    object: mapping.object,
    source: mapping.sources.join(", "),
    total: planned,
  });
  const progress = await readProgress(client, running.runId, originId);
  const reading =
    running.retry === null
      ? await stageReading({ running, stage, plan, compiled, lane: first })
      : await retryReading(running, plan, compiled, first);
  const { whole } = reading;
  const input = {
    stage,
    plan,
    compiled,
    source: session.source,
    lanes,
    owners,
    mappings: session.mappings.mappings,
    context,
    direct: null,
    unchanged: null,
    lastLines: null,
    total: planned,
    narrow: reading.narrow,
    onRead: (read: number) => running.onEvent({ type: "progress", mapping: mapping.id, read, total: planned }),
    ...(running.chunkSize === undefined ? {} : { chunkSize: running.chunkSize }),
  };
  const finish = (counts: Counts, fingerprint: string, fresh: boolean): Promise<void> =>
    inTransaction(first, async () => {
      await noteEdits(client, plan);
      await saveProgress(client, running.runId, originId, {
        phase: "done",
        chunk: 0,
        position: null,
        fingerprint,
        counts,
        fresh,
      });
    });
  const more = async (due: Due): Promise<Counts> => {
    const before = (await readProgress(client, running.runId, originId))!;
    const parts = mapping.sources.map((object) => ({ object, read: null }));
    const position = { source: parts.length, position: null };
    const fingerprint = before.fingerprint ?? "";
    const counts = await runStage({
      ...input,
      progress: { ...before, phase: "reading", position },
      fresh: false,
      fingerprint,
      parts,
      due,
    });
    assertAccounted(counts, mapping.id);
    await finish(counts, fingerprint, before.fresh);
    return counts;
  };
  if (progress?.phase === "done") return { plan, counts: progress.counts, whole, more };
  const fingerprint = await fingerprintOf(running, stage, progress);
  let fresh = progress?.fresh ?? false;
  // what changed is no reason to load what users took out of the target again
  if (progress === null && reading.first && (await isEmpty(client, session, mapping.object))) {
    fresh = true;
    await inTransaction(first, () =>
      forgetRows(client, plan, sourcesOf(session.mappings.mappings, mapping.object, sourceName)),
    );
    if (model.managed)
      await inTransaction(first, () => dropForeignKeys(client, session, changes.foreignKeys, mapping.object));
  }
  let unchanged = null;
  if (whole && !fresh && running.sample === null) {
    // a record whose association rows are gone is not what it was, though its own row is
    const stand = plan.associations.length === 0 || (await associationsStand(client, plan));
    if (stand) unchanged = await knownHashes(client, plan);
  }
  const direct = fresh ? await prepareDirect(client, plan) : null;
  const lines = mapping.duplicates === "last" && whole ? await lastLines(session, compiled) : null;
  const counts = await runStage({
    ...input,
    progress,
    fresh,
    direct,
    unchanged,
    fingerprint,
    lastLines: lines,
    parts: reading.parts,
    due: reading.due,
    settled: reading.settled,
  });
  counts.seconds += (performance.now() - began) / 1000;
  assertAccounted(counts, mapping.id);
  await finish(counts, fingerprint, fresh);
  return { plan, counts, whole, more };
}

/** The content that positions refer to; a resumed stage must find the same. */
async function fingerprintOf(running: Running, stage: Stage, progress: Progress | null): Promise<string> {
  const parts: string[] = [];
  for (const source of stage.mapping.sources) parts.push(await running.session.source.fingerprint(source));
  const now = parts.join("\n");
  if (progress !== null && progress.fingerprint !== null && progress.fingerprint !== now) {
    throw new StoppedError(
      "RESUME_SOURCE_CHANGED",
      `${stage.mapping.sources.join(", ")} changed since the run began: its position no longer holds`,
      { hint: "Put the same file back to resume, or start a new run: what was loaded already is recognised." },
    );
  }
  return now;
}
