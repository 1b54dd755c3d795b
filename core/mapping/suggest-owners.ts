/** How source owners are recognised among the target's users. */
import type { ModelField, ModelObject } from "../schema.ts";
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

/** The columns that hold users (owner, author, created by...), and by what their values recognise one. */
export function suggestOwners(
  columns: readonly ColumnProfile[],
  object: ModelObject,
  users: LookupTarget | null,
): readonly OwnerColumn[] {
  const pairs = columns
    .filter((column) => column.filled > 0)
    .flatMap((column) =>
      [...object.fields.values()].filter(isOwnerField).flatMap((field) => {
        const match = nameMatch(column.column, object.name, field) ?? bareMatch(column.column, object.name, field);
        return match === null ? [] : [{ column, field, score: match.score }];
      }),
    )
    .sort((a, b) => b.score - a.score);
  const taken = new Set<string>();
  const found: OwnerColumn[] = [];
  for (const { column, field } of pairs) {
    if (taken.has(`column ${column.column}`) || taken.has(`field ${field.name}`)) continue;
    taken.add(`column ${column.column}`).add(`field ${field.name}`);
    found.push({ column: column.column, field: field.name, ...recognise(column, users) });
  }
  return found;
}

/** `Author` for author_id. */
function bareMatch(column: string, object: string, field: ModelField): ReturnType<typeof nameMatch> {
  return nameMatch(`${column}_id`, object, field);
}

function recognise(column: ColumnProfile, users: LookupTarget | null): { match: OwnerMatch; reason: string } {
  const found = users === null ? null : amongUsers(column, users);
  if (found !== null) return found;
  const match: OwnerMatch = share(column, "email") >= 0.5 ? "email" : looksLikeIds(column) ? "external_id" : "name";
  const what = { email: "e-mail addresses", external_id: "ids", name: "names" }[match];
  return { match, reason: `its values are ${what}; no user file has them` };
}

function amongUsers(column: ColumnProfile, users: LookupTarget): { match: OwnerMatch; reason: string } | null {
  const ways: [string, OwnerMatch][] = [];
  for (const [via, field] of users.unique) if (field === "email" || field === "name") ways.push([via, field]);
  if (users.key !== null) ways.push([users.key, "external_id"]);
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
