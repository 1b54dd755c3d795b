/** Whether anybody touched anything after an instant, for a freeze: by the list, for search learns of changes late. */
import type { ChangeTracking, TouchedRecord } from "../../core/changes.ts";
import type { Api } from "./api.ts";
import { INPUTS, readBatch } from "./batch.ts";
import { changedAt } from "./changes-read.ts";
import type { Metadata } from "./metadata.ts";
import { type HubspotObject, OWNER_COLUMNS } from "./objects.ts";
import type { Cuts } from "./read-cuts.ts";
import { createListing } from "./read-listing.ts";
import { listOwners, type OwnerRow } from "./read-owners.ts";
import { ID_ONLY } from "./read-pages.ts";
import { createSeen } from "./read-seen.ts";
import { textOf, type WireRecord } from "./read-wire.ts";

type Touched = Awaited<ReturnType<ChangeTracking["touchedSince"]>>;

export interface TouchedPlan {
  readonly api: Api;
  readonly metadata: Metadata;
  readonly cuts: Cuts;
}

const UPDATED_BY = "hs_updated_by_user_id";
const CREATED_BY = "hs_created_by_user_id";

/** As `ChangeTracking.touchedSince`. Pairs and attached files have no timestamps: none is counted. */
export async function touchedSince(
  plan: TouchedPlan,
  object: HubspotObject,
  at: string,
  limit: number,
): Promise<Touched> {
  const since = Date.parse(at);
  if (object.kind === "records") return await touchedRecords(plan, object.type, since, limit);
  if (object.kind !== "owners") return { count: 0, records: [] };
  const touched = (await listOwners(plan.api)).flatMap((row) => touchedOwner(row, since));
  return { count: touched.length, records: touched.slice(0, limit) };
}

async function touchedRecords(
  { api, metadata, cuts }: TouchedPlan,
  type: string,
  since: number,
  limit: number,
): Promise<Touched> {
  const records: WireRecord[] = [];
  const seen = createSeen();
  let count = 0;
  for (const archived of [false, true]) {
    const query = { type, properties: ID_ONLY, archived };
    const listing = createListing(api, { query, from: null, cuts: archived ? [] : await cuts(type, ID_ONLY, 1) });
    for await (const page of listing.pages()) {
      api.context.signal.throwIfAborted();
      for (const record of page.records) {
        if (changedAt(record, null) < since || !seen.add(record.id)) continue;
        count++;
        if (records.length < limit) records.push(record);
      }
    }
  }
  const by = records.length === 0 ? () => null : await usersOf(api, metadata, type, records);
  return { count, records: records.map((record) => touchedRecord(record, since, by)) };
}

type By = (id: string, property: string) => string | null;

function touchedRecord(record: WireRecord, since: number, by: By): TouchedRecord {
  const { id, archivedAt, createdAt } = record;
  const at = new Date(changedAt(record, null)).toISOString();
  // who archives a record is not told
  if (record.archived && archivedAt !== null && Date.parse(archivedAt) >= since)
    return { id, how: "deleted", at, by: null };
  const created = createdAt !== null && Date.parse(createdAt) >= since;
  return { id, how: created ? "created" : "changed", at, by: by(id, created ? CREATED_BY : UPDATED_BY) };
}

/** Who made and who changed records: e-mail or name where the user is an owner, else the user's id. */
async function usersOf(api: Api, metadata: Metadata, type: string, records: readonly WireRecord[]): Promise<By> {
  const known = new Set((await metadata.properties(type)).map(({ name }) => name));
  const properties = [UPDATED_BY, CREATED_BY].filter((name) => known.has(name));
  if (properties.length === 0) return () => null;
  const found = new Map<string, WireRecord>();
  for (const archived of [false, true]) {
    const ids = records.filter((record) => record.archived === archived).map(({ id }) => id);
    for (let at = 0; at < ids.length; at += INPUTS) {
      const batch = await readBatch(api, { type, properties, archived }, ids.slice(at, at + INPUTS));
      for (const [id, record] of batch) found.set(id, record);
    }
  }
  const names = new Map((await listOwners(api)).flatMap(userNames));
  return (id, property) => {
    const user = textOf(found.get(id)?.properties[property]);
    return user === null ? null : (names.get(user) ?? `user ${user}`);
  };
}

const column = (row: OwnerRow, name: (typeof OWNER_COLUMNS)[number]): string | null =>
  row[OWNER_COLUMNS.indexOf(name)] ?? null;

function userNames(row: OwnerRow): (readonly [user: string, name: string])[] {
  const full = [column(row, "firstName"), column(row, "lastName")].filter((part) => part !== null).join(" ");
  const name = column(row, "email") ?? full;
  const users = [column(row, "userIdIncludingInactive"), column(row, "userId")].filter((user) => user !== null);
  return users.map((user) => [user, name]);
}

function touchedOwner(row: OwnerRow, since: number): TouchedRecord[] {
  const [id, createdAt, updatedAt] = [column(row, "id"), column(row, "createdAt"), column(row, "updatedAt")];
  if (id === null || updatedAt === null || Date.parse(updatedAt) < since) return [];
  const created = createdAt !== null && Date.parse(createdAt) >= since;
  return [{ id, how: created ? "created" : "changed", at: updatedAt, by: null }];
}
