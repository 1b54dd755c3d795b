/** Requests to one portal: the token, the limits, trying again. */
import type { Context } from "../../core/context.ts";

/** A JSON value; numbers are their own text (`"0.40000000000000002220446049250313"`), so that ids and decimals are exact. */
export type Json = string | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Which limits a request counts against. */
export type Bucket = "usual" | "search";

export interface Paths {
  /** `/crm/v3/objects/contacts` or `/crm/objects/2026-03/contacts`. */
  objects(type: string): string;
  /** `/crm/v4/associations/contacts/companies` or `/crm/associations/2026-03/contacts/companies`. */
  associations(from: string, to: string): string;
  properties(type: string): string;
  pipelines(type: string): string;
  owners(): string;
  schemas(): string;
  file(id: string): string;
  account(): string;
}

/** What the portal allows, as its answers told; until then, what is assumed. */
export interface ApiRates {
  readonly daily: {
    /** API calls of today, by whomever; null: the answers do not tell. */
    readonly usage: { readonly used: number; readonly max: number } | null;
    /** Calls that this migration may still make today; null: not known. */
    readonly left: number | null;
  };
  /** Requests per second in the long run; searches are limited besides. */
  readonly perSecond: number;
  readonly searchesPerSecond: number;
}

export interface Api {
  readonly context: Context;
  readonly paths: Paths;
  /** Requests made so far, and of them the ones that were refused for being too many (429). */
  readonly requests: { readonly made: number; readonly refused: number };
  readonly rates: ApiRates;
  /**
   * One answer's JSON, tried again as needed, in the turn that the limits allow. `query` values: arrays are sent as one
   * comma-separated parameter. Throws ConfigError (scope, token, unknown property...), StoppedError (daily limit or our share of
   * it), TransientError once the attempts are used up, TerminalError HUBSPOT_NOT_FOUND for a 404.
   */
  get(
    path: string,
    query?: Readonly<Record<string, string | number | boolean | readonly string[]>>,
  ): Promise<JsonObject>;
  /** Milliseconds since 1970 by HubSpot's own clock, to the second, cut: a call. */
  serverTime(): Promise<number>;
  /** As `get`; a 207 is an answer like any other. */
  post(path: string, body: unknown, bucket?: Bucket): Promise<JsonObject>;
}
