/** How source owners are recognised among the target's users. */
import type { ModelObject } from "../schema.ts";
import type { ColumnProfile } from "./profile.ts";
import { share } from "./profile.ts";
import { nameMatch } from "./suggest-fields.ts";
import { isOwnerField, type LookupTarget } from "./suggest-lookups.ts";

export type OwnerMatch = "email" | "name" | "external_id";

export interface OwnerColumn {
  readonly column: string;
  readonly field: string;
  readonly match: OwnerMatch;
  readonly reason: string;
}

/** The column that holds an object's owner, and by what its values recognise a user; null: none. */
export function suggestOwner(
  columns: readonly ColumnProfile[],
  object: ModelObject,
  users: LookupTarget | null,
): OwnerColumn | null {
  const field = [...object.fields.values()].find(isOwnerField);
  if (field === undefined) return null;
  let best: { column: ColumnProfile; score: number } | null = null;
  for (const column of columns) {
    if (column.filled === 0) continue;
    const match = nameMatch(column.column, object.name, field);
    if (match !== null && (best === null || match.score > best.score)) best = { column, score: match.score };
  }
  if (best === null) return null;
  const { column } = best;
  const found = users === null ? null : amongUsers(column, users);
  if (found !== null) return { column: column.column, field: field.name, ...found };
  const match: OwnerMatch = share(column, "email") >= 0.5 ? "email" : looksLikeIds(column) ? "external_id" : "name";
  const what = { email: "e-mail addresses", external_id: "ids", name: "names" }[match];
  return { column: column.column, field: field.name, match, reason: `its values are ${what}; no user file has them` };
}

function amongUsers(column: ColumnProfile, users: LookupTarget): { match: OwnerMatch; reason: string } | null {
  const ways: [string, OwnerMatch][] = [];
  for (const [via, field] of users.unique) if (field === "email" || field === "name") ways.push([via, field]);
  ways.push([users.key, "external_id"]);
  for (const [via, match] of ways) {
    const other = users.profile.columns.get(via);
    if (other === undefined) continue;
    const coverage = column.sketch.within(other.sketch);
    if (coverage >= 0.5) {
      const how = coverage === 1 ? "all" : `${Math.floor(coverage * 100)} %`;
      return { match, reason: `${how} of its values are in ${users.source} (${via})` };
    }
  }
  return null;
}

/** Digits, or one word with digits in it (Salesforce ids, UUIDs); names have blanks or no digits. */
function looksLikeIds(column: ColumnProfile): boolean {
  const values = [...column.values.keys()];
  return values.length > 0 && values.every((value) => /^\S+$/.test(value) && /\d/.test(value));
}

/** One rule for the whole migration: what most columns say. */
export function ownerRule(columns: readonly OwnerColumn[]): OwnerMatch {
  const counts = new Map<OwnerMatch, number>();
  for (const column of columns) counts.set(column.match, (counts.get(column.match) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "email";
}
