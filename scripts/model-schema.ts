import { DRAFT, objectSchema } from "../core/mapping/json-schema.ts";
import type { Schema } from "../core/mapping/keys.ts";
import type { FIELD_KEYS } from "../core/model/parse-field.ts";
import { FIELD_TYPES } from "../core/schema.ts";

/** Schema of a target model file. */
export function modelSchema(): Schema {
  const text = { type: "string" };
  const texts = { type: "array", items: text };
  const scalar = { type: ["string", "number", "boolean"] };
  const options = {
    anyOf: [
      { type: "array", items: { anyOf: [scalar, objectSchema({ value: scalar, label: text }, ["value"])] } },
      { type: "object", additionalProperties: scalar },
    ],
  };
  const known: Record<(typeof FIELD_KEYS)[number], Schema> = {
    type: { enum: FIELD_TYPES },
    label: text,
    description: text,
    required: { type: "boolean" },
    unique: { type: "boolean" },
    maxLength: { type: "integer", minimum: 1 },
    options: { anyOf: [text, ...options.anyOf] },
    lookup: { anyOf: [text, texts] },
    addLookup: {
      anyOf: [text, texts],
      description: "With `extends`: further objects that a reference of the extended model may refer to.",
    },
    typeField: text,
    currencyField: text,
    index: { type: "boolean" },
  };
  // `type` may be absent where a field of the extended model is completed
  const field = { anyOf: [{ enum: FIELD_TYPES }, objectSchema(known, [])] };
  const properties = {
    version: { const: 1 },
    name: text,
    description: text,
    extends: {
      ...text,
      description:
        "Model that this one adds to: `hotcrm`, or the path of a file. Objects and fields of the same name are completed.",
    },
    order: { ...texts, description: "Playbook order; breaks ties." },
    picklists: { type: "object", additionalProperties: options, description: "Options that fields share by name." },
    objects: {
      type: "object",
      additionalProperties: objectSchema(
        {
          label: text,
          description: text,
          table: text,
          requireAny: { type: "array", items: texts, description: "Of each group one field must have a value." },
          identity: { ...texts, description: "Fields by which records without external id are unique." },
          fields: { type: "object", additionalProperties: field },
        },
        ["fields"],
      ),
    },
  };
  const whole = { anyOf: [{ required: ["objects"] }, { required: ["extends"] }] };
  return { $schema: DRAFT, title: "crm-migrate: target model", ...objectSchema(properties, []), ...whole };
}
