/** What became of records that are not there any more: the archive tells, and where an old id leads. */
import type { GoneRecord } from "../../core/changes.ts";
import { hasCode } from "../../core/errors.ts";
import { mapLimited } from "../../core/limiter.ts";
import type { Api } from "./api.ts";
import { INPUTS, readBatch } from "./batch.ts";
import { survivors } from "./changes-search.ts";
import { NOT_FOUND } from "./errors.ts";
import type { HubspotObject } from "./objects.ts";
import { ID_ONLY } from "./read-pages.ts";
import { textOf, type WireRecord } from "./read-wire.ts";

/** From so many on, searching for survivors of merges pays: else each id is asked for. */
const MANY = 20;

const isId = (text: string): boolean => /^\d{1,19}$/.test(text);

/** As `ChangeTracking.gone`: records that are there after all are left out. */
export async function goneRecords(
  api: Api,
  object: HubspotObject,
  ids: readonly string[],
  concurrency: number,
): Promise<GoneRecord[]> {
  const wanted = [...new Set(ids)];
  if (object.kind === "records") return await goneOf(api, object.type, wanted, concurrency);
  // a row of a pair or an attached file is nothing but what is there; users do not go, they are deactivated
  const how = object.kind === "owners" ? "unknown" : "deleted";
  return wanted.map((id) => ({ id, how, mergedInto: null, at: null, by: null }));
}

async function goneOf(api: Api, type: string, ids: readonly string[], concurrency: number): Promise<GoneRecord[]> {
  const valid = ids.filter(isId);
  const live = await batches(api, type, valid, false, concurrency);
  const archived = await batches(
    api,
    type,
    valid.filter((id) => !live.has(id)),
    true,
    concurrency,
  );
  const rest = ids.filter((id) => !live.has(id) && !archived.has(id));
  const merged = rest.length < MANY ? new Map<string, string>() : await survivors(api, type).catch(notSearched);
  const gone = await mapLimited(rest, concurrency, async (id): Promise<GoneRecord> => {
    const found = isId(id) ? await survivorOf(api, type, merged.get(id) ?? id) : null;
    // what search had may be merged by now, too
    const into = found === id ? null : found;
    return { id, how: into === null ? "unknown" : "merged", mergedInto: into, at: null, by: null };
  });
  return [
    ...[...archived.values()].map(
      ({ id, archivedAt }): GoneRecord => ({ id, how: "archived", mergedInto: null, at: archivedAt, by: null }),
    ),
    ...gone,
  ];
}

function notSearched(error: unknown): Map<string, string> {
  if (hasCode(error, NOT_FOUND, "HUBSPOT_REQUEST_REFUSED")) return new Map();
  throw error;
}

async function batches(
  api: Api,
  type: string,
  ids: readonly string[],
  archived: boolean,
  concurrency: number,
): Promise<Map<string, WireRecord>> {
  const parts: string[][] = [];
  for (let at = 0; at < ids.length; at += INPUTS) parts.push(ids.slice(at, at + INPUTS));
  const query = { type, properties: ID_ONLY, archived };
  const found = await mapLimited(parts, concurrency, (part) => readBatch(api, query, part));
  return new Map(found.flatMap((part) => [...part]));
}

/** The record that an id leads to; null: none. */
async function survivorOf(api: Api, type: string, id: string): Promise<string | null> {
  try {
    const answer = await api.get(`${api.paths.objects(type)}/${id}`, { properties: ID_ONLY });
    return textOf(answer.id);
  } catch (error) {
    if (hasCode(error, NOT_FOUND)) return null;
    throw error;
  }
}
