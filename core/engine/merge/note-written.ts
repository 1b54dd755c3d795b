/** Writing that goes past the merge: what was written is known all the same, and is no edit of the target. */
import type pg from "pg";
import type { ModelObject } from "../../schema.ts";
import { ident } from "../../store/quote.ts";
import { hasLedger } from "./plan.ts";
import { fieldHash, targetValues } from "./written.ts";

export interface WrittenRows {
  readonly object: ModelObject;
  /** Quoted name of its table. */
  readonly table: string;
  /** Target field that was written. */
  readonly field: string;
  /** Quoted name of a (temporary) table whose column `id` holds the rows. */
  readonly ids: string;
}

/**
 * Takes what the rows hold in the field now for what was written, in everything that knows them. The caller owns the transaction
 * and sets the versions.
 */
export async function noteWritten(client: pg.ClientBase, { object, table, field, ids }: WrittenRows): Promise<void> {
  const model = object.fields.get(field)!;
  const typed = model.typeField === null ? undefined : object.fields.get(model.typeField);
  const { rows } = await client.query<{ id: number; columns: string[] }>(
    "select id, columns from migrate.origin where object = $1",
    [object.name],
  );
  for (const origin of rows) {
    const place = origin.columns.findLastIndex((entry) => entry.startsWith(`${field} `));
    if (place < 0) continue;
    const types = origin.columns[place]!.slice(field.length + 1).split(" + ");
    const columns = [model, typed]
      .slice(0, types.length)
      .map((column, i) => ({ column: column!.column, type: types[i]! }));
    const written = { name: field, field: null as never, columns, custom: null, position: place + 1 };
    const hash = fieldHash(written, targetValues(written, "t"));
    const id = ident(object.idColumn);
    const state = hasLedger(object)
      ? `migrate.ledger l set written[${place + 1}] = ${hash} from ${table} t where l.origin_id = $1 and l.target_id = t.${id}`
      : `migrate.id_map l set written[${place + 1}] = ${hash} from ${table} t where l.origin_id = $1 and l.object = '${object.name.replaceAll("'", "''")}'
          and l.kind in ('row', 'match') and l.target_id = t.${id}::text`;
    await client.query(`update ${state} and l.written is not null and t.${id} in (select i.id from ${ids} i)`, [
      origin.id,
    ]);
  }
}
