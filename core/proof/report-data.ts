/** What a report is made of, gathered from the files of a run's folder: a dry run has nothing else. */
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Plan, RunReport } from "../engine/types.ts";
import { ConfigError } from "../errors.ts";
import { clip } from "./format.ts";
import { readCsv } from "./read-csv.ts";
import { type Evidence, readEvidence } from "./report-evidence.ts";
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
  /** Records with this problem; a record with several problems counts under each of them. */
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
  readonly evidence: Evidence;
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
    reconciliation: run.dryRun ? null : await readReconciliation(runDir, run),
    rejects: await summariseRejects(join(runDir, "rejects")),
    warnings: (await summarise(join(runDir, "warnings.csv"), "")).map(({ examples, ...group }) => ({
      ...group,
      example: examples[0]!,
    })),
    evidence: await readEvidence(dirname(runDir), { ...run, run: basename(runDir) }),
    generatedAt: now.toISOString(),
  };
}

/** A run's proof, or null; files of earlier versions lack what was added since. */
export async function readReconciliation(runDir: string, run: RunReport): Promise<Reconciliation | null> {
  type Written = Partial<Reconciliation> & Omit<Reconciliation, "clean" | "rejectRate" | "rejectLimit">;
  const proof = await readJson<Written>(join(runDir, "reconciliation.json"));
  if (proof === null) return null;
  return {
    ...proof,
    clean: proof.clean ?? (proof.ok && run.clean),
    rejectRate: proof.rejectRate ?? run.rejectRate,
    rejectLimit: proof.rejectLimit ?? 1,
    objects: proof.objects.map((object) => ({
      ...object,
      gone: (object as Partial<typeof object>).gone ?? { count: 0, keys: [] },
      associations: (object as Partial<typeof object>).associations ?? [],
    })),
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
    const of = object || cell("object");
    const told = new Set<string>();
    for (const { code, field, value, reason } of problemsOf(cell)) {
      const name = JSON.stringify([of, code, field]);
      if (told.has(name)) continue;
      told.add(name);
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
          value: clip(value),
          reason: clip(reason, 300),
          line: cell("line"),
        });
      }
    }
  }
  return [...groups.values()].sort(
    (left, right) => right.count - left.count || left.code.localeCompare(right.code, "en"),
  );
}

interface Problem {
  readonly code: string;
  readonly field: string;
  readonly value: string;
  readonly reason: string;
}

const BETWEEN = "; ";

/** The problems of one record: several stand in its cells in the same order, with `; ` between them. */
function problemsOf(cell: (name: string) => string): Problem[] {
  const codes = cell("code").split(BETWEEN);
  const only = { code: codes[0]!, field: cell("field"), value: cell("value"), reason: cell("reason") };
  if (codes.length === 1) return [only];
  const split = (name: string): string[] => {
    const parts = cell(name).split(BETWEEN);
    // a text that holds the separator itself cannot be told apart: every problem shows it whole
    return parts.length === codes.length ? parts : codes.map(() => cell(name));
  };
  const [fields, values, reasons] = [split("field"), split("value"), split("reason")];
  return codes.map((code, at) => {
    const field = fields[at]!;
    const reason = reasons[at]!;
    const prefix = `${field}: `;
    return {
      code,
      field,
      value: values[at]!,
      reason: field !== "" && reason.startsWith(prefix) ? reason.slice(prefix.length) : reason,
    };
  });
}
