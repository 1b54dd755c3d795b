/** What became of records that are not there any more: the archive tells, and where an old id leads. */
import type { GoneRecord } from "../../core/changes.ts";
import { hasCode } from "../../core/errors.ts";
import { mapLimited } from "../../core/limiter.ts";
import type { Api } from "./api.ts";
import { ask, INPUTS } from "./batch.ts";
import { survivors } from "./changes-search.ts";
import { NOT_FOUND } from "./errors.ts";
import type { HubspotObject } from "./objects.ts";
import { ID_ONLY } from "./read-pages.ts";
import { recordOf, type WireRecord } from "./read-wire.ts";

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
  const parts: string[][] = [];
  for (let at = 0; at < valid.length; at += INPUTS) parts.push(valid.slice(at, at + INPUTS));
  const query = { type, properties: ID_ONLY, archived: true };
  const answers = await mapLimited(parts, concurrency, (part) => ask(api, query, part));
  const archived = new Map(answers.flat().map((record) => [record.id, archivedRecord(record)]));
  const rest = ids.filter((id) => !archived.has(id));
  const merged = rest.length < MANY ? new Map<string, string>() : await survivors(api, type).catch(notSearched);
  const others = await mapLimited(rest, concurrency, async (id): Promise<GoneRecord | null> => {
    if (!isId(id)) return gone(id, null);
    // what search has may be merged by now, too
    const into = merged.get(id);
    const found = await recordAt(api, type, into ?? id, false);
    if (found !== null) return found.id === id ? null : gone(id, found.id);
    if (into !== undefined) return gone(id, null);
    // the answer for many may have been short
    const late = await recordAt(api, type, id, true);
    return late === null ? gone(id, null) : archivedRecord({ ...late, id });
  });
  return [...archived.values(), ...others.filter((record) => record !== null)];
}

const archivedRecord = ({ id, archivedAt }: WireRecord): GoneRecord => ({
  id,
  how: "archived",
  mergedInto: null,
  at: archivedAt,
  by: null,
});

const gone = (id: string, into: string | null): GoneRecord => ({
  id,
  how: into === null ? "unknown" : "merged",
  mergedInto: into,
  at: null,
  by: null,
});

function notSearched(error: unknown): Map<string, string> {
  if (hasCode(error, NOT_FOUND, "HUBSPOT_REQUEST_REFUSED")) return new Map();
  throw error;
}

/** The record that an id leads to; null: none. */
async function recordAt(api: Api, type: string, id: string, archived: boolean): Promise<WireRecord | null> {
  try {
    return recordOf(await api.get(`${api.paths.objects(type)}/${id}`, { properties: ID_ONLY, archived }));
  } catch (error) {
    if (hasCode(error, NOT_FOUND)) return null;
    throw error;
  }
}
