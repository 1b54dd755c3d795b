/** What a parser of values gives back. */

/** The value cannot be taken as it is. */
export interface Failure {
  readonly code: string;
  /** What was expected and what came, one sentence without a full stop. */
  readonly reason: string;
}

/** The value was taken, nulled or kept by policy, and people should know. */
export interface Kept {
  readonly text: string | null;
  readonly warning: Failure;
}

/** Canonical text, a failure, or a text (or null) with a warning. */
export type Parsed = string | Failure | Kept;

export const isFailure = (parsed: Parsed | null): parsed is Failure =>
  parsed !== null && typeof parsed === "object" && "code" in parsed;

export const isKept = (parsed: Parsed | null): parsed is Kept =>
  parsed !== null && typeof parsed === "object" && "warning" in parsed;

/** One field's parser: source text (never blank) to canonical text. */
export type Parse = (text: string) => Parsed;
