/** Judges mapping by mapping what was read of both sides. */
import type { Session } from "../engine/session.ts";
import type { CompiledMapping } from "../mapping/compiled.ts";
import { checkAssociations } from "./associations.ts";
import { differenceFile } from "./difference-files.ts";
import { editedNote, editedRows, findEdited, withOwners } from "./edited.ts";
import { goneNote } from "./gone-note.ts";
import { keptNotes } from "./kept-note.ts";
import { mergedNote } from "./merged-note.ts";
import { countExplained, proveObject } from "./object-proof.ts";
import type { Users } from "./owner-names.ts";
import type { Prepared } from "./prepare.ts";
import type { Setup, Subject } from "./proof-setup.ts";
import type { ProofTables } from "./proof-tables.ts";
import type { SourceCounts } from "./source-counts.ts";
import { type Anew, checkSpots, type SpotInput, SpotReader } from "./spot-check.ts";
import { pickSpots, spread } from "./spot-pick.ts";
import { findUnmet, goneRows } from "./target-side.ts";
import type { ObjectProof, SpotCheck } from "./types.ts";

/** Part of the spot checks that goes to records that stand out; the rest is picked at random. */
const ODD_SHARE = 0.6;

export interface JudgeInput {
  readonly session: Session;
  readonly tables: ProofTables;
  readonly setup: Setup;
  /** In the order of the subjects. */
  readonly prepared: readonly Prepared[];
  /** Loaded records, in the order of the subjects. */
  readonly loaded: readonly number[];
  readonly counts: SourceCounts;
  /** How many, over all mappings. */
  readonly spotChecks: number;
  /** Level 4: differences are listed. */
  readonly list: boolean;
  readonly onProof: (proof: ObjectProof) => void;
}

export interface Judged {
  readonly objects: readonly ObjectProof[];
  readonly spotChecks: readonly SpotCheck[];
  /** Groups that were too many to be told apart, by mapping and dimension. */
  readonly tooMany: readonly string[];
  readonly notes: readonly string[];
}

/** A mapping's spot checks: the records, and what the source says of them now. */
interface Look {
  readonly input: SpotInput;
  readonly anew: Promise<ReadonlyMap<string, Anew>>;
}

export async function judge(input: JudgeInput): Promise<Judged> {
  const { setup, prepared, onProof } = input;
  const reader = new SpotReader();
  // the source is read again while the database goes on
  const looks = await pickLooks(input, reader);
  const objects: ObjectProof[] = [];
  const spotChecks: SpotCheck[] = [];
  const tooMany: string[] = [];
  const [merged, edits, gone]: string[][] = [[], [], []];
  const told = new Set<string>();
  for (const [index, subject] of setup.subjects.entries()) {
    const { place } = subject;
    // several mappings may share a table and a source name: an extra row is told once
    const name = `${place.table} ${place.externalSource}`;
    const { proof, ...found } = await judgeOne(
      input,
      subject,
      prepared[index]!,
      looks[index]!,
      reader,
      !told.has(name),
    );
    told.add(name);
    objects.push(proof);
    spotChecks.push(...found.spotChecks);
    tooMany.push(...found.tooMany);
    merged!.push(...found.merged);
    edits!.push(...found.edits);
    gone!.push(...found.gone);
    onProof(proof);
  }
  return { objects, spotChecks, tooMany, notes: [...merged!, ...edits!, ...gone!] };
}

/** Picks the records of all mappings, and begins to read them anew. */
async function pickLooks(
  { session, tables, setup, prepared, loaded, spotChecks }: JudgeInput,
  reader: SpotReader,
): Promise<Look[]> {
  const { random } = session.context;
  const shares = spread(spotChecks, loaded, random);
  const looks: Look[] = [];
  for (const [index, { place, tally }] of setup.subjects.entries()) {
    await tables.use(place.origin);
    const share = shares[index]!;
    const odd = (await tally.odd?.picked(tables, Math.floor(share * ODD_SHARE))) ?? [];
    const spots = share === 0 ? [] : await pickSpots(tables, place, odd, loaded[index]!, share, random);
    const { kept } = prepared[index]!;
    const input = { source: session.source, view: setup.view, place, compiled: tally.compiled, kept, spots };
    looks.push({ input, anew: reader.read(input) });
  }
  return looks;
}

/** `extras`: rows of the table that no run wrote are this mapping's to tell. */
async function judgeOne(
  { session, tables, setup, counts, list }: JudgeInput,
  { place, tally, runIds }: Subject,
  prepared: Prepared,
  look: Look,
  reader: SpotReader,
  extras: boolean,
) {
  const { mapping } = place;
  const { run, targets, view, sampled, replaced } = setup;
  const { found, byLedger, complete, kept, prover, references } = prepared;
  await tables.use(place.origin);
  await findUnmet(tables, place, prepared);
  const merged = await mergedNote(tables, place);
  const explained = await countExplained(tables, place, runIds, found);
  const sourceCount = await counts.expecting(mapping.sources, explained);
  const fields = prover === null ? null : await prover.result();
  const edited = await compareEdited({ tables, model: session.model, targets }, tables, look.input, reader);
  const edits = [
    ...(edited === null ? [] : [editedNote(mapping.id, edited)].filter((note) => note !== null)),
    ...(await keptNotes(tables, place, kept)),
  ];
  const linked = { tables, targets, view, model: session.model, place, runIds, list };
  const proof = await proveObject({
    tables,
    place,
    tally,
    sourceCount,
    countedAt: counts.countedAt(mapping.sources),
    found,
    byLedger,
    complete,
    runIds,
    run: run.name,
    tolerance: session.config.reconcile.tolerance,
    extras,
    view,
    edited,
    associations: await checkAssociations(linked),
    sampled: sampled || replaced.length > 0,
    absent: targets.absent.has(place.object.name),
    absentColumns: mappedOf(tally.compiled, targets.absentColumns.get(place.object.name) ?? []),
    fields,
    told: references?.told ?? null,
    kept,
    list: list ? differenceFile(place.object.name) : null,
  });
  return {
    proof,
    spotChecks: await checkSpots(look.input, await look.anew),
    tooMany: (fields?.tooMany ?? []).map((by) => `${mapping.id} by ${by}`),
    merged: merged === null ? [] : [merged],
    edits,
    gone: goneNote(mapping.id, await goneRows(tables, place)),
  };
}

/** Rows that were changed since the run wrote them, compared with the source; null: none were. */
async function compareEdited(users: Users, tables: ProofTables, look: SpotInput, reader: SpotReader) {
  const { count, spots } = await findEdited(tables, look.place);
  if (count === 0) return null;
  const input = { ...look, spots };
  const rows = editedRows(count, await checkSpots(input, await reader.read(input)));
  return withOwners(users, look.place, rows);
}

/** Those of the columns that the mapping fills. */
function mappedOf({ columns, mapping }: CompiledMapping, names: readonly string[]): string[] {
  const filled = new Set(columns.map(({ field }) => field?.model?.column));
  const custom = mapping.fields.some((field) => field.custom);
  return names.filter((name) => filled.has(name) || (custom && name === "custom"));
}
