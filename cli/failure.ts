/** From anything thrown to what is printed and the exit code. */
import { CommanderError } from "commander";
import { ConfigError, MigrateError, type Problem } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import type { Output } from "./output.ts";
import { problemLines } from "./views/problems.ts";

export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly problems: readonly Problem[];
  readonly stack: string | null;
}

/** What an error means for the caller. Anything unknown is an unexpected failure: exit 1. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof MigrateError) {
    const single: Problem = {
      code: error.code,
      message: error.message,
      place: error.place,
      hint: error.hint,
      severity: "error",
    };
    const problems = error instanceof ConfigError ? error.problems : [single];
    return { exitCode: error.exitCode, code: error.code, message: error.message, problems, stack: stackOf(error) };
  }
  if (error instanceof CommanderError) return usageFailure(error);
  const message = error instanceof Error ? error.message : String(error);
  return {
    exitCode: 1,
    code: "UNEXPECTED",
    message,
    problems: [
      {
        code: "UNEXPECTED",
        message: message === "" ? "unexpected failure without a message" : message,
        place: {},
        hint: "This is a fault of the program. Run again with --verbose for the details and report them.",
        severity: "error",
      },
    ],
    stack: stackOf(error),
  };
}

/** `migrate db frob` reaches the default command of `db` with one argument too many. */
const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  status: ["status", "url", "stop"],
  list: ["list", "show", "records"],
};

function usageFailure(error: CommanderError): Failure {
  const excess = /too many arguments for '(\w+)'\. Expected 0 arguments but got \d+: ([^,\n]*?)\.?$/m.exec(
    error.message,
  );
  const siblings = excess === null ? undefined : DEFAULTS[excess[1]!];
  if (siblings !== undefined) {
    const message = `unknown command '${excess![2]}'`;
    const near = nearest(excess![2]!, siblings);
    const hint = near === null ? `Expected one of ${siblings.join(", ")}.` : `Did you mean ${near}?`;
    return {
      exitCode: 2,
      code: "USAGE",
      message,
      problems: [{ code: "USAGE", message, place: {}, hint, severity: "error" }],
      stack: null,
    };
  }
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const near = /^\(Did you mean (.*)\?\)$/.exec(rest.join(" ").trim())?.[1];
  const hint = near === undefined ? "See `migrate --help`." : `Did you mean ${near}?`;
  const message = first.replace(/\.$/, "");
  return {
    exitCode: 2,
    code: "USAGE",
    message,
    problems: [{ code: "USAGE", message, place: {}, hint, severity: "error" }],
    stack: null,
  };
}

function stackOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack ?? error.cause.message}` : "";
  return (error.stack ?? error.message) + cause;
}

/** Prints the failure: problems on stderr, the one document with --json. Secrets are blanked by `redact`. Returns the exit code. */
export function reportFailure(error: unknown, output: Output, redact: (text: string) => string): number {
  const failure = describeFailure(error);
  const lines = problemLines(failure.problems, output.noteStyle);
  if (output.verbose && failure.stack !== null && !(error instanceof ConfigError)) lines.push("", failure.stack);
  output.alert(redact(lines.join("\n")));
  const document = { error: { code: failure.code, message: failure.message, problems: failure.problems } };
  output.document(redacted(document, redact));
  return failure.exitCode;
}

/** Text by text: in the document as a whole a secret could reach from one value into the next. */
function redacted(value: unknown, redact: (text: string) => string): unknown {
  return JSON.parse(JSON.stringify(value), (_, item: unknown) => (typeof item === "string" ? redact(item) : item));
}
