/** Takes out of a mapping what its source objects lack. */
import type { ModelObject, SourceObject, TargetModel } from "../schema.ts";
import type { YamlEditor } from "../yaml-edit.ts";
import { fitAssociations, fitNamedLookup, saysObject } from "./adapt-links.ts";
import type { PicklistUse } from "./adapt-picklists.ts";
import { parseFilter, parseFilterExpression } from "./filter.ts";
import { parseTemplate } from "./parse-template.ts";

export interface Dropped {
  /** false: without its key or a field that the model requires the mapping makes no sense. */
  readonly usable: boolean;
  readonly changed: boolean;
  readonly notes: readonly string[];
  /** Source columns that the mapping reads. */
  readonly columns: ReadonlySet<string>;
  readonly picklists: readonly PicklistUse[];
}

type Plain = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];

export const sourcesOf = (editor: YamlEditor): string[] => list(editor.get(["source"]));

/** Columns of a field as written: short form, `from`, or `template`. */
function inputOf(field: unknown): {
  readonly columns: string[];
  readonly path: readonly string[];
  readonly all: boolean;
} {
  if (!isPlain(field)) return { columns: list(field), path: [], all: false };
  if (typeof field.template !== "string") return { columns: list(field.from), path: ["from"], all: false };
  const parsed = parseTemplate(field.template);
  const columns = "parts" in parsed ? parsed.parts.flatMap((part) => ("column" in part ? [part.column] : [])) : [];
  return { columns, path: ["template"], all: true };
}

/** Objects that required lookups of the mapping refer to, where none of a lookup's objects is loaded. */
export function lackingParents(editor: YamlEditor, model: TargetModel, loaded: ReadonlySet<string>): string[] {
  const object = model.objects.get(String(editor.get(["object"])));
  return editor.keys(["fields"]).flatMap((target) => {
    const field = editor.get(["fields", target]);
    if (!isPlain(field) || isPlain(field.lookup)) return [];
    const names = list(field.lookup);
    const required = field.required === true || object?.fields.get(target)?.required === true;
    return required && names.length > 0 && !names.some((name) => loaded.has(name)) ? [names.join(" or ")] : [];
  });
}

/** Fits the mapping to source objects that all must have a field for it to count. `loaded`: objects that some mapping loads, and `object/keyspace`. */
export function dropMissing(
  editor: YamlEditor,
  sources: readonly SourceObject[],
  model: TargetModel,
  loaded: ReadonlySet<string>,
): Dropped {
  const names = sources.map(({ fields }) => new Set(fields.map(({ name }) => name)));
  const has = (column: string): boolean => names.every((known) => known.has(column));
  const object = model.objects.get(String(editor.get(["object"])));
  const missing = new Set<string>();
  const columns = new Set<string>();
  const picklists: PicklistUse[] = [];
  /** Target fields whose value may differ now. */
  const touched = new Set<string>();
  const lost: string[] = [];
  const empty: string[] = [];
  const fedBy = new Map<string, readonly string[]>();
  const given = sourcesOf(editor);
  let changed = given.length !== sources.length;
  if (changed) editor.set(["source"], sources.length === 1 ? sources[0]!.name : sources.map(({ name }) => name));
  const key = list(editor.get(["key"]));
  for (const column of key) columns.add(column);

  for (const target of editor.keys(["fields"])) {
    const field = editor.get(["fields", target]);
    if (saysObject(field)) {
      fedBy.set(target, Object.keys(field.lookup));
      const fitted = fitNamedLookup(editor, target, has, loaded);
      if (fitted.changed) {
        changed = true;
        touch(touched, object, target);
      }
      if (!fitted.kept) lost.push(target);
      for (const column of fitted.missing) missing.add(column);
      for (const column of fitted.columns) columns.add(column);
      continue;
    }
    const { columns: asked, path, all } = inputOf(field);
    fedBy.set(target, asked);
    const found = asked.filter(has);
    if (found.length < asked.length) {
      for (const column of asked) if (!has(column)) missing.add(column);
      touched.add(target);
      changed = true;
      if (all || found.length === 0) {
        editor.delete(["fields", target]);
        touch(touched, object, target);
        lost.push(target);
        continue;
      }
      editor.set(["fields", target, ...path], found.length === 1 ? found[0] : found);
    }
    for (const column of found) columns.add(column);
    if (!isPlain(field)) continue;
    if (typeof field.currency === "string" && !/^[A-Z]{3}$/.test(field.currency)) {
      if (has(field.currency)) columns.add(field.currency);
      else {
        missing.add(field.currency);
        editor.delete(["fields", target, "currency"]);
        if (Object.keys(field).length === 2 && field.from !== undefined)
          editor.set(["fields", target], editor.get(["fields", target, "from"]));
        touch(touched, object, target);
        changed = true;
      }
    }
    if (Array.isArray(field.lookup)) {
      const kept = list(field.lookup).filter((name) => loaded.has(name));
      if (kept.length < field.lookup.length && kept.length > 0) {
        editor.set(["fields", target, "lookup"], kept);
        changed = true;
      }
    }
    const refers = isPlain(field.lookup) ? [] : list(field.lookup);
    if (refers.length > 0 && field.missing === undefined && !refers.some((name) => loaded.has(name))) {
      // nothing of it will be there; the records need not go with it
      editor.set(["fields", target, "missing"], "null");
      empty.push(`${target} (${refers.join(" or ")})`);
      touched.add(target);
      changed = true;
    }
    if (typeof field.picklist === "string") {
      const options = sources.flatMap((source) =>
        source.fields.filter(({ name }) => found.includes(name)).flatMap((each) => each.options ?? []),
      );
      picklists.push({ picklist: field.picklist, object: object?.name ?? "", field: target, options });
    }
  }

  for (const name of ["aliases", "mergedInto"]) {
    const given = editor.get([name]);
    const column = isPlain(given) ? given.from : given;
    if (typeof column !== "string") continue;
    if (has(column)) columns.add(column);
    else {
      missing.add(column);
      editor.delete([name]);
      changed = true;
    }
  }

  const links = fitAssociations(editor, has, loaded);
  for (const column of links.missing) missing.add(column);
  for (const column of links.columns) columns.add(column);
  if (links.changed) changed = true;

  const filter = editor.get(["filter"]);
  if (typeof filter === "string") {
    const terms = termsOf(filter);
    const kept = terms.filter((term) => parseFilter(term).columns.every(has));
    for (const term of terms)
      for (const column of parseFilter(term).columns) has(column) ? columns.add(column) : missing.add(column);
    if (kept.length < terms.length) {
      changed = true;
      if (kept.length === 0) editor.delete(["filter"]);
      else editor.set(["filter"], kept.join(" AND "));
    }
  }
  const needed = new Set([
    ...[...(object?.fields.values() ?? [])].filter((field) => field.required).map(({ name }) => name),
    ...(object?.requireAny.flat() ?? []),
  ]);
  const vital = new Set([...fedBy].flatMap(([target, asked]) => (needed.has(target) ? asked : [])));
  if (fitCases(editor, has, touched, vital, needed)) changed = true;
  const left = new Set(editor.keys(["fields"]));
  const required = lost.filter((target) => object?.fields.get(target)?.required === true);
  for (const group of object?.requireAny ?? []) {
    if (group.some((target) => lost.includes(target)) && !group.some((target) => left.has(target)))
      required.push(group.join(" or "));
  }
  const keyMissing = key.filter((column) => !has(column));
  const notes: string[] = [];
  if (missing.size > 0) notes.push(`${sources.map(({ name }) => name).join(", ")} lacks ${[...missing].join(", ")}`);
  if (empty.length > 0) notes.push(`left empty, because no mapping loads what they refer to: ${empty.join(", ")}`);
  if (required.length + keyMissing.length > 0) {
    notes.push(
      `left out, because it needs ${[...keyMissing, ...required.map((target) => `a source for ${target}`)].join(", ")}`,
    );
  }
  return { usable: required.length + keyMissing.length === 0, changed, notes, columns, picklists };
}

/** Conditions that all must hold; one, where they are not simply joined by AND. */
function termsOf(filter: string): string[] {
  const terms = [""];
  let depth = 0;
  for (const part of filter.split(/('(?:[^'\\]|\\.)*'|[()]|\s+AND\s+)/)) {
    if (part === "(") depth++;
    if (part === ")") depth--;
    if (depth === 0 && /^\s+AND\s+$/.test(part)) terms.push("");
    else terms[terms.length - 1] += part;
  }
  try {
    if (terms.some((term) => parseFilterExpression(term).kind === "or")) return [filter];
    return terms;
  } catch {
    return [filter];
  }
}

/** A field, and what is filled along with it. */
function touch(touched: Set<string>, object: ModelObject | undefined, target: string): void {
  touched.add(target);
  const field = object?.fields.get(target);
  for (const along of [field?.currencyField, field?.typeField])
    if (along !== undefined && along !== null) touched.add(along);
}

/** Examples without what is gone; those that show nothing any more, or lack what a record needs, go too. True when something went. */
function fitCases(
  editor: YamlEditor,
  has: (column: string) => boolean,
  touched: ReadonlySet<string>,
  vital: ReadonlySet<string>,
  needed: ReadonlySet<string>,
): boolean {
  const cases = editor.get(["cases"]);
  if (!Array.isArray(cases)) return false;
  const isTouched = (target: string) => touched.has(target) || touched.has(`custom.${target}`);
  let changed = false;
  for (let index = cases.length - 1; index >= 0; index--) {
    const { input, expect } = cases[index] as { readonly input: Plain; readonly expect?: Plain };
    const gone = Object.keys(input).filter((column) => !has(column));
    const shown = Object.keys(expect ?? {});
    const lost = shown.filter(isTouched);
    if (gone.length + lost.length === 0) continue;
    changed = true;
    if (
      (expect === undefined && gone.length > 0) ||
      lost.length === shown.length ||
      gone.some((column) => vital.has(column)) ||
      lost.some((target) => needed.has(target))
    ) {
      editor.delete(["cases", index]);
      continue;
    }
    for (const column of gone) editor.delete(["cases", index, "input", column]);
    for (const target of lost) editor.delete(["cases", index, "expect", target]);
  }
  if ((editor.get(["cases"]) as unknown[]).length === 0) editor.delete(["cases"]);
  return changed;
}
