/** Whether anybody touched anything after an instant: for a freeze. */
import type { ChangeTracking, TouchedRecord } from "../../core/changes.ts";
import type { Api, Operation } from "./api.ts";
import { userOf } from "./changes-gone.ts";
import { atOrAfter, stampOf } from "./changes-stamp.ts";
import { deletionsSince } from "./deletions.ts";
import { toLongId } from "./ids.ts";
import { documents, ofDocuments } from "./links-read.ts";
import type { Metadata } from "./metadata.ts";
import { NEEDS_DOCUMENT } from "./objects.ts";
import { both, quoted, select } from "./soql.ts";
import { plainDatetime } from "./values.ts";

type Touched = Awaited<ReturnType<ChangeTracking["touchedSince"]>>;

export interface TouchedRequest {
  readonly object: string;
  /** ISO instant by the org's clock; the whole second that it lies in counts as after it. */
  readonly at: string;
  readonly limit: number;
}

/** Ids per query. */
const IDS = 200;

/** As `ChangeTracking.touchedSince`. Objects without any stamp have no answer: none is counted. */
export async function touchedSince(api: Api, metadata: Metadata, request: TouchedRequest): Promise<Touched> {
  const { at, limit } = request;
  const described = await metadata.describe(request.object);
  const object = described.name;
  const has = (name: string) => described.fields.some((field) => field.name === name);
  const stamp = object === NEEDS_DOCUMENT && has("SystemModstamp") ? "SystemModstamp" : stampOf(described);
  if (stamp === null) return { count: 0, records: [] };
  const operation: Operation = has("IsDeleted") && object !== NEEDS_DOCUMENT ? "queryAll" : "query";
  const users = ["CreatedBy", "LastModifiedBy"].filter((name) => has(`${name}Id`));
  const named: string[] = [];
  for (const name of users) if ((await metadata.follow(object, `${name}.Name`)) !== null) named.push(`${name}.Name`);
  const columns = [
    ...["Id", stamp],
    ...["CreatedDate", "IsDeleted"].filter((name) => has(name) && name !== stamp),
    ...users.map((name) => `${name}Id`),
    ...named,
  ];
  const since = atOrAfter(stamp, at);
  const records: TouchedRecord[] = [];
  let count = 0;
  for await (const where of scopes(api, object)) {
    const condition = both(where, since);
    const found = (await api.query(`SELECT COUNT() FROM ${object} WHERE ${condition}`, operation)).totalSize;
    const wanted = Math.min(found, limit - records.length);
    count += found;
    if (wanted <= 0) continue;
    let page = await api.query(select(columns, object, condition, `ORDER BY ${stamp}, Id LIMIT ${wanted}`), operation);
    for (;;) {
      for (const record of page.records) records.push(touched(record, stamp, at));
      if (page.done || page.nextRecordsUrl === null) break;
      page = await api.more(page.nextRecordsUrl);
    }
  }
  // what has no recycle bin leaves nothing but a line in the log
  const logged = await deletionsSince(api, metadata, object, Date.parse(at));
  const known = new Set(records.map(({ id }) => id));
  const unknown = [...logged.keys()].filter((id) => !known.has(id) && secondOf(logged.get(id)!) >= secondOf(at));
  const counted = records.length === count ? new Set<string>() : await inBin(api, object, operation, unknown);
  for (const id of unknown) {
    if (counted.has(id)) continue;
    count++;
    if (records.length < limit) records.push({ id, how: "deleted", at: logged.get(id)!, by: null });
  }
  return { count, records };
}

/** Conditions that together find every record; links are only found by their documents. */
async function* scopes(api: Api, object: string): AsyncGenerator<string | null> {
  if (object !== NEEDS_DOCUMENT) yield null;
  else for await (const ids of documents(api, "")) yield ofDocuments(ids);
}

const secondOf = (at: string): number => Math.floor(Date.parse(at) / 1000);

function touched(record: Readonly<Record<string, unknown>>, stamp: string, since: string): TouchedRecord {
  const at = plainDatetime(String(record[stamp]));
  const id = toLongId(String(record.Id));
  if (record.IsDeleted === true) return { id, how: "deleted", at, by: userOf(record, "LastModifiedBy") };
  const created = plainDatetime(String(record.CreatedDate ?? ""));
  if (secondOf(created) >= secondOf(since)) return { id, how: "created", at, by: userOf(record, "CreatedBy") };
  return { id, how: "changed", at, by: userOf(record, "LastModifiedBy") };
}

/** Of these ids those that queries find: they are counted already. */
async function inBin(
  api: Api,
  object: string,
  operation: Operation,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let at = 0; at < ids.length; at += IDS) {
    const list = ids
      .slice(at, at + IDS)
      .map(quoted)
      .join(",");
    let page = await api.query(`SELECT Id FROM ${object} WHERE Id IN (${list})`, operation);
    for (;;) {
      for (const record of page.records) found.add(toLongId(String(record.Id)));
      if (page.done || page.nextRecordsUrl === null) break;
      page = await api.more(page.nextRecordsUrl);
    }
  }
  return found;
}
