/** What a report is made of, gathered from the files of a run's folder: a dry run has nothing else. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Plan, RunReport } from "../engine/types.ts";
import { ConfigError } from "../errors.ts";
import { clip } from "./format.ts";
import { readCsv } from "./read-csv.ts";
import { readJson, readPlan, readRunReport } from "./run-record.ts";
import type { Reconciliation } from "./types.ts";

export interface RejectExample {
  readonly key: string;
  readonly value: string;
  readonly reason: string;
  readonly line: string;
}

export interface RejectSummary {
  readonly object: string;
  readonly code: string;
  readonly field: string;
  readonly count: number;
  readonly examples: readonly RejectExample[];
}

export interface WarningSummary {
  readonly object: string;
  readonly code: string;
  readonly field: string;
  readonly count: number;
  readonly example: RejectExample;
}

export interface ReportData {
  readonly run: RunReport;
  readonly plan: Plan | null;
  /** null: not reconciled yet, or a dry run. */
  readonly reconciliation: Reconciliation | null;
  readonly rejects: readonly RejectSummary[];
  readonly warnings: readonly WarningSummary[];
  /** ISO 8601. */
  readonly generatedAt: string;
}

const EXAMPLES = 5;
/** Distinct (object, code, field) at most. */
const GROUPS = 500;

/** Reads a run's folder. Throws ConfigError RUN_NOT_FOUND when it holds no run.json. */
export async function readReportData(runDir: string, now: Date): Promise<ReportData> {
  const run = await readRunReport(runDir);
  if (run === null) {
    throw new ConfigError("RUN_NOT_FOUND", `expected run.json in ${runDir}, found none`, {
      hint: "List the runs: migrate runs list.",
    });
  }
  return {
    run,
    plan: await readPlan(runDir),
    reconciliation: run.dryRun ? null : await readJson<Reconciliation>(join(runDir, "reconciliation.json")),
    rejects: await summariseRejects(join(runDir, "rejects")),
    warnings: (await summarise(join(runDir, "warnings.csv"), "")).map(({ examples, ...group }) => ({
      ...group,
      example: examples[0]!,
    })),
    generatedAt: now.toISOString(),
  };
}

async function summariseRejects(folder: string): Promise<RejectSummary[]> {
  let files: string[];
  try {
    files = (await readdir(folder)).filter((file) => file.endsWith(".csv")).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  const all: RejectSummary[] = [];
  for (const file of files) all.push(...(await summarise(join(folder, file), file.slice(0, -".csv".length))));
  return all;
}

/** Groups of one file, the largest first. */
async function summarise(file: string, object: string): Promise<RejectSummary[]> {
  const groups = new Map<
    string,
    { object: string; code: string; field: string; count: number; examples: RejectExample[] }
  >();
  for await (const row of readCsv(file)) {
    const cell = (name: string): string => row.get(`_${name}`) ?? row.get(name) ?? "";
    const [of, code, field] = [object || cell("object"), cell("code"), cell("field")];
    const name = JSON.stringify([of, code, field]);
    let group = groups.get(name);
    if (group === undefined) {
      if (groups.size >= GROUPS) continue;
      group = { object: of, code, field, count: 0, examples: [] };
      groups.set(name, group);
    }
    group.count++;
    if (group.examples.length < EXAMPLES) {
      group.examples.push({
        key: clip(cell("key"), 80),
        value: clip(cell("value")),
        reason: clip(cell("reason"), 300),
        line: cell("line"),
      });
    }
  }
  return [...groups.values()].sort(
    (left, right) => right.count - left.count || left.code.localeCompare(right.code, "en"),
  );
}
