/** What the routes share. */
import type { HubspotOptions } from "../options.ts";
import type { ObjectType, Portal } from "../portal/types.ts";
import { type Answer, failure, invalid, missingScopes, unknownType } from "./answer.ts";
import type { Auth } from "./auth.ts";
import type { Faults } from "./faults.ts";
import type { Limiter } from "./limiter.ts";
import type { Counters } from "./stats.ts";

export interface Site {
  readonly portal: Portal;
  readonly options: HubspotOptions;
  readonly auth: Auth;
  readonly stats: Counters;
  readonly limiter: Limiter;
  readonly faults: Faults;
  /** `http://127.0.0.1:PORT`. */
  base(): string;
}

export interface Call {
  readonly method: string;
  /** Path without query, as sent. */
  readonly path: string;
  readonly search: URLSearchParams;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Paths with a date for a version. */
  readonly dated: boolean;
  /** Whether some of what was asked for has to be missing. */
  readonly partial: boolean;
}

/** Ends a route with an answer: a refusal. */
export class Refusal extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super("refused");
    this.answer = answer;
  }
}

export const refuse = (answer: Answer): never => {
  throw new Refusal(answer);
};

/** A type by name, with the right to read it. */
export function readable(site: Site, name: string): ObjectType {
  const type = site.portal.type(name) ?? refuse(unknownType(name));
  return site.auth.granted(type.scope) ? type : refuse(missingScopes([type.scope]));
}

/** Values of a parameter that may be repeated, comma-separated, or both. */
export function listed(search: URLSearchParams, name: string): string[] {
  const values = search.getAll(name);
  return values.length === 0
    ? values
    : values
        .flatMap((value) => value.split(","))
        .map((value) => value.trim())
        .filter((value) => value !== "");
}

/** A page size: `fallback` where none is given; refused outside 1 to `most`. */
export function pageSize(search: URLSearchParams, fallback: number, most: number): number {
  const text = search.get("limit");
  if (text === null) return fallback;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    refuse(badLimit(text, most));
  }
  return limit;
}

/** The link to the next page of what was asked for. */
export function nextLink(site: Site, call: Pick<Call, "path" | "search">, after: string): string {
  const query = new URLSearchParams(call.search);
  query.delete("after");
  query.append("after", after);
  return `${site.base()}${call.path}?${query}`;
}

/** A body that must be a JSON object. */
export function jsonBody(call: Call): Record<string, unknown> {
  const type = call.headers["content-type"];
  if (!/^application\/json\b/i.test(String(type ?? ""))) {
    refuse({ ...missingType, body: missingType.body.replace("TYPE", String(type ?? "none").replaceAll('"', "")) });
  }
  try {
    const value: unknown = JSON.parse(call.body);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // told below
  }
  return refuse(invalid("Invalid input JSON on line 1, column 1: Unexpected character or end of input"));
}

const missingType = failure(415, "Unsupported Media Type: expected application/json, got TYPE");
const badLimit = (text: string, most: number): Answer =>
  invalid(`Invalid value for parameter limit: expected a whole number from 1 to ${most}, got ${text}`);
