/** What a portal holds, for tests to compare with: read from the portal itself, never over HTTP. */
import type { Association, ObjectType, Portal, PortalRecord } from "./types.ts";

/** All records of a type in the order of their ids; `lean`: their ids and times only. */
export function* records(
  portal: Portal,
  type: ObjectType,
  { archived = false, lean = false }: { readonly archived?: boolean; readonly lean?: boolean } = {},
): Generator<PortalRecord> {
  let after: string | null = null;
  for (;;) {
    const page: readonly PortalRecord[] = portal.list(type, { archived, after, limit: 500, lean });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

export interface AssociatedPair extends Association {
  readonly fromId: string;
}

/** All pairs of two types with their types as on the wire, by numeric ids; none where they cannot be associated. */
export function* associatedPairs(portal: Portal, from: ObjectType, to: ObjectType): Generator<AssociatedPair> {
  for (const record of records(portal, from, { lean: true })) {
    for (const association of portal.associations(from, record.id, to) ?? []) {
      yield { fromId: record.id, ...association };
    }
  }
}

export interface LabelledRow {
  readonly fromId: string;
  readonly toId: string;
  readonly label: string | null;
  readonly typeId: number;
  readonly category: string;
  readonly primary: boolean;
}

/**
 * One row per pair and label, as a migration should end up with: a pair without label has one row with the type without
 * label; "Primary" of HubSpot's own is no label but marks all rows of its pair; a type that comes twice counts once.
 */
export function* labelledRows(portal: Portal, from: ObjectType, to: ObjectType): Generator<LabelledRow> {
  for (const { fromId, toId, types } of associatedPairs(portal, from, to)) {
    const distinct = [...new Map(types.map((type) => [`${type.category}/${type.typeId}`, type])).values()];
    const isPrimary = (type: { category: string; label: string | null }): boolean =>
      type.category === "HUBSPOT_DEFINED" && type.label === "Primary";
    const primary = distinct.some(isPrimary);
    const labels = distinct.filter((type) => type.label !== null && !isPrimary(type));
    const plain = distinct.filter((type) => type.label === null);
    const rows = labels.length > 0 ? labels : plain.length > 0 ? plain : distinct.slice(0, 1);
    for (const { label, typeId, category } of rows) {
      yield { fromId, toId, label: labels.length > 0 ? label : null, typeId, category, primary };
    }
  }
}

/** Sum of a number property over all live records, exact, by the value of another property ("" where it has none). */
export function sums(portal: Portal, type: ObjectType, property: string, by?: string): ReadonlyMap<string, string> {
  const totals = new Map<string, bigint>();
  const scale = 70;
  for (const record of records(portal, type)) {
    const value = record.properties[property] ?? "";
    if (value === "") continue;
    const [whole = "0", fraction = ""] = value.replace("-", "").split(".");
    const number = BigInt(whole + fraction.padEnd(scale, "0")) * (value.startsWith("-") ? -1n : 1n);
    const group = by === undefined ? "" : (record.properties[by] ?? "");
    totals.set(group, (totals.get(group) ?? 0n) + number);
  }
  return new Map(
    [...totals].map(([group, total]) => {
      const sign = total < 0n ? "-" : "";
      const digits = (total < 0n ? -total : total).toString().padStart(scale + 1, "0");
      const fraction = digits.slice(-scale).replace(/0+$/, "");
      return [group, `${sign}${digits.slice(0, -scale)}${fraction === "" ? "" : `.${fraction}`}`];
    }),
  );
}

/** Ids that were merged away, and the record that each led to. */
export function mergedIds(portal: Portal, type: ObjectType): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { id, properties } of records(portal, type)) {
    for (const old of properties.hs_merged_object_ids?.split(";") ?? []) found.set(old, id);
  }
  return found;
}

/** File ids that activities name, each once. */
export function attachedFiles(portal: Portal): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of ["calls", "emails", "meetings", "notes", "tasks"]) {
    const type = portal.type(name);
    if (type === undefined) continue;
    for (const { properties } of records(portal, type)) {
      for (const id of properties.hs_attachment_ids?.split(";") ?? []) found.add(id);
    }
  }
  return found;
}
