/** What connectors check of their options beyond what an OptionSpec can say. */
import { ConfigError, type Problem } from "./errors.ts";
import type { OptionSpec } from "./options.ts";

export interface OptionValues {
  /** Notes what is wrong with `source.<field>`; nothing is thrown before `finish`. */
  problem(code: string, field: string, message: string, hint?: string | null): void;
  /** The value as given, else the default. */
  get(name: string): unknown;
  /** A whole number in bounds; what is none is noted, and `least` returned. */
  whole(name: string, least: number, most: number): number;
  /** A share above 0, at most 1; what is none is noted. */
  share(name: string): number;
  /** Throws one ConfigError with all that was noted. */
  finish(): void;
}

export function optionValues(options: readonly OptionSpec[], values: Readonly<Record<string, unknown>>): OptionValues {
  const problems: Problem[] = [];
  const problem = (code: string, field: string, message: string, hint: string | null = null): void => {
    problems.push({ code, message: `source.${field}: ${message}`, place: { field }, hint, severity: "error" });
  };
  const get = (name: string): unknown => values[name] ?? options.find((option) => option.name === name)?.default;
  return {
    problem,
    get,
    whole(name, least, most) {
      const value = get(name);
      if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
      problem("OPTION_INVALID", name, `expected a whole number from ${least} to ${most}, got ${JSON.stringify(value)}`);
      return least;
    },
    share(name) {
      const value = get(name);
      if (typeof value !== "number" || !(value > 0 && value <= 1)) {
        problem("OPTION_INVALID", name, `expected a share above 0, at most 1, got ${JSON.stringify(value)}`);
      }
      return value as number;
    },
    finish() {
      if (problems.length > 0) throw ConfigError.of(problems);
    },
  };
}
