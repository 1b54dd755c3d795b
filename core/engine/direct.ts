/**
 * The short way for a first fill: rows are copied straight into the target, without staging and without a merge.
 * Possible where nothing can be found in the target that is not known here: the table was empty, repeated keys were
 * taken out already, and every lookup refers to a table small enough to be held in memory. Rows with a reference that is
 * not found, and whole chunks that the target refuses, take the usual way.
 */
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { StageColumn } from "../mapping/compiled.ts";
import { CopyWriter } from "../store/copy-writer.ts";
import { ident, table } from "../store/quote.ts";
import { addReference, type Counts } from "./counts.ts";
import type { DirectBuffers } from "./direct-buffers.ts";
import { inPieces, type Lane } from "./lane.ts";
import { candidates } from "./merge/lookups.ts";
import { isSimple } from "./merge/merge.ts";
import type { LookupPlan, MergePlan } from "./merge/plan.ts";
import { isDataError } from "./merge/refused.ts";
import { statement } from "./sql.ts";
import { hashField, hashId } from "./value-hash.ts";

/** Referenced records held in memory, at most, over all lookups of a stage: about 100 bytes each. */
const REFERENCES_LIMIT = 300_000;
/** Signature, flags and extension length of binary COPY. */
const COPY_HEADER = 19;

const SAME_TYPE: Readonly<Record<string, string>> = {
  text: "text",
  bigint: "int8",
  numeric: "numeric",
  boolean: "bool",
  date: "date",
  "timestamp with time zone": "timestamptz",
  "text[]": "text[]",
  jsonb: "jsonb",
};

/** What is done with a staging column on its way into the target. */
type Action =
  | { readonly kind: "copy" }
  /** A blank becomes the time of the copy, as the column's default would have it. */
  | { readonly kind: "stamp" }
  | { readonly kind: "lookup"; readonly lookup: LookupPlan; readonly ids: ReadonlyMap<string, number> };

export interface DirectFill {
  readonly copyTarget: string;
  readonly actions: readonly Action[];
  /** Encoded external source, length included. */
  readonly source: Buffer;
  readonly idDefault: string;
  /** Place of each column's hash in `written`, from 0; -1: none is kept. */
  readonly places: Int32Array;
  /** Size of `written`. */
  readonly width: number;
}

export interface Filled {
  /** Keys of the rows that went in. */
  readonly keys: string[];
  /** Rows that must take the usual way; may be empty. */
  readonly rest: CopyWriter;
}

/** True when every column reaches the target in the binary form in which it is staged. */
function sameTypes(columns: readonly StageColumn[]): boolean {
  return columns.every((column) => {
    if (column.role === "lookup") return true;
    // how the server writes json is its own affair, and so is the hash of it
    if (column.role !== "value" || column.type === "jsonb") return false;
    // lists that add to what the target has are no values yet
    return column.field!.appends !== true && SAME_TYPE[column.field!.model!.columnType] === column.type;
  });
}

/** Prepares the short way for a stage that begins with an empty table; null when the usual way must be taken. */
export async function prepareDirect(client: pg.ClientBase, plan: MergePlan): Promise<DirectFill | null> {
  const { object } = plan;
  const { columns } = plan.compiled;
  if (!plan.model.managed || !isSimple(plan) || plan.custom !== null || !sameTypes(columns)) return null;
  if (object.idType !== "bigint" || object.idDefault === null) return null;
  // further rows of records have to be set aside
  if (plan.mapping.duplicates === "combine") return null;
  if (!plan.lookups.every((lookup) => isPlain(lookup))) return null;
  const tables = new Map<string, ReadonlyMap<string, number>>();
  let held = 0;
  for (const lookup of plan.lookups) {
    const parent = lookup.objects[0]!;
    const key = `${parent.name}\n${lookup.sources[0]}`;
    if (tables.has(key)) continue;
    const ids = await readIds(client, plan, lookup, REFERENCES_LIMIT - held);
    if (ids === null) return null;
    held += ids.size;
    tables.set(key, ids);
  }
  const byColumn = new Map(plan.lookups.map((lookup) => [lookup.column.name, lookup]));
  const actions = columns.map((column): Action => {
    const lookup = byColumn.get(column.name);
    if (lookup !== undefined) {
      return { kind: "lookup", lookup, ids: tables.get(`${lookup.objects[0]!.name}\n${lookup.sources[0]}`)! };
    }
    const target = column.field!.model!.column;
    return { kind: object.hasTimestamps && (target === "created_at" || target === "updated_at") ? "stamp" : "copy" };
  });
  const names = columns.map((column) => byColumn.get(column.name)?.target ?? column.field!.model!.column);
  const source = new CopyWriter(1024);
  source.length = 0;
  source.text(plan.externalSource);
  return {
    copyTarget: `copy ${plan.table} (${[object.idColumn, "external_source", "external_id", ...names].map(ident).join(", ")}) from stdin (format binary)`,
    actions,
    source: Buffer.from(source.buffer.subarray(0, source.length)),
    idDefault: object.idDefault,
    places: Int32Array.from(names, (name) => {
      const field = plan.written.find(({ columns: [first] }) => first!.column === name);
      return field === undefined ? -1 : field.position - 1;
    }),
    width: Math.max(0, ...plan.written.map(({ position }) => position)),
  };
}

function isPlain(lookup: LookupPlan): boolean {
  return (
    (lookup.kind === "direct" || isKeyed(lookup)) &&
    lookup.typeTarget === null &&
    lookup.targetType === "bigint" &&
    lookup.objects[0]!.idType === "bigint"
  );
}

/** By the source id of one object, whose records may have further ids in the id map. */
function isKeyed({ kind, by, targets, sources }: LookupPlan): boolean {
  return (
    kind === "map" && by === null && targets.length === 1 && sources.length === 1 && targets[0]!.object.hasExternalId
  );
}

/** Keys that mean several records are left out: their rows take the usual way. */
async function readIds(
  client: pg.ClientBase,
  plan: MergePlan,
  lookup: LookupPlan,
  limit: number,
): Promise<ReadonlyMap<string, number> | null> {
  const { rows } = await client.query<{ key: string; id: string }>(
    statement((sql) => {
      const parent = lookup.objects[0]!;
      if (lookup.kind === "map") {
        return `select k as key, min(id) as id from (${candidates(plan, lookup.targets[0]!, lookup, sql)}) c
          group by k having count(distinct id) = 1 limit ${sql.param(limit + 1, "int8")}`;
      }
      return `select external_id as key, ${ident(parent.idColumn)} as id from ${table(plan.model.schema, parent.table)}
        where external_source = ${sql.param(lookup.sources[0], "text")} limit ${sql.param(limit + 1, "int8")}`;
    }),
  );
  if (rows.length > limit || rows.some((row) => Number(row.id) > Number.MAX_SAFE_INTEGER)) return null;
  return new Map(rows.map((row) => [row.key, Number(row.id)]));
}

/** New ids for `count` rows. They are one block unless someone else inserts at the same time. */
async function reserveIds(client: pg.ClientBase, fill: DirectFill, count: number): Promise<(index: number) => number> {
  const { rows } = await client.query<{ first: string; last: string }>(
    `select min(id)::text as first, max(id)::text as last from (select ${fill.idDefault} as id from generate_series(1, $1)) ids`,
    [count],
  );
  const first = Number(rows[0]!.first);
  if (Number(rows[0]!.last) - first === count - 1) return (index) => first + index;
  const more = await client.query<{ id: string }>(`select ${fill.idDefault} as id from generate_series(1, $1)`, [
    count,
  ]);
  return (index) => Number(more.rows[index]!.id);
}

/** Fields of the row at hand: where each begins (its length word); one entry more than columns. */
function fieldStarts(buffer: Buffer, at: number, starts: Int32Array): number {
  for (let field = 0; field < starts.length - 1; field++) {
    starts[field] = at;
    const size = buffer.readInt32BE(at);
    at += 4 + Math.max(size, 0);
  }
  starts[starts.length - 1] = at;
  return at;
}

interface Built {
  readonly keys: string[];
  readonly references: readonly { expected: number; resolved: number }[];
}

function build(
  plan: MergePlan,
  fill: DirectFill,
  staged: CopyWriter,
  buffers: DirectBuffers,
  idAt: (index: number) => number,
  version: number,
  now: number,
): Built {
  const { target, ledger, rest } = buffers;
  const { actions, source, places, width } = fill;
  const hashes = new Int32Array(width);
  // positions of fields that this mapping no longer has stay unknown
  const known = Array.from(hashes, (_, place) => places.includes(place));
  const whole = known.every((one) => one);
  const types = plan.compiled.columns.map(({ type }) => type);
  target.reset();
  ledger.reset();
  rest.reset();
  const { buffer, length } = staged;
  const starts = new Int32Array(4 + actions.length);
  const ids = new Array<number>(actions.length).fill(0);
  const keys: string[] = [];
  const references = actions.map(() => ({ expected: 0, resolved: 0 }));
  const runId = Number(plan.runId);
  let at = COPY_HEADER;
  while (at < length) {
    const rowAt = at;
    at = fieldStarts(buffer, at + 2, starts);
    let complete = true;
    for (let i = 0; i < actions.length; i++) {
      const action = actions[i]!;
      if (action.kind !== "lookup") continue;
      const from = starts[3 + i]! + 4;
      const to = starts[4 + i]!;
      ids[i] = -1;
      // a null has no bytes and a length of -1; a blank text cannot be here
      if (to <= from) continue;
      const id = action.ids.get(buffer.utf8Slice(from, to));
      if (id === undefined) complete = false;
      else ids[i] = id;
    }
    if (!complete) {
      rest.raw(buffer, rowAt, at);
      rest.rows++;
      continue;
    }
    const id = idAt(keys.length);
    keys.push(buffer.utf8Slice(starts[1]! + 4, starts[2]!));
    target.row(3 + actions.length);
    target.int8(id);
    target.raw(source, 0, source.length);
    target.raw(buffer, starts[1]!, starts[2]!);
    let from = 3;
    for (let i = 0; i < actions.length; i++) {
      const action = actions[i]!;
      const place = places[i]!;
      if (action.kind === "copy" || (action.kind === "stamp" && buffer.readInt32BE(starts[3 + i]!) >= 0)) {
        if (place >= 0) hashes[place] = hashField(types[i]!, buffer, starts[3 + i]!);
        continue;
      }
      // everything since the last special column goes over in one piece
      target.raw(buffer, starts[from]!, starts[3 + i]!);
      from = 4 + i;
      if (action.kind === "stamp") {
        target.timestamptz(now);
        if (place >= 0) hashes[place] = hashField("timestamptz", target.buffer, target.length - 12);
      } else if (ids[i]! < 0) {
        target.null();
        if (place >= 0) hashes[place] = 0;
      } else {
        if (place >= 0) hashes[place] = hashId(ids[i]!);
        references[i]!.expected++;
        references[i]!.resolved++;
        target.int8(ids[i]!);
      }
    }
    target.raw(buffer, starts[from]!, at);
    ledger.row(6);
    ledger.int4(plan.originId);
    ledger.int8(id);
    ledger.raw(buffer, starts[2]!, starts[3]!);
    ledger.int4(version);
    ledger.int8(runId);
    if (width === 0) ledger.null();
    else ledger.int4Array(hashes, whole ? null : known);
  }
  return { keys, references };
}

async function copy(client: pg.ClientBase, text: string, rows: Buffer): Promise<void> {
  await pipeline(inPieces(rows), (client as pg.Client).query(copyFrom(text)));
}

/**
 * Copies the staged rows of a chunk into the target and the ledger. Runs in the lane's transaction. null: the target
 * refused something, everything was undone, and the chunk must take the usual way.
 */
export async function fillDirectly(
  lane: Lane,
  plan: MergePlan,
  fill: DirectFill,
  staged: CopyWriter,
  buffers: DirectBuffers,
  counts: Counts,
): Promise<Filled | null> {
  const { client } = lane;
  if (!lane.transactional) await client.query("savepoint direct");
  try {
    const idAt = await reserveIds(client, fill, staged.rows);
    const { rows } = await client.query<{ version: string; now: string }>(
      "select pg_current_xact_id()::xid::text as version, (extract(epoch from now()) * 1000)::int8::text as now",
    );
    const { keys, references } = build(
      plan,
      fill,
      staged,
      buffers,
      idAt,
      Number(rows[0]!.version),
      Number(rows[0]!.now),
    );
    if (keys.length > 0) {
      await copy(client, fill.copyTarget, buffers.target.finish());
      await copy(
        client,
        "copy migrate.ledger (origin_id, target_id, hash, version, run_id, written) from stdin (format binary)",
        buffers.ledger.finish(),
      );
    }
    if (!lane.transactional) await client.query("release savepoint direct");
    for (const [index, action] of fill.actions.entries()) {
      if (action.kind !== "lookup") continue;
      addReference(counts, action.lookup.field.target, { ...references[index]!, deferred: 0, unresolved: 0 });
    }
    counts.inserted += keys.length;
    return { keys, rest: buffers.rest };
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (lane.transactional) {
      await client.query("rollback");
      await client.query("begin");
    } else await client.query("rollback to savepoint direct");
    return null;
  }
}
