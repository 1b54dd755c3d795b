/** Checks a query against the org. */
import { abilities, isLong } from "../describe.ts";
import type { Value } from "../org/field.ts";
import type { Org, Table } from "../org/org.ts";
import type { Aggregate, Item, Query } from "./ast.ts";
import { type Column, column } from "./columns.ts";
import { invalidType, malformed, SoqlError, soqlError } from "./errors.ts";
import { matches, select } from "./select.ts";
import { compile, conjuncts, type SubSelect, type Test, windowOf } from "./where.ts";

export interface TypeOf {
  readonly kind: "typeof";
  readonly name: string;
  readonly step: string;
  readonly when: ReadonlyMap<string, readonly Column[]>;
  readonly otherwise: readonly string[];
}

export interface Computed {
  readonly kind: "aggregate";
  readonly name: Aggregate;
  readonly of: Column | null;
  readonly as: string;
}

export interface Plain {
  readonly kind: "column";
  readonly column: Column;
  readonly as: string;
}

export interface Child {
  readonly kind: "children";
  readonly name: string;
  /** The rows of one parent. */
  plan(index: number): Plan;
}

export type Output = Plain | TypeOf | Computed | Child;

export interface Plan {
  readonly org: Org;
  readonly query: Query;
  readonly table: Table;
  /** Deleted, merged and archived rows too. */
  readonly all: boolean;
  readonly outputs: readonly Output[];
  readonly groups: readonly Column[];
  readonly test: Test;
  /** SELECT COUNT(): a number, no rows. */
  readonly countOnly: boolean;
  readonly aggregate: boolean;
  readonly longText: boolean;
  readonly only: readonly number[] | null;
  readonly from: number;
  readonly to: number;
}

const LINK_RULE =
  "Implementation restriction: ContentDocumentLink requires a filter by a single Id on ContentDocumentId or LinkedEntityId using the equals operator or multiple Id's using the IN operator.";

export interface PlanOptions {
  readonly all: boolean;
  /** Most rows that an object's window may hold before the query times out. */
  readonly timeouts?: Readonly<Record<string, number>>;
}

export function plan(org: Org, query: Query, options: PlanOptions): Plan {
  const { soql } = query;
  const table = org.visibleTable(query.from.name);
  if (table === undefined || !table.object.queryable) {
    if (table !== undefined && !table.object.queryable && org.visibleTable(query.from.name) !== undefined) {
      throw new SoqlError("INVALID_TYPE_FOR_OPERATION", `entity type ${table.object.name} does not support query`);
    }
    throw invalidType(soql, query.from.at, query.from.name);
  }
  if (table.object.name === "ContentDocumentLink") linkRule(query);
  if ((query.offset ?? 0) > 2000) {
    throw new SoqlError(
      "NUMBER_OUTSIDE_VALID_RANGE",
      `\n${soql.slice(Math.max(0, query.offsetAt - 40))}\nERROR at Row:1:Column:${query.offsetAt + 1}\nMaximum SOQL offset allowed is 2000`,
    );
  }
  const countOnly = query.select.length === 1 && query.groupBy.length === 0 && isCount(query.select[0]!);
  const groups = query.groupBy.map((path) => column(org, table, soql, path));
  for (const [at, group] of groups.entries()) {
    if (group.field !== null && !abilities(group.field).groupable) {
      throw soqlError(
        "INVALID_FIELD",
        soql,
        query.groupBy[at]!.at,
        `field '${group.name}' can not be grouped in a query call`,
      );
    }
  }
  const outputs = query.select.map((item, at) => output(org, table, query, item, at, options.all));
  const aggregate = groups.length > 0 || outputs.some((out) => out.kind === "aggregate");
  if (aggregate && !countOnly) mustBeGrouped(query, outputs, groups);
  for (const order of query.orderBy) {
    const by = aggregate ? null : column(org, table, soql, order.by);
    if (by?.field && !abilities(by.field).sortable) {
      throw soqlError("MALFORMED_QUERY", soql, order.by.at, `field '${by.name}' can not be sorted in a query call`);
    }
  }
  const sub: SubSelect = (inner) => subSelect(org, inner, options.all);
  const test = query.where === null ? () => true : compile(org, table, query, query.where, sub);
  const window = windowOf(org, table, query.where);
  const made: Plan = {
    org,
    query,
    table,
    all: options.all || query.allRows,
    outputs,
    groups,
    test,
    countOnly,
    aggregate,
    longText: outputs.some((out) => out.kind === "column" && out.column.field !== null && isLong(out.column.field)),
    ...window,
  };
  timeOut(made, options.timeouts?.[table.object.name]);
  return made;
}

const isCount = (item: Item): boolean => item.kind === "aggregate" && item.name === "COUNT" && item.of === null;

function output(org: Org, table: Table, query: Query, item: Item, at: number, all: boolean): Output {
  const { soql } = query;
  if (item.kind === "field") {
    const made = column(org, table, soql, item);
    return { kind: "column", column: made, as: item.alias ?? made.path.at(-1)! };
  }
  if (item.kind === "aggregate") {
    if (item.of === null && item.name !== "COUNT") throw malformed(soql, item.at, `unexpected token: ')'`);
    if (item.of === null && (query.select.length > 1 || query.groupBy.length > 0)) {
      throw malformed(soql, item.at, "Grouped query cannot use COUNT() function; count(fieldName) is allowed");
    }
    const of = item.of === null ? null : column(org, table, soql, item.of);
    const sums = item.name === "SUM" || item.name === "AVG";
    if (
      of !== null &&
      of.field !== null &&
      (!abilities(of.field).aggregatable || (sums && !["int", "double", "currency", "percent"].includes(of.type)))
    ) {
      throw malformed(soql, item.at, `field ${of.name} does not support aggregate operator ${item.name}`);
    }
    const before = query.select
      .slice(0, at)
      .filter((other) => other.kind === "aggregate" && other.alias === null).length;
    return { kind: "aggregate", name: item.name, of, as: item.alias ?? `expr${before}` };
  }
  if (item.kind === "typeof") {
    const step = table.object.fields.find(
      (field) => field.relationshipName?.toLowerCase() === item.of.path[0]!.toLowerCase(),
    );
    if (step === undefined || step.referenceTo.length < 2) {
      throw soqlError("INVALID_FIELD", soql, item.of.at, `TYPEOF is not supported on field '${item.of.path[0]}'`);
    }
    const when = new Map(
      item.when.map((branch) => {
        const target = org.visibleTable(branch.object);
        if (target === undefined) throw invalidType(soql, item.at, branch.object);
        return [target.object.name, branch.fields.map((field) => column(org, target, soql, field))] as const;
      }),
    );
    return {
      kind: "typeof",
      name: step.relationshipName!,
      step: step.name,
      when,
      otherwise: item.otherwise.map((path) => path.path.at(-1)!),
    };
  }
  return children(org, table, query, item, all);
}

/** `(SELECT Id FROM Contacts)`: child relationships by their plural names. */
function children(org: Org, table: Table, query: Query, item: Item & { kind: "subquery" }, all: boolean): Child {
  const name = item.query.from.name;
  const found = org.children(table.object.name).find((child) => {
    const object = org.table(child.child)!.object;
    const relation = object.custom ? `${object.name.slice(0, -3)}s__r` : object.labelPlural.replaceAll(" ", "");
    return relation.toLowerCase() === name.toLowerCase() || child.name?.toLowerCase() === name.toLowerCase();
  });
  if (found === undefined) {
    throw soqlError(
      "INVALID_TYPE",
      query.soql,
      item.query.from.at,
      `Didn't understand relationship '${name}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  }
  return {
    kind: "children",
    name: name,
    plan: (index) => {
      const id = org.idIn(table, index);
      const left = { path: [found.field], at: 0 };
      const mine = { kind: "compare", left, op: "=", right: id, rightAt: 0 } as const;
      const where = item.query.where === null ? mine : ({ kind: "and", of: [mine, item.query.where] } as const);
      return plan(org, { ...item.query, from: { name: found.child, at: item.query.from.at }, where }, { all });
    },
  };
}

function mustBeGrouped(query: Query, outputs: readonly Output[], groups: readonly Column[]): void {
  for (const [at, out] of outputs.entries()) {
    if (out.kind === "aggregate") continue;
    const item = query.select[at]!;
    if (out.kind !== "column" || !groups.some((group) => group.name === out.column.name)) {
      throw malformed(
        query.soql,
        item.at,
        `Field must be grouped or aggregated: ${out.kind === "column" ? out.column.name : out.name}`,
      );
    }
  }
}

function linkRule(query: Query): void {
  const names = new Set(["contentdocumentid", "linkedentityid"]);
  const fits = conjuncts(query.where).some(
    (part) =>
      (part.kind === "compare" && part.op === "=" && names.has(part.left.path.join(".").toLowerCase())) ||
      (part.kind === "in" && !part.not && names.has(part.left.path.join(".").toLowerCase())),
  );
  if (!fits) throw malformed(query.soql, query.from.at, LINK_RULE);
}

function timeOut(made: Plan, rows: number | undefined): void {
  if (rows === undefined || made.countOnly) return;
  let size = made.only?.length ?? made.to - made.from;
  const { limit, orderBy } = made.query;
  // the first rows in the order of ids come straight from the index
  if (limit !== null && orderBy.every(({ by }) => by.path.join(".").toLowerCase() === "id"))
    size = Math.min(size, limit);
  const dated = conjuncts(made.query.where).some(
    (part) =>
      part.kind === "compare" && /^(systemmodstamp|createddate|lastmodifieddate)$/i.test(part.left.path.join(".")),
  );
  if (dated) size = Math.min(size, matches(made).length);
  if (size > rows) throw new SoqlError("QUERY_TIMEOUT", "Your query request was running for too long.");
}

function subSelect(org: Org, query: Query, all: boolean): Set<Value> {
  const made = plan(org, query, { all });
  const out = made.outputs[0];
  if (out?.kind !== "column") throw malformed(query.soql, query.from.at, "The inner select must name one field");
  return new Set(Array.from(select(made), (index) => out.column.read(index)));
}
