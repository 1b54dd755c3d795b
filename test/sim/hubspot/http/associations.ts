/** Associations: inline (v3), per record, in batches; labels. */
import { salt } from "../../salesforce/random.ts";
import type { Association, AssociationType, ObjectType } from "../portal/types.ts";
import { type Answer, invalid, json, rawJson, recordNotFound } from "./answer.ts";
import { inputsOf, shuffled } from "./batches.ts";
import { type Call, jsonBody, nextLink, pageSize, readable, refuse, type Site } from "./site.ts";

const BATCH = 1000;
const BATCH_V3 = 100;
/** Associated records of one input in one answer. */
const PAGE = 500;
const PAGE_V3 = 100;

interface Slice {
  readonly entries: readonly Association[];
  /** Cursor of the next page; null on the last. */
  readonly after: string | null;
}

/** The cursor of associations: what it starts behind, in base 64 and then as in URLs. */
const cursorOf = (from: ObjectType, toId: string): string =>
  encodeURIComponent(Buffer.from(`${from.id}-${toId}`).toString("base64"));

function behind(cursor: string): bigint {
  let text = cursor;
  if (text.includes("%")) text = decodeURIComponent(text);
  const id = /-(\d+)$/.exec(Buffer.from(text, "base64").toString())?.[1];
  return id === undefined ? refuse(invalid(`Invalid paging cursor: ${cursor}`)) : BigInt(id);
}

function slice(all: readonly Association[], from: ObjectType, after: string | null, limit: number): Slice {
  let start = 0;
  if (after !== null && after !== "") {
    const last = behind(after);
    let end = all.length;
    while (start < end) {
      const middle = (start + end) >> 1;
      if (BigInt(all[middle]!.toId) > last) end = middle;
      else start = middle + 1;
    }
  }
  if (start === 0 && all.length <= limit) return { entries: all, after: null };
  const entries = all.slice(start, start + limit);
  return { entries, after: start + limit < all.length ? cursorOf(from, entries.at(-1)!.toId) : null };
}

function pair(site: Site, from: string, to: string): { from: ObjectType; to: ObjectType } {
  const types = { from: readable(site, from), to: readable(site, to) };
  if (site.portal.labels(types.from, types.to) === null) refuse(notAPair(types.from, types.to));
  return types;
}

const notAPair = (from: ObjectType, to: ObjectType): Answer =>
  invalid(`No association definitions found from ${from.name} (${from.id}) to ${to.name} (${to.id})`);

const typesJson = new WeakMap<readonly AssociationType[], string>();

/** Written by hand: `toObjectId` is a number of any length. Dated paths have it as text, as their specification says. */
function toJson({ toId, types }: Association, dated: boolean): string {
  let text = typesJson.get(types);
  if (text === undefined) {
    text = JSON.stringify(types.map(({ category, typeId, label }) => ({ category, typeId, label })));
    typesJson.set(types, text);
  }
  return dated
    ? `{"toObjectId":"${toId}","associationTypes":${text}}`
    : `{"toObjectId":${toId},"associationTypes":${text}}`;
}

/** `POST /crm/v4/associations/{from}/{to}/batch/read`. */
export function batch(site: Site, call: Call, fromName: string, toName: string): Answer {
  const startedAt = new Date().toISOString();
  const { from, to } = pair(site, fromName, toName);
  let inputs = inputsOf(jsonBody(call), BATCH, `The maximum number of inputs is ${BATCH}`);
  // Neither found nor refused: whoever asked has to notice.
  if (call.partial) inputs = inputs.slice(0, Math.floor(inputs.length * 0.7));
  const results: string[] = [];
  const errors: unknown[] = [];
  for (const input of inputs) {
    const id = String(input.id ?? "");
    const all = site.portal.associations(from, id, to) ?? refuse(notAPair(from, to));
    if (all.length === 0) {
      errors.push(noAssociations(from, id, to));
      continue;
    }
    const { entries, after } = slice(all, from, input.after === undefined ? null : String(input.after), PAGE);
    const list = entries.map((entry) => toJson(entry, call.dated)).join(",");
    const link = `${site.base()}/crm/v4/objects/${from.id}/${id}/associations/${to.id}?limit=${PAGE}&after=${after}`;
    const paging = after === null ? "" : `,"paging":${JSON.stringify({ next: { after, link } })}`;
    results.push(`{"from":{"id":"${id}"},"to":[${list}]${paging}}`);
  }
  const mixed = shuffled(results, salt(String(inputs[0]?.id ?? ""))).join(",");
  const times = `"startedAt":"${startedAt}","completedAt":"${new Date().toISOString()}"`;
  if (errors.length === 0) return rawJson(`{"status":"COMPLETE","results":[${mixed}],${times}}`);
  return rawJson(
    `{"status":"COMPLETE","results":[${mixed}],"numErrors":${errors.length},"errors":${JSON.stringify(errors)},${times}}`,
    207,
  );
}

const noAssociations = (from: ObjectType, id: string, to: ObjectType): unknown => ({
  status: "error",
  category: "OBJECT_NOT_FOUND",
  subCategory: "crm.associations.NO_ASSOCIATIONS_FOUND",
  message: `No ${to.singular} is associated with ${from.singular} ${id}.`,
  context: { fromObjectId: [id], fromObjectType: [from.singular], toObjectType: [to.singular] },
});

/** `GET /crm/v4/objects/{type}/{id}/associations/{to}`. */
export function ofRecord(site: Site, call: Call, fromName: string, id: string, toName: string): Answer {
  const { from, to } = pair(site, fromName, toName);
  const limit = pageSize(call.search, PAGE, PAGE);
  const record = site.portal.record(from, id);
  if (record === undefined || record.archived) return recordNotFound();
  const all = site.portal.associations(from, record.id, to) ?? [];
  const { entries, after } = slice(all, from, call.search.get("after"), limit);
  const paging =
    after === null ? "" : `,"paging":${JSON.stringify({ next: { after, link: nextLink(site, call, after) } })}`;
  return rawJson(`{"results":[${entries.map((entry) => toJson(entry, call.dated)).join(",")}]${paging}}`);
}

/** Names of association types before version 4: one entry each, so that an id may come twice. */
function namesV3(site: Site, from: ObjectType, to: ObjectType, { types }: Association): string[] {
  const plain = `${from.singular}_to_${to.singular}`;
  const primary = (site.portal.labels(from, to) ?? []).some((type) => type.label === "Primary");
  return types.map(({ label }) => {
    if (label === null) return primary ? `${plain}_unlabeled` : plain;
    return label === "Primary" ? plain : label.toLowerCase().replace(/\W+/g, "_");
  });
}

const entriesV3 = (site: Site, from: ObjectType, to: ObjectType, entries: readonly Association[]) =>
  entries.flatMap((entry) => namesV3(site, from, to, entry).map((type) => ({ id: entry.toId, type })));

/** `associations=` of list and single record: an extract of the first page; the key is missing where there is none. */
export function inlineAssociations(
  site: Site,
  call: Call,
  from: ObjectType,
  id: string,
  partners: readonly ObjectType[],
): Record<string, unknown> {
  const answer: Record<string, unknown> = {};
  for (const to of partners) {
    const all = site.portal.associations(from, id, to) ?? refuse(notAPair(from, to));
    if (all.length === 0) continue;
    const { entries, after } = slice(all, from, null, PAGE_V3);
    const path = call.dated
      ? `/crm/objects/2026-03/${from.name}/${id}/associations/${to.name}`
      : `/crm/v3/objects/${from.name}/${id}/associations/${to.name}`;
    answer[to.name === "line_items" ? "line items" : to.name] = {
      results: entriesV3(site, from, to, entries),
      ...(after === null ? {} : { paging: { next: { after, link: `${site.base()}${path}?after=${after}` } } }),
    };
  }
  return answer;
}

/** `GET /crm/v3/objects/{type}/{id}/associations/{to}`. */
export function ofRecordV3(site: Site, call: Call, fromName: string, id: string, toName: string): Answer {
  const { from, to } = pair(site, fromName, toName);
  const limit = pageSize(call.search, PAGE, PAGE);
  const { entries, after } = slice(site.portal.associations(from, id, to) ?? [], from, call.search.get("after"), limit);
  const results = entriesV3(site, from, to, entries);
  return json(
    after === null ? { results } : { results, paging: { next: { after, link: nextLink(site, call, after) } } },
  );
}

/** `POST /crm/v3/associations/{from}/{to}/batch/read`: at most 100 per input, and no way to the rest. */
export function batchV3(site: Site, call: Call, fromName: string, toName: string): Answer {
  const startedAt = new Date().toISOString();
  const { from, to } = pair(site, fromName, toName);
  const inputs = inputsOf(jsonBody(call), BATCH_V3, `The maximum number of inputs is ${BATCH_V3}`);
  const results: unknown[] = [];
  const errors: unknown[] = [];
  for (const input of inputs) {
    const id = String(input.id ?? "");
    const all = site.portal.associations(from, id, to) ?? [];
    const { entries, after } = slice(all, from, null, PAGE_V3);
    if (all.length === 0) errors.push(noAssociations(from, id, to));
    else {
      const link = `${site.base()}/crm/v3/objects/${from.id}/${id}/associations/${to.id}?after=${after}`;
      results.push({
        from: { id },
        to: entriesV3(site, from, to, entries),
        ...(after === null ? {} : { paging: { next: { after, link } } }),
      });
    }
  }
  const answer = { status: "COMPLETE", results, startedAt, completedAt: new Date().toISOString() };
  return errors.length === 0 ? json(answer) : json({ ...answer, numErrors: errors.length, errors }, 207);
}

/** `GET /crm/v4/associations/{from}/{to}/labels`. */
export function labels(site: Site, fromName: string, toName: string): Answer {
  const { from, to } = pair(site, fromName, toName);
  const results = (site.portal.labels(from, to) ?? []).map(({ category, typeId, label }) => ({
    category,
    typeId,
    label,
  }));
  return json({ results });
}
