/** Manifests of objects: read leniently (a process may die while it writes), written line by line. */
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PRIVATE_FILE, writeWhole } from "../private-files.ts";
import type { Position } from "../record.ts";
import { type BlockLine, type EndLine, type LayoutLine, MANIFEST_FILE } from "./format.ts";

export interface Block extends BlockLine {
  /** Index of its layout. */
  readonly layout: number;
  /** Records of the object before it, bad ones included. */
  readonly before: number;
}

/** What is recorded of an object. */
export interface ObjectLog {
  readonly dir: string;
  readonly layouts: readonly LayoutLine[];
  readonly blocks: readonly Block[];
  readonly records: number;
  /** The object was read to its end. */
  readonly complete: boolean;
  /** Where the source goes on; null: at the beginning. */
  readonly next: Position | null;
}

export const emptyLog = (dir: string): ObjectLog => {
  return { dir, layouts: [], blocks: [], records: 0, complete: false, next: null };
};

type Line = LayoutLine | BlockLine | EndLine;

/** The manifest's lines up to the first that is cut off; null when there is none. */
async function readLines(dir: string): Promise<Line[] | null> {
  const text = await readFile(join(dir, MANIFEST_FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  const lines: Line[] = [];
  for (const line of text.split("\n").slice(0, -1)) {
    try {
      lines.push(JSON.parse(line) as Line);
    } catch {
      break;
    }
  }
  return lines;
}

/** Reads what an object's folder says; null when nothing of the object was recorded. */
export async function readLog(dir: string): Promise<ObjectLog | null> {
  const lines = await readLines(dir);
  if (lines === null) return null;
  const layouts: LayoutLine[] = [];
  const blocks: Block[] = [];
  let records = 0;
  let complete = false;
  for (const line of lines) {
    if ("columns" in line) layouts.push(line);
    else if ("end" in line) complete = line.records === records;
    else {
      blocks.push({ ...line, layout: layouts.length - 1, before: records });
      records += line.rows + line.bad;
    }
  }
  return { dir, layouts, blocks, records, complete, next: blocks.at(-1)?.next ?? null };
}

/** The log up to its last block after which the source can go on. */
export function resumable(log: ObjectLog): ObjectLog {
  if (log.complete) return log;
  let kept = log.blocks.length;
  while (kept > 0 && log.blocks[kept - 1]!.next === null) kept--;
  return upTo(log, kept);
}

/** The first `kept` blocks alone. */
export function upTo(log: ObjectLog, kept: number): ObjectLog {
  const blocks = log.blocks.slice(0, kept);
  const last = blocks.at(-1);
  return {
    ...log,
    layouts: log.layouts.slice(0, (last?.layout ?? -1) + 1),
    blocks,
    records: last === undefined ? 0 : last.before + last.rows + last.bad,
    complete: false,
    next: last?.next ?? null,
  };
}

/** Replaces the manifest as a whole. */
export async function writeLog(log: ObjectLog): Promise<void> {
  const lines: string[] = [];
  let layout = -1;
  for (const { layout: index, before: _, ...line } of log.blocks) {
    if (index !== layout) lines.push(JSON.stringify(log.layouts[index]));
    layout = index;
    lines.push(JSON.stringify(line));
  }
  const path = join(log.dir, MANIFEST_FILE);
  await writeWhole(path, lines.map((line) => `${line}\n`).join(""));
}

export const appendLine = (dir: string, line: Line): Promise<void> =>
  appendFile(join(dir, MANIFEST_FILE), `${JSON.stringify(line)}\n`, { mode: PRIVATE_FILE });
