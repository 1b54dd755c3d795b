/** What reading costs, before it is done. */
import type { ReadEstimate } from "../../core/connector.ts";
import type { Api } from "./api.ts";

/** Rough speeds, for an ETA: a REST call, a Bulk job until its results are ready, records of a Bulk result per second. */
const REST_SECONDS = 0.5;
const JOB_SECONDS = 15;
const BULK_RECORDS_PER_SECOND = 8000;

export interface ObjectCost {
  readonly records: number;
  readonly bulk: boolean;
  /** Records per call of each join; see joins.ts. */
  readonly joins: readonly number[];
}

export function estimateReads(api: Api, objects: readonly ObjectCost[]): ReadEstimate {
  let calls = 0;
  let seconds = 0;
  for (const object of objects) {
    const cost = readCost(api, object);
    calls += cost.calls;
    seconds += cost.seconds;
  }
  const { apiShare } = api.options;
  const { usage } = api.quota;
  const remaining = usage === null ? null : Math.max(0, Math.floor(usage.max * apiShare) - usage.used);
  return { calls, seconds: Math.round(seconds), remaining, max: usage?.max ?? null };
}

/** What reading one object, or a part of it, costs. */
export function readCost(api: Api, { records, bulk, joins }: ObjectCost): { calls: number; seconds: number } {
  const { maxRecords, chunkRecords } = api.options;
  const joined = joins.reduce((sum, perCall) => sum + Math.ceil(records / perCall), 0);
  const seconds = (joined * REST_SECONDS) / 2;
  if (bulk) {
    const jobs = Math.max(1, Math.ceil(records / chunkRecords));
    // a job: two counts, one order, some questions whether it is ready
    return {
      calls: joined + jobs * 8 + Math.ceil(records / maxRecords),
      seconds: seconds + jobs * JOB_SECONDS + records / BULK_RECORDS_PER_SECOND,
    };
  }
  const pages = Math.ceil(records / api.tuning.pageRecords) + 1;
  return { calls: joined + pages + 1, seconds: seconds + pages * REST_SECONDS };
}
