/** One mapping's verdict, from what both sides said. */
import type { FieldMapping } from "../mapping/types.ts";
import { editedProblems } from "./edited.ts";
import { explain } from "./explain.ts";
import { fieldProblems, linkProblems } from "./field-problems.ts";
import type { FieldProof } from "./field-proof.ts";
import { comparison } from "./field-proof.ts";
import { explainKept } from "./kept.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import { checkReferences } from "./reference-check.ts";
import type { ReferenceView } from "./references.ts";
import type { NumberField } from "./shape.ts";
import type { MappingTally } from "./tally.ts";
import {
  addTargetSums,
  countBuckets,
  countDeletedSeen,
  countEarlier,
  countLeftDeleted,
  countMergedGone,
  findExtra,
  findGone,
  findLost,
  findMissing,
  findRenamed,
  findVanished,
} from "./target-side.ts";
import type {
  AssociationCheck,
  EditedRows,
  FieldFigures,
  Finding,
  KeyFinding,
  ObjectProof,
  ReferenceCheck,
  SumCheck,
} from "./types.ts";

export interface ObjectInput {
  readonly tables: ProofTables;
  readonly place: Place;
  readonly tally: MappingTally;
  readonly sourceCount: number;
  readonly countedAt: string;
  /** Loaded records that `locateLoaded` found in the target. */
  readonly found: number;
  /** See locateLoaded. */
  readonly byLedger: number | null;
  readonly complete: boolean;
  readonly runIds: readonly string[];
  /** The run's name. */
  readonly run: string;
  readonly tolerance: number;
  readonly view: ReferenceView;
  readonly associations: readonly AssociationCheck[];
  /** Rows that were changed since the run wrote them; null: none. */
  readonly edited: EditedRows | null;
  /** The run did not read all records that earlier runs have loaded, and was not meant to. */
  readonly sampled: boolean;
  /** The table is not in the target. */
  readonly absent: boolean;
  /** Mapped columns that are not in the target. */
  readonly absentColumns: readonly string[];
  /** Whether extra rows of the table are this mapping's to tell. */
  readonly extras: boolean;
  /** Levels 2 and 4; null: nothing was staged. */
  readonly fields: FieldProof | null;
  /** References that the staged records told; null: nothing was staged. */
  readonly told: readonly number[] | null;
  /** Fields with edits that a run decided to keep. */
  readonly kept: ReadonlySet<string>;
  /** Differences are listed, one by one, in this file of the run's folder; null: they are not. */
  readonly list: string | null;
}

const NONE: KeyFinding = { count: 0, keys: [] };

/** Records per bucket, as reports show them, and how many records at the source they explain. */
async function account(tables: ProofTables, place: Place, runIds: readonly string[], found: number) {
  const buckets = await countBuckets(tables, place.origin, runIds);
  const of = (...names: string[]): number => names.reduce((sum, name) => sum + (buckets.get(name) ?? 0), 0);
  // loaded once, and deleted in the target by users, as a run has seen
  const leftDeleted = await countLeftDeleted(tables, place.origin);
  const accounted = {
    loaded: of("inserted", "updated", "unchanged") - leftDeleted,
    merged: of("merged"),
    filtered: of("filtered"),
    rejected: of("rejected"),
    deleted: of("deleted") + leftDeleted,
  };
  const deletedSeen = accounted.deleted === 0 ? 0 : leftDeleted + (await countDeletedSeen(tables, place.origin));
  // losers of merges that a delta found gone are not counted at the source any more
  const mergedGone = accounted.merged === 0 ? 0 : await countMergedGone(tables, place.origin);
  const merged = accounted.merged - mergedGone;
  return { accounted, leftDeleted, explained: found + merged + accounted.filtered + accounted.rejected + deletedSeen };
}

/** Records that the source should hold, by the buckets and the `found` rows of the target. */
export async function countExplained(
  tables: ProofTables,
  place: Place,
  runIds: readonly string[],
  found: number,
): Promise<number> {
  return (await account(tables, place, runIds, found)).explained;
}

export async function proveObject(input: ObjectInput): Promise<ObjectProof> {
  const { tables, place, tally, sourceCount, found, runIds, fields, kept } = input;
  const list = input.list !== null;
  const { mapping } = place;
  const { accounted, explained, leftDeleted } = await account(tables, place, runIds, found);
  const unexplained = sourceCount - explained;
  const missing = await findMissing(tables);
  const vanished = await findVanished(tables, place);
  const lost = await findLost(tables, place, input, list);
  const extra = input.extras ? await findExtra(tables, place, input.byLedger, list) : NONE;
  const others = await countEarlier(tables, place, input.byLedger);
  const renamed = others === 0 ? NONE : await findRenamed(tables, place, runIds, list);
  const earlier = others - renamed.count;
  // rows that are gone are some of the earlier ones, where the ledger knows them
  const gone = input.sampled || (place.ledger && earlier === 0) ? NONE : await findGone(tables, place);
  await addTargetSums(tables, place, tally.shape, tally.sums);
  const sums = tally.sums.flatMap((sum, index) =>
    sum.checks(
      sumPolicy(tally.shape.numbers[index]!.mapping, mapping.mode, kept, leftDeleted) ??
        blankPolicy(tally, tally.shape.numbers[index]!, fields?.figures ?? [], found),
    ),
  );
  const references = await checkReferences({
    tables,
    place,
    references: tally.shape.references,
    view: input.view,
    runIds,
    surplus: fields?.surplus ?? new Map(),
    kept,
    list,
    told: input.told,
  });
  if (list && kept.size > 0) await explainKept(tables, place);
  const gap = sourceCount === 0 ? (unexplained === 0 ? 0 : 1) : Math.abs(unexplained) / sourceCount;
  const base = {
    object: place.object.name,
    mapping: mapping.id,
    source: { name: mapping.sources.join(", "), count: sourceCount, read: tally.read, countedAt: input.countedAt },
    target: { count: found, extra: extra.count, earlier },
    accounted,
    unexplained,
    gap,
    missing,
    vanished,
    lost,
    extra,
    gone,
    ...(renamed.count === 0 ? {} : { renamed }),
    sums,
    references,
    associations: input.associations,
    ...(fields === null ? {} : { figures: fields.figures, groups: fields.groups }),
    ...(fields === null || input.list === null ? {} : { fields: await comparison(tables, place, fields, input.list) }),
    ...(input.edited === null ? {} : { edited: input.edited }),
  };
  const findings: Finding[] = [
    ...(input.absent && accounted.loaded > 0
      ? [{ level: 1 as const, problem: `The table ${place.object.table} is no longer in the target.` }]
      : []),
    ...input.absentColumns.map((column) => ({
      level: 1 as const,
      problem: `The column ${column} of ${place.object.table} is no longer in the target.`,
    })),
    ...findingsOf(base, input.tolerance),
  ];
  return {
    ...base,
    ok: findings.length === 0,
    explanations: await explain(tables, place, base, runIds, input.run),
    problems: findings.map(({ problem }) => problem),
    ...(findings.length === 0 ? {} : { findings }),
  };
}

function sumPolicy(
  { overwrite, custom, target }: Pick<FieldMapping, "overwrite" | "custom" | "target">,
  mode: string,
  kept: ReadonlySet<string>,
  leftDeleted: number,
): string | null {
  if (leftDeleted > 0) return "records that were deleted in the target were not inserted again";
  if (kept.has(custom ? `custom.${target}` : target)) return "edits of the target were kept by decision of a run";
  if (overwrite !== "always") return `values that the target had stay (overwrite: ${overwrite})`;
  if (mode === "insert") return "records that existed stay as they were (mode: insert)";
  return null;
}

/**
 * A blank cell of a file leaves the value that was there (`blank: ignore`). Where the figures of all records whose value the
 * source decides agree, those explain what else the target sums up to.
 */
function blankPolicy(
  { compiled }: Pick<MappingTally, "compiled">,
  { field, custom, mapping }: Pick<NumberField, "field" | "custom" | "mapping">,
  figures: readonly FieldFigures[],
  found: number,
): string | null {
  const keeps = custom !== null || compiled.columns.some((column) => column.field === mapping && column.keepOnNull);
  const figure = keeps ? figures.find((each) => each.field === field) : undefined;
  if (figure === undefined || !figure.ok || figure.records >= found) return null;
  const left = (found - figure.records).toLocaleString("en-US");
  return `${left} of the records say nothing about it: the value that was there stays (blank: ignore), the others agree`;
}

const many = (count: number, one: string, more = `${one}s`): string =>
  `${count.toLocaleString("en-US")} ${count === 1 ? one : more}`;
const first = ({ keys }: KeyFinding): string => (keys.length === 0 ? "" : `, first ${keys.slice(0, 3).join(", ")}`);

/** Sentences, each with the level that found it; none when the object is proven. */
function findingsOf(proof: Omit<ObjectProof, "ok" | "problems">, tolerance: number): Finding[] {
  const of = (level: Finding["level"], problems: readonly string[]): Finding[] =>
    problems.map((problem) => ({ level, problem }));
  return [
    ...of(1, countProblems(proof, tolerance)),
    ...of(2, sumProblems(proof)),
    ...of(3, referenceProblems(proof)),
    ...of(3, linkProblems(proof)),
    ...fieldProblems(proof),
    ...of(5, proof.edited === undefined ? [] : editedProblems(proof.edited)),
  ];
}

function countProblems(proof: Omit<ObjectProof, "ok" | "problems">, tolerance: number): string[] {
  const { source, unexplained, gap, missing, vanished, lost, extra, gone, renamed = NONE } = proof;
  const problems: string[] = [];
  const beyond = (count: number): boolean => count > tolerance * source.count;
  if (gap > tolerance && unexplained > 0)
    problems.push(`${many(unexplained, "record")} of the source ${unexplained === 1 ? "is" : "are"} not explained.`);
  if (gap > tolerance && unexplained < 0) {
    problems.push(`The source holds ${many(-unexplained, "record")} fewer than were accounted for.`);
  }
  if (beyond(missing.count))
    problems.push(`${many(missing.count, "record")} at the source that the run never met${first(missing)}.`);
  if (beyond(vanished.count))
    problems.push(
      `${many(vanished.count, "record")} that the run met and the source no longer holds${first(vanished)}.`,
    );
  if (beyond(lost.count)) problems.push(`${many(lost.count, "loaded record")} missing from the target${first(lost)}.`);
  if (extra.count > 0)
    problems.push(
      `${many(extra.count, "row")} in the target under this source's name that no run wrote${first(extra)}.`,
    );
  if (renamed.count > 0) problems.push(renamedWords(renamed));
  const rows = Math.max(source.count, proof.target.count + Math.max(proof.target.earlier, gone.count));
  if (gone.count > tolerance * rows) problems.push(`${goneWords(gone)}. ${GONE_ADVICE}`);
  if (beyond(Math.abs(source.count - source.read))) {
    problems.push(
      `The source counts ${many(source.count, "record")} but gave ${source.read.toLocaleString("en-US")} when read.`,
    );
  }
  return problems;
}

function sumProblems(proof: Pick<ObjectProof, "sums">): string[] {
  const differing = new Set(proof.sums.filter((sum: SumCheck) => !sum.ok).map(({ field }) => field));
  return [...differing].map((field) => `The sum of ${field} differs.`);
}

function referenceProblems(proof: Pick<ObjectProof, "references">): string[] {
  const problems: string[] = [];
  for (const reference of proof.references.filter((check: ReferenceCheck) => !check.ok)) {
    const { field, unresolved, astray = NONE, empty = NONE, surplus = NONE } = reference;
    const nowhere = unresolved - astray.count;
    if (nowhere > 0 && (empty.count > 0 || (astray.count === 0 && surplus.count === 0)))
      problems.push(
        `${many(nowhere, "reference")} of ${field} ${nowhere === 1 ? "leads" : "lead"} nowhere in the target${first(empty)}.`,
      );
    if (astray.count > 0)
      problems.push(
        `${many(astray.count, "reference")} of ${field} ${astray.count === 1 ? "leads" : "lead"} to another record than the source says${first(astray)}.`,
      );
    if (surplus.count > 0)
      problems.push(
        `${many(surplus.count, "row")} ${surplus.count === 1 ? "has" : "have"} a reference in ${field} where the source has none${first(surplus)}.`,
      );
  }
  return problems;
}

const GONE_ADVICE =
  "See that the export is whole; if the records were deleted at the source, delete the rows, too, or let deltas do it.";

function renamedWords(renamed: KeyFinding): string {
  const [has, they, them] =
    renamed.count === 1
      ? ["has", "it was", "it its own back: it may be the only copy of its record"]
      : ["have", "they were", "them their own back: they may be the only copies of their records"];
  return `${many(renamed.count, "row")} ${has} another external id or source in the target than ${they} loaded under${first(renamed)}. Find out who changed it and give ${them}.`;
}

/** `201 rows of earlier runs whose record the source no longer holds, first O1, O2, O3`. */
export const goneWords = (gone: KeyFinding): string =>
  `${many(gone.count, "row")} of earlier runs whose record the source no longer holds${first(gone)}`;
