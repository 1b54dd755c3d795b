/** Draws what the engine tells: bars on a terminal, plain lines elsewhere. Everything goes to stderr. */
import { BUCKETS, type EngineEvent, type ObjectReport } from "../core/engine/types.ts";
import type { ProofEvent } from "../core/proof/types.ts";
import { count, counted, duration } from "./format.ts";
import type { Output } from "./output.ts";

/** Milliseconds between plain lines of one stage, and between repaints. */
const PLAIN_EVERY = 10_000;
const PAINT_EVERY = 100;
/** Id of the line for reading ahead. */
const SCAN = "\u0000scan";

export interface Progress {
  on(event: EngineEvent | ProofEvent): void;
  /** Wipes the bars. Call it before printing the result, also after errors. */
  end(): void;
}

interface Running {
  readonly label: string;
  readonly startedAt: number;
  total: number | null;
  read: number;
  saidAt: number;
}

export function createProgress(output: Output, now: () => number): Progress {
  const running = new Map<string, Running>();
  const ended = new Set<string>();
  const scanned = new Map<string, number>();
  let painted = 0;
  let paintedAt = 0;

  const wipe = (): void => {
    if (painted > 0) output.raw(`\u001b[${painted}A\u001b[0J`);
    painted = 0;
  };
  const paint = (force: boolean): void => {
    const time = now();
    if (!output.live || (!force && time - paintedAt < PAINT_EVERY)) return;
    paintedAt = time;
    wipe();
    // stages may be announced long before their first record
    const moving = [...running.values()].filter((stage) => stage.read > 0);
    const lines = moving.map((stage) => barLine(stage, time, output.columns));
    if (lines.length > 0) output.raw(`${lines.join("\n")}\n`);
    painted = lines.length;
  };
  const say = (line: string): void => {
    wipe();
    output.note(line);
    paint(true);
  };
  const start = (id: string, label: string, total: number | null): void => {
    const time = now();
    running.set(id, { label, startedAt: time, total, read: 0, saidAt: time });
    if (output.live) paint(true);
    else say(`${label}: ${total === null ? "reading" : `reading ${counted(total, "record")}`}`);
  };
  const advance = (id: string, label: string, read: number, total: number | null): void => {
    const time = now();
    let stage = running.get(id);
    if (stage === undefined) {
      stage = { label, startedAt: time, total, read, saidAt: time };
      running.set(id, stage);
    }
    stage.read = read;
    if (total !== null) stage.total = total;
    if (output.live) paint(false);
    else if (time - stage.saidAt >= PLAIN_EVERY) {
      stage.saidAt = time;
      output.note(plainLine(stage, time));
    }
  };
  /** Reading ahead of any stage (counts and values for the plan): one line for all sources together. */
  const scan = (mapping: string, read: number): void => {
    scanned.set(mapping, read);
    advance(
      SCAN,
      "counting records and values",
      [...scanned.values()].reduce((sum, count) => sum + count, 0),
      null,
    );
  };

  return {
    on: (event) => {
      switch (event.type) {
        case "stage-start":
          running.delete(SCAN);
          return start(event.mapping, `${event.object} <- ${event.source}`, event.total);
        case "progress":
          return running.has(event.mapping)
            ? advance(event.mapping, event.mapping, event.read, event.total)
            : scan(event.mapping, event.read);
        case "stage-end":
          running.delete(event.report.mapping);
          if (ended.has(event.report.mapping)) {
            const done = output.noteStyle.green("done");
            return say(`${done} references of ${nameOf(event.report)} filled in${openReferences(event.report)}`);
          }
          ended.add(event.report.mapping);
          return say(`${output.noteStyle.green("done")} ${stageLine(event.report)}`);
        case "note":
          return say(event.message);
        case "proof-start":
          return output.live ? undefined : say(`reading the source again: ${counted(event.records, "record")}`);
        case "proof-progress":
          return advance(`proof ${event.source}`, `compare ${event.source}`, event.read, event.total);
        case "proof-object": {
          for (const id of running.keys()) if (id.startsWith("proof ")) running.delete(id);
          const { object, mapping, ok, source } = event.proof;
          const word = ok ? output.noteStyle.green("ok") : output.noteStyle.red("NOT OK");
          return say(
            `${word} ${nameOf({ object, mapping, source: source.name })}: ${counted(source.count, "record")} compared`,
          );
        }
      }
    },
    end: () => {
      wipe();
      running.clear();
    },
  };
}

function rate(stage: Running, time: number): number {
  const seconds = (time - stage.startedAt) / 1000;
  return seconds > 0 ? stage.read / seconds : 0;
}

function eta(stage: Running, time: number): string {
  const speed = rate(stage, time);
  if (stage.total === null || speed === 0 || time - stage.startedAt < 1000) return "";
  return `, ${duration(Math.max(0, (stage.total - stage.read) / speed))} left`;
}

function plainLine(stage: Running, time: number): string {
  const of = stage.total === null ? "" : ` of ${count(stage.total)}`;
  return `${stage.label}: ${count(stage.read)}${of}, ${count(rate(stage, time))}/s${eta(stage, time)}`;
}

/** `contact  ████████░░░░  62 %  62,000 of 100,000, 41,000/s, 0.9 s left`, cut to the terminal's width. */
function barLine(stage: Running, time: number, columns: number): string {
  const share = stage.total === null || stage.total === 0 ? null : Math.min(1, stage.read / stage.total);
  const bar =
    share === null
      ? ""
      : `${"█".repeat(Math.round(share * 20)).padEnd(20, "░")} ${String(Math.floor(share * 100)).padStart(3)} %  `;
  const of = stage.total === null ? "" : ` of ${count(stage.total)}`;
  const text = `${stage.label.padEnd(24)} ${bar}${count(stage.read)}${of}, ${count(rate(stage, time))}/s${eta(stage, time)}`;
  return [...text].slice(0, Math.max(20, columns - 1)).join("");
}

/** `contact`; `task <- emails` where several mappings load the object. */
function nameOf(entry: { readonly object: string; readonly mapping: string; readonly source: string }): string {
  return entry.mapping === entry.object ? entry.object : `${entry.object} <- ${entry.source}`;
}

/** `contact: 905 read in 0.4 s: 900 inserted, 5 rejected`. */
function stageLine(report: ObjectReport): string {
  const parts = BUCKETS.filter((bucket) => report[bucket] > 0).map((bucket) => `${count(report[bucket])} ${bucket}`);
  const tail = parts.length === 0 ? "" : `: ${parts.join(", ")}`;
  return `${nameOf(report)}: ${count(report.read)} read in ${duration(report.seconds)}${tail}`;
}

/** `, 3 not found`: references and links that lead nowhere. */
function openReferences({ references, associations }: ObjectReport): string {
  const open = references.reduce((sum, { unresolved }) => sum + unresolved, associations?.unresolved ?? 0);
  return open === 0 ? "" : `, ${count(open)} not found`;
}
