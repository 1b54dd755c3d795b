/** What can be wrong with a snapshot. */
import { ConfigError, StoppedError, TerminalError } from "../errors.ts";

/** A file of the snapshot is not what was written. */
export function damaged(file: string, why: string, cause?: unknown): TerminalError {
  return new TerminalError("SNAPSHOT_DAMAGED", `the snapshot is damaged: ${why}`, {
    place: { file },
    hint: "Restore the file, take another snapshot, or run against the source itself.",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Recording failed; the run may go on once there is room. */
export function unwritable(dir: string, cause: unknown): StoppedError {
  const why = (cause as Error).message;
  return new StoppedError("SNAPSHOT_UNWRITABLE", `cannot write the snapshot in ${dir}: ${why}`, {
    hint: "Make room or give write permission, then go on with `migrate run --resume RUN`.",
    cause,
  });
}

export function objectMissing(object: string, known: readonly string[], described: boolean): ConfigError {
  return new ConfigError(
    "SNAPSHOT_OBJECT_MISSING",
    described
      ? `the snapshot holds no records of ${object}: the run that took it did not read it`
      : `the snapshot knows no object "${object}"`,
    {
      hint: `It holds ${known.length === 0 ? "nothing" : known.join(", ")}. Run against the source to read further objects.`,
    },
  );
}

export function incomplete(object: string, run: string): ConfigError {
  return new ConfigError("SNAPSHOT_INCOMPLETE", `the snapshot holds only a part of ${object}: the run ended before`, {
    hint: `Go on with \`migrate run --resume ${run}\`, or take another snapshot with \`migrate run --dry-run\`.`,
  });
}

export function columnMissing(object: string, columns: readonly string[], run: string): ConfigError {
  const fields = columns.length === 1 ? "field" : "fields";
  return new ConfigError(
    "SNAPSHOT_COLUMN_MISSING",
    `the snapshot of run ${run} does not hold the ${fields} ${columns.join(", ")} of ${object}`,
    {
      hint: "They were not read then (`snapshotFields: mapped`, or new in the source since): run against the source itself, a dry run is enough.",
    },
  );
}
