/** Definitions of properties, shaped as the properties API answers them. */
import type { Property } from "./types.ts";

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly hidden?: boolean;
}

const YES_NO: readonly Option[] = [
  { value: "true", label: "True" },
  { value: "false", label: "False" },
];

/**
 * One definition from a line `name|label|type.fieldType|group|flags|options|reference`. Flags: r read-only value, c calculated,
 * h hidden, e external options, f form field, $ currency symbol, u unique, x custom, a archived, s and S sensitive and
 * highly sensitive. Options: a name in `lists`, or `VALUE:Label,OTHER:Other`.
 */
export function property(line: string, lists: Readonly<Record<string, readonly Option[]>>, order: number): Property {
  const [name = "", label = "", kind = "string.text", group = "", flags = "", options = "", reference = ""] =
    line.split("|");
  const [type = "string", fieldType = "text"] = kind.split(".");
  const has = (flag: string): boolean => flags.includes(flag);
  const custom = has("x");
  const boolean = type === "bool" || fieldType === "booleancheckbox";
  const listed: readonly Option[] =
    lists[options] ??
    (options === ""
      ? boolean
        ? YES_NO
        : []
      : options.split(",").map((pair) => {
          const [value = "", text] = pair.split(":");
          return { value, label: text ?? value };
        }));
  return {
    updatedAt: custom ? "2025-03-11T09:14:22.120Z" : "2024-09-05T17:14:04.747Z",
    createdAt: custom
      ? "2025-03-11T09:14:22.120Z"
      : order % 5 === 0
        ? "1970-01-01T00:00:00Z"
        : "2019-08-06T02:41:08.204Z",
    ...(has("a") ? { archivedAt: "2025-11-20T10:00:00.318Z" } : {}),
    name,
    label,
    type,
    fieldType,
    description: custom ? "" : `${label}.`,
    groupName: group,
    options: listed.map((option, at) => ({
      label: option.label,
      value: option.value,
      ...(boolean ? {} : { description: "" }),
      displayOrder: at,
      hidden: option.hidden ?? false,
    })),
    ...(reference === "" ? {} : { referencedObjectType: reference }),
    displayOrder: has("h") ? -1 : order,
    calculated: has("c"),
    externalOptions: has("e"),
    archived: has("a"),
    hasUniqueValue: has("u"),
    hidden: has("h"),
    hubspotDefined: !custom,
    ...(has("$") ? { showCurrencySymbol: true } : {}),
    modificationMetadata: {
      archivable: true,
      readOnlyDefinition: !custom,
      ...(type === "enumeration" && !custom && listed.length > 0 ? { readOnlyOptions: has("r") } : {}),
      readOnlyValue: has("r"),
    },
    formField: has("f"),
    ...(fieldType === "calculation_equation" ? { calculationFormula: `if(is_present(${name}_base), 1, 0)` } : {}),
    dataSensitivity: has("S") ? "highly_sensitive" : has("s") ? "sensitive" : "non_sensitive",
  };
}

/** Definitions from lines; blank lines are skipped. */
export function properties(text: string, lists: Readonly<Record<string, readonly Option[]>> = {}): readonly Property[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line, at) => property(line, lists, at));
}

/** Options of the same value and label. */
export const plain = (values: readonly string[]): readonly Option[] => values.map((value) => ({ value, label: value }));
