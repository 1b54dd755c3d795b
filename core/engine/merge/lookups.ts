/** How references are resolved: joins for the merge, and temporary key -> id tables. */
import { folded } from "../../mapping/fold.ts";
import { EXTERNAL_ID } from "../../schema.ts";
import { byValue } from "../../store/by-value.ts";
import { ident, table } from "../../store/quote.ts";
import { type Sql, type Statement, statement } from "../sql.ts";
import { type LookupPlan, type LookupTargetPlan, lookupTable, type MergePlan } from "./plan.ts";

/** SQL expressions for one lookup, over alias `s` and the joins. */
export interface Resolution {
  readonly lookup: LookupPlan;
  readonly join: string;
  /** Id in the target column's type; null when blank or not found. */
  readonly id: string;
  /** Name of the object found, as text. */
  readonly object: string;
  /** A reference is there but nothing was found. */
  readonly missing: string;
  /** More than one record was found. */
  readonly ambiguous: string;
  /** Then: the first of them by name, as text. */
  readonly candidates: string;
}

/** `by: external_id`: keys of any source. */
const ofAnySource = (lookup: LookupPlan): boolean => lookup.by === EXTERNAL_ID;

/**
 * True where the stage's own object has several key spaces: a record means its own before those of others. With keys of any
 * source, those of this migration go first.
 */
const prefersOwn = (plan: MergePlan, lookup: LookupPlan): boolean =>
  ofAnySource(lookup) ||
  (lookup.by === null &&
    lookup.sources.length > 1 &&
    lookup.field?.lookup?.targets === undefined &&
    lookup.objects.some(({ name }) => name === plan.object.name));

/**
 * Rows (k, id, object, own) of one target that a reference may mean. `wanted`: a table whose column `k` holds the only keys that
 * are of interest; for lookups by source id without names for their targets.
 */
export function candidates(
  plan: MergePlan,
  target: LookupTargetPlan,
  lookup: LookupPlan,
  sql: Sql,
  wanted: string | null = null,
): string {
  const { object } = target;
  const name = table(plan.model.schema, object.table);
  const id = `t.${ident(object.idColumn)}::text`;
  const label = sql.param(object.name, "text");
  if (lookup.by !== null && !ofAnySource(lookup)) {
    const value = byValue(object, lookup.by, "t");
    if (value === null) return `select null::text as k, null::text as id, ${label} as object, true as own where false`;
    return `select ${folded(lookup.fold, value)} as k, ${id} as id, ${label} as object, true as own from ${name} t where ${value} is not null`;
  }
  const sources = sql.param(target.sources, "text[]");
  const key = (column: string): string =>
    target.tag === "" ? column : `${sql.param(target.tag, "text")} || ${column}`;
  // the id map may still know a row that is gone
  const own = (alias: string) =>
    ofAnySource(lookup)
      ? `coalesce(${alias}.external_source = any(${sources}), false)`
      : prefersOwn(plan, lookup)
        ? `${alias}.external_source = ${sql.param(plan.externalSource, "text")}`
        : "true";
  const only = (alias: string) => (wanted === null ? "" : ` and ${alias}.external_id in (select w.k from ${wanted} w)`);
  const map = `select ${key("m.external_id")} as k, ${id} as id, ${label} as object, ${own("m")} as own from migrate.id_map m
    join ${name} t on t.${ident(object.idColumn)} = m.target_id::${object.idType}
    where m.object = ${label}${ofAnySource(lookup) ? "" : ` and m.external_source = any(${sources})`}${only("m")}`;
  if (!object.hasExternalId) return map;
  // the id of a merged record leads to the winner, not to a row that is left of it
  const left = plan.shadowed.has(object.name)
    ? ` and not exists (select from migrate.id_map z where z.external_source = t.external_source and z.object = ${label}
        and z.external_id = t.external_id and z.kind = 'alias')`
    : "";
  const rows = `select ${key("t.external_id")} as k, ${id} as id, ${label} as object, ${own("t")} as own from ${name} t
    where ${ofAnySource(lookup) ? "" : `t.external_source = any(${sources}) and `}t.external_id is not null${only("t")}${left}`;
  return `${rows} union ${map}`;
}

/** Candidates named in a reason, at most. */
const NAMED = 3;

/** Names the first candidates of keys that mean several records: `C1, C2, C3 and 2 more`. Reads nothing where there are none. */
function nameCandidates(plan: MergePlan, lookup: LookupPlan, sql: Sql, wanted: string | null): string {
  const name = ident(lookupTable(lookup));
  const several = lookup.objects.length > 1;
  const named = lookup.targets.map((target) => {
    const { object } = target;
    const label = several ? `${sql.param(`${object.name} `, "text")} || ` : "";
    const own = object.hasExternalId ? "coalesce(t.external_id, 'id ' || c.id)" : "'id ' || c.id";
    return `select c.k, c.own, ${label}${own} as name, t.${ident(object.idColumn)}::text as id from (${candidates(plan, target, lookup, sql, wanted)}) c
      join ${table(plan.model.schema, object.table)} t on t.${ident(object.idColumn)}::text = c.id
      where exists (select from ${name} where n > 1) and c.k in (select k from ${name} where n > 1)`;
  });
  return `update ${name} l set names = c.names || case when l.n > ${NAMED} then ' and ' || l.n - ${NAMED} || ' more' else '' end
    from (select k, string_agg(p.name, ', ' order by p.place) as names from (
      select k, name, row_number() over (partition by k order by own desc, length(id), id) as place from (${named.join(" union ")}) u) p
      join ${name} known using (k) where place <= least(${NAMED}, known.n) group by k) c
    where c.k = l.k and l.n > 1`;
}

/** Statements that create the key -> id table of a lookup on this connection, empty, dropping an older one. */
export function createLookupTable(lookup: LookupPlan): Statement[] {
  const name = ident(lookupTable(lookup));
  return [
    { text: `drop table if exists pg_temp.${name}`, values: [] },
    { text: `create temp table ${name} (k text, id text, object text, n int, names text)`, values: [] },
  ];
}

/** Fills the table; `wanted`: with these keys alone, see `candidates`. */
export function fillLookupTable(plan: MergePlan, lookup: LookupPlan, wanted: string | null = null): Statement {
  return statement((sql) => {
    const union = lookup.targets.map((target) => candidates(plan, target, lookup, sql, wanted)).join(" union ");
    const best = prefersOwn(plan, lookup)
      ? `select * from (select *, rank() over (partition by k order by own desc) as place from (${union}) a) b where place = 1`
      : union;
    return `insert into ${ident(lookupTable(lookup))} (k, id, object, n) select k, min(id), min(object), count(*)::int from (${best}) u group by k`;
  });
}

/** What makes a filled table ready to be joined: statistics, and names of what keys may mean that mean several records. */
export function settleLookupTable(plan: MergePlan, lookup: LookupPlan, wanted: string | null = null): Statement[] {
  return [
    { text: `analyze ${ident(lookupTable(lookup))}`, values: [] },
    statement((sql) => nameCandidates(plan, lookup, sql, wanted)),
  ];
}

export const indexLookupTable = (lookup: LookupPlan): Statement => {
  return { text: `create index on ${ident(lookupTable(lookup))} (k)`, values: [] };
};

/** Statements that create (dropping an older one), fill and index the key -> id table of all that a lookup may mean. */
export function refreshLookupTable(plan: MergePlan, lookup: LookupPlan): Statement[] {
  return [
    ...createLookupTable(lookup),
    fillLookupTable(plan, lookup),
    indexLookupTable(lookup),
    ...settleLookupTable(plan, lookup),
  ];
}

/** A reference as the lookup's table has its keys. */
export function lookupKey(lookup: LookupPlan, reference: string): string {
  return folded(lookup.fold, reference);
}

/** SQL for the id, as text, of the one record of another key space that a reference to the own object may mean; null: there are none. */
export function elsewhere(plan: MergePlan, lookup: LookupPlan, reference: string, sql: Sql): string | null {
  const { hasExternalId, idColumn } = lookup.objects[0]!;
  if (lookup.sources.length < 2 || !hasExternalId) return null;
  return `(select min(x.${ident(idColumn)}::text) from ${plan.table} x
    where x.external_source = any(${sql.param(lookup.sources, "text[]")}) and x.external_id = ${reference} having count(*) = 1)`;
}

/**
 * The join and expressions of a lookup at position `index`. `others`: a parent that its own key space does not have may be
 * another's, since all of its own are known.
 */
export function resolution(plan: MergePlan, lookup: LookupPlan, index: number, sql: Sql, others = false): Resolution {
  const alias = `l${index}`;
  const reference = `s.${ident(lookup.column.name)}`;
  const cast = (expression: string, from: string): string =>
    from === lookup.targetType ? expression : `${expression}::${lookup.targetType}`;
  const common = { lookup, ambiguous: "false", candidates: "null::text" };
  if (lookup.kind === "deferred") {
    return { ...common, join: "", id: `null::${lookup.targetType}`, object: "null::text", missing: "false" };
  }
  const first = lookup.objects[0]!;
  if (lookup.kind === "direct") {
    return {
      ...common,
      join: `left join ${table(plan.model.schema, first.table)} ${alias}
        on ${alias}.external_source = ${sql.param(lookup.sources[0]!, "text")} and ${alias}.external_id = ${reference}`,
      id: cast(`${alias}.${ident(first.idColumn)}`, first.idType),
      object: sql.param(first.name, "text"),
      missing: `(${reference} is not null and ${alias}.${ident(first.idColumn)} is null)`,
    };
  }
  if (lookup.kind === "self") {
    const source = sql.param(plan.externalSource, "text");
    const name = sql.param(first.name, "text");
    const own = first.hasExternalId
      ? `(select x.${ident(first.idColumn)}::text from ${plan.table} x where x.external_source = ${source} and x.external_id = ${reference}), `
      : "";
    const mapped = (which = "") =>
      `(select x.${ident(first.idColumn)}::text from migrate.id_map m join ${plan.table} x on x.${ident(first.idColumn)} = m.target_id::${first.idType}
      where m.external_source = ${source} and m.object = ${name} and m.external_id = ${reference}${which})`;
    // the id of a merged record leads to the winner, not to a row that is left of it
    const winner = plan.shadowed.has(first.name) ? `${mapped(" and m.kind = 'alias'")}, ` : "";
    const other = others ? elsewhere(plan, lookup, reference, sql) : null;
    return {
      ...common,
      join: `left join lateral (select coalesce(${winner}${own}${mapped()}${other === null ? "" : `, ${other}`}) as id) ${alias} on true`,
      id: `${alias}.id::${lookup.targetType}`,
      object: name,
      missing: `(${reference} is not null and ${alias}.id is null)`,
    };
  }
  return {
    lookup,
    join: `left join ${ident(lookupTable(lookup))} ${alias} on ${alias}.k = ${lookupKey(lookup, reference)}`,
    id: `${alias}.id::${lookup.targetType}`,
    object: `${alias}.object`,
    missing: `(${reference} is not null and ${alias}.id is null)`,
    ambiguous: `coalesce(${alias}.n > 1, false)`,
    candidates: `${alias}.names`,
  };
}
