/**
 * Errors, classed by what the caller can do about them. Each has a stable `code`
 * (listed in docs/errors.md), the place it concerns, and a message that says what
 * was expected, what came and what to do.
 */

/** Where a problem lies. All parts are optional; `file:line:column` are 1-based. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly object?: string;
  readonly key?: string;
  readonly field?: string;
}

export interface MigrateErrorOptions {
  readonly place?: Place;
  /** What to do about it, one imperative sentence. Printed on its own line. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** Base class. Use a subclass: the class decides retry, reject and exit code. */
export class MigrateError extends Error {
  readonly code: string;
  readonly place: Place;
  readonly hint: string | null;
  /** Process exit code when it reaches the command line. */
  readonly exitCode: number = 1;

  constructor(code: string, message: string, options: MigrateErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.place = options.place ?? {};
    this.hint = options.hint ?? null;
  }
}

/** One finding among several that are shown together. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly place: Place;
  readonly hint: string | null;
  readonly severity: "error" | "warning";
}

/** Usage, configuration or mapping error: nothing was written. Carries every problem found, not just the first. Exit 2. */
export class ConfigError extends MigrateError {
  override readonly exitCode = 2;
  readonly problems: readonly Problem[];

  constructor(code: string, message: string, options: MigrateErrorOptions & { problems?: readonly Problem[] } = {}) {
    super(code, message, options);
    this.problems = options.problems ?? [
      { code, message, place: options.place ?? {}, hint: options.hint ?? null, severity: "error" },
    ];
  }

  /** One error for many problems; its message is the first problem's plus how many more there are. */
  static of(problems: readonly Problem[]): ConfigError {
    const first = problems[0]!;
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
    return new ConfigError(first.code, first.message + more, {
      place: first.place,
      ...(first.hint === null ? {} : { hint: first.hint }),
      problems,
    });
  }
}

/** A record that cannot be loaded: it becomes a reject and the run goes on. */
export class RecordError extends MigrateError {
  override readonly exitCode = 3;
}

/** May succeed when tried again after `retryAfterMs` (null: the caller's own backoff). */
export class TransientError extends MigrateError {
  readonly retryAfterMs: number | null;
  constructor(code: string, message: string, options: MigrateErrorOptions & { retryAfterMs?: number } = {}) {
    super(code, message, options);
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** Will not succeed when tried again; not the user's configuration. Exit 1. */
export class TerminalError extends MigrateError {}

/** Stopped on purpose. Exit 4. */
export class StoppedError extends MigrateError {
  override readonly exitCode = 4;
  /** false: what stopped it has to be changed, and the run that began without the change cannot go on with it. */
  readonly resumable: boolean;
  constructor(code: string, message: string, options: MigrateErrorOptions & { resumable?: boolean } = {}) {
    super(code, message, options);
    this.resumable = options.resumable ?? true;
  }
}

/** The user pressed Ctrl-C (or sent SIGTERM). Exit 130. */
export class InterruptedError extends MigrateError {
  override readonly exitCode = 130;
  /** true: a run had begun, which can be resumed. */
  readonly begun: boolean;
  constructor(begun = false) {
    super(
      "INTERRUPTED",
      begun ? "interrupted; everything committed so far is kept" : "interrupted before anything was written",
    );
    this.begun = begun;
  }
}

/** `file:line:column`, or the object, key and field, in one short string; "" when nothing is known. */
export function placeText(place: Place): string {
  const parts: string[] = [];
  if (place.file !== undefined) {
    parts.push([place.file, place.line, place.column].filter((part) => part !== undefined).join(":"));
  } else if (place.line !== undefined) parts.push(`line ${place.line}`);
  if (place.object !== undefined) parts.push(place.object);
  if (place.key !== undefined) parts.push(`key ${place.key}`);
  if (place.field !== undefined) parts.push(`field ${place.field}`);
  return parts.join(", ");
}

/** Whether an error is one of ours with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.includes((error as MigrateError).code);
}
