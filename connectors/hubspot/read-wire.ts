/** Takes answers apart. */
import { TerminalError } from "../../core/errors.ts";
import type { Json, JsonObject } from "./api.ts";

/** A record as the API answers it; values are texts, an absent one was not asked for (or is no property). */
export interface WireRecord {
  readonly id: string;
  readonly properties: Readonly<Record<string, Json | undefined>>;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly archived: boolean;
  readonly archivedAt: string | null;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/** A text; null for an empty or an absent one, and for what is no scalar. */
export function textOf(value: Json | undefined): string | null {
  if (typeof value === "string") return value === "" ? null : value;
  return typeof value === "boolean" ? String(value) : null;
}

/** The list in an answer. Throws TerminalError when it has none: it is not what was asked for. */
export function resultsOf(answer: JsonObject, what: string): readonly JsonObject[] {
  if (!Array.isArray(answer.results)) {
    throw new TerminalError("HUBSPOT_UNEXPECTED_ANSWER", `${what}: expected an answer with \`results\`, got none`, {
      hint: "Check source.baseUrl and source.apiPath: does a proxy answer in HubSpot's place?",
    });
  }
  return (answer.results as readonly Json[]).filter(isObject);
}

/** Where the next page begins; null: there is none. */
export function nextOf(answer: JsonObject): string | null {
  const next = isObject(answer.paging) ? answer.paging.next : null;
  return isObject(next) ? textOf(next.after) : null;
}

export function recordOf(result: JsonObject): WireRecord | null {
  const id = textOf(result.id);
  if (id === null) return null;
  return {
    id,
    properties: isObject(result.properties) ? result.properties : {},
    createdAt: textOf(result.createdAt),
    updatedAt: textOf(result.updatedAt),
    archived: result.archived === true,
    archivedAt: textOf(result.archivedAt),
  };
}

/** Orders ids as numbers, whatever their size. */
export function byNumber(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
}

/** A page that leads to itself would be read for ever. */
export function pagingStuck(what: string, after: string): TerminalError {
  return new TerminalError("HUBSPOT_PAGING_STUCK", `${what}: the page after ${after} names itself as the next one`, {
    hint: "Nothing is taken as complete. Run again later; if it stays so, report it to HubSpot.",
  });
}
