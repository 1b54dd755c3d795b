/** Links between records (`associations:`): those that the source names against those that the target holds now. */
import type { AssociationMapping } from "../mapping/types.ts";
import type { ModelObject, TargetModel } from "../schema.ts";
import { ident } from "../store/quote.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import { externalSourcesOf, type ReferenceView } from "./references.ts";
import type { TargetTables } from "./target-tables.ts";
import type { AssociationCheck } from "./types.ts";

export interface AssociationInput {
  readonly tables: ProofTables;
  readonly targets: TargetTables;
  readonly view: Pick<ReferenceView, "mappings" | "sourceName">;
  readonly model: TargetModel;
  readonly place: Place;
}

/** Values of these types are compared without case, as the load does. */
const FOLDED = new Set(["email", "url"]);

/** One check per association of the mapping. `locateLoaded` comes first. */
export async function checkAssociations(input: AssociationInput): Promise<AssociationCheck[]> {
  const { place, model, targets } = input;
  const holder = model.objects.get("association");
  if (holder === undefined) return [];
  const checks: AssociationCheck[] = [];
  for (const [index, association] of place.mapping.associations.entries()) {
    const to = model.objects.get(association.to);
    if (to !== undefined) checks.push(await checkOne(input, index, association, to, targets.name(holder)));
  }
  return checks;
}

async function checkOne(
  input: AssociationInput,
  index: number,
  association: AssociationMapping,
  to: ModelObject,
  links: string,
): Promise<AssociationCheck> {
  const { tables, place } = input;
  const fold = association.by !== null && foldsCase(to, association.by);
  await tables.client.query("drop table if exists pg_temp.proof_end");
  await tables.client.query('create temp table proof_end (key text collate "C", id text)');
  await fillEnds(input, association, to, fold);
  await tables.client.query("analyze proof_end");
  const fixed = association.label !== null && "text" in association.label ? association.label.text : null;
  const rows = await tables.rows<{ expected: string; found: string; unresolved: string }>(
    `with link as (
       select distinct p.id as from_id, ${fold ? "lower(btrim(l.reference))" : "l.reference"} as reference,
              coalesce(nullif(l.label, ''), $3, '') as label
         from proof_link l join proof_target p on p.key = l.key where l.origin_id = $1 and l.which = $2),
     pair as (select distinct k.from_id, e.id as to_id, k.label from link k join proof_end e on e.key = k.reference)
     select (select count(*) from pair) as expected,
            (select count(*) from pair r where exists (
               select from ${links} a where a.from_object = $4 and a.from_id = r.from_id and a.to_object = $5
                 and a.to_id::text = r.to_id and coalesce(a.label, '') = r.label)) as found,
            (select count(*) from link k where not exists (select from proof_end e where e.key = k.reference)) as unresolved`,
    [place.origin, index, fixed, place.object.name, to.name],
  );
  const [expected, found, unresolved] = [
    Number(rows[0]!.expected),
    Number(rows[0]!.found),
    Number(rows[0]!.unresolved),
  ];
  const missing = expected - found;
  // `mode: insert` leaves records that existed alone, their links included
  return { to: to.name, expected, found, missing, unresolved, ok: missing === 0 || place.mapping.mode === "insert" };
}

const foldsCase = (object: ModelObject, name: string): boolean => {
  const field = object.fields.get(name);
  return field !== undefined && (FOLDED.has(field.type) || /(^|_)domain$/.test(field.name));
};

/** Fills `proof_end` (key, id) with the records that a link may lead to; a key that means several leads to none. */
async function fillEnds(
  { tables, targets, view, place }: AssociationInput,
  association: AssociationMapping,
  to: ModelObject,
  fold: boolean,
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
    const field = to.fields.get(association.by);
    if (field === undefined) return;
    const column = `t.${ident(field.column)}::text`;
    const key = fold ? `lower(btrim(${column}))` : column;
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
