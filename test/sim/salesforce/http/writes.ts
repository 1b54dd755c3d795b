/**
 * POST, PATCH and DELETE of single rows. Names of people follow their parts; formulas, roll-ups and what automation would do
 * do not follow.
 */
import { describeField } from "../describe.ts";
import type { Field, Value } from "../org/field.ts";
import type { Org, Table } from "../org/org.ts";
import { CURRENCIES } from "../org/world.ts";
import { type Answer, empty, failure, json, notFound } from "./answer.ts";
import { bodyOf, valuesOf, WriteRefusal } from "./values.ts";

/** Set up by administrators, or made by the platform: not written through these routes. */
const FIXED: ReadonlySet<string> = new Set([
  "Organization",
  "User",
  "Group",
  "Profile",
  "PermissionSet",
  "PermissionSetAssignment",
  "RecordType",
  "CurrencyType",
]);
/** Made by way of other objects. */
const NOT_CREATED: ReadonlySet<string> = new Set(["ContentDocument", "ContentNote"]);

/** What the rows of an object allow besides GET and HEAD. */
const allowed = ({ object }: Table, row: boolean): readonly string[] =>
  FIXED.has(object.name) || !object.queryable
    ? []
    : row
      ? ["DELETE", "PATCH"]
      : NOT_CREATED.has(object.name)
        ? []
        : ["POST"];

/** 405, with what would do. */
const notAllowed = (method: string, others: readonly string[]): Answer =>
  failure(
    405,
    "METHOD_NOT_ALLOWED",
    `HTTP Method '${method}' not allowed. Allowed are ${[...others, "GET", "HEAD"].sort().join(",")}`,
  );

const creates = (field: Field): boolean => describeField(field).createable === true;
const updates = (field: Field): boolean => describeField(field).updateable === true;

/** What an org fills in where a required field is not named; undefined: it refuses. */
function filledIn(org: Org, field: Field): Value | undefined {
  if (field.name === "OwnerId") return org.userId;
  if (field.name === "CurrencyIsoCode") return CURRENCIES[0];
  if (field.type !== "picklist" || field.name === "StageName") return undefined;
  return (field.picklist.find((value) => value.default) ?? field.picklist[0])?.value;
}

/** The number after those of the seeded rows: `INV-000004` is followed by `INV-000005`. */
function numberAfter(table: Table, field: Field): Value {
  const { count } = table.object;
  const [, head, digits] = /^(.*?)(\d+)$/.exec(String(count === 0 ? "" : (field.value(count - 1) ?? ""))) ?? [];
  if (digits === undefined) return null;
  return `${head}${String(Number(digits) + 1 + table.size - count).padStart(digits.length, "0")}`;
}

/** Fields of accounts that only persons have. */
const ofPersons = (name: string): boolean =>
  ["FirstName", "LastName", "Salutation"].includes(name) || /^Person[A-Z]|__pc$/.test(name);

/** Accounts are companies, with a `Name`, or persons, with its parts. */
function checkAccount(values: Readonly<Record<string, Value>>, person: boolean): void {
  const wrong = Object.keys(values).filter((name) => (person ? name === "Name" : ofPersons(name)));
  if (wrong.length === 0) return;
  const message = `Account: bad field names on insert/update call: ${wrong.join(", ")}`;
  throw new WriteRefusal("INVALID_FIELD_FOR_INSERT_UPDATE", message, wrong);
}

/** Names of people are made of their parts. */
function fullName(table: Table, index: number | null, values: Readonly<Record<string, Value>>): Record<string, Value> {
  if (!("FirstName" in values || "LastName" in values) || table.field("Name") === undefined) return {};
  const part = (name: string): Value => {
    const field = table.field(name);
    if (name in values) return values[name]!;
    return field === undefined || index === null ? null : table.value(field, index);
  };
  return { Name: ["FirstName", "LastName"].map(part).filter(Boolean).join(" ") };
}

/** A person's contact has the same name. */
function nameContact(org: Org, account: string, values: Readonly<Record<string, Value>>): void {
  const contact = org.row(account)?.PersonContactId;
  const names = Object.entries(values).filter(([name]) => ["FirstName", "LastName", "Name"].includes(name));
  if (typeof contact === "string" && names.length > 0) org.update(contact, Object.fromEntries(names));
}

/** POST /sobjects/X: 201 with the id. */
function create(org: Org, table: Table, text: string): Answer {
  const values = valuesOf(org, table, bodyOf(text), creates);
  if (table.object.name === "Account") checkAccount(values, false);
  const missing: string[] = [];
  for (const field of table.object.fields) {
    if (field.name in values || field.type === "boolean" || field.type === "id") continue;
    if (!creates(field)) {
      if (field.extra.autoNumber === true) values[field.name] = numberAfter(table, field);
      continue;
    }
    if (field.name === "RecordTypeId") values.RecordTypeId = table.object.recordTypes[0]?.id ?? null;
    if (field.nillable) continue;
    const value = filledIn(org, field);
    if (value === undefined) missing.push(field.name);
    else values[field.name] = value;
  }
  if (missing.length > 0) {
    throw new WriteRefusal("REQUIRED_FIELD_MISSING", `Required fields are missing: [${missing.join(", ")}]`, missing);
  }
  const id = org.insert(table.object.name, { ...values, ...fullName(table, null, values) });
  return json({ id, success: true, errors: [] }, 201);
}

/** PATCH and DELETE /sobjects/X/{id}: 204. */
function change(org: Org, table: Table, method: string, asked: string, text: string): Answer {
  const index = org.indexIn(table, asked);
  if (index < 0 || !table.visible(true)(index)) return notFound();
  const gone = table.field("IsDeleted");
  if (gone !== undefined && table.value(gone, index) === true)
    return failure(404, "ENTITY_IS_DELETED", "entity is deleted");
  const id = org.idIn(table, index);
  if (method === "DELETE") org.delete(id);
  else {
    const given = valuesOf(org, table, bodyOf(text), updates);
    const person = table.object.name === "Account" && org.row(id)?.IsPersonAccount === true;
    if (table.object.name === "Account") checkAccount(given, person);
    const values = { ...given, ...fullName(table, index, given) };
    org.update(id, values);
    if (person) nameContact(org, id, values);
  }
  return empty();
}

export interface Write {
  readonly method: string;
  readonly body: string;
  readonly contentType: string | undefined;
}

/** A write of a row (`id`) or a new one (null), as the integration user. */
export function write(org: Org, table: Table, id: string | null, { method, body, contentType = "" }: Write): Answer {
  const others = allowed(table, id !== null);
  if (!others.includes(method)) return notAllowed(method, others);
  if (method !== "DELETE" && !/^application\/json\b/i.test(contentType)) {
    const message = `Content-Type header specified in HTTP request is not supported: ${contentType || "none"}`;
    return failure(415, "UNSUPPORTED_MEDIA_TYPE", message);
  }
  try {
    return id === null ? create(org, table, body) : change(org, table, method, id, body);
  } catch (error) {
    if (error instanceof WriteRefusal) return error.answer;
    throw error;
  }
}
