/**
 * What we wrote, what the source says now, what the target holds now: decided per field for all known rows of a chunk at once,
 * before anything is written. A field that only one side changed is that side's; what both changed goes by policy.
 */
import type pg from "pg";
import { addsInJson, addsTo } from "../../mapping/appended.ts";
import type { ConflictPolicy } from "../../mapping/types.ts";
import { ident, literal } from "../../store/quote.ts";
import { type Sql, type Statement, statement } from "../sql.ts";
import { type LookupPlan, type MergePlan, RESOLVED, STAGE, stagedValue } from "./plan.ts";
import { fieldHash, type ThreeWay, targetHash, targetValues, type WrittenField } from "./written.ts";

/**
 * Temporary table of the fields that differ because the target was edited: one row per record and field. `reason`: edited (the
 * source did not change it), or the policy where both did; `decision`: source, target, or null (open).
 */
export const DIFFERING = "migrate_differing";
/** Temporary table of what the update leaves alone: positions in `written`, and keys of `custom`. */
export const KEEP = "migrate_keep";

/** SQL that is true for a row `d` of DIFFERING that both sides changed. */
export const isConflict = "d.reason not in ('edited', 'stamp')";

/** Statements that create both on a connection, and empty them. */
export const threeWayTables: readonly string[] = [
  `create temp table if not exists ${DIFFERING} (line int8, key text, target_id text, position int4, name text, reason text, decision text,
     kept bool, base int4, src int4, tgt int4, source jsonb, target jsonb, reference text)`,
  `create temp table if not exists ${KEEP} (line int8 primary key, fields int4[] not null, custom text[] not null)`,
  `truncate ${DIFFERING}, ${KEEP}`,
];

/** A field as the staged rows `s`, resolved as `r`, have it. */
interface StagedField {
  readonly written: WrittenField;
  /** SQL that is true where the source says something, null included. */
  readonly said: string;
  /** SQL of the new values, in the types of the columns. */
  readonly values: readonly string[];
  /** SQL that is true for a list that only adds to what the target has: there is nothing to decide. Absent: it never does. */
  readonly adds?: string;
  /** Of a lookup: SQL of what the source refers to where that is not there, null elsewhere. The value is empty then. */
  readonly reference?: string;
}

/** Which field tells when the target, or the source, was last changed. */
export const STAMP = "updated_at";

function stagedLookup(written: WrittenField, lookup: LookupPlan): StagedField {
  const reference = `s.${ident(lookup.column.name)}`;
  const types = written.columns.map(({ type }) => type);
  if (lookup.kind === "deferred") {
    // set later; but a source that says "none" clears it now
    return {
      written,
      said: lookup.column.keepOnNull ? "false" : `${reference} is null`,
      values: types.map((type) => `null::${type}`),
    };
  }
  const id = `r.${ident(`r_${lookup.column.name}`)}`;
  const object = `r.${ident(`o_${lookup.column.name}`)}`;
  const values = [`${id}::${types[0]!}`];
  if (types.length > 1) values.push(`case when ${id} is not null then ${object} end::${types[1]!}`);
  return {
    written,
    said: lookup.column.keepOnNull ? `${reference} is not null` : "true",
    values,
    reference: `case when r.${ident(`m_${lookup.column.name}`)} then ${reference} end`,
  };
}

/** SQL that is true where a staged row says something about the field; for the ledger, after the row was written. */
export function saidSql(plan: MergePlan, written: WrittenField): string {
  return stagedField(plan, written)?.said ?? "true";
}

function stagedField(plan: MergePlan, written: WrittenField): StagedField | null {
  if (written.custom !== null) {
    if (plan.custom === null) return null;
    const staged = `s.${ident(plan.custom.name)}`;
    const key = literal(written.custom);
    return {
      written,
      said: `coalesce(${staged} ? ${key}, false)`,
      values: [`nullif(${staged} -> ${key}, 'null'::jsonb)`],
      ...(written.field.appends === true ? { adds: addsInJson(`${staged} -> ${key}`) } : {}),
    };
  }
  const lookup = plan.lookups.find(({ field }) => field === written.field);
  if (lookup !== undefined) return stagedLookup(written, lookup);
  const column = plan.values.find(({ field }) => field === written.field);
  if (column === undefined) return null;
  const { column: name, type } = written.columns[0]!;
  const value = `(${stagedValue(column)})::${type}`;
  const stamped = plan.object.hasTimestamps && (name === "created_at" || name === STAMP);
  return {
    written,
    said: column.keepOnNull || stamped ? `${value} is not null` : "true",
    values: [value],
    ...(written.field.appends === true && column.type === "text[]" ? { adds: addsTo(`s.${ident(column.name)}`) } : {}),
  };
}

/** Fields that may meet an edit: all but those whose mapping leaves what the target has. */
function fieldsAtStake(plan: MergePlan): StagedField[] {
  return plan.written
    .filter((field) => isAtStake(plan, field))
    .map((written) => stagedField(plan, written))
    .filter((field) => field !== null);
}

export const policyOf = ({ field }: WrittenField, { policy }: ThreeWay): ConflictPolicy =>
  field.conflicts ?? policy ?? "source";

/** True for a field whose edits in the target count. */
export const isAtStake = ({ threeWay }: MergePlan, { field }: WrittenField): boolean =>
  threeWay !== null && field.overwrite === "always" && (field.conflicts !== undefined || threeWay.policy !== null);

/** What is known of row `t`: the ledger's row as `b`, or the id map's. */
export function knownRow(plan: MergePlan, key: string, id: string, sql: Sql): string {
  return plan.ledger
    ? `migrate.ledger b on b.origin_id = ${sql.param(plan.originId, "int4")} and b.target_id = ${id}`
    : `migrate.id_map b on b.external_source = ${sql.param(plan.externalSource, "text")} and b.object = ${sql.param(plan.object.name, "text")}
        and b.external_id = ${key} and b.kind in ('row', 'match')`;
}

/** Which of the two was changed last, as text; null where nobody can tell. */
function newest(fields: readonly StagedField[]): string {
  const stamp = fields.find(({ written }) => written.name === STAMP);
  if (stamp === undefined) return "null::text";
  const [target] = targetValues(stamp.written, "t");
  const [source] = stamp.values;
  // a time that we wrote ourselves is not the time of the edit
  return `case when not ${stamp.said} or ${target} is null or b.written[${stamp.written.position}] is null
      or b.written[${stamp.written.position}] = ${targetHash(stamp.written, "t")} or ${source} = ${target} then null
    when ${source} > ${target} then 'source' else 'target' end`;
}

/** Fills DIFFERING. */
function findDiffering(plan: MergePlan, threeWay: ThreeWay, sql: Sql): string {
  const fields = fieldsAtStake(plan);
  const rows = fields.map(({ written, said, values, adds }) => {
    const decides = adds === undefined ? said : `(${said} and not ${adds})`;
    const policy = written.name === STAMP && plan.object.hasTimestamps ? "stamp" : policyOf(written, threeWay);
    const stamp = policy === "stamp" ? `(${targetValues(written, "t")[0]} >= ${values[0]})` : "null::bool";
    return `(${written.position}, ${sql.param(written.name, "text")}, ${sql.param(policy, "text")}, ${decides}, ${fieldHash(written, values)}, ${targetHash(written, "t")}, ${stamp})`;
  });
  return differingRows(
    plan,
    `select r.line, r.key, r.tid::text as tid, f.position, f.name, f.policy, f.src, f.tgt, f.later, b.written, b.origin_id,
        b.version is distinct from t.xmin as edited, ${newest(fields)} as newest
      from ${RESOLVED} r join ${STAGE} s on s.line = r.line join ${plan.table} t on t.${ident(plan.object.idColumn)} = r.tid
      join ${knownRow(plan, "r.key", "r.tid", sql)}
      cross join lateral (values ${rows.join(",\n          ")}) f(position, name, policy, said, src, tgt, later)
      where r.verdict = 'x' and f.said and f.src <> f.tgt`,
    sql,
  );
}

/**
 * The decision itself, over a query of fields that differ: line, key, tid, position, name, policy, src, tgt, later (stamp: the
 * target's time is not before the source's), newest (source, target or null), and of what is known: written, origin_id, edited.
 */
export function differingRows(plan: MergePlan, fields: string, sql: Sql): string {
  return `insert into ${DIFFERING} (line, key, target_id, position, name, reason, decision, kept, base, src, tgt)
    select line, key, tid, position, name, reason, decision, decision is distinct from 'source', base, src, tgt from (
      select line, key, tid, position, name, base, src, tgt,
        case when theirs then policy else 'edited' end as reason,
        case when not theirs then 'target' when policy in ('source', 'target') then policy when policy = 'newest' then newest
          when policy = 'stamp' then case when later then 'target' else 'source' end end as decision
      from (
        select f.*, v.base, v.base is null or f.src <> v.base as theirs,
          case when v.base is null then f.edited else f.tgt <> v.base end as ours
        from (${fields}) f
        cross join lateral (select case when f.origin_id = ${sql.param(plan.originId, "int4")} then f.written[f.position] end as base) v) x
      where ours and not (theirs and ${isRewritten(sql.param(plan.originId, "int4"))})) y`;
}

/** What stands there are links that were rewritten in what we wrote, and nobody's edit: the source's new text takes its place. */
const isRewritten = (origin: string): string =>
  `exists (select from migrate.kept_edit e where e.origin_id = ${origin} and e.target_id = x.tid::text and e.field = x.name
     and e.reason = 'rewritten' and e.target = x.tgt)`;

/** SQL of the values of a field as an object by column, for people and for decisions that are made later. */
export const valuesJson = (written: WrittenField, values: readonly string[]): string =>
  `jsonb_build_object(${written.columns.map(({ column }, i) => `${literal(written.custom ?? column)}, ${values[i]!}`).join(", ")})`;

/** Both values of what both sides changed. */
function noteValues(plan: MergePlan): string {
  const fields = fieldsAtStake(plan);
  const pick = (value: (field: StagedField) => string): string =>
    `case d.position ${fields.map((field) => `when ${field.written.position} then ${value(field)}`).join(" ")} end`;
  return `update ${DIFFERING} d set source = ${pick(({ written, values }) => valuesJson(written, values))},
      target = ${pick(({ written }) => valuesJson(written, targetValues(written, "t")))},
      reference = ${pick(({ reference }) => reference ?? "null::text")}
    from ${RESOLVED} r join ${STAGE} s on s.line = r.line join ${plan.table} t on t.${ident(plan.object.idColumn)} = r.tid
    where r.line = d.line and ${isConflict}`;
}

interface Prepared {
  readonly find: Statement;
  readonly values: string;
  readonly keep: string;
}

const prepared = new WeakMap<MergePlan, Prepared>();

function statementsOf(plan: MergePlan, threeWay: ThreeWay): Prepared {
  const known = prepared.get(plan);
  if (known !== undefined) return known;
  const custom = plan.written.filter((field) => field.custom !== null);
  const keyOf = `case d.position ${custom.map(({ position, custom: key }) => `when ${position} then ${literal(key!)}`).join(" ")} end`;
  const made = {
    find: statement((sql) => findDiffering(plan, threeWay, sql)),
    values: noteValues(plan),
    keep: `insert into ${KEEP} (line, fields, custom)
      select d.line, array_agg(d.position), ${custom.length === 0 ? "'{}'::text[]" : `coalesce(array_agg(${keyOf}) filter (where d.position in (${custom.map(({ position }) => position).join(", ")})), '{}')`}
      from ${DIFFERING} d where d.kept group by d.line`,
  };
  prepared.set(plan, made);
  return made;
}

/**
 * Decides what the update of the chunk's known rows leaves alone, once their references are resolved. Returns false where there is
 * nothing to decide: then both tables are empty.
 */
export async function decideFields(client: pg.ClientBase, plan: MergePlan): Promise<boolean> {
  const { threeWay } = plan;
  if (threeWay === null) return false;
  await client.query(`truncate ${DIFFERING}, ${KEEP}`);
  if (fieldsAtStake(plan).length === 0) return false;
  const { find, values, keep } = statementsOf(plan, threeWay);
  const { rowCount } = await client.query(find.text, find.values);
  if ((rowCount ?? 0) === 0) return false;
  await client.query(values);
  await client.query(keep);
  await client.query(`analyze ${DIFFERING}, ${KEEP}`);
  return true;
}

/** SQL, over `k` of KEEP, that is true for a field which the update leaves alone. */
export const keptSql = ({ position }: WrittenField): string => `coalesce(${position} = any(k.fields), false)`;
