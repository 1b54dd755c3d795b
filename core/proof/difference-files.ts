/** `differences/<object>.csv` of a run: every difference that was located, with both values. */
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { csvCell } from "../csv-cell.ts";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "../private-files.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import type { Difference } from "./types.ts";

const PAGE = 5_000;
const FOLDER = "differences";

/** Path within the run's folder. */
export const differenceFile = (object: string): string => `${FOLDER}/${object.replace(/[^A-Za-z0-9_.-]/g, "_")}.csv`;

/** Writes the files of all objects with differences, replacing those of earlier proofs. In the caller's transaction. */
export async function writeDifferences(tables: ProofTables, places: readonly Place[], runDir: string): Promise<void> {
  await rm(join(runDir, FOLDER), { recursive: true, force: true });
  for (const [object, own] of Map.groupBy(places, (place) => place.object.name)) {
    const origins = own.map(({ origin }) => origin);
    const found = await tables.rows("select 1 from proof_difference where origin_id = any($1) limit 1", [origins]);
    if (found.length === 0) continue;
    const path = join(runDir, differenceFile(object));
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
    const mappings = new Map(own.map(({ origin, mapping }) => [origin, mapping.id]));
    await pipeline(lines(tables, origins, mappings), createWriteStream(path, { mode: PRIVATE_FILE }));
  }
}

const line = (cells: readonly (string | null)[]): string => `${cells.map(csvCell).join(",")}\r\n`;

/** A text without letters, as `""`: an empty cell is no value. */
const cellOf = (value: string | null): string | null => (value === "" ? '""' : value);

async function* lines(
  { client }: ProofTables,
  origins: readonly number[],
  mappings: ReadonlyMap<number, string>,
): AsyncIterable<string> {
  // a spreadsheet takes the file for UTF-8 only with this mark
  yield `\uFEFF${line(["_key", "_field", "_kind", "_source", "_target", "_explained", "_target_id", "_mapping"])}`;
  await client.query(
    `declare proof_differences no scroll cursor for
       select * from proof_difference where origin_id = any(array[${origins.join(", ")}]) order by key, field, source, target`,
  );
  for (;;) {
    const page = await client.query<Difference & { origin_id: number; id: string | null }>(
      `fetch ${PAGE} from proof_differences`,
    );
    for (const { key, field, kind, source, target, explained, id, origin_id } of page.rows)
      yield line([key, field, kind, cellOf(source), cellOf(target), explained, id, mappings.get(origin_id) ?? null]);
    if (page.rows.length < PAGE) break;
  }
  await client.query("close proof_differences");
}
