/** `scope.since` and `scope.until`: records made outside of the slice are left out, as if the mapping's filter said so. */
import type { MigrationConfig } from "../config-types.ts";
import { ConfigError } from "../errors.ts";
import { OWNER_OBJECT } from "../mapping/order.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import type { SourceSchema } from "../schema.ts";

type Filter = NonNullable<ObjectMapping["filter"]>;

/**
 * The mappings with the slice in their filters: every record is still read and counted, those outside end in `filtered`, so that
 * buckets, snapshots and proofs need to know nothing of it. Users stay whole: others belong to them. A record that does not say
 * when it was made is kept, and so are objects of which the source does not tell. Throws ConfigError SCOPE_UNSUPPORTED where it tells of none.
 */
export function sliceByDate(
  mappings: readonly ObjectMapping[],
  schema: SourceSchema,
  config: MigrationConfig,
): readonly ObjectMapping[] {
  const { since, until } = config.scope;
  if (since === null && until === null) return mappings;
  const made = new Map(schema.objects.map(({ name, created }) => [name, created]));
  const columnsOf = (mapping: ObjectMapping) => [...new Set(mapping.sources.flatMap((name) => made.get(name) ?? []))];
  if (mappings.every((mapping) => columnsOf(mapping).length === 0)) {
    throw new ConfigError(
      "SCOPE_UNSUPPORTED",
      `scope.since and scope.until: the ${config.source.connector} source does not know when its records were made`,
      {
        place: { file: config.file },
        hint: "Use `filter:` on a date column in the mapping files, and leave scope.since and scope.until empty.",
      },
    );
  }
  return mappings.map((mapping) => {
    const columns = columnsOf(mapping);
    return columns.length === 0 || mapping.object === OWNER_OBJECT
      ? mapping
      : { ...mapping, filter: both(mapping.filter, slice(columns, since, until)) };
  });
}

function slice(columns: readonly string[], since: string | null, until: string | null): Filter {
  const from = since === null ? Number.NEGATIVE_INFINITY : Date.parse(since);
  const to = until === null ? Number.POSITIVE_INFINITY : Date.parse(until);
  const text = columns
    .flatMap((column) => [
      ...(since === null ? [] : [`${column} >= '${since}'`]),
      ...(until === null ? [] : [`${column} < '${until}'`]),
    ])
    .join(" AND ");
  return {
    text,
    columns,
    test(value) {
      for (const column of columns) {
        const at = Date.parse(value(column) ?? "");
        if (!Number.isNaN(at)) return at >= from && at < to;
      }
      return true;
    },
  };
}

function both(filter: Filter | null, more: Filter): Filter {
  if (filter === null) return more;
  return {
    text: `${/\bOR\b/i.test(filter.text) ? `(${filter.text})` : filter.text} AND ${more.text}`,
    columns: [...new Set([...filter.columns, ...more.columns])],
    test: (value) => filter.test(value) && more.test(value),
  };
}
