/** Writes the picklist values that nothing maps into the mapping files, as stubs to be completed; everything else stays, comments included. */
import { basename } from "node:path";
import { YamlEditor, type YamlPath } from "../yaml-edit.ts";
import type { FieldMapping, ObjectMapping } from "./types.ts";

/** A value that needs a counterpart. */
export interface OpenValue {
  readonly value: string;
  /** What stands beside it: how often it is used, what it may become. */
  readonly note: string;
  /** A target value that says the same in other signs; null: a person decides. */
  readonly target: string | null;
}

export interface OpenPicklist {
  readonly mapping: Pick<ObjectMapping, "object" | "sources">;
  readonly field: Pick<FieldMapping, "target" | "custom">;
  readonly values: readonly OpenValue[];
}

export interface Filled {
  readonly file: string;
  /** `opportunity_stage`, or `opportunity.stage` where the field has a picklist of its own. */
  readonly picklist: string;
  readonly values: readonly string[];
}

const PICKLISTS = /^picklists\.ya?ml$/i;

/** Letters and digits alone, without case: `Closed-Won` is `closed_won`. */
const bare = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase();

/** The one option that a value is another spelling of; null: none, or several. */
export function spelledAlike(value: string, options: readonly string[]): string | null {
  const found = bare(value) === "" ? [] : options.filter((option) => bare(option) === bare(value));
  return found.length === 1 ? found[0]! : null;
}

const same = (value: unknown, sources: readonly string[]): boolean =>
  JSON.stringify(Array.isArray(value) ? value.map(String) : [String(value)]) === JSON.stringify(sources);

function mappingPath(editor: YamlEditor, { object, sources }: OpenPicklist["mapping"]): YamlPath | null {
  const list = editor.get(["mappings"]);
  const paths: YamlPath[] = Array.isArray(list) ? list.map((_, index) => ["mappings", index]) : [[]];
  const fitting = paths.filter((path) => editor.get([...path, "object"]) === object);
  return fitting.find((path) => same(editor.get([...path, "source"]), sources)) ?? null;
}

/** Where the values of a field's picklist stand: in which file, under which path, and what it is called. */
function place(
  editors: ReadonlyMap<string, YamlEditor>,
  { mapping, field }: OpenPicklist,
): { readonly file: string; readonly path: YamlPath; readonly name: string } | null {
  const own = `${mapping.object}.${field.target}`;
  for (const [file, editor] of editors) {
    if (PICKLISTS.test(basename(file))) continue;
    const at = mappingPath(editor, mapping);
    if (at === null) continue;
    const names = field.custom ? [field.target, `custom.${field.target}`] : [field.target];
    const name = names.find((candidate) => editor.get([...at, "fields", candidate]) !== undefined);
    if (name === undefined) continue;
    const path = [...at, "fields", name];
    const given = editor.get(path);
    // the short form: a source field, or several
    if (typeof given === "string" || Array.isArray(given)) editor.set(path, { from: given });
    const picklist = editor.get([...path, "picklist"]);
    if (typeof picklist !== "string") return { file, path: [...path, "picklist", "values"], name: own };
    const shared = sharedPlace(editors, file, at, picklist);
    if (shared !== null) return { ...shared, name: picklist };
  }
  return null;
}

function sharedPlace(
  editors: ReadonlyMap<string, YamlEditor>,
  file: string,
  mapping: YamlPath,
  name: string,
): { readonly file: string; readonly path: YamlPath } | null {
  const path: YamlPath = ["picklists", name];
  const editor = editors.get(file)!;
  for (const candidate of [[...mapping, ...path], path]) {
    if (editor.get(candidate) !== undefined) return { file, path: [...candidate, "values"] };
  }
  for (const [other, shared] of editors) {
    if (PICKLISTS.test(basename(other)) && shared.get(path) !== undefined)
      return { file: other, path: [...path, "values"] };
  }
  return null;
}

/**
 * The changed texts by file, and what was added to them; files without a change are left out. `missed`: fields that no file has.
 * A stub without a counterpart is null, which no check lets pass.
 */
export function fillValues(
  files: ReadonlyMap<string, string>,
  open: readonly OpenPicklist[],
): {
  readonly texts: ReadonlyMap<string, string>;
  readonly filled: readonly Filled[];
  readonly missed: readonly string[];
} {
  const editors = new Map([...files].map(([file, text]) => [file, new YamlEditor(text)]));
  const filled: Filled[] = [];
  const missed: string[] = [];
  const changed = new Set<string>();
  for (const list of open) {
    const found = place(editors, list);
    if (found === null) {
      missed.push(`${list.mapping.object}.${list.field.target}`);
      continue;
    }
    const editor = editors.get(found.file)!;
    if (editor.get(found.path) === null) editor.delete(found.path);
    const there = new Set(editor.keys(found.path));
    const added: string[] = [];
    for (const { value, target, note } of list.values) {
      if (there.has(value)) continue;
      editor.set([...found.path, value], target, note);
      added.push(value);
    }
    if (added.length === 0) continue;
    // every value has its own line, and its comment at the end of it
    editor.unfold(found.path);
    changed.add(found.file);
    filled.push({ file: found.file, picklist: found.name, values: added });
  }
  return { texts: new Map([...changed].map((file) => [file, editors.get(file)!.toString()])), filled, missed };
}
