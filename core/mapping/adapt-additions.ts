/** Adds the fields that the owners of the source made themselves. */
import type { FieldType, ModelObject, SourceField, SourceObject, TargetModel } from "../schema.ts";
import type { YamlEditor } from "../yaml-edit.ts";

/** Types that a custom value can have; ids of other records are kept as text. */
const CUSTOM_TYPE: Partial<Record<FieldType, FieldType>> = { reference: "text", owner: "text" };

/**
 * Every custom field of the first source object that no mapping reads: into the model's field of that name where its type
 * fits, else typed into `custom`. Returns how many there are.
 */
export function addFields(
  editor: YamlEditor,
  sources: readonly SourceObject[],
  model: TargetModel,
  read: ReadonlySet<string>,
): number {
  const object = model.objects.get(String(editor.get(["object"])));
  if (object === undefined) return 0;
  const taken = new Set(editor.keys(["fields"]).map((target) => target.replace(/^custom\./, "")));
  const money = currencyColumn(editor);
  let added = 0;
  for (const field of sources[0]!.fields) {
    if (field.custom !== true || read.has(field.name) || field.type === "file") continue;
    if (!sources.every(({ fields }) => fields.some(({ name }) => name === field.name))) continue;
    const name = nameOf(field);
    const own = object.fields.get(name);
    if (own !== undefined && !taken.has(name) && fits(own.type, field.type)) {
      taken.add(name);
      editor.set(["fields", name], field.name, `${field.label}: taken for the model's field of this name`);
      added++;
      continue;
    }
    const free = freeName(name, object, taken);
    taken.add(free);
    const type = field.type === null ? "text" : (CUSTOM_TYPE[field.type] ?? field.type);
    const currency = type === "currency" && money !== null ? { currency: money } : {};
    const value = type === "text" ? field.name : { from: field.name, type, ...currency };
    editor.set(["fields", `custom.${free}`], value, remark(field));
    added++;
  }
  return added;
}

function remark(field: SourceField): string {
  const parts = [field.label];
  if (field.referenceTo !== undefined && field.referenceTo.length > 0)
    parts.push(`id of ${field.referenceTo.join(" or ")}`);
  if (field.calculated === true) parts.push("calculated by the source");
  if (field.note !== undefined) parts.push(field.note);
  return parts.join(", ").replace(/\s+/g, " ");
}

/** The column that other amounts of the mapping take their currency from. */
function currencyColumn(editor: YamlEditor): string | null {
  for (const target of editor.keys(["fields"])) {
    const currency = editor.get(["fields", target, "currency"]);
    if (typeof currency === "string" && !/^[A-Z]{3}$/.test(currency)) return currency;
  }
  return null;
}

const nameOf = ({ name, label }: SourceField): string => snakeName(label, name);

/** The label in snake_case; the name where the label has no plain letters. */
export function snakeName(label: string, name: string): string {
  const snake = (text: string) =>
    text
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .replace(/[^A-Za-z0-9]+/g, "_")
      .replace(/^_+|_+$/g, "")
      .toLowerCase()
      .slice(0, 60);
  const plain = snake(label);
  return /^[a-z]/.test(plain) && plain.length > 1 ? plain : snake(name);
}

function freeName(name: string, object: ModelObject, taken: ReadonlySet<string>): string {
  const used = (candidate: string) => taken.has(candidate) || object.fields.has(candidate) || RESERVED.has(candidate);
  if (!used(name)) return name;
  for (let number = 2; ; number++) if (!used(`${name}_${number}`)) return `${name}_${number}`;
}

const RESERVED = new Set(["id", "external_id", "external_source", "custom", "reject", "filtered"]);

const TEXTS: readonly (FieldType | null)[] = ["text", "email", "phone", "url"];

/** Whether every value of the source can go there without a rule. */
function fits(target: FieldType, source: FieldType | null): boolean {
  return target === "text"
    ? [...TEXTS, "picklist"].includes(source)
    : target === source &&
        !["reference", "owner", "picklist", "multipicklist", "email", "url", "currency"].includes(target);
}
