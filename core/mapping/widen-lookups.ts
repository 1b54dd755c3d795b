/** Lets polymorphic lookups of mappings find further objects. */
import type { SourceSchema } from "../schema.ts";
import { YamlEditor } from "../yaml-edit.ts";
import type { MappingText } from "./adapt.ts";
import type { OwnObject } from "./own-objects.ts";

export interface Widened {
  readonly files: readonly MappingText[];
  /** Fields of the model that must be allowed to refer to them: `task.related_id` -> objects. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];

/**
 * Adds an own object to every lookup of several objects whose source column may refer to it, as the source describes the
 * column; one whose description names no object may refer to any. Where a filter lists source objects that are read
 * (`X IN ('Account', 'Contact')`), the own ones are added to the list.
 */
export function widenLookups(files: readonly MappingText[], own: readonly OwnObject[], schema: SourceSchema): Widened {
  const fields = new Map<string, readonly string[]>();
  const widened = files.map((file) => {
    const editor = new YamlEditor(file.text);
    const object = editor.get(["object"]);
    if (typeof object !== "string") return file;
    const described = schema.objects
      .filter(({ name }) => texts(editor.get(["source"])).includes(name))
      .flatMap((source) => source.fields);
    const reached = new Map<string, string>();
    for (const target of editor.keys(["fields"])) {
      const field = editor.get(["fields", target]) as { readonly lookup?: unknown; readonly from?: unknown } | null;
      if (!Array.isArray(field?.lookup) || target.includes(".")) continue;
      const columns = described.filter(({ name }) => texts(field.from).includes(name));
      const added = own.filter(({ source }) =>
        columns.some(
          ({ type, referenceTo }) =>
            type === "reference" && (referenceTo?.includes(source) || referenceTo?.length === 0),
        ),
      );
      if (added.length === 0) continue;
      const names = added.map(({ name }) => name);
      for (const { source, name } of added) reached.set(source, name);
      editor.set(["fields", target, "lookup"], [...new Set([...texts(field.lookup), ...names])]);
      const key = `${object}.${target}`;
      fields.set(key, [...new Set([...(fields.get(key) ?? []), ...names])]);
    }
    if (reached.size === 0) return file;
    const filter = editor.get(["filter"]);
    if (typeof filter === "string") editor.set(["filter"], withObjects(filter, [...reached.keys()], schema));
    return { ...file, text: editor.toString() };
  });
  return { files: widened, fields };
}

/** Lists in the filter that are names of source objects get the others, too. */
function withObjects(filter: string, names: readonly string[], schema: SourceSchema): string {
  const known = new Set(schema.objects.map(({ name }) => name));
  return filter.replace(/\bIN \(((?:'[\w ]+'(?:, ?)?)+)\)/g, (whole, list: string) => {
    const given = [...list.matchAll(/'([\w ]+)'/g)].map(([, name]) => name!);
    if (given.filter((name) => known.has(name)).length < 2) return whole;
    return `IN (${[...new Set([...given, ...names])].map((name) => `'${name}'`).join(", ")})`;
  });
}
