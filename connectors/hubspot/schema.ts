/** From HubSpot's definitions of properties to our fields. */
import type { FieldType, PicklistOption, SourceField } from "../../core/schema.ts";
import type { Pipeline, Property, Stage } from "./definitions.ts";
import { OWNERS, STANDARD_TYPES } from "./objects.ts";

/** What `type` says, which decides the value; `fieldType` is only how it is shown. */
const TYPES: Readonly<Record<string, FieldType>> = {
  string: "text",
  number: "decimal",
  date: "date",
  datetime: "datetime",
  bool: "boolean",
  phone_number: "phone",
  json: "json",
  object_coordinates: "text",
};

/** The property whose owner is matched to a user of the target, not looked up like a record. */
const OWNER_PROPERTY = "hubspot_owner_id";

export function fieldType(property: Property): FieldType {
  const { name, type, fieldType: shown, refersTo } = property;
  if (name === "hs_object_id") return "text";
  if (name === OWNER_PROPERTY) return "owner";
  if (refersTo !== null && shown !== "checkbox" && referencedObject(refersTo) !== null) return "reference";
  if (type === "enumeration") {
    if (shown === "checkbox") return "multipicklist";
    return shown === "booleancheckbox" && isYesNo(property) ? "boolean" : "picklist";
  }
  if (type === "number" && property.currency) return "currency";
  if (type === "string" && shown === "phonenumber") return "phone";
  return TYPES[type] ?? "text";
}

const isYesNo = ({ options }: Property): boolean => options.every(({ value }) => value === "true" || value === "false");

/** The object that `referencedObjectType` names: `OWNER`, `COMPANY`; null: one that is not read. */
export function referencedObject(refersTo: string): string | null {
  const name = refersTo.toLowerCase();
  if (name === "owner") return OWNERS;
  return STANDARD_TYPES.find(({ singular, name: plural }) => singular === name || plural === name)?.name ?? null;
}

export function propertyField(property: Property): SourceField {
  const type = fieldType(property);
  const target = property.refersTo === null ? null : referencedObject(property.refersTo);
  // ids and e-mail addresses are multiple choices, too, without a list of options
  const listed = property.options.length > 0;
  return {
    name: property.name,
    label: property.label,
    type,
    ...((type === "picklist" || type === "multipicklist") && listed ? { options: property.options } : {}),
    ...(target === null ? {} : { referenceTo: [target] }),
    ...(property.readOnly ? { calculated: true } : {}),
    ...(property.custom ? { custom: true } : {}),
  };
}

/** Fields that every record has besides its properties. */
export const RECORD_FIELDS: readonly SourceField[] = [
  { name: "id", label: "Record ID", type: "text" },
  { name: "createdAt", label: "Created at", type: "datetime" },
  { name: "updatedAt", label: "Updated at", type: "datetime" },
  { name: "archived", label: "Archived", type: "boolean" },
  { name: "archivedAt", label: "Archived at", type: "datetime" },
];

export interface PipelineProperties {
  readonly pipeline: string;
  readonly stage: string;
}

/** The properties that hold a record's pipeline and stage. */
export function pipelineProperties(type: string): PipelineProperties {
  return type === "deals"
    ? { pipeline: "pipeline", stage: "dealstage" }
    : { pipeline: "hs_pipeline", stage: "hs_pipeline_stage" };
}

const stageOption = ({ id, label, probability, isClosed }: Stage, pipeline: string): PicklistOption => ({
  value: id,
  label,
  stage: { pipeline, probability, isClosed: isClosed === null ? null : isClosed === "true" },
});

/** `fields` with the pipelines' stages as options, and the fields that come from them. */
export function withPipelines(
  fields: readonly SourceField[],
  pipelines: readonly Pipeline[],
  { pipeline, stage }: PipelineProperties,
): SourceField[] {
  if (pipelines.length === 0) return [...fields];
  const stages = pipelines.flatMap((one) => one.stages.map((found) => stageOption(found, one.label)));
  const options = new Map([
    [pipeline, pipelines.map(({ id, label }) => ({ value: id, label }))],
    [stage, stages],
  ]);
  const named = fields.map((field): SourceField => {
    const found = options.get(field.name);
    return found === undefined ? field : { ...field, type: "picklist", options: found };
  });
  const has = (name: string) => fields.some((field) => field.name === name);
  const all = pipelines.flatMap((one) => one.stages);
  const virtual: SourceField[] = [];
  if (has(stage)) {
    virtual.push({ name: `${stage}.label`, label: "Stage", type: "text" });
    if (all.some(({ probability }) => probability !== null))
      virtual.push({ name: `${stage}.probability`, label: "Stage probability", type: "decimal" });
    if (all.some(({ isClosed }) => isClosed !== null))
      virtual.push({ name: `${stage}.isClosed`, label: "Stage is closed", type: "boolean" });
  }
  if (has(pipeline)) virtual.push({ name: `${pipeline}.label`, label: "Pipeline", type: "text" });
  return [...named, ...virtual];
}

const text = (name: string, label: string): SourceField => ({ name, label, type: "text" });
const time = (name: string, label: string): SourceField => ({ name, label, type: "datetime" });
const flag = (name: string, label: string): SourceField => ({ name, label, type: "boolean" });

export const OWNER_FIELDS: readonly SourceField[] = [
  text("id", "Owner ID"),
  { name: "email", label: "E-mail", type: "email" },
  text("firstName", "First name"),
  text("lastName", "Last name"),
  {
    name: "type",
    label: "Type",
    type: "picklist",
    options: [
      { value: "PERSON", label: "Person" },
      { value: "QUEUE", label: "Queue" },
    ],
  },
  text("userId", "User ID"),
  text("userIdIncludingInactive", "User ID, inactive ones included"),
  flag("isActive", "Is active"),
  flag("archived", "Archived"),
  time("createdAt", "Created at"),
  time("updatedAt", "Updated at"),
  text("teams", "Teams"),
];

export const FILE_FIELDS: readonly SourceField[] = [
  text("id", "ID"),
  text("file_id", "File ID"),
  text("engagement_type", "Engagement type"),
  text("engagement_id", "Engagement ID"),
  text("name", "Name"),
  text("extension", "Extension"),
  text("type", "Type"),
  { name: "size", label: "Size in bytes", type: "integer" },
  { name: "url", label: "URL", type: "url" },
  text("access", "Access"),
  text("path", "Path"),
  time("createdAt", "Created at"),
  time("updatedAt", "Updated at"),
  text("related_id", "Related record"),
  text("related_type", "Object of the related record"),
];

/** Fields of `contacts_to_companies`; `labels` are those that the portal has for the direction. */
export function pairFields(from: string, to: string, labels: readonly string[]): readonly SourceField[] {
  return [
    text("id", "ID"),
    { name: "from_id", label: `From (${from})`, type: "reference", referenceTo: [from] },
    { name: "to_id", label: `To (${to})`, type: "reference", referenceTo: [to] },
    { ...text("label", "Label"), options: labels.map((label) => ({ value: label, label })) },
    text("type_id", "Type ID"),
    text("category", "Category"),
    flag("is_primary", "Is primary"),
  ];
}

export function associationFields(to: string, label: string): readonly SourceField[] {
  return [
    { name: `associations.${to}`, label: `${label}: the primary one`, type: "reference", referenceTo: [to] },
    text(`associations.${to}.ids`, `${label}: all`),
  ];
}
