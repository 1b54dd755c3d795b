/** The rest of the state, once all rows are as they were. */
import type pg from "pg";
import { queries } from "../../store/queries.ts";
import type { Rollback } from "./list.ts";

type Client = pg.ClientBase;

/** Keys that tell the rows of a table of the state apart; null: nothing does, every noted row comes back. */
const TABLES: Readonly<Record<string, readonly string[] | null>> = {
  ledger: ["origin_id", "target_id"],
  id_map: ["external_source", "object", "external_id"],
  kept_edit: ["origin_id", "target_id", "field"],
  gone: ["origin_id", "key"],
  narrow: ["origin_id", "key"],
  waiting: null,
  link: null,
};

/** Tables whose rows belong to one run. */
const OF_RUN = ["watermark", "alias", "deferred", "retried"];

/** Rows of the state that belong to refused rows stay as the run left them. */
const REFUSED = `exists (select from migrate.rollback r join migrate.origin g on g.object = r.object
  where r.run_id = $2 and r.state = 'refused' and g.id = x.origin_id and r.target_id = x.target_id::text)`;
const REFUSED_BY_OBJECT = `exists (select from migrate.rollback r where r.run_id = $2 and r.state = 'refused' and r.object = x.object
  and r.target_id = x.target_id)`;

const DONE = `exists (select from migrate.rollback r join migrate.origin g on g.object = r.object
  where r.run_id = $2 and r.state = 'done' and g.id = x.origin_id and r.target_id = x.target_id::text)`;

/**
 * Takes away what the run has added to the state and puts back what it changed, as the triggers have noted it. Rows of the ledger
 * that belong to restored rows are right already.
 */
export async function restoreState(client: Client, { runId, undone }: Rollback): Promise<void> {
  for (const [name, keys] of Object.entries(TABLES)) {
    const there = await client.query<{ found: string | null }>("select to_regclass($1)::text as found", [
      `migrate.${name}`,
    ]);
    if (there.rows[0]!.found === null) continue;
    const keep =
      name === "ledger"
        ? `(${REFUSED} or ${DONE})`
        : name === "id_map"
          ? REFUSED_BY_OBJECT
          : name === "kept_edit"
            ? REFUSED
            : "false";
    await client.query(`delete from migrate.${name} x where x.run_id = $1 and not ${keep} and $2::int8 is not null`, [
      undone,
      runId,
    ]);
    const distinct = keys === null ? "" : `distinct on (${keys.map((key) => `u.row ->> '${key}'`).join(", ")})`;
    const order = keys === null ? "u.id" : `${keys.map((key) => `u.row ->> '${key}'`).join(", ")}, u.id`;
    await client.query("drop table if exists pg_temp.migrate_old");
    await client.query(
      `create temp table migrate_old as select x.* from (
         select ${distinct} u.row from migrate.undo u where u.run_id = ${Number(undone)} and u.name = '${name}' order by ${order}) o
       cross join lateral jsonb_populate_record(null::migrate.${name}, o.row) x`,
    );
    if (keep !== "false")
      await client.query(`delete from migrate_old x where ${keep} and $1::int8 is not null`, [undone, runId]);
    if (keys !== null) {
      await client.query(
        `delete from migrate.${name} x using migrate_old o where ${keys.map((key) => `x.${key} = o.${key}`).join(" and ")}`,
      );
    }
    const { rows } = await client.query<{ columns: string }>(
      `select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
       where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
      [`migrate.${name}`],
    );
    const { columns } = rows[0]!;
    await client.query(`insert into migrate.${name} (${columns}) select ${columns} from migrate_old`);
  }
  const marks = await client.query<{ found: string | null }>("select to_regclass('migrate.watermark')::text as found");
  if (marks.rows[0]!.found !== null) {
    // later runs wrote nothing, yet read on from where this one ended: what it brought has to be read again
    await client.query(
      `delete from migrate.watermark w using migrate.watermark own
       where own.run_id = $1 and w.origin_id = own.origin_id and w.source = own.source and w.run_id > own.run_id`,
      [undone],
    );
  }
  for (const name of OF_RUN) {
    const there = await client.query<{ found: string | null }>("select to_regclass($1)::text as found", [
      `migrate.${name}`,
    ]);
    if (there.rows[0]!.found !== null) await client.query(`delete from migrate.${name} where run_id = $1`, [undone]);
  }
  await queries
    .withSchema("migrate")
    .from("run")
    .connection(client)
    .where({ id: undone })
    .update({ status: "rolled back" });
}
