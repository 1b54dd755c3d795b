/** Reads single records anew, by key. */
import type { FetchRequest } from "../../core/connector.ts";
import { BatchBuilder, type RecordBatch } from "../../core/record.ts";
import type { Api } from "./api.ts";
import { columnNames, resolveColumns } from "./columns.ts";
import { isId, toLongId } from "./ids.ts";
import { withJoins } from "./join-cells.ts";
import type { Metadata } from "./metadata.ts";
import type { Scope } from "./objects.ts";
import { readRows } from "./rows.ts";
import { both, quoted } from "./soql.ts";

const KEYS_PER_QUERY = 100;
/** Characters of a condition. */
const LONGEST = 4000;

/** Records whose key is among `request.keys`; those that are not found are left out. */
export async function* fetchByKey(
  api: Api,
  metadata: Metadata,
  scope: Scope,
  request: FetchRequest,
): AsyncGenerator<RecordBatch> {
  const columns = await resolveColumns(request.object, [...request.fields, ...request.key], metadata);
  const described = await metadata.describe(columns.object);
  const literals = request.key.map((name) => {
    const type = described.fields.find((field) => field.name === name)?.type ?? "string";
    return (text: string) => literal(type, text);
  });
  const conditions: string[] = [];
  for (const parts of request.keys) {
    const values = parts.map((text, index) => literals[index]?.(text) ?? null);
    // what no value of the field can be finds nothing
    if (values.some((value) => value === null)) continue;
    conditions.push(
      request.key.length === 1
        ? values[0]!
        : `(${request.key.map((name, index) => `${name} = ${values[index]}`).join(" AND ")})`,
    );
  }
  let line = 0;
  for (const group of groupsOf(conditions)) {
    const where = request.key.length === 1 ? `${request.key[0]} IN (${group.join(",")})` : `(${group.join(" OR ")})`;
    const query = { object: columns.object, columns: columns.selected, where: both(scope.where, where), rest: "" };
    const { rows } = await readRows(api, { ...query, operation: scope.operation });
    if (rows.length === 0) continue;
    const builder = new BatchBuilder(columnNames({ ...columns, joins: [] }));
    for (const row of rows) builder.add(++line, row);
    yield await withJoins(builder.build({}), columns, api, metadata);
  }
}

function* groupsOf(conditions: readonly string[]): Generator<readonly string[]> {
  let group: string[] = [];
  let length = 0;
  for (const condition of conditions) {
    if (group.length > 0 && (group.length >= KEYS_PER_QUERY || length + condition.length > LONGEST)) {
      yield group;
      group = [];
      length = 0;
    }
    group.push(condition);
    length += condition.length + 4;
  }
  if (group.length > 0) yield group;
}

/** A SOQL literal of the field's type; null when the text cannot be one. */
function literal(type: string, text: string): string | null {
  switch (type) {
    case "id":
    case "reference":
      return isId(text) ? quoted(toLongId(text)) : null;
    case "boolean":
      return /^(?:true|false)$/.test(text) ? text : null;
    case "int":
    case "long":
    case "double":
    case "currency":
    case "percent":
      return /^-?\d+(?:\.\d+)?$/.test(text) ? text : null;
    case "date":
      return /^\d{4}-\d\d-\d\d$/.test(text) ? text : null;
    case "datetime":
      return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? text : null;
    default:
      return text === "" ? "null" : quoted(text);
  }
}
