/** What becomes of rows whose record the source no longer holds. */
import type { DeletedPolicy, MigrationConfig } from "../config-types.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import type { ModelObject } from "../schema.ts";

/** Object that holds links between records: nobody works with its rows, and a link that is gone says nothing any more. */
export const LINKS = "association";

/** Keys in `custom` of rows that are marked. */
export const DELETED_AT = "deleted_at_source";
export const MERGED_INTO = "merged_into_at_source";

/**
 * As the mapping says, else `delta.deleted`, else: links are deleted, rows are marked where the table has `custom`, and kept
 * otherwise. `mark` without a place for it is `keep`. Mappings that only update keep rows: they did not make them.
 */
export function deletedPolicy(
  mapping: ObjectMapping,
  object: ModelObject,
  config: Pick<MigrationConfig, "delta">,
): DeletedPolicy {
  if (mapping.mode === "update") return "keep";
  const said = mapping.deleted ?? (object.name === LINKS ? "delete" : config.delta.deleted) ?? "mark";
  return said === "mark" && !object.hasCustom ? "keep" : said;
}

/** Records that may be gone before the share counts: a few are gone of any small object. */
export const ALWAYS_ALLOWED = 10;

/** True when more of the loaded records are gone than `limits.deletes` allows. */
export function tooManyGone(gone: number, loaded: number, limit: number): boolean {
  return gone > ALWAYS_ALLOWED && gone > limit * loaded;
}
