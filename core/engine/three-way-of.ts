/** Whether edits of the target count in a run. */
import type { MigrationConfig } from "../config-types.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import type { ThreeWay } from "./merge/written.ts";
import type { RunKind } from "./types.ts";

/**
 * Deltas and retries ask who changed what; in a full run the source is the truth, unless migration.yaml or the mapping says
 * `conflicts:`, or a field for itself. null: edits of the target are overwritten.
 */
export function threeWayOf(kind: RunKind, config: MigrationConfig, mapping: ObjectMapping): ThreeWay | null {
  const said = mapping.conflicts ?? config.conflicts;
  const byField = mapping.fields.some(({ conflicts }) => conflicts !== undefined);
  if (kind === "full" && said === null && !byField) return null;
  return { policy: said ?? (kind === "full" ? null : "review"), resurrect: config.delta?.resurrect ?? false };
}
