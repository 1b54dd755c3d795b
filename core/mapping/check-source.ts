/** Source objects and fields that mappings name. */
import type { Place } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import type { PicklistOption, SourceObject, SourceSchema } from "../schema.ts";
import type { ProblemList } from "../yaml-read.ts";
import type { RawMapping } from "./raw.ts";

/** The fields of a mapping's sources. */
export interface SourceColumns {
  /** In every source. */
  has(column: string): boolean;
  /** What the sources list for a field, each value once; values that they label differently are left out. */
  options(column: string): readonly PicklistOption[];
  /** Notes MAPPING_UNKNOWN_COLUMN when a source lacks it. `what` names the use (`account.name`). */
  require(column: string, place: Place, what: string): void;
}

/** The mapping's source objects; unknown ones are noted (MAPPING_UNKNOWN_SOURCE) and left out. */
export function findSources(
  mapping: RawMapping,
  schema: SourceSchema,
  resolveSource: (name: string) => string | null,
  problems: ProblemList,
): readonly SourceObject[] {
  const known = schema.objects.map((object) => object.name);
  return mapping.sources.flatMap((name) => {
    const resolved = resolveSource(name);
    const found = schema.objects.find((object) => object.name === resolved);
    if (found !== undefined) return [found];
    const list = known.length <= 20 ? `; the source has: ${known.join(", ")}` : "";
    problems.error(
      "MAPPING_UNKNOWN_SOURCE",
      `${mapping.object}: unknown source object "${name}"${list}`,
      mapping.at("source"),
      hints(schema.hiddenObjects === undefined ? didYouMean(name, known) : slip(name, known), schema.hiddenObjects),
    );
    return [];
  });
}

/** An object that is hidden is not the next best one: only what differs by case, `s` or one letter of several is meant. */
function slip(name: string, known: readonly string[]): string | null {
  const near = known.filter(
    (each) => Math.abs(each.length - name.length) <= 1 && each[0]?.toLowerCase() === name[0]?.toLowerCase(),
  );
  return didYouMean(name, near);
}

export function sourceColumns(sources: readonly SourceObject[], problems: ProblemList): SourceColumns {
  const fields = sources.map((source) => ({
    source: source.name,
    hidden: source.hiddenFields ?? null,
    names: new Set(source.fields.map((field) => field.name)),
  }));
  return {
    options: (column) => optionsOf(sources, column),
    has: (column) => fields.length > 0 && fields.every(({ names }) => names.has(column)),
    require(column, place, what) {
      for (const { source, hidden, names } of fields) {
        if (names.has(column)) continue;
        const near = didYouMean(column, names);
        const list = names.size <= 40 ? `${source} has: ${[...names].join(", ")}.` : null;
        const hint = hidden === null ? (near ?? list) : hints(near, hidden);
        problems.error("MAPPING_UNKNOWN_COLUMN", `${what}: unknown source field "${column}" in ${source}`, place, hint);
      }
    },
  };
}

function optionsOf(sources: readonly SourceObject[], column: string): PicklistOption[] {
  const labels = new Map<string, string | null>();
  for (const { fields } of sources) {
    for (const { value, label } of fields.find(({ name }) => name === column)?.options ?? []) {
      labels.set(value, labels.has(value) && labels.get(value) !== label ? null : label);
    }
  }
  return [...labels].flatMap(([value, label]) => (label === null ? [] : [{ value, label }]));
}

/** What is known of both, one after the other. */
function hints(near: string | null, hidden: string | undefined): string | null {
  const known = [near, hidden ?? null].filter((hint) => hint !== null);
  return known.length === 0 ? null : known.join(" ");
}
