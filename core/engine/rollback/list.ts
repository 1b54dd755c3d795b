/** What a rollback has to do: the rows that the run made, changed or took away, and which of them were edited since. */
import type pg from "pg";
import type { ModelObject, TargetModel } from "../../schema.ts";
import { ident, table } from "../../store/quote.ts";
import { hasLedger } from "../merge/plan.ts";
import { tablesOf } from "./edges.ts";

type Client = pg.ClientBase;

export interface Rollback {
  /** The rollback's own run, and the one that it undoes. */
  readonly runId: string;
  readonly undone: string;
  readonly model: TargetModel;
}

export const EDITED = "the row was edited since";

/** Objects with something to be undone, in the order of the model. */
export async function touchedObjects(client: Client, { runId, model }: Rollback): Promise<readonly ModelObject[]> {
  const { rows } = await client.query<{ object: string }>(
    "select distinct object from migrate.rollback where run_id = $1",
    [runId],
  );
  const touched = new Set(rows.map(({ object }) => object));
  return [...model.objects.values()].filter(({ name }) => touched.has(name));
}

/** Fills `migrate.rollback`. Rows that the run made and that are gone are `gone`; what was edited since is `refused`. */
export async function listRows(client: Client, rollback: Rollback): Promise<void> {
  const there = new Set((await tablesOf(client, rollback.model)).map(({ name }) => name));
  if (there.has(rollback.model.objects.get("association")?.table ?? "")) await listLinks(client, rollback);
  for (const object of rollback.model.objects.values()) {
    if (!there.has(object.table)) continue;
    await listInserted(client, rollback, object);
    await listImages(client, rollback, object);
    await refuseEdited(client, rollback, object);
  }
  await client.query("analyze migrate.rollback");
}

const ROW = "insert into migrate.rollback (run_id, object, target_id, origin_id, key, what)";
const ONCE = "on conflict (run_id, object, target_id) do nothing";

/** Records in the run's bucket `inserted`: found by their external id, or by the id map. */
async function listInserted(client: Client, { runId, undone, model }: Rollback, object: ModelObject): Promise<void> {
  const name = table(model.schema, object.table);
  const id = ident(object.idColumn);
  const keys = `select distinct on (o.id, k.key) o.id, o.external_source, k.key from migrate.outcome u join migrate.origin o on o.id = u.origin_id
    cross join lateral unnest(u.keys) k(key) where u.run_id = $2 and u.bucket = 'inserted' and o.object = $3`;
  if (object.hasExternalId) {
    const known = hasLedger(object)
      ? `exists (select from migrate.ledger l where l.origin_id = k.id and l.target_id = t.${id})`
      : `exists (select from migrate.id_map m where m.external_source = k.external_source and m.object = $3 and m.external_id = k.key and m.target_id = t.${id}::text)`;
    await client.query(
      `${ROW} select $1, $3, t.${id}::text, k.id, k.key, 'inserted' from (${keys}) k
         join ${name} t on t.external_source = k.external_source and t.external_id = k.key where ${known} ${ONCE}`,
      [runId, undone, object.name],
    );
  }
  if (!hasLedger(object)) {
    await client.query(
      `${ROW} select $1, $3, m.target_id, k.id, k.key, 'inserted' from (${keys}) k
         join migrate.id_map m on m.external_source = k.external_source and m.object = $3 and m.external_id = k.key and m.kind = 'row' ${ONCE}`,
      [runId, undone, object.name],
    );
  }
}

/** Rows with before-images: the oldest one counts. Rows that the run made are listed already. */
async function listImages(client: Client, { runId, undone, model }: Rollback, object: ModelObject): Promise<void> {
  const name = table(model.schema, object.table);
  const own = object.hasExternalId ? "b.row ->> 'external_id', " : "";
  await client.query(
    `${ROW} select $1, $3, b.target_id, b.origin_id, coalesce(${own}(select m.external_id from migrate.id_map m
           join migrate.origin o on o.external_source = m.external_source and o.id = b.origin_id
           where m.object = $3 and m.target_id = b.target_id and not m.alias limit 1), 'id ' || b.target_id),
         case when b.what = 'inserted' then 'inserted' when t.${ident(object.idColumn)} is null then 'deleted' else 'updated' end
       from (select distinct on (target_id) * from migrate.before_image where run_id = $2 and object = $3 order by target_id, id) b
       left join ${name} t on t.${ident(object.idColumn)} = b.target_id::${object.idType} ${ONCE}`,
    [runId, undone, object.name],
  );
  // deleted by somebody else after the run had changed it
  await client.query(
    `update migrate.rollback r set what = 'updated', state = 'gone' where r.run_id = $1 and r.object = $3 and r.what = 'deleted'
       and not exists (select from migrate.before_image b where b.run_id = $2 and b.object = $3 and b.target_id = r.target_id and b.what = 'deleted')`,
    [runId, undone, object.name],
  );
}

/** Rows of `association` that the run's links made. */
async function listLinks(client: Client, { runId, undone, model }: Rollback): Promise<void> {
  const object = model.objects.get("association")!;
  const id = ident(object.idColumn);
  await client.query(
    `${ROW} select distinct on (a.${id}) $1::int8, 'association', a.${id}::text, l.origin_id, 'id ' || a.${id}, 'inserted' from migrate.link l
       join ${table(model.schema, object.table)} a on (a.from_object, a.from_id, a.to_object, a.to_id) = (l.from_object, l.from_id, l.to_object, l.to_id)
         and coalesce(a.label, '') = l.label
     where l.run_id = $2 ${object.hasExternalId ? "and a.external_id is null" : ""}
       and not exists (select from migrate.link o where o.run_id <> $2 and (o.from_object, o.from_id, o.to_object, o.to_id, o.label)
         = (l.from_object, l.from_id, l.to_object, l.to_id, l.label))
       and not exists (select from migrate.undo u where u.run_id = $2 and u.name = 'link' and (u.row ->> 'from_object', u.row ->> 'from_id', u.row ->> 'to_object', u.row ->> 'to_id', u.row ->> 'label')
         = (l.from_object, l.from_id::text, l.to_object, l.to_id::text, l.label))
     ${ONCE}`,
    [runId, undone],
  );
}

/** SQL: the version of row `t` is one that we know, of whatever origin. Rows that nothing knows are as they were made. */
export function versionKnown(object: ModelObject, undone: string): string {
  const id = `t.${ident(object.idColumn)}`;
  const name = `'${object.name.replaceAll("'", "''")}'`;
  const image = `not exists (select from migrate.before_image b where b.run_id = ${Number(undone)} and b.object = ${name}
      and b.target_id = ${id}::text and b.what = 'inserted' and b.row is distinct from to_jsonb(t))`;
  const rows = hasLedger(object)
    ? `from migrate.ledger l join migrate.origin o on o.id = l.origin_id where o.object = ${name} and l.target_id = ${id} and l.version is not null`
    : `from migrate.id_map l where l.object = ${name} and l.target_id = ${id}::text and l.version is not null`;
  return `(exists (select ${rows} and l.version = t.xmin) or (not exists (select ${rows}) and ${image}))`;
}

async function refuseEdited(client: Client, { runId, undone, model }: Rollback, object: ModelObject): Promise<void> {
  const name = table(model.schema, object.table);
  const id = ident(object.idColumn);
  const at = `t.${id} = r.target_id::${object.idType}`;
  await client.query(
    `update migrate.rollback r set state = 'refused', reason = $3 from ${name} t
     where r.run_id = $1 and r.object = $2 and r.state = 'open' and r.what in ('inserted', 'updated') and ${at} and not ${versionKnown(object, undone)}`,
    [runId, object.name, EDITED],
  );
  await client.query(
    `update migrate.rollback r set state = 'gone' where r.run_id = $1 and r.object = $2 and r.state = 'open' and r.what = 'inserted'
       and not exists (select from ${name} t where ${at})`,
    [runId, object.name],
  );
}
