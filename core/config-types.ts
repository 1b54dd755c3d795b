/** `migration.yaml` after it was parsed, expanded and validated. Frozen. */
import type { Place } from "./errors.ts";

/** A target object that the configuration names, and where: checked once the mappings are known. */
export interface NamedObject {
  readonly object: string;
  /** The setting: `scope.objects`, `cutover.stages[0].objects`. */
  readonly setting: string;
  readonly place: Place;
}

export interface CutoverStage {
  readonly name: string;
  readonly objects: readonly string[] | null;
  readonly until: string | null;
  readonly delta: boolean;
  readonly repeat: boolean;
  readonly freeze: boolean;
}

/** What becomes of the row of a record that is gone at the source. */
export type DeletedPolicy = "keep" | "mark" | "delete";

/** `delta:`: how deltas catch up. */
export interface DeltaConfig {
  /** null: by object; see core/engine/delta-policy.ts. */
  readonly deleted: DeletedPolicy | null;
  readonly files: "whole" | "changes";
  /** Seconds; null: as the connector has it. */
  readonly settle: number | null;
  readonly overlap: number | null;
  readonly sweeps: { readonly deleted: boolean; readonly derived: boolean; readonly associations: boolean };
  readonly resurrect: boolean;
}

export interface MigrationConfig {
  /** Absolute path of migration.yaml and its folder: relative paths in it start there. */
  readonly file: string;
  readonly baseDir: string;
  readonly name: string;
  readonly source: {
    readonly connector: string;
    /** Goes into external_source; default: the migration's name. */
    readonly name: string;
    /** Values of the connector's own options, validated against its OptionSpecs. */
    readonly options: Readonly<Record<string, unknown>>;
  };
  readonly target: {
    readonly connector: string;
    /** "" = embedded PostgreSQL. Never printed: use the redacted form of the database. */
    readonly url: string;
    readonly schema: string;
    /** `hotcrm`, `introspect`, or an absolute path to a model file. */
    readonly model: string;
  };
  /** Absolute paths of mapping files or folders; null: the shipped ones for the source. */
  readonly mappings: readonly string[] | null;
  readonly owners: string | null;
  readonly scope: {
    readonly since: string | null;
    readonly until: string | null;
    readonly objects: readonly string[] | null;
  };
  readonly limits: { readonly rejects: number; readonly api: number; readonly deletes: number };
  readonly reconcile: { readonly tolerance: number; readonly spotChecks: number };
  readonly delta: DeltaConfig;
  /** null: not said; deltas and retries then review. */
  readonly conflicts: "source" | "target" | "newest" | "review" | null;
  readonly cutover: { readonly stages: readonly CutoverStage[] };
  /** Every target object named in `scope` and in the stages of the cutover; absent: none is. */
  readonly named?: readonly NamedObject[];
  /** Values of secret options, to be blanked wherever text leaves the process. */
  readonly secrets: readonly string[];
}
