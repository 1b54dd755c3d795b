/** Levels 2 and 4 of one mapping: figures of every field, and every field of every record. */
import type { CompiledMapping } from "../mapping/compiled.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import type { TargetModel } from "../schema.ts";
import { type ComparedField, comparedFields, type RowFacts, sharedFields } from "./compared-fields.ts";
import { comparePass, type FieldResult, joined, noteDifferences, type PassInput } from "./field-pass.ts";
import { groupFigures } from "./group-figures.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import type { StagedRows } from "./staged.ts";
import type { TargetTables } from "./target-tables.ts";
import type { Difference, FieldComparison, FieldFigures, GroupFigures, KeyFinding } from "./types.ts";

/** Differences that `reconciliation.json` holds per object; all of them are in a file of their own. */
export const MOST_DIFFERENCES = 100;

export interface FieldProofInput {
  readonly tables: ProofTables;
  readonly place: Place;
  readonly compiled: CompiledMapping;
  readonly staged: StagedRows;
  /** Records staged. */
  readonly records: number;
  readonly model: TargetModel;
  readonly targets: TargetTables;
  readonly mappings: readonly ObjectMapping[];
  /** Fields with edits that a run decided to keep; see keptFields. */
  readonly kept: ReadonlySet<string>;
  /** True: differences are located and noted in `proof_difference`. */
  readonly list: boolean;
}

export interface FieldProof {
  readonly figures: readonly FieldFigures[];
  readonly groups: readonly GroupFigures[];
  /** Groups that were too many to be told apart, by what. */
  readonly tooMany: readonly string[];
  /** Of the values that were compared. */
  readonly records: number;
  readonly values: number;
  readonly surplus: ReadonlyMap<string, KeyFinding>;
}

/** `locateLoaded` and `findLaterWriters` come first; leaves the staged rows to be dropped by the caller. */
export async function proveFields(input: FieldProofInput): Promise<FieldProof> {
  const { tables, place, compiled, staged, model, targets, mappings, records, kept } = input;
  const facts = await rowFacts(tables);
  const fields = comparedFields(compiled, place.object, sharedFields(place.mapping, mappings), facts);
  const pass: PassInput = {
    tables,
    place,
    staged: staged.table,
    fields: fields.map((field) => (kept.has(nameOf(field)) ? withoutKept(field) : field)),
  };
  const results = fields.length === 0 ? [] : await comparePass(pass, records);
  const differing = results.filter((result) => result.differing > 0);
  const unequal = new Set(differing.map(({ field }) => field.field));
  const whole = facts.rows === records && facts.whole;
  const { groups, tooMany } = await groupFigures({ ...pass, whole }, model, targets, unequal);
  if (input.list) {
    const names = new Set([...differing.map(({ field }) => nameOf(field)), ...kept]);
    const located = fields.filter((field) => names.has(nameOf(field)));
    if (located.length > 0) await noteDifferences({ ...pass, fields: located }, located);
  }
  return {
    figures: results.flatMap(({ figures }) => (figures === null ? [] : [figures])),
    groups,
    tooMany,
    records: Math.max(0, ...results.map((result) => result.records)),
    values: results.reduce((sum, { field, records: n }) => sum + (field.kind === "blank" ? 0 : n), 0),
    surplus: await surplusOf(pass, differing),
  };
}

/** `rows`: records that were found; `whole`: none of them is left out of the comparison. */
async function rowFacts(tables: ProofTables): Promise<RowFacts & { readonly rows: number; readonly whole: boolean }> {
  const rows = await tables.rows<{ n: string; fresh: boolean | null; others: boolean | null; later: string }>(
    "select count(*) as n, bool_and(fresh) as fresh, bool_or(others) as others, count(later) as later from proof_target",
  );
  const { n, fresh, others, later } = rows[0]!;
  return { rows: Number(n), whole: later === "0" && fresh === true, allFresh: fresh === true, alone: others !== true };
}

export const nameOf = ({ field, mapping }: Pick<ComparedField, "field" | "mapping">): string =>
  mapping.custom ? `custom.${field}` : field;

/** Values that a run saw and left to the target are not the source's to say. */
function withoutKept(field: ComparedField): ComparedField {
  const not = `not exists (select from proof_kept x where x.id = p.id::text and x.field = '${nameOf(field).replaceAll("'", "''")}')`;
  return { ...field, applies: field.applies === null ? not : `(${field.applies}) and ${not}` };
}

const KEYS_SHOWN = 20;

async function surplusOf(input: PassInput, differing: readonly FieldResult[]): Promise<Map<string, KeyFinding>> {
  const found = new Map<string, KeyFinding>();
  for (const { field, differing: count } of differing) {
    if (field.kind !== "blank") continue;
    const rows = await input.tables.rows<{ keys: string[] }>(
      `select array(select p.key from ${joined(input)} and (${field.applies ?? "true"}) and ${field.actual} is not null
          order by p.key limit ${KEYS_SHOWN}) as keys`,
    );
    found.set(field.field, { count, keys: rows[0]!.keys });
  }
  return found;
}

/** What level 4 found of a mapping, references, links and rows included. `file`: where all of it will be. */
export async function comparison(
  tables: ProofTables,
  place: Place,
  { records, values }: Pick<FieldProof, "records" | "values">,
  file: string,
): Promise<FieldComparison> {
  const counted = await tables.rows<{ field: string; explained: boolean; n: string }>(
    `select field, explained is not null as explained, count(*) as n from proof_difference where origin_id = $1
      group by 1, 2 order by count(*) desc, field`,
    [place.origin],
  );
  const sum = (explained: boolean): number =>
    counted.filter((row) => row.explained === explained).reduce((all, { n }) => all + Number(n), 0);
  const differences = await tables.rows<Difference & Record<string, unknown>>(
    `select key, field, kind, source, target, explained from proof_difference where origin_id = $1
      order by explained nulls first, key, field, source limit ${MOST_DIFFERENCES}`,
    [place.origin],
  );
  return {
    records,
    values,
    differing: sum(false),
    explained: sum(true),
    byField: counted.filter(({ explained }) => !explained).map(({ field, n }) => ({ field, count: Number(n) })),
    differences,
    file: counted.length === 0 ? null : file,
  };
}
