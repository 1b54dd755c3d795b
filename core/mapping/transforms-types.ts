import type { Failure } from "./values-types.ts";

export interface TransformArg {
  readonly name: string;
  readonly type: "text" | "integer" | "decimal";
  readonly description: string;
  readonly optional?: boolean;
  /** Takes one or more values; only the last argument may. */
  readonly rest?: boolean;
  readonly nonEmpty?: boolean;
  readonly min?: number;
  readonly max?: number;
}

/** Input, arguments, output; null: blank; `{ code }`: the record fails with it. */
export type TransformExample = readonly [
  input: string,
  args: readonly (string | number | boolean)[],
  output: string | null | { readonly code: string },
];

export interface TransformSpec {
  readonly name: string;
  readonly summary: string;
  readonly args: readonly TransformArg[];
  /** Run as tests. */
  readonly examples: readonly TransformExample[];
  /**
   * `args` are checked. The function takes texts that are not blank; null or "" make the field blank. Numbers are read and
   * written with the source's decimal mark, because the field's type reads them after it.
   */
  readonly make: (
    args: readonly (string | number | boolean)[],
    decimal: "." | ",",
  ) => (text: string) => string | null | Failure;
}
