/** Problems of several places, told together. */
import { ConfigError, InterruptedError, MigrateError, type Problem, StoppedError } from "../errors.ts";

/** What is wrong, gathered; `attempt` gives null for what could not be done because of it. */
export class Findings {
  readonly problems: Problem[] = [];
  #last: { readonly error: MigrateError; readonly problems: number } | null = null;

  async attempt<T>(work: () => T | Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof MigrateError) || error instanceof StoppedError || error instanceof InterruptedError)
        throw error;
      const { code, message, place, hint } = error;
      const problems: readonly Problem[] =
        error instanceof ConfigError ? error.problems : [{ code, message, place, hint, severity: "error" }];
      this.problems.push(...problems);
      this.#last = { error, problems: problems.length };
      return null;
    }
  }

  add(problems: readonly Problem[]): void {
    this.problems.push(...problems.filter((problem) => problem.severity === "error"));
  }

  /** An error that is alone is thrown as it was, with its class and its cause; several are one ConfigError. */
  throwIfAny(): void {
    if (this.problems.length === 0) return;
    if (this.#last?.problems === this.problems.length) throw this.#last.error;
    throw ConfigError.of(this.problems);
  }
}
