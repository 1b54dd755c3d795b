/** Takes away the rows that a run made, children before parents; what others refer to stays. */
import type pg from "pg";
import type { ModelObject } from "../../schema.ts";
import { ident, literal, table } from "../../store/quote.ts";
import { hasLedger } from "../merge/plan.ts";
import { type Edge, tablesOf } from "./edges.ts";
import { EDITED, type Rollback, versionKnown } from "./list.ts";

type Client = pg.ClientBase;

/** SQL, over an alias of `migrate.rollback`: a row that is still to go. */
const doomed = (runId: string, object: ModelObject, alias = "d"): string =>
  `${alias}.run_id = ${Number(runId)} and ${alias}.object = ${literal(object.name)} and ${alias}.what = 'inserted' and ${alias}.state = 'open'`;

/** True for rows `c` of the edge's table that refer to row `p` of `migrate.rollback`. */
const refers = ({ column, only, parent }: Edge): string =>
  `c.${column} = p.target_id::${parent.idType}${only === null ? "" : ` and ${only}`}`;

/**
 * Refuses rows that something refers to which stays, what those refer to, and so on. `edges`: those to be looked at; all of them
 * before the first row goes.
 */
export async function refuseReferred(client: Client, { runId }: Rollback, edges: readonly Edge[]): Promise<void> {
  for (;;) {
    let refused = 0;
    for (const edge of edges) {
      const { parent, child } = edge;
      const goes =
        child === null
          ? ""
          : ` and not exists (select from migrate.rollback d where ${doomed(runId, child)} and d.target_id = c.${ident(child.idColumn)}::text)`;
      const what =
        child === null
          ? literal(`a row of ${edge.table}`)
          : `${literal(`${child.name} `)} || c.${ident(child.idColumn)}`;
      const { rowCount } = await client.query(
        `update migrate.rollback p set state = 'refused', reason = c.who || ' refers to it and stays'
         from (select p.target_id, min(${what}) as who from migrate.rollback p join ${edge.table} c on ${refers(edge)}
           where ${doomed(runId, parent, "p")}${goes} group by 1) c
         where ${doomed(runId, parent, "p")} and p.target_id = c.target_id`,
      );
      refused += rowCount ?? 0;
    }
    if (refused === 0) return;
  }
}

/** Microseconds, roughly: a foreign key's check per deleted row, per row that it searches without an index, and its validation per row. */
const COSTS = { check: 10, visit: 0.1, validation: 1, once: 5_000 };

/** Foreign keys that refer to the object and are cheaper to be validated anew than to be checked with every deleted row. */
async function slowKeys(client: Client, name: string, rows: number): Promise<{ drop: string; add: string }[]> {
  const { rows: keys } = await client.query<{ owner: string; key: string; definition: string }>(
    `select k.owner, k.key, k.definition from (
       select c.conrelid::regclass::text as owner, quote_ident(c.conname) as key, pg_get_constraintdef(c.oid) as definition,
         greatest(r.reltuples, pg_relation_size(c.conrelid) / 100)::float8 as size,
         exists (select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1]) as indexed
       from pg_constraint c join pg_class r on r.oid = c.conrelid
       where c.contype = 'f' and c.confrelid = $1::text::regclass and c.conparentid = 0 and c.convalidated and r.relkind = 'r') k
     where $2::float8 * ($3::float8 + case when k.indexed then 0 else k.size * $4::float8 end) > 2 * (k.size * $5::float8 + $6::float8)`,
    [name, rows, COSTS.check, COSTS.visit, COSTS.validation, COSTS.once],
  );
  return keys.map(({ owner, key, definition }) => ({
    drop: `alter table ${owner} drop constraint ${key}`,
    add: `alter table ${owner} add constraint ${key} ${definition}`,
  }));
}

/**
 * Deletes the object's rows with what the state knows of them. `edges`: those of the whole model. In the caller's transaction;
 * rows that were edited, or referred to, meanwhile are refused.
 */
export async function removeObject(
  client: Client,
  rollback: Rollback,
  object: ModelObject,
  edges: readonly Edge[],
): Promise<void> {
  const { runId, undone, model } = rollback;
  const name = table(model.schema, object.table);
  const id = ident(object.idColumn);
  await refuseReferred(
    client,
    rollback,
    edges.filter(({ parent }) => parent === object),
  );
  const { rows } = await client.query<{ n: string }>(
    `select count(*) as n from migrate.rollback d where ${doomed(runId, object)}`,
  );
  const size = Number(rows[0]!.n);
  if (size === 0) return;
  for (const edge of edges) {
    if (edge.parent === object && edge.child !== null && edge.child !== object && edge.nullable)
      await letGo(client, rollback, edge, edge.child);
  }
  // only tables that are ours: constraints of others' stay as they are
  const keys = model.managed ? await slowKeys(client, name, size) : [];
  for (const { drop } of keys) await client.query(drop);
  await client.query("drop table if exists pg_temp.migrate_removed");
  await client.query(`create temp table migrate_removed (target_id text primary key)`);
  await client.query(
    `with gone as (
       delete from ${name} t using migrate.rollback d where ${doomed(runId, object)} and t.${id} = d.target_id::${object.idType}
         and ${versionKnown(object, undone)} returning d.target_id)
     insert into migrate_removed select target_id from gone`,
  );
  for (const { add } of keys) await client.query(add);
  await client.query(
    `update migrate.rollback d set state = 'done' from migrate_removed g where ${doomed(runId, object)} and g.target_id = d.target_id`,
  );
  await client.query(
    `update migrate.rollback d set state = case when t.${id} is null then 'gone' else 'refused' end, reason = case when t.${id} is not null then $1 end
     from migrate.rollback x left join ${name} t on t.${id} = x.target_id::${object.idType}
     where ${doomed(runId, object)} and x.run_id = d.run_id and x.object = d.object and x.target_id = d.target_id`,
    [EDITED],
  );
  await forget(client, object);
}

/** Rows that go later, in a cycle of objects, let go of their parents first. */
async function letGo(client: Client, { runId }: Rollback, edge: Edge, child: ModelObject): Promise<void> {
  const id = ident(child.idColumn);
  const { rowCount } = await client.query(
    `update ${edge.table} c set ${edge.column} = null from migrate.rollback d, migrate.rollback p
     where ${doomed(runId, child)} and c.${id} = d.target_id::${child.idType} and ${refers(edge)} and ${doomed(runId, edge.parent, "p")}`,
  );
  if ((rowCount ?? 0) === 0) return;
  const rows = `${edge.table} c join migrate.rollback d on ${doomed(runId, child)} and c.${id} = d.target_id::${child.idType} where c.${edge.column} is null`;
  await client.query(
    hasLedger(child)
      ? `update migrate.ledger l set version = c.xmin from ${rows} and l.target_id = c.${id} and l.origin_id in (select o.id from migrate.origin o where o.object = $1)`
      : `update migrate.id_map l set version = c.xmin from ${rows} and l.object = $1 and l.target_id = c.${id}::text and l.version is not null`,
    [child.name],
  );
}

/** Takes the removed rows out of the state. */
async function forget(client: Client, object: ModelObject): Promise<void> {
  if (hasLedger(object)) {
    await client.query(
      `delete from migrate.ledger l using migrate_removed g where l.target_id = g.target_id::int8
         and l.origin_id in (select o.id from migrate.origin o where o.object = $1)`,
      [object.name],
    );
  }
  await client.query(
    "delete from migrate.id_map m using migrate_removed g where m.object = $1 and m.target_id = g.target_id",
    [object.name],
  );
  await client.query(
    `delete from migrate.kept_edit e using migrate_removed g where e.target_id = g.target_id
       and e.origin_id in (select o.id from migrate.origin o where o.object = $1)`,
    [object.name],
  );
}

/** Empty pages make the checks of the next objects slow; outside of any transaction. */
export async function tidy(client: Client, { model }: Rollback, object: ModelObject): Promise<void> {
  const there = await tablesOf(client, model);
  if (!there.some(({ name }) => name === object.table)) return;
  await client.query(`vacuum (skip_locked) ${table(model.schema, object.table)}`).catch(() => undefined);
}
