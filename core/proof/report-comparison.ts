/** Two runs side by side: counts, rejects by reason, sums, times, verdicts. */
import type { ObjectReport, RunReport } from "../engine/types.ts";
import type { RejectSummary, ReportData } from "./report-data.ts";
import { verdict } from "./verdict.ts";

export interface ComparedRun {
  readonly run: string;
  readonly label: string | null;
  readonly kind: string;
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
  readonly verdict: string;
  readonly sentence: string;
}

export interface ComparedCounts {
  readonly read: number;
  readonly loaded: number;
  readonly rejected: number;
  /** Merged, left out, deleted. */
  readonly other: number;
  readonly seconds: number;
  /** Rows of its records in the target; null: not reconciled. */
  readonly inTarget: number | null;
}

export interface ComparedObject {
  readonly object: string;
  readonly mapping: string;
  readonly source: string;
  /** null: the run did not load it. */
  readonly older: ComparedCounts | null;
  readonly newer: ComparedCounts | null;
}

export interface ComparedReason {
  readonly object: string;
  readonly code: string;
  readonly field: string;
  readonly older: number;
  readonly newer: number;
  readonly change: "gone" | "new" | "fewer" | "more" | "same";
}

export interface ComparedSum {
  readonly object: string;
  readonly mapping: string;
  readonly field: string;
  readonly currency: string | null | undefined;
  /** What the target held; null: not known. */
  readonly older: string | null;
  readonly newer: string | null;
}

/** What `migrate report --compare --json` prints. */
export interface Comparison {
  readonly older: ComparedRun;
  readonly newer: ComparedRun;
  readonly objects: readonly ComparedObject[];
  /** The worst first: new ones, then what grew. */
  readonly rejects: readonly ComparedReason[];
  readonly sums: readonly ComparedSum[];
}

export function compare(older: ReportData, newer: ReportData): Comparison {
  return {
    older: runOf(older),
    newer: runOf(newer),
    objects: objectsOf(older, newer),
    rejects: reasonsOf(older.rejects, newer.rejects),
    sums: sumsOf(older, newer),
  };
}

const loadedOf = ({ inserted, updated, unchanged }: RunReport["totals"] | ObjectReport): number =>
  inserted + updated + unchanged;

function runOf(data: ReportData): ComparedRun {
  const { run, reconciliation } = data;
  const took = run.finishedAt === null ? Number.NaN : (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000;
  const { word, sentence } = verdict(data);
  return {
    run: run.run,
    label: run.label ?? null,
    kind: run.kind,
    dryRun: run.dryRun,
    status: run.status,
    startedAt: run.startedAt,
    seconds: took >= 0 ? took : null,
    read: run.totals.read,
    loaded: loadedOf(run.totals),
    rejected: run.totals.rejected,
    ok: reconciliation?.ok ?? null,
    verdict: word,
    sentence,
  };
}

function objectsOf(older: ReportData, newer: ReportData): ComparedObject[] {
  const counts = ({ reconciliation }: ReportData, object: ObjectReport | undefined): ComparedCounts | null =>
    object === undefined
      ? null
      : {
          read: object.read,
          loaded: loadedOf(object),
          rejected: object.rejected,
          other: object.merged + object.filtered + object.deleted,
          seconds: object.seconds,
          inTarget: reconciliation?.objects.find(({ mapping }) => mapping === object.mapping)?.target.count ?? null,
        };
  const [before, after] = [older, newer].map(
    ({ run }) => new Map(run.objects.map((object) => [object.mapping, object])),
  );
  // in the order of the later run; what only the earlier one loaded comes last
  return [...new Set([...after!.keys(), ...before!.keys()])].map((mapping) => {
    const { object, source } = (after!.get(mapping) ?? before!.get(mapping))!;
    return {
      object,
      mapping,
      source,
      older: counts(older, before!.get(mapping)),
      newer: counts(newer, after!.get(mapping)),
    };
  });
}

const ORDER = ["new", "more", "same", "fewer", "gone"] as const;

function reasonsOf(older: readonly RejectSummary[], newer: readonly RejectSummary[]): ComparedReason[] {
  const nameOf = ({ object, code, field }: RejectSummary): string => JSON.stringify([object, code, field]);
  const before = new Map(older.map((group) => [nameOf(group), group]));
  const after = new Map(newer.map((group) => [nameOf(group), group]));
  return [...new Set([...after.keys(), ...before.keys()])]
    .map((name): ComparedReason => {
      const { object, code, field } = (after.get(name) ?? before.get(name))!;
      const [was, is] = [before.get(name)?.count ?? 0, after.get(name)?.count ?? 0];
      const change = is === was ? "same" : was === 0 ? "new" : is === 0 ? "gone" : is > was ? "more" : "fewer";
      return { object, code, field, older: was, newer: is, change };
    })
    .sort(
      (left, right) =>
        ORDER.indexOf(left.change) - ORDER.indexOf(right.change) ||
        right.newer - left.newer ||
        right.older - left.older,
    );
}

/** Sums over everything, and by currency; those by stage are in the reports. */
function sumsOf(older: ReportData, newer: ReportData): ComparedSum[] {
  const read = ({ reconciliation }: ReportData): Map<string, ComparedSum & { readonly target: string }> =>
    new Map(
      (reconciliation?.objects ?? []).flatMap(({ object, mapping, sums }) =>
        sums
          .filter(({ by }) => by.stage === undefined)
          .map(({ field, by, target }) => [
            JSON.stringify([mapping, field, by.currency === undefined ? 0 : by.currency]),
            { object, mapping, field, currency: by.currency, older: null, newer: null, target },
          ]),
      ),
    );
  const [before, after] = [read(older), read(newer)];
  return [...new Set([...after.keys(), ...before.keys()])].map((name) => {
    const { target: _target, ...sum } = (after.get(name) ?? before.get(name))!;
    return { ...sum, older: before.get(name)?.target ?? null, newer: after.get(name)?.target ?? null };
  });
}
