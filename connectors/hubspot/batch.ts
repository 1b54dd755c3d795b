/** Records by their ids, with properties of any number: they travel in the body. */
import type { Api } from "./api.ts";
import { listOf, recordOf, resultsOf, textOf, type WireRecord } from "./read-wire.ts";

/** Ids per call, at most: the API's own limit. */
export const INPUTS = 100;

/** Ids that are asked for in one call, again and again, while some of them are missing: all, then each alone. */
const ROUNDS = [INPUTS, INPUTS, 1, 1];

export interface BatchQuery {
  readonly type: string;
  readonly properties: readonly string[];
  readonly archived: boolean;
}

/**
 * The records of these ids (at most 100), by id. Answers come shuffled, and short though the records exist: what is missing
 * is asked for again, then record by record; what is absent from the result is gone (deleted, or merged into another).
 */
export async function readBatch(
  api: Api,
  query: BatchQuery,
  ids: readonly string[],
): Promise<ReadonlyMap<string, WireRecord>> {
  const found = new Map<string, WireRecord>();
  let missing = [...new Set(ids)];
  for (const size of ROUNDS) {
    const parts: string[][] = [];
    for (let at = 0; at < missing.length; at += size) parts.push(missing.slice(at, at + size));
    for (const records of await Promise.all(parts.map((part) => ask(api, query, part)))) {
      for (const record of records) found.set(record.id, record);
    }
    missing = missing.filter((id) => !found.has(id));
    if (missing.length === 0) break;
  }
  return found;
}

/** What one call answers of these ids (at most 100), which may be short of records that exist. */
export async function ask(api: Api, query: BatchQuery, ids: readonly string[]): Promise<readonly WireRecord[]> {
  const path = `${api.paths.objects(query.type)}/batch/read${query.archived ? "?archived=true" : ""}`;
  const answer = await api.post(path, {
    inputs: ids.map((id) => ({ id })),
    properties: query.properties,
    propertiesWithHistory: [],
  });
  const asked = new Set(ids);
  const errors = listOf(answer.errors).length;
  if (errors > 0) {
    api.context.log.debug(`${query.type}: ${errors} of ${ids.length} records were not answered`, {
      status: textOf(answer.status),
    });
  }
  // the id of a record that was merged away finds its survivor, which the list has by its own id
  return resultsOf(answer, `batch of ${query.type}`).flatMap((result) => {
    const record = recordOf(result);
    return record === null || !asked.has(record.id) ? [] : [record];
  });
}
