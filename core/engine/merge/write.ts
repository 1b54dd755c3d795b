/** Writes the resolved rows, and finds out which of them the target refuses. */
import type pg from "pg";
import { type Statement, statement } from "../sql.ts";
import { assignIds, insertResolved } from "./insert.ts";
import { type LineRange, type MergePlan, RESOLVED, STAGE } from "./plan.ts";
import { attempt, refusalReason, writeApart } from "./refused.ts";
import { updateChanged } from "./update.ts";

function writeStatements(plan: MergePlan, range: LineRange | null): Statement[] {
  const assign = plan.ledger ? [] : [statement((sql) => assignIds(plan, sql, range))];
  return [
    ...assign,
    statement((sql) => insertResolved(plan, sql, range)),
    statement((sql) => updateChanged(plan, sql, range)),
  ];
}

const whole = new WeakMap<MergePlan, Statement[]>();

async function write(client: pg.ClientBase, plan: MergePlan, range: LineRange | null): Promise<void> {
  let statements = range === null ? whole.get(plan) : undefined;
  if (statements === undefined) {
    statements = writeStatements(plan, range);
    if (range === null) whole.set(plan, statements);
  }
  for (const { text, values } of statements) await client.query(text, values);
}

interface Refusal {
  readonly line: string;
  readonly field: string | null;
  readonly reason: string;
}

/**
 * Inserts what is resolved as new and updates what is there and differs, in two statements. When the target refuses a row,
 * halves are written until the refused ones stand alone: those are resolved as rejects (TARGET_REFUSED), all others are in.
 */
export async function writeResolved(client: pg.ClientBase, plan: MergePlan): Promise<void> {
  const { refused } = await attempt(client, () => write(client, plan, null));
  if (refused === null) return;
  for (const name of [STAGE, RESOLVED]) await client.query(`create index ${name}_line on ${name} (line)`);
  for (const name of [STAGE, RESOLVED]) await client.query(`analyze ${name}`);
  const { rows } = await client.query<{ line: string }>(
    `select line from ${RESOLVED} where verdict in ('i', 'x') order by line`,
  );
  const refusals: Refusal[] = [];
  await writeApart(
    client,
    rows.length,
    (from, to) => write(client, plan, { from: rows[from]!.line, to: rows[to]!.line }),
    (at, error) => refusals.push({ line: rows[at]!.line, field: error.column ?? null, reason: refusalReason(error) }),
  );
  await client.query(
    `update ${RESOLVED} r set verdict = 'r', code = 'TARGET_REFUSED', field = x.field, value = null, detail = x.reason
     from jsonb_to_recordset($1::jsonb) as x(line int8, field text, reason text) where r.line = x.line`,
    [JSON.stringify(refusals)],
  );
  await client.query(`drop index ${STAGE}_line, ${RESOLVED}_line`);
}
