/** Records that refer to rows whose ids lead elsewhere now: they no longer count as unchanged. */
import type pg from "pg";
import { ident, table } from "../../store/quote.ts";
import { hasLedger, type MergePlan } from "./plan.ts";

/**
 * Takes the hashes away from all records of this migration that refer to one of these rows of the plan's object, so that their
 * references are looked up anew: by stages that come later in this run, else by the next run.
 */
export async function lookAgain(client: pg.ClientBase, plan: MergePlan, rows: readonly string[]): Promise<void> {
  if (rows.length === 0) return;
  const { model, object, sourceName } = plan;
  const ours = "(o.external_source = $3 or starts_with(o.external_source, $3 || '/'))";
  for (const from of model.objects.values()) {
    const references = [...from.fields.values()].filter((field) => field.lookup?.includes(object.name) === true);
    if (references.length === 0) continue;
    const named = references.map((field) => {
      const type = field.typeField === null ? undefined : from.fields.get(field.typeField);
      return `(t.${ident(field.column)}::text = any($1)${type === undefined ? "" : ` and t.${ident(type.column)} = $2`})`;
    });
    const refers = `from ${table(model.schema, from.table)} t where (${named.join(" or ")})`;
    if (from.name === "association") {
      await clearAssociated(client, plan, rows);
      continue;
    }
    const id = ident(from.idColumn);
    await client.query(
      hasLedger(from)
        ? `update migrate.ledger g set hash = null from migrate.origin o
           where o.id = g.origin_id and o.object = $4 and ${ours} and g.hash is not null and $2::text is not null
             and g.target_id in (select t.${id} ${refers})`
        : `update migrate.id_map g set hash = null from migrate.origin o
           where o.id = g.origin_id and g.object = $4 and ${ours} and g.hash is not null and $2::text is not null
             and g.target_id in (select t.${id}::text ${refers})`,
      [rows, object.name, sourceName, from.name],
    );
  }
}

/** Records whose associations lead to the rows. */
async function clearAssociated(client: pg.ClientBase, plan: MergePlan, rows: readonly string[]): Promise<void> {
  const links = table(plan.model.schema, plan.model.objects.get("association")!.table);
  await client.query(
    `update migrate.ledger g set hash = null from migrate.origin o, ${links} a
     where o.id = g.origin_id and (o.external_source = $3 or starts_with(o.external_source, $3 || '/')) and g.hash is not null
       and a.to_object = $2 and a.to_id::text = any($1) and o.object = a.from_object and g.target_id::text = a.from_id::text`,
    [rows, plan.object.name, plan.sourceName],
  );
}
