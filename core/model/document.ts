/** A model as Markdown: the reference part of docs/target-model.md. */
import type { ModelField, ModelObject, TargetModel } from "../schema.ts";
import { TIMESTAMP_COLUMNS } from "./column-types.ts";

const BEGIN = "<!-- generated: objects -->";
const END = "<!-- end of generated: objects -->";

/** The page with the part between the markers written anew; throws RangeError where a marker is missing. */
export function withModelReference(page: string, model: TargetModel): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new RangeError(`expected ${BEGIN} and ${END} in the page`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${modelReference(model)}\n${page.slice(end)}`;
}

/** One section per object in load order, one row per field. The timestamps that every table has are left out. */
export function modelReference(model: TargetModel): string {
  return model.order.map((name) => objectReference(model.objects.get(name)!)).join("\n");
}

function objectReference(object: ModelObject): string {
  const fields = [...object.fields.values()].filter((field) => !TIMESTAMP_COLUMNS.includes(field.name));
  return [
    `### ${object.name}`,
    "",
    ...object.requireAny.map((group) => `At least one of: ${group.map(code).join(", ")}.\n`),
    ...(object.identity === undefined
      ? []
      : [`Rows without an external id are unique by ${object.identity.map(code).join(", ")}.\n`]),
    "| field | type | notes |",
    "|---|---|---|",
    ...fields.map((field) => `| ${code(field.name)} | ${field.type} | ${notes(field)} |`),
    "",
  ].join("\n");
}

function notes(field: ModelField): string {
  const parts = [
    field.required ? "**required**" : "",
    field.unique ? "unique" : "",
    field.maxLength === null ? "" : `at most ${field.maxLength} characters`,
    field.lookup === null ? "" : `→ ${field.lookup.map(code).join(", ")}`,
    field.typeField === null ? "" : `object named in ${code(field.typeField)}`,
    field.currencyField === null ? "" : `in ${code(field.currencyField)}`,
    field.options === null ? "" : field.options.map((option) => `${code(option.value)} ${option.label}`).join(", "),
    field.description === null ? "" : field.description.replace(/\.$/, ""),
  ];
  return parts
    .filter((part) => part !== "")
    .join("; ")
    .replaceAll("|", "\\|");
}

function code(name: string): string {
  return `\`${name}\``;
}
