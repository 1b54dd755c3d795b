/** What a rewriting of links has done: the `run.json` of such a run. */
import { emptyCounts } from "./counts.ts";
import type { Session } from "./session.ts";
import { BUCKETS, type ObjectReport, type RunReport } from "./types.ts";

export interface RewriteCount {
  /** Rows whose text was changed, and links in them. */
  rows: number;
  links: number;
  /** Links of the old system that stay; `links.csv` of the run lists them. */
  left: number;
}

export interface RewrittenField extends Readonly<RewriteCount> {
  readonly object: string;
  readonly field: string;
}

export interface RewriteReport extends RunReport {
  readonly fields: readonly RewrittenField[];
}

/** `counts`: by `object.field`. */
export function rewriteReport(
  { config, context }: Pick<Session, "config" | "context">,
  run: string,
  startedAt: Date,
  dryRun: boolean,
  counts: ReadonlyMap<string, RewriteCount>,
): RewriteReport {
  const fields = [...counts]
    .map(([name, count]): RewrittenField => {
      const [object, field] = name.split(".");
      return { object: object!, field: field!, ...count };
    })
    .filter(({ rows, left }) => rows > 0 || left > 0);
  const objects = [...Map.groupBy(fields, ({ object }) => object)].map(([object, own]): ObjectReport => {
    const { references: _, associations: __, seconds: ___, ...figures } = emptyCounts();
    const updated = own.reduce((sum, { rows }) => sum + rows, 0);
    return {
      object,
      source: "",
      mapping: object,
      ...figures,
      read: updated,
      updated,
      references: [],
      associations: null,
      seconds: 0,
    };
  });
  const totals: Record<string, number> = { read: 0, warnings: 0 };
  for (const bucket of BUCKETS) totals[bucket] = 0;
  for (const { updated } of objects) {
    totals.read! += updated;
    totals.updated! += updated;
  }
  return {
    run,
    kind: "rewrite",
    dryRun,
    status: "completed",
    name: config.name,
    source: config.source.connector,
    target: config.target.connector,
    startedAt: startedAt.toISOString(),
    finishedAt: context.now().toISOString(),
    objects,
    totals: totals as unknown as RunReport["totals"],
    rejectRate: 0,
    clean: true,
    invited: [],
    sample: null,
    only: null,
    error: null,
    fields,
  };
}
