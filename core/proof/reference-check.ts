/** References of all loaded records: does each foreign key lead to the row that the source's key means? Set by set, in SQL. */
import { ident, literal } from "../store/quote.ts";
import { ReferencePass } from "./reference-pass.ts";
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
import type { KeyFinding, ReferenceCheck } from "./types.ts";

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

const KEYS_SHOWN = 20;

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
 * policy leaves in the row; `absent` the record is not in the target (or the key means several); `lost` the row itself is;
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
           when o.id is null then 'lost'
           when exists (select from waiting w where w.key = o.key) then 'waits'
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

/** The record that a foreign key leads to, by its source key, and its source where that is another: SQL over `fk` and `object` of `o`. */
function nameOfKey(input: ReferenceInput, reference: ReferenceField): string {
  const typed = typeColumn(input.place, reference) !== null;
  const names = targetsOf(input, reference).flatMap(({ object, sources }) => {
    const is = typed ? ` and o.object = ${literal(object.name)}` : "";
    const prefix = typed ? `${literal(`${object.name} `)} || ` : "";
    const of =
      sources === null
        ? ""
        : ` || case when x.external_source = any(${texts(sources)}) then '' else ' (of ' || coalesce(x.external_source, 'no source') || ')' end`;
    return object.hasExternalId
      ? [
          `(select ${prefix}x.external_id${of} from ${input.view.targets.name(object)} x where x.${ident(object.idColumn)}::text = o.fk${is} limit 1)`,
        ]
      : [];
  });
  return `case when o.fk is not null then coalesce(${[...names, `${typed ? "coalesce(o.object || ' ', '') || " : ""}'row ' || o.fk`].join(", ")}) end`;
}

/** Notes the references of `proof_told` that fail the proof. */
async function noteReferences(input: ReferenceInput, reference: ReferenceField, excused: boolean): Promise<void> {
  const { tables, place } = input;
  const classes = ["astray", "empty", ...(excused ? [] : ["absent"])];
  const name = nameOfKey(input, reference);
  // what is set where the source has none, is noted by its row
  const type = typeColumn(place, reference);
  const object =
    type === null
      ? "null"
      : `(select ${type} from ${place.table} t where t.${place.id} = d.id::${place.object.idType})`;
  await tables.rows(
    `update proof_difference d set target = (select ${name} from (select d.target as fk, ${object} as object) o)
      where d.origin_id = $1 and d.field = $2 and d.kind = 'reference' and d.source is null`,
    [place.origin, reference.field],
  );
  await tables.rows(
    `insert into proof_difference (origin_id, key, id, field, kind, source, target)
     select $1, n.key, n.id, $2, 'reference', n.reference, n.name || case when n.name = n.reference then ' (row ' || n.fk || ')' else '' end
       from (select o.*, ${name} as name from proof_told o where o.class = any($3)) n`,
    [place.origin, reference.field, classes],
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
    // records without a row are told as such
    const expected = told[index]! - of("later") - of("lost");
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
