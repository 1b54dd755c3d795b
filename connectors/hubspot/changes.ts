/** What changed in the portal since it was read: records by the time of their last change, everything else whole. */
import type { ChangesCost, ChangesRequest, ChangeTracking } from "../../core/changes.ts";
import { mapLimited } from "../../core/limiter.ts";
import type { RecordBatch } from "../../core/record.ts";
import type { Api } from "./api.ts";
import { INPUTS as ASSOCIATION_INPUTS } from "./associations.ts";
import { INPUTS } from "./batch.ts";
import { goneRecords } from "./changes-gone.ts";
import { callsFor, listIsBetter, readChanged } from "./changes-read.ts";
import { countChanged } from "./changes-search.ts";
import { touchedSince } from "./changes-touched.ts";
import { resolveColumns } from "./columns.ts";
import { searchTotal } from "./count.ts";
import { readCalls } from "./estimate.ts";
import type { Metadata, Property } from "./metadata.ts";
import { associationField } from "./objects.ts";
import type { HubspotOptions } from "./options.ts";
import type { Cuts } from "./read-cuts.ts";
import { fitsAddress, PAGE } from "./read-pages.ts";

export interface ChangesPlan {
  readonly api: Api;
  readonly metadata: Metadata;
  readonly options: HubspotOptions;
  readonly cuts: Cuts;
  /** How many records a type has. */
  count(type: string): Promise<number>;
  /** Reads an object whole. */
  read(request: Omit<ChangesRequest, "since">): AsyncIterable<RecordBatch>;
}

/** Read-only properties that stay as they are, or move the record's time with them. */
const TOLD: ReadonlySet<string> = new Set([
  "hs_object_id",
  "createdate",
  "hs_createdate",
  "lastmodifieddate",
  "hs_lastmodifieddate",
  "hs_merged_object_ids",
  "hs_created_by_user_id",
  "hs_updated_by_user_id",
  "hs_object_source",
  "hs_object_source_id",
  "hs_object_source_label",
]);

/** Neither sign is on all of them. */
const isComputed = ({ readOnly, fieldType }: Property): boolean => readOnly || fieldType.startsWith("calculation_");

/** The property that tells when a record of the type changed. */
const MODIFIED = (type: string): string => (type === "contacts" ? "lastmodifieddate" : "hs_lastmodifieddate");

export function hubspotChanges(plan: ChangesPlan): ChangeTracking {
  const { api, metadata, options, cuts } = plan;
  const { settleMs, overlapMs, includeArchived, concurrency } = options;

  /** null: the portal shows no such property. */
  async function modifiedOf(type: string): Promise<string | null> {
    const wanted = MODIFIED(type);
    return (await metadata.properties(type)).some(({ name }) => name === wanted) ? wanted : null;
  }

  async function* changed(request: ChangesRequest): AsyncGenerator<RecordBatch> {
    const { since, ...whole } = request;
    const object = await metadata.resolve(request.object);
    if (object.kind !== "records") {
      yield* plan.read(whole);
      return;
    }
    yield* readChanged({
      api,
      metadata,
      cuts,
      includeArchived,
      columns: await resolveColumns(object.type, request.fields, metadata),
      batchSize: request.batchSize,
      from: request.from,
      modified: await modifiedOf(object.type),
      since: Date.parse(since.at) - overlapMs,
      settled: (await api.serverTime()) - settleMs,
    });
  }

  /** Calculated properties, and associations, which are no part of the record. */
  async function derived(name: string, fields: readonly string[]): Promise<string[]> {
    const object = await metadata.resolve(name);
    if (object.kind !== "records") return [];
    const properties = new Map((await metadata.properties(object.type)).map((property) => [property.name, property]));
    return [...new Set(fields)].filter((field) => {
      const property = properties.get(field);
      if (property !== undefined) return isComputed(property) && !TOLD.has(field);
      return associationField(field) !== null;
    });
  }

  async function costOf({
    object: name,
    fields,
    since,
  }: Pick<ChangesRequest, "object" | "fields" | "since">): Promise<ChangesCost> {
    const object = await metadata.resolve(name);
    if (object.kind !== "records") {
      const whole = await readCalls(metadata, { object: name, fields }, plan.count);
      const asSweep = object.kind === "pairs";
      const sweeps = { deleted: 0, derived: 0, associations: asSweep ? whole : 0 };
      return { object: name, changed: null, calls: asSweep ? 0 : whole, sweeps };
    }
    const { type } = object;
    const columns = await resolveColumns(type, fields, metadata);
    const modified = await modifiedOf(type);
    const records = await searchTotal(api, type);
    const from = Date.parse(since.at) - overlapMs;
    const found = modified === null ? null : await countChanged(api, { type, modified, since: from });
    const size = records ?? (await plan.count(type));
    const calls = callsFor(columns, size, found ?? size);
    const pages = Math.max(1, Math.ceil(size / PAGE));
    const narrow = await derived(type, fields);
    const computed = (await resolveColumns(type, narrow, metadata)).properties;
    const associated = columns.associated.length * Math.ceil(size / ASSOCIATION_INPUTS);
    return {
      object: name,
      changed: found,
      // two counts, the time, and one count more at the end
      calls: 4 + (listIsBetter(columns, records, found) ? calls.list : calls.search),
      sweeps: {
        deleted: pages,
        derived: computed.length === 0 ? 0 : pages + (fitsAddress(computed) ? 0 : Math.ceil(size / INPUTS)),
        associations: columns.associated.length === 0 ? 0 : pages + associated,
      },
    };
  }

  return {
    now: async () => new Date(await api.serverTime()).toISOString(),
    async watermark(name) {
      const object = await metadata.resolve(name);
      if (object.kind !== "records") return null;
      return { at: new Date((await api.serverTime()) - settleMs).toISOString() };
    },
    changed,
    gone: async (name, ids) => await goneRecords(api, await metadata.resolve(name), ids, concurrency),
    derived,
    touchedSince: async (name, at, limit) =>
      await touchedSince({ api, metadata, cuts }, await metadata.resolve(name), at, limit),
    cost: (requests) => mapLimited(requests, concurrency, costOf),
  };
}
