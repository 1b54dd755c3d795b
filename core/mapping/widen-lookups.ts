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
 * (`X IN ('Account', 'Contact')`), the own ones are added to the list, and what the source does not show is taken out of it.
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
    const filter = editor.get(["filter"]);
    const fitted = typeof filter === "string" ? fitLists(filter, [...reached.keys()], schema) : null;
    if (reached.size === 0 && (fitted === null || fitted.gone.size === 0)) return file;
    if (fitted !== null) {
      editor.set(["filter"], fitted.filter);
      dropCases(editor, fitted.gone);
    }
    return { ...file, text: editor.toString() };
  });
  return { files: widened, fields };
}

/** Lists in the filter that are names of source objects get the others, too, and lose those that the source does not show. */
function fitLists(
  filter: string,
  names: readonly string[],
  schema: SourceSchema,
): { readonly filter: string; readonly gone: ReadonlySet<string> } {
  const known = new Set(schema.objects.map(({ name }) => name));
  const gone = new Set<string>();
  const text = filter.replace(/\bIN \(((?:'[\w ]+'(?:, ?)?)+)\)/g, (whole, list: string) => {
    const given = [...list.matchAll(/'([\w ]+)'/g)].map(([, name]) => name!);
    const kept = given.filter((name) => known.has(name));
    if (kept.length < 2) return whole;
    for (const name of given) if (!known.has(name)) gone.add(name);
    return `IN (${[...new Set([...kept, ...names])].map((name) => `'${name}'`).join(", ")})`;
  });
  return { filter: text, gone };
}

/** Examples of records of objects that are gone from the filter would be left out by it. */
function dropCases(editor: YamlEditor, gone: ReadonlySet<string>): void {
  const cases = editor.get(["cases"]);
  if (!Array.isArray(cases)) return;
  for (let index = cases.length - 1; index >= 0; index--) {
    const { input } = cases[index] as { readonly input: Readonly<Record<string, unknown>> };
    if (Object.values(input).some((value) => gone.has(String(value)))) editor.delete(["cases", index]);
  }
  if ((editor.get(["cases"]) as unknown[]).length === 0) editor.delete(["cases"]);
}
