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
