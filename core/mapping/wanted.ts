/** What mappings need to know of a source, before anything is checked. */
import type { DescribeRequest } from "../connector.ts";
import type { RawField, RawMapping, RawMappings } from "./raw.ts";

/** Source objects as mappings name them, each with every field that some mapping names. */
export function wantedOf(raw: RawMappings): DescribeRequest {
  const wanted = new Map<string, Set<string>>();
  for (const mapping of raw.mappings) {
    const columns = columnsOf(mapping);
    for (const source of mapping.sources) {
      const names = wanted.get(source) ?? new Set();
      for (const column of columns) names.add(column);
      wanted.set(source, names);
    }
  }
  return new Map([...wanted].map(([source, names]) => [source, [...names]]));
}

function columnsOf(mapping: RawMapping): string[] {
  return [
    ...(mapping.key ?? []),
    ...(mapping.filter?.columns ?? []),
    ...(mapping.aliases === null ? [] : [mapping.aliases.from]),
    ...(mapping.mergedInto === null ? [] : [mapping.mergedInto]),
    ...mapping.fields.flatMap(fieldColumns),
    ...mapping.associations.flatMap(({ from, label }) => [
      from,
      ...(label !== null && "column" in label ? [label.column] : []),
    ]),
    ...mapping.cases.flatMap(({ input }) => Object.keys(input)),
  ];
}

/** `currency` names a column, or is a code; asking for a code does no harm. */
function fieldColumns({ input, currency, typeFrom }: RawField): string[] {
  const more = [currency, typeFrom].filter((name) => name !== null);
  if (input.kind === "from") return [...input.columns, ...more];
  if (input.kind === "value") return more;
  return [...input.parts.flatMap((part) => ("column" in part ? [part.column] : [])), ...more];
}
