/** `run.json` out of what the stages counted. */
import { MigrateError } from "../errors.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import type { Counts } from "./counts.ts";
import { BUCKETS, type Bucket, type ObjectReport, type RunAbout, type RunReport, type RunStatus } from "./types.ts";

export interface ReportInput {
  readonly run: string;
  readonly kind: RunReport["kind"];
  readonly dryRun: boolean;
  readonly status: RunStatus;
  readonly name: string;
  readonly source: string;
  readonly target: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly stages: readonly { readonly mapping: ObjectMapping; readonly counts: Counts | null }[];
  readonly limit: number;
  /** Records that rejects are a share of, where the run itself read fewer: a retry reads rejects alone. */
  readonly of?: number;
  readonly invited: readonly string[];
  readonly sample: number | null;
  readonly only: readonly string[] | null;
  readonly snapshot?: string | null;
  readonly about?: RunAbout;
  readonly error: unknown;
}

export function objectReport(mapping: ObjectMapping, counts: Counts): ObjectReport {
  const buckets = Object.fromEntries(BUCKETS.map((bucket) => [bucket, counts[bucket]])) as Record<Bucket, number>;
  const { expected, written, unresolved } = counts.associations;
  return {
    object: mapping.object,
    source: mapping.sources.join(", "),
    mapping: mapping.id,
    read: counts.read,
    ...buckets,
    warnings: counts.warnings,
    ...(counts.conflicts === undefined ? {} : { conflicts: counts.conflicts }),
    references: Object.entries(counts.references).map(([field, reference]) => ({ field, ...reference })),
    associations: mapping.associations.length === 0 ? null : { expected, written, unresolved },
    seconds: Math.round(counts.seconds * 1000) / 1000,
  };
}

/** Puts the report together; `clean` is false above the limit of rejects, when buckets do not add up, or without an end. */
export function makeReport(input: ReportInput): RunReport {
  const objects = input.stages
    .filter((stage) => stage.counts !== null)
    .map((stage) => objectReport(stage.mapping, stage.counts!));
  const totals: Record<string, number> = { read: 0 };
  for (const bucket of BUCKETS) totals[bucket] = 0;
  totals.warnings = 0;
  for (const object of objects) {
    totals.read! += object.read;
    totals.warnings! += object.warnings;
    for (const bucket of BUCKETS) totals[bucket]! += object[bucket];
  }
  const read = Math.max(totals.read!, input.of ?? 0);
  const rejectRate = read === 0 ? 0 : totals.rejected! / read;
  const adds = objects.every((object) => BUCKETS.reduce((sum, bucket) => sum + object[bucket], 0) === object.read);
  const error = input.error instanceof MigrateError ? input.error : null;
  return {
    run: input.run,
    ...input.about,
    kind: input.kind,
    dryRun: input.dryRun,
    status: input.status,
    name: input.name,
    source: input.source,
    target: input.target,
    startedAt: input.startedAt.toISOString(),
    finishedAt: input.finishedAt?.toISOString() ?? null,
    objects,
    totals: totals as unknown as RunReport["totals"],
    rejectRate,
    clean: input.status === "completed" && adds && rejectRate <= input.limit,
    invited: input.invited,
    sample: input.sample,
    only: input.only,
    ...(input.snapshot === undefined || input.snapshot === null ? {} : { snapshot: input.snapshot }),
    error:
      input.error === null || input.error === undefined
        ? null
        : {
            code: error?.code ?? "UNEXPECTED",
            message: error?.message ?? String((input.error as Error).message ?? input.error),
            hint: error?.hint ?? null,
          },
  };
}
