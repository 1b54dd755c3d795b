/** `records/` of a run's folder: the keys of every outcome, what is gone at the source and which edits were kept, as CSV files. */
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Query } from "../connector.ts";
import { csvCell } from "../csv-cell.ts";
import type { Bucket } from "../engine/types.ts";
import { PRIVATE_FILE, PRIVATE_FOLDER, writeWhole } from "../private-files.ts";
import { fileName } from "./report-links.ts";

/** One outcome of one mapping: how many, the first keys, and where all of them are (a path in the run's folder). */
export interface BucketRecords {
  readonly object: string;
  readonly mapping: string;
  readonly bucket: Bucket;
  readonly count: number;
  readonly sample: readonly { readonly key: string; readonly into: string | null }[];
  readonly file: string;
}

/** Records gone at the source, by what was done about their rows. */
export interface GoneRecords {
  readonly object: string;
  readonly how: string;
  readonly policy: string;
  /** kept | marked | deleted | open */
  readonly done: string;
  /** Why a row was kept although the policy said otherwise. */
  readonly reason: string | null;
  readonly count: number;
  readonly keys: readonly string[];
}

/** Edits of the target that runs saw and kept. */
export interface KeptEdits {
  readonly object: string;
  readonly field: string;
  readonly reason: string;
  readonly count: number;
  /** Ids of the first rows in the target. */
  readonly ids: readonly string[];
}

/** `records/index.json`. */
export interface RecordIndex {
  readonly buckets: readonly BucketRecords[];
  readonly gone: readonly GoneRecords[];
  readonly kept: readonly KeptEdits[];
}

export const RECORDS_FOLDER = "records";
export const INDEX_FILE = `${RECORDS_FOLDER}/index.json`;
export const GONE_FILE = `${RECORDS_FOLDER}/gone.csv`;
export const KEPT_FILE = `${RECORDS_FOLDER}/kept-edits.csv`;
/** Keys that the report shows of an outcome. */
const SHOWN = 10;
const PAGE = 5_000;

/** Rejected records have their own files, with reasons and rows. */
const LISTED: readonly Bucket[] = ["inserted", "updated", "unchanged", "merged", "deleted", "filtered"];

type Cells = readonly (string | null)[];

const csvLine = (cells: Cells): string => `${cells.map(csvCell).join(",")}\r\n`;

async function writeLines(path: string, head: Cells, pages: AsyncIterable<readonly Cells[]>): Promise<void> {
  async function* text(): AsyncIterable<string> {
    // a spreadsheet takes the file for UTF-8 only with this mark
    yield `\uFEFF${csvLine(head)}`;
    for await (const rows of pages) {
      let page = "";
      for (const row of rows) {
        page += csvLine(row);
        if (page.length > 65_536) {
          yield page;
          page = "";
        }
      }
      yield page;
    }
  }
  await pipeline(text, createWriteStream(path, { mode: PRIVATE_FILE }));
}

/**
 * Writes `records/` anew from the state database. Memory holds one chunk of a run. Nothing is written for a run that the
 * state database does not know (a dry run).
 */
export async function writeRecordFiles(query: Query, runsDir: string, run: string): Promise<void> {
  const folder = join(runsDir, run);
  await rm(join(folder, RECORDS_FOLDER), { recursive: true, force: true });
  const { rows: known } = await query<{ id: string; migration: string }>(
    "select id::text, migration from migrate.run where name = $1",
    [run],
  );
  if (known[0] === undefined) return;
  await mkdir(join(folder, RECORDS_FOLDER), { recursive: true, mode: PRIVATE_FOLDER });
  const index: RecordIndex = {
    buckets: await writeBuckets(query, folder, known[0].id),
    gone: await writeGone(query, folder, known[0].migration),
    kept: await writeKept(query, folder, known[0].migration),
  };
  await writeWhole(join(folder, INDEX_FILE), `${JSON.stringify(index, null, 2)}\n`);
}

async function writeBuckets(query: Query, folder: string, id: string): Promise<BucketRecords[]> {
  const { rows: groups } = await query<{ origin: number; object: string; mapping: string; bucket: Bucket; n: string }>(
    `select g.id as origin, g.object, g.mapping, o.bucket, sum(o.count) as n from migrate.outcome o
       join migrate.origin g on g.id = o.origin_id where o.run_id = $1 and o.bucket = any($2)
      group by g.id, g.object, g.mapping, o.bucket having sum(o.count) > 0 order by g.id, o.bucket`,
    [id, LISTED],
  );
  const taken = new Set<string>();
  const all: BucketRecords[] = [];
  for (const { origin, object, mapping, bucket, n } of groups) {
    const stem = `${RECORDS_FOLDER}/${fileName(mapping)}-${bucket}`;
    let file = `${stem}.csv`;
    for (let next = 2; taken.has(file.toLowerCase()); next++) file = `${stem}-${next}.csv`;
    taken.add(file.toLowerCase());
    const sample: { key: string; into: string | null }[] = [];
    const keys = bucket === "merged" ? mergedKeys(query, id, origin) : bucketKeys(query, id, origin, bucket);
    async function* noted(): AsyncIterable<readonly Cells[]> {
      for await (const pairs of keys) {
        for (const [key, into] of pairs.slice(0, SHOWN - sample.length)) sample.push({ key, into });
        yield bucket === "merged" ? pairs : pairs.map(([key]) => [key]);
      }
    }
    await writeLines(join(folder, file), bucket === "merged" ? ["_key", "_merged_into"] : ["_key"], noted());
    all.push({ object, mapping, bucket, count: Number(n), sample, file });
  }
  return all;
}

type Pair = readonly [key: string, into: string | null];

async function* parts(query: Query, id: string, origin: number, bucket: Bucket): AsyncIterable<string> {
  const { rows } = await query<{ place: string }>(
    "select ctid::text as place from migrate.outcome where run_id = $1 and origin_id = $2 and bucket = $3 order by chunk, ctid",
    [id, origin, bucket],
  );
  for (const { place } of rows) yield place;
}

async function* bucketKeys(query: Query, id: string, origin: number, bucket: Bucket): AsyncIterable<readonly Pair[]> {
  for await (const place of parts(query, id, origin, bucket)) {
    // as JSON: Node reads it many times as fast as an array of PostgreSQL
    const { rows } = await query<{ keys: string[] }>(
      "select array_to_json(keys) as keys from migrate.outcome where ctid = $1::tid",
      [place],
    );
    yield (rows[0]?.keys ?? []).map((key): Pair => [key, null]);
  }
}

/** With the row that stands for each. */
async function* mergedKeys(query: Query, id: string, origin: number): AsyncIterable<readonly Pair[]> {
  for await (const place of parts(query, id, origin, "merged")) {
    const { rows } = await query<{ key: string; into: string | null }>(
      `select k.key, m.target_id as into from migrate.outcome o join migrate.origin g on g.id = o.origin_id
         cross join lateral unnest(o.keys) with ordinality as k (key, at)
         left join migrate.id_map m on m.external_source = g.external_source and m.object = g.object and m.external_id = k.key
        where o.ctid = $1::tid order by k.at`,
      [place],
    );
    yield rows.map(({ key, into }): Pair => [key, into]);
  }
}

/** Mappings that runs of this migration have loaded. */
const ORIGINS = `select distinct o.origin_id from migrate.outcome o join migrate.run r on r.id = o.run_id where r.migration = $1`;

async function* paged(query: Query, sql: string, values: readonly unknown[]): AsyncIterable<readonly Cells[]> {
  for (let offset = 0; ; offset += PAGE) {
    const { rows } = await query<Record<string, string | null>>(`${sql} offset ${offset} limit ${PAGE}`, [...values]);
    yield rows.map((row) => Object.values(row));
    if (rows.length < PAGE) break;
  }
}

async function writeGone(query: Query, folder: string, migration: string): Promise<GoneRecords[]> {
  const { rows } = await query<Omit<GoneRecords, "count"> & { n: string }>(
    `select o.object, g.how, g.policy, coalesce(g.done, 'open') as done, g.reason, count(*) as n,
            (array_agg(g.key order by g.key))[1:${SHOWN}] as keys
       from migrate.gone g join migrate.origin o on o.id = g.origin_id where g.origin_id in (${ORIGINS})
      group by 1, 2, 3, 4, 5 order by 1, 6 desc, 2, 3, 4, 5`,
    [migration],
  );
  if (rows.length > 0) {
    const list = `select o.object, o.mapping, g.key, g.target_id, g.how, g.merged_into, g.gone_at::text, g.gone_by, g.policy,
        coalesce(g.done, 'open') as done, g.reason, r.name as run
      from migrate.gone g join migrate.origin o on o.id = g.origin_id left join migrate.run r on r.id = g.run_id
      where g.origin_id in (${ORIGINS}) order by g.origin_id, g.key`;
    const head = [
      "_object",
      "_mapping",
      "_key",
      "_target_id",
      "_how",
      "_merged_into",
      "_gone_at",
      "_gone_by",
      "_policy",
    ];
    await writeLines(join(folder, GONE_FILE), [...head, "_done", "_reason", "_run"], paged(query, list, [migration]));
  }
  return rows.map(({ n, ...group }) => ({ ...group, count: Number(n) }));
}

async function writeKept(query: Query, folder: string, migration: string): Promise<KeptEdits[]> {
  const { rows } = await query<Omit<KeptEdits, "count"> & { n: string }>(
    `select o.object, k.field, k.reason, count(*) as n, (array_agg(k.target_id order by k.target_id))[1:${SHOWN}] as ids
       from migrate.kept_edit k join migrate.origin o on o.id = k.origin_id where k.origin_id in (${ORIGINS})
      group by 1, 2, 3 order by 1, 4 desc, 2, 3`,
    [migration],
  );
  if (rows.length > 0) {
    const list = `select o.object, o.mapping, k.target_id, k.field, k.reason, r.name as run
      from migrate.kept_edit k join migrate.origin o on o.id = k.origin_id left join migrate.run r on r.id = k.run_id
      where k.origin_id in (${ORIGINS}) order by k.origin_id, k.target_id, k.field`;
    await writeLines(
      join(folder, KEPT_FILE),
      ["_object", "_mapping", "_target_id", "_field", "_reason", "_run"],
      paged(query, list, [migration]),
    );
  }
  return rows.map(({ n, ...group }) => ({ ...group, count: Number(n) }));
}
