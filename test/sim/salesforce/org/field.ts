/** What an object and a field of the simulated org are: describe data and a value for every index. */

/** Texts, ids, dates (`2026-05-01`), instants (`2026-05-01T07:25:37.000Z`), numbers, booleans. */
export type Value = string | number | boolean | null;

export interface PicklistValue {
  readonly value: string;
  readonly label?: string;
  readonly active?: boolean;
  readonly default?: boolean;
  /** Base64 bitmap over the controlling field's values. */
  readonly validFor?: string;
}

export type FieldType =
  | "id"
  | "reference"
  | "string"
  | "textarea"
  | "picklist"
  | "multipicklist"
  | "combobox"
  | "boolean"
  | "int"
  | "double"
  | "currency"
  | "percent"
  | "date"
  | "datetime"
  | "time"
  | "email"
  | "phone"
  | "url"
  | "address"
  | "encryptedstring"
  | "base64";

/** Describe keys that differ from the type's usual ones. */
export type DescribeExtra = Readonly<Record<string, unknown>>;

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly length: number;
  readonly precision: number;
  readonly scale: number;
  readonly digits: number;
  readonly nillable: boolean;
  readonly custom: boolean;
  readonly referenceTo: readonly string[];
  readonly relationshipName: string | null;
  readonly compound: string | null;
  readonly picklist: readonly PicklistValue[];
  readonly calculated: boolean;
  readonly extra: DescribeExtra;
  /** The value of row `index`, before any edit. Compound addresses and bytes have none (null). */
  value(index: number): Value;
}

export interface ChildRelationship {
  readonly child: string;
  readonly field: string;
  readonly name: string | null;
  readonly cascade?: boolean;
}

export interface SObject {
  readonly name: string;
  readonly label: string;
  readonly labelPlural: string;
  readonly prefix: string | null;
  readonly custom: boolean;
  /** Rows, recycle bin and archive included. */
  readonly count: number;
  readonly fields: readonly Field[];
  /** `/deleted` and `/updated` work. */
  readonly replicateable: boolean;
  /** False: listed, but not to be queried (change events, activity history). */
  readonly queryable: boolean;
  readonly mergeable: boolean;
  readonly recordTypes: readonly { readonly id: string; readonly name: string; readonly developerName: string }[];
  readonly associateEntityType: string | null;
  readonly associateParentEntity: string | null;
  /** Ids start at this index of another object's (a ContentNote is a ContentDocument). */
  readonly idOf: { readonly object: string; readonly offset: number } | null;
  /** Bulk API refuses it. */
  readonly bulk: boolean;
  /** Bytes behind a base64 field. */
  blob(field: string, index: number): Buffer | null;
}

export type FieldOptions = Partial<
  Pick<Field, "nillable" | "custom" | "relationshipName" | "compound" | "calculated" | "extra" | "precision" | "scale">
>;

type Get = (index: number) => Value;

function field(name: string, label: string, type: FieldType, get: Get, rest: Partial<Field> = {}): Field {
  return {
    name,
    label,
    type,
    length: 0,
    precision: 0,
    scale: 0,
    digits: 0,
    nillable: true,
    custom: /__p?c$/.test(name),
    referenceTo: [],
    relationshipName: null,
    compound: null,
    picklist: [],
    calculated: false,
    extra: {},
    ...rest,
    value: get,
  };
}

const readOnly: DescribeExtra = { createable: false, updateable: false };

/** `ParentId` -> `Parent`, `Partner__c` -> `Partner__r`. */
function relation(name: string): string {
  return name.endsWith("__c") ? `${name.slice(0, -1)}r` : name.replace(/Id$/, "");
}

export const text = (name: string, label: string, length: number, get: Get, options: FieldOptions = {}): Field =>
  field(name, label, "string", get, { length, ...options });

/** Up to 255 characters it can be filtered; longer ones cannot. */
export const area = (name: string, label: string, length: number, get: Get, options: FieldOptions = {}): Field =>
  field(name, label, "textarea", get, {
    length,
    ...options,
    extra: { extraTypeInfo: "plaintextarea", ...options.extra },
  });

export const picklist = (
  name: string,
  label: string,
  values: readonly (string | PicklistValue)[],
  get: Get,
  options: FieldOptions & { readonly length?: number; readonly multi?: boolean } = {},
): Field => {
  const { multi, length, ...rest } = options;
  return field(name, label, multi ? "multipicklist" : "picklist", get, {
    length: length ?? (multi ? 4099 : 255),
    precision: multi ? 4 : 0,
    picklist: values.map((value) => (typeof value === "string" ? { value } : value)),
    ...rest,
  });
};

export const ref = (
  name: string,
  label: string,
  to: string | readonly string[],
  get: Get,
  options: FieldOptions = {},
): Field =>
  field(name, label, "reference", get, {
    length: 18,
    referenceTo: typeof to === "string" ? [to] : to,
    relationshipName: relation(name),
    ...options,
  });

export const bool = (name: string, label: string, get: Get, options: FieldOptions = {}): Field =>
  field(name, label, "boolean", get, { nillable: false, ...options });
export const int = (name: string, label: string, get: Get, options: FieldOptions = {}): Field =>
  field(name, label, "int", get, { digits: 8, ...options });
export const double = (name: string, label: string, get: Get, options: FieldOptions = {}): Field =>
  field(name, label, "double", get, { precision: 18, scale: 2, ...options });
export const money = (name: string, label: string, get: Get, options: FieldOptions = {}): Field =>
  field(name, label, "currency", get, { precision: 18, scale: 2, ...options });
export const percent = (name: string, label: string, get: Get, options: FieldOptions = {}): Field =>
  field(name, label, "percent", get, { precision: 3, ...options });
export const date = (name: string, label: string, get: Get, options: FieldOptions = {}): Field =>
  field(name, label, "date", get, options);
export const datetime = (name: string, label: string, get: Get, options: FieldOptions = {}): Field =>
  field(name, label, "datetime", get, options);
export const email = (name: string, label: string, get: Get, options: FieldOptions = {}): Field =>
  field(name, label, "email", get, { length: 80, ...options });
export const phone = (name: string, label: string, get: Get, options: FieldOptions = {}): Field =>
  field(name, label, "phone", get, { length: 40, ...options });
export const url = (name: string, label: string, get: Get, options: FieldOptions = {}): Field =>
  field(name, label, "url", get, { length: 255, ...options });
/** A compound address; its components name it in `compound`. */
export const address = (name: string, label: string): Field =>
  field(name, label, "address", () => null, { extra: { ...readOnly } });
export const base64 = (name: string, label: string): Field =>
  field(name, label, "base64", () => null, { extra: { filterable: false, sortable: false, groupable: false } });
export const other = (
  name: string,
  label: string,
  type: FieldType,
  get: Get,
  rest: Partial<Omit<Field, "name" | "label" | "type" | "value">> = {},
): Field => field(name, label, type, get, rest);

/** Marks a field that the platform fills in. */
export const auto = (made: Field): Field => ({ ...made, extra: { ...readOnly, ...made.extra } });
export const formula = (made: Field, expression: string | null): Field => ({
  ...made,
  calculated: true,
  extra: { ...readOnly, ...made.extra, calculatedFormula: expression },
});
