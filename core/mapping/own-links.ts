/** Links of the objects that the owners of a source made themselves, mapped as the shipped mappings map links. */
import type { SourceSchema } from "../schema.ts";
import { YamlEditor } from "../yaml-edit.ts";
import type { MappingText } from "./adapt.ts";
import type { OwnObject } from "./own-objects.ts";

export interface OwnLinks {
  readonly files: readonly MappingText[];
  /** Fields of the model that must be allowed to refer to own objects: `association.from_id` -> objects. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

const OBJECT = "association";
const ENDS = ["from_id", "to_id"] as const;

/**
 * A mapping for each object of links that the schema names for an own object (`links`), of each two objects only one, and for what the other
 * side calls them (`back`). Made after
 * the first shipped mapping of links whose ends refer to one object each; without such a one there are none.
 */
export function draftOwnLinks(
  shipped: readonly MappingText[],
  own: readonly OwnObject[],
  schema: SourceSchema,
): OwnLinks {
  const fields = new Map<string, readonly string[]>();
  const template = shipped.find(({ text }) => isTemplate(new YamlEditor(text)));
  if (template === undefined) return { files: [], fields };
  const targets = targetsOf(shipped);
  for (const { source, name } of own) targets.set(source, name);
  const files: MappingText[] = [];
  const done = new Set<string>();
  for (const { source, name } of own) {
    for (const { object, to, back } of schema.objects.find((each) => each.name === source)?.links ?? []) {
      const target = targets.get(to);
      const pair = [source, to].sort().join(" ");
      if (target === undefined || done.has(pair)) continue;
      done.add(pair);
      const directions = [{ object, ends: [name, target] as const }];
      if (back !== undefined) directions.push({ object: back, ends: [target, name] });
      for (const { object, ends } of directions) {
        files.push({
          name: `${ends[0]}-to-${ends[1]}.yaml`.replaceAll(/[_/]/g, "-"),
          text: linksYaml(template.text, object, ...ends),
        });
        ENDS.forEach((end, index) => {
          const [referred = ""] = ends[index]!.split("/");
          if (!own.some((each) => each.name === referred)) return;
          const field = `${OBJECT}.${end}`;
          fields.set(field, [...new Set([...(fields.get(field) ?? []), referred])]);
        });
      }
    }
  }
  return { files, fields };
}

function isTemplate(editor: YamlEditor): boolean {
  return (
    editor.get(["object"]) === OBJECT &&
    ENDS.every((end) => typeof editor.get(["fields", end, "from"]) === "string") &&
    ENDS.every((end) => typeof editor.get(["fields", end, "lookup"]) === "string")
  );
}

/** `object`, or `object/keyspace`, by the source object that a mapping reads for it. */
function targetsOf(files: readonly MappingText[]): Map<string, string> {
  const targets = new Map<string, string>();
  for (const { text } of files) {
    const editor = new YamlEditor(text);
    const [object, source, keyspace] = ["object", "source", "keyspace"].map((key) => editor.get([key]));
    if (typeof object !== "string" || object === OBJECT || typeof source !== "string" || targets.has(source)) continue;
    targets.set(source, typeof keyspace === "string" ? `${object}/${keyspace}` : object);
  }
  return targets;
}

function linksYaml(template: string, source: string, from: string, to: string): string {
  const editor = new YamlEditor(template);
  editor.set(["source"], source);
  if (editor.get(["keyspace"]) !== undefined) editor.set(["keyspace"], source);
  editor.set(["fields", "from_id", "lookup"], from);
  editor.set(["fields", "to_id", "lookup"], to);
  editor.delete(["cases"]);
  return `# What links ${from} with ${to}.\n${editor.toString().replace(/^(?:#.*\n)+/, "")}`;
}
