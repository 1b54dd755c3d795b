/** References of all loaded records: does each foreign key lead to the row that the source's key means? Set by set, in SQL. */
import { folded, foldOf } from "../mapping/fold.ts";
import { isNamed, targetText } from "../mapping/named-lookup.ts";
import type { LookupTarget } from "../mapping/types.ts";
import { EXTERNAL_ID, type ModelObject } from "../schema.ts";
import { byValue } from "../store/by-value.ts";
import { ident, literal } from "../store/quote.ts";
import { notLeftDeleted } from "./kept.ts";
import { externalSourceOf, type Place } from "./place.ts";
import { type ProofTables, SEEN } from "./proof-tables.ts";
import { externalSourcesOf, type ReferenceView } from "./references.ts";
import type { ReferenceField } from "./shape.ts";
import type { KeyFinding, ReferenceCheck } from "./types.ts";

/** What the references of records are laid beside. */
export interface ReferencePlace {
  readonly tables: ProofTables;
  readonly place: Place;
  readonly references: readonly ReferenceField[];
  readonly view: ReferenceView;
}

export interface ReferenceInput extends ReferencePlace {
  readonly runIds: readonly string[];
  /** Per field, foreign keys that are set although the source refers to nothing. */
  readonly surplus: ReadonlyMap<string, KeyFinding>;
  /** Fields with edits that a run decided to keep; see keptFields. */
  readonly kept: ReadonlySet<string>;
  /** True: every reference that fails is noted in `proof_difference`. */
  readonly list: boolean;
  /** What the records say, of all of which `ReferencePass` was told; null: `proof_seen` has it. */
  readonly told: readonly number[] | null;
}

/** One object that a reference may mean. */
interface Target {
  readonly object: ModelObject;
  /** What external_source may hold for it; null: anything (`by: external_id`). */
  readonly sources: readonly string[] | null;
  /** Sources that go before the others. */
  readonly first: readonly string[];
  /** What stands before the key in the reference, with its colon. */
  readonly tag: string;
}

const KEYS_SHOWN = 20;
const texts = (list: readonly string[]): string =>
  `array[${list.map((text) => literal(text)).join(", ")}]::text[] collate "C"`;

function targetsOf({ place, view }: ReferencePlace, { mapping }: ReferenceField): Target[] {
  const spec = mapping.lookup!;
  const plain = spec.objects.map((object): LookupTarget => ({ name: null, object, keyspace: null }));
  const named = isNamed(spec);
  const seen = new Set<string>();
  return (spec.targets ?? plain).flatMap((target): Target[] => {
    const object = view.model.objects.get(target.object);
    const text = targetText(target);
    if (object === undefined || seen.has(text)) return [];
    seen.add(text);
    const ours =
      target.keyspace === null ? externalSourcesOf(view, object.name) : [externalSourceOf(view.sourceName, target)];
    // a record means its own key space before those of others
    const own = spec.by === null && spec.targets === undefined && object.name === place.object.name;
    return [
      {
        object,
        sources: spec.by === EXTERNAL_ID ? null : ours,
        first: own && ours.length > 1 ? [place.externalSource] : ours,
        tag: named ? `${text}:` : "",
      },
    ];
  });
}

/** The value that a reference names its record by; `row`: alias of the record. null: by the id map alone. */
function nameSql({ mapping }: ReferenceField, { object, tag }: Target, row: string): string | null {
  const by = mapping.lookup!.by;
  if (by === null || by === EXTERNAL_ID) {
    if (!object.hasExternalId) return null;
    return tag === "" ? `${row}.external_id collate "C"` : `(${literal(tag)} || ${row}.external_id) collate "C"`;
  }
  const value = byValue(object, by, row);
  return value === null ? null : `${folded(foldOf([object], by), value)} collate "C"`;
}

/** A reference as `nameSql` has it. */
function keySql({ mapping }: ReferenceField, { object }: Target, reference: string): string {
  const by = mapping.lookup!.by;
  return by === null || by === EXTERNAL_ID ? reference : folded(foldOf([object], by), reference);
}

const bySourceId = ({ mapping }: ReferenceField): boolean =>
  mapping.lookup!.by === null || mapping.lookup!.by === EXTERNAL_ID;

const typeColumn = (place: Place, { mapping }: ReferenceField): string | null => {
  const name = mapping.lookup!.typeInto ?? mapping.model?.typeField ?? null;
  const column = name === null ? undefined : place.object.fields.get(name)?.column;
  return column === undefined ? null : `t.${ident(column)}::text`;
};

/** The id of a merged record leads to the winner, not to a row that is left of it. */
const notMergedAway = (object: ModelObject, row: string): string =>
  `not exists (select from migrate.id_map z where z.external_source = ${row}.external_source and z.object = ${literal(object.name)}
     and z.external_id = ${row}.external_id collate "C" and z.kind = 'alias')`;

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
    return {
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

/** Fills `proof_lead` with the rows that the open references may mean. */
async function findLeads(input: ReferenceInput): Promise<void> {
  const { tables, references, view } = input;
  await tables.client.query("drop table if exists pg_temp.proof_lead");
  await tables.client.query(
    'create temp table proof_lead (which integer, reference text collate "C", id text, object text, own boolean)',
  );
  for (const [index, reference] of references.entries()) {
    for (const target of targetsOf(input, reference)) {
      const { object, sources, first, tag } = target;
      const table = view.targets.name(object);
      const name = nameSql(reference, target, "r");
      const wanted = `(select distinct reference from proof_open where which = ${index}) w`;
      const columns = `${index}, w.reference, r.${ident(object.idColumn)}::text, ${literal(object.name)}`;
      const of = (alias: string): string =>
        sources === null ? "true" : `${alias}.external_source = any(${texts(sources)})`;
      const own = (alias: string): string => `coalesce(${alias}.external_source = any(${texts(first)}), false)`;
      const ids = bySourceId(reference);
      const selects: string[] = [];
      if (name !== null) {
        selects.push(
          `select ${columns}, ${ids ? own("r") : "true"} from ${wanted} join ${table} r on ${name} = ${keySql(reference, target, "w.reference")}
            ${ids ? `where ${of("r")} and ${notMergedAway(object, "r")}` : ""}`,
        );
      }
      if (ids) {
        selects.push(
          `select ${columns}, ${own("m")} from ${wanted}
             join migrate.id_map m on m.object = ${literal(object.name)} and ${of("m")} and (${literal(tag)} || m.external_id) collate "C" = w.reference
             join ${table} r on r.${ident(object.idColumn)} = m.target_id::${object.idType}`,
        );
      }
      for (const select of selects) await tables.client.query(`insert into proof_lead ${select}`);
    }
  }
  await tables.client.query("analyze proof_lead");
}

/** Origins of other mappings of this migration that fill the same target field: what they wrote may stand there. */
async function othersOf({ tables, place, view }: ReferenceInput, field: string): Promise<number[]> {
  const ids = view.mappings
    .filter(
      (mapping) =>
        mapping.id !== place.mapping.id &&
        mapping.object === place.object.name &&
        mapping.fields.some((other) => !other.custom && other.target === field),
    )
    .map(({ id }) => id);
  if (ids.length === 0) return [];
  const rows = await tables.rows<{ id: number }>(
    "select id from migrate.origin where mapping = any($1) and object = $2",
    [ids, place.object.name],
  );
  return rows.map(({ id }) => id);
}

/*
 * Classes of open references: `hit` right after all; `later` another source's to say; `waits` for a later stage; `kept` what a
 * policy leaves in the row; `absent` the record is not in the target (or the key means several, or the row itself is lost);
 * `empty` the record is there and the foreign key is not set; `astray` it leads to another record.
 */
async function classify(input: ReferenceInput, index: number): Promise<Map<string, KeyFinding>> {
  const { tables, place, references, runIds } = input;
  const reference = references[index]!;
  const { mapping } = reference;
  const others = await othersOf(input, reference.field);
  const typed = typeColumn(place, reference) !== null;
  const kept = [
    ...(mapping.overwrite === "always" ? [] : ["true"]),
    ...(place.mapping.mode === "insert"
      ? ["exists (select from proof_key k where k.origin_id = $1 and k.key = o.key and k.bucket = 'unchanged')"]
      : []),
    ...(input.kept.has(reference.field)
      ? ["exists (select from proof_kept x where x.id = o.id and x.field = $3)"]
      : []),
    ...(others.length > 0
      ? [
          place.ledger
            ? "exists (select from migrate.ledger l where l.origin_id = any($5) and l.target_id::text = o.id)"
            : "exists (select from migrate.id_map x where x.object = $6 and x.target_id = o.id and x.origin_id = any($5))",
        ]
      : []),
    `exists (select from migrate.warning x where x.run_id = any($2) and x.origin_id = $1 and x.field = $3 and x.key = o.key and x.code = 'TARGET_REFUSED')`,
  ];
  await tables.client.query("drop table if exists pg_temp.proof_told");
  await tables.client.query(
    'create temp table proof_told (key text collate "C", class text, reference text, fk text, object text, id text)',
  );
  await tables.rows(
    `with waiting as materialized (
       select distinct key collate "C" as key from migrate.deferred where origin_id = $1 and run_id = any($2) and field = $3),
     best as materialized (
       select distinct reference, id, object from (
         select *, rank() over (partition by reference order by own desc) as place from proof_lead where which = $4) r where place = 1),
     means as materialized (select reference, count(*) as n from best group by reference),
     told as (
       select o.key, o.reference, o.fk, o.object, o.id, case
           when exists (select from best b where b.reference = o.reference and b.id = o.fk ${typed ? "and b.object = o.object" : ""}) then 'hit'
           when o.later is not null then case when o.fk is null then 'later' else 'hit' end
           when exists (select from waiting w where w.key = o.key) then 'waits'
           when o.id is null then 'absent'
           when ${kept.join(" or ")} then case when o.fk is null then 'kept' else 'hit' end
           when o.fk is not null then 'astray'
           when (select n from means m where m.reference = o.reference) = 1 then 'empty'
           else 'absent' end as class
         from proof_open o where o.which = $4)
     insert into proof_told select key, class, reference, fk, object, id from told
      where $5::integer[] is not null and $6::text is not null`,
    [place.origin, [...runIds], reference.field, index, others, place.object.name],
  );
  const rows = await tables.rows<{ class: string; n: string; keys: string[] }>(
    `select class, count(*) as n, (array_agg(key order by key))[1:${KEYS_SHOWN}] as keys from proof_told group by class`,
  );
  return new Map(rows.map((row) => [row.class, { count: Number(row.n), keys: row.keys }]));
}

/** The record that a foreign key leads to, by its source key: SQL over `fk` and `object` of proof_told. */
function nameOfKey(input: ReferenceInput, reference: ReferenceField): string {
  const typed = typeColumn(input.place, reference) !== null;
  const names = targetsOf(input, reference).flatMap(({ object }) => {
    const is = typed ? ` and o.object = ${literal(object.name)}` : "";
    const prefix = typed ? `${literal(`${object.name} `)} || ` : "";
    return object.hasExternalId
      ? [
          `(select ${prefix}x.external_id from ${input.view.targets.name(object)} x where x.${ident(object.idColumn)}::text = o.fk${is} limit 1)`,
        ]
      : [];
  });
  return `case when o.fk is not null then coalesce(${[...names, `${typed ? "coalesce(o.object || ' ', '') || " : ""}'id ' || o.fk`].join(", ")}) end`;
}

/** Notes the references of `proof_told` that fail the proof. */
async function noteReferences(input: ReferenceInput, reference: ReferenceField, excused: boolean): Promise<void> {
  const classes = ["astray", "empty", ...(excused ? [] : ["absent"])];
  await input.tables.rows(
    `insert into proof_difference (origin_id, key, id, field, kind, source, target)
     select $1, o.key, o.id, $2, 'reference', o.reference, ${nameOfKey(input, reference)}
       from proof_told o where o.class = any($3) and o.id is not null`,
    [input.place.origin, reference.field, classes],
  );
}

/**
 * One check per lookup, over the loaded records, those aside that users deleted. `locateLoaded` and `keptFields` come first. An empty foreign key is excused by `missing` only
 * where the record that it means is not in the target.
 */
export async function checkReferences(input: ReferenceInput): Promise<ReferenceCheck[]> {
  const { tables, place, references } = input;
  if (references.length === 0) return [];
  let { told } = input;
  if (told === null) {
    const pass = await ReferencePass.create(input);
    await pass.seen();
    told = pass.told;
  }
  await tables.client.query("analyze proof_open");
  await findLeads(input);
  const checks: ReferenceCheck[] = [];
  for (const [index, { field, mapping }] of references.entries()) {
    const classes = await classify(input, index);
    const excused = mapping.lookup?.missing !== "reject" || place.mayBeOpen.has(field);
    if (input.list) await noteReferences(input, references[index]!, excused);
    const of = (name: string): number => classes.get(name)?.count ?? 0;
    const expected = told[index]! - of("later");
    const [deferred, unresolved] = [of("waits"), of("absent") + of("empty") + of("astray") + of("kept")];
    const [astray, empty, surplus] = [classes.get("astray"), classes.get("empty"), input.surplus.get(field)];
    checks.push({
      field,
      expected,
      resolved: expected - deferred - unresolved,
      deferred,
      unresolved,
      ok: astray === undefined && empty === undefined && surplus === undefined && (of("absent") === 0 || excused),
      ...(astray === undefined ? {} : { astray }),
      ...(empty === undefined ? {} : { empty }),
      ...(surplus === undefined ? {} : { surplus }),
    });
  }
  return checks;
}
