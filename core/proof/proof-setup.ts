/** What a proof starts from: the mappings that the runs worked on, and what is known of their records beforehand. */
import { join } from "node:path";
import type { Session } from "../engine/session.ts";
import type { RunReport } from "../engine/types.ts";
import { ConfigError } from "../errors.ts";
import type { CompiledMapping } from "../mapping/compiled.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import { externalSourceOf, type Place, placeOf } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import type { ReferenceView } from "./references.ts";
import { noteRetried, retriedNote } from "./retried.ts";
import { type RunRecord, readRunReport, runsOf } from "./run-record.ts";
import { proofShape } from "./shape.ts";
import { noteShared, sharedNote } from "./shared-rows.ts";
import { MappingTally } from "./tally.ts";
import { type TargetTables, targetTables } from "./target-tables.ts";

/** One mapping of the proof. */
export interface Subject {
  readonly place: Place;
  readonly tally: MappingTally;
  /** Runs that loaded it, oldest first. */
  readonly runIds: readonly string[];
}

export interface Setup {
  readonly run: RunRecord;
  /** In loading order. */
  readonly subjects: readonly Subject[];
  readonly targets: TargetTables;
  /** The target as the proof's own connection sees it. */
  readonly view: ReferenceView & { readonly mappings: readonly ObjectMapping[] };
  /** Names of all runs that the proof is about. */
  readonly chain: readonly string[];
  /** The run loaded a sample. */
  readonly sampled: boolean;
  /** Files that the run read in place of those of the configuration. */
  readonly replaced: NonNullable<RunReport["files"]>;
  /** What the report is to say of records that are told apart. */
  readonly notes: readonly string[];
}

/** Compiles a mapping as the run did: owners resolved, formats of the source. */
export type Compile = (mapping: ObjectMapping) => CompiledMapping | Promise<CompiledMapping>;

/** Fills `proof_key` and the other tables of what the runs say. `runs`: per origin the runs that loaded it. */
export async function setUp(
  session: Session,
  compile: Compile,
  run: RunRecord,
  runs: ReadonlyMap<number, readonly string[]>,
  tables: ProofTables,
): Promise<Setup> {
  const { config, model } = session;
  const { client } = tables;
  const targets = await targetTables(client, model);
  const report = await readRunReport(join(session.runsDir, run.name));
  const chain = await runsOf(session.database.query, [run.id, ...[...runs.values()].flat()]);
  const sampled = report?.sample !== null && report?.sample !== undefined;
  const subjects: Subject[] = [];
  for (const place of await placesOf(session, targets, [...runs.keys()], run, sampled)) {
    const compiled = await compile(place.mapping);
    const shape = proofShape(compiled, model.objects.get(place.mapping.object)!);
    const tally = new MappingTally(compiled, shape, place.origin, sampled);
    subjects.push({ place, tally, runIds: runs.get(place.origin) ?? [run.id] });
  }
  await tables.create(new Map(subjects.map(({ place, runIds }) => [place.origin, runIds])), sampled);
  return {
    run,
    subjects,
    targets,
    view: {
      query: async (sql, values) => client.query(sql, values === undefined ? [] : [...values]),
      model,
      targets,
      mappings: session.mappings.mappings,
      sourceName: config.source.name,
    },
    chain: chain.map(({ name }) => name),
    sampled,
    replaced: report?.files ?? [],
    notes: await noteApart(tables, subjects, config.source.name),
  };
}

/** Notes records that are not simply one row of this source each; gives what the report says of them. */
async function noteApart(tables: ProofTables, subjects: readonly Subject[], sourceName: string): Promise<string[]> {
  const notes: string[] = [];
  for (const { place } of subjects) {
    const count = await noteShared(tables, place, sourceName);
    if (count > 0) notes.push(sharedNote(place.mapping.id, count));
  }
  for (const { place, tally, runIds } of subjects) {
    const { edited, count } = await noteRetried(tables, place, runIds);
    tally.edited = new Map(edited);
    if (count > 0) notes.push(retriedNote(place.mapping.id, count));
  }
  for (const { place, tally, runIds } of subjects) {
    if (place.mapping.duplicates === "combine") tally.rejectedLines = await tables.rejectedLines(place.origin, runIds);
  }
  return notes;
}

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
