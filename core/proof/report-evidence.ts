/** What lies beside run.json and reconciliation.json and belongs into the report: files, records, conflicts, other runs, the cutover. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RunReport } from "../engine/types.ts";
import { isLoad } from "../run-kind.ts";
import { clip } from "./format.ts";
import { readCsv } from "./read-csv.ts";
import { INDEX_FILE, type RecordIndex } from "./report-record-files.ts";
import { readJson, readRunReport } from "./run-record.ts";

export interface ConflictExample {
  readonly key: string;
  readonly source: string;
  readonly target: string;
  /** "": open. */
  readonly decision: string;
}

export interface ConflictSummary {
  readonly object: string;
  readonly field: string;
  readonly count: number;
  readonly open: number;
  readonly source: number;
  readonly target: number;
  /** Decided for a value of its own. */
  readonly other: number;
  readonly examples: readonly ConflictExample[];
}

/** A run of the same migration, this one included. */
export interface HistoryEntry {
  readonly run: string;
  readonly kind: string;
  readonly label: string | null;
  readonly dryRun: boolean;
  readonly status: string;
  readonly startedAt: string;
  /** null: it has no end. */
  readonly seconds: number | null;
  readonly read: number;
  readonly loaded: number;
  readonly rejected: number;
  /** null: not reconciled. */
  readonly ok: boolean | null;
  /** Its folder holds a report. */
  readonly report: boolean;
}

/** The part of `runs/cutover.json` that is shown. */
export interface CutoverBoard {
  readonly at: string;
  readonly next: string | null;
  readonly done: boolean;
  readonly stages: readonly {
    readonly name: string;
    readonly objects?: readonly string[] | null;
    readonly until?: string | null;
    readonly delta?: boolean;
    readonly freeze?: boolean;
    readonly state: string;
    readonly attempts: readonly {
      readonly status: string;
      readonly run: string | null;
      readonly gates: readonly { readonly gate: string; readonly ok: boolean; readonly found: string }[];
    }[];
    readonly signOffs: readonly {
      readonly run: string;
      readonly signer: string;
      readonly remark: string | null;
      readonly signedAt: string;
    }[];
  }[];
}

export interface Evidence {
  /** Paths of files in the run's folder. */
  readonly files: ReadonlySet<string>;
  /** null: `migrate reconcile` has not written it. */
  readonly records: RecordIndex | null;
  readonly conflicts: readonly ConflictSummary[];
  /** Oldest first, this run last; of one run alone: itself. */
  readonly history: readonly HistoryEntry[];
  /** Runs before those of `history`. */
  readonly earlierRuns: number;
  readonly board: CutoverBoard | null;
  /** SHA-256 of what a signature is about, by file. */
  readonly fingerprints: Readonly<Record<string, string>>;
}

/** Of a folder that holds nothing else. */
export const NO_EVIDENCE: Evidence = {
  files: new Set(),
  records: null,
  conflicts: [],
  history: [],
  earlierRuns: 0,
  board: null,
  fingerprints: {},
};

/** Runs that are compared at most. */
const HISTORY = 24;
const EXAMPLES = 3;
/** Distinct (object, field) at most. */
const GROUPS = 300;
const VALUE_LENGTH = 80;
const SUBFOLDERS = ["rejects", "records", "differences"];

export async function readEvidence(runsDir: string, run: RunReport): Promise<Evidence> {
  const folder = join(runsDir, run.run);
  const files = await filesOf(folder);
  const [history, earlierRuns] = await readHistory(runsDir, run);
  const signed = ["run.json", "plan.json", "reconciliation.json"].filter((file) => files.has(file));
  return {
    files,
    records: run.dryRun ? null : await readJson<RecordIndex>(join(folder, INDEX_FILE)),
    conflicts: files.has("conflicts.csv") ? await readConflicts(join(folder, "conflicts.csv")) : [],
    history,
    earlierRuns,
    board: await readBoard(runsDir, run.name),
    fingerprints: Object.fromEntries(
      await Promise.all(signed.map(async (file) => [file, await sha256(join(folder, file))] as const)),
    ),
  };
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

async function filesOf(folder: string): Promise<ReadonlySet<string>> {
  const below = await Promise.all(
    SUBFOLDERS.map(async (name) => (await namesIn(join(folder, name))).map((file) => `${name}/${file}`)),
  );
  return new Set([...(await namesIn(folder)), ...below.flat()]);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest("hex");
}

async function readBoard(runsDir: string, migration: string): Promise<CutoverBoard | null> {
  // written by another command: one that cannot be read is no reason not to report the run
  const board = await readJson<CutoverBoard & { readonly migration: string }>(join(runsDir, "cutover.json")).catch(
    () => null,
  );
  return board?.migration === migration && Array.isArray(board.stages) ? board : null;
}

async function readConflicts(file: string): Promise<ConflictSummary[]> {
  type Group = { -readonly [Name in keyof ConflictSummary]: ConflictSummary[Name] } & { examples: ConflictExample[] };
  const groups = new Map<string, Group>();
  for await (const row of readCsv(file)) {
    const cell = (name: string): string => row.get(name) ?? "";
    const [object, field, decision] = [cell("_object"), cell("_field"), cell("decision")];
    const name = JSON.stringify([object, field]);
    let group = groups.get(name);
    if (group === undefined) {
      if (groups.size >= GROUPS) continue;
      group = { object, field, count: 0, open: 0, source: 0, target: 0, other: 0, examples: [] };
      groups.set(name, group);
    }
    group.count++;
    if (decision === "") group.open++;
    else if (decision === "source" || decision === "target") group[decision]++;
    else group.other++;
    if (group.examples.length < EXAMPLES) {
      const [key, source, target] = [cell("_key"), cell("source"), cell("target")].map((text) =>
        clip(text, VALUE_LENGTH),
      );
      group.examples.push({ key: key!, source: source!, target: target!, decision: clip(decision, VALUE_LENGTH) });
    }
  }
  return [...groups.values()].sort((left, right) => right.open - left.open || right.count - left.count);
}

/** Runs that load, up to this one, oldest first; and how many came before those. */
async function readHistory(runsDir: string, run: RunReport): Promise<readonly [HistoryEntry[], number]> {
  const names = (await readdir(runsDir, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const found: RunReport[] = [];
  for (const name of names) {
    // a folder whose run.json is half written is no reason not to report this one
    const other = name === run.run ? run : await readRunReport(join(runsDir, name)).catch(() => null);
    if (other !== null && other.name === run.name && isLoad(other) && other.startedAt <= run.startedAt)
      found.push(other);
  }
  found.sort((a, b) => a.startedAt.localeCompare(b.startedAt) || Number(a === run) - Number(b === run));
  const shown = found.slice(-HISTORY);
  return [await Promise.all(shown.map((other) => entryOf(runsDir, other))), found.length - shown.length];
}

async function entryOf(runsDir: string, run: RunReport): Promise<HistoryEntry> {
  const { totals, startedAt, finishedAt } = run;
  const folder = join(runsDir, run.run);
  const seconds = finishedAt === null ? Number.NaN : (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  return {
    run: run.run,
    kind: run.kind,
    label: run.label ?? null,
    dryRun: run.dryRun,
    status: run.status,
    startedAt,
    seconds: seconds >= 0 ? seconds : null,
    read: totals.read,
    loaded: totals.inserted + totals.updated + totals.unchanged,
    rejected: totals.rejected,
    ok: run.dryRun ? null : await verdictOf(join(folder, "reconciliation.json")),
    report: (await namesIn(folder)).includes("report.html"),
  };
}

const HEAD = 65_536;

/** `ok` of a reconciliation, from the beginning of the file: it may be large. */
async function verdictOf(file: string): Promise<boolean | null> {
  const handle = await open(file).catch(() => null);
  if (handle === null) return null;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    const found = /^ {0,2}"ok": ?(true|false)/m.exec(buffer.toString("utf8", 0, bytesRead));
    return found === null ? null : found[1] === "true";
  } finally {
    await handle.close();
  }
}
