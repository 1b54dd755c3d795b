/** What reading costs, before it is done. */
import type { ReadEstimate, ReadRequest } from "../../core/connector.ts";
import type { Api } from "./api.ts";
import { INPUTS as ASSOCIATION_INPUTS } from "./associations.ts";
import { INPUTS as BATCH_INPUTS } from "./batch.ts";
import { resolveColumns } from "./columns.ts";
import { fileNeeds } from "./files.ts";
import type { Metadata } from "./metadata.ts";
import { ENGAGEMENTS, RELATED } from "./objects.ts";
import { CUTS, lanesFor } from "./read-cuts.ts";
import { fitsAddress, PAGE } from "./read-pages.ts";

/** Rough seconds until a page is there: pages of one object come one after another. */
const PAGE_SECONDS = 0.2;
/** Rough share of engagements that have a file. */
const WITH_FILES = 0.05;

interface Cost {
  readonly calls: number;
  /** Of them those that wait for each other. */
  readonly inTurn: number;
}

/** Calls, and seconds as the rate allows. `count` tells how many records a type has. */
export async function estimateReads(
  api: Api,
  metadata: Metadata,
  requests: readonly Pick<ReadRequest, "object" | "fields">[],
  count: (type: string) => Promise<number>,
): Promise<ReadEstimate> {
  const costs = await Promise.all(requests.map((request) => costOf(metadata, request, count)));
  const { perSecond, daily } = api.rates;
  let calls = 0;
  let seconds = 0;
  for (const cost of costs) {
    calls += cost.calls;
    seconds += Math.max(cost.calls / perSecond, (cost.inTurn * PAGE_SECONDS) / lanesOf(cost, perSecond));
  }
  return { calls, seconds: Math.round(seconds), remaining: daily.left, max: daily.usage?.max ?? null };
}

/** Calls that reading an object whole takes. */
export async function readCalls(
  metadata: Metadata,
  request: Pick<ReadRequest, "object" | "fields">,
  count: (type: string) => Promise<number>,
): Promise<number> {
  return (await costOf(metadata, request, count)).calls;
}

/** Long lists are read in lanes. */
function lanesOf({ calls, inTurn }: Cost, perSecond: number): number {
  const list = { records: inTurn * PAGE, pageMs: 1000 * PAGE_SECONDS, requestsPerPage: calls / inTurn };
  return lanesFor(list, perSecond, CUTS);
}

const callsFor = (records: number, perCall: number): number => Math.ceil(records / perCall);
const pagesOf = (records: number): number => Math.max(1, callsFor(records, PAGE));

async function costOf(
  metadata: Metadata,
  { object, fields }: Pick<ReadRequest, "object" | "fields">,
  count: (type: string) => Promise<number>,
): Promise<Cost> {
  const found = await metadata.resolve(object);
  switch (found.kind) {
    case "owners":
      return { calls: 2, inTurn: 2 };
    case "pairs": {
      if (found.labelled && !(await metadata.hasLabels(found.from, found.to))) return { calls: 1, inTurn: 1 };
      const records = await count(found.from);
      const pages = pagesOf(records);
      return { calls: pages + callsFor(records, ASSOCIATION_INPUTS), inTurn: pages };
    }
    case "files": {
      const needs = fileNeeds(fields);
      const records = await Promise.all(ENGAGEMENTS.map(count));
      let calls = 0;
      let inTurn = 0;
      for (const number of records) {
        inTurn += pagesOf(number);
        if (needs.metadata) calls += Math.ceil(number * WITH_FILES);
        if (needs.related) calls += RELATED.length * callsFor(number, ASSOCIATION_INPUTS);
      }
      return { calls: calls + inTurn, inTurn };
    }
    case "records": {
      const columns = await resolveColumns(found.type, fields, metadata);
      const records = await count(found.type);
      const pages = pagesOf(records);
      const batches = fitsAddress(columns.properties) ? 0 : callsFor(records, BATCH_INPUTS);
      const associations = columns.associated.length * callsFor(records, ASSOCIATION_INPUTS);
      // two searches tell how many there should be
      return { calls: pages + batches + associations + 2, inTurn: pages };
    }
  }
}
