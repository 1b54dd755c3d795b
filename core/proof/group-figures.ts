/** Records and amounts by currency, stage, owner and month, on both sides. */
import type { FieldType, TargetModel } from "../schema.ts";
import type { ComparedField } from "./compared-fields.ts";
import { compareDecimals, parseDecimal } from "./decimal.ts";
import { joined, type PassInput } from "./field-pass.ts";
import { moveRows } from "./move-rows.ts";
import { ownerNames } from "./owner-names.ts";
import type { TargetTables } from "./target-tables.ts";
import type { GroupFigures, GroupNumber, GroupSide } from "./types.ts";

/** Groups per dimension at most: beyond it the dimension is left out, and the proof says so. */
export const MOST_GROUPS = 1000;
const MOST_NUMBERS = 8;
const NUMBERS: ReadonlySet<FieldType> = new Set(["currency", "decimal", "integer", "percent"]);

type By = GroupFigures["by"];
/** both: of pieces in which nothing differs. */
type Side = "source" | "target" | "both";

interface Dimension {
  readonly by: By;
  readonly field: ComparedField;
  /** The group of a value. */
  readonly group: (value: string) => string;
}

const CURRENCY = /^currency(_iso)?(_code)?$/;
/** Dates that people group records by, the first that is mapped. */
const MONTHS = ["close_date", "due_date", "start_date", "start_time", "activity_date", "valid_from", "created_at"];

const asText = (value: string): string => `${value}::text`;

function dimensionsOf(fields: readonly ComparedField[]): Dimension[] {
  const values = fields.filter(({ kind, mapping }) => kind === "value" && !mapping.custom);
  const found = (test: (field: ComparedField) => boolean): ComparedField[] => values.filter(test).slice(0, 1);
  const of = (by: By, list: readonly ComparedField[], group = asText): Dimension[] =>
    list.map((field) => ({ by, field, group }));
  const month = MONTHS.flatMap((name) =>
    found(({ field, mapping }) => field === name && (mapping.type === "date" || mapping.type === "datetime")),
  ).slice(0, 1);
  const zoned = month.some(({ mapping }) => mapping.model?.columnType === "timestamp with time zone");
  return [
    ...of(
      "currency",
      found(({ field }) => CURRENCY.test(field)),
    ),
    ...of(
      "stage",
      found(
        ({ field, mapping }) =>
          (field === "stage" || field === "status") && (mapping.picklist !== null || mapping.type === "picklist"),
      ),
    ),
    ...of(
      "owner",
      found(({ mapping }) => mapping.owner),
    ),
    ...of("month", month, (value) => `to_char(${value}${zoned ? " at time zone 'UTC'" : ""}, 'YYYY-MM')`),
  ];
}

const numbersOf = (fields: readonly ComparedField[]): ComparedField[] =>
  fields
    .filter(({ kind, mapping }) => kind === "value" && !mapping.custom && NUMBERS.has(mapping.type))
    .slice(0, MOST_NUMBERS);

/** The value that a side is to show: where the target may keep its own, that is on both sides. */
function shown({ expected, actual, applies }: ComparedField, side: Side): string {
  if (side === "target") return actual;
  return applies === null ? expected : `case when ${applies} then ${expected} else ${actual} end`;
}

/** Records and amounts by group, piece by piece. */
export class GroupPass {
  readonly #input: PassInput;
  readonly #table: string;
  readonly #dimensions: readonly Dimension[];
  readonly #numbers: readonly ComparedField[];
  readonly #used: readonly ComparedField[];
  /** The target's figures were worked out, of some piece. */
  #unequal = false;

  private constructor(input: PassInput, dimensions: readonly Dimension[]) {
    this.#input = input;
    this.#table = `proof_group_${input.place.origin}`;
    this.#dimensions = dimensions;
    this.#numbers = numbersOf(input.fields);
    this.#used = [...dimensions.map(({ field }) => field), ...this.#numbers];
  }

  /** null: nothing to group by. */
  static async create(input: PassInput): Promise<GroupPass | null> {
    const dimensions = dimensionsOf(input.fields);
    if (dimensions.length === 0) return null;
    const pass = new GroupPass(input, dimensions);
    const { client } = input.tables;
    await client.query(`drop table if exists pg_temp.${pass.#table}`);
    await client.query(
      `create temp table ${pass.#table} as ${pass.#sql(["source", "target"], joined(input))} with no data`,
    );
    return pass;
  }

  /**
   * Takes the staged records. `unequal`: fields of which some value differs; of groups that none of them makes or fills, the
   * target's figures are the source's. `whole`: every staged record has a row that is the source's to say.
   */
  async piece(unequal: ReadonlySet<ComparedField>, whole: boolean): Promise<void> {
    const equal = this.#used.every((field) => !unequal.has(field));
    if (!equal) this.#unequal = true;
    const alone = equal && whole && this.#used.every(({ applies }) => applies === null);
    const from = alone ? `${this.#input.staged} s` : joined(this.#input);
    await this.#input.tables.client.query(
      `insert into ${this.#table} ${this.#sql(equal ? ["both"] : ["source", "target"], from)}`,
    );
  }

  /** Takes the groups of pieces that another connection has compared, of the same fields. */
  async take(other: GroupPass): Promise<void> {
    const [from, to] = [other.#input.tables.client, this.#input.tables.client];
    await moveRows(from, `select * from ${other.#table}`, to, this.#table);
  }

  #sql(sides: readonly Side[], from: string): string {
    const inner = sides.flatMap((side) => [
      ...this.#dimensions.map(({ field, group }, n) => `${group(`(${shown(field, side)})`)} as ${side}_g${n}`),
      ...this.#numbers.map((field, n) => `(${shown(field, side)})::numeric as ${side}_n${n}`),
    ]);
    const list = sides.flatMap((side) =>
      this.#dimensions.map(
        (_, n) =>
          `(${n}, '${side}', ${[`${side}_g${n}`, ...this.#numbers.map((__, i) => `${side}_n${i}`)].join(", ")})`,
      ),
    );
    const columns = this.#numbers.map((_, i) => `n${i}`);
    const figures = columns.map(
      (n) => `, coalesce(sum(${n}), 0) as "s${n}", min(${n}) as "l${n}", max(${n}) as "g${n}", count(${n}) as "c${n}"`,
    );
    return `select d, side, value, count(*) as n${figures.join("")}
       from (select ${inner.join(", ")} from ${from} offset 0) j
       cross join lateral (values ${list.join(", ")}) v(d, side, value${columns.map((n) => `, ${n}`).join("")})
      group by d, side, value`;
  }

  /** The groups of all pieces, which are forgotten. `tooMany`: dimensions with more groups than are told apart. */
  async results(
    model: TargetModel,
    targets: TargetTables,
  ): Promise<{ readonly groups: readonly GroupFigures[]; readonly tooMany: readonly By[] }> {
    const [table, dimensions, numbers] = [this.#table, this.#dimensions, this.#numbers];
    const figures = numbers.map(
      (_, i) =>
        `, sum(t."sn${i}")::text as "sn${i}", min(t."ln${i}")::text as "ln${i}", max(t."gn${i}")::text as "gn${i}", sum(t."cn${i}")::text as "cn${i}"`,
    );
    const most = 2 * MOST_GROUPS * dimensions.length;
    const rows = await this.#input.tables.rows<Record<string, string | null> & { d: number; side: Side }>(
      `select t.d, x.side, t.value, sum(t.n)::text as n${figures.join("")}
         from ${table} t join (values ('source'), ('target')) x(side) on t.side in (x.side, 'both')
        group by 1, 2, 3 order by 1, 3 nulls last limit ${most + 1}`,
    );
    await this.#input.tables.client.query(`drop table pg_temp.${table}`);
    const at = dimensions.findIndex(({ by }) => by === "owner");
    const owners = rows.flatMap(({ d, value }) => (d === at && typeof value === "string" ? [value] : []));
    const names = await ownerNames({ tables: this.#input.tables, model, targets }, owners);
    const groups: GroupFigures[] = [];
    const tooMany: By[] = [];
    for (const [n, { by, field }] of dimensions.entries()) {
      const own = Map.groupBy(
        rows.filter(({ d }) => d === n),
        ({ value }) => value ?? null,
      );
      if (own.size > MOST_GROUPS || rows.length > most) {
        tooMany.push(by);
        continue;
      }
      for (const [value, both] of own) {
        const side = (name: string): GroupSide =>
          sideOf(
            both.find((row) => row.side === name),
            numbers,
          );
        const source = side("source");
        const target = this.#unequal ? side("target") : source;
        const label = by === "owner" && value !== null ? names.get(value) : undefined;
        const group = { by, field: field.field, value, ...(label === undefined ? {} : { label }), source, target };
        groups.push({ ...group, ok: sameSide(source, target) });
      }
    }
    return { groups, tooMany };
  }
}

function sideOf(
  row: Readonly<Record<string, string | number | null>> | undefined,
  numbers: readonly ComparedField[],
): GroupSide {
  const text = (value: string | number | null | undefined): string | null =>
    value === null || value === undefined ? null : String(value);
  const count = Number(row?.n ?? 0);
  return {
    count,
    numbers: Object.fromEntries(
      numbers.map(({ field }, i): [string, GroupNumber] => [
        field,
        {
          sum: text(row?.[`sn${i}`]) ?? "0",
          min: text(row?.[`ln${i}`]),
          max: text(row?.[`gn${i}`]),
          nulls: count - Number(row?.[`cn${i}`] ?? 0),
        },
      ]),
    ),
  };
}

/** By value: `1.50` is `1.5`. */
export function sameNumber(left: string | null, right: string | null): boolean {
  if (left === null || right === null) return left === right;
  const [a, b] = [parseDecimal(left), parseDecimal(right)];
  return a === null || b === null ? left === right : compareDecimals(a, b) === 0;
}

function sameSide(source: GroupSide, target: GroupSide): boolean {
  return (
    source.count === target.count &&
    Object.entries(source.numbers).every(([field, number]) => {
      const other = target.numbers[field]!;
      return (
        number.nulls === other.nulls &&
        sameNumber(number.sum, other.sum) &&
        sameNumber(number.min, other.min) &&
        sameNumber(number.max, other.max)
      );
    })
  );
}
