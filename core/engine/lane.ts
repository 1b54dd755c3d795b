/** A lane: one connection that fills its staging table, waits for its turn, and merges. */

import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { dbError } from "../store/database.ts";
import { joinTarget } from "../store/lock.ts";
import { type ChunkBuffers, chunkBuffers } from "./chunk.ts";
import { type DirectBuffers, directBuffers } from "./direct-buffers.ts";
import { lookupTables } from "./merge/chunk-lookups.ts";
import { type MergePlan, STAGE } from "./merge/plan.ts";
import { copyStatement, laneTables } from "./merge/stage-table.ts";

export interface Lane {
  readonly client: pg.ClientBase;
  readonly buffers: ChunkBuffers;
  readonly direct: DirectBuffers;
  /** False in a dry run: everything happens in the caller's one transaction. */
  readonly transactional: boolean;
}

export function makeLane(client: pg.ClientBase, transactional: boolean): Lane {
  return { client, buffers: chunkBuffers(), direct: directBuffers(), transactional };
}

/** Settings of a loading session. A lost asynchronous commit only means that the chunk is read again. */
const LANE_SETTINGS = [
  "set work_mem = '64MB'",
  "set maintenance_work_mem = '256MB'",
  "set jit = off",
  "set synchronous_commit = off",
  "set client_min_messages = warning",
];

/** Prepares a connection for loading into `schema`. */
export async function setUpLane(client: pg.ClientBase, schema: string): Promise<void> {
  for (const text of LANE_SETTINGS) await client.query(text);
  // the server notices early that a killed process is gone; not every platform can
  await client.query("set client_connection_check_interval = '2s'").catch(() => undefined);
  await joinTarget(client, schema);
}

/** Prepares a lane for a stage. */
export async function openLane(lane: Lane, plan: MergePlan): Promise<void> {
  for (const text of laneTables(plan)) await lane.client.query(text);
  for (const { text, values } of lookupTables(plan)) await lane.client.query(text, values);
}

const PIECE = 1 << 18;

function* pieces(buffer: Buffer): Iterable<Buffer> {
  for (let at = 0; at < buffer.length; at += PIECE) yield buffer.subarray(at, Math.min(at + PIECE, buffer.length));
}

/** A buffer as a stream of pieces: the connection takes them as fast as the server does. */
export const inPieces = (buffer: Buffer): Readable => Readable.from(pieces(buffer), { objectMode: true });

/** Empties the staging table and copies the rows into it. */
export async function copyRows(lane: Lane, plan: MergePlan, rows: Buffer): Promise<void> {
  await lane.client.query(`truncate ${STAGE}`);
  const stream = (lane.client as pg.Client).query(copyFrom(copyStatement(plan)));
  await pipeline(inPieces(rows), stream);
}

/** Runs `work` in the lane's own transaction, or inside the caller's. */
export async function inTransaction<Result>(lane: Lane, work: () => Promise<Result>): Promise<Result> {
  if (!lane.transactional) return work();
  try {
    await lane.client.query("begin");
    const result = await work();
    await lane.client.query("commit");
    return result;
  } catch (error) {
    await lane.client.query("rollback").catch(() => undefined);
    throw dbError(error);
  }
}
