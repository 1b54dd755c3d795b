/** `migrate map suggest`: target fields for source columns that no mapping uses. */
import type { Session } from "../../core/engine/session.ts";
import { ConfigError } from "../../core/errors.ts";
import { readColumns } from "../../core/mapping/compile-columns.ts";
import type { ColumnProfile, ObjectProfile } from "../../core/mapping/profile.ts";
import {
  columnName,
  customType,
  type LookupTarget,
  plainFields,
  suggestFields,
  suggestLookups,
} from "../../core/mapping/suggest.ts";
import type { ObjectMapping } from "../../core/mapping/types.ts";
import { nearest } from "../../core/nearest.ts";
import type { FieldType } from "../../core/schema.ts";
import type { App } from "../app.ts";
import { count, oneLine, percent } from "../format.ts";
import { flowList, flowMap, scalar } from "../init/yaml-lines.ts";
import { profileSources } from "../source-profile.ts";
import { table } from "../table.ts";

export interface Suggestion {
  readonly object: string;
  readonly source: string;
  readonly column: string;
  readonly filled: number;
  readonly examples: readonly string[];
  readonly field: string;
  /** False: the model has the field. */
  readonly custom: boolean;
  readonly confidence: number;
  readonly reason: string;
  /** The line for the mapping file. */
  readonly yaml: string;
}

export async function mapSuggest(app: App, object: string | null): Promise<number> {
  const { output } = app;
  return app.withSession(
    async (session) => {
      const suggestions = await suggest(session, object);
      output.document({ suggestions });
      if (output.json) return 0;
      if (suggestions.length === 0) output.print("Every column that holds something is mapped.");
      for (const group of Object.values(Object.groupBy(suggestions, (entry) => `${entry.object} <- ${entry.source}`))) {
        output.print([...lines(group!, output.style.bold), ""]);
      }
      return 0;
    },
    { connectTarget: false },
  );
}

async function suggest(session: Session, object: string | null): Promise<readonly Suggestion[]> {
  const { mappings } = session.mappings;
  const chosen = mappings.filter((mapping) => object === null || mapping.object === object);
  if (chosen.length === 0) {
    const near = nearest(
      object ?? "",
      mappings.map((mapping) => mapping.object),
    );
    throw new ConfigError("OBJECT_UNKNOWN", `no mapping loads "${object}"`, {
      hint:
        near === null
          ? `There are mappings for ${mappings.map((mapping) => mapping.object).join(", ")}.`
          : `Did you mean ${near}?`,
    });
  }
  const profiles = new Map<string, ObjectProfile>();
  for (const mapping of mappings) profiles.set(mapping.id, await profileOf(session, mapping));
  const targets = mappings.flatMap((mapping) => target(mapping, profiles.get(mapping.id)!));
  return chosen.flatMap((mapping) => suggestionsFor(session, mapping, mappings, profiles, targets));
}

function profileOf(session: Session, mapping: ObjectMapping): Promise<ObjectProfile> {
  const objects = session.sourceSchema.objects.filter((entry) => mapping.sources.includes(entry.name));
  const nulls = (session.config.source.options.nulls as readonly string[] | undefined) ?? [];
  return profileSources(session.source, objects, nulls);
}

/** What lookups may point to: mappings with one key column. */
function target(mapping: ObjectMapping, profile: ObjectProfile): readonly LookupTarget[] {
  if (mapping.keyspace !== null) return [];
  const unique = mapping.fields.flatMap((field): [string, string][] => {
    const column = field.input.kind === "from" ? field.input.columns[0] : undefined;
    return column !== undefined && !field.custom && profile.columns.get(column)?.unique === true
      ? [[column, field.target]]
      : [];
  });
  const key = mapping.key.length === 1 ? mapping.key[0]! : null;
  return [{ object: mapping.object, source: mapping.sources[0]!, key, profile, unique: new Map(unique) }];
}

function suggestionsFor(
  session: Session,
  mapping: ObjectMapping,
  all: readonly ObjectMapping[],
  profiles: ReadonlyMap<string, ObjectProfile>,
  targets: readonly LookupTarget[],
): readonly Suggestion[] {
  const object = session.model.objects.get(mapping.object)!;
  const used = new Set(
    all.filter((other) => other.sources.some((source) => mapping.sources.includes(source))).flatMap(readColumns),
  );
  const profile = profiles.get(mapping.id)!;
  const free = [...profile.columns.values()].filter((column) => !used.has(column.column) && column.filled > 0);
  const taken = new Set(mapping.fields.map((field) => field.target));
  const lookups = suggestLookups(free, object, session.model, targets).filter((entry) => !taken.has(entry.field));
  const looked = new Set(lookups.map((entry) => entry.column));
  const fields = suggestFields(
    free.filter((column) => !looked.has(column.column)),
    object,
    plainFields(object, session.model).filter((field) => !taken.has(field.name)),
    labelsOf(session, mapping),
  );
  return free.map((column) => {
    const lookup = lookups.find((entry) => entry.column === column.column);
    const field = fields.find((entry) => entry.column === column.column);
    const base = {
      object: mapping.object,
      source: mapping.sources.join(", "),
      column: column.column,
      filled: column.filled,
      examples: column.examples,
    };
    if (lookup !== undefined) {
      const entries: [string, string][] = [
        ["from", scalar(column.column)],
        [
          "lookup",
          lookup.objects.length === 1 && lookup.typeInto === null
            ? scalar(lookup.objects[0]!)
            : flowList(lookup.objects),
        ],
        ...(lookup.by === null ? [] : ([["by", scalar(lookup.by)]] as [string, string][])),
        ...(lookup.typeInto === null ? [] : ([["typeInto", scalar(lookup.typeInto)]] as [string, string][])),
      ];
      return {
        ...base,
        field: lookup.field,
        custom: false,
        confidence: lookup.confidence,
        reason: lookup.reason,
        yaml: `${lookup.field}: ${flowMap(entries)}`,
      };
    }
    if (field !== undefined) {
      return {
        ...base,
        field: field.field,
        custom: false,
        confidence: field.confidence,
        reason: field.reason,
        yaml: `${field.field}: ${scalar(column.column)}`,
      };
    }
    return { ...base, ...custom(column, customType(column), [...taken, ...object.fields.keys()]) };
  });
}

function custom(
  column: ColumnProfile,
  type: FieldType,
  taken: readonly string[],
): Pick<Suggestion, "field" | "custom" | "confidence" | "reason" | "yaml"> {
  const field = columnName(column.column, new Set(taken));
  return {
    field,
    custom: true,
    confidence: 0,
    reason: "the model has no such field: kept in custom",
    yaml: `${field}: ${flowMap([
      ["from", scalar(column.column)],
      ["type", type],
    ])}`,
  };
}

/** What the source calls its fields. */
function labelsOf({ sourceSchema }: Session, { sources }: ObjectMapping): ReadonlyMap<string, string> {
  const objects = sourceSchema.objects.filter(({ name }) => sources.includes(name));
  return new Map(objects.flatMap(({ fields }) => fields.map(({ name, label }) => [name, label] as const)));
}

function lines(group: readonly Suggestion[], title: (text: string) => string): readonly string[] {
  const first = group[0]!;
  const rows = group.map((entry) => [
    oneLine(entry.column, 40),
    count(entry.filled),
    oneLine(entry.examples.join(", "), 40),
    entry.field,
    entry.custom ? "" : percent(entry.confidence),
    entry.reason,
  ]);
  return [
    title(`${first.object} <- ${first.source}`),
    ...table(
      [
        { title: "column" },
        { title: "filled", align: "right" },
        { title: "examples" },
        { title: "field" },
        { title: "sure", align: "right" },
        { title: "why" },
      ],
      rows,
      { indent: 2 },
    ),
    "  for the mapping file:",
    ...group.map((entry) => `    ${entry.yaml}`),
  ];
}
