/** Errors about a file. */
import { basename } from "node:path";
import { ConfigError, type Problem } from "../../core/errors.ts";

export function fileError(code: string, path: string, message: string, hint: string, cause?: unknown): ConfigError {
  return new ConfigError(code, message, {
    place: { file: path, object: basename(path) },
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** FILE_CORRUPT: `what` says what was expected and what came. */
export function corrupt(path: string, what: string, cause?: unknown): ConfigError {
  return fileError(
    "FILE_CORRUPT",
    path,
    `${basename(path)} is damaged: ${what}`,
    "Open it in its program and save it again, or export it anew.",
    cause,
  );
}

/** FILE_LIMIT: a limit that keeps the memory and the time bounded; `raise` says how it is raised. */
export function beyondLimit(path: string, what: string, raise: string): ConfigError {
  return fileError("FILE_LIMIT", path, `${basename(path)}: ${what}`, raise);
}

export function encrypted(path: string): ConfigError {
  return fileError(
    "FILE_ENCRYPTED",
    path,
    `${basename(path)} is encrypted: it can only be read with its password`,
    "Save a copy without a password.",
  );
}

export function unsupported(path: string, what: string, hint: string): ConfigError {
  return fileError("FILE_UNSUPPORTED", path, `${basename(path)}: ${what}`, hint);
}

export function warning(code: string, path: string, message: string, hint: string | null): Problem {
  return { code, message, place: { file: path }, hint, severity: "warning" };
}
