/** Proves a run: counts, sums, references and single records of the source, read again, against the target as it is now. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Session } from "../engine/session.ts";
import { ConfigError } from "../errors.ts";
import type { CompiledMapping } from "../mapping/compiled.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import { PRIVATE_FOLDER, writeWhole } from "../private-files.ts";
import { dbError } from "../store/db-error.ts";
import { checkAssociations } from "./associations.ts";
import { differenceFile, writeDifferences } from "./difference-files.ts";
import { editedNote, editedRows, findEdited } from "./edited.ts";
import { goneNote } from "./gone-note.ts";
import { keptNotes } from "./kept-note.ts";
import { levelReports } from "./levels.ts";
import { mergedNote } from "./merged-note.ts";
import { countExplained, proveObject } from "./object-proof.ts";
import { externalSourceOf, type Place, placeOf } from "./place.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { ProofTables } from "./proof-tables.ts";
import { noteRetried, retriedNote } from "./retried.ts";
import { findRun, type RunRecord, readRunReport, runsByOrigin, runsOf } from "./run-record.ts";
import { openSecondView, type SecondView } from "./second-view.ts";
import { proofShape } from "./shape.ts";
import { noteShared, sharedNote } from "./shared-rows.ts";
import { sharedSourceLine, sharedSources } from "./shared-sources.ts";
import { SourceCounts } from "./source-counts.ts";
import { readSources } from "./source-pass.ts";
import { checkSpots, type SpotInput, SpotReader } from "./spot-check.ts";
import { pickSpots, spread } from "./spot-pick.ts";
import { OddRecords } from "./spot-strata.ts";
import { PIECE_SIZES, type PieceSizes } from "./staged.ts";
import { MappingTally } from "./tally.ts";
import { findUnmet, goneRows } from "./target-side.ts";
import { type TargetTables, targetTables } from "./target-tables.ts";
import type { ObjectProof, ProofEvent, Reconciliation, SpotCheck } from "./types.ts";

export interface ReconcileOptions {
  /** null: the latest completed run that wrote. */
  readonly run: string | null;
  readonly spotChecks: number;
  /** Level 4: every field of every record is compared, and every difference located. Default false. */
  readonly fields?: boolean;
  /**
   * Level 2: the mapped records are staged in temporary tables (about as large as the data) for figures of every field.
   * Default true; false leaves it at sums, and cannot be had together with `fields`.
   */
  readonly figures?: boolean;
  /** How records are sent and compared; for tests. */
  readonly pieces?: Partial<PieceSizes>;
  /** Compiles a mapping as the run did: owners resolved, formats of the source. */
  readonly compile: (mapping: ObjectMapping) => CompiledMapping | Promise<CompiledMapping>;
  readonly onEvent?: (event: ProofEvent) => void;
}

/**
 * Reads the source once completely, streams it through the mapping and compares with the target. Writes nothing to the
 * target; leaves `reconciliation.json` in the run's folder (reports: `rewriteReport`). Memory stays bounded.
 * Throws ConfigError RUN_NOT_FOUND, RUN_NOTHING_WRITTEN, RUN_NOTHING_LOADED.
 */
export async function reconcile(session: Session, options: ReconcileOptions): Promise<Reconciliation> {
  const { config, database, runsDir, context } = session;
  const run = await findRun(database.query, config.name, runsDir, options.run);
  const runs = await runsByOrigin(database.query, config.name, run);
  const client = await database.connect();
  const tables = new ProofTables(client);
  await tables.makeRoom();
  let second: SecondView | null = null;
  const openSecond = async (): Promise<ProofTables | null> => {
    second = await openSecondView(database, tables);
    return second?.tables ?? null;
  };
  let result: Reconciliation;
  try {
    const targets = await targetTables(client, session.model);
    result = await prove(session, options, run, runs, tables, targets, openSecond);
    await tables.drop();
    await targets.drop();
  } catch (error) {
    // the temporary tables go with the connections
    client.release(true);
    await (second as SecondView | null)?.end(true);
    throw context.signal.aborted ? error : dbError(error);
  }
  client.release();
  await (second as SecondView | null)?.end(false);
  const folder = join(runsDir, run.name);
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  await writeWhole(join(folder, "reconciliation.json"), `${JSON.stringify(result, null, 2)}\n`);
  context.log.info("reconciled", { run: run.name, ok: result.ok });
  return result;
}

async function prove(
  session: Session,
  options: ReconcileOptions,
  run: RunRecord,
  runs: ReadonlyMap<number, readonly string[]>,
  tables: ProofTables,
  targets: TargetTables,
  openSecond: () => Promise<ProofTables | null>,
): Promise<Reconciliation> {
  const { config, context, model, source } = session;
  const tell = options.onEvent ?? (() => {});
  const begun = context.now();
  const withFields = options.fields === true;
  const withFigures = withFields || options.figures !== false;
  const report = await readRunReport(join(session.runsDir, run.name));
  const chain = await runsOf(session.database.query, [run.id, ...[...runs.values()].flat()]);
  const idsOf = ({ origin }: Place): readonly string[] => runs.get(origin) ?? [run.id];
  const sampled = report?.sample !== null && report?.sample !== undefined;
  const replaced = report?.files ?? [];
  const places = await placesOf(session, targets, [...runs.keys()], run, sampled);
  const tallies: MappingTally[] = [];
  for (const place of places) {
    const compiled = await options.compile(place.mapping);
    const shape = proofShape(compiled, model.objects.get(place.mapping.object)!);
    tallies.push(new MappingTally(compiled, shape, place.origin, sampled));
  }
  const counts = new SourceCounts(source, context.now);
  await tables.create(new Map(places.map((place) => [place.origin, idsOf(place)])), sampled);
  const shared: string[] = [];
  for (const place of places) {
    const count = await noteShared(tables, place, config.source.name);
    if (count > 0) shared.push(sharedNote(place.mapping.id, count));
  }
  for (const [index, place] of places.entries()) {
    const { edited, count } = await noteRetried(tables, place, idsOf(place));
    tallies[index]!.edited = new Map(edited);
    if (count > 0) shared.push(retriedNote(place.mapping.id, count));
  }
  for (const [index, tally] of tallies.entries()) {
    if (tally.compiled.mapping.duplicates === "combine")
      tally.rejectedLines = await tables.rejectedLines(tally.origin, idsOf(places[index]!));
  }
  const { client } = tables;
  const view = {
    query: (async (sql: string, values?: readonly unknown[]) =>
      client.query(sql, values === undefined ? [] : [...values])) as Session["database"]["query"],
    model,
    targets,
    mappings: session.mappings.mappings,
    sourceName: config.source.name,
  };
  // one snapshot of the target: counts, sums and records belong together
  await client.query("begin isolation level repeatable read");
  const snapshot = context.now();
  // the source may take longer to read than servers let transactions rest
  await client.query("set local idle_in_transaction_session_timeout = 0");
  const sizes = { ...PIECE_SIZES, ...options.pieces };
  const loaded: number[] = [];
  for (const { origin } of places) loaded.push(await tables.loadedOutcomes(origin));
  const second = withFigures && loaded.some((count) => count > sizes.exactUpTo) ? await openSecond() : null;
  const preparing: Promise<Prepared>[] = [];
  for (const [index, place] of places.entries()) {
    const tally = tallies[index]!;
    if (options.spotChecks > 0 && withFigures) tally.odd = new OddRecords(tally.compiled, context.random());
    const others = otherOrigins(places, place);
    preparing.push(
      prepare({ tables, place, tally, view, others, figures: withFigures, list: withFields, sizes, second }),
    );
  }
  // records come in pieces, and the rows of a piece are few: the planner is to look for each of them
  const pieces = (cost: string) => async () => void (await client.query(`set local random_page_cost ${cost}`));
  tables.background.add(0, pieces("= 0.1"));
  // while the target's rows are located
  const byReading = source.capabilities.countsByReading === true;
  const expected = new Map<string, number>();
  for (const object of new Set(places.flatMap(({ mapping }) => mapping.sources))) {
    if (!byReading) await counts.cheap(object);
    expected.set(object, byReading ? await tables.met(originsOf(places, object)) : counts.of([object]));
  }
  tell({ type: "proof-start", run: run.name, records: [...expected.values()].reduce((sum, count) => sum + count, 0) });
  await readSources(session, tallies, tables, second, {
    progress: (object, read) =>
      tell({ type: "proof-progress", source: object, read, total: Math.max(read, expected.get(object)!) }),
    done: (object, read) => {
      if (byReading) counts.wasRead(object, read);
    },
  });
  await pieces("to default")();
  const prepared = await Promise.all(preparing);
  for (const { takeShared } of prepared) await takeShared?.();

  const objects: ObjectProof[] = [];
  const spotChecks: SpotCheck[] = [];
  const shares = spread(options.spotChecks, loaded, context.random);
  const reader = new SpotReader();
  const looks: { readonly look: SpotInput; readonly anew: ReturnType<SpotReader["read"]> }[] = [];
  for (const [index, place] of places.entries()) {
    await tables.use(place.origin);
    const [tally, share] = [tallies[index]!, shares[index]!];
    const odd = (await tally.odd?.picked(tables, Math.floor(share * ODD_SHARE))) ?? [];
    const spots = share === 0 ? [] : await pickSpots(tables, place, odd, loaded[index]!, share, context.random);
    const look = { source, view, place, compiled: tally.compiled, kept: prepared[index]!.kept, spots };
    looks.push({ look, anew: reader.read(look) });
  }
  const editNotes: string[] = [];
  const goneNotes: string[] = [];
  const tooMany: string[] = [];
  const extraShown = new Set<string>();
  for (const [index, place] of places.entries()) {
    const tally = tallies[index]!;
    const { found, byLedger, complete, keySums, kept, prover, references } = prepared[index]!;
    await tables.use(place.origin);
    await findUnmet(tables, place, { complete, keySums });
    const unled = await mergedNote(tables, place);
    if (unled !== null) shared.push(unled);
    const sourceCount = await counts.expecting(
      place.mapping.sources,
      await countExplained(tables, place, idsOf(place), found),
    );
    // several mappings may share a table and a source name: an extra row is told once
    const first = !extraShown.has(`${place.table} ${place.externalSource}`);
    extraShown.add(`${place.table} ${place.externalSource}`);
    const tolerance = config.reconcile.tolerance;
    const list = withFields ? differenceFile(place.object.name) : null;
    const fields = prover === null ? null : await prover.result();
    tooMany.push(...(fields?.tooMany ?? []).map((by) => `${place.mapping.id} by ${by}`));
    const edits = await findEdited(tables, place);
    const { look, anew } = looks[index]!;
    const ofEdits = { ...look, spots: edits.spots };
    const edited =
      edits.count === 0 ? null : editedRows(edits.count, await checkSpots(ofEdits, await reader.read(ofEdits)));
    const note = edited === null ? null : editedNote(place.mapping.id, edited);
    if (note !== null) editNotes.push(note);
    editNotes.push(...(await keptNotes(tables, place, kept)));
    const proof = await proveObject({
      tables,
      place,
      tally,
      sourceCount,
      countedAt: counts.countedAt(place.mapping.sources),
      found,
      byLedger,
      complete,
      runIds: idsOf(place),
      run: run.name,
      tolerance,
      extras: first,
      view,
      edited,
      associations: await checkAssociations({
        tables,
        targets,
        view,
        model,
        place,
        runIds: idsOf(place),
        list: withFields,
      }),
      sampled: sampled || replaced.length > 0,
      absent: targets.absent.has(place.object.name),
      absentColumns: mappedOf(tally.compiled, targets.absentColumns.get(place.object.name) ?? []),
      fields,
      told: references?.told ?? null,
      kept,
      list,
    });
    objects.push(proof);
    goneNotes.push(...goneNote(place.mapping.id, await goneRows(tables, place)));
    spotChecks.push(...(await checkSpots(look, await anew)));
    tell({ type: "proof-object", proof });
  }
  if (withFields) await writeDifferences(tables, places, join(session.runsDir, run.name));
  const compared = context.now();
  const sources = await sharedSources(
    tables,
    places,
    new Map(objects.map((proof) => [proof.mapping, proof.source.count])),
  );
  await client.query("commit");
  const skippedMappings = session.mappings.mappings.filter(
    (mapping) => !places.some((place) => place.mapping.id === mapping.id),
  );
  const ok = objects.every((proof) => proof.ok) && spotChecks.every((check) => check.ok);
  const rejectRate = shareOfRejects(objects);
  return {
    run: run.name,
    kind: run.kind,
    runs: chain.map(({ name }) => name),
    checkedAt: context.now().toISOString(),
    ok,
    clean: ok && rejectRate <= config.limits.rejects,
    rejectRate,
    rejectLimit: config.limits.rejects,
    tolerance: config.reconcile.tolerance,
    objects,
    spotChecks,
    levels: levelReports({
      times: { begun, snapshot, compared, ended: context.now() },
      objects,
      spotChecks,
      tallies,
      schema: session.sourceSchema,
      origin: source.describeOrigin?.() ?? "the source",
      figures: withFigures,
      fields: withFields,
      tooMany,
    }),
    notes: [
      ...(run.status === "completed"
        ? []
        : [`The run is "${run.status}": records that it has not reached count as missing.`]),
      ...(sampled ? ["The run loaded a sample: records outside it are left out on both sides."] : []),
      ...replaced.map(
        ({ source, path }) =>
          `The run read ${path} in place of ${source}: rows of earlier runs that are not in it are left alone.`,
      ),
      ...(source.describeOrigin === undefined ? [] : [`The source is ${source.describeOrigin()}.`]),
      ...shared,
      ...editNotes,
      ...goneNotes,
      ...sources.map(sharedSourceLine),
      ...skippedMappings.map(({ id }) => `Not part of the run, and not looked at: ${id}.`),
    ],
    ...(sources.length === 0 ? {} : { sharedSources: sources }),
  };
}

/** Part of the spot checks that goes to records that stand out; the rest is picked at random. */
const ODD_SHARE = 0.6;

/** Those of the columns that the mapping fills. */
function mappedOf({ columns, mapping }: CompiledMapping, names: readonly string[]): string[] {
  const filled = new Set(columns.map(({ field }) => field?.model?.column));
  const custom = mapping.fields.some((field) => field.custom);
  return names.filter((name) => filled.has(name) || (custom && name === "custom"));
}

const originsOf = (places: readonly Place[], source: string): number[] =>
  places.filter(({ mapping }) => mapping.sources.includes(source)).map(({ origin }) => origin);

/** Origins of other mappings of the run that fill the same object. */
const otherOrigins = (places: readonly Place[], place: Place): number[] =>
  places
    .filter((other) => other.origin !== place.origin && other.object.name === place.object.name)
    .map(({ origin }) => origin);

/** The mappings that the runs worked on, in loading order. */
async function placesOf(
  session: Session,
  targets: TargetTables,
  origins: readonly number[],
  run: RunRecord,
  sampled: boolean,
): Promise<Place[]> {
  const { rows } = await session.database.query<{ id: number; external_source: string; mapping: string }>(
    "select o.id, o.external_source, o.mapping from migrate.origin o where o.id = any($1)",
    [[...origins]],
  );
  const sourceName = session.config.source.name;
  const places = session.stages.flatMap((stage) => {
    const { mapping } = stage;
    const external = externalSourceOf(sourceName, mapping);
    const origin = rows.find((row) => row.mapping === mapping.id && row.external_source === external);
    return origin === undefined ? [] : [placeOf(session.model, targets, stage, sourceName, origin.id, sampled)];
  });
  if (places.length > 0) return places;
  throw new ConfigError(
    "RUN_NOTHING_LOADED",
    `expected mappings that ${run.name} loaded, found none of them in the present mapping files`,
    {
      hint: "Reconcile with the mapping files that the run used.",
    },
  );
}

function shareOfRejects(objects: readonly ObjectProof[]): number {
  const met = objects.flatMap(({ accounted }) => Object.values(accounted)).reduce((sum, count) => sum + count, 0);
  const rejected = objects.reduce((sum, { accounted }) => sum + accounted.rejected, 0);
  return met === 0 ? 0 : rejected / met;
}
