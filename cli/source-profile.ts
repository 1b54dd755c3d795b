/** Profiles of source objects: bounded scans, for drafts and suggestions. */
import type { SourceConnector } from "../core/connector.ts";
import { type ObjectProfile, profileObject } from "../core/mapping/profile.ts";
import type { RecordBatch } from "../core/record.ts";
import type { SourceObject } from "../core/schema.ts";

/** Scans source objects with the same columns as one. `onRead` gets the records seen so far; `keep` takes some of them only. */
export async function profileSources(
  source: SourceConnector,
  objects: readonly SourceObject[],
  nulls: readonly string[],
  onRead: (records: number) => void = () => undefined,
  keep?: { readonly column: string; readonly takes: (text: string) => boolean },
): Promise<ObjectProfile> {
  async function* batches(): AsyncGenerator<RecordBatch> {
    let seen = 0;
    for (const object of objects) {
      const fields = object.fields.map((field) => field.name);
      for await (const batch of source.read({ object: object.name, fields, from: null, batchSize: 10_000 })) {
        seen += batch.size;
        onRead(seen);
        yield batch;
      }
    }
  }
  const profile = await profileObject(objects.map((object) => object.name).join(", "), batches(), {
    nulls,
    ...(keep === undefined ? {} : { keep }),
  });
  // an empty file has columns, too
  const missing = (objects[0]?.fields ?? []).filter((field) => !profile.columns.has(field.name));
  if (missing.length === 0) return profile;
  const empty = await profileObject("", noRecords(missing.map((field) => field.name)), {});
  return { ...profile, columns: new Map([...profile.columns, ...empty.columns]) };
}

async function* noRecords(columns: readonly string[]): AsyncGenerator<RecordBatch> {
  const none = { data: Buffer.alloc(0), starts: new Int32Array(), ends: new Int32Array(), lines: new Float64Array() };
  yield { columns, size: 0, ...none, bad: [], ascii: true, next: {} };
}
