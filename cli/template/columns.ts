/** The columns of a template: what a target object takes, in the order of the model. */
import type { FieldType, ModelField, ModelObject } from "../../core/schema.ts";

export interface TemplateColumn {
  /** Field name with its mark: `last_name`, `name *`, `email (*)`. */
  readonly header: string;
  /** `one`: at least one of several columns. */
  readonly required: "yes" | "one" | "no";
  readonly type: FieldType;
  /** Of the example row. */
  readonly example: string;
  /** What may be chosen from; null: anything goes. */
  readonly choices: readonly string[] | null;
  /** Other values than the choices are fine: several in one cell. */
  readonly open: boolean;
  /** What people should know, in a line or two. */
  readonly help: string;
}

/** Filled by the import itself. */
const OWN_FIELDS = new Set(["source_system", "created_at", "updated_at"]);

const FORMS: Readonly<Partial<Record<FieldType, string>>> = {
  date: "A date, best as 2026-01-31.",
  datetime: "A date with a time, best as 2026-01-31 09:30.",
  boolean: "true or false.",
  integer: "A whole number.",
  decimal: "A number.",
  currency: "An amount; its currency has a column of its own.",
  percent: "A number: 25 is 25 %.",
  duration: "A time span: 00:15:00, or PT15M.",
  multipicklist: "One or several of the values, with ; between them.",
  picklist: "One of the values.",
  email: "An e-mail address.",
  owner: "The e-mail address of the user who owns the record.",
  phone: "A phone number, best with + and the code of the country.",
  json: "JSON.",
};

/** `id` first, the record's key. `together`: objects that are filled in beside this one, so that examples may refer to them. */
export function templateColumns(object: ModelObject, together: ReadonlySet<string>): readonly TemplateColumn[] {
  const fields = [...object.fields.values()].filter(({ name }) => !OWN_FIELDS.has(name));
  const key: TemplateColumn = {
    header: "id *",
    required: "yes",
    type: "text",
    example: `${object.name}-1`,
    choices: null,
    open: true,
    help: "Required. What identifies the record, and stays the same when it is imported again.",
  };
  return [key, ...fields.map((field) => columnOf(field, object, together))];
}

function columnOf(field: ModelField, object: ModelObject, together: ReadonlySet<string>): TemplateColumn {
  const group = object.requireAny.find((names) => names.includes(field.name));
  const required = field.required ? "yes" : group === undefined ? "no" : group.length === 1 ? "yes" : "one";
  const said = {
    yes: "Required.",
    one: `At least one of ${(group ?? []).join(", ")} is required.`,
    no: "",
  }[required];
  const lookup =
    field.lookup === null || field.type === "owner" ? null : `The id of a record of ${field.lookup.join(" or ")}.`;
  const form = lookup ?? FORMS[field.type] ?? "";
  return {
    header: `${field.name}${{ yes: " *", one: " (*)", no: "" }[required]}`,
    required,
    type: field.type,
    example: example(field, object, together),
    choices: field.type === "boolean" ? ["true", "false"] : choicesOf(field),
    open: field.type === "multipicklist",
    help: [field.label, said, form].filter((part) => part !== "").join("\n"),
  };
}

/** Labels, which people know; values where two labels are the same. */
function choicesOf({ options }: ModelField): readonly string[] | null {
  if (options === null || options.length === 0) return null;
  const labels = options.map(({ label }) => label);
  return new Set(labels.map((label) => label.toLowerCase())).size === labels.length
    ? labels
    : options.map(({ value }) => value);
}

function example(field: ModelField, object: ModelObject, together: ReadonlySet<string>): string {
  if (field.lookup !== null && field.type !== "owner") {
    const other = field.lookup.find((name) => name !== object.name && together.has(name));
    return other === undefined ? "" : `${other}-1`;
  }
  switch (field.type) {
    case "integer":
      return "1";
    case "decimal":
    case "percent":
      return "12.5";
    case "currency":
      return "1234.50";
    case "boolean":
      return "false";
    case "date":
      return "2026-01-31";
    case "datetime":
      return "2026-01-31T09:30:00Z";
    case "duration":
      return "00:15:00";
    case "picklist":
    case "multipicklist":
      return choicesOf(field)?.[0] ?? "";
    case "email":
    case "owner":
      return "name@example.com";
    case "phone":
      return "+1 202 555 0142";
    case "url":
      return "https://example.com";
    case "reference":
      return "";
    case "json":
      return "{}";
    case "file":
      return "files/example.pdf";
    default:
      return field.name.includes("currency") ? "USD" : field.label;
  }
}
