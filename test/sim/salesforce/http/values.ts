/** Values that a write brings: from JSON to what a row holds, or why they are refused. */
import type { Field, Value } from "../org/field.ts";
import type { Org, Table } from "../org/org.ts";
import { fieldOf } from "../soql/columns.ts";
import { type Answer, json } from "./answer.ts";

/** Ends a write with an answer. */
export class WriteRefusal extends Error {
  readonly answer: Answer;
  constructor(errorCode: string, message: string, fields?: readonly string[], status = 400) {
    super(message);
    this.answer = json([{ message, errorCode, ...(fields === undefined ? {} : { fields }) }], status);
  }
}

/** The body of a write: an object. */
export function bodyOf(text: string): Readonly<Record<string, unknown>> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // told below
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new WriteRefusal("JSON_PARSER_ERROR", "Unexpected character or end of input: the body must be a JSON object");
}

const NUMBERS: ReadonlySet<string> = new Set(["int", "double", "currency", "percent"]);

function unreadable(field: Field, value: unknown): never {
  const kind = typeof value === "string" ? "STRING" : typeof value === "number" ? "NUMBER" : "TOKEN";
  throw new WriteRefusal(
    "JSON_PARSER_ERROR",
    `Cannot deserialize instance of ${field.type} from VALUE_${kind} value ${JSON.stringify(value)} or request may be missing a required field`,
  );
}

function referenced(org: Org, field: Field, value: unknown): string {
  const at = typeof value === "string" && /^\w{15}(\w{3})?$/.test(value) ? org.find(value) : null;
  if (at === null || !field.referenceTo.includes(at.table.object.name)) {
    const message = `${field.label}: id value of incorrect type: ${String(value)}`;
    throw new WriteRefusal("MALFORMED_ID", message, [field.name]);
  }
  const gone = at.table.field("IsDeleted");
  if (!at.table.visible(true)(at.index) || (gone !== undefined && at.table.value(gone, at.index) === true)) {
    throw new WriteRefusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name]);
  }
  return org.idIn(at.table, at.index);
}

/** One value as a row holds it; an empty text is no value. */
function readValue(org: Org, field: Field, value: unknown): Value {
  const { type, name } = field;
  if (type === "boolean") return typeof value === "boolean" ? value : unreadable(field, value);
  if (value === null || value === "") {
    if (field.nillable) return null;
    throw new WriteRefusal("REQUIRED_FIELD_MISSING", `Required fields are missing: [${name}]`, [name]);
  }
  if (type === "reference") return referenced(org, field, value);
  if (NUMBERS.has(type)) {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : unreadable(field, value);
  }
  if (type === "date") {
    const day = typeof value === "string" ? /^\d{4}-\d\d-\d\d/.exec(value)?.[0] : undefined;
    return day === undefined || Number.isNaN(Date.parse(day)) ? unreadable(field, value) : day;
  }
  if (type === "datetime") {
    const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
    // stamps have no fraction of a second
    return Number.isNaN(at) ? unreadable(field, value) : new Date(at - (at % 1000)).toISOString();
  }
  if (type === "base64")
    throw new WriteRefusal("INVALID_FIELD", `${name}: this simulator keeps no bytes of new files`, [name]);
  if (typeof value === "object") return unreadable(field, value);
  const text = String(value);
  if (field.length > 0 && text.length > field.length) {
    const message = `${field.label}: data value too large: ${text} (max length=${field.length})`;
    throw new WriteRefusal("STRING_TOO_LONG", message, [name]);
  }
  return text;
}

/** What a body changes, by the names that the fields have. `able` says whether a field may be written. */
export function valuesOf(
  org: Org,
  table: Table,
  body: Readonly<Record<string, unknown>>,
  able: (field: Field) => boolean,
): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const [asked, value] of Object.entries(body)) {
    if (asked === "attributes") continue;
    const field = fieldOf(org, table, asked);
    if (field === undefined) {
      throw new WriteRefusal("INVALID_FIELD", `No such column '${asked}' on sobject of type ${table.object.name}`);
    }
    if (!able(field)) {
      const message = `Unable to create/update fields: ${field.name}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`;
      throw new WriteRefusal("INVALID_FIELD_FOR_INSERT_UPDATE", message, [field.name]);
    }
    values[field.name] = readValue(org, field, value);
  }
  return values;
}
