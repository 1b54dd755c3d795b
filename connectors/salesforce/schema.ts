/** From Salesforce's description of an object to ours. */
import type { FieldType, SourceField, SourceObject } from "../../core/schema.ts";
import type { DescribedField, DescribedObject } from "./client.ts";
import { MASTER, showsLosers } from "./objects.ts";

/** `null`: not read. Compound values come by their components; binary ones are files. */
const TYPES: Readonly<Record<string, FieldType | null>> = {
  address: null,
  location: null,
  base64: null,
  anyType: "text",
  boolean: "boolean",
  combobox: "text",
  complexvalue: "text",
  currency: "currency",
  date: "date",
  datetime: "datetime",
  double: "decimal",
  email: "email",
  encryptedstring: "text",
  id: "text",
  int: "integer",
  json: "json",
  long: "integer",
  multipicklist: "multipicklist",
  percent: "percent",
  phone: "phone",
  picklist: "picklist",
  reference: "reference",
  string: "text",
  textarea: "text",
  time: "text",
  url: "url",
};

/** What the values of a column look like on the wire. */
export type ValueKind = "text" | "number" | "datetime" | "id";

export function valueKind(type: string): ValueKind {
  if (type === "double" || type === "currency" || type === "percent" || type === "int" || type === "long")
    return "number";
  if (type === "datetime") return "datetime";
  return type === "id" || type === "reference" ? "id" : "text";
}

export function isReadable(field: DescribedField): boolean {
  return field.deprecatedAndHidden !== true && TYPES[field.type] !== null;
}

/** Its values come as `*****6789` to users who may not see them. */
export function isEncrypted(field: DescribedField): boolean {
  return field.encrypted === true || field.type === "encryptedstring";
}

export function sourceField(field: DescribedField, name = field.name, label = field.label): SourceField {
  const type = TYPES[field.type] ?? "text";
  const picks = type === "picklist" || type === "multipicklist";
  return {
    name,
    label,
    // an owner is matched to a user of the target, not looked up like a record
    type: type === "reference" && name === "OwnerId" ? "owner" : type,
    ...(picks ? { options: field.picklistValues.map(({ value, label }) => ({ value, label: label ?? value })) } : {}),
    ...(field.type === "reference" ? { referenceTo: field.referenceTo } : {}),
    ...(field.calculated ? { calculated: true } : {}),
    ...(isEncrypted(field) ? { note: 'encrypted, masked without the permission "View Encrypted Data"' } : {}),
    ...(field.custom === true || /__p?c$/.test(field.name) ? { custom: true } : {}),
  };
}

/** Columns that may refer to any record, the org's own objects included, though descriptions of them name some only. */
const ANY_RECORD: ReadonlySet<string> = new Set([
  "Attachment.ParentId",
  "ContentDocumentLink.LinkedEntityId",
  "ContentVersion.FirstPublishLocationId",
  "Note.ParentId",
]);

const ofObject = (object: string, field: SourceField): SourceField =>
  ANY_RECORD.has(`${object}.${field.name}`) ? { ...field, referenceTo: [] } : field;

/** `more` are fields that the description itself does not list. */
export function sourceObject(object: DescribedObject, more: readonly SourceField[] = []): SourceObject {
  return {
    name: object.name,
    label: object.label,
    key: "Id",
    ...(showsLosers(object) ? { mergedInto: MASTER } : {}),
    ...(object.custom === true || object.name.endsWith("__c") ? { custom: true } : {}),
    ...(object.fields.some(({ name }) => name === "CreatedDate") ? { created: "CreatedDate" } : {}),
    fields: [...object.fields.filter(isReadable).map((field) => ofObject(object.name, sourceField(field))), ...more],
  };
}
