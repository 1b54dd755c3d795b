/** `migrate runs`: history, one run, the records of a bucket. */
import { join } from "node:path";
import type { Bucket, RunReport } from "../../core/engine/types.ts";
import type { Reconciliation } from "../../core/proof/types.ts";
import type { App } from "../app.ts";
import { count, duration, oneLine } from "../format.ts";
import { rejectGroups } from "../run-folder.ts";
import { table } from "../table.ts";
import { runLines } from "../views/run.ts";

export async function list(app: App): Promise<number> {
  const { listRuns } = await import("../../core/engine/index.ts");
  const { output } = app;
  const runs = [...(await listRuns(join(app.baseDir, "runs")))].sort((a, b) => (a.run < b.run ? 1 : -1));
  output.document({ runs });
  if (output.json) return 0;
  if (runs.length === 0) output.print("No runs yet. Start with: migrate run --dry-run");
  else output.print([...runTable(runs, output.style.bold), ...openRunLines(runs)]);
  return 0;
}

/**
 * What run.json alone cannot tell: a run that was killed says "running" for good. Only the newest may really be at work, since
 * one run at a time loads into a target; all others were cut off.
 */
function stateOf(run: RunReport, runs: readonly RunReport[]): string {
  if (run.status === "completed") return run.clean ? "clean" : "not clean";
  if (run.status !== "running") return run.status;
  return run === runs[0] ? "running?" : "cut off";
}

/** What to do about a newest run without an end. `runs`: newest first. */
export function openRunLines(runs: readonly RunReport[]): readonly string[] {
  const newest = runs[0];
  if (newest?.status !== "running") return [];
  const again = newest.kind === "rollback" ? `migrate rollback ${newest.undoes}` : `migrate run --resume ${newest.run}`;
  const next = newest.dryRun ? "migrate run --dry-run" : again;
  return ["", `${newest.run} has no end yet: it is at work, or it was cut off. If it is not at work: ${next}`];
}

/** One line per run, newest first. */
export function runTable(runs: readonly RunReport[], title: (text: string) => string): readonly string[] {
  const named = runs.some(({ label }) => label !== undefined);
  const rows = runs.map((run) => {
    const seconds =
      run.finishedAt === null ? "" : duration((Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000);
    const state = stateOf(run, runs);
    const { totals } = run;
    return [
      run.run,
      ...(named ? [oneLine(run.label ?? "", 30)] : []),
      run.dryRun ? "dry run" : run.kind,
      state,
      seconds,
      ...[totals.read, totals.inserted, totals.updated, totals.unchanged, totals.rejected].map(count),
    ];
  });
  const number = (name: string) => ({ title: name, align: "right" as const });
  return table(
    [
      { title: "run" },
      ...(named ? [{ title: "name" }] : []),
      { title: "kind" },
      { title: "state" },
      number("time"),
      number("read"),
      number("inserted"),
      number("updated"),
      number("unchanged"),
      number("rejected"),
    ],
    rows,
    { title },
  );
}

export async function show(app: App, id: string): Promise<number> {
  const { readRun } = await import("../../core/engine/index.ts");
  const { output } = app;
  const runsDir = join(app.baseDir, "runs");
  const report = await readRun(runsDir, id);
  output.document(report);
  if (output.json) return 0;
  const { readReconciliation } = await import("../../core/proof/report-data.ts");
  const proof = report.dryRun ? null : await readReconciliation(join(runsDir, report.run), report);
  const rejects =
    report.totals.rejected === 0 ? [] : await rejectGroups(join(runsDir, report.run), app.cwd, app.context.now());
  output.print(runLines(provenReferences(report, proof), rejects, output.style));
  return 0;
}

/** References as the reconciliation found them in the target, where there is one: the run counted what it staged. */
function provenReferences(report: RunReport, proof: Reconciliation | null): RunReport {
  const objects = report.objects.map((object) => {
    const proven = proof?.objects.find(({ mapping }) => mapping === object.mapping);
    return proven === undefined ? object : { ...object, references: proven.references };
  });
  return { ...report, objects };
}

/** Keys, one a line: `object<TAB>key`, or the keys alone when one object is asked for. */
export async function records(app: App, id: string, bucket: Bucket, object: string | null): Promise<number> {
  const { recordsOf } = await import("../../core/engine/index.ts");
  const { output } = app;
  return app.withSession(async (session) => {
    const found: { object: string; key: string }[] = [];
    let lines: string[] = [];
    for await (const record of recordsOf(session, id, bucket)) {
      if (object !== null && record.object !== object) continue;
      if (output.json) found.push({ object: record.object, key: record.key });
      else lines.push(object === null ? `${record.object}\t${record.key}` : record.key);
      if (lines.length >= 10_000) {
        output.print(lines);
        lines = [];
      }
    }
    output.print(lines);
    output.document({ run: id, bucket, object, records: found });
    return 0;
  });
}
