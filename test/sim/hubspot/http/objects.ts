/** List, single record, batch/read. */
import { salt } from "../../salesforce/random.ts";
import type { ObjectType, PortalRecord } from "../portal/types.ts";
import { type Answer, invalid, json, recordNotFound } from "./answer.ts";
import { inlineAssociations } from "./associations.ts";
import { inputsOf, shuffled, texts } from "./batches.ts";
import { recordJson, select } from "./record-json.ts";
import { type Call, jsonBody, listed, nextLink, pageSize, readable, refuse, type Site } from "./site.ts";

const LIST_PAGE = 100;
const HISTORY_PAGE = 50;
const BATCH = 100;

const wantsArchived = (search: URLSearchParams): boolean => search.get("archived") === "true";

/** The `after` of a list is the first id that the next page may hold. */
function startOf(text: string | null): string | null {
  if (text === null || text === "") return null;
  if (!/^\d+$/.test(text)) refuse(invalid(`Invalid value for parameter after: ${text}`));
  return String(BigInt(text) - 1n);
}

export function list(site: Site, call: Call, name: string): Answer {
  const type = readable(site, name);
  const { search } = call;
  const history = listed(search, "propertiesWithHistory");
  const limit = pageSize(search, 10, history.length > 0 ? HISTORY_PAGE : LIST_PAGE);
  const archived = wantsArchived(search);
  const partners = listed(search, "associations").map((partner) => readable(site, partner));
  const selection = select(site, type, listed(search, "properties"), history);
  const start = startOf(search.get("after"));
  const found = site.portal.list(type, { archived, after: start, limit: limit + 1, lean: selection.lean });
  const page = found.length > limit ? found.slice(0, limit) : found;
  const results = page.map((record) =>
    recordJson(
      site,
      type,
      record,
      selection,
      partners.length === 0 ? undefined : inlineAssociations(site, call, type, record.id, partners),
    ),
  );
  if (found.length <= limit) return json({ results });
  const after = String(BigInt(page.at(-1)!.id) + 1n);
  return json({ results, paging: { next: { after, link: nextLink(site, call, after) } } });
}

/** The record whose property has a value; the whole type is looked through. */
function byProperty(
  site: Site,
  type: ObjectType,
  property: string,
  values: ReadonlySet<string>,
  archived: boolean,
): Map<string, PortalRecord> {
  const found = new Map<string, PortalRecord>();
  let after: string | null = null;
  while (found.size < values.size) {
    const page = site.portal.list(type, { archived, after, limit: 1000 });
    for (const record of page) {
      const value = record.properties[property]?.toLowerCase();
      if (value !== undefined && values.has(value) && !found.has(value)) found.set(value, record);
    }
    if (page.length < 1000) break;
    after = page.at(-1)!.id;
  }
  return found;
}

/** The record whose property has a value, in any case. */
export const located = (
  site: Site,
  type: ObjectType,
  value: string,
  property: string,
  archived: boolean,
): PortalRecord | undefined =>
  byProperty(site, type, property, new Set([value.toLowerCase()]), archived).get(value.toLowerCase());

export function get(site: Site, call: Call, name: string, id: string): Answer {
  const type = readable(site, name);
  const { search } = call;
  const archived = wantsArchived(search);
  const property = search.get("idProperty");
  const record =
    property === null || property === "hs_object_id"
      ? site.portal.record(type, id)
      : located(site, type, id, property, archived);
  if (record === undefined || record.archived !== archived) return recordNotFound();
  const partners = listed(search, "associations").map((partner) => readable(site, partner));
  const selection = select(site, type, listed(search, "properties"), listed(search, "propertiesWithHistory"));
  return json(recordJson(site, type, record, selection, inlineAssociations(site, call, type, record.id, partners)));
}

const tooManyInputs = (most: number, what = ""): string =>
  `The maximum number of inputs supported in a batch request${what} is ${most}. Please reduce the number of items and try again`;

export function batchRead(site: Site, call: Call, name: string): Answer {
  const type = readable(site, name);
  const startedAt = new Date().toISOString();
  const body = jsonBody(call);
  const history = texts(body.propertiesWithHistory);
  const inputs =
    history.length > 0
      ? inputsOf(body, HISTORY_PAGE, tooManyInputs(HISTORY_PAGE, " for property histories"))
      : inputsOf(body, BATCH, tooManyInputs(BATCH));
  const asked = [...new Set(inputs.map((input) => String(input.id ?? "")))];
  const archived = wantsArchived(call.search);
  const found = recordsOf(site, type, asked, archived, body.idProperty);
  const missing = asked.length - found.length;
  const kept = call.partial && found.length > 0 ? found.slice(0, Math.floor(found.length * 0.7)) : found;
  const selection = select(site, type, texts(body.properties), history);
  const results = shuffled(kept, salt(asked[0] ?? "")).map((record) => recordJson(site, type, record, selection));
  const answer = { status: "COMPLETE", results, startedAt, completedAt: new Date().toISOString() };
  if (missing === 0 && kept.length === found.length) return json(answer);
  const errors = [
    {
      status: "error",
      category: "OBJECT_NOT_FOUND",
      message: `Could not get some ${type.singular.toUpperCase()} objects, they may be deleted or not exist. Check that the ids are valid.`,
    },
  ];
  return json({ ...answer, numErrors: 1, errors }, 207);
}

function recordsOf(
  site: Site,
  type: ObjectType,
  ids: readonly string[],
  archived: boolean,
  idProperty: unknown,
): PortalRecord[] {
  if (typeof idProperty === "string" && idProperty !== "hs_object_id") {
    return [...byProperty(site, type, idProperty, new Set(ids.map((id) => id.toLowerCase())), archived).values()];
  }
  return ids.flatMap((id) => {
    const record = site.portal.record(type, id);
    // The id of a record that was merged away finds nothing here.
    return record !== undefined && record.id === id && record.archived === archived ? [record] : [];
  });
}
