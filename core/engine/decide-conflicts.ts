/** Decisions of people about conflicts: applied to the target, field by field, with before-images. */
import type pg from "pg";
import type { ModelObject, TargetModel } from "../schema.ts";
import { ident, literal, table } from "../store/quote.ts";
import { conflictText } from "./conflict-file.ts";
import { knownSql } from "./known-rows.ts";
import { hasLedger } from "./merge/plan.ts";
import { STAMP } from "./merge/three-way.ts";
import { hashOfColumns, hashSql } from "./merge/written.ts";

export interface ConflictDecision {
  readonly object: string;
  /** Mapping id. */
  readonly mapping: string;
  readonly targetId: string;
  /** As in conflicts.csv: `custom.<key>` for custom fields. */
  readonly field: string;
  /** `source`, `target`, or `{ value }`: a text that the column reads (an id of the target for a reference); null empties it. */
  readonly decision: "source" | "target" | { readonly value: string | null };
}

/**
 * applied: the row was changed. kept: the target's value stays, and the source's is known now. same: both sides hold the same by
 * now, and it is no conflict any more. none: there is no open conflict of this field. edited: the target was edited again since.
 * listed: a later run has listed it with other values. gone: the row is no longer there. refused: the target did not take it.
 * What is edited, listed or refused stays open, and is listed again.
 */
export type DecidedAs = "applied" | "kept" | "same" | "none" | "edited" | "listed" | "gone" | "refused";

export interface Decided extends ConflictDecision {
  readonly key: string | null;
  readonly result: DecidedAs;
  /** The source's value, and the target's before the decision, as conflicts.csv tells them; null: not known. */
  readonly source: string | null;
  readonly target: string | null;
  /** It is in conflicts.csv of this run, too. */
  readonly open: boolean;
  /** Why it was refused. */
  readonly reason?: string;
}

interface Open {
  readonly origin: number;
  readonly key: string;
  readonly source: Record<string, unknown>;
  /** The same as JSON, its numbers exact. */
  readonly exact: string;
  readonly hash: number;
  readonly target: number;
  readonly columns: readonly string[];
  readonly reference: string | null;
  readonly conflict: string;
  /** It was decided by what an earlier run has listed, which was something else. */
  readonly later: boolean;
}

/** The conflict as the last run that was not undone has listed it. */
async function openConflict(
  client: pg.ClientBase,
  decision: ConflictDecision,
  listedBy: string | null,
): Promise<Open | null> {
  const { rows } = await client.query<Open>(
    `select o.id as origin, c.key, c.source, c.source::text as exact, e.source as hash, e.target, o.columns, c.reference, c.ctid::text as conflict,
       coalesce((select (l.source, l.target, l.reference) is distinct from (c.source, c.target, c.reference) from migrate.conflict l
         where l.run_id = $5 and l.origin_id = c.origin_id and l.target_id = c.target_id and l.field = c.field
         order by l.ctid desc limit 1), false) as later
     from migrate.origin o join migrate.conflict c on c.origin_id = o.id
     join migrate.kept_edit e on e.origin_id = o.id and e.target_id = c.target_id and e.field = c.field
     join migrate.run r on r.id = c.run_id and r.status <> 'rolled back'
     where o.object = $1 and o.mapping = $2 and c.target_id = $3 and c.field = $4 order by c.run_id desc, c.ctid desc limit 1`,
    [decision.object, decision.mapping, decision.targetId, decision.field, listedBy],
  );
  return rows[0] ?? null;
}

/** Key of the record, where a conflict of the field was ever listed. */
async function listedKey(client: pg.ClientBase, decision: ConflictDecision): Promise<string | null> {
  const { rows } = await client.query<{ key: string }>(
    `select c.key from migrate.origin o join migrate.conflict c on c.origin_id = o.id
     where o.object = $1 and o.mapping = $2 and c.target_id = $3 and c.field = $4 order by c.run_id desc limit 1`,
    [decision.object, decision.mapping, decision.targetId, decision.field],
  );
  return rows[0]?.key ?? null;
}

/** Applies one decision, in a savepoint of the caller's transaction. */
async function decideOne(
  client: pg.ClientBase,
  model: TargetModel,
  runId: string,
  decision: ConflictDecision,
  listedBy: string | null,
): Promise<Decided> {
  const object = model.objects.get(decision.object);
  const open = object === undefined ? null : await openConflict(client, decision, listedBy);
  if (object === undefined || open === null) {
    const key = await listedKey(client, decision);
    return { ...decision, key, result: "none", source: null, target: null, open: false };
  }
  const place = open.columns.findLastIndex((entry) => entry.startsWith(`${decision.field} `));
  const types = (open.columns[place] ?? "").slice(decision.field.length + 1).split(" + ");
  const names = Object.keys(open.source);
  const custom = decision.field.startsWith("custom.");
  const read = (alias: string) =>
    names.map((name) => (custom ? `(${alias}.custom -> ${literal(name)})` : `${alias}.${ident(name)}`));
  const hash = hashOfColumns(read("t").map((value, i) => hashSql(value, types[i] ?? "text")));
  const [name, id] = [table(model.schema, object.table), ident(object.idColumn)];
  const own = `t.${id} = ($1::text)::${object.idType}`;
  const present = names.map((each, i) => `${literal(each)}, ${read("t")[i]!}`).join(", ");
  const { rows } = await client.query<{ now: number; was: string; present: string }>(
    `select ${hash} as now, t.xmin::text as was, jsonb_build_object(${present})::text as present from ${name} t where ${own} for update`,
    [decision.targetId],
  );
  const done = (result: DecidedAs, reason?: string): Decided => ({
    ...decision,
    key: open.key,
    result,
    source: open.reference ?? conflictText(open.source),
    target: rows[0] === undefined ? null : conflictText(JSON.parse(rows[0].present) as Record<string, unknown>),
    open: false,
    ...(reason === undefined ? {} : { reason }),
  });
  if (rows[0] === undefined) return done("gone");
  const stillOpen = async (result: DecidedAs, reason?: string): Promise<Decided> => {
    await listAgain(client, runId, decision, open, rows[0]!);
    return { ...done(result, reason), open: true };
  };
  if (rows[0].now === open.hash) {
    const [known, values] = knownRow(object, open, decision);
    await client.query(
      `update ${known} l set written[${place + 1}] = ${open.hash} from ${name} t where ${own} and ${values}`,
      [decision.targetId],
    );
    await forgetEdit(client, decision, open);
    await client.query("update migrate.conflict set decision = 'target' where ctid = $1::tid", [open.conflict]);
    return done("same");
  }
  if (rows[0].now !== open.target) return stillOpen("edited");
  if (open.later) return stillOpen("listed");
  const settled = typeof decision.decision === "string" ? decision.decision : "value";
  if (decision.decision !== "target") {
    await client.query("savepoint decision");
    try {
      await setValues(client, object, name, runId, open, decision, custom ? null : names);
      await client.query("release savepoint decision");
    } catch (error) {
      await client.query("rollback to savepoint decision");
      if (!/^(22|23|P0|44)/.test((error as { code?: string }).code ?? "")) throw error;
      return stillOpen("refused", (error as Error).message);
    }
  }
  const [known, values] = knownRow(object, open, decision);
  await client.query(
    `update ${known} l set written[${place + 1}] = ${settled === "source" ? hash : open.hash}, version = case when $2 then t.xmin else l.version end
     from ${name} t where ${own} and ${values}`,
    [decision.targetId, settled !== "target"],
  );
  if (settled !== "target") {
    await carry(client, object, name, decision.targetId, rows[0].was);
    if (isStamped(object, custom ? [] : names)) await noteStamp(client, object, name, decision.targetId, runId);
  }
  if (settled === "source") {
    await forgetEdit(client, decision, open);
  } else {
    await client.query(
      `update migrate.kept_edit e set reason = 'decided', run_id = $4, target = ${hash} from ${name} t
       where e.origin_id = $2 and e.target_id = $1 and e.field = $3 and ${own}`,
      [decision.targetId, open.origin, decision.field, runId],
    );
  }
  await client.query("update migrate.conflict set decision = $2 where ctid = $1::tid", [open.conflict, settled]);
  return done(settled === "target" ? "kept" : "applied");
}

async function forgetEdit(client: pg.ClientBase, { targetId, field }: ConflictDecision, { origin }: Open) {
  await client.query("delete from migrate.kept_edit where origin_id = $1 and target_id = $2 and field = $3", [
    origin,
    targetId,
    field,
  ]);
}

/** Lists a conflict that stays open in this run, too, with what the target holds now: it is explained, and can be decided anew. */
async function listAgain(
  client: pg.ClientBase,
  runId: string,
  { targetId, field }: ConflictDecision,
  { origin, conflict }: Open,
  { now, present }: { readonly now: number; readonly present: string },
): Promise<void> {
  await client.query(
    `insert into migrate.conflict (run_id, origin_id, target_id, key, field, policy, decision, written, source, target, reference)
     select $1, c.origin_id, c.target_id, c.key, c.field, c.policy, c.decision, c.written, c.source, $3::jsonb, c.reference
     from migrate.conflict c where c.ctid = $2::tid`,
    [runId, conflict, present],
  );
  await client.query(
    `update migrate.kept_edit set run_id = $4, target = $5
     where origin_id = $1 and target_id = $2 and field = $3`,
    [origin, targetId, field, runId, now],
  );
}

/** Others that knew the row before know it after; see merge/neighbours.ts. */
async function carry(client: pg.ClientBase, object: ModelObject, name: string, targetId: string, was: string) {
  const id = ident(object.idColumn);
  const row = `t.${id} = ($1::text)::${object.idType} and l.version = $2::text::xid`;
  await client.query(
    hasLedger(object)
      ? `update migrate.ledger l set version = t.xmin from ${name} t where ${row} and l.target_id = t.${id}
           and l.origin_id in (select o.id from migrate.origin o where o.object = $3)`
      : `update migrate.id_map l set version = t.xmin from ${name} t where ${row} and l.target_id = t.${id}::text and l.object = $3`,
    [targetId, was, object.name],
  );
}

/** The row's own time is set by a decision about these columns. */
const isStamped = ({ hasTimestamps }: ModelObject, names: readonly string[]): boolean =>
  hasTimestamps && !names.includes(STAMP);

/** Where mappings say when a record was changed: the time of the decision is later, and stays. */
async function noteStamp(client: pg.ClientBase, object: ModelObject, name: string, targetId: string, runId: string) {
  const id = ident(object.idColumn);
  const from = `migrate.origin o join ${name} t on o.object = $2 and t.${id} = ($1::text)::${object.idType} join ${knownSql(object)}`;
  const { rows } = await client.query<{ origin: number; columns: readonly string[] | null }>(
    `select distinct o.id as origin, o.columns from ${from}`,
    [targetId, object.name],
  );
  for (const { origin, columns } of rows) {
    const place = columns?.findLastIndex((entry) => entry.startsWith(`${STAMP} `)) ?? -1;
    if (place < 0) continue;
    const hash = hashOfColumns([hashSql(`t.${STAMP}`, columns![place]!.slice(STAMP.length + 1))]);
    await client.query(
      `insert into migrate.kept_edit (origin_id, target_id, field, run_id, reason, source, target)
       select o.id, $1::text, '${STAMP}', $3, 'newest', coalesce(l.written[${place + 1}], 0), ${hash} from ${from} where o.id = $4 limit 1
       on conflict (origin_id, target_id, field) do update
         set run_id = excluded.run_id, reason = excluded.reason, target = excluded.target`,
      [targetId, object.name, runId, origin],
    );
  }
}

/** The row of the state that knows the record, and its condition. */
function knownRow(object: ModelObject, open: Open, decision: ConflictDecision): [string, string] {
  if (hasLedger(object))
    return ["migrate.ledger", `l.origin_id = ${Number(open.origin)} and l.target_id = t.${ident(object.idColumn)}`];
  return [
    "migrate.id_map",
    `l.origin_id = ${Number(open.origin)} and l.object = ${literal(decision.object)} and l.kind in ('row', 'match')
      and l.target_id = t.${ident(object.idColumn)}::text`,
  ];
}

/** Writes the source's value, or one's own; `names` null: a key of `custom`. */
async function setValues(
  client: pg.ClientBase,
  object: ModelObject,
  name: string,
  runId: string,
  open: Open,
  { targetId, decision }: ConflictDecision,
  names: readonly string[] | null,
): Promise<void> {
  const own = `t.${ident(object.idColumn)} = ($1::text)::${object.idType}`;
  await client.query(
    `insert into migrate.before_image (run_id, origin_id, object, target_id, row, was)
     select $2, $3, $4, $1::text, to_jsonb(t), t.xmin from ${name} t where ${own}`,
    [targetId, runId, open.origin, object.name],
  );
  const value = typeof decision === "string" ? undefined : decision.value;
  const stamp = isStamped(object, names ?? []) ? `, ${STAMP} = now()` : "";
  if (names === null) {
    const key = literal(Object.keys(open.source)[0]!);
    const json = value === undefined ? Object.values(open.source)[0] : value;
    await client.query(
      `update ${name} t set custom = nullif(case when $2::jsonb = 'null'::jsonb then coalesce(t.custom, '{}') - ${key}
         else coalesce(t.custom, '{}') || jsonb_build_object(${key}, $2::jsonb) end, '{}')${stamp} where ${own}`,
      [targetId, JSON.stringify(json ?? null)],
    );
    return;
  }
  // the first column is the value; one that names the object of a reference stays with one's own value
  const columns = (value === undefined ? names : names.slice(0, 1)).map(ident);
  if (value !== undefined) {
    const type = [...object.fields.values()].find((field) => field.column === names[0])!.columnType;
    await client.query(`update ${name} t set ${columns[0]} = $2::text::${type}${stamp} where ${own}`, [
      targetId,
      value,
    ]);
    return;
  }
  await client.query(
    `update ${name} t set ${columns.map((column) => `${column} = x.${column}`).join(", ")}${stamp}
     from jsonb_populate_record(null::${name}, $2::jsonb) x where ${own}`,
    [targetId, open.exact],
  );
}

/**
 * Applies decisions in order, in the caller's transaction, on a connection of the run (see `noteRun`). A decision for the source, or
 * for a value of one's own, changes the row; one for the target makes the source's value known, so that it is no conflict any
 * more. Only conflicts that are open as the last run left them are decided: each result says what became of it. `listedBy`: the run
 * whose list was decided; what a later one has listed with other values is not what people have seen, and stays open.
 */
export async function decideConflicts(
  client: pg.ClientBase,
  model: TargetModel,
  runId: string,
  decisions: readonly ConflictDecision[],
  listedBy: string | null = null,
): Promise<readonly Decided[]> {
  const results: Decided[] = [];
  const open = new Map<string, Decided>();
  for (const decision of decisions) {
    const { object, mapping, targetId, field } = decision;
    const id = JSON.stringify([object, mapping, targetId, field]);
    // a field that the file decides twice: what was just listed again is not decided by the second row
    const before = open.get(id);
    const decided =
      before === undefined
        ? await decideOne(client, model, runId, decision, listedBy)
        : { ...before, decision: decision.decision };
    if (decided.open) open.set(id, decided);
    results.push(decided);
  }
  return results;
}
