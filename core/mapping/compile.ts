/** Compiles a mapping: from data to a function that turns records into staged rows. */
import { ConfigError, type Problem } from "../errors.ts";
import { blankTest } from "./compile-blank.ts";
import { readColumns, stageColumns } from "./compile-columns.ts";
import { customOrder } from "./compile-custom.ts";
import { keyPart } from "./compile-key.ts";
import { linkCells } from "./compile-links.ts";
import { RowMapper, type RowPlan } from "./compile-row.ts";
import { compileFields, Slot } from "./compile-slots.ts";
import type { CompiledMapping, CompileOptions } from "./compiled.ts";
import { layoutSeed } from "./hash.ts";
import type { ObjectMapping } from "./types.ts";
import { zoneClock } from "./values-zone.ts";

/**
 * Makes the function of a checked mapping. Throws ConfigError TIMEZONE_UNKNOWN, FORMAT_INVALID, COUNTRY_UNKNOWN,
 * TRANSFORM_INVALID, DEFAULT_INVALID.
 */
export function compileMapping(mapping: ObjectMapping, options: CompileOptions): CompiledMapping {
  const reads = readColumns(mapping);
  const columns = stageColumns(mapping, options);
  const fields = compileFields(mapping, columns, options);
  const shared = {
    mapping,
    options,
    blank: blankTest(options.nulls),
    zone: zoneClock(options.timezone),
    seed: layoutSeed(columns),
    fieldCount: 3 + columns.length,
    links: mapping.associations.map((association) => linkCells(association, options.decimal)),
    keyPart: keyPart(mapping, options.decimal),
  };
  return {
    mapping,
    reads,
    columns,
    bind(layout, hashed = true) {
      const indexes = layoutIndexes(mapping, reads, layout);
      const indexOf = (column: string): number => indexes.get(column)!;
      const slots = fields.map((field) => new Slot(field, indexOf));
      const plain = slots.filter((slot) => !slot.compiled.field.custom);
      return new RowMapper({
        ...shared,
        seed: hashed ? shared.seed : null,
        slots: plain,
        allSlots: slots,
        customSlots: customOrder(slots.filter((slot) => slot.compiled.field.custom)),
        keyColumns: mapping.key.map(indexOf),
        content: mapping.contentKey === true ? mapping.key.map((name) => [name, indexOf(name)] as const) : null,
        aliasColumn: mapping.aliases === undefined ? -1 : indexOf(mapping.aliases.from),
        mergedColumn: mapping.mergedInto === undefined ? -1 : indexOf(mapping.mergedInto),
        groups: requiredGroups(mapping, plain, options),
        indexOf,
      });
    },
  };
}

function layoutIndexes(
  mapping: ObjectMapping,
  reads: readonly string[],
  layout: readonly string[],
): ReadonlyMap<string, number> {
  const indexes = new Map<string, number>();
  for (const [index, column] of layout.entries()) if (!indexes.has(column)) indexes.set(column, index);
  const problems = reads
    .filter((column) => !indexes.has(column))
    .map(
      (column): Problem => ({
        code: "SOURCE_COLUMN_MISSING",
        message: `${mapping.sources.join(", ")} has no column ${JSON.stringify(column)}, which the mapping of ${mapping.object} reads`,
        place: mapping.place,
        hint: `The columns are: ${layout.slice(0, 50).join(", ")}.`,
        severity: "error",
      }),
    );
  if (problems.length > 0) throw ConfigError.of(problems);
  return indexes;
}

/** A field that a lookup's `typeInto` fills counts as the lookup. */
function requiredGroups(mapping: ObjectMapping, slots: readonly Slot[], options: CompileOptions): RowPlan["groups"] {
  if (mapping.mode === "update") return [];
  return (options.requireAny ?? []).map((names) => ({
    names,
    slots: slots.flatMap(({ compiled: { field } }, index) =>
      names.includes(field.target) || names.includes(field.lookup?.typeInto ?? "") ? [index] : [],
    ),
  }));
}
