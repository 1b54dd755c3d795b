/** References and associations that are filled in once the records they refer to are there. */
import type pg from "pg";
import { ident } from "../store/quote.ts";
import type { Counts } from "./counts.ts";
import { moveToUpdated, resolveLookup, severalFound } from "./deferred-lookup.ts";
import { dropLinks } from "./delta-links.ts";
import { associationName } from "./merge/associations.ts";
import { writtenDeferred } from "./merge/deferred-edits.ts";
import { lookupKey } from "./merge/lookups.ts";
import { type AssociationPlan, lookupTable, type MergePlan } from "./merge/plan.ts";
import { referencedTable } from "./referenced-table.ts";
import { type Sql, type Statement, statement } from "./sql.ts";
import { LINKED, writeLinks } from "./write-links.ts";

const run = (client: pg.ClientBase, { text, values }: Statement) => client.query(text, values);

async function resolveAssociation(
  client: pg.ClientBase,
  plan: MergePlan,
  association: AssociationPlan,
  counts: Counts,
): Promise<void> {
  const { lookup } = association;
  const field = `association:${association.index}`;
  const which = (sql: Sql) =>
    `d.run_id = ${sql.param(plan.runId, "int8")} and d.origin_id = ${sql.param(plan.originId, "int4")} and d.field = ${sql.param(field, "text")}`;
  const all = await run(
    client,
    statement((sql) => `select count(*)::int4 as n from migrate.deferred d where ${which(sql)}`),
  );
  const expected = (all.rows[0] as { n: number }).n;
  if (expected === 0) return;
  await referencedTable(client, plan, lookup, which, expected);
  const written = await writeLinks(client, plan, association, which);
  if (written > 0) await moveToUpdated(client, plan, counts, `select key from ${LINKED}`);
  const unresolved = await run(
    client,
    statement(
      (sql) => `insert into migrate.warning (run_id, origin_id, key, code, field, value, reason)
        select d.run_id, d.origin_id, d.key, case when l.n > 1 then 'LOOKUP_AMBIGUOUS' else 'LOOKUP_MISSING' end,
          ${sql.param(associationName(association), "text")}, d.reference,
          case when l.n > 1 then ${severalFound("l.names")} || '; the association was not written'
            else 'the other end of the association was not found; it was not written' end
        from migrate.deferred d left join ${ident(lookupTable(lookup))} l on l.k = ${lookupKey(lookup, "d.reference")}
        where ${which(sql)} and l.n is distinct from 1`,
    ),
  );
  counts.warnings += unresolved.rowCount ?? 0;
  counts.associations.expected += expected;
  counts.associations.written += written;
  counts.associations.unresolved += unresolved.rowCount ?? 0;
  await run(
    client,
    statement(
      (sql) => `update migrate.deferred d set hash = null where d.run_id = ${sql.param(plan.runId, "int8")}
      and d.origin_id = ${sql.param(plan.originId, "int4")} and d.target_id in (
        select d.target_id from migrate.deferred d left join ${ident(lookupTable(lookup))} l on l.k = ${lookupKey(lookup, "d.reference")} and l.n = 1
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
export async function resolveDeferred(client: pg.ClientBase, plan: MergePlan, counts: Counts): Promise<void> {
  if (!plan.model.managed) await client.query("set constraints all immediate");
  const lookups = plan.lookups.filter((lookup) => lookup.kind === "deferred" || lookup.kind === "self");
  for (const lookup of lookups) await resolveLookup(client, plan, lookup, counts);
  for (const association of plan.associations) await resolveAssociation(client, plan, association, counts);
  await dropLinks(client, plan, counts);
  const id = ident(plan.object.idColumn);
  const where = (sql: { param(value: unknown, type?: string): string }) =>
    `d.run_id = ${sql.param(plan.runId, "int8")} and d.origin_id = ${sql.param(plan.originId, "int4")}`;
  if (plan.ledger) {
    await run(
      client,
      statement(
        (sql) => `update migrate.ledger l set hash = d.hash, version = t.xmin, written = ${writtenDeferred(plan, "l")}
          from (select d.target_id::bigint as target_id, ${HASH} as hash, array_agg(d.field) as fields from migrate.deferred d where ${where(sql)} group by 1) d
          join ${plan.table} t on t.${id} = d.target_id
          where l.origin_id = ${sql.param(plan.originId, "int4")} and l.target_id = d.target_id`,
      ),
    );
  } else {
    await run(
      client,
      statement(
        (sql) => `update migrate.id_map m set hash = d.hash, version = t.xmin, written = ${writtenDeferred(plan, "m")}
          from (select d.key, d.target_id, ${HASH} as hash, array_agg(d.field) as fields from migrate.deferred d where ${where(sql)} group by 1, 2) d
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
