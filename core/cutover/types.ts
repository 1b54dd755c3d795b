/** The staged cutover: stages, gates, sign-offs and the board that shows them. `cutover.json` has the shape of `Board`. */
import type { CutoverStage } from "../config-types.ts";
import type { RunKind, RunStatus } from "../engine/types.ts";

export type AttemptStatus = "running" | "passed" | "failed" | "stopped";

export type GateName = "before" | "check" | "run" | "rejects" | "reconcile" | "conflicts" | "freeze";

/** A condition of a stage, and what was found. */
export interface Gate {
  readonly gate: GateName;
  readonly ok: boolean;
  /** One sentence with the figures. */
  readonly found: string;
}

/** One try of a stage. */
export interface Attempt {
  readonly id: string;
  readonly stage: string;
  readonly status: AttemptStatus;
  readonly run: string | null;
  /** ISO instants. */
  readonly freezeAt: string | null;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly gates: readonly Gate[];
}

/** What somebody put their name to: files of the stage's run as they were then. */
export interface SignOff {
  readonly stage: string;
  readonly run: string;
  readonly signer: string;
  readonly remark: string | null;
  readonly signedAt: string;
  /** Path in the run's folder -> SHA-256, hexadecimal; decisions of retries by their path in the bundle (`runs/...`). */
  readonly files: Readonly<Record<string, string>>;
}

/** A run of the migration, as the state database knows it. */
export interface KnownRun {
  readonly run: string;
  readonly kind: RunKind;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** The run that a retry tries again, or that a rollback undoes. */
  readonly of: string | null;
}

/**
 * `open`: not begun. `current`: what `next` does. `passed`: its gates held. `failed`: they did not, or it was stopped.
 * `repeatable`: passed, and may be done again.
 */
export type StageState = "open" | "passed" | "failed" | "running";

export interface BoardStage extends Pick<CutoverStage, "name" | "objects" | "until" | "delta" | "repeat" | "freeze"> {
  readonly state: StageState;
  /** `next` does this stage. */
  readonly current: boolean;
  readonly attempts: readonly Attempt[];
  readonly signOffs: readonly SignOff[];
  /** Seconds that the stage will take, going by runs of its kind; null: there were none. */
  readonly expectedSeconds: number | null;
  /** How `expectedSeconds` was found, in words; null: it was not. */
  readonly expectedFrom: string | null;
}

/** `runs/cutover.json`, and what `migrate cutover status --json` prints. */
export interface Board {
  readonly migration: string;
  readonly at: string;
  readonly stages: readonly BoardStage[];
  /** Name of the stage that `next` does; null: all are passed. */
  readonly next: string | null;
  /** Every stage is passed and signed. */
  readonly done: boolean;
}
