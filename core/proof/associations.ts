/** Links between records (`associations:`): those that the source names against those that the target holds now. */
import { type Fold, folded, foldOf } from "../mapping/fold.ts";
import { isPrimary, labelText } from "../mapping/link-labels.ts";
import type { AssociationMapping } from "../mapping/types.ts";
import type { ModelObject, TargetModel } from "../schema.ts";
import { byValue } from "../store/by-value.ts";
import { ident, literal } from "../store/quote.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import { externalSourcesOf, type ReferenceView } from "./references.ts";
import type { TargetTables } from "./target-tables.ts";
import type { AssociationCheck, KeyFinding } from "./types.ts";

export interface AssociationInput {
  readonly tables: ProofTables;
  readonly targets: TargetTables;
  readonly view: Pick<ReferenceView, "mappings" | "sourceName">;
  readonly model: TargetModel;
  readonly place: Place;
  /** Runs that say what became of the mapping's records. */
  readonly runIds: readonly string[];
  /** True: every link that fails the proof is noted in `proof_difference`. */
  readonly list: boolean;
}

const KEYS_SHOWN = 20;

/** What is wrong with links, in the order in which it is told. */
type Wrong = "relabelled" | "gone" | "additional" | "marked";

interface Entry {
  readonly index: number;
  readonly association: AssociationMapping;
  readonly to: ModelObject;
  readonly unresolved: number;
  readonly expected: number;
  readonly found: number;
}

/** One check per association of the mapping. `locateLoaded` comes first. */
export async function checkAssociations(input: AssociationInput): Promise<AssociationCheck[]> {
  const { place, model, tables } = input;
  const holder = model.objects.get("association");
  if (holder === undefined) return [];
  await tables.client.query("drop table if exists pg_temp.proof_pair");
  await tables.client.query(
    `create temp table proof_pair (which integer, key text collate "C", from_id ${place.object.idType}, to_object text, to_id ${toType(holder)}, to_key text, label text, is_primary boolean, from_object text)`,
  );
  const named: Omit<Entry, "expected" | "found">[] = [];
  for (const [index, association] of place.mapping.associations.entries()) {
    const to = model.objects.get(association.to);
    if (to === undefined) continue;
    const unresolved = await findPairs(input, index, association, to, toType(holder));
    await addWaysBack(input, index, association, to, toType(holder));
    named.push({ index, association, to, unresolved });
  }
  if (named.length === 0) return [];
  await tables.client.query("analyze proof_pair");
  const entries: Entry[] = [];
  for (const entry of named) entries.push({ ...entry, ...(await countLinks(input, holder, entry.index)) });
  const checks: AssociationCheck[] = [];
  const seen = new Set<string>();
  for (const entry of entries) {
    // links that nobody names are told once per object at their other end
    const first = !seen.has(entry.to.name);
    seen.add(entry.to.name);
    const short = entries.some(({ to, expected, found }) => to.name === entry.to.name && found < expected);
    checks.push(await checkOne(input, holder, entry, first, short));
  }
  return checks;
}

/** So that the links of a record that has thousands are found by both of their ends. */
const toType = (holder: ModelObject): string => holder.fields.get("to_id")?.columnType ?? "text";

/** Fills `proof_pair` with the links that the records name; how many lead to no record, or to several. */
async function findPairs(
  input: AssociationInput,
  index: number,
  association: AssociationMapping,
  to: ModelObject,
  toType: string,
): Promise<number> {
  const { tables, place } = input;
  const fold = association.by === null ? "exact" : foldOf([to], association.by);
  await tables.client.query("drop table if exists pg_temp.proof_end");
  await tables.client.query('create temp table proof_end (key text collate "C", id text)');
  await fillEnds(input, association, to, fold);
  await tables.client.query("analyze proof_end");
  const fixed = association.label !== null && "text" in association.label ? association.label.text : null;
  const rows = await tables.whole(() =>
    tables.rows<{ unresolved: string }>(
      `with link as materialized (
       select p.id as from_id, min(p.key) as key, ${folded(fold, "l.reference")} as reference,
              coalesce(${labelText("l.label")}, $3, '') as label, $5 or bool_or(${isPrimary("l.label")}) as is_primary
         from proof_link l join proof_target p on p.key = l.key where l.origin_id = $1 and l.which = $2 group by 1, 3, 4),
     pair as (
       insert into proof_pair
       select $2::integer, min(k.key), k.from_id, $4, e.id::${toType}, min(e.key), k.label, bool_or(k.is_primary)
         from link k join proof_end e on e.key = k.reference group by k.from_id, e.id, k.label)
     select count(*) as unresolved from link k where not exists (select from proof_end e where e.key = k.reference)`,
      [place.origin, index, fixed, to.name, association.primary === true],
    ),
  );
  return Number(rows[0]!.unresolved);
}

/** The links back, with the labels that are paired with theirs; `from_object` says that they are such. */
async function addWaysBack(
  { tables, place }: AssociationInput,
  index: number,
  { pairs }: AssociationMapping,
  to: ModelObject,
  toType: string,
): Promise<void> {
  if (pairs === undefined) return;
  await tables.rows(
    `insert into proof_pair
     select $1::integer, k.key, k.to_id::text::${place.object.idType}, $4::text, k.from_id::text::${toType}, k.key, p.back, false, $5::text
       from proof_pair k join unnest($2::text[], $3::text[]) as p(label, back) on p.label = k.label
      where k.which = $1 and not ($4::text = $5::text and (k.to_id::text = k.from_id::text or exists (
        select from proof_pair x where x.from_object is null and x.from_id::text = k.to_id::text and x.to_object = $4 and x.to_id::text = k.from_id::text and x.label = p.back)))`,
    [index, [...pairs.keys()], [...pairs.values()], place.object.name, to.name],
  );
}

/** Labels that other mappings' records have on their way back from here. */
function labelsBack({ view, place }: AssociationInput, to: ModelObject): readonly string[] {
  return view.mappings
    .filter(({ object }) => object === to.name)
    .flatMap(({ associations }) => associations.filter((association) => association.to === place.object.name))
    .flatMap(({ pairs }) => [...(pairs?.values() ?? [])]);
}

/** SQL: a link `a` of the target has the ends of the pair `r`; `$2`: the object that names it. */
const SAME =
  "a.from_object = coalesce(r.from_object, $2) and a.from_id = r.from_id and a.to_object = r.to_object and a.to_id = r.to_id";

/** Links that an entry names, and those of them that are in the target. */
async function countLinks({ tables, targets, place }: AssociationInput, holder: ModelObject, index: number) {
  const counted = await tables.rows<{ expected: string; found: string }>(
    `select count(*) as expected, count(*) filter (where exists (
        select from ${targets.name(holder)} a where ${SAME} and coalesce(a.label, '') = r.label)) as found
       from proof_pair r where r.which = $1`,
    [index, place.object.name],
  );
  return { expected: Number(counted[0]!.expected), found: Number(counted[0]!.found) };
}

/** `short`: some links to this object are missing, or have another label. */
async function checkOne(
  input: AssociationInput,
  holder: ModelObject,
  { index, association, to, unresolved, expected, found }: Entry,
  first: boolean,
  short: boolean,
): Promise<AssociationCheck> {
  const { tables, place, targets } = input;
  const links = targets.name(holder);
  const missing = expected - found;
  const linked = holder.hasExternalId ? "a.external_id is null" : "true";
  const ours = holder.fields.has("is_primary");
  const named = `(r.to_key || case when r.label = '' then '' else ' [' || r.label || ']' end)`;
  const queries: Partial<Record<Wrong, { readonly select: string; readonly values: readonly unknown[] }>> = {};
  if (missing > 0) {
    const pairs = (which: string): string => `select r.key, r.from_id::text as id, ${named} as source,
         (select string_agg(r.to_key || case when coalesce(a.label, '') = '' then '' else ' [' || a.label || ']' end, ', ' order by a.label) from ${links} a where ${SAME}) as target
       from proof_pair r where r.which = $1
        and not exists (select from ${links} a where ${SAME} and coalesce(a.label, '') = r.label)
        and ${which} (select from ${links} a where ${SAME})`;
    queries.relabelled = { select: pairs("exists"), values: [index, place.object.name] };
    queries.gone = { select: pairs("not exists"), values: [index, place.object.name] };
  }
  if (ours) {
    const mark = (value: string): string => `${named} || case when ${value} then ', primary' else '' end`;
    queries.marked = {
      select: `select r.key, r.from_id::text as id, ${mark("r.is_primary")} as source, ${mark("coalesce(a.is_primary, false)")} as target
         from proof_pair r join proof_target p on p.id = r.from_id and not p.others and p.later is null
         join ${links} a on ${SAME} and coalesce(a.label, '') = r.label and ${linked}
        where r.which = $1 and r.from_object is null and coalesce(a.is_primary, false) <> r.is_primary and not exists (
          select from proof_pair o where o.from_id = r.from_id and o.to_object = r.to_object and o.to_id = r.to_id
             and o.label = r.label and o.is_primary <> r.is_primary)`,
      values: [index, place.object.name],
    };
  }
  if (first && holder.hasExternalId && to.hasExternalId && place.object.hasExternalId) {
    const kept = await keptLinks(tables);
    const sources = externalSourcesOf(input.view, to.name);
    queries.additional = {
      select: additionalSql(input, links, to, linked, kept, short),
      values: [
        place.object.name,
        to.name,
        sources,
        place.externalSource,
        place.origin,
        ...(kept === null ? [] : [[...input.runIds]]),
      ],
    };
  }
  const wrong: Partial<Record<Wrong, KeyFinding>> = {};
  for (const [kind, { select, values }] of Object.entries(queries) as [Wrong, NonNullable<(typeof queries)[Wrong]>][]) {
    const finding = await findWrong(input, association, select, values);
    if (finding.count > 0) wrong[kind] = finding;
  }
  // `mode: insert` leaves records that existed alone, their links included
  const ok = (missing === 0 && Object.keys(wrong).length === 0) || place.mapping.mode === "insert";
  return { to: to.name, expected, found, missing, unresolved, ok, ...wrong };
}

/**
 * SQL of links (`a`) that people made in the target and that a delta or retry (`$6`) has seen: they stay, as edits of values do.
 * null: nothing tells them apart from what runs wrote.
 */
async function keptLinks(tables: ProofTables): Promise<string | null> {
  const known = await tables.rows<{ found: string | null }>("select to_regclass('migrate.link')::text as found");
  if (known[0]!.found === null) return null;
  // older than what such a run wrote last of the mapping: clocks may differ, transactions have an order
  return `coalesce(age(a.xmin) >= (select min(age(g.xmin)) from migrate.progress g join migrate.run r on r.id = g.run_id
      where g.origin_id = $5 and g.run_id = any($6) and r.kind in ('delta', 'retry'))
    and not exists (select from migrate.link k where k.origin_id = $5 and k.from_id = a.from_id and k.to_object = $2
      and k.to_id = a.to_id and k.label = coalesce(a.label, '')), false)`;
}

/**
 * Links between records of this source that none of them names. Rows that were there before the load, that other mappings or
 * other sources know, too, may have links of their own. Where links are `short`, as many between the same records are told already,
 * as bearing another label.
 */
function additionalSql(
  input: AssociationInput,
  links: string,
  to: ModelObject,
  linked: string,
  kept: string | null,
  short: boolean,
): string {
  const { place, targets } = input;
  const back = labelsBack(input, to).map((label) => literal(label));
  const name = `b.external_id || case when coalesce(a.label, '') = '' then '' else ' [' || a.label || ']' end`;
  const relabelled = short
    ? `left join (
        select r.from_id, r.to_id, count(*) as n from proof_pair r
         where r.from_object is null and r.to_object = $2 and not exists (
           select from ${links} a where a.from_object = $1 and a.from_id = r.from_id and a.to_object = $2 and a.to_id = r.to_id
              and coalesce(a.label, '') = r.label)
         group by 1, 2) m on m.from_id = e.from_id and m.to_id = e.to_id`
    : "";
  return `with extra as materialized (
      select p.key, a.from_id, a.to_id, null::text as source, ${name} as target,
             row_number() over (partition by a.from_id, a.to_id order by a.label) as nth
        from proof_target p join ${place.table} t on t.${place.id} = p.id and t.external_source = $4
        join ${links} a on a.from_id = p.id and a.from_object = $1 and a.to_object = $2 and ${linked}
        join ${targets.name(to)} b on b.${ident(to.idColumn)} = a.to_id and b.external_source = any($3)
       where not p.others and p.later is null
         and coalesce(a.label, '') <> all(array[${back.join(", ")}]::text[])
         and not exists (select from proof_shared s where s.origin_id = $5 and s.key = p.key)
         and not exists (select from proof_pair r where r.from_id = a.from_id and r.to_object = $2 and r.to_id = a.to_id
                            and r.label = coalesce(a.label, ''))${kept === null ? "" : ` and not ${kept}`})
    select e.key, e.from_id::text as id, e.source, e.target from extra e ${relabelled}
     where ${short ? "e.nth > coalesce(m.n, 0) and " : ""}not exists (select from migrate.before_image i where i.object = $1 and i.target_id = e.from_id::text and i.row ->> 'external_id' is null)`;
}

async function findWrong(
  { tables, place, list }: AssociationInput,
  association: AssociationMapping,
  select: string,
  values: readonly unknown[],
): Promise<KeyFinding> {
  // ends of four columns seem to leave one row of all, and each would be laid beside every row of the target
  const rows = await tables.whole(() =>
    tables.rows<{ n: string; keys: string[] | null }>(
      `with wrong as (${select}) select count(*) as n, (array_agg(distinct key order by key))[1:${KEYS_SHOWN}] as keys from wrong`,
      values,
    ),
  );
  const count = Number(rows[0]!.n);
  if (count > 0 && list) {
    await tables.whole(() =>
      tables.rows(
        `insert into proof_difference (origin_id, key, id, field, kind, source, target)
       select ${place.origin}, w.key, w.id, ${literal(`association to ${association.to}`)}, 'link', w.source, w.target from (${select}) w`,
        values,
      ),
    );
  }
  return { count, keys: rows[0]!.keys ?? [] };
}

/** Fills `proof_end` (key, id) with the records that a link may lead to; a key that means several leads to none. */
async function fillEnds(
  { tables, targets, view, place }: AssociationInput,
  association: AssociationMapping,
  to: ModelObject,
  fold: Fold,
): Promise<void> {
  const name = targets.name(to);
  const id = `t.${ident(to.idColumn)}`;
  const one = (union: string, values: readonly unknown[]): Promise<unknown> =>
    tables.rows(
      `insert into proof_end select key, min(id) from (
         select *, rank() over (partition by key order by own desc) as place from (${union}) u) r
        where place = 1 group by key having count(distinct id) = 1`,
      values,
    );
  if (association.by !== null) {
    const column = byValue(to, association.by, "t");
    if (column === null) return;
    const key = folded(fold, column);
    await one(`select ${key} as key, ${id}::text as id, true as own from ${name} t where ${column} is not null`, []);
    return;
  }
  // a record means its own key space before those of others
  const own = (alias: string): string =>
    to.name === place.object.name ? `${alias}.external_source = $3::text` : "$3::text is not null";
  const map = `select m.external_id as key, ${id}::text as id, ${own("m")} as own from migrate.id_map m
     join ${name} t on ${id} = m.target_id::${to.idType} where m.object = $2 and m.external_source = any($1)`;
  const rows = `select t.external_id as key, ${id}::text as id, ${own("t")} as own from ${name} t
     where t.external_source = any($1) and t.external_id is not null and not exists (select from migrate.id_map z
       where z.external_source = t.external_source and z.object = $2 and z.external_id = t.external_id and z.kind = 'alias')`;
  await one(to.hasExternalId ? `${rows} union ${map}` : map, [
    externalSourcesOf(view, to.name),
    to.name,
    place.externalSource,
  ]);
}
