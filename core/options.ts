/** Options declared as data: validation, documentation and JSON Schema come from one table. */
export type OptionType = "string" | "integer" | "number" | "boolean" | "string[]" | "object" | "any";

export interface OptionSpec {
  readonly name: string;
  readonly type: OptionType;
  readonly description: string;
  readonly required?: boolean;
  readonly default?: unknown;
  readonly example?: unknown;
  /** Closed list of values. */
  readonly values?: readonly string[];
  /** Never printed, logged or stored. */
  readonly secret?: boolean;
  /** `object` only: its members. */
  readonly members?: readonly OptionSpec[];
}

/** For sources whose runs keep a snapshot: which fields of the mapped objects go into it. The engine reads it, not the connector. */
export const SNAPSHOT_FIELDS: OptionSpec = {
  name: "snapshotFields",
  type: "string",
  values: ["all", "mapped"],
  default: "all",
  description:
    "Fields of mapped objects that a run's snapshot keeps: `all`, so that mappings may be extended without reading again, or only the `mapped` ones.",
};

/** For sources that can tell what changed: how far a delta reads back behind what the one before it had read. The engine sets it. */
export const OVERLAP: OptionSpec = {
  name: "overlap",
  type: "integer",
  default: 600,
  description:
    "Seconds that a delta reads once more of what the read before it had covered; `delta.overlap` of migration.yaml sets it.",
};
