/** Reads single records anew, by key. */
import type { FetchRequest } from "../../core/connector.ts";
import { BatchBuilder, type RecordBatch, recordTexts } from "../../core/record.ts";
import type { Api } from "./api.ts";
import { readAssociations } from "./associations.ts";
import { fetchPairs } from "./associations-read.ts";
import { INPUTS, readBatch } from "./batch.ts";
import { resolveColumns } from "./columns.ts";
import { fileNeeds } from "./files.ts";
import { fetchFiles } from "./files-read.ts";
import type { Metadata } from "./metadata.ts";
import { ENGAGEMENTS, FILE_COLUMNS, type HubspotObject, PAIR_COLUMNS } from "./objects.ts";

/** What `fetchByKey` does with records whose key does not lead to their ids: it reads everything. */
export type ReadEverything = (fields: readonly string[]) => AsyncIterable<RecordBatch>;

export interface FetchPlan {
  readonly api: Api;
  readonly metadata: Metadata;
  readonly includeArchived: boolean;
  readonly everything: ReadEverything;
}

const isId = (text: string): boolean => /^\d{1,19}$/.test(text);

/** Records whose key is among `request.keys`; those that are not found are left out. */
export async function* fetchByKey(
  plan: FetchPlan,
  object: HubspotObject,
  request: FetchRequest,
): AsyncGenerator<RecordBatch> {
  const { key, keys } = request;
  if (keys.length === 0) return;
  const part = (name: string): string[] | null => {
    const at = key.indexOf(name);
    return at < 0 ? null : [...new Set(keys.map((parts) => parts[at] ?? ""))];
  };
  const ids = part("id") ?? (object.kind === "records" ? part("hs_object_id") : null);
  const { api } = plan;
  if (object.kind === "records" && ids !== null) {
    yield* fetchRecords(plan, object.type, request, ids.filter(isId));
  } else if (object.kind === "pairs" && (ids ?? part("from_id")) !== null) {
    const from = part("from_id") ?? ids!.map((id) => id.split(":")[0]!);
    const rows = fetchPairs(api, object, [...new Set(from)].filter(isId));
    yield* matching(rows, PAIR_COLUMNS, request);
  } else if (object.kind === "files" && ids !== null) {
    yield* matching(fetchFiles(api, engagementsOf(ids), fileNeeds(request.fields)), FILE_COLUMNS, request);
  } else {
    yield* matching(rowsIn(plan.everything([...request.fields, ...key])), null, request);
  }
}

async function* fetchRecords(
  { api, metadata, includeArchived }: FetchPlan,
  type: string,
  request: FetchRequest,
  ids: readonly string[],
): AsyncGenerator<RecordBatch> {
  const columns = await resolveColumns(type, [...request.fields, ...request.key], metadata);
  const { properties } = columns;
  for (let at = 0; at < ids.length; at += INPUTS) {
    const some = ids.slice(at, at + INPUTS);
    const [live, ...targets] = await Promise.all([
      readBatch(api, { type, properties, archived: false }, some),
      ...columns.associated.map((to) => readAssociations(api, type, to, some)),
    ]);
    const others = includeArchived ? some.filter((id) => !live.has(id)) : [];
    const archived = others.length === 0 ? [] : await readBatch(api, { type, properties, archived: true }, others);
    const associated = new Map(columns.associated.map((to, index) => [to, targets[index]!]));
    const rows = [...live, ...archived].map(([, record]) => columns.cells(record, associated));
    yield* matching(rows, columns.names, request);
  }
}

/** Ids of engagements by type, from keys of files: `fileId:calls:engagementId`. */
function engagementsOf(keys: readonly string[]): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const key of keys) {
    const [, type, id] = key.split(":");
    if (id === undefined || !isId(id) || !ENGAGEMENTS.some((name) => name === type)) continue;
    found.set(type!, (found.get(type!) ?? new Set()).add(id));
  }
  return new Map([...found].map(([type, ids]) => [type, [...ids]]));
}

type Row = readonly (string | null)[];
interface Named {
  readonly columns: readonly string[];
  readonly row: Row;
}

async function* rowsIn(batches: AsyncIterable<RecordBatch>): AsyncGenerator<Named> {
  for await (const batch of batches) {
    for (let record = 0; record < batch.size; record++) {
      yield { columns: batch.columns, row: recordTexts(batch, record) };
    }
  }
}

/** The rows whose key is wanted. `columns` null: each row names its own. */
async function* matching<Found extends Row | Named>(
  rows: AsyncIterable<Found> | Iterable<Found>,
  columns: Found extends Named ? null : readonly string[],
  { key, keys }: FetchRequest,
): AsyncGenerator<RecordBatch> {
  const wanted = new Set(keys.map((parts) => JSON.stringify(parts)));
  let builder: BatchBuilder | null = null;
  for await (const found of rows) {
    const named: Named = "row" in found ? found : { columns: columns!, row: found };
    const parts = key.map((name) => named.row[named.columns.indexOf(name)] ?? "");
    if (!wanted.has(JSON.stringify(parts))) continue;
    builder ??= new BatchBuilder(named.columns);
    builder.add(builder.size + 1, named.row);
  }
  if (builder !== null) yield builder.build({});
}
