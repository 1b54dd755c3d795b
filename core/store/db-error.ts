/** PostgreSQL and socket errors, turned into the project's classes: what can the caller do about it? */
import { ConfigError, MigrateError, TerminalError, TransientError } from "../errors.ts";

/** Socket errors and pg's own texts that mean that the connection is gone. */
const LOST_CODES = new Set([
  "ECONNRESET",
  "EPIPE",
  "ECONNREFUSED",
  "ETIMEDOUT",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ENETDOWN",
]);
const LOST_TEXT =
  /connection (terminated|ended|closed)|client has encountered a connection error|not queryable|server closed/i;
/** admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout, idle_in_transaction_session_timeout. */
const LOST_STATES = new Set(["57P01", "57P02", "57P03", "57P05", "25P03"]);
const RETRY_STATES = new Set(["40001", "40P01", "53300"]);

export function sqlState(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** True when the connection is lost: the statement may or may not have been executed, and the session's locks are gone. */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null && (LOST_STATES.has(state) || state.startsWith("08"))) return true;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string" && LOST_CODES.has(code)) return true;
  return state === null && error instanceof Error && LOST_TEXT.test(error.message);
}

/** Where and what, as far as the server tells: table, column, constraint. Never `detail` or `where`: they hold record values. */
function context(error: object): string {
  const parts: string[] = [];
  for (const name of ["schema", "table", "column", "constraint"] as const) {
    const value = (error as Record<string, unknown>)[name];
    if (typeof value === "string" && value !== "") parts.push(`${name} ${value}`);
  }
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

/** Errors that only passed by: of files (a full disk under `runs/`), or faults of the program. */
function notOfDatabase(error: unknown, text: string): MigrateError {
  const { syscall } = error as { syscall?: unknown };
  if (typeof syscall === "string") {
    return new TerminalError("FILE_FAILED", `a file could not be read or written: ${text}`, {
      hint: "See that its disk has space and that the folder can be written to, then resume the run.",
      cause: error,
    });
  }
  return new TerminalError("UNEXPECTED", text === "" ? "unexpected failure without a message" : text, {
    hint: "This is a fault of the program. Run again with --verbose for the details and report them.",
    cause: error,
  });
}

/**
 * Classifies anything thrown by `pg`. Errors of our own pass through. The SQLSTATE stays in the message and,
 * with everything else the server said, in `cause`.
 *
 * Lost connection: TransientError DATABASE_LOST. Serialisation failure, deadlock, too many connections: TransientError
 * DATABASE_BUSY. Disk full, memory: TerminalError. Permission, read-only: ConfigError. Anything else that the
 * server says: TerminalError DATABASE_ERROR. Not of the database: FILE_FAILED, UNEXPECTED.
 */
export function dbError(error: unknown): MigrateError {
  if (error instanceof MigrateError) return error;
  const cause = error;
  const text = error instanceof Error ? error.message : String(error);
  const state = sqlState(error);
  if (isConnectionLost(error)) {
    return new TransientError("DATABASE_LOST", `the connection to the database was lost: ${text}`, {
      hint: "See that the database is running, then resume the run: everything committed is kept.",
      cause,
    });
  }
  if (state === null) return notOfDatabase(error, text);
  const where = typeof error === "object" && error !== null ? context(error) : "";
  const message = `${text}${where} [SQLSTATE ${state}]`;
  if (RETRY_STATES.has(state)) {
    return new TransientError("DATABASE_BUSY", `the database could not do it just now: ${message}`, { cause });
  }
  switch (state) {
    case "53100":
      return new TerminalError("DATABASE_FULL", `the database's disk is full: ${message}`, {
        hint: "Free space on the database server (or enlarge its disk), then resume the run.",
        cause,
      });
    case "53200":
      return new TerminalError("DATABASE_MEMORY", `the database ran out of memory: ${message}`, {
        hint: "Give the database server more memory, or lower its work_mem, then resume the run.",
        cause,
      });
    case "42501":
      return new ConfigError("DATABASE_PERMISSION", `the database user may not do this: ${message}`, {
        hint: "Grant the privileges listed in docs/database.md.",
        cause,
      });
    case "25006":
      return new ConfigError("DATABASE_READ_ONLY", `the database is read-only: ${message}`, {
        hint: "Use the primary server's URL, not a replica's, and a user without default_transaction_read_only.",
        cause,
      });
    default:
      return new TerminalError("DATABASE_ERROR", `the database refused a statement: ${message}`, { cause });
  }
}
