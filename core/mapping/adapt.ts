/**
 * Shipped mappings, made to fit one source: what the source lacks is taken out and told, what it has besides is added. Texts in,
 * texts out; comments stay.
 */
import type { SourceObject, SourceSchema, TargetModel } from "../schema.ts";
import { YamlEditor } from "../yaml-edit.ts";
import { addFields } from "./adapt-additions.ts";
import { dropMissing, lackingParents, sourcesOf } from "./adapt-drop.ts";
import { addPicklistValues, addStages, type PicklistUse } from "./adapt-picklists.ts";

export interface MappingText {
  /** File name, such as `account.yaml`. */
  readonly name: string;
  readonly text: string;
}

export interface AdaptOptions {
  readonly schema: SourceSchema;
  readonly model: TargetModel;
  /** Add custom fields and the source's own picklist values. false: only take out what the source lacks. */
  readonly additions: boolean;
}

export interface AdaptedMapping {
  readonly file: string;
  readonly object: string;
  readonly sources: readonly string[];
  readonly fields: number;
  /** Custom fields that were added. */
  readonly added: number;
}

export interface Adapted {
  /** In the order given; files of objects that the source lacks are gone, files without changes are as they were, byte for byte. */
  readonly files: readonly MappingText[];
  readonly mappings: readonly AdaptedMapping[];
  /** What was taken out or added, one sentence each. */
  readonly notes: readonly string[];
  /** What was taken for what without anybody having said so, one sentence each: to be checked. */
  readonly assumed: readonly string[];
  /** Notes of what may only be hidden: what to ask for, by note. */
  readonly hints: ReadonlyMap<string, string>;
  /** Objects of the source that its owners made and no mapping reads. */
  readonly leftOut: readonly string[];
}

interface Kept {
  readonly file: MappingText;
  readonly editor: YamlEditor;
  readonly sources: readonly SourceObject[];
}

/** Objects that the mappings load, and `object/keyspace`. */
function loadedBy(kept: readonly Kept[]): ReadonlySet<string> {
  return new Set(
    kept.flatMap(({ editor }) => {
      const object = String(editor.get(["object"]));
      const keyspace = editor.get(["keyspace"]);
      return typeof keyspace === "string" ? [object, `${object}/${keyspace}`] : [object];
    }),
  );
}

/** Mappings whose every record would lack a parent that it must have, with those parents. */
function orphansOf(
  kept: readonly Kept[],
  model: TargetModel,
  loaded: ReadonlySet<string>,
): ReadonlyMap<Kept, readonly string[]> {
  const orphans = new Map<Kept, readonly string[]>();
  for (const each of kept) {
    const parents = lackingParents(each.editor, model, loaded);
    if (parents.length > 0) orphans.set(each, parents);
  }
  return orphans;
}

const PICKLISTS = /^picklists\.ya?ml$/i;
const OWNERS = /^owners\.ya?ml$/i;

/** Fits the texts to the schema. Never throws for what the source lacks. */
export function adaptMappings(shipped: readonly MappingText[], { schema, model, additions }: AdaptOptions): Adapted {
  const known = new Map(schema.objects.map((object) => [object.name, object]));
  const notes: string[] = [];
  const hints = new Map<string, string>();
  const note = (text: string, hint: string | undefined) => {
    notes.push(text);
    if (hint !== undefined) hints.set(text, hint);
  };
  const assumed: string[] = [];
  const uses: PicklistUse[] = [];
  const mappings: AdaptedMapping[] = [];
  const texts = new Map<string, string>();
  const open = shipped.filter(({ name }) => !PICKLISTS.test(name) && !OWNERS.test(name));
  let kept: readonly Kept[] = [];
  for (const file of open) {
    const editor = new YamlEditor(file.text);
    const named = sourcesOf(editor);
    const sources = named.flatMap((name) => known.get(name) ?? []);
    if (sources.length > 0) kept = [...kept, { file, editor, sources }];
    for (const name of named) {
      const lacking = schema.hidden?.[name];
      if (lacking === undefined || known.has(name)) continue;
      const out = sources.length > 0 ? "taken out of" : "left out:";
      note(`${name}: may not be read, ${lacking}; ${out} ${file.name}`, schema.hiddenObjects);
    }
    const gone = named.filter((name) => !known.has(name) && schema.hidden?.[name] === undefined);
    if (gone.length > 0)
      note(
        `${gone.join(", ")}: not in this source; ${sources.length > 0 ? "taken out of" : "left out:"} ${file.name}`,
        schema.hiddenObjects,
      );
  }
  let loaded = loadedBy(kept);
  for (let orphans = orphansOf(kept, model, loaded); orphans.size > 0; orphans = orphansOf(kept, model, loaded)) {
    for (const [{ file }, parents] of orphans)
      note(
        `${file.name}: left out, because its records belong to ${parents.join(" and ")}, which no mapping loads here`,
        schema.hiddenObjects,
      );
    kept = kept.filter((each) => !orphans.has(each));
    loaded = loadedBy(kept);
  }
  const read = new Map<string, Set<string>>();
  const finished: (() => void)[] = [];
  for (const { file, editor, sources } of kept) {
    const dropped = dropMissing(editor, sources, model, loaded);
    const hidden = sources.flatMap(({ hiddenFields }) => hiddenFields ?? []);
    for (const text of dropped.notes) note(`${file.name}: ${text}`, hidden[0]);
    if (!dropped.usable) continue;
    for (const { name } of sources) read.set(name, new Set([...(read.get(name) ?? []), ...dropped.columns]));
    uses.push(...dropped.picklists);
    finished.push(() => {
      const added = additions ? addFields(editor, sources, model, read.get(sources[0]!.name)!) : 0;
      if (added > 0) notes.push(`${file.name}: ${added === 1 ? "1 custom field" : `${added} custom fields`} added`);
      texts.set(file.name, dropped.changed || added > 0 ? editor.toString() : file.text);
      mappings.push({
        file: file.name,
        object: String(editor.get(["object"])),
        sources: sources.map(({ name }) => name),
        fields: editor.keys(["fields"]).length,
        added,
      });
    });
  }
  // the first mapping of an object gets what no mapping of it reads
  for (const finish of finished) finish();
  for (const file of shipped) {
    if (OWNERS.test(file.name)) texts.set(file.name, file.text);
    if (!PICKLISTS.test(file.name)) continue;
    const editor = new YamlEditor(file.text);
    const stages = addStages(editor, uses, model, additions);
    const told = additions ? addPicklistValues(editor, uses, model) : [];
    assumed.push(...stages.assumed.map((text) => `${file.name}: ${text}`));
    notes.push(...told.map((text) => `${file.name}: ${text}`));
    texts.set(file.name, stages.changed || told.length > 0 ? editor.toString() : file.text);
  }
  return {
    files: shipped.flatMap(({ name }) => (texts.has(name) ? [{ name, text: texts.get(name)! }] : [])),
    mappings,
    notes,
    assumed,
    hints,
    leftOut: schema.objects.filter(({ name, custom }) => custom === true && !read.has(name)).map(({ name }) => name),
  };
}
