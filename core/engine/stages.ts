/** The stages of a run, one after the other, then what they deferred. */
import type pg from "pg";
import type { TableChanges } from "../connector.ts";
import { InterruptedError, StoppedError } from "../errors.ts";
import type { Stage } from "../mapping/types.ts";
import { associationRows, associationsStand } from "./association-rows.ts";
import { compileStage } from "./compile-stage.ts";
import type { Counts } from "./counts.ts";
import { resolveDeferred } from "./deferred.ts";
import { prepareDirect } from "./direct.ts";
import { knownHashes } from "./known-hashes.ts";
import { inTransaction, type Lane } from "./lane.ts";
import { lastLines } from "./last-lines.ts";
import { externalSourceOf, type MergePlan, planMerge, rivalsOf, sourcesOf } from "./merge/plan.ts";
import { objectReport } from "./report.ts";
import { writeRunReport } from "./run-files.ts";
import { type Running, report } from "./running.ts";
import { samplePlans } from "./sample.ts";
import { assertAccounted, runStage } from "./stage-run.ts";
import { forgetRows, neighboursOf, originOf, originsOf, type Progress, readProgress, saveProgress } from "./state.ts";
import { analyze, dropForeignKeys, ensureForeignKeys, isEmpty } from "./tables.ts";

/** Runs all stages; foreign keys that a first fill took away are back, validated, when their object is done. */
export async function stagesInOrder(running: Running, lanes: readonly Lane[], changes: TableChanges): Promise<void> {
  const { session, stages } = running;
  const first = lanes[0]!;
  const { client } = first;
  const staged = new Set(stages.map((stage) => stage.mapping.object));
  const unstaged = new Set([...session.model.objects.keys()].filter((object) => !staged.has(object)));
  await inTransaction(first, () => ensureForeignKeys(client, session, changes.foreignKeys, unstaged));
  const samples = samplePlans(stages, running.sample);
  const plans: MergePlan[] = [];
  for (const [index, stage] of stages.entries()) {
    const { plan, counts } = await oneStage(running, lanes, stage, samples[index]!, changes);
    plans.push(plan);
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
  for (const plan of plans) {
    if (session.context.signal.aborted) throw new InterruptedError();
    if (
      !plan.lookups.some((lookup) => lookup.kind === "deferred" || lookup.kind === "self") &&
      plan.associations.length === 0
    )
      continue;
    const counts = running.counts.get(plan.mapping.id)!;
    await inTransaction(first, async () => {
      const before = await readProgress(client, running.runId, plan.originId);
      await resolveDeferred(client, plan, counts);
      if (plan.associations.length > 0) counts.associations.rows = await associationRows(client, plan);
      await saveProgress(client, running.runId, plan.originId, { ...before!, counts });
    });
    running.onEvent({ type: "stage-end", report: objectReport(plan.mapping, counts) });
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
): Promise<{ plan: MergePlan; counts: Counts }> {
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
  if (progress?.phase === "done") return { plan, counts: progress.counts };
  const fingerprint = await fingerprintOf(running, stage, progress);
  let fresh = progress?.fresh ?? false;
  if (progress === null && (await isEmpty(client, session, mapping.object))) {
    fresh = true;
    await inTransaction(first, () =>
      forgetRows(client, plan, sourcesOf(session.mappings.mappings, mapping.object, sourceName)),
    );
    if (model.managed)
      await inTransaction(first, () => dropForeignKeys(client, session, changes.foreignKeys, mapping.object));
  }
  let unchanged = null;
  // a record whose association rows are gone is not what it was, though its own row is
  const whole = plan.associations.length === 0 || fresh || (await associationsStand(client, plan));
  if (!fresh && whole && running.sample === null) unchanged = await knownHashes(client, plan);
  const direct = fresh ? await prepareDirect(client, plan) : null;
  const lines = mapping.duplicates === "last" ? await lastLines(session, compiled) : null;
  const counts = await runStage({
    stage,
    plan,
    compiled,
    source: session.source,
    lanes,
    owners,
    mappings: session.mappings.mappings,
    context,
    progress,
    fresh,
    direct,
    unchanged,
    fingerprint,
    lastLines: lines,
    total: planned,
    onRead: (read) => running.onEvent({ type: "progress", mapping: mapping.id, read, total: planned }),
    ...(running.chunkSize === undefined ? {} : { chunkSize: running.chunkSize }),
  });
  counts.seconds += (performance.now() - began) / 1000;
  assertAccounted(counts, mapping.id);
  await inTransaction(first, () =>
    saveProgress(client, running.runId, originId, {
      phase: "done",
      chunk: 0,
      position: null,
      fingerprint,
      counts,
      fresh,
    }),
  );
  return { plan, counts };
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
