/** Fields whose hashes the merge keeps; see core/store/written.ts. */
import type { ConflictPolicy, FieldMapping } from "../../mapping/types.ts";
import type { WrittenField as Written } from "../../store/written.ts";

export {
  fieldHash,
  hashOfColumns,
  hashSql,
  targetHash,
  targetValues,
  writtenArray,
  writtenEntries,
  writtenFields,
} from "../../store/written.ts";

export type WrittenField = Written<FieldMapping>;

/** That edits of the target count, and how. */
export interface ThreeWay {
  /** Where the field does not say its own; null: those are the source's, edited or not. */
  readonly policy: ConflictPolicy | null;
  /** Rows that users deleted are inserted again when their record comes again. */
  readonly resurrect: boolean;
}
