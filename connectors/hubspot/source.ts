/** The HubSpot source: every readable object of a portal. */
import type { FetchRequest, ReadRequest, SourceConnector } from "../../core/connector.ts";
import type { Context } from "../../core/context.ts";
import { counted } from "../../core/counted.ts";
import type { RecordBatch } from "../../core/record.ts";
import { readPairs } from "./associations-read.ts";
import { hubspotChanges } from "./changes.ts";
import { createApi, TUNING, type Tuning } from "./client.ts";
import { resolveColumns, unknownFields } from "./columns.ts";
import { countObject, searchTotal } from "./count.ts";
import { estimateReads } from "./estimate.ts";
import { fetchByKey } from "./fetch.ts";
import { fileNeeds } from "./files.ts";
import { readFiles } from "./files-read.ts";
import { createMetadata } from "./metadata.ts";
import { FILE_COLUMNS, type HubspotObject, OWNER_COLUMNS, PAIR_COLUMNS, STANDARD_TYPES } from "./objects.ts";
import type { HubspotOptions } from "./options.ts";
import { CUTS, type CutTuning, createCuts } from "./read-cuts.ts";
import { readOwners } from "./read-owners.ts";
import { type ReadTally, readRecords } from "./read-records.ts";

/** Makes the connector; nothing is connected yet. `tuning` and `reading` are for tests. */
export function hubspotSource(
  options: HubspotOptions,
  context: Context,
  tuning: Tuning = TUNING,
  reading: CutTuning = CUTS,
): SourceConnector {
  const api = createApi(options, context, tuning);
  const metadata = createMetadata(api, options);
  const { includeArchived } = options;
  const cuts = createCuts(api, (type) => searchTotal(api, type), reading);

  async function* read(request: ReadRequest): AsyncGenerator<RecordBatch> {
    const object = await metadata.resolve(request.object);
    const { from, batchSize } = request;
    const plan = { api, batchSize, from, cuts };
    switch (object.kind) {
      case "records":
        yield* readType(object.type, request);
        return;
      case "owners":
        checkFields(object, request.fields, OWNER_COLUMNS);
        yield* readOwners(plan);
        return;
      case "pairs":
        checkFields(object, request.fields, PAIR_COLUMNS);
        if (!object.labelled || (await metadata.hasLabels(object.from, object.to))) yield* readPairs(plan, object);
        return;
      case "files":
        checkFields(object, request.fields, FILE_COLUMNS);
        yield* readFiles(plan, fileNeeds(request.fields));
    }
  }

  async function* readType(type: string, { fields, from, batchSize }: ReadRequest): AsyncGenerator<RecordBatch> {
    const columns = await resolveColumns(type, fields, metadata);
    const known = from?.counted;
    const total = typeof known === "number" ? known : from === null ? await searchTotal(api, type) : null;
    const tally: ReadTally = { came: 0, archived: 0, gone: [], goneCount: 0 };
    const own = createCuts(api, async () => total, reading);
    yield* readRecords({ api, metadata, batchSize, from, columns, includeArchived, counted: total, cuts: own }, tally);
    await tellChange(type, total, tally);
  }

  /** The object changed while it was read, or the list and search do not agree: no error, but somebody should know. */
  async function tellChange(type: string, before: number | null, tally: ReadTally): Promise<void> {
    const { gone, goneCount } = tally;
    if (goneCount > 0) {
      const [were, them] = goneCount === 1 ? ["was", "it"] : ["were", "them"];
      context.log.warn(
        `${type}: ${counted(goneCount, "record")} ${were} deleted or merged while being read (${gone.join(", ")}${goneCount > gone.length ? "..." : ""}); run again (or a delta) for what became of ${them}`,
        { object: type, gone: goneCount },
      );
    }
    const live = tally.came - tally.archived;
    if (before === null || before === live) return;
    const now = await searchTotal(api, type);
    if (now === null || (now === live && goneCount > 0)) return;
    const number = (value: number) => value.toLocaleString("en-US");
    context.log.warn(
      `${type}: search counted ${counted(before, "record")} before and ${number(now)} after, ${number(live)} were read: the portal changed meanwhile (search also counts late); run again (or a delta) for the rest`,
      { object: type, before, after: now, read: live },
    );
  }

  async function* fetch(request: FetchRequest): AsyncGenerator<RecordBatch> {
    const object = await metadata.resolve(request.object);
    const everything = (fields: readonly string[]) =>
      read({ object: request.object, fields, from: null, batchSize: 5000 });
    yield* fetchByKey({ api, metadata, includeArchived, everything }, object, request);
  }

  return {
    name: "hubspot",
    capabilities: { blankMeansNothing: false, fetchByKey: true, snapshot: true, uniqueIds: false },
    async open() {
      await metadata.open();
    },
    describe: (wanted) => metadata.describe(wanted),
    recordLinks: () => ({
      hosts: ["hubspot.com"],
      types: new Map(
        STANDARD_TYPES.flatMap(({ name, singular, id }) => [singular, id].map((part) => [part, name] as const)),
      ),
    }),
    recordLink(object, key) {
      const portal = metadata.portalId();
      const type = STANDARD_TYPES.find(({ name, singular }) => name === object || singular === object)?.id ?? null;
      // records of other types have no page of their own, or their type's id is the portal's
      if (portal === null || type === null || !/^\d+$/.test(key)) return null;
      return `https://app.hubspot.com/contacts/${portal}/record/${type}/${key}`;
    },
    async count(name, { exact = false } = {}) {
      const object = await metadata.resolve(name);
      // without such labels there is nothing to go through
      if (object.kind === "pairs" && object.labelled && !(await metadata.hasLabels(object.from, object.to))) return 0;
      return await countObject(api, object, { exact, includeArchived, cuts });
    },
    read,
    fetch,
    changes: hubspotChanges({ api, metadata, options, cuts, count: (type) => countOnce()(type), read }),
    fingerprint: (object) => metadata.fingerprint(object),
    estimate: (requests) => estimateReads(api, metadata, requests, countOnce()),
    check: (wanted) => metadata.check(wanted),
    async close() {
      metadata.forget();
    },
  };

  /** Each type is counted once, however many objects come from it. */
  function countOnce(): (type: string) => Promise<number> {
    const known = new Map<string, Promise<number>>();
    return (type) => {
      const counted =
        known.get(type) ??
        countObject(api, { kind: "records", name: type, type }, { exact: false, includeArchived, cuts });
      known.set(type, counted);
      return counted;
    };
  }
}

function checkFields(object: HubspotObject, fields: readonly string[], columns: readonly string[]): void {
  const unknown = fields.filter((name) => !columns.includes(name));
  if (unknown.length > 0) throw unknownFields(object.name, unknown, columns);
}
