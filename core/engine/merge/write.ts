/** Writes the resolved rows, and finds out which of them the target refuses. */
import type pg from "pg";
import { type Statement, statement } from "../sql.ts";
import { assignIds, insertResolved } from "./insert.ts";
import { cycleRefused, PARENTS, parentRefused } from "./parents.ts";
import { type Families, parentsFirst } from "./parents-first.ts";
import { type LineRange, type MergePlan, RESOLVED, STAGE } from "./plan.ts";
import { attempt, refusalReason, writeApart } from "./refused.ts";
import type { SelfPolicy } from "./resolve.ts";
import { updateChanged } from "./update.ts";

/** Why a row that the target left out in silence is a reject. */
export const LEFT_OUT =
  "the target did not take the row: a trigger left it out, or another session inserted this external id at the same time";

/** The target left a row out in silence that others refer to: the foreign key would not hold. */
class LeftOutError extends Error {
  readonly code = "23503";
}

function writeStatements(plan: MergePlan, range: LineRange | null, families: boolean): Statement[] {
  const assign = plan.ledger || families ? [] : [statement((sql) => assignIds(plan, sql, range))];
  return [
    ...assign,
    statement((sql) => insertResolved(plan, sql, range, families)),
    statement((sql) => updateChanged(plan, sql, range)),
  ];
}

const whole = new WeakMap<MergePlan, Map<boolean, Statement[]>>();

function wholeStatements(plan: MergePlan, families: boolean): Statement[] {
  const kept = whole.get(plan) ?? new Map<boolean, Statement[]>();
  whole.set(plan, kept);
  const statements = kept.get(families) ?? writeStatements(plan, null, families);
  kept.set(families, statements);
  return statements;
}

async function write(
  client: pg.ClientBase,
  plan: MergePlan,
  range: LineRange | null,
  families: boolean,
): Promise<void> {
  const statements = range === null ? wholeStatements(plan, families) : writeStatements(plan, range, families);
  for (const { text, values } of statements) await client.query(text, values);
  if (!families) return;
  const { rowCount } = await client.query(
    `select 1 from ${RESOLVED} r join ${PARENTS} e on e.parent = r.line join ${RESOLVED} c on c.line = e.line and c.verdict in ('i', 'x', 'u')
     where r.verdict = 'i' and r.tid is null ${range === null ? "" : "and r.place between $1 and $2"} limit 1`,
    range === null ? [] : [range.from, range.to],
  );
  if (rowCount !== 0) throw new LeftOutError();
}

interface Refusal {
  readonly line: string;
  readonly code: string;
  readonly field: string | null;
  readonly reason: string;
}

function refusalOf(line: string, error: pg.DatabaseError): Refusal {
  if (error instanceof LeftOutError) return { line, code: "TARGET_CONFLICT", field: null, reason: LEFT_OUT };
  return { line, code: "TARGET_REFUSED", field: error.column ?? null, reason: refusalReason(error) };
}

async function saveRefusals(client: pg.ClientBase, refusals: readonly Refusal[]): Promise<void> {
  await client.query(
    `update ${RESOLVED} r set verdict = 'r', code = x.code, field = x.field,
       value = case when x.code = 'TARGET_CONFLICT' then r.key end, detail = x.reason
     from jsonb_to_recordset($1::jsonb) as x(line int8, code text, field text, reason text) where r.line = x.line`,
    [JSON.stringify(refusals)],
  );
}

/** Lines of the rows to be written, in order. */
async function linesToWrite(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `select line from ${RESOLVED} where verdict in ('i', 'x') order by line`,
  );
  return rows.map(({ line }) => line);
}

async function writeLines(client: pg.ClientBase, plan: MergePlan): Promise<void> {
  const lines = await linesToWrite(client);
  const refusals: Refusal[] = [];
  await writeApart(
    client,
    lines.length,
    (from, to) => write(client, plan, { from: lines[from]!, to: lines[to]! }, false),
    (at, error) => {
      refusals.push(refusalOf(lines[at]!, error));
    },
  );
  await saveRefusals(client, refusals);
}

/** Rows that refer to each other have one place; parents have a place before their children's. */
async function placeFamilies(client: pg.ClientBase, lines: readonly string[]): Promise<Families> {
  const index = new Map(lines.map((line, at) => [line, at]));
  const { rows } = await client.query<{ line: string; parent: string }>(
    `select line, parent from ${PARENTS} where parent is not null`,
  );
  const within = rows.filter(({ line, parent }) => index.has(line) && index.has(parent));
  const families = parentsFirst(
    lines.length,
    within.map(({ line }) => index.get(line)!),
    within.map(({ parent }) => index.get(parent)!),
  );
  const places = new Array<number>(lines.length);
  for (let place = 0; place + 1 < families.starts.length; place++) {
    for (let at = families.starts[place]!; at < families.starts[place + 1]!; at++) places[families.order[at]!] = place;
  }
  await client.query(
    `update ${RESOLVED} r set place = x.place from unnest($1::int8[], $2::int4[]) as x(line, place) where r.line = x.line`,
    [lines, places],
  );
  await client.query(`create index ${RESOLVED}_place on ${RESOLVED} (place)`);
  return families;
}

/** Like `writeLines`, parents before their children; what refers to a refused row does not go in with it. */
async function writeFamilies(client: pg.ClientBase, plan: MergePlan, policy: SelfPolicy): Promise<void> {
  const lines = await linesToWrite(client);
  const { order, starts } = await placeFamilies(client, lines);
  await writeApart(
    client,
    starts.length - 1,
    (from, to) => write(client, plan, { by: "place", from: String(from), to: String(to) }, true),
    async (at, error) => {
      const members = [...order.subarray(starts[at]!, starts[at + 1]!)].map((row) => lines[row]!);
      if (members.length > 1) return cycleRefused(client, plan, members);
      const line = members[0]!;
      await saveRefusals(client, [refusalOf(line, error)]);
      await parentRefused(client, plan, policy, line);
    },
  );
  await client.query(`drop index ${RESOLVED}_place`);
}

/**
 * Inserts what is resolved as new and updates what is there and differs, in two statements. When the target refuses a row,
 * halves are written until the refused ones stand alone: those are resolved as rejects (TARGET_REFUSED), all others are in.
 * `families`: rows refer to each other by ids that were given out; the policy for what refers to a refused one.
 */
export async function writeResolved(
  client: pg.ClientBase,
  plan: MergePlan,
  families: SelfPolicy | null = null,
): Promise<void> {
  const { refused } = await attempt(client, () => write(client, plan, null, families !== null));
  if (refused === null) return;
  for (const name of [STAGE, RESOLVED]) await client.query(`create index ${name}_line on ${name} (line)`);
  for (const name of [STAGE, RESOLVED]) await client.query(`analyze ${name}`);
  if (families === null) await writeLines(client, plan);
  else await writeFamilies(client, plan, families);
  await client.query(`drop index ${STAGE}_line, ${RESOLVED}_line`);
}
