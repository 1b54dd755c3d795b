/** One pass of PostgreSQL over the staged records beside their rows: figures per field, and how many values differ. */
import { literal } from "../store/quote.ts";
import type { ComparedField } from "./compared-fields.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import type { FieldFigures, FigureSide } from "./types.ts";

/** Records up to which distinct values are counted exactly. */
const EXACT_UP_TO = 100_000;
/** Beyond: values whose hash ends in six zero bits, on both sides. */
const SAMPLED = 64;
/** Fields per statement: a target list holds 1,664 entries. */
const FIELDS_AT_ONCE = 60;

export interface PassInput {
  readonly tables: ProofTables;
  readonly place: Place;
  /** Name of the temporary table that holds the staged records. */
  readonly staged: string;
  readonly fields: readonly ComparedField[];
  /** Every staged record is compared. Absent: not known. */
  readonly whole?: boolean;
}

export interface FieldResult {
  readonly field: ComparedField;
  /** Records whose value was compared. */
  readonly records: number;
  readonly differing: number;
  /** null: a blank reference, which has none. */
  readonly figures: FieldFigures | null;
}

/** The staged records of `joined`, where nothing is asked of their rows. */
export const stagedAlone = ({ place, staged, whole }: Pick<PassInput, "place" | "staged" | "whole">): string =>
  whole === true
    ? `${staged} s`
    : `${staged} s join proof_target p on p.key = s.key
    where p.later is null${place.mapping.mode === "insert" ? " and not p.existed" : ""}`;

/** Staged records beside their rows; records that another source wrote later, or that `mode: insert` left alone, are not the source's to say. */
export const joined = ({ place, staged }: Pick<PassInput, "place" | "staged">): string =>
  `${staged} s join proof_target p on p.key = s.key join ${place.table} t on t.${place.id} = p.id
    where p.later is null${place.mapping.mode === "insert" ? " and not p.existed" : ""}`;

/**
 * The fields compared over all records; `locateLoaded` and `findLaterWriters` come first. Where no value differs, the target's
 * figures are the source's; only of the others are both worked out.
 */
export async function comparePass(input: PassInput, records: number): Promise<FieldResult[]> {
  const exact = records <= EXACT_UP_TO;
  const compared = await passOver(input, input.fields, ["e"], exact);
  const differing = compared.filter(({ differs, field }) => differs > 0 && field.kind === "value");
  const again = await passOver(
    input,
    differing.map(({ field }) => field),
    ["e", "v"],
    exact,
  );
  const both = new Map(again.map((result) => [result.field, result]));
  return compared.map((result) => resultOf(both.get(result.field) ?? result, exact));
}

type Side = "e" | "v";

interface Passed {
  readonly field: ComparedField;
  readonly records: number;
  readonly differs: number;
  readonly sides: Readonly<Partial<Record<Side, FigureSide>>>;
}

async function passOver(
  input: PassInput,
  fields: readonly ComparedField[],
  sides: readonly Side[],
  exact: boolean,
): Promise<Passed[]> {
  const passed: Passed[] = [];
  for (let at = 0; at < fields.length; at += FIELDS_AT_ONCE) {
    const some = fields.slice(at, at + FIELDS_AT_ONCE);
    const rows = await input.tables.rows<Record<string, string | null>>(passSql(input, some, sides, exact));
    passed.push(...some.map((field, n) => passedOf(field, n, rows[0]!, sides, exact)));
  }
  return passed;
}

function passSql(input: PassInput, fields: readonly ComparedField[], sides: readonly Side[], exact: boolean): string {
  const inner: string[] = [];
  const outer: string[] = [];
  for (const [n, { kind, expected, actual, applies, form }] of fields.entries()) {
    const only = (...more: readonly string[]): string => {
      const parts = [...(applies === null ? [] : [`a${n}`]), ...more];
      return parts.length === 0 ? "" : ` filter (where ${parts.join(" and ")})`;
    };
    if (applies !== null) inner.push(`coalesce(${applies}, false) as a${n}`);
    inner.push(`${expected} as e${n}`, `${actual} as v${n}`);
    outer.push(`count(*)${only()} as "n${n}"`, `count(*)${only(`e${n} is distinct from v${n}`)} as "d${n}"`);
    if (kind === "blank") continue;
    for (const side of sides) {
      const [value, hash] = [`${side}${n}`, `h${side}${n}`];
      inner.push(`${form.hash(side === "e" ? expected : actual)} as ${hash}`);
      outer.push(
        `count(${value})${only()} as "c${value}"`,
        `count(distinct ${hash})${only(...(exact ? [] : [`${hash} & ${SAMPLED - 1} = 0`]))} as "u${value}"`,
        `coalesce(sum(${hash})${only()}, 0)::text as "s${value}"`,
      );
      if (form.order === null) continue;
      outer.push(
        `min(${form.order(value)})${only()}::text as "l${value}"`,
        `max(${form.order(value)})${only()}::text as "g${value}"`,
      );
    }
  }
  // computed once per row: without the offset the planner would put each expression into every aggregate
  return fields.length === 0
    ? "select 1"
    : `select ${outer.join(", ")} from (select ${inner.join(", ")} from ${joined(input)} offset 0) j`;
}

function passedOf(
  field: ComparedField,
  n: number,
  row: Readonly<Record<string, string | null>>,
  sides: readonly Side[],
  exact: boolean,
): Passed {
  const records = Number(row[`n${n}`]);
  const side = (name: Side): FigureSide => ({
    nulls: records - Number(row[`c${name}${n}`]),
    distinct: Number(row[`u${name}${n}`]) * (exact ? 1 : SAMPLED),
    min: row[`l${name}${n}`] ?? null,
    max: row[`g${name}${n}`] ?? null,
    checksum: row[`s${name}${n}`]!,
  });
  const given = field.kind === "blank" ? [] : sides.map((name) => [name, side(name)] as const);
  return { field, records, differs: Number(row[`d${n}`]), sides: Object.fromEntries(given) };
}

function resultOf({ field, records, differs, sides }: Passed, exact: boolean): FieldResult {
  const source = sides.e;
  if (source === undefined) return { field, records, differing: differs, figures: null };
  const target = sides.v ?? source;
  // least and greatest may be written in two ways; equal checksums say that they are one
  const ok =
    source.nulls === target.nulls && source.distinct === target.distinct && source.checksum === target.checksum;
  return {
    field,
    records,
    differing: differs,
    figures: { field: field.field, records, source, target, distinctExact: exact, ok },
  };
}

/** Notes every differing value of the given fields in `proof_difference`. */
export async function noteDifferences(input: PassInput, fields: readonly ComparedField[]): Promise<void> {
  for (let at = 0; at < fields.length; at += FIELDS_AT_ONCE) {
    const some = fields.slice(at, at + FIELDS_AT_ONCE);
    const inner = some.flatMap(({ expected, actual, applies }, n) => [
      `coalesce(${applies ?? "true"}, false) as a${n}`,
      `${expected} as e${n}`,
      `${actual} as v${n}`,
    ]);
    const values = some.map(
      ({ field, kind, form }, n) =>
        `(${literal(field)}, ${literal(kind === "blank" ? "reference" : "value")}, a${n} and e${n} is distinct from v${n}, ${form.text(`e${n}`)}, ${form.text(`v${n}`)})`,
    );
    await input.tables.client.query(
      `insert into proof_difference (origin_id, key, id, field, kind, source, target)
       select ${input.place.origin}, j.key, j.id, d.field, d.kind, d.source, d.target
         from (select p.key, p.id::text as id, ${inner.join(", ")} from ${joined(input)} offset 0) j
         cross join lateral (values ${values.join(", ")}) d(field, kind, differs, source, target) where d.differs`,
    );
  }
}
