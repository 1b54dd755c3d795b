/** A parsed query. Offsets point into the SOQL, for error messages. */

export interface Path {
  readonly path: readonly string[];
  readonly at: number;
}

export type Aggregate = "COUNT" | "COUNT_DISTINCT" | "SUM" | "MIN" | "MAX" | "AVG";

export type Item =
  | ({ readonly kind: "field"; readonly alias: string | null } & Path)
  | {
      readonly kind: "aggregate";
      readonly name: Aggregate;
      readonly of: Path | null;
      readonly alias: string | null;
      readonly at: number;
    }
  | {
      readonly kind: "typeof";
      readonly of: Path;
      readonly when: readonly { readonly object: string; readonly fields: readonly Path[] }[];
      readonly otherwise: readonly Path[];
      readonly at: number;
    }
  | { readonly kind: "subquery"; readonly query: Query; readonly at: number };

export type Literal = string | number | boolean | null | { readonly instant: string } | { readonly day: string };

export type Condition =
  | { readonly kind: "and" | "or"; readonly of: readonly Condition[] }
  | { readonly kind: "not"; readonly of: Condition }
  | {
      readonly kind: "compare";
      readonly left: Path;
      readonly op: "=" | "!=" | "<" | "<=" | ">" | ">=" | "like";
      readonly right: Literal;
      readonly rightAt: number;
    }
  | {
      readonly kind: "in";
      readonly left: Path;
      readonly not: boolean;
      readonly values: readonly Literal[];
      readonly query: Query | null;
    }
  | { readonly kind: "includes"; readonly left: Path; readonly not: boolean; readonly values: readonly Literal[] };

export interface Order {
  readonly by: Path;
  readonly descending: boolean;
  readonly nullsLast: boolean;
}

export interface Query {
  readonly soql: string;
  readonly select: readonly Item[];
  readonly from: { readonly name: string; readonly at: number };
  readonly where: Condition | null;
  readonly groupBy: readonly Path[];
  readonly orderBy: readonly Order[];
  readonly limit: number | null;
  readonly offset: number | null;
  readonly offsetAt: number;
  readonly allRows: boolean;
}
