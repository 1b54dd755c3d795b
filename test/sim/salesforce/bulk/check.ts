/** What Bulk API 2.0 refuses in a query. */
import type { Org } from "../org/org.ts";
import type { Query } from "../soql/ast.ts";
import { fieldOf } from "../soql/columns.ts";
import { SoqlError } from "../soql/errors.ts";

const refuse = (message: string): never => {
  throw new SoqlError("API_ERROR", message);
};

/** Throws SoqlError where a job cannot be created. */
export function checkBulk(org: Org, query: Query, unsupported: readonly string[]): void {
  for (const item of query.select) {
    if (item.kind === "aggregate") refuse("Aggregate Relationships not supported in Bulk Query");
    if (item.kind === "typeof") refuse("TYPEOF clause not supported in Bulk Query");
    if (item.kind === "subquery") refuse("Nested queries not supported in Bulk Query");
  }
  if (query.groupBy.length > 0) refuse("GROUP BY not supported in Bulk Query");
  if (query.offset !== null) refuse("OFFSET not supported in Bulk Query");
  const table = org.visibleTable(query.from.name);
  if (table === undefined) return;
  const { name } = table.object;
  if (!table.object.bulk || unsupported.includes(name)) {
    throw new SoqlError("INVALIDENTITY", `Entity '${name}' is not supported by the Bulk API.`);
  }
  for (const item of query.select) {
    if (item.kind !== "field" || item.path.length > 1) continue;
    const field = fieldOf(org, table, item.path[0]!);
    if (field?.type === "address") refuse("Selecting compound data not supported in Bulk Query");
    if (field?.type === "base64") refuse(`Binary fields cannot be selected in bulk queries: ${field.name}`);
  }
}
