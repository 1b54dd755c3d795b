/** What is found wrong with the record at hand: problems that reject it, warnings, and what stops the run. */
import { StoppedError } from "../errors.ts";
import type { Stop } from "./compile-field.ts";
import type { CompiledField } from "./compile-slots.ts";
import type { MapWarning, RecordProblem } from "./compiled.ts";
import type { ObjectMapping } from "./types.ts";
import { type Failure, isFailure, isKept, type Parsed } from "./values-types.ts";

/** Longer values are cut in problems and warnings; the reject keeps the whole row anyway. */
const SHOWN = 1000;

export interface RequiredGroup {
  readonly names: readonly string[];
  /** Indexes into the mapper's slots. */
  readonly slots: readonly number[];
}

export class Findings {
  /** null: nothing is wrong. */
  problems: RecordProblem[] | null = null;
  readonly #mapping: ObjectMapping;
  #line = 0;
  #key: string | null = null;
  #warnings: MapWarning[] = [];

  constructor(mapping: ObjectMapping) {
    this.#mapping = mapping;
  }

  begin(line: number, key: string | null, warnings: MapWarning[]): void {
    this.#line = line;
    this.#key = key;
    this.#warnings = warnings;
    this.problems = null;
  }

  add(problem: RecordProblem): void {
    if (this.problems === null) this.problems = [problem];
    else this.problems.push(problem);
  }

  /**
   * Turns a result into the text to write: failures become problems, or warnings by `onError: null`.
   * Throws StoppedError for `onError: stop` and `unmapped: stop`, unless `stops` is false (explain): then they are problems.
   */
  settle(field: CompiledField, source: string | null, result: Parsed | Stop | null, stops: boolean): string | null {
    if (typeof result === "string") return result;
    let text: string | null = null;
    if (isKept(result)) {
      this.warn(field.field.target, source, result.warning);
      text = result.text;
    } else if (isFailure(result)) {
      const policy = field.field.onError;
      const stop = policy === "stop" || "stop" in result;
      if (stop && stops) throw this.#stopped(field, source, result);
      if (stop || policy !== "null" || field.required) {
        this.add({ code: result.code, field: field.field.target, value: cut(source), reason: result.reason });
        return null;
      }
      this.warn(field.field.target, source, { code: result.code, reason: `${result.reason}; null by onError` });
    }
    if (text === null && field.required) this.require(field, source);
    return text;
  }

  require(field: CompiledField, source: string | null): void {
    const { target } = field.field;
    const reason = `expected a value for ${target}, got none`;
    this.add({ code: "REQUIRED_MISSING", field: target, value: cut(source), reason });
  }

  keyMissing(): void {
    const reason = `expected a value in the key (${this.#mapping.key.join(", ")}), got none`;
    this.add({ code: "KEY_MISSING", field: null, value: null, reason });
  }

  /** `present[slot]` is 1 where a value was written. A value that was refused is missing for that reason alone. */
  checkGroups(groups: readonly RequiredGroup[], present: Uint8Array): void {
    for (const { names, slots } of groups) {
      if (slots.some((index) => present[index] === 1)) continue;
      if (this.problems?.some((problem) => problem.field !== null && names.includes(problem.field))) continue;
      const single = names.length === 1;
      const wanted = single ? names[0]! : `at least one of ${names.join(", ")}`;
      const reason = `expected a value for ${wanted}, got none`;
      this.add({ code: "REQUIRED_MISSING", field: single ? names[0]! : null, value: null, reason });
    }
  }

  /** `target`: null for the whole record. */
  warn(target: string | null, source: string | null, { code, reason }: Failure): void {
    this.#warnings.push({ code, field: target, value: cut(source), reason, line: this.#line, key: this.#key ?? "" });
  }

  #stopped({ field }: CompiledField, source: string | null, failure: Failure): StoppedError {
    const { file, object } = this.#mapping;
    const which = this.#key === null ? { line: this.#line } : { key: this.#key };
    const hint =
      failure.code === "VALUE_UNMAPPED"
        ? `Add ${JSON.stringify(cut(source))} to the picklist's values, or set "unmapped:", in ${file}; then start the run again: what was loaded is recognised.`
        : `Correct the record, or the mapping in ${file} (onError: reject); then start the run again: what was loaded is recognised.`;
    return new StoppedError(failure.code, failure.reason, {
      place: { object, ...which, field: field.target },
      hint,
      resumable: false,
    });
  }
}

function cut(text: string | null): string | null {
  return text === null || text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}
