/** Proves a run: counts, sums, references and single records of the source, read again, against the target as it is now. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Session } from "../engine/session.ts";
import { PRIVATE_FOLDER, writeWhole } from "../private-files.ts";
import { dbError } from "../store/db-error.ts";
import { writeDifferences } from "./difference-files.ts";
import { judge } from "./judge.ts";
import { levelReports } from "./levels.ts";
import type { Place } from "./place.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { type Compile, type Setup, type Subject, setUp } from "./proof-setup.ts";
import { ProofTables } from "./proof-tables.ts";
import { findRun, runsByOrigin } from "./run-record.ts";
import { openSecondView, type SecondView } from "./second-view.ts";
import { sharedSourceLine, sharedSources } from "./shared-sources.ts";
import { SourceCounts } from "./source-counts.ts";
import { readSources } from "./source-pass.ts";
import { OddRecords } from "./spot-strata.ts";
import { PIECE_SIZES, type PieceSizes } from "./staged.ts";
import type { ObjectProof, ProofEvent, Reconciliation } from "./types.ts";

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
  readonly compile: Compile;
  readonly onEvent?: (event: ProofEvent) => void;
}

/**
 * Reads the source once completely, streams it through the mapping and compares with the target. Writes nothing to the
 * target; leaves `reconciliation.json` in the run's folder (reports: `rewriteReport`). Memory stays bounded.
 * Throws ConfigError RUN_NOT_FOUND, RUN_NOTHING_WRITTEN, RUN_NOTHING_LOADED.
 */
export async function reconcile(session: Session, options: ReconcileOptions): Promise<Reconciliation> {
  const { config, database, runsDir, context } = session;
  const begun = context.now();
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
    const setup = await setUp(session, options.compile, run, runs, tables);
    result = await prove(session, options, setup, tables, openSecond, begun);
    await tables.drop();
    await setup.targets.drop();
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
  setup: Setup,
  tables: ProofTables,
  openSecond: () => Promise<ProofTables | null>,
  begun: Date,
): Promise<Reconciliation> {
  const { config, context, source } = session;
  const { run, subjects } = setup;
  const tell = options.onEvent ?? (() => {});
  const withFields = options.fields === true;
  const withFigures = withFields || options.figures !== false;
  // one snapshot of the target: counts, sums and records belong together
  await tables.client.query("begin isolation level repeatable read");
  const snapshot = context.now();
  // the source may take longer to read than servers let transactions rest
  await tables.client.query("set local idle_in_transaction_session_timeout = 0");
  const { counts, loaded, prepared } = await readBoth(session, options, setup, tables, withFigures ? openSecond : null);
  const { objects, spotChecks, tooMany, notes } = await judge({
    session,
    tables,
    setup,
    prepared,
    loaded,
    counts,
    spotChecks: options.spotChecks,
    list: withFields,
    onProof: (proof) => tell({ type: "proof-object", proof }),
  });
  const places = subjects.map(({ place }) => place);
  if (withFields) await writeDifferences(tables, places, join(session.runsDir, run.name));
  const compared = context.now();
  const read = new Map(objects.map((proof) => [proof.mapping, proof.source.count]));
  const sources = await sharedSources(tables, places, read);
  await tables.client.query("commit");
  const ok = objects.every((proof) => proof.ok) && spotChecks.every((check) => check.ok);
  const rejectRate = shareOfRejects(objects);
  return {
    run: run.name,
    kind: run.kind,
    runs: setup.chain,
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
      tallies: subjects.map(({ tally }) => tally),
      schema: session.sourceSchema,
      origin: source.describeOrigin?.() ?? "the source",
      figures: withFigures,
      fields: withFields,
      tooMany,
    }),
    notes: notesOf(session, setup, [...setup.notes, ...notes, ...sources.map(sharedSourceLine)]),
    ...(sources.length === 0 ? {} : { sharedSources: sources }),
  };
}

/** Reads the source once, and the target beside it, piece by piece. `openSecond`: null where nothing is compared. */
async function readBoth(
  session: Session,
  options: ReconcileOptions,
  { run, subjects, view }: Setup,
  tables: ProofTables,
  openSecond: (() => Promise<ProofTables | null>) | null,
) {
  const { context, source } = session;
  const tell = options.onEvent ?? (() => {});
  const figures = openSecond !== null;
  const sizes = { ...PIECE_SIZES, ...options.pieces };
  const loaded: number[] = [];
  for (const { place } of subjects) loaded.push(await tables.loadedOutcomes(place.origin));
  const second = loaded.some((count) => count > sizes.exactUpTo) ? ((await openSecond?.()) ?? null) : null;
  const preparing: Promise<Prepared>[] = [];
  for (const { place, tally } of subjects) {
    if (options.spotChecks > 0 && figures) tally.odd = new OddRecords(tally.compiled, context.random());
    const others = otherOrigins(subjects, place);
    const list = options.fields === true;
    preparing.push(prepare({ tables, place, tally, view, others, figures, list, sizes, second }));
  }
  // records come in pieces, and the rows of a piece are few: the planner is to look for each of them
  const pieces = (cost: string) => async () => void (await tables.client.query(`set local random_page_cost ${cost}`));
  tables.background.add(0, pieces("= 0.1"));
  // while the target's rows are located
  const counts = new SourceCounts(source, context.now);
  const byReading = source.capabilities.countsByReading === true;
  const expected = new Map<string, number>();
  for (const object of new Set(subjects.flatMap(({ place }) => place.mapping.sources))) {
    if (!byReading) await counts.cheap(object);
    expected.set(object, byReading ? await tables.met(originsOf(subjects, object)) : counts.of([object]));
  }
  tell({ type: "proof-start", run: run.name, records: [...expected.values()].reduce((sum, count) => sum + count, 0) });
  await readSources(
    session,
    subjects.map(({ tally }) => tally),
    tables,
    second,
    {
      progress: (object, read) =>
        tell({ type: "proof-progress", source: object, read, total: Math.max(read, expected.get(object)!) }),
      done: (object, read) => {
        if (byReading) counts.wasRead(object, read);
      },
    },
  );
  await pieces("to default")();
  const prepared = await Promise.all(preparing);
  for (const { takeShared } of prepared) await takeShared?.();
  return { counts, loaded, prepared };
}

/** All that the report is to say besides the figures. */
function notesOf(session: Session, { run, subjects, sampled, replaced }: Setup, notes: readonly string[]): string[] {
  const { source } = session;
  const skipped = session.mappings.mappings.filter(
    (mapping) => !subjects.some(({ place }) => place.mapping.id === mapping.id),
  );
  return [
    ...(run.status === "completed"
      ? []
      : [`The run is "${run.status}": records that it has not reached count as missing.`]),
    ...(sampled ? ["The run loaded a sample: records outside it are left out on both sides."] : []),
    ...replaced.map(
      ({ source: object, path }) =>
        `The run read ${path} in place of ${object}: rows of earlier runs that are not in it are left alone.`,
    ),
    ...(source.describeOrigin === undefined ? [] : [`The source is ${source.describeOrigin()}.`]),
    ...notes,
    ...skipped.map(({ id }) => `Not part of the run, and not looked at: ${id}.`),
  ];
}

const originsOf = (subjects: readonly Subject[], source: string): number[] =>
  subjects.filter(({ place }) => place.mapping.sources.includes(source)).map(({ place }) => place.origin);

/** Origins of other mappings of the run that fill the same object. */
const otherOrigins = (subjects: readonly Subject[], { origin, object }: Place): number[] =>
  subjects
    .filter(({ place }) => place.origin !== origin && place.object.name === object.name)
    .map(({ place }) => place.origin);

function shareOfRejects(objects: readonly ObjectProof[]): number {
  const met = objects.flatMap(({ accounted }) => Object.values(accounted)).reduce((sum, count) => sum + count, 0);
  const rejected = objects.reduce((sum, { accounted }) => sum + accounted.rejected, 0);
  return met === 0 ? 0 : rejected / met;
}
