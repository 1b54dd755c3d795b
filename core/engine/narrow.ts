/** Hashes of fields that change without their record's timestamp, as they were last read: by them sweeps find what changed. */
import { createHash } from "node:crypto";
import type pg from "pg";
import type { BoundMapping } from "../mapping/compiled.ts";
import type { RecordBatch } from "../record.ts";
import type { MergePlan } from "./merge/plan.ts";

/** Keys of records, each once, with a hash each (32 hexadecimal digits). */
export interface NarrowRows {
  readonly keys: readonly string[];
  readonly hashes: readonly string[];
}

/** Hashes over the raw cells of `columns`: nothing of the mapping counts, null and blank are two values. */
export function narrowRows(
  bound: Pick<BoundMapping, "key">,
  batch: RecordBatch,
  columns: readonly string[],
): NarrowRows {
  const at = columns.map((column) => batch.columns.indexOf(column));
  const found = new Map<string, string>();
  const names = columns.join("\u0000");
  for (let record = 0; record < batch.size; record++) {
    const key = bound.key(batch, record);
    if (key === null) continue;
    const hash = createHash("md5").update(names);
    const base = record * batch.columns.length;
    for (const column of at) {
      const start = column < 0 ? -1 : batch.starts[base + column]!;
      const end = column < 0 ? -1 : batch.ends[base + column]!;
      hash.update(start < 0 ? "\u0000-" : `\u0000${end - start}:`);
      if (end > start && start >= 0) hash.update(batch.data.subarray(start, end));
    }
    found.set(key, hash.digest("hex"));
  }
  return { keys: [...found.keys()], hashes: [...found.values()] };
}

const AT_ONCE = 20_000;

/** Keeps them for the plan's origin, in the caller's transaction. */
export async function saveNarrow(
  client: pg.ClientBase,
  plan: Pick<MergePlan, "originId" | "runId">,
  rows: NarrowRows,
): Promise<void> {
  for (let from = 0; from < rows.keys.length; from += AT_ONCE) {
    await client.query(
      `insert into migrate.narrow (origin_id, key, hash, run_id)
       select $1, x.key, x.hash::uuid, $2 from unnest($3::text[], $4::text[]) as x(key, hash)
       on conflict (origin_id, key) do update set hash = excluded.hash, run_id = excluded.run_id where narrow.hash <> excluded.hash`,
      [plan.originId, plan.runId, rows.keys.slice(from, from + AT_ONCE), rows.hashes.slice(from, from + AT_ONCE)],
    );
  }
}
