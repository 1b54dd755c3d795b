/** Warns of sources that hold much less than they did when they were last loaded: an export may have been cut short. */
import type { EngineEvent, RunReport } from "../core/engine/types.ts";
import { counted } from "./format.ts";

/** Below this share of what the last run read, somebody should look. */
const LEAST_SHARE = 0.5;

export type LastReads = ReadonlyMap<string, { readonly run: string; readonly read: number }>;

/** What was last read for each mapping, by completed runs that loaded everything; `runs` newest first. */
export function lastReads(runs: readonly RunReport[]): LastReads {
  const found = new Map<string, { run: string; read: number }>();
  for (const { run, kind, status, dryRun, sample, objects } of runs) {
    if (kind !== "full" || status !== "completed" || dryRun || sample !== null) continue;
    for (const { mapping, read } of objects) if (!found.has(mapping)) found.set(mapping, { run, read });
  }
  return found;
}

export interface SourceCount {
  readonly mapping: string;
  readonly object: string;
  readonly source: string;
  readonly count: number;
}

/** The warning for one mapping, or null. */
export function shrunkLine(last: LastReads, { mapping, object, source, count }: SourceCount): string | null {
  const before = last.get(mapping);
  if (before === undefined || count >= before.read * LEAST_SHARE) return null;
  return `warning: ${object}: ${source} holds ${counted(count, "record")}, ${before.run} read ${counted(before.read, "record")}: see that the export is whole`;
}

/** Passes events on; before a stage that shrank, a note about it. */
export function watchShrunk(last: LastReads, on: (event: EngineEvent) => void): (event: EngineEvent) => void {
  return (event) => {
    on(event);
    if (event.type !== "stage-start" || event.total === null) return;
    const line = shrunkLine(last, { ...event, count: event.total });
    if (line !== null) on({ type: "note", message: line });
  };
}
