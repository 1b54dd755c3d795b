/** The long way: what becomes of each staged row, decided set by set in the `resolved` table. */

import { ident, table } from "../../store/quote.ts";
import { type Sql, type Statement, statement } from "../sql.ts";
import { type LinkResolution, linkResolutions } from "./associations.ts";
import { type Resolution, resolution } from "./lookups.ts";
import { type MergePlan, RESOLVED, STAGE } from "./plan.ts";
import { rivalJoin, TAKEN } from "./rivals.ts";

/** What to do with references to the own object that are not there yet. */
export type SelfPolicy = "hold" | "decide" | "defer";

/*
 * Verdicts: i insert, x exists, u updated, n unchanged, m merged into another record, r reject, f filtered (sample, mode),
 * h hold until the parent is there, l later in this chunk (an earlier row stands for the same target record).
 */

/** `tree`: the objects of a sample; what refers to a part of them that was left out is left out itself. */
function whenLookup(item: Resolution, policy: SelfPolicy, tree: ReadonlySet<string> | null): string[] {
  const { lookup } = item;
  if (lookup.kind === "deferred") return [];
  const lines = [`when ${item.ambiguous} then 'r'`];
  if (lookup.kind === "self" && policy === "hold") lines.push(`when ${item.missing} then 'h'`);
  else if (lookup.kind === "self" && policy === "defer") return lines;
  else if (tree !== null && lookup.objects.some((object) => tree.has(object.name)))
    lines.push(`when ${item.missing} then 'f'`);
  else if (lookup.missing === "reject") lines.push(`when ${item.missing} then 'r'`);
  return lines;
}

/** What a reason needs of a lookup or an association. */
interface Failing {
  readonly ambiguous: string;
  readonly missing: string;
  readonly candidates: string;
  readonly label: string;
  readonly reference: string;
  readonly what: string;
}

function failingLookup(item: Resolution, sql: Sql): Failing {
  const { lookup } = item;
  return {
    ...item,
    label: sql.param(lookup.field.target, "text"),
    reference: `s.${ident(lookup.column.name)}`,
    what: sql.param(
      `${lookup.objects.map((object) => object.name).join(" or ")} by ${lookup.by ?? "external id"}`,
      "text",
    ),
  };
}

/** CASE over the first failing lookup, then association, that rejects. */
function firstFailing(
  items: readonly Resolution[],
  links: readonly LinkResolution[],
  policy: SelfPolicy,
  sql: Sql,
  pick: (item: Failing, kind: "ambiguous" | "missing") => string,
): string {
  const lines: string[] = [];
  for (const item of items) {
    if (item.lookup.kind === "deferred") continue;
    const failing = failingLookup(item, sql);
    lines.push(`when ${item.ambiguous} then ${pick(failing, "ambiguous")}`);
    if (item.lookup.kind === "self" && policy !== "decide") continue;
    lines.push(`when ${item.missing} then ${pick(failing, "missing")}`);
  }
  for (const link of links) {
    lines.push(`when ${link.ambiguous} then ${pick(link, "ambiguous")}`);
    lines.push(`when ${link.missing} then ${pick(link, "missing")}`);
  }
  return lines.length === 0 ? "null::text" : `case ${lines.join(" ")} end`;
}

/** Fills `resolved` with a verdict per staged row. */
export function resolveStaged(plan: MergePlan, policy: SelfPolicy, sql: Sql): string {
  const items = plan.lookups.map((lookup, index) => resolution(plan, lookup, index, sql, policy === "decide"));
  const { sample } = plan;
  const sampled = sample !== null && (sample.root || sample.tree.has(plan.object.name));
  const id = ident(plan.object.idColumn);
  const source = sql.param(plan.externalSource, "text");
  // what is read as a record of its own is one, whatever was merged into what before
  const byMap = `left join migrate.id_map im on im.kind <> 'alias' and im.external_source = ${source} and im.object = ${sql.param(plan.object.name, "text")}
      and im.external_id = s.key
    left join ${plan.table} t1 on t1.${id} = im.target_id::${plan.object.idType}`;
  const byColumns = plan.object.hasExternalId
    ? `left join ${plan.table} t0 on t0.external_source = ${source} and t0.external_id = s.key`
    : "";
  const tid = plan.object.hasExternalId ? `coalesce(t0.${id}, t1.${id})` : `t1.${id}`;
  const { mode } = plan.mapping;
  // what will not be written needs no references
  const rival = rivalJoin(plan, sql);
  const links = linkResolutions(plan, sql);
  const cases = [`when im.kind = 'merge' and t1.${id} is not null then 'm'`];
  if (rival !== null) cases.unshift(`when ${rival.taken} then '${plan.mapping.duplicates === "reject" ? "r" : "m"}'`);
  if (mode === "insert") cases.push(`when ${tid} is not null then 'n'`);
  if (mode === "update" && plan.matchFields.length === 0) cases.push(`when ${tid} is null then 'f'`);
  cases.push(...items.flatMap((item) => whenLookup(item, policy, sampled ? sample.tree : null)));
  cases.push(...links.map((link) => `when ${link.ambiguous} or ${link.missing} then 'r'`));
  if (sampled && !sample.root) {
    const inTree = items.filter(
      (item) => item.lookup.kind !== "deferred" && item.lookup.objects.some((object) => sample.tree.has(object.name)),
    );
    // a parent that is not looked for yet may be there
    const blank = (item: Resolution): string =>
      item.lookup.kind === "self" && policy === "defer"
        ? `(${item.id} is null and not ${item.missing})`
        : `${item.id} is null`;
    if (inTree.length > 0) cases.push(`when ${inTree.map(blank).join(" and ")} then 'f'`);
  }
  cases.push(`when ${tid} is null then 'i'`);
  // a parent that is deferred counts as missing only when it is looked up again
  const active = items.filter(
    (item) => item.lookup.kind !== "deferred" && !(item.lookup.kind === "self" && policy === "defer"),
  );
  const whole = active.length === 0 ? "true" : active.map((item) => `not ${item.missing}`).join(" and ");
  const lookupColumns = plan.lookups.flatMap((lookup) =>
    ["r", "o", "m"].map((part) => ident(`${part}_${lookup.column.name}`)),
  );
  const lookupValues = items.flatMap((item) => [item.id, `${item.object}::text`, item.missing]);
  const failing = (pick: (item: Failing, kind: "ambiguous" | "missing") => string): string =>
    firstFailing(items, links, policy, sql, pick);
  const told = (taken: string, otherwise: string): string =>
    rival === null ? otherwise : `case when ${rival.taken} then ${taken} else ${otherwise} end`;
  const found = plan.object.hasExternalId
    ? `case when t0.${id} is not null then 'key' when t1.${id} is not null then 'map' end`
    : `case when t1.${id} is not null then 'map' end`;
  return `insert into ${RESOLVED} (line, key, tid, how, verdict, whole, code, field, value, detail${lookupColumns.map((c) => `, ${c}`).join("")})
    select s.line, s.key, ${tid},
      ${told(`'${TAKEN}'`, found)},
      case ${cases.join("\n        ")} else 'x' end,
      ${whole},
      ${told(
        "'DUPLICATE_KEY'",
        failing((_, kind) => (kind === "ambiguous" ? "'LOOKUP_AMBIGUOUS'" : "'LOOKUP_MISSING'")),
      )},
      ${told(
        "null",
        failing((item) => item.label),
      )},
      ${told(
        "s.key",
        failing((item) => item.reference),
      )},
      ${told(
        rival?.mapping ?? "null",
        failing((item, kind) =>
          kind === "ambiguous" ? `${item.what} || coalesce(' (' || ${item.candidates} || ')', '')` : item.what,
        ),
      )}
      ${lookupValues.map((value) => `, ${value}`).join("")}
    from ${STAGE} s
    ${byColumns}
    ${byMap}
    ${rival?.join ?? ""}
    ${[...items, ...links].map((item) => item.join).join("\n    ")}`;
}

/** True for external sources whose rows this mapping may not take over: all of its migration, or its own alone. */
function ours(plan: MergePlan, column: string, sql: Sql): string {
  const own = `${column} = ${sql.param(plan.externalSource, "text")}`;
  if (plan.mapping.mode === "update") return own;
  return `(${own} or ${column} = ${sql.param(plan.sourceName, "text")} or starts_with(${column}, ${sql.param(`${plan.sourceName}/`, "text")}))`;
}

/**
 * After matching: a record that matched what another record of this migration owns is a duplicate of it, of whatever mapping
 * and key space. Mappings that only update may add to the rows of others' key spaces.
 */
export function settleMatches(plan: MergePlan): Statement[] {
  const id = ident(plan.object.idColumn);
  const statements: Statement[] = [];
  if (plan.matchFields.length > 0) {
    if (plan.object.hasExternalId) {
      statements.push(
        statement(
          (sql) => `update ${RESOLVED} r set verdict = 'm' from ${plan.table} t
            where t.${id} = r.tid and r.verdict = 'x' and r.how = 'match'
              and ${ours(plan, "t.external_source", sql)}
              and (t.external_source, t.external_id) is distinct from (${sql.param(plan.externalSource, "text")}, r.key)`,
        ),
      );
    }
    // rows that do not say whose they are: of another source, or without an external id
    statements.push(
      statement(
        (sql) => `update ${RESOLVED} r set verdict = 'm' from migrate.id_map m
          where m.object = ${sql.param(plan.object.name, "text")} and m.target_id = r.tid::text and r.verdict = 'x' and r.how = 'match'
            and ${ours(plan, "m.external_source", sql)} and not m.alias
            and (m.external_source, m.external_id) is distinct from (${sql.param(plan.externalSource, "text")}, r.key)`,
      ),
    );
  }
  if (plan.mapping.mode === "update") {
    statements.push({ text: `update ${RESOLVED} set verdict = 'f' where verdict = 'i'`, values: [] });
  }
  if (plan.mapping.mode === "insert") {
    statements.push({ text: `update ${RESOLVED} set verdict = 'n' where verdict = 'x'`, values: [] });
  }
  statements.push({
    text: `update ${RESOLVED} r set verdict = 'l'
      from (select line, row_number() over (partition by tid order by line) as place from ${RESOLVED} where verdict = 'x') d
      where d.line = r.line and d.place > 1`,
    values: [],
  });
  return statements;
}

/** Name of the hold table of an origin: rows whose parent is not there yet. */
export function holdTable(originId: number): string {
  return table("migrate", `hold_${originId}`);
}
