/** The staged records, piece by piece, beside their rows: figures per field, and how many values differ. */
import { ident, literal } from "../store/quote.ts";
import type { ComparedField } from "./compared-fields.ts";
import { moveRows } from "./move-rows.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import type { ReferenceSql } from "./reference-pass.ts";
import type { FieldFigures, FigureSide } from "./types.ts";

/** Beyond so many records: values whose hash ends in six zero bits, on both sides. */
const SAMPLED = 64;
/** Fields per statement: with a dozen figures each, a row of them fits a page. */
const FIELDS_AT_ONCE = 30;

export interface PassInput {
  readonly tables: Pick<ProofTables, "client" | "rows">;
  readonly place: Place;
  /** Name of the temporary table that holds the staged records of a piece. */
  readonly staged: string;
  /** See locateLoaded. */
  readonly byTid: boolean;
  readonly fields: readonly ComparedField[];
  /** References that are looked at in passing. */
  readonly references: ReferenceSql;
}

export interface FieldResult {
  readonly field: ComparedField;
  /** Records whose value was compared. */
  readonly records: number;
  readonly differing: number;
  /** null: a blank reference, which has none. */
  readonly figures: FieldFigures | null;
}

/** What a piece gave. */
export interface PieceResult {
  /** Staged records that have a row that is the source's to say. */
  readonly found: number;
  readonly differing: readonly ComparedField[];
  /** Of those records, per lookup: how many refer to something, and how many of these references are not settled. */
  readonly told: readonly number[];
  readonly open: readonly number[];
}

/** Staged records beside their rows; records that another source wrote later, or that `mode: insert` left alone, are not the source's to say. */
export const joined = ({ place, staged, byTid }: Pick<PassInput, "place" | "staged" | "byTid">, more = ""): string =>
  `${staged} s join proof_target p on p.key = s.key join ${place.table} t on ${byTid ? "t.ctid = p.tid" : `t.${place.id} = p.id`} ${more}
    where p.later is null${place.mapping.mode === "insert" ? " and not p.existed" : ""}`;

type Side = "e" | "v";
const SIDES: readonly Side[] = ["e", "v"];

const NONE: ReferenceSql = { staged: [], target: [], joins: "", said: [], settled: [] };

/** Some of the fields, and the temporary table with a row of figures per piece. */
interface Slice {
  readonly fields: readonly ComparedField[];
  readonly table: string;
  /** Those that this slice looks at: the first one does. */
  readonly references: ReferenceSql;
}

/**
 * The fields compared over all records. Where no value of a piece differs, the target's figures are the source's; only of the
 * others are both worked out.
 */
export class FieldPass {
  readonly #input: PassInput;
  /** Distinct values are counted, which takes all records in one piece; else a part of them. */
  readonly #exact: boolean;
  readonly #slices: readonly Slice[];
  #piece = 0;

  private constructor(input: PassInput, exact: boolean, slices: readonly Slice[]) {
    this.#input = input;
    this.#exact = exact;
    this.#slices = slices;
  }

  /** `locateLoaded` and `findLaterWriters` come first. */
  static async create(input: PassInput, exact: boolean): Promise<FieldPass> {
    const slices: Slice[] = [];
    for (let at = 0; at < input.fields.length; at += FIELDS_AT_ONCE) {
      const slice = {
        fields: input.fields.slice(at, at + FIELDS_AT_ONCE),
        table: `proof_part_${input.place.origin}_${slices.length}`,
        references: at === 0 ? input.references : NONE,
      };
      await input.tables.client.query(`drop table if exists pg_temp.${slice.table}`);
      await input.tables.client.query(
        `create temp table ${slice.table} as select 0 as piece, q.* from (${passSql(slice, SIDES, exact, joined(input, slice.references.joins))}) q with no data`,
      );
      slices.push(slice);
    }
    return new FieldPass(input, exact, slices);
  }

  /**
   * Compares the `rows` staged records. `whole`: each record that has a row has one, and it is the source's to say. Then most
   * often all of them agree; that is found out first, and the figures are those of the staged records alone.
   */
  async piece(rows: number, whole: boolean): Promise<PieceResult> {
    const { tables } = this.#input;
    const agreed = whole ? await this.agreeing(rows) : null;
    if (agreed !== null) return { found: rows, differing: [], told: agreed, open: agreed.map(() => 0) };
    const piece = this.#piece++;
    const differing: ComparedField[] = [];
    let found = 0;
    const [told, open]: number[][] = [[], []];
    for (const slice of this.#slices) {
      const { fields, table, references } = slice;
      const columns = [
        "records",
        ...references.said.flatMap((_, n) => [`t${n}`, `o${n}`]),
        ...fields.flatMap((field, n) => columnsOf(field, n, ["e"])),
      ];
      const rows = await tables.rows<Record<string, string>>(
        `insert into ${table} (piece, ${columns.map(ident).join(", ")})
          select ${piece}, q.* from (${passSql(slice, ["e"], this.#exact, joined(this.#input, references.joins))}) q returning *`,
      );
      const row = rows[0]!;
      found = Number(row.records);
      for (const n of references.said.keys()) {
        told!.push(Number(row[`t${n}`]));
        open!.push(Number(row[`o${n}`]));
      }
      const unequal = fields.filter((_, n) => Number(row[`d${n}`]) > 0);
      differing.push(...unequal);
      await this.#other(slice, unequal, piece);
    }
    return { found, differing, told: told!, open: open! };
  }

  /** What the source says is known without the rows: pieces may be found to agree. */
  get plain(): boolean {
    return this.#slices.length > 0 && this.#input.fields.every(ofStagedAlone);
  }

  /**
   * Takes the `rows` staged records if every one has its row and agrees with it in every field and reference: per lookup how many
   * references say something. null: some do not, and nothing was taken.
   */
  async agreeing(rows: number): Promise<readonly number[] | null> {
    if (!this.plain) return null;
    const { tables, fields, references, staged } = this.#input;
    const plain = fields.filter(({ applies }) => applies === null);
    const list = (sql: (field: ComparedField) => string): string => `row(${plain.map(sql).join(", ")})`;
    const differs = [
      ...(plain.length === 0
        ? []
        : [`${list(({ expected }) => expected)} is distinct from ${list(({ actual }) => actual)}`]),
      ...fields.flatMap(({ applies, expected, actual }) =>
        applies === null ? [] : [`((${applies}) and (${expected}) is distinct from (${actual}))`],
      ),
    ];
    const open = references.said.map((said, n) => ` or (${said} and not ${references.settled[n]!})`).join("");
    const told = references.said.map((said, n) => `, count(*) filter (where ${said}) as t${n}`).join("");
    // the rows that references lead to are joined with what they need alone: whole records would be carried through each join
    const needs = [
      ...references.staged.map((name, n) => `, s.${name} as s${n}`),
      ...references.target.map((name, n) => `, t.${name} as t${n}`),
    ].join("");
    const again = (side: "s" | "t", names: readonly string[]): string =>
      names.length === 0
        ? ""
        : `cross join lateral (select ${names.map((name, n) => `j.${side}${n} as ${name}`).join(", ")}) ${side}`;
    const found = await tables.rows<Record<string, string>>(
      `select count(*) as records, count(*) filter (where j.differs${open}) as differing${told}
         from (select ${differs.length === 0 ? "false" : differs.join(" or ")} as differs${needs} from ${joined(this.#input)} offset 0) j
         ${again("s", references.staged)} ${again("t", references.target)} ${references.joins}`,
    );
    const row = found[0]!;
    if (Number(row.records) !== rows || row.differing !== "0") return null;
    const piece = this.#piece++;
    for (const { fields: some, table } of this.#slices) {
      const sql = passSql({ fields: some, references: NONE }, ["e"], this.#exact, `${staged} s`, false);
      const columns = ["records", ...some.flatMap((field, n) => columnsOf(field, n, ["e"]))];
      await tables.client.query(
        `insert into ${table} (piece, ${columns.map(ident).join(", ")}) select ${piece}, q.* from (${sql}) q`,
      );
    }
    return references.said.map((_, n) => Number(row[`t${n}`]));
  }

  /** Works out the target's figures of the fields that differ. */
  async #other({ fields, table, references }: Slice, unequal: readonly ComparedField[], piece: number): Promise<void> {
    const numbers = fields.flatMap((field, n) => (field.kind === "value" && unequal.includes(field) ? [n] : []));
    if (numbers.length === 0) return;
    const columns = numbers.flatMap((n) => figureColumns(fields[n]!, n, "v"));
    await this.#input.tables.client.query(
      `update ${table} set (${columns.map(ident).join(", ")}) =
        (select ${columns.map(ident).join(", ")} from (${passSql({ fields, references }, ["v"], this.#exact, joined(this.#input, references.joins))}) q) where piece = ${piece}`,
    );
  }

  /** Takes the figures of pieces that another connection has compared, of the same fields. */
  async take(other: FieldPass): Promise<void> {
    const [from, to] = [other.#input.tables.client, this.#input.tables.client];
    for (const { table } of this.#slices) await moveRows(from, `select * from ${table}`, to, table);
  }

  /** The figures of all pieces; they are forgotten. */
  async results(): Promise<FieldResult[]> {
    const results: FieldResult[] = [];
    for (const { fields, table } of this.#slices) {
      const list = fields.flatMap((field, n) => totals(field, n, table, this.#exact));
      const rows = await this.#input.tables.rows<Record<string, string | null>>(
        `select ${list.join(", ")} from ${table}`,
      );
      await this.#input.tables.client.query(`drop table pg_temp.${table}`);
      results.push(...fields.map((field, n) => resultOf(field, n, rows[0]!, this.#exact)));
    }
    return results;
  }
}

/** Names of a side's figures: filled, distinct, check sum, least, greatest. */
const figureColumns = ({ kind, form }: ComparedField, n: number, side: Side): string[] =>
  kind === "blank"
    ? []
    : ["c", "u", "s", ...(form.order === null ? [] : ["l", "g"])].map((figure) => `${figure}${side}${n}`);

const columnsOf = (field: ComparedField, n: number, sides: readonly Side[]): string[] => [
  `n${n}`,
  `d${n}`,
  ...sides.flatMap((side) => figureColumns(field, n, side)),
];

/** What a field says of a record is known without its row. */
const ofStagedAlone = ({ expected, applies }: ComparedField): boolean =>
  !/\b[pt]\./.test(expected) && (applies === null || !/\b[pt]\./.test(applies));

/** `from`: what is selected from; `beside`: the rows are there, and compared. */
function passSql(
  { fields, references }: Pick<Slice, "fields" | "references">,
  sides: readonly Side[],
  exact: boolean,
  from: string,
  beside = true,
): string {
  const inner: string[] = [];
  const outer: string[] = ["count(*) as records"];
  for (const [n, said] of references.said.entries()) {
    inner.push(`${said} as r${n}`, `${references.settled[n]!} as m${n}`);
    outer.push(`count(*) filter (where r${n}) as t${n}`, `count(*) filter (where r${n} and not m${n}) as o${n}`);
  }
  for (const [n, { kind, expected, actual, applies, form }] of fields.entries()) {
    const only = (...more: readonly string[]): string => {
      const parts = [...(applies === null ? [] : [`a${n}`]), ...more];
      return parts.length === 0 ? "" : ` filter (where ${parts.join(" and ")})`;
    };
    if (applies !== null) inner.push(`coalesce(${applies}, false) as a${n}`);
    inner.push(`${expected} as e${n}`);
    if (beside) inner.push(`${actual} as v${n}`);
    const differing = beside ? `count(*)${only(`e${n} is distinct from v${n}`)}` : "0";
    outer.push(`count(*)${only()} as "n${n}"`, `${differing} as "d${n}"`);
    if (kind === "blank") continue;
    for (const side of sides) {
      const [value, hash] = [`${side}${n}`, `h${side}${n}`];
      inner.push(`${form.hash(side === "e" ? expected : actual)} as ${hash}`);
      outer.push(
        `count(${value})${only()} as "c${value}"`,
        exact
          ? `count(distinct ${hash})${only()} as "u${value}"`
          : `array_agg(distinct ${hash})${only(`${hash} & ${SAMPLED - 1} = 0`)} as "u${value}"`,
        `coalesce(sum(${hash})${only()}, 0) as "s${value}"`,
      );
      if (form.order === null) continue;
      outer.push(
        `min(${form.order(value)})${only()} as "l${value}"`,
        `max(${form.order(value)})${only()} as "g${value}"`,
      );
    }
  }
  // computed once per row: without the offset the planner would put each expression into every aggregate
  return `select ${outer.join(", ")} from (select ${inner.join(", ")} from ${from} offset 0) j`;
}

/** SQL of a field's figures over all pieces; where the target's were not worked out, they are the source's. */
function totals(field: ComparedField, n: number, table: string, exact: boolean): string[] {
  const counts = [`coalesce(sum(n${n}), 0)::text as n${n}`, `coalesce(sum(d${n}), 0)::text as d${n}`];
  if (field.kind === "blank") return counts;
  const { form } = field;
  const figures = SIDES.flatMap((side) => {
    const of = (figure: string): string => {
      const own = `${figure}${side}${n}`;
      return side === "e" ? own : `case when cv${n} is null then ${figure}e${n} else ${own} end`;
    };
    const name = (figure: string): string => `${figure}${side}${n}`;
    const distinct = exact
      ? `coalesce(sum(${of("u")}), 0)::text`
      : `(select count(distinct x)::text from ${table} y cross join lateral unnest(${side === "e" ? `y.ue${n}` : `case when y.cv${n} is null then y.ue${n} else y.uv${n} end`}) x)`;
    return [
      `coalesce(sum(${of("c")}), 0)::text as ${name("c")}`,
      `${distinct} as ${name("u")}`,
      `coalesce(sum(${of("s")}), 0)::text as ${name("s")}`,
      ...(form.order === null
        ? []
        : [`min(${of("l")})::text as ${name("l")}`, `max(${of("g")})::text as ${name("g")}`]),
    ];
  });
  return [...counts, ...figures];
}

function resultOf(
  field: ComparedField,
  n: number,
  row: Readonly<Record<string, string | null>>,
  exact: boolean,
): FieldResult {
  const [records, differing] = [Number(row[`n${n}`]), Number(row[`d${n}`])];
  if (field.kind === "blank") return { field, records, differing, figures: null };
  const side = (name: Side): FigureSide => ({
    nulls: records - Number(row[`c${name}${n}`]),
    distinct: Number(row[`u${name}${n}`]) * (exact ? 1 : SAMPLED),
    min: row[`l${name}${n}`] ?? null,
    max: row[`g${name}${n}`] ?? null,
    checksum: row[`s${name}${n}`]!,
  });
  const source = side("e");
  const target = differing === 0 ? source : side("v");
  // least and greatest may be written in two ways; equal checksums say that they are one
  const ok =
    source.nulls === target.nulls && source.distinct === target.distinct && source.checksum === target.checksum;
  return {
    field,
    records,
    differing,
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
    const values = some.map(({ field, kind, form: { text, exact = text } }, n) => {
      const same = `${text(`e${n}`)} = ${text(`v${n}`)}`;
      const both = [`e${n}`, `v${n}`].map((value) =>
        exact === text ? text(value) : `case when ${same} then ${exact(value)} else ${text(value)} end`,
      );
      return `(${literal(field)}, ${literal(kind === "blank" ? "reference" : "value")}, a${n} and e${n} is distinct from v${n}, ${both.join(", ")})`;
    });
    await input.tables.client.query(
      `insert into proof_difference (origin_id, key, id, field, kind, source, target)
       select ${input.place.origin}, j.key, j.id, d.field, d.kind, d.source, d.target
         from (select p.key, p.id::text as id, ${inner.join(", ")} from ${joined(input)} offset 0) j
         cross join lateral (values ${values.join(", ")}) d(field, kind, differs, source, target) where d.differs`,
    );
  }
}
