/** What of a mapping is compared value by value: per field the SQL of both sides, and of which records it may be asked. */
import { expectedOf, expectedOfJson } from "../mapping/appended.ts";
import type { CompiledMapping, StageColumn } from "../mapping/compiled.ts";
import type { FieldMapping, ObjectMapping } from "../mapping/types.ts";
import type { FieldType, ModelObject } from "../schema.ts";
import { ident, literal } from "../store/quote.ts";

/** How values of a column are hashed and put in order. */
interface TypeForm {
  readonly hash: (value: string) => string;
  /** SQL whose least and greatest are told; null: no order worth telling. */
  readonly order: ((value: string) => string) | null;
  readonly text: (value: string) => string;
  /** How values are shown that differ and have the same text. Absent: there are none. */
  readonly exact?: (value: string) => string;
}

export interface ComparedField {
  readonly field: string;
  readonly mapping: FieldMapping;
  /** blank: a reference that the source leaves blank; that of others is proven with the references. */
  readonly kind: "value" | "blank";
  /** SQL over `s` (staged), `t` (target) and `p` (proof_target). */
  readonly expected: string;
  readonly actual: string;
  /** SQL that is true of records whose value the source decides; null: all. */
  readonly applies: string | null;
  /** Of some records a policy leaves the value to the target. */
  readonly policy: boolean;
  readonly form: TypeForm;
}

const plain = (value: string): string => `${value}::text`;
const itself = (value: string): string => value;
// in bytes: counting letters takes the server longer than all other figures together
const length = (value: string): string => `octet_length(${value})`;

const FORMS: readonly { readonly types: RegExp; readonly form: TypeForm }[] = [
  {
    types: /^(text|character varying|name)\b(?!.*\[\])/,
    form: { hash: (value) => `hashtextextended(${value}, 0)`, order: length, text: itself },
  },
  {
    types: /^(smallint|integer|bigint)$/,
    form: { hash: (value) => `hashint8extended(${value}::int8, 0)`, order: itself, text: plain },
  },
  {
    types: /^numeric\b(?!.*\[\])/,
    form: { hash: (value) => `hash_numeric_extended(${value}::numeric, 0)`, order: itself, text: plain },
  },
  { types: /^boolean$/, form: { hash: (value) => `hashint4extended(${value}::int4, 0)`, order: null, text: plain } },
  {
    types: /^date$/,
    form: { hash: (value) => `timestamp_hash_extended(${value}::timestamp, 0)`, order: itself, text: plain },
  },
  {
    types: /^timestamp\b.*with time zone$/,
    form: {
      hash: (value) => `timestamp_hash_extended(${value} at time zone 'UTC', 0)`,
      order: itself,
      // to_char has no form of infinity, and leaves BC out
      text: (value) =>
        `case when ${value} < '0001-01-01Z' or not isfinite(${value}) then ${value}::text
          else replace(to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '.000000', '') || 'Z' end`,
    },
  },
  {
    types: /^timestamp\b/,
    form: { hash: (value) => `timestamp_hash_extended(${value}, 0)`, order: itself, text: plain },
  },
  { types: /^jsonb$/, form: { hash: (value) => `jsonb_hash_extended(${value}, 0)`, order: null, text: plain } },
  { types: /^uuid$/, form: { hash: (value) => `uuid_hash_extended(${value}, 0)`, order: null, text: plain } },
  {
    types: /^(real|double precision)$/,
    form: { hash: (value) => `hashfloat8extended(${value}::float8, 0)`, order: itself, text: plain },
  },
];

const OTHERS: TypeForm = { hash: (value) => `hashtextextended(${value}::text, 0)`, order: null, text: plain };
const formOf = (type: string): TypeForm => FORMS.find(({ types }) => types.test(type))?.form ?? OTHERS;

/** Types without an equality of their own that means anything. */
const AS_TEXT = /^(xml|point|polygon|line|lseg|path|box|circle)$/;
const TEXTS = /^(text|citext|character|name)\b/;

/** Both sides as SQL of one comparable type. */
function sides(column: StageColumn, type: string): { expected: string; actual: string; type: string } {
  const [staged, held] = [`s.${ident(column.name)}`, `t.${ident(column.field!.model!.column)}`];
  if (type === "json") return { expected: `${staged}::jsonb`, actual: `${held}::jsonb`, type: "jsonb" };
  if (AS_TEXT.test(type)) return { expected: `${staged}::${type}::text`, actual: `${held}::text`, type: "text" };
  if (/^character\(/.test(type))
    return { expected: `rtrim(${staged}, ' ')`, actual: `rtrim(${held}::text, ' ')`, type: "text" };
  // what the load takes for equal is equal
  if (type === "citext") return { expected: `lower(${staged})`, actual: `lower(${held}::text)`, type: "text" };
  if (/^(text|character varying)\b(?!.*\[\])/.test(type))
    return { expected: `${staged} collate "C"`, actual: `${held}::text collate "C"`, type: "text" };
  if (column.field!.appends === true && type === "text[]")
    return { expected: expectedOf(held, staged), actual: held, type };
  if (column.type === "text" && !TEXTS.test(type)) return { expected: `${staged}::${type}`, actual: held, type };
  return { expected: staged, actual: held, type };
}

const NUMBERS: ReadonlySet<FieldType> = new Set(["integer", "decimal", "currency", "percent", "duration"]);

const customForm = (type: FieldType): TypeForm => ({
  hash: (value) => `jsonb_hash_extended(${value}, 0)`,
  order: NUMBERS.has(type)
    ? (value) => `case when jsonb_typeof(${value}) = 'number' then ${value}::numeric end`
    : type === "json" || type === "boolean"
      ? null
      : (value) => `octet_length(${value} #>> '{}')`,
  text: (value) => `${value} #>> '{}'`,
  exact: (value) => `${value}::text`,
});

const all = (parts: readonly (string | null)[]): string | null => {
  const given = parts.filter((part) => part !== null);
  return given.length === 0 ? null : given.map((part) => `(${part})`).join(" and ");
};

/** What is true of all records of a mapping, so that it need not be asked of each. */
export interface RowFacts {
  /** The run inserted every row, and nobody else knows it: nothing is left to the target. */
  readonly allFresh: boolean;
  /** No other mapping of the migration knows any of the rows. */
  readonly alone: boolean;
}

/** Of records that were there before the run, a policy may leave the value to the target. */
function policy({ allFresh }: RowFacts, field: FieldMapping, kept: string | null, held: string): string | null {
  if (allFresh) return null;
  const parts = all([
    field.overwrite === "never" ? "false" : field.overwrite === "if-empty" ? `${held} is null` : null,
    kept === null ? null : `not ${kept}`,
  ]);
  return parts === null ? null : `p.fresh or (${parts})`;
}

/** Fields that other mappings of the migration fill in the same object: what they wrote may stand there. */
export function sharedFields(mapping: ObjectMapping, mappings: readonly ObjectMapping[]): ReadonlySet<string> {
  const others = mappings.filter(({ id, object }) => id !== mapping.id && object === mapping.object);
  const name = ({ custom, target }: FieldMapping): string => `${custom ? "custom." : ""}${target}`;
  const theirs = new Set(others.flatMap(({ fields }) => fields.map(name)));
  return new Set(mapping.fields.map(name).filter((field) => theirs.has(field)));
}

const stamped = (object: ModelObject, column: string): boolean =>
  object.hasTimestamps && (column === "created_at" || column === "updated_at");

/** All fields of the mapping that stand in the target; `shared`: see sharedFields. */
export function comparedFields(
  compiled: CompiledMapping,
  object: ModelObject,
  shared: ReadonlySet<string>,
  facts: RowFacts,
): ComparedField[] {
  const found: ComparedField[] = [];
  for (const column of compiled.columns) {
    const field = column.field;
    const model = field?.model ?? null;
    if (column.role === "custom") found.push(...customFields(compiled.mapping, column, object, shared, facts));
    if (field === null || model === null) continue;
    const staged = `s.${ident(column.name)}`;
    const held = `t.${ident(model.column)}`;
    const alone = shared.has(field.target) && !facts.alone ? "not p.others" : null;
    if (column.role === "lookup") {
      const blank = `(${staged} is null or ${staged} = '')`;
      const kept = !facts.allFresh && (column.keepOnNull || field.overwrite !== "always") ? "p.fresh" : null;
      found.push({
        field: field.target,
        mapping: field,
        kind: "blank",
        expected: "null::text",
        actual: `${held}::text`,
        applies: all([blank, kept, alone]),
        policy: kept !== null || alone !== null,
        form: OTHERS,
      });
    } else if (column.role === "value") {
      const { type, ...both } = sides(column, model.columnType);
      // the target's own id recognises records: those that do not say it have one all the same
      const given = stamped(object, model.column) || model.column === object.idColumn ? `${staged} is not null` : null;
      const kept = policy(facts, field, column.keepOnNull ? `(${staged} is null)` : null, held);
      found.push({
        field: field.target,
        mapping: field,
        kind: "value",
        ...both,
        applies: all([kept, given, alone]),
        policy: kept !== null || alone !== null,
        form: formOf(type),
      });
    }
  }
  return found;
}

function customFields(
  mapping: ObjectMapping,
  column: StageColumn,
  object: ModelObject,
  shared: ReadonlySet<string>,
  facts: RowFacts,
): ComparedField[] {
  if (!object.hasCustom) return [];
  const staged = `s.${ident(column.name)}`;
  return mapping.fields
    .filter(({ custom }) => custom)
    .map((field): ComparedField => {
      const name = literal(field.target);
      const held = `nullif(t.custom -> ${name}, 'null'::jsonb)`;
      // a key that is left out says nothing
      const kept = policy(facts, field, `(not coalesce(${staged} ? ${name}, false))`, held);
      const alone = shared.has(`custom.${field.target}`) && !facts.alone ? "not p.others" : null;
      return {
        field: field.target,
        mapping: field,
        kind: "value",
        expected:
          field.appends === true
            ? expectedOfJson(held, `nullif(${staged} -> ${name}, 'null'::jsonb)`)
            : `nullif(${staged} -> ${name}, 'null'::jsonb)`,
        actual: held,
        applies: all([kept, alone]),
        policy: kept !== null || alone !== null,
        form: customForm(field.type),
      };
    });
}
