/** What a run did, as people read it. */
import { BUCKETS, type Bucket, type ObjectReport, type RunReport } from "../../core/engine/types.ts";
import { severalReasons } from "../../core/proof/format.ts";
import type { RejectSummary } from "../../core/proof/report-data.ts";
import { count, counted, duration, oneLine, percent } from "../format.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";

/** Rejects of one object with the same code and field, with the file that holds them. */
export interface RejectGroup extends RejectSummary {
  /** Relative to where the user is. */
  readonly file: string;
}

export function runLines(report: RunReport, rejects: readonly RejectGroup[], style: Style): string[] {
  return [
    headline(report, style),
    ...notes(report, style),
    "",
    ...bucketTable(report, style),
    ...referenceLines(report, style),
    ...rejectLines(report, rejects, style),
    ...errorLines(report, style),
  ];
}

function headline(report: RunReport, style: Style): string {
  const seconds =
    report.finishedAt === null ? null : (Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1000;
  const took = seconds === null ? "" : ` in ${duration(seconds)}`;
  const what = report.dryRun ? "Dry run" : "Run";
  const state =
    report.status === "completed"
      ? report.clean
        ? style.green("completed, clean")
        : style.yellow("completed, not clean")
      : style.red(report.status);
  const label = report.label === undefined ? "" : ` "${oneLine(report.label, 60)}"`;
  return `${style.bold(`${what} ${report.run}`)}${label}: ${state}${took}`;
}

function notes(report: RunReport, style: Style): readonly string[] {
  const lines: string[] = [];
  if (report.dryRun) lines.push("Nothing was written: everything was rolled back.");
  if (report.like !== undefined) lines.push(`Repeats ${report.like}.`);
  for (const { source, path } of report.files ?? []) lines.push(`Read ${path} in place of ${source}.`);
  if (report.sample !== null)
    lines.push(`A sample of ${counted(report.sample, "account")} with everything that belongs to them.`);
  if (report.only !== null) lines.push(`Only ${report.only.join(", ")}.`);
  if (report.invited.length > 0) {
    const names = report.invited.slice(0, 5).map((name) => oneLine(name, 40));
    const more = report.invited.length > 5 ? ` and ${count(report.invited.length - 5)} more` : "";
    const verb = report.dryRun ? "Would create" : "Created";
    lines.push(`${verb} ${counted(report.invited.length, "user")}, inactive: ${names.join(", ")}${more}`);
  }
  return lines.map(style.dim);
}

function bucketTable(report: RunReport, style: Style): readonly string[] {
  const row = (name: string, source: string, entry: Pick<ObjectReport, Bucket | "read" | "warnings">): string[] => [
    name,
    oneLine(source, 30),
    count(entry.read),
    ...BUCKETS.map((bucket) =>
      bucket === "rejected" && entry.rejected > 0 ? style.red(count(entry.rejected)) : count(entry[bucket]),
    ),
    count(entry.warnings),
  ];
  const rows = report.objects.map((entry) => row(entry.object, entry.source, entry));
  rows.push(row("total", "", report.totals));
  return table(
    [
      { title: "object" },
      { title: "source" },
      { title: "read", align: "right" },
      ...BUCKETS.map((title) => ({ title, align: "right" as const })),
      { title: "warnings", align: "right" },
    ],
    rows,
    { title: style.bold },
  );
}

function referenceLines(report: RunReport, style: Style): readonly string[] {
  const rows = report.objects.flatMap((entry) => [
    ...entry.references
      .filter((reference) => reference.unresolved > 0)
      .map((reference) => [
        `${entry.object}.${reference.field}`,
        `${count(reference.unresolved)} of ${count(reference.expected)} not found`,
      ]),
    ...(entry.associations !== null && entry.associations.unresolved > 0
      ? [
          [
            `${entry.object} associations`,
            `${count(entry.associations.unresolved)} of ${count(entry.associations.expected)} not found`,
          ],
        ]
      : []),
  ]);
  if (rows.length === 0) return [];
  return ["", style.bold("References"), ...table([{ title: "" }, { title: "" }], rows, { indent: 2, titles: false })];
}

function rejectLines(report: RunReport, rejects: readonly RejectGroup[], style: Style): readonly string[] {
  if (rejects.length === 0) return [];
  const several = severalReasons(report.totals.rejected, rejects)
    ? style.dim(" (records may appear under several reasons)")
    : "";
  const lines = ["", `${style.bold("Rejects by reason")}${several}`];
  for (const group of rejects.slice(0, 20)) {
    const where = group.field === "" ? group.object : `${group.object}.${group.field}`;
    lines.push(`  ${style.red(count(group.count))} ${where}  ${style.dim(group.code)}`);
    const example = group.examples[0];
    if (example === undefined) continue;
    const key = example.key !== "" ? example.key : example.line === "" ? "" : `line ${example.line}`;
    lines.push(`    for example ${key === "" ? "" : `${oneLine(key, 40)}: `}${oneLine(example.reason, 120)}`);
  }
  if (rejects.length > 20)
    lines.push(style.dim(`  and ${counted(rejects.length - 20, "more reason", "more reasons")}`));
  for (const file of new Set(rejects.map((group) => group.file))) lines.push(`  ${style.cyan(file)}`);
  return lines;
}

function errorLines(report: RunReport, style: Style): readonly string[] {
  if (report.error === null) return [];
  const { code, message, hint } = report.error;
  return [
    "",
    `${style.red("error")} ${style.dim(code)}`,
    `  ${message}`,
    ...(hint === null ? [] : [`  ${style.dim(hint)}`]),
  ];
}

/** One line that says how far from clean a run is. */
export function rateLine(report: RunReport, limit: number): string {
  return `${percent(report.rejectRate)} rejected; the limit is ${percent(limit)}`;
}

/** What to do next, after a run. */
export function nextSteps(report: RunReport, run: string): readonly string[] {
  if (report.status !== "completed") {
    return report.dryRun ? [] : [`Go on with: migrate run --resume ${run}`];
  }
  if (report.dryRun && report.kind === "retry")
    return [`Next: ${report.clean ? "" : "mend what is still rejected, or "}the same migrate retry without --dry-run`];
  const command = report.kind === "delta" ? "migrate run --delta" : "migrate run";
  if (report.dryRun)
    return report.clean
      ? [`Next: ${command}`]
      : [`Next: mend the mapping or the data, then ${command} --dry-run again`];
  return [`Next: migrate reconcile ${run}`];
}
