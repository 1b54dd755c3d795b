/** The model file and the mappings of the objects that the owners of a source made themselves. */
import { LOOSE, type OwnField, type OwnObject } from "../../core/mapping/own-objects.ts";
import { aligned, comment, flowList, flowMap, scalar } from "./yaml-lines.ts";

/** A model that adds the objects to `base`; `widened`: fields of `base` that may refer to them. */
export function ownModelYaml(
  name: string,
  base: string,
  own: readonly OwnObject[],
  widened: ReadonlyMap<string, readonly string[]>,
): string {
  const lines = [
    comment(
      `What this source has besides the objects of ${base}. Written by \`migrate init\`; yours to change (docs/target-model.md).`,
    ),
    "version: 1",
    `name: ${scalar(name)}`,
    `extends: ${scalar(base)}`,
    "objects:",
  ];
  for (const object of own) {
    lines.push(`  ${scalar(object.name)}:`, `    label: ${scalar(object.label)}`, "    fields:");
    for (const field of object.fields) {
      if (field.everywhere) continue;
      if (field.typeField !== null) lines.push(`      ${scalar(field.typeField)}: text`);
      lines.push(`      ${scalar(field.name)}: ${modelField(field, object)}`);
    }
  }
  const objects = new Map<string, string[]>();
  for (const [path, names] of widened) {
    const [object, field] = path.split(".") as [string, string];
    const line = `      ${scalar(field)}: { addLookup: ${flowList(names)} }`;
    objects.set(object, [...(objects.get(object) ?? []), line]);
  }
  for (const [object, fields] of objects) lines.push(`  ${scalar(object)}:`, "    fields:", ...fields);
  return `${lines.join("\n")}\n`;
}

function modelField(field: OwnField, object: OwnObject): string {
  const entries: [string, string][] = [
    ["type", field.type],
    ["label", scalar(field.label)],
  ];
  if (field.lookup !== null)
    entries.push(["lookup", field.lookup.length === 1 ? scalar(field.lookup[0]!) : flowList(field.lookup)]);
  if (field.typeField !== null) entries.push(["typeField", scalar(field.typeField)]);
  if (field.type === "currency" && object.currencyField !== null) entries.push(["currencyField", object.currencyField]);
  if (field.options !== null) {
    entries.push(["options", flowMap(field.options.map(({ value, label }) => [value, scalar(label)] as const))]);
  }
  return flowMap(entries);
}

/** The mapping of one of them. */
export function ownMappingYaml(object: OwnObject): string {
  const lines = [
    comment(`${object.label}: an object that this source's own administrators made; its table is in model.yaml.`),
    `object: ${scalar(object.name)}`,
    `source: ${scalar(object.source)}`,
    `key: ${scalar(object.key)}`,
    ...(object.aliases ? [`aliases: ${scalar(object.aliases)}`] : []),
    ...(object.filter === null ? [] : [`filter: ${JSON.stringify(object.filter)}`]),
    "fields:",
    ...aligned(
      object.fields
        // the currency is filled by the amounts that name it
        .filter(
          (field) => field.name !== object.currencyField || !object.fields.some(({ currency }) => currency !== null),
        )
        .map((field) => ({ text: mappingField(field), note: field.note })),
      2,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function mappingField(field: OwnField): string {
  const more: [string, string][] = [];
  if (field.lookup !== null) {
    more.push(["lookup", field.lookup.length === 1 ? scalar(field.lookup[0]!) : flowList(field.lookup)]);
    if (field.typeField !== null) more.push(["typeInto", scalar(field.typeField)]);
    more.push(["missing", '"null"']);
  }
  if (field.options !== null) more.push(["picklist", "{ unmapped: keep }"]);
  if (field.currency !== null) more.push(["currency", scalar(field.currency)]);
  if (LOOSE.includes(field.type)) more.push(["onError", '"null"']);
  const value = more.length === 0 ? scalar(field.from) : flowMap([["from", scalar(field.from)], ...more]);
  return `${scalar(field.name)}: ${value}`;
}
