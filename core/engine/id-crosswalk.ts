/** The id crosswalk: which record of the source is which row of the target, aliases of merged records included. */
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { ConfigError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import { parquetTexts } from "../parquet-file.ts";
import { PRIVATE_FILE } from "../private-files.ts";
import type { ModelObject } from "../schema.ts";
import { dbError } from "../store/db-error.ts";
import { ident, literal, table } from "../store/quote.ts";
import { hasLedger } from "./merge/plan.ts";
import type { Session } from "./session.ts";

export const CROSSWALK_COLUMNS = [
  "external_source",
  "source_object",
  "source_id",
  "target_object",
  "target_id",
  "kind",
] as const;

export type CrosswalkFormat = "csv" | "parquet";

export interface CrosswalkOptions {
  /** Target objects; null: all. */
  readonly objects: readonly string[] | null;
  readonly format: CrosswalkFormat;
  /** A file, replaced once all is written; or a stream, which is left open (CSV alone). */
  readonly out: string | Writable;
}

export interface CrosswalkCount {
  readonly object: string;
  readonly ids: number;
  /** Of them, ids of records that were merged into others. */
  readonly aliases: number;
}

/** Rows per row group, and per fetch. */
const PAGE = 50_000;

/**
 * Writes every id of this migration's records whose row is in the target, object by object, in order of the source's ids.
 * `kind`: row (the row holds it as external_id), match (the record was recognised by another field), merge or alias (a record
 * that was merged into this one). Memory stays bounded. Throws ConfigError OBJECT_UNKNOWN, IDS_NONE, IDS_FILE.
 */
export async function exportIds(session: Session, options: CrosswalkOptions): Promise<CrosswalkCount[]> {
  const wanted = chosen(session, options.objects);
  const client = await session.database.connect();
  try {
    const { rows } = await client.query<{ found: string | null }>(
      "select to_regclass('migrate.origin')::text as found",
    );
    if (rows[0]!.found === null) throw nothingThere();
    // one state of the database for counts and rows
    await client.query("begin isolation level repeatable read read only");
    // another migration may have left its state, and nothing of ours be there yet
    const { rows: there } = await client.query<{ found: string | null }>(
      "select to_regclass(name)::text as found from unnest($1::text[]) with ordinality as n(name, at) order by at",
      [wanted.map((object) => table(session.model.schema, object.table))],
    );
    const objects = wanted.filter((_, at) => there[at]!.found !== null);
    if (objects.length === 0) throw nothingThere();
    const counts = await count(client, session, objects);
    if (typeof options.out !== "string") await writeCsv(client, session, objects, options.out);
    else await writeFile(client, session, objects, options.format, options.out);
    await client.query("commit");
    client.release();
    return counts;
  } catch (error) {
    client.release(true);
    throw dbError(error);
  }
}

const nothingThere = (): ConfigError =>
  new ConfigError("IDS_NONE", "expected ids of loaded records, found none: nothing has been loaded into this target", {
    hint: "Load first: migrate run.",
  });

function chosen({ model, mappings }: Session, wanted: readonly string[] | null): ModelObject[] {
  const mapped = [...model.objects.values()].filter(({ name }) =>
    mappings.mappings.some((mapping) => mapping.object === name),
  );
  if (wanted === null) return mapped;
  return wanted.map((name) => {
    const found = mapped.find((object) => object.name === name);
    if (found !== undefined) return found;
    const names = mapped.map((object) => object.name);
    const near = nearest(name, names);
    throw new ConfigError("OBJECT_UNKNOWN", `no mapping loads an object called "${name}"`, {
      hint: near === null ? `There are ${names.join(", ")}.` : `Did you mean ${near}?`,
    });
  });
}

/** `select` of the columns, of one object. */
export function idsSql(session: Session, object: ModelObject): string {
  const name = literal(session.config.source.name);
  const ours = (column: string): string => `(${column} = ${name} or starts_with(${column}, ${name} || '/'))`;
  const target = table(session.model.schema, object.table);
  const id = `t.${ident(object.idColumn)}`;
  const label = literal(object.name);
  // a mapping's id is its object, "<", and the source objects that it reads
  const source = `coalesce(nullif(substr(o.mapping, strpos(o.mapping, '<') + 1), ''), o.mapping)`;
  const mapped = `select m.external_source, ${source} as source_object, m.external_id as source_id, ${label} as target_object,
      m.target_id, m.kind
    from migrate.id_map m left join migrate.origin o on o.id = m.origin_id
    join ${target} t on ${id} = m.target_id::${object.idType} where m.object = ${label} and ${ours("m.external_source")}`;
  if (!hasLedger(object)) return mapped;
  return `${mapped} union all
    select distinct on (t.external_source, t.external_id, ${id}) t.external_source, ${source}, t.external_id, ${label}, ${id}::text, 'row'
      from migrate.ledger l join migrate.origin o on o.id = l.origin_id and o.object = ${label}
      join ${target} t on ${id} = l.target_id and t.external_source = o.external_source and t.external_id is not null
     where ${ours("o.external_source")}
       and not exists (select from migrate.id_map m where m.external_source = t.external_source and m.object = ${label} and m.external_id = t.external_id)`;
}

const ordered = (session: Session, object: ModelObject): string =>
  `select ${CROSSWALK_COLUMNS.join(", ")} from (${idsSql(session, object)}) u order by external_source, source_id collate "C", kind`;

async function count(
  client: pg.ClientBase,
  session: Session,
  objects: readonly ModelObject[],
): Promise<CrosswalkCount[]> {
  const counts: CrosswalkCount[] = [];
  for (const object of objects) {
    const { rows } = await client.query<{ ids: string; aliases: string }>(
      `select count(*) as ids, count(*) filter (where kind in ('merge', 'alias')) as aliases from (${idsSql(session, object)}) u`,
    );
    counts.push({ object: object.name, ids: Number(rows[0]!.ids), aliases: Number(rows[0]!.aliases) });
  }
  if (counts.every(({ ids }) => ids === 0)) throw nothingThere();
  return counts;
}

async function writeCsv(
  client: pg.ClientBase,
  session: Session,
  objects: readonly ModelObject[],
  out: Writable,
): Promise<void> {
  async function* lines(): AsyncGenerator<string | Buffer> {
    yield `${CROSSWALK_COLUMNS.join(",")}\n`;
    for (const object of objects)
      yield* (client as pg.Client).query(copyTo(`copy (${ordered(session, object)}) to stdout (format csv)`));
  }
  // one pipeline for all objects: each would add its own listeners to the output
  await pipeline(lines, out, { end: false });
}

async function writeParquet(
  client: pg.ClientBase,
  session: Session,
  objects: readonly ModelObject[],
  path: string,
): Promise<void> {
  const file = await parquetTexts(path, CROSSWALK_COLUMNS);
  try {
    for (const object of objects) {
      await client.query(`declare crosswalk no scroll cursor for ${ordered(session, object)}`);
      for (;;) {
        const { rows } = await (client as pg.Client).query<(string | null)[]>({
          text: `fetch ${PAGE} from crosswalk`,
          rowMode: "array",
        });
        await file.write(rows);
        if (rows.length < PAGE) break;
      }
      await client.query("close crosswalk");
    }
    await file.finish();
  } finally {
    await file.close();
  }
}

/** Writes beside the file first: a half one never bears its name. */
async function writeFile(
  client: pg.ClientBase,
  session: Session,
  objects: readonly ModelObject[],
  format: CrosswalkFormat,
  path: string,
): Promise<void> {
  const half = join(dirname(path), `.${randomBytes(6).toString("hex")}.half`);
  try {
    if (format === "parquet") await writeParquet(client, session, objects, half);
    else {
      const stream = createWriteStream(half, { mode: PRIVATE_FILE });
      await new Promise<void>((resolve, reject) => stream.once("open", () => resolve()).once("error", reject));
      await writeCsv(client, session, objects, stream);
      await new Promise<void>((resolve, reject) =>
        stream.end((error?: Error | null) => (error ? reject(error) : resolve())),
      );
    }
    await rename(half, path);
  } catch (error) {
    await rm(half, { force: true });
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!/^(ENOENT|EACCES|EISDIR|ENOTDIR|ENOSPC|EROFS|EPERM|EEXIST|ENOTEMPTY)$/.test(code)) throw error;
    throw new ConfigError("IDS_FILE", `cannot write ${path}: ${(error as Error).message}`, {
      hint: "Name a file in a folder that exists and can be written to.",
      cause: error,
    });
  }
}
