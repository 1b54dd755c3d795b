/** Goes through what records refer to: most references are settled by a look at the row that they lead to. */
import type { ModelObject } from "../schema.ts";
import { ident, literal } from "../store/quote.ts";
import { notLeftDeleted } from "./kept.ts";
import { SEEN } from "./proof-tables.ts";
import {
  bySourceId,
  keySql,
  nameSql,
  notMergedAway,
  type ReferencePlace,
  targetsOf,
  texts,
  typeColumn,
} from "./reference-sql.ts";
import type { ReferenceField } from "./shape.ts";

const INTEGERS = new Set(["bigint", "integer", "smallint"]);

/** `r.id = t.fk`, where both have types that PostgreSQL compares. */
function leadsTo({ mapping, sql }: ReferenceField, { idColumn, idType }: ModelObject, row: string): string {
  const type = mapping.model?.columnType ?? idType;
  const id = `${row}.${ident(idColumn)}`;
  return type === idType || (INTEGERS.has(type) && INTEGERS.has(idType))
    ? `${id} = ${sql}`
    : `${id}::text = ${sql}::text`;
}

/** References as part of a larger statement; see ReferencePass.beside. */
export interface ReferenceSql {
  /** Quoted columns that the rest names, of staged records `s` and of rows `t`. */
  readonly staged: readonly string[];
  readonly target: readonly string[];
  readonly joins: string;
  readonly said: readonly string[];
  readonly settled: readonly string[];
}

interface Match {
  readonly joins: string;
  /** SQL; true when the row that the foreign key leads to bears the name that the source gives. */
  readonly matched: string;
}

function plainMatch(
  input: ReferencePlace,
  reference: ReferenceField,
  index: number,
  merged: ReadonlySet<string>,
  said: string,
): Match {
  const { place, view } = input;
  const type = typeColumn(place, reference);
  const joins: string[] = [];
  const parts: string[] = [];
  for (const [at, target] of targetsOf(input, reference).entries()) {
    const { object, first } = target;
    const row = `r${index}_${at}`;
    const name = nameSql(reference, target, row);
    if (name === null) continue;
    const typed = type === null ? "" : ` and ${type} = ${literal(object.name)}`;
    joins.push(`left join ${view.targets.name(object)} ${row} on ${leadsTo(reference, object, row)}${typed}`);
    const own = bySourceId(reference) ? ` and ${row}.external_source = any(${texts(first)})` : "";
    const left = bySourceId(reference) && merged.has(object.name) ? ` and ${notMergedAway(object, row)}` : "";
    parts.push(`(${name} = ${keySql(reference, target, said)}${own}${left})`);
  }
  return { joins: joins.join("\n"), matched: parts.length === 0 ? "false" : parts.join(" or ") };
}

/**
 * Goes through records and what they refer to: fills `proof_open` with the references that a look at the row they lead to does
 * not settle, and counts those that say something, records aside that users deleted.
 */
export class ReferencePass {
  readonly #input: ReferencePlace;
  /** Objects of which some record was merged into another. */
  readonly #merged: ReadonlySet<string>;
  /** References that say something, per lookup. */
  readonly told: number[];

  private constructor(input: ReferencePlace, merged: ReadonlySet<string>) {
    this.#input = input;
    this.#merged = merged;
    this.told = input.references.map(() => 0);
  }

  /** `locateLoaded` and `keptFields` come first. */
  static async create(input: ReferencePlace): Promise<ReferencePass> {
    const { tables } = input;
    await tables.client.query("drop table if exists pg_temp.proof_open");
    await tables.client.query(
      'create temp table proof_open (which integer, key text collate "C", reference text collate "C", fk text, object text, id text, later text)',
    );
    const known = await tables.rows<{ object: string }>(
      "select distinct object from migrate.id_map where kind = 'alias'",
    );
    return new ReferencePass(input, new Set(known.map(({ object }) => object)));
  }

  /**
   * The same, as part of a statement over staged records `s` and their rows `t`: what it joins, and per lookup the SQL of whether
   * the record refers to something, and whether that is settled. `columns`: what the lookups are staged as, in their order.
   */
  beside(columns: readonly string[]): ReferenceSql {
    const said = columns.map((column) => `coalesce(s.${ident(column)}, '')`);
    const matches = this.#matches(said);
    const { place, references } = this.#input;
    const named = references.flatMap((reference) => [reference.sql, typeColumn(place, reference) ?? reference.sql]);
    return {
      staged: [...new Set(columns.map(ident))],
      target: [...new Set(named.map((sql) => /^t\.("(?:[^"]|"")+")/.exec(sql)![1]!))],
      joins: matches.map(({ joins }) => joins).join("\n"),
      said: said.map((reference) => `${reference} <> ''`),
      settled: matches.map(({ matched }) => `coalesce(${matched}, false)`),
    };
  }

  /** Of staged records that all have a row, and refer to nothing that is open. */
  settled(told: readonly number[]): void {
    for (const [index, count] of told.entries()) this.told[index]! += count;
  }

  /** Records that are staged in `table`; `columns` as above. */
  async staged(table: string, columns: readonly string[]): Promise<void> {
    if (columns.length === 0) return;
    const refs = columns.map((column) => `coalesce(r.${ident(column)}, '')`).join(", ");
    await this.#take(`(select r.key, array[${refs}] as refs from ${table} r)`);
  }

  /** The records that `proof_seen` has. */
  async seen(): Promise<void> {
    if (this.told.length === 0) return;
    await this.#input.tables.whole(() =>
      this.#take(
        `(select r.key, r.refs from proof_seen r where r.origin_id = ${this.#input.place.origin} and r.state = ${SEEN.loaded})`,
      ),
    );
  }

  #matches(said: readonly string[]): Match[] {
    const { references } = this.#input;
    return references.map((reference, index) => plainMatch(this.#input, reference, index, this.#merged, said[index]!));
  }

  async #take(records: string): Promise<void> {
    const { tables, place, references } = this.#input;
    const said = references.map((_, index) => `s.refs[${index + 1}]`);
    const matches = this.#matches(said);
    const list = references.map(
      (reference, index) =>
        `(${index}, ${said[index]!}, ${reference.sql}::text, ${typeColumn(place, reference) ?? "null::text"}, coalesce(${matches[index]!.matched}, false))`,
    );
    // only records without a row are looked for among the loaded ones
    const loaded = (row: string): string =>
      `(${row} or exists (select from proof_loaded k where k.key = s.key)) and ${notLeftDeleted("s.key")}`;
    const counted = await tables.rows<Record<string, string>>(
      `select ${said.map((reference, index) => `count(*) filter (where ${reference} <> '') as "e${index}"`).join(", ")}
         from ${records} s where ${loaded("exists (select from proof_target p where p.key = s.key)")}`,
    );
    this.settled(said.map((_, index) => Number(counted[0]![`e${index}`])));
    await tables.client.query(
      `insert into proof_open
       select v.which, s.key, v.reference, v.fk, v.object, p.id::text, p.later
         from ${records} s
         left join proof_target p on p.key = s.key
         left join ${place.table} t on t.${place.id} = p.id
         ${matches.map(({ joins }) => joins).join("\n")}
         cross join lateral (values ${list.join(", ")}) v(which, reference, fk, object, matched)
        where ${loaded("p.key is not null")} and v.reference <> '' and not v.matched`,
    );
  }
}
