/** References and associations that are filled in once the records they refer to are there. */
import type pg from "pg";
import { ident, table } from "../store/quote.ts";
import type { Counts } from "./counts.ts";
import { resolveLookup } from "./deferred-lookup.ts";
import { refreshLookupTable } from "./merge/lookups.ts";
import {
  type AssociationPlan,
  foldsCase,
  type LookupPlan,
  lookupTable,
  type MergePlan,
  sourcesOf,
} from "./merge/plan.ts";
import { type Statement, statement } from "./sql.ts";

const run = (client: pg.ClientBase, { text, values }: Statement) => client.query(text, values);

/** The lookup that an association amounts to: a key -> id table of the object at its other end. */
function associationLookup(plan: MergePlan, association: AssociationPlan, sourceName: string): LookupPlan {
  const mapping = plan.mapping.associations[association.index]!;
  const column = association.refs;
  return {
    column,
    field: null as never,
    kind: "map",
    objects: [association.to],
    by: mapping.by,
    foldCase: mapping.by !== null && foldsCase(association.to, mapping.by),
    missing: mapping.missing,
    target: "",
    targetType: association.to.idType,
    typeTarget: null,
    sources: sourcesOf([plan.mapping], association.to.name, sourceName),
  };
}

async function resolveAssociation(
  client: pg.ClientBase,
  plan: MergePlan,
  association: AssociationPlan,
  sourceName: string,
  sources: readonly string[],
  counts: Counts,
): Promise<void> {
  const lookup = { ...associationLookup(plan, association, sourceName), sources };
  for (const step of refreshLookupTable(plan, lookup)) await run(client, step);
  const field = `association:${association.index}`;
  const key = lookup.foldCase ? "lower(btrim(d.reference))" : "d.reference";
  const mapping = plan.mapping.associations[association.index]!;
  const text = mapping.label !== null && "text" in mapping.label ? mapping.label.text : null;
  const which = (sql: { param(value: unknown, type?: string): string }) =>
    `d.run_id = ${sql.param(plan.runId, "int8")} and d.origin_id = ${sql.param(plan.originId, "int4")} and d.field = ${sql.param(field, "text")}`;
  const into = table(plan.model.schema, plan.model.objects.get("association")?.table ?? "association");
  const written = await run(
    client,
    statement(
      (sql) => `insert into ${into} (from_object, from_id, to_object, to_id, label, is_primary)
        select distinct ${sql.param(plan.object.name, "text")}, d.target_id::bigint, l.object, l.id::bigint,
          coalesce(nullif(d.label, ''), ${sql.param(text, "text")}), ${sql.param(mapping.primary, "bool")}
        from migrate.deferred d join ${ident(lookupTable(lookup))} l on l.k = ${key} and l.n = 1
        where ${which(sql)}
        on conflict (from_object, from_id, to_object, to_id, coalesce(label, '')) where external_id is null do nothing`,
    ),
  );
  const unresolved = await run(
    client,
    statement(
      (sql) => `insert into migrate.warning (run_id, origin_id, key, code, field, value, reason)
        select d.run_id, d.origin_id, d.key, case when l.n > 1 then 'LOOKUP_AMBIGUOUS' else 'LOOKUP_MISSING' end,
          ${sql.param(`association to ${association.to.name}`, "text")}, d.reference, 'the other end of the association was not found; it was not written'
        from migrate.deferred d left join ${ident(lookupTable(lookup))} l on l.k = ${key}
        where ${which(sql)} and (l.k is null or l.n > 1)`,
    ),
  );
  const all = await run(
    client,
    statement((sql) => `select count(*)::int4 as n from migrate.deferred d where ${which(sql)}`),
  );
  counts.warnings += unresolved.rowCount ?? 0;
  counts.associations.expected += (all.rows[0] as { n: number }).n;
  counts.associations.written += written.rowCount ?? 0;
  counts.associations.unresolved += unresolved.rowCount ?? 0;
  await run(
    client,
    statement(
      (sql) => `update migrate.deferred d set hash = null where d.run_id = ${sql.param(plan.runId, "int8")}
      and d.origin_id = ${sql.param(plan.originId, "int4")} and d.target_id in (
        select d.target_id from migrate.deferred d left join ${ident(lookupTable(lookup))} l on l.k = ${key} and l.n = 1
        where ${which(sql)} and l.k is null)`,
    ),
  );
}

/** Of a record with several deferred references: its hash once all of them are there. */
const HASH = "case when bool_and(d.hash is not null) then (array_agg(d.hash))[1] end";

/**
 * Fills in everything that the stage deferred, then lets the ledger know the rows again. The caller owns the transaction and
 * calls it once all stages that the references need are done. Works off `migrate.deferred`: safe to be repeated.
 */
export async function resolveDeferred(
  client: pg.ClientBase,
  plan: MergePlan,
  sourceName: string,
  sourcesFor: (object: string) => readonly string[],
  counts: Counts,
): Promise<void> {
  if (!plan.model.managed) await client.query("set constraints all immediate");
  const lookups = plan.lookups.filter((lookup) => lookup.kind === "deferred" || lookup.kind === "self");
  for (const lookup of lookups) await resolveLookup(client, plan, lookup, counts);
  for (const association of plan.associations) {
    await resolveAssociation(client, plan, association, sourceName, sourcesFor(association.to.name), counts);
  }
  const id = ident(plan.object.idColumn);
  const where = (sql: { param(value: unknown, type?: string): string }) =>
    `d.run_id = ${sql.param(plan.runId, "int8")} and d.origin_id = ${sql.param(plan.originId, "int4")}`;
  if (plan.ledger) {
    await run(
      client,
      statement(
        (sql) => `update migrate.ledger l set hash = d.hash, version = t.xmin
          from (select d.target_id::bigint as target_id, ${HASH} as hash from migrate.deferred d where ${where(sql)} group by 1) d
          join ${plan.table} t on t.${id} = d.target_id
          where l.origin_id = ${sql.param(plan.originId, "int4")} and l.target_id = d.target_id`,
      ),
    );
  } else {
    await run(
      client,
      statement(
        (sql) => `update migrate.id_map m set hash = d.hash, version = t.xmin
          from (select d.key, d.target_id, ${HASH} as hash from migrate.deferred d where ${where(sql)} group by 1, 2) d
          join ${plan.table} t on t.${id} = d.target_id::${plan.object.idType}
          where m.external_source = ${sql.param(plan.externalSource, "text")} and m.object = ${sql.param(plan.object.name, "text")} and m.external_id = d.key`,
      ),
    );
  }
  await run(
    client,
    statement((sql) => `delete from migrate.deferred d where ${where(sql)}`),
  );
}
