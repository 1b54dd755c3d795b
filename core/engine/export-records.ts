/** The records of a bucket as lines of a file: key, id in the target, and every column that the target has of them now. */
import type pg from "pg";
import { ConfigError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import type { ModelObject } from "../schema.ts";
import { dbError } from "../store/database.ts";
import { ident, literal, table } from "../store/quote.ts";
import { type BucketChunk, bucketChunks, bucketObjects } from "./records.ts";
import { csvCell } from "./run-files.ts";
import type { Session } from "./session.ts";
import type { Bucket } from "./types.ts";

export type ExportFormat = "table" | "jsonl";

/** Keys that are looked up at once: bounds the memory. */
const PAGE = 2_000;
/** What comes before the columns of the target. */
const OWN = ["_object", "_key", "_id"] as const;

interface Columns {
  readonly object: ModelObject;
  /** Quoted, with its schema. */
  readonly table: string;
  /** All but the id; none where there is no table. */
  readonly names: readonly string[];
}

/**
 * Text of the file, piece by piece, whatever its size. CSV opens in spreadsheet programs as it is: with a byte order mark, and
 * what they would take for a formula behind an apostrophe; of several objects all columns stand side by side. A record without a row
 * (rejected, left out, deleted since) has its key alone. `onRecords` is told how many were written so far.
 * Throws ConfigError RUN_UNKNOWN, OBJECT_UNKNOWN.
 */
export async function* exportBucket(
  session: Session,
  wanted: {
    readonly run: string;
    readonly bucket: Bucket;
    readonly object: string | null;
    readonly format: ExportFormat;
  },
  onRecords: (records: number) => void = () => undefined,
): AsyncIterable<string> {
  const { run, bucket, format } = wanted;
  const client = await session.database.connect();
  try {
    const found = await bucketObjects(client, run, bucket);
    if (wanted.object !== null && !session.model.objects.has(wanted.object))
      throw unknownObject(wanted.object, session);
    const objects = found.filter((name) => wanted.object === null || name === wanted.object);
    const columns = new Map<string, Columns | null>();
    for (const name of objects) columns.set(name, await columnsOf(client, session, name));
    const all = [...new Set([...columns.values()].flatMap((each) => each?.names ?? []))];
    if (format === "table") yield `\uFEFF${[...OWN, ...all].map(csvCell).join(",")}\r\n`;
    let records = 0;
    for await (const chunk of bucketChunks(client, run, bucket)) {
      if (!columns.has(chunk.object)) continue;
      const own = columns.get(chunk.object)!;
      for (let from = 0; from < chunk.keys.length; from += PAGE) {
        const page = { ...chunk, keys: chunk.keys.slice(from, from + PAGE) };
        yield format === "table" ? await csvLines(client, page, own, all) : await jsonLines(client, page, own);
        records += page.keys.length;
        onRecords(records);
      }
    }
  } catch (error) {
    throw dbError(error);
  } finally {
    client.release();
  }
}

function unknownObject(object: string, session: Session): ConfigError {
  const names = [...session.model.objects.keys()];
  const near = nearest(object, names);
  return new ConfigError("OBJECT_UNKNOWN", `the model ${session.model.name} has no object "${object}"`, {
    hint: near === null ? `It has ${names.join(", ")}.` : `Did you mean ${near}?`,
  });
}

/** null: the model has no such object any more. */
async function columnsOf(client: pg.ClientBase, session: Session, name: string): Promise<Columns | null> {
  const object = session.model.objects.get(name);
  if (object === undefined) return null;
  const quoted = table(session.model.schema, object.table);
  const { rows } = await client.query<{ name: string }>(
    `select attname::text as name from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped
     order by attnum`,
    [quoted],
  );
  return { object, table: quoted, names: rows.map((row) => row.name).filter((column) => column !== object.idColumn) };
}

/** `from` of a query over the keys of a page: k (key, id) and, where there is a row, t. */
function rowsOf(
  chunk: BucketChunk,
  { object, table: name, names }: Columns,
): readonly [sql: string, values: unknown[]] {
  const id = ident(object.idColumn);
  const mapped = `(select m.target_id from migrate.id_map m where m.external_source = $2 and m.object = $3 and m.external_id = u.key)`;
  const values = [[...chunk.keys], chunk.externalSource, object.name];
  if (names.length === 0)
    return [`(select u.key, ${mapped} as id, u.at from unnest($1::text[]) with ordinality u(key, at)) k`, values];
  const own = `(select x.${id}::text from ${name} x where x.external_source = $2 and x.external_id = u.key)`;
  const row = object.hasExternalId ? `coalesce(${own}, ${mapped})` : mapped;
  return [
    `(select u.key, ${row} as id, u.at from unnest($1::text[]) with ordinality u(key, at)) k
       left join ${name} t on t.${id} = k.id::${object.idType}`,
    values,
  ];
}

async function csvLines(
  client: pg.ClientBase,
  chunk: BucketChunk,
  own: Columns | null,
  all: readonly string[],
): Promise<string> {
  const line = (cells: readonly (string | null)[]): string => `${cells.map(csvCell).join(",")}\r\n`;
  if (own === null) return chunk.keys.map((key) => line([chunk.object, key, null, ...all.map(() => null)])).join("");
  const [from, values] = rowsOf(chunk, own);
  const list = own.names.map((column) => `, t.${ident(column)}::text`).join("");
  const { rows } = await client.query<(string | null)[]>({
    text: `select k.key, k.id${list} from ${from} order by k.at`,
    values,
    rowMode: "array",
  });
  const at = new Map(own.names.map((column, index) => [column, index + 2]));
  return rows
    .map((row) => line([chunk.object, row[0]!, row[1]!, ...all.map((column) => row[at.get(column) ?? -1] ?? null)]))
    .join("");
}

async function jsonLines(client: pg.ClientBase, chunk: BucketChunk, own: Columns | null): Promise<string> {
  if (own === null)
    return chunk.keys.map((key) => `${JSON.stringify({ _object: chunk.object, _key: key, _id: null })}\n`).join("");
  const [from, values] = rowsOf(chunk, own);
  const columns =
    own.names.length === 0 ? "'{}'::jsonb" : `coalesce(to_jsonb(t) - ${literal(own.object.idColumn)}, '{}')`;
  const { rows } = await client.query<{ line: string }>(
    `select (jsonb_build_object('_object', $3::text, '_key', k.key, '_id', k.id) || ${columns})::text as line from ${from} order by k.at`,
    values,
  );
  return rows.map(({ line }) => `${line}\n`).join("");
}
