/** Ledger, id map, deferred references, warnings and outcomes of the rows that were resolved. */
import { ident } from "../../store/quote.ts";
import { type Sql, type Statement, statement } from "../sql.ts";
import { waits } from "./insert.ts";
import { KEPT } from "./kept-edits.ts";
import { carryVersions } from "./neighbours.ts";
import { type LookupPlan, type MergePlan, RESOLVED, STAGE } from "./plan.ts";
import type { SelfPolicy } from "./resolve.ts";
import { TAKEN } from "./rivals.ts";
import { DIFFERING, isAtStake, KEEP, keptSql, saidSql } from "./three-way.ts";
import { targetHash, type WrittenField, writtenArray } from "./written.ts";

/** Lookups whose missing records are filled in later under this policy: parents in a cycle. */
const laterParents = (plan: MergePlan, policy: SelfPolicy): readonly LookupPlan[] =>
  policy === "defer" ? plan.lookups.filter((lookup) => lookup.kind === "self") : [];

/** Hash to keep: none while something of the row is missing or waits to be filled in, so that the next run looks again. */
function keptHash(plan: MergePlan, policy: SelfPolicy): string {
  const waiting = [
    waits(plan, "s"),
    ...laterParents(plan, policy).map((lookup) => `r.${ident(`m_${lookup.column.name}`)}`),
  ].filter((part) => part !== null);
  const waitsNot =
    waiting.length === 0
      ? ""
      : ` and ${plan.mapping.mode === "insert" ? "(r.verdict = 'n' or " : "("}not (${waiting.join(" or ")}))`;
  return `case when r.whole${waitsNot} then s.hash end`;
}

const KNOWN = "r.verdict in ('i', 'u', 'n')";

/** Rows that hold what the record says. `mode: insert` leaves those that existed alone. */
export function heldVerdicts(plan: MergePlan): string {
  return plan.mapping.mode === "insert" ? "r.verdict = 'i'" : KNOWN;
}

/**
 * `written` of a row that was there, over `t` (the row as it is now) and `before` (what was known of it): where the source says
 * nothing, and where an edit of the target is left alone, what was known stays.
 */
function writtenAfter(plan: MergePlan, before: string): string {
  return writtenArray(plan.written, (field) => {
    const old = `${before}.written[${field.position}]`;
    const now = targetHash(field, "t");
    const said = saidSql(plan, field);
    const plain = said === "true" ? now : `case when ${said} then ${now} else coalesce(${old}, ${now}) end`;
    if (!isAtStake(plan, field)) return plain;
    return `case when ${field.position} = any(k.fields) then ${keptWritten(field, old)} else ${plain} end`;
  });
}

/** By policy the target has won: the source's value is known. Until then it is not; without a value before, any other marks that. */
const keptWritten = ({ position }: WrittenField, old: string): string =>
  `(select case when d.decision = 'target' and d.reason <> 'edited' then d.src else coalesce(${old}, d.tgt # 1) end
    from ${DIFFERING} d where d.line = r.line and d.position = ${position})`;

const keptJoin = (plan: MergePlan): string => (plan.threeWay === null ? "" : `left join ${KEEP} k on k.line = r.line`);

function ledgerRows(plan: MergePlan, policy: SelfPolicy): Statement[] {
  const id = ident(plan.object.idColumn);
  const from = `${RESOLVED} r join ${STAGE} s on s.line = r.line join ${plan.table} t on t.${id} = r.tid`;
  return [
    statement(
      (sql) => `update migrate.ledger l set hash = ${keptHash(plan, policy)}, version = t.xmin,
          run_id = case when r.verdict = 'n' then l.run_id else ${sql.param(plan.runId, "int8")} end,
          written = ${writtenAfter(plan, "l")}
        from ${from} ${keptJoin(plan)}
        where l.origin_id = ${sql.param(plan.originId, "int4")} and l.target_id = r.tid and ${KNOWN}`,
    ),
    statement((sql) => {
      const origin = sql.param(plan.originId, "int4");
      return `insert into migrate.ledger (origin_id, target_id, hash, version, run_id, written)
        select ${origin}, r.tid, ${keptHash(plan, policy)}, t.xmin, ${sql.param(plan.runId, "int8")},
          ${writtenArray(plan.written, (field) => targetHash(field, "t"))}
        from ${from}
        where ${KNOWN} and not exists (select from migrate.ledger l where l.origin_id = ${origin} and l.target_id = r.tid)`;
    }),
  ];
}

/** Keys that the target row does not hold. */
function idMapRows(plan: MergePlan, policy: SelfPolicy): Statement[] {
  const source = plan.externalSource;
  const rows: Statement[] = [];
  // an entry whose target row is gone would shadow the row inserted now; so would one of a record that was merged once
  const old = plan.shadowed.has(plan.object.name)
    ? `(r.verdict = 'i' or (${KNOWN} and m.kind = 'alias'))`
    : "r.verdict = 'i'";
  rows.push(
    statement(
      (sql) => `delete from migrate.id_map m using ${RESOLVED} r
        where ${old} and m.external_source = ${sql.param(source, "text")}
          and m.object = ${sql.param(plan.object.name, "text")} and m.external_id = r.key`,
    ),
  );
  const merged = `(r.verdict = 'm' and r.how is distinct from '${TAKEN}')`;
  const which = plan.ledger
    ? `${merged} or (r.verdict in ('u', 'n') and r.how = 'match')`
    : `${merged} or r.verdict in ('i', 'u', 'n')`;
  // what only updates does not take rows over
  const owned =
    plan.mapping.mode === "update"
      ? ""
      : "hash = excluded.hash, version = excluded.version, origin_id = excluded.origin_id, written = excluded.written,";
  const version = plan.ledger ? "null::xid" : "t.xmin";
  const hash = plan.ledger ? "null::uuid" : `case when r.verdict <> 'm' then ${keptHash(plan, policy)} end`;
  const written = plan.ledger ? "null::int4[]" : `case when r.verdict <> 'm' then ${writtenAfter(plan, "z")} end`;
  rows.push(
    statement(
      (
        sql,
      ) => `insert into migrate.id_map (external_source, object, external_id, target_id, origin_id, hash, version, written, kind, run_id)
        select ${sql.param(source, "text")}, ${sql.param(plan.object.name, "text")}, r.key, r.tid::text, ${sql.param(plan.originId, "int4")},
          ${hash}, ${version}, ${written},
          case when r.verdict = 'm' then 'merge' when r.how = 'match' then 'match' else 'row' end, ${sql.param(plan.runId, "int8")}
        from ${RESOLVED} r join ${STAGE} s on s.line = r.line
        ${
          plan.ledger
            ? ""
            : `left join ${plan.table} t on t.${ident(plan.object.idColumn)} = r.tid ${keptJoin(plan)}
        left join migrate.id_map z on z.external_source = ${sql.param(source, "text")} and z.object = ${sql.param(plan.object.name, "text")}
          and z.external_id = r.key and z.origin_id = ${sql.param(plan.originId, "int4")} and z.kind <> 'alias'`
        }
        ${
          plan.ledger && plan.object.hasExternalId
            ? `join ${plan.table} own on own.${ident(plan.object.idColumn)} = r.tid
               and (own.external_id is distinct from r.key or own.external_source is distinct from ${sql.param(source, "text")})`
            : ""
        }
        where (${which}) and r.tid is not null
        on conflict (external_source, object, external_id) do update
          set target_id = excluded.target_id, ${owned}
              kind = case when id_map.kind = 'row' then 'row' else excluded.kind end`,
    ),
  );
  if (plan.ledger && plan.matchFields.length > 0) {
    // rows of another source, found by their values: the id map holds all of their ids
    rows.push(
      statement(
        (sql) => `insert into migrate.id_map (external_source, object, external_id, target_id, kind, run_id)
        select distinct t.external_source, ${sql.param(plan.object.name, "text")}, t.external_id, r.tid::text, 'row', ${sql.param(plan.runId, "int8")}
        from ${RESOLVED} r join ${plan.table} t on t.${ident(plan.object.idColumn)} = r.tid
        where r.verdict in ('u', 'n') and r.how = 'match' and t.external_id is not null
          and t.external_source is distinct from ${sql.param(source, "text")}
        on conflict (external_source, object, external_id) do nothing`,
      ),
    );
  }
  return rows;
}

/** `field` of deferred rows that stand for all links of a record. */
export const SAID_LINKS = "association:*";

function deferredRows(plan: MergePlan, policy: SelfPolicy): Statement[] {
  const id = (column: string, field: string, label: string | null, arrays: boolean, only = ""): Statement =>
    statement(
      (sql) => `insert into migrate.deferred (run_id, origin_id, target_id, key, field, reference, label, hash)
        select ${sql.param(plan.runId, "int8")}, ${sql.param(plan.originId, "int4")}, r.tid::text, r.key, ${sql.param(field, "text")},
          ${arrays ? "a.reference, a.label" : `s.${ident(column)}, null`}, case when r.whole then s.hash end
        from ${RESOLVED} r join ${STAGE} s on s.line = r.line
        ${arrays ? `cross join lateral unnest(s.${ident(column)}${label === null ? "" : `, s.${ident(label)}`}) as a(reference${label === null ? "" : ", label"})` : ""}
        where ${heldVerdicts(plan)}${only} and s.${ident(column)} is not null${arrays ? " and a.reference is not null and a.reference <> ''" : ""}`,
    );
  const rows = plan.lookups
    .filter((lookup) => lookup.kind === "deferred")
    .map((lookup) => id(lookup.column.name, lookup.field.target, null, false));
  for (const { column, field } of laterParents(plan, policy)) {
    rows.push(id(column.name, field.target, null, false, ` and r.${ident(`m_${column.name}`)}`));
  }
  if (plan.dropsLinks && plan.associations.length > 0) {
    // which records said what they are linked to, those that are linked to nothing included
    rows.push(
      statement(
        (sql) => `insert into migrate.deferred (run_id, origin_id, target_id, key, field, reference, label, hash)
          select ${sql.param(plan.runId, "int8")}, ${sql.param(plan.originId, "int4")}, r.tid::text, r.key, '${SAID_LINKS}', '', null,
            case when r.whole then s.hash end
          from ${RESOLVED} r join ${STAGE} s on s.line = r.line where r.verdict in ('u', 'n') and ${heldVerdicts(plan)}`,
      ),
    );
  }
  for (const association of plan.associations) {
    const label = association.labels?.name ?? null;
    const built = id(association.refs.name, `association:${association.index}`, label, true);
    rows.push(
      label === null ? { ...built, text: built.text.replace("a.reference, a.label", "a.reference, null") } : built,
    );
  }
  return rows;
}

/** Of these statements the one that tells how many rows the ledger did not have. */
export const ENTERED = 1;

/** The rest of what is written for resolved rows, in order. */
export function bookkeeping(plan: MergePlan, policy: SelfPolicy): Statement[] {
  return [
    ...(plan.ledger ? ledgerRows(plan, policy) : []),
    ...idMapRows(plan, policy),
    ...carryVersions(plan, `(select tid, was from ${RESOLVED} where verdict = 'u')`),
    ...deferredRows(plan, policy),
  ];
}

/** Source id of the record that row `t` stands for. */
function survivor(plan: MergePlan, sql: Sql): string {
  if (plan.object.hasExternalId) {
    return `t.external_id || case when t.external_source is distinct from ${sql.param(plan.externalSource, "text")}
      then ' of ' || t.external_source else '' end`;
  }
  return `(select m.external_id from migrate.id_map m where m.external_source = ${sql.param(plan.externalSource, "text")}
    and m.object = ${sql.param(plan.object.name, "text")} and m.target_id = r.tid::text and not m.alias limit 1)`;
}

/** References declared null by the mapping, and duplicates that were merged: told one by one. */
export function warnings(plan: MergePlan, policy: SelfPolicy): Statement[] {
  const later = laterParents(plan, policy);
  const list: Statement[] = [];
  const insert = "insert into migrate.warning (run_id, origin_id, line, key, code, field, value, reason)";
  const ids = (sql: { param(value: unknown, type?: string): string }) =>
    `${sql.param(plan.runId, "int8")}, ${sql.param(plan.originId, "int4")}`;
  for (const lookup of plan.lookups) {
    if (lookup.kind === "deferred" || later.includes(lookup)) continue;
    const missing = ident(`m_${lookup.column.name}`);
    const field = plan.written.find(({ field }) => field === lookup.field);
    const left =
      field !== undefined && isAtStake(plan, field)
        ? `case when ${keptSql(field)} then '; ${KEPT}' else '; left empty' end`
        : "'; left empty'";
    list.push(
      statement(
        (
          sql,
        ) => `${insert} select ${ids(sql)}, r.line, r.key, 'LOOKUP_MISSING', ${sql.param(lookup.field.target, "text")},
          s.${ident(lookup.column.name)}, ${sql.param(`no ${lookup.objects.map((o) => o.name).join(" or ")} with this ${lookup.by ?? "external id"}`, "text")}
            || ${left} from ${RESOLVED} r join ${STAGE} s on s.line = r.line ${keptJoin(plan)} where ${heldVerdicts(plan)} and r.${missing}`,
      ),
    );
  }
  if (plan.mapping.mode === "update" && plan.sample === null) {
    const known = ["key", ...plan.matchFields.map(({ target }) => target)].join(" or ");
    list.push(
      statement(
        (sql) => `${insert} select ${ids(sql)}, r.line, r.key, 'NOT_IN_TARGET', null, r.key,
          ${sql.param(`the target has no ${plan.object.name} with this ${known}; mode: update leaves the record out`, "text")}
          from ${RESOLVED} r where r.verdict = 'f'`,
      ),
    );
  }
  if (plan.matchFields.length > 0) {
    list.push(
      statement(
        (sql) => `${insert} select ${ids(sql)}, r.line, r.key, 'MERGED_DUPLICATE', null, null,
          'the same ' || ${sql.param(plan.object.name, "text")} || ' as record ' || coalesce(${survivor(plan, sql)}, r.tid::text)
          from ${RESOLVED} r join ${plan.table} t on t.${ident(plan.object.idColumn)} = r.tid
          where r.verdict = 'm' and r.how is distinct from '${TAKEN}'`,
      ),
    );
  }
  if (plan.rivals.length > 0) {
    list.push(
      statement(
        (sql) => `${insert} select ${ids(sql)}, r.line, r.key, 'MERGED_DUPLICATE', null, r.key,
          'mapping ' || r.detail || ' loaded a record with this key; this one was not written'
          from ${RESOLVED} r where r.verdict = 'm' and r.how = '${TAKEN}'`,
      ),
    );
  }
  return list;
}
