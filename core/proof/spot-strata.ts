/** Records that are worth a look: of each stage, the oldest and the newest, the largest amount, the longest text, the emptiest, the foreign. */
import type { CompiledMapping, StageColumn } from "../mapping/compiled.ts";
import { ident } from "../store/quote.ts";
import type { ProofTables } from "./proof-tables.ts";

/** A record's key, and why it was picked. */
export interface Picked {
  readonly key: string;
  readonly why: string;
}

/** Characters that sort numbers as text: as many digits as numeric needs for money. */
const NUMBER = "FM000000000000000000000000.000000";
const WIDTH = 31;
const STAMP = "YYYYMMDDHH24MISSUS";

interface Measure {
  readonly why: string;
  /** SQL of a text of one width; the greatest (or least) one is picked. null values are never picked. */
  readonly sql: string;
  readonly pick: "max" | "min";
  readonly width: number;
}

const column = ({ name }: StageColumn): string => `s.${ident(name)}`;
const digits = (value: string): string => `lpad(${value}::text, 12, '0')`;

function measures(columns: readonly StageColumn[]): Measure[] {
  const values = columns.filter(({ role }) => role === "value");
  const texts = values.filter(({ type }) => type === "text").map(column);
  const amount = values.find(({ type, field }) => type === "numeric" && field?.type === "currency");
  const times = values.filter(({ type }) => type === "timestamptz" || type === "date");
  const age = times.find(({ target }) => target === "created_at") ?? times[0];
  const list: Measure[] = [];
  if (amount !== undefined)
    list.push({
      why: "largest amount",
      sql: `to_char(abs(${column(amount)}), '${NUMBER}')`,
      pick: "max",
      width: WIDTH,
    });
  if (texts.length > 0)
    list.push({
      why: "longest text",
      sql: digits(`greatest(${texts.map((text) => `length(${text})`).join(", ")})`),
      pick: "max",
      width: 12,
    });
  if (texts.length > 0) {
    const foreign = texts.map((text) => `coalesce(octet_length(${text}) - length(${text}), 0)`).join(" + ");
    list.push({ why: "most letters beyond ASCII", sql: digits(`nullif(${foreign}, 0)`), pick: "max", width: 12 });
  }
  if (values.length > 1)
    list.push({
      why: "most empty fields",
      sql: digits(`nullif(num_nulls(${values.map(column).join(", ")}), 0)`),
      pick: "max",
      width: 12,
    });
  if (age !== undefined) {
    const zoned = age.type === "timestamptz" ? " at time zone 'UTC'" : "";
    const sql = `case when ${column(age)} between '0001-01-01' and '9999-12-31' then to_char(${column(age)}${zoned}, '${STAMP}') end`;
    list.push({ why: `oldest by ${age.target}`, sql, pick: "min", width: 20 });
    list.push({ why: `newest by ${age.target}`, sql, pick: "max", width: 20 });
  }
  return list;
}

/** Values of a stage, status or record type that get a record each. */
function kindsOf({ mapping, columns }: CompiledMapping): StageColumn[] {
  return ["stage", "status", "record_type", "type"].flatMap((name) =>
    columns.filter(
      ({ role, target, field, type }) =>
        role === "value" && type === "text" && target === name && mapping.fields.includes(field!),
    ),
  );
}

/** Up to `most` of them, the rarer kinds of oddity first; one pass over the staged records. `seed` decides between equals. */
export async function oddRecords(
  tables: ProofTables,
  compiled: CompiledMapping,
  staged: string,
  most: number,
  seed: string,
): Promise<Picked[]> {
  if (most <= 0) return [];
  const list = measures(compiled.columns);
  const found: Picked[] = [];
  const add = (key: string | null, why: string): void => {
    if (key !== null && found.length < most && !found.some((other) => other.key === key)) found.push({ key, why });
  };
  if (list.length > 0) {
    const rows = await tables.rows<Record<string, string | null>>(
      `select ${list.map(({ sql, pick }, n) => `${pick}((${sql} || s.key) collate "C") as m${n}`).join(", ")}
         from ${staged} s join proof_target p on p.key = s.key`,
    );
    for (const [n, { why, width }] of list.entries()) add(rows[0]?.[`m${n}`]?.slice(width) ?? null, why);
  }
  for (const kind of kindsOf(compiled)) {
    if (found.length >= most) break;
    const rows = await tables.rows<{ value: string; key: string }>(
      `select ${column(kind)} as value, min((md5(s.key || $1) || s.key) collate "C") as key
         from ${staged} s join proof_target p on p.key = s.key
        where ${column(kind)} is not null group by 1 order by count(*), 1 limit $2`,
      [seed, most],
    );
    for (const { value, key } of rows) add(key.slice(32), `${kind.target} ${value}`);
  }
  return found;
}
