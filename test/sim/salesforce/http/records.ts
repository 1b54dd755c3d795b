/** Single rows, bytes of files, and lists of rows by id. */
import type { Org, Table } from "../org/org.ts";
import { fieldOf } from "../soql/columns.ts";
import { noColumn, SoqlError } from "../soql/errors.ts";
import { rowPrinter } from "../soql/json.ts";
import { parse } from "../soql/parse.ts";
import { plan } from "../soql/plan.ts";
import { type Answer, bytes, failure, notFound, rawJson } from "./answer.ts";
import { refusal } from "./query.ts";

/** The printer of some fields of an object (all where null). */
function printer(org: Org, table: Table, names: readonly string[] | null, base: string): (index: number) => string {
  const { name } = table.object;
  const fields = names ?? org.visibleFields(table).map((field) => field.name);
  for (const asked of fields) {
    if (fieldOf(org, table, asked) === undefined) throw noColumn(asked, 0, asked, name);
  }
  // A link cannot be queried without a filter, a row by its id can.
  const soql = `SELECT ${fields.join(",")} FROM ${name}`;
  const filter = name === "ContentDocumentLink" ? ` WHERE ContentDocumentId = '${org.idIn(table, 0)}'` : "";
  return rowPrinter(plan(org, parse(soql + filter), { all: true }), base);
}

/** GET /sobjects/X/{id}. */
export function record(org: Org, table: Table, id: string, fields: string | null, base: string): Answer {
  const index = org.indexIn(table, id);
  if (index < 0 || !table.visible(true)(index)) return notFound();
  const gone = table.field("IsDeleted");
  if (gone !== undefined && table.value(gone, index) === true)
    return failure(404, "ENTITY_IS_DELETED", "entity is deleted");
  try {
    return rawJson(printer(org, table, fields?.split(",") ?? null, base)(index));
  } catch (error) {
    return refusal(error);
  }
}

/** GET /sobjects/X/{id}/Body. */
export function blob(org: Org, table: Table, id: string, field: string): Answer {
  const index = org.indexIn(table, id);
  if (index < 0 || table.field(field)?.type !== "base64" || !org.fieldVisible(table.object.name, field))
    return notFound();
  const data = index < table.object.count ? table.object.blob(field, index) : null;
  return data === null ? notFound() : bytes(data);
}

/** POST /composite/sobjects/X: rows by id in the order asked, null for those not found. */
export function recordsById(org: Org, table: Table, body: string, base: string): Answer {
  try {
    const asked = JSON.parse(body) as { ids?: string[]; fields?: string[] };
    const ids = asked.ids ?? [];
    if (ids.length > 2000)
      return failure(
        400,
        "EXCEEDED_ID_LIMIT",
        "record limit reached. cannot submit more than 2000 records into this call",
      );
    const print = printer(org, table, asked.fields ?? ["Id"], base);
    const sees = table.visible(false);
    const rows = ids.map((id) => {
      const index = org.indexIn(table, id);
      return index < 0 || !sees(index) ? "null" : print(index);
    });
    return rawJson(`[${rows.join(",")}]`);
  } catch (error) {
    if (error instanceof SoqlError) return refusal(error);
    return failure(400, "JSON_PARSER_ERROR", String(error));
  }
}
