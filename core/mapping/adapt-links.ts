/** References that say their object, and associations: without what the source lacks and what no mapping loads. */
import type { YamlEditor } from "../yaml-edit.ts";

export interface FittedLinks {
  readonly changed: boolean;
  /** Source columns that are read, and those that the source lacks. */
  readonly columns: readonly string[];
  readonly missing: readonly string[];
}

type Plain = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];

/** True for fields whose `lookup` is a map. */
export const saysObject = (field: unknown): field is Plain & { readonly lookup: Plain } =>
  isPlain(field) && isPlain(field.lookup);

/**
 * Fits `lookup: { source field: object }` of a field; the field is gone when nothing is left of it (`kept: false`).
 * `loaded`: objects, and `object/keyspace`, that some mapping loads.
 */
export function fitNamedLookup(
  editor: YamlEditor,
  target: string,
  has: (column: string) => boolean,
  loaded: ReadonlySet<string>,
): FittedLinks & { readonly kept: boolean } {
  const path = ["fields", target];
  const field = editor.get(path) as Plain & { readonly lookup: Plain };
  const names = Object.keys(field.lookup);
  const typeFrom = typeof field.typeFrom === "string" ? field.typeFrom : null;
  const asked = typeFrom === null ? list(field.from ?? names) : [...list(field.from), typeFrom];
  const missing = asked.filter((column) => !has(column));
  const isLoaded = (name: string) => loaded.has(String(field.lookup[name]));
  const left = names.filter((name) => isLoaded(name) && (typeFrom !== null || has(name)));
  const columns = asked.filter((column) => has(column) && (typeFrom !== null || left.includes(column)));
  if (left.length === 0 || columns.length === 0 || (typeFrom !== null && missing.length > 0)) {
    editor.delete(path);
    return { kept: false, changed: true, columns: [], missing };
  }
  for (const name of names) if (!left.includes(name)) editor.delete([...path, "lookup", name]);
  const dropped = typeFrom === null && columns.length < asked.length;
  if (dropped && field.from !== undefined) editor.set([...path, "from"], columns.length === 1 ? columns[0] : columns);
  return { kept: true, changed: dropped || left.length < names.length, columns, missing };
}

/** Fits `associations:`; of objects that nothing loads, they would only find what the target holds already. */
export function fitAssociations(
  editor: YamlEditor,
  has: (column: string) => boolean,
  loaded: ReadonlySet<string>,
): FittedLinks {
  const given = editor.get(["associations"]);
  if (!Array.isArray(given)) return { changed: false, columns: [], missing: [] };
  const columns: string[] = [];
  const missing: string[] = [];
  let left = given.length;
  for (let index = given.length - 1; index >= 0; index--) {
    const { from, to, label } = given[index] as Plain;
    if (!has(String(from))) missing.unshift(String(from));
    if (!has(String(from)) || !loaded.has(String(to))) {
      editor.delete(["associations", index]);
      left--;
      continue;
    }
    columns.push(String(from));
    if (typeof label !== "string") continue;
    if (has(label)) columns.push(label);
    else {
      missing.unshift(label);
      editor.delete(["associations", index, "label"]);
    }
  }
  if (left === 0) editor.delete(["associations"]);
  return { changed: left < given.length || missing.length > 0, columns, missing };
}
