/** The keys of mapping files as data: parsing, JSON Schema and documentation come from these tables. */
import { FIELD_TYPES } from "../schema.ts";

/** A JSON Schema fragment. */
export type Schema = Readonly<Record<string, unknown>>;

export interface KeySpec {
  readonly name: string;
  readonly description: string;
  readonly schema: Schema;
  readonly required?: boolean;
}

export const MODES = ["upsert", "insert", "update"] as const;
export const MISSING = ["reject", "null", "defer"] as const;
export const ON_ERROR = ["reject", "null", "stop"] as const;
export const OVERWRITE = ["always", "if-empty", "never"] as const;
export const CONFLICTS = ["source", "target", "newest", "review"] as const;
export const BLANK = ["ignore", "clear"] as const;
export const DUPLICATES = ["reject", "first", "last", "combine"] as const;
export const DELETED = ["keep", "mark", "delete"] as const;
export const UNMAPPED = ["stop", "reject", "null", "keep"] as const;
export const OWNER_MATCH = ["email", "name", "external_id"] as const;
export const OWNER_UNMATCHED = ["stop", "reject", "null", "invite"] as const;

const text: Schema = { type: "string" };
const boolean: Schema = { type: "boolean" };
/** A YAML scalar that is taken as it is written. */
const scalar: Schema = { type: ["string", "number", "boolean", "null"] };
const texts = { anyOf: [text, { type: "array", items: text, minItems: 1 }] };
const textMap: Schema = { type: "object", additionalProperties: scalar };
const oneOf = (values: readonly string[]): Schema => ({ enum: values.includes("null") ? [...values, null] : values });

export const mappingKeys: readonly KeySpec[] = [
  { name: "object", required: true, schema: text, description: "Target object, from the target model." },
  { name: "source", required: true, schema: texts, description: "Source object, file or sheet; a list reads several." },
  {
    name: "key",
    schema: {
      anyOf: [
        ...texts.anyOf,
        {
          type: "object",
          properties: { from: texts, transform: { $ref: "#/$defs/transforms" }, content: { const: true } },
          additionalProperties: false,
        },
      ],
    },
    description:
      "Source field that identifies a record; a list for a compound key; `{ from, transform }`: the same, changed before it counts; `{ content: true }`: the whole row is its key. Default: the key the source declares.",
  },
  {
    name: "mode",
    schema: oneOf(MODES),
    description: "upsert (default); insert: ignore records that exist; update: ignore records that do not.",
  },
  {
    name: "match",
    schema: {
      anyOf: [
        text,
        {
          type: "array",
          minItems: 1,
          items: {
            anyOf: [
              text,
              {
                type: "object",
                properties: { field: text, in: texts },
                required: ["field", "in"],
                additionalProperties: false,
              },
            ],
          },
        },
      ],
    },
    description:
      "Target fields that recognise an existing record, in order; `{ field: email, in: [email, secondary_email] }` looks for the value of one in several. Default: external_id.",
  },
  {
    name: "duplicates",
    schema: oneOf(DUPLICATES),
    description:
      "Same key twice in the source: reject the later ones (default), keep the first, keep the last, or combine: the first row gives the values, all of them give associations.",
  },
  {
    name: "keyspace",
    schema: text,
    description: "Added to external_source, where ids of several source objects could collide in one target object.",
  },
  {
    name: "filter",
    schema: text,
    description: "Only records for which it holds: comparisons, IN, LIKE, IS NULL, AND, OR, NOT.",
  },
  {
    name: "aliases",
    schema: {
      anyOf: [
        text,
        {
          type: "object",
          properties: { from: text, separator: text },
          required: ["from"],
          additionalProperties: false,
        },
      ],
    },
    description:
      "Source field with the record's other ids (of records merged into it): what refers to them refers to this record.",
  },
  {
    name: "mergedInto",
    schema: text,
    description:
      "Source field that names the record which this one was merged into: where it is not blank, the record is not loaded and its id leads there.",
  },
  {
    name: "deleted",
    schema: oneOf(DELETED),
    description:
      "What a delta does with the row of a record that the source no longer holds: keep, mark or delete. Default: `delta.deleted`.",
  },
  {
    name: "overwrite",
    schema: oneOf(OVERWRITE),
    description: "overwrite of all fields that do not say their own.",
  },
  {
    name: "conflicts",
    schema: oneOf(CONFLICTS),
    description:
      "conflicts of all fields that do not say their own. Default: `conflicts` of migration.yaml. Said here, full runs follow it, too.",
  },
  {
    name: "blank",
    schema: oneOf(BLANK),
    description: "blank of all fields that do not say their own.",
  },
  {
    name: "fields",
    required: true,
    schema: { type: "object", additionalProperties: { $ref: "#/$defs/field" } },
    description: "Target field: source field, or a map of field keys.",
  },
  {
    name: "associations",
    schema: { type: "array", items: { $ref: "#/$defs/association" } },
    description: "Many-to-many links to other objects.",
  },
  {
    name: "picklists",
    schema: { type: "object", additionalProperties: { $ref: "#/$defs/picklist" } },
    description: "Picklists of this file, by name.",
  },
  {
    name: "cases",
    schema: { type: "array", items: { $ref: "#/$defs/case" } },
    description: "Input records and the output expected, run by `migrate check`.",
  },
];

export const fieldKeys: readonly KeySpec[] = [
  { name: "from", schema: texts, description: "Source field; of a list, the first that is not blank." },
  {
    name: "skip",
    schema: texts,
    description: "Values of a list `from` that are passed over while a later field of the list has another one.",
  },
  { name: "value", schema: scalar, description: "A constant." },
  { name: "template", schema: text, description: "Text with {source fields}; {{ and }} are braces." },
  { name: "values", schema: textMap, description: "Old value: new value, applied before everything else." },
  {
    name: "transform",
    schema: { $ref: "#/$defs/transforms" },
    description: "Functions, applied in order: `trim`, or `{ truncate: 80 }`.",
  },
  { name: "type", schema: oneOf(FIELD_TYPES), description: "How the value is read. Default: the target field's type." },
  { name: "format", schema: text, description: "How dates are written in the source, for example dd.MM.yyyy." },
  {
    name: "country",
    schema: { type: "string", pattern: "^[A-Z]{2}$" },
    description: "ISO 3166 country of phone numbers without a prefix.",
  },
  {
    name: "currency",
    schema: text,
    description:
      "Source field with the ISO 4217 code, or a fixed code such as EUR. Also fills the model's currency field.",
  },
  { name: "default", schema: scalar, description: "Used when the value is blank; read like a source value." },
  { name: "required", schema: boolean, description: "Reject the record when the value is blank." },
  {
    name: "blank",
    schema: oneOf(BLANK),
    description:
      "What a blank does to an existing value: ignore or clear. Default: ignore for blank cells of files, clear for nulls of other sources.",
  },
  {
    name: "overwrite",
    schema: oneOf(OVERWRITE),
    description: "What happens to a value the target has: always (default), if-empty, never.",
  },
  {
    name: "conflicts",
    schema: oneOf(CONFLICTS),
    description:
      "A value that source and target both changed since it was written: source, target, newest (needs a mapped updated_at) or review (the target's stays and conflicts.csv lists it).",
  },
  {
    name: "onError",
    schema: oneOf(ON_ERROR),
    description: "A value that cannot be read: reject the record (default), null the field, stop the run.",
  },
  {
    name: "lookup",
    schema: { anyOf: [...texts.anyOf, { type: "object", additionalProperties: text, minProperties: 1 }] },
    description:
      "Target object that the value refers to (`object/keyspace`: of that key space alone); a list for several; a map from source fields, or from what `typeFrom` says.",
  },
  {
    name: "typeFrom",
    schema: text,
    description: "Source field that says which object of the map `lookup` the value refers to.",
  },
  {
    name: "by",
    schema: text,
    description: "Field of the referenced object that the value is compared with. Default: its source id.",
  },
  {
    name: "missing",
    schema: oneOf(MISSING),
    description: "The referenced record is not there: reject (default), null, or defer until it is.",
  },
  {
    name: "typeInto",
    schema: text,
    description: "Field that takes the referenced object's name, when there are several.",
  },
  {
    name: "picklist",
    schema: { anyOf: [text, { $ref: "#/$defs/picklist" }] },
    description: "Name of a picklist, or one in place.",
  },
  { name: "owner", schema: boolean, description: "The value is an owner, resolved by owners.yaml." },
  {
    name: "create",
    schema: boolean,
    description: "Makes a column of the field's type in the target, where the model has no such field.",
  },
];

export const associationKeys: readonly KeySpec[] = [
  { name: "to", required: true, schema: text, description: "Target object that is linked to." },
  { name: "from", required: true, schema: text, description: "Source field that names the other record." },
  {
    name: "by",
    schema: text,
    description: "Field of the other object that the value is compared with. Default: its source id.",
  },
  {
    name: "label",
    schema: {
      anyOf: [
        text,
        {
          type: "object",
          properties: { value: text, from: text, separator: text },
          additionalProperties: false,
        },
      ],
    },
    description:
      'Source field with the label; { from: ..., separator: ";" } for a field with several; { value: ... } for a fixed one.',
  },
  {
    name: "primary",
    schema: { type: ["boolean", "string"] },
    description:
      "Marks the link as the primary one; a text is the label that does so. Default: Primary, where labels come from a field.",
  },
  {
    name: "pairs",
    schema: textMap,
    description: "Label: label of the way back, written from the other record to this one.",
  },
  {
    name: "transform",
    schema: { $ref: "#/$defs/transforms" },
    description: "Functions, applied to what names the other record.",
  },
  {
    name: "missing",
    schema: oneOf(MISSING),
    description: "The other record is not there: reject (default), null (no link), or defer.",
  },
  { name: "separator", schema: text, description: "Splits several values in one cell." },
];

export const picklistKeys: readonly KeySpec[] = [
  { name: "values", schema: textMap, description: "Source value: target value. Case is ignored." },
  {
    name: "unmapped",
    schema: { type: ["string", "null"] },
    description:
      "Other values: stop the plan (default), reject the record, null the field, keep the text, or a target value.",
  },
];

export const caseKeys: readonly KeySpec[] = [
  { name: "name", schema: text, description: "What the case shows." },
  { name: "input", required: true, schema: textMap, description: "Source field: text." },
  {
    name: "expect",
    schema: textMap,
    description: "Target field: canonical value (the referenced key for lookups, null for none).",
  },
  { name: "reject", schema: text, description: "Code with which the record is rejected." },
  { name: "filtered", schema: boolean, description: "The filter leaves the record out." },
  { name: "merged", schema: text, description: "Id of the record that this one was merged into." },
];

export const ownersKeys: readonly KeySpec[] = [
  {
    name: "match",
    schema: oneOf(OWNER_MATCH),
    description: "What source owners and target users have in common. Default: email.",
  },
  { name: "map", schema: textMap, description: "Source owner: target user's e-mail (or name, or external id)." },
  {
    name: "unmatched",
    schema: { type: ["string", "null"] },
    description:
      "Owners without a user: stop (default), reject, null, invite (create the user, inactive), or an e-mail.",
  },
  {
    name: "inactive",
    schema: text,
    description: "Users who are inactive: keep (default), or the e-mail of who takes over.",
  },
];

/** Names of a table's keys. */
export const names = (keys: readonly KeySpec[]): string[] => keys.map((key) => key.name);
