/** References that are set after their rows, where the target was edited since: the same decision as in the merge of a chunk. */
import type pg from "pg";
import { ident } from "../../store/quote.ts";
import type { Counts } from "../counts.ts";
import { type Sql, type Statement, statement } from "../sql.ts";
import { noteConflicts, noteKept } from "./kept-edits.ts";
import { type LookupPlan, lookupTable, type MergePlan } from "./plan.ts";
import {
  DIFFERING,
  differingRows,
  isAtStake,
  isConflict,
  knownRow,
  policyOf,
  threeWayTables,
  valuesJson,
} from "./three-way.ts";
import { fieldHash, targetHash, targetValues, type WrittenField, writtenArray } from "./written.ts";

const run = (client: pg.ClientBase, { text, values }: Statement) => client.query(text, values);

function fieldOf(plan: MergePlan, lookup: LookupPlan): WrittenField | null {
  const written = plan.written.find(({ field }) => field === lookup.field);
  return written !== undefined && isAtStake(plan, written) ? written : null;
}

const newValues = ({ columns }: WrittenField): string[] =>
  [`l.id::${columns[0]!.type}`, `l.object::${columns[1]?.type ?? "text"}`].slice(0, columns.length);

/**
 * Decides which rows keep the reference that they have, and notes those. `waiting` and `key`: the rows `d` of migrate.deferred, and
 * what leads to `l`, the lookup's table; where nothing is found the source's value is empty. Which side is newer cannot be told any
 * more: `newest` is `review` here.
 */
export async function keepDeferred(
  client: pg.ClientBase,
  plan: MergePlan,
  lookup: LookupPlan,
  waiting: (sql: Sql) => string,
  key: string,
  counts: Counts,
): Promise<void> {
  const written = fieldOf(plan, lookup);
  if (written === null || plan.threeWay === null) return;
  const { threeWay } = plan;
  for (const text of threeWayTables) await client.query(text);
  const id = ident(plan.object.idColumn);
  const from = (sql: Sql): string => `migrate.deferred d
    left join ${ident(lookupTable(lookup))} l on l.k = ${key} and l.n = 1
    join ${plan.table} t on t.${id} = d.target_id::${plan.object.idType}
    join ${knownRow(plan, "d.key", `t.${id}`, sql)}`;
  const found = await run(
    client,
    statement((sql) =>
      differingRows(
        plan,
        `select distinct on (d.target_id) null::int8 as line, d.key, d.target_id as tid, ${written.position} as position,
          ${sql.param(written.name, "text")} as name, ${sql.param(policyOf(written, threeWay), "text")} as policy,
          ${fieldHash(written, newValues(written))} as src, ${targetHash(written, "t")} as tgt, null::bool as later, null::text as newest,
          b.written, b.origin_id, b.version is distinct from t.xmin as edited
        from ${from(sql)}
        where ${waiting(sql)} and ${fieldHash(written, newValues(written))} <> ${targetHash(written, "t")}
        order by d.target_id, l.id is null`,
        sql,
      ),
    ),
  );
  if ((found.rowCount ?? 0) === 0) return;
  await run(
    client,
    statement(
      (
        sql,
      ) => `update ${DIFFERING} x set source = ${valuesJson(written, newValues(written))}, target = ${valuesJson(written, targetValues(written, "t"))},
          reference = case when l.id is null then d.reference end
        from ${from(sql)} where ${waiting(sql)} and d.target_id = x.target_id`,
    ),
  );
  const which = `d.position = ${written.position}`;
  await run(client, noteKept(plan, which));
  // rows of a cycle were decided when they went in, without the parents that are there now
  const before = await run(
    client,
    statement(
      (sql) => `delete from migrate.conflict c using ${DIFFERING} d where c.run_id = ${sql.param(plan.runId, "int8")}
        and c.origin_id = ${sql.param(plan.originId, "int4")} and c.field = d.name and c.target_id = d.target_id
        and ${isConflict} and ${which}`,
    ),
  );
  const listed = await run(client, noteConflicts(plan, which));
  counts.conflicts = (counts.conflicts ?? 0) + (listed.rowCount ?? 0) - (before.rowCount ?? 0);
}

/** SQL that is true for rows `d` whose reference stays as it is, after `keepDeferred`. */
export function leftAlone(plan: MergePlan, lookup: LookupPlan): string {
  const written = fieldOf(plan, lookup);
  if (written === null) return "false";
  return `exists (select from ${DIFFERING} k where k.kept and k.position = ${written.position} and k.target_id = d.target_id)`;
}

/** SQL of `written` once the references of a row are set: over `known` (its row of the state), `t` and `d.fields` (what was deferred). */
export function writtenDeferred(plan: MergePlan, known: string): string {
  const deferred = new Map(
    plan.lookups.filter(({ kind }) => kind === "deferred" || kind === "self").map((lookup) => [lookup.field, lookup]),
  );
  const fields = plan.written.filter(({ field }) => deferred.has(field));
  if (fields.length === 0) return `${known}.written`;
  return writtenArray(plan.written, (written) => {
    const old = `${known}.written[${written.position}]`;
    const lookup = deferred.get(written.field);
    if (lookup === undefined) return old;
    const now = targetHash(written, "t");
    const set = `case when '${written.name.replaceAll("'", "''")}' = any(d.fields) then ${now} else ${old} end`;
    if (fieldOf(plan, lookup) === null) return set;
    return `coalesce((select case when e.reason in ('target', 'newest') then e.source else coalesce(${old}, e.target # 1) end
      from migrate.kept_edit e where e.origin_id = ${Number(plan.originId)} and e.target_id = t.${ident(plan.object.idColumn)}::text
        and e.field = '${written.name.replaceAll("'", "''")}'), ${set})`;
  });
}
