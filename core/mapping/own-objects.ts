/**
 * Objects that the owners of a source made themselves, drafted as objects of the model of their own: fields from the source's
 * description, columns that most objects share as the shipped mappings map them.
 */
import type { FieldType, ModelField, PicklistOption, SourceField, SourceObject, TargetModel } from "../schema.ts";
import { YamlEditor } from "../yaml-edit.ts";
import type { MappingText } from "./adapt.ts";
import { snakeName } from "./adapt-additions.ts";
import { parseFilter } from "./filter.ts";

export interface OwnField {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  /** Source column. */
  readonly from: string;
  /** Objects of the model that a reference leads to; several: `typeField` holds which. */
  readonly lookup: readonly string[] | null;
  readonly typeField: string | null;
  readonly options: readonly PicklistOption[] | null;
  /** Source column with the currency of an amount. */
  readonly currency: string | null;
  /** The model has such a column in every table. */
  readonly everywhere: boolean;
  readonly note: string | null;
}

export interface OwnObject {
  readonly name: string;
  readonly label: string;
  readonly source: string;
  readonly key: string;
  readonly filter: string | null;
  /** Source column with the ids of records that were merged into one; null: none. */
  readonly aliases?: string | null;
  /** Field of the model that holds the currency of all amounts; null: none does. */
  readonly currencyField: string | null;
  readonly fields: readonly OwnField[];
}

/** How the shipped mappings map what most objects of the source have. */
export interface SharedColumns {
  /** Target field by source column. */
  readonly targets: ReadonlyMap<string, string>;
  /** Terms of the filter, joined by AND. */
  readonly filters: readonly string[];
  /** Column with the currency of amounts. */
  readonly currency: string | null;
}

const EVERYWHERE = new Set(["created_at", "updated_at"]);
const TAKEN = ["id", "external_id", "external_source", "custom", "reject", "filtered"];
/** Types whose values the source may hold without keeping to them: left empty with a warning instead of losing the record. */
export const LOOSE: readonly FieldType[] = ["email", "url"];

/** Read off the mappings: a column counts when at least three of them agree on its target. */
export function sharedColumns(files: readonly MappingText[]): SharedColumns {
  const targets = new Map<string, Map<string, number>>();
  const filters = new Map<string, number>();
  const currencies = new Map<string, number>();
  const bump = <Key>(counts: Map<Key, number>, key: Key) => counts.set(key, (counts.get(key) ?? 0) + 1);
  let mappings = 0;
  for (const { text } of files) {
    const editor = new YamlEditor(text);
    if (typeof editor.get(["object"]) !== "string") continue;
    mappings++;
    for (const target of editor.keys(["fields"])) {
      const field = editor.get(["fields", target]);
      if (typeof field === "string" && !target.includes(".")) {
        const counts = targets.get(field) ?? new Map<string, number>();
        targets.set(field, counts);
        bump(counts, target);
      }
      const currency = (field as { readonly currency?: unknown } | null)?.currency;
      if (typeof currency === "string" && !/^[A-Z]{3}$/.test(currency)) bump(currencies, currency);
    }
    const filter = editor.get(["filter"]);
    if (typeof filter === "string" && !/\bOR\b|[(]/.test(filter))
      for (const term of filter.split(/\s+AND\s+/)) bump(filters, term);
  }
  const most = <Key>(counts: ReadonlyMap<Key, number>) => [...counts].sort(([, a], [, b]) => b - a)[0];
  const agreed = [...targets].flatMap(([column, counts]) => {
    const [target, count] = most(counts)!;
    return count >= 3 ? [[column, target] as const] : [];
  });
  return {
    targets: new Map(agreed),
    filters: [...filters].filter(([, count]) => count * 2 > mappings).map(([term]) => term),
    currency: most(currencies)?.[0] ?? null,
  };
}

/** `loaded`: objects of the model by the source object that mappings read for them. */
export function draftOwnObjects(
  objects: readonly SourceObject[],
  shared: SharedColumns,
  model: TargetModel,
  loaded: ReadonlyMap<string, readonly string[]>,
): readonly OwnObject[] {
  const names = new Map<string, string>();
  for (const { name, label } of objects) {
    const plain = snakeName(label, name);
    const free = model.objects.has(plain) ? `custom_${plain}` : plain;
    names.set(
      name,
      numbered(free, (each) => [...names.values()].includes(each) || model.objects.has(each)),
    );
  }
  const targets = new Map<string, readonly string[]>([
    ...loaded,
    ...[...names].map(([from, to]) => [from, [to]] as const),
  ]);
  return objects.map((object) => draft(object, names.get(object.name)!, shared, model, targets));
}

function draft(
  object: SourceObject,
  name: string,
  shared: SharedColumns,
  model: TargetModel,
  targets: ReadonlyMap<string, readonly string[]>,
): OwnObject {
  const known = new Set(object.fields.map((field) => field.name));
  const taken = new Set<string>([...TAKEN, ...EVERYWHERE]);
  const fields: OwnField[] = [];
  const money = shared.currency !== null && known.has(shared.currency) ? shared.currency : null;
  const currencyField = money === null ? null : "currency";
  if (currencyField !== null) taken.add(currencyField);
  for (const field of object.fields) {
    const target = shared.targets.get(field.name);
    if (field.custom === true || target === undefined || taken.has(target) !== EVERYWHERE.has(target)) continue;
    taken.add(target);
    const like = [...model.objects.values()].map((each) => each.fields.get(target)).find((each) => each !== undefined);
    fields.push({
      ...nothing(field, target),
      type: plainType(like, field),
      everywhere: EVERYWHERE.has(target),
    });
  }
  for (const field of object.fields) {
    if (field.custom !== true || field.type === "file") continue;
    fields.push(...ownField(field, taken, targets, money));
  }
  if (money !== null) fields.push({ ...nothing({ name: money, label: "Currency", type: "text" }, "currency") });
  const shown = shared.filters.filter((term) => parseFilter(term).columns.every((column) => known.has(column)));
  const { deleted, otherIds } = object;
  const alive = deleted !== undefined && known.has(deleted) ? `${deleted} = false` : null;
  const filters = alive === null || shown.includes(alive) ? shown : [...shown, alive];
  return {
    name,
    label: object.label,
    source: object.name,
    key: object.key ?? "",
    filter: filters.length === 0 ? null : filters.join(" AND "),
    aliases: otherIds !== undefined && known.has(otherIds) ? otherIds : null,
    currencyField,
    fields,
  };
}

function ownField(
  field: SourceField,
  taken: Set<string>,
  targets: ReadonlyMap<string, readonly string[]>,
  money: string | null,
): OwnField[] {
  const refers = field.referenceTo ?? [];
  const lookup = [...new Set(refers.flatMap((name) => targets.get(name) ?? []))];
  const isReference = field.type === "reference" || field.type === "owner";
  const base = snakeName(field.label, field.name);
  const name = numbered(isReference && lookup.length > 0 && !base.endsWith("_id") ? `${base}_id` : base, (each) =>
    taken.has(each),
  );
  taken.add(name);
  const note = field.calculated === true ? ["calculated by the source"] : [];
  if (field.note !== undefined) note.push(field.note);
  if (!isReference) {
    return [
      {
        ...nothing(field, name),
        type: field.type ?? "text",
        options: distinct(field.options ?? null),
        currency: field.type === "currency" ? money : null,
        note: said(note),
      },
    ];
  }
  if (lookup.length === 0) {
    note.push(`id of ${refers.join(" or ") || "a record"}, which no mapping loads`);
    return [{ ...nothing(field, name), type: "text", note: said(note) }];
  }
  const several = lookup.length > 1;
  const typeField = several ? numbered(`${name.replace(/_id$/, "")}_type`, (each) => taken.has(each)) : null;
  if (typeField !== null) taken.add(typeField);
  return [{ ...nothing(field, name), type: "reference", lookup, typeField, note: said(note) }];
}

const said = (notes: readonly string[]): string | null => (notes.length === 0 ? null : notes.join(", "));

const nothing = (field: SourceField, name: string): OwnField => ({
  name,
  label: field.label,
  type: field.type ?? "text",
  from: field.name,
  lookup: null,
  typeField: null,
  options: null,
  currency: null,
  everywhere: false,
  note: null,
});

/** The type that the model gives a field of this name elsewhere, where it needs nothing besides. */
function plainType(like: ModelField | undefined, field: SourceField): FieldType {
  if (like === undefined) return field.type === "reference" ? "text" : (field.type ?? "text");
  return like.type === "owner" || (like.lookup === null && like.options === null) ? like.type : (field.type ?? "text");
}

/** Values that differ in case alone are one option for the model. */
function distinct(options: readonly PicklistOption[] | null): readonly PicklistOption[] | null {
  if (options === null || options.length === 0) return null;
  const seen = new Set<string>();
  return options.filter(({ value }) => {
    const folded = value.toLowerCase();
    if (value.trim() === "" || seen.has(folded)) return false;
    seen.add(folded);
    return true;
  });
}

function numbered(name: string, used: (name: string) => boolean): string {
  if (!used(name)) return name;
  for (let number = 2; ; number++) if (!used(`${name}_${number}`)) return `${name}_${number}`;
}
