/** JSON Schemas for editors, made from the tables that validation uses. Draft 7: what YAML language servers know best. */
import { configKeys, cutoverStageKeys, sourceKeys, targetKeys } from "../config-keys.ts";
import type { OptionSpec } from "../options.ts";
import {
  associationKeys,
  caseKeys,
  fieldKeys,
  type KeySpec,
  mappingKeys,
  ownersKeys,
  picklistKeys,
  type Schema,
} from "./keys.ts";
import { transforms } from "./transforms.ts";

/** `$schema` of all of them. */
export const DRAFT = "http://json-schema.org/draft-07/schema#";
/** Numbers and booleans may come from the environment. */
const VARIABLE: Schema = { type: "string", pattern: "\\$\\{" };

export interface ConnectorOptions {
  readonly name: string;
  readonly options: readonly OptionSpec[];
}

/** Schema of `migration.yaml`; other source connectors than these are accepted with any options. */
export function configSchema(sources: readonly ConnectorOptions[], targets: readonly ConnectorOptions[]): Schema {
  const root = optionsObject(configKeys);
  const properties = {
    ...(root.properties as object),
    source: side("source", sourceKeys, sources, true),
    target: side("target", targetKeys, targets, false),
    cutover: objectSchema(
      { stages: { type: "array", items: optionsObject(cutoverStageKeys) } },
      [],
      "Stages of a staged cutover.",
    ),
  };
  return { $schema: DRAFT, title: "crm-migrate: migration.yaml", ...root, properties };
}

/** Schema of a mapping file. */
export function mappingSchema(): Schema {
  const one = keysObject(mappingKeys);
  const many = objectSchema({ mappings: { type: "array", items: one }, picklists: picklistsSchema() }, ["mappings"]);
  return {
    $schema: DRAFT,
    title: "crm-migrate: mapping file",
    // not anyOf: messages of editors are clearer when one form is chosen
    if: { required: ["mappings"] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: many,
    else: one,
    $defs: definitions(),
  };
}

/** Schema of `picklists.yaml`. */
export function picklistsFileSchema(): Schema {
  return {
    $schema: DRAFT,
    title: "crm-migrate: picklists.yaml",
    ...objectSchema({ picklists: picklistsSchema() }, []),
    $defs: { picklist: keysObject(picklistKeys) },
  };
}

/** Schema of `owners.yaml`. */
export function ownersSchema(): Schema {
  return { $schema: DRAFT, title: "crm-migrate: owners.yaml", ...keysObject(ownersKeys) };
}

/** An object of known members and no others. */
export function objectSchema(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[],
  description?: string,
): Schema {
  return {
    ...(description === undefined ? {} : { description }),
    type: "object",
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function keysObject(keys: readonly KeySpec[]): Schema {
  const properties = keys.map(({ name, schema, description }) => [name, { description, ...schema }] as const);
  const required = keys.filter((key) => key.required === true).map((key) => key.name);
  return objectSchema(Object.fromEntries(properties), required);
}

const picklistsSchema = (): Schema => ({ type: "object", additionalProperties: { $ref: "#/$defs/picklist" } });

function definitions(): Schema {
  const columns = { anyOf: [{ type: ["string", "number"] }, { type: "array", items: { type: ["string", "number"] } }] };
  return {
    field: { anyOf: [columns, keysObject(fieldKeys)] },
    association: keysObject(associationKeys),
    picklist: keysObject(picklistKeys),
    case: keysObject(caseKeys),
    transforms: { anyOf: [{ $ref: "#/$defs/transform" }, { type: "array", items: { $ref: "#/$defs/transform" } }] },
    transform: {
      anyOf: [...transforms.values()].flatMap((spec) => transformSchemas(spec.name, spec.summary, spec.args)),
    },
  };
}

/** By name alone where no argument is needed, else `{ name: arguments }`. */
function transformSchemas(
  name: string,
  description: string,
  args: readonly { readonly optional?: boolean }[],
): Schema[] {
  const schemas: Schema[] = [];
  if (args.every((arg) => arg.optional === true)) schemas.push({ const: name, description });
  if (args.length > 0) schemas.push(objectSchema({ [name]: {} }, [name], description));
  return schemas;
}

function side(
  what: string,
  common: readonly OptionSpec[],
  connectors: readonly ConnectorOptions[],
  needsConnector: boolean,
): Schema {
  const [first] = connectors;
  const connector = { ...optionSchema(common[0]!), examples: connectors.map(({ name }) => name) };
  const choose = connectors.map(({ name, options }) => {
    const all = [...common.slice(1), ...options.filter((spec) => !common.some((known) => known.name === spec.name))];
    const chosen = optionsObject(all);
    const isIt = {
      properties: { connector: { const: name } },
      ...(needsConnector || name !== first?.name ? { required: ["connector"] } : {}),
    };
    return {
      if: isIt,
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { ...chosen, properties: { connector, ...(chosen.properties as object) } },
    };
  });
  return {
    description: `The ${what}: its connector and the connector's options.`,
    type: "object",
    properties: { connector },
    ...(needsConnector ? { required: ["connector"] } : {}),
    allOf: choose,
  };
}

function optionsObject(specs: readonly OptionSpec[]): Schema {
  const properties = Object.fromEntries(specs.map((spec) => [spec.name, nullable(spec)]));
  return objectSchema(
    properties,
    specs.filter((spec) => spec.required === true).map((spec) => spec.name),
  );
}

/** An option may be left empty, which is the same as leaving it out. */
function nullable(spec: OptionSpec): Schema {
  const schema = optionSchema(spec);
  if (spec.required === true || spec.type === "any") return schema;
  const { description, default: preset, examples, ...rest } = schema;
  const notes = {
    description,
    ...(preset === undefined ? {} : { default: preset }),
    ...(examples === undefined ? {} : { examples }),
  };
  return { ...notes, anyOf: [rest, { type: "null" }] };
}

function optionSchema(spec: OptionSpec): Schema {
  return {
    description: spec.description,
    ...(spec.default === undefined ? {} : { default: spec.default }),
    ...(spec.example === undefined ? {} : { examples: [spec.example] }),
    ...typeSchema(spec),
  };
}

function typeSchema(spec: OptionSpec): Schema {
  const text: Schema =
    spec.values === undefined
      ? { type: ["string", "number", "boolean"] }
      : { anyOf: [{ enum: spec.values }, VARIABLE] };
  switch (spec.type) {
    case "string":
      return text;
    case "integer":
    case "number":
    case "boolean":
      return { anyOf: [{ type: spec.type }, VARIABLE] };
    case "string[]":
      return { anyOf: [text, { type: "array", items: text }] };
    case "object":
      return spec.members === undefined ? { type: "object" } : optionsObject(spec.members);
    case "any":
      return {};
  }
}
