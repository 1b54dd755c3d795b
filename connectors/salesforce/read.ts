/** Reads an object, or the part of it that meets a condition, by whichever API fits. */
import type { ReadRequest } from "../../core/connector.ts";
import { counted } from "../../core/counted.ts";
import { hasCode } from "../../core/errors.ts";
import type { RecordBatch } from "../../core/record.ts";
import { type Api, queryPath } from "./api.ts";
import { readByBulk } from "./bulk-read.ts";
import { type Columns, resolveColumns } from "./columns.ts";
import { countRecords } from "./count.ts";
import { countLinks, readLinks } from "./links-read.ts";
import type { Metadata } from "./metadata.ts";
import { isBulk, MASTER, NEEDS_DOCUMENT, type Scope, scopeOf, showsLosers } from "./objects.ts";
import { type ReadPlan, readByRest, tellChange } from "./rest-read.ts";
import { both, select } from "./soql.ts";

/** A part of an object. */
export interface Part {
  /** SOQL condition. */
  readonly where: string;
  /** See `ReadPlan.steady`. */
  readonly steady: string;
}

export interface Reader {
  /** The org's name of the object, and what of it counts. */
  scoped(object: string): Promise<{ readonly name: string; readonly scope: Scope }>;
  /** Records, counted now; `part` null: all of them. */
  count(object: string, part?: Part | null): Promise<number>;
  /** Everything, or the part. Objects that cannot be asked for by condition are read whole. */
  read(request: ReadRequest, part?: Part | null): AsyncGenerator<RecordBatch>;
}

export function createReader(api: Api, metadata: Metadata): Reader {
  /** Objects whose recycle bin was told. */
  const told = new Set<string>();

  async function scoped(object: string): Promise<{ readonly name: string; readonly scope: Scope }> {
    const described = await metadata.describe(object);
    return { name: described.name, scope: scopeOf(described, api.options.includeDeleted) };
  }

  async function count(object: string, part: Part | null = null): Promise<number> {
    const { name, scope } = await scoped(object);
    return name === NEEDS_DOCUMENT ? await countLinks(api) : await countRecords(api, name, within(scope, part));
  }

  async function* read(request: ReadRequest, part: Part | null = null): AsyncGenerator<RecordBatch> {
    const { from, batchSize } = request;
    const { name, scope: whole } = await scoped(request.object);
    const scope = within(whole, part);
    const fields = name === NEEDS_DOCUMENT ? [...request.fields, "ContentDocumentId"] : request.fields;
    const columns = await resolveColumns(name, fields, metadata);
    const known = from?.counted;
    const counted = typeof known === "number" ? known : from === null ? await count(name, part) : 0;
    const steady = part === null ? {} : { steady: part.steady };
    const plan: ReadPlan = { api, metadata, columns, scope, batchSize, from, counted, ...steady };
    const via = from === null ? transportOf(api, columns, scope, counted) : from.via;
    api.context.log.debug(`${name}: ${scope.words}, by ${String(via)}`, { object: name, counted });
    if (via === "links") yield* readLinks(plan);
    else if (via !== "bulk") yield* readByRest(plan);
    else yield* byBulkIfOffered(plan);
    if (from === null && part === null && !told.has(name)) {
      told.add(name);
      await tellDeleted(api, metadata, name, scope);
    }
  }

  /** Objects that the Bulk API turns out not to offer are read page by page. */
  async function* byBulkIfOffered(plan: ReadPlan): AsyncGenerator<RecordBatch> {
    let begun = plan.from !== null;
    let came = 0;
    try {
      for await (const batch of readByBulk(plan)) {
        begun = true;
        came = batch.lines.at(-1) ?? came;
        yield batch;
      }
      if (begun && plan.steady === undefined) await tellGrowth(plan, came);
    } catch (error) {
      if (begun || !hasCode(error, "SALESFORCE_QUERY_REFUSED") || api.options.transport === "bulk") throw error;
      api.context.log.info(`${plan.columns.object}: not by Bulk API (${(error as Error).message}); reading by REST`);
      yield* readByRest(plan);
    }
  }

  return { scoped, count, read };
}

const within = (scope: Scope, part: Part | null): Scope =>
  part === null ? scope : { ...scope, where: both(scope.where, part.where), words: `${scope.words}, changed ones` };

/** How an object of this many records is read. */
export function transportOf(api: Api, columns: Columns, scope: Scope, records: number): "rest" | "bulk" | "links" {
  const { object } = columns;
  const { transport, bulkThreshold, apiVersion } = api.options;
  if (object === NEEDS_DOCUMENT) return "links";
  if (transport !== "auto") return transport === "bulk" && isBulk(object) ? "bulk" : "rest";
  if (!isBulk(object)) return "rest";
  if (records >= bulkThreshold) return "bulk";
  // a job takes a query of any length; asking in pieces pays for few records only
  const soql = select(
    columns.selected.map(({ name }) => name),
    object,
    scope.where,
  );
  const long = queryPath(apiVersion, soql, scope.operation).length > api.tuning.urlChars;
  return long && records > api.tuning.pageRecords ? "bulk" : "rest";
}

/** What the recycle bin holds is not read unless it is asked for; it is told of objects that can be merged. */
async function tellDeleted(api: Api, metadata: Metadata, object: string, scope: Scope): Promise<void> {
  if (api.options.includeDeleted || !showsLosers(await metadata.describe(object))) return;
  const where = `IsDeleted = true AND ${MASTER} = null`;
  const deleted = await countRecords(api, object, { ...scope, operation: "queryAll", where });
  if (deleted === 0) return;
  api.context.log.info(
    `${object}: ${counted(deleted, "record")} in the recycle bin ${deleted === 1 ? "is" : "are"} not read (\`includeDeleted: true\` reads ${deleted === 1 ? "it" : "them"})`,
    { object, deleted },
  );
}

/** Pages of a job take their time: what came after it was made is told, too. */
async function tellGrowth({ api, columns, scope, counted }: ReadPlan, came: number): Promise<void> {
  const { object } = columns;
  const now = await countRecords(api, object, scope);
  if (now !== came && api.changes.get(object) !== now)
    tellChange(api, object, counted === 0 ? came : counted, now, came);
}
