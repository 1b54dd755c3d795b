/** Rows as the REST API prints them. Text, because doubles keep their decimal point (`15000.0`). */
import { doubleText } from "../numbers.ts";
import type { FieldType, Value } from "../org/field.ts";
import type { AggregateRow } from "./aggregate.ts";
import { type At, type Column, follow, readLast } from "./columns.ts";
import type { Plan } from "./plan.ts";
import { select } from "./select.ts";

const DOUBLES = new Set<FieldType>(["double", "currency", "percent"]);

export function valueJson(type: FieldType, value: Value): string {
  if (value === null) return "null";
  if (typeof value === "number") return DOUBLES.has(type) ? doubleText(value) : String(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  return JSON.stringify(type === "datetime" ? value.replace("Z", "+0000") : value);
}

const attributes = (base: string, at: At, id: string): string =>
  `"attributes":{"type":"${at.table.object.name}","url":"${base}/sobjects/${at.table.object.name}/${id}"}`;

interface Node {
  readonly key: string;
  /** The reference field to follow; null for a value. */
  readonly step: string | null;
  readonly column: Column | null;
  readonly nodes: Node[];
}

/** Columns as a tree of relationships, in the order they were selected. */
function tree(columns: readonly Column[]): Node[] {
  const root: Node[] = [];
  for (const column of columns) {
    let nodes = root;
    for (const [depth, step] of column.steps.entries()) {
      const key = column.path[depth]!;
      let node = nodes.find((one) => one.key === key && one.step !== null);
      if (node === undefined) {
        node = { key, step, column: null, nodes: [] };
        nodes.push(node);
      }
      nodes = node.nodes;
    }
    nodes.push({ key: column.path.at(-1)!, step: null, column, nodes: [] });
  }
  return root;
}

/** Prints rows of a plan; `base` is `/services/data/v66.0`. */
export function rowPrinter(made: Plan, base: string): (index: number) => string {
  const { org, table } = made;
  const parts = made.outputs.map((out) => {
    if (out.kind === "typeof") {
      return (at: At): string => {
        const target = follow(org, at, out.step);
        if (target === null) return `"${out.name}":null`;
        const columns = out.when.get(target.table.object.name);
        const cells =
          columns?.map((column) => `"${column.path.at(-1)}":${valueJson(column.type, column.read(target.index))}`) ??
          out.otherwise.map((name) => `"${name}":${valueJson("string", readLast(org, target, name, true))}`);
        return `"${out.name}":{${[attributes(base, target, org.idIn(target.table, target.index)), ...cells].join(",")}}`;
      };
    }
    if (out.kind === "children") {
      return (at: At): string => {
        const inner = out.plan(at.index);
        const rows = select(inner);
        if (rows.length === 0) return `"${out.name}":null`;
        const print = rowPrinter(inner, base);
        return `"${out.name}":{"totalSize":${rows.length},"done":true,"records":[${Array.from(rows, print).join(",")}]}`;
      };
    }
    return null;
  });
  const nodes = tree(made.outputs.flatMap((out) => (out.kind === "column" ? [out.column] : [])));
  const printNode = (node: Node, at: At): string => {
    if (node.step === null) {
      const column = node.column!;
      if (column.field?.type === "address") return `"${node.key}":${addressJson(at, column.field.name)}`;
      if (column.field?.type === "base64")
        return `"${node.key}":"${base}/sobjects/${at.table.object.name}/${org.idIn(at.table, at.index)}/${node.key}"`;
      const value =
        column.steps.length === 0 ? column.read(at.index) : readLast(org, at, node.key, column.field === null);
      return `"${node.key}":${valueJson(column.type, value)}`;
    }
    const next = follow(org, at, node.step);
    if (next === null) return `"${node.key}":null`;
    const id = org.idIn(next.table, next.index);
    const own = node.nodes.some((one) => one.column !== null && one.column.field === null)
      ? `"attributes":{"type":"Name","url":"${base}/sobjects/${next.table.object.name}/${id}"}`
      : attributes(base, next, id);
    return `"${node.key}":{${[own, ...node.nodes.map((one) => printNode(one, next))].join(",")}}`;
  };
  return (index) => {
    const at = { table, index };
    const cells = nodes.map((node) => printNode(node, at));
    for (const part of parts) if (part !== null) cells.push(part(at));
    return `{${[attributes(base, at, org.idIn(table, index)), ...cells].join(",")}}`;
  };
}

const PARTS = [
  "City",
  "Country",
  "CountryCode",
  "GeocodeAccuracy",
  "Latitude",
  "Longitude",
  "PostalCode",
  "State",
  "StateCode",
  "Street",
];

function addressJson(at: At, name: string): string {
  const prefix = name.slice(0, -"Address".length);
  const cells = PARTS.flatMap((part) => {
    const field = at.table.field(prefix + part);
    if (field === undefined) return [];
    const value = at.table.value(field, at.index);
    return [[`"${part[0]!.toLowerCase()}${part.slice(1)}":${valueJson(field.type, value)}`, value] as const];
  });
  return cells.every(([, value]) => value === null) ? "null" : `{${cells.map(([text]) => text).join(",")}}`;
}

export function aggregateJson(row: AggregateRow): string {
  const cells = row.map((cell) => {
    const type: FieldType = cell.datetime ? "datetime" : cell.double ? "double" : "string";
    return `"${cell.name}":${valueJson(type, cell.value)}`;
  });
  return `{${['"attributes":{"type":"AggregateResult"}', ...cells].join(",")}}`;
}
