/** The one sentence that a report opens with, and its state. */
import { count, many, title } from "./format.ts";
import type { ReportData } from "./report-data.ts";

export type State = "good" | "attention" | "bad" | "neutral";

export interface Verdict {
  readonly state: State;
  /** The state in a word or two: never told by colour alone. */
  readonly word: string;
  readonly sentence: string;
  /** What follows from it. */
  readonly more: readonly string[];
}

/** Figures of the whole migration. After a reconciliation: as counted again; before: as the run counted. */
export interface Figures {
  readonly source: number;
  readonly loaded: number;
  readonly merged: number;
  readonly filtered: number;
  readonly rejected: number;
  readonly deleted: number;
  /** null: not compared yet. */
  readonly unexplained: number | null;
  readonly sums: { readonly all: number; readonly ok: number } | null;
  readonly references: { readonly expected: number; readonly resolved: number };
  /** Links between records, in `associations:`. */
  readonly links: { readonly expected: number; readonly found: number };
  readonly spots: { readonly all: number; readonly ok: number } | null;
  /** Rows of earlier runs that are in the target besides; of these, rows whose record the source no longer holds. */
  readonly earlier: number;
  readonly gone: number;
}

const total = <T>(list: readonly T[], of: (item: T) => number): number => list.reduce((sum, item) => sum + of(item), 0);

export function figures({ run, reconciliation }: ReportData): Figures {
  if (reconciliation === null) {
    const { totals } = run;
    const references = run.objects.flatMap((object) => object.references);
    return {
      source: totals.read,
      loaded: totals.inserted + totals.updated + totals.unchanged,
      merged: totals.merged,
      filtered: totals.filtered,
      rejected: totals.rejected,
      deleted: totals.deleted,
      unexplained: null,
      sums: null,
      references: { expected: total(references, (r) => r.expected), resolved: total(references, (r) => r.resolved) },
      links: { expected: 0, found: 0 },
      spots: null,
      earlier: 0,
      gone: 0,
    };
  }
  const { objects, spotChecks, sharedSources = [] } = reconciliation;
  const counted = [
    ...objects
      .filter(({ mapping }) => !sharedSources.some(({ mappings }) => mappings.includes(mapping)))
      .map((proof) => ({
        ...proof.accounted,
        source: proof.source.count,
        loaded: proof.target.count,
        unexplained: Math.abs(proof.unexplained),
      })),
    // a record that several mappings read is one record
    ...sharedSources.map((shared) => {
      const proofs = objects.filter(({ mapping }) => shared.mappings.includes(mapping));
      const lost = total(proofs, (proof) => proof.lost.count);
      return {
        ...shared,
        source: shared.count,
        loaded: Math.max(0, shared.loaded - lost),
        unexplained: Math.max(...proofs.map((proof) => Math.abs(proof.unexplained))),
      };
    }),
  ];
  const sums = objects.flatMap((object) => object.sums);
  const references = objects.flatMap((object) => object.references);
  const links = objects.flatMap((object) => object.associations);
  return {
    source: total(counted, ({ source }) => source),
    loaded: total(counted, ({ loaded }) => loaded),
    merged: total(counted, ({ merged }) => merged),
    filtered: total(counted, ({ filtered }) => filtered),
    rejected: total(counted, ({ rejected }) => rejected),
    deleted: total(counted, ({ deleted }) => deleted),
    unexplained: total(counted, ({ unexplained }) => unexplained),
    sums: { all: sums.length, ok: sums.filter((sum) => sum.ok).length },
    references: { expected: total(references, (r) => r.expected), resolved: total(references, (r) => r.resolved) },
    links: { expected: total(links, (l) => l.expected), found: total(links, (l) => l.found) },
    spots: { all: spotChecks.length, ok: spotChecks.filter((check) => check.ok).length },
    earlier: total(objects, ({ target, gone }) => Math.max(target.earlier, gone.count)),
    gone: total(objects, ({ gone }) => gone.count),
  };
}

/** `8,915 loaded, 2 merged, 12 rejected`. */
function buckets(all: Figures, loaded = "loaded"): string {
  const parts = [`${count(all.loaded)} ${loaded}`];
  for (const bucket of ["merged", "filtered", "deleted", "rejected"] as const) {
    const words = bucket === "filtered" ? "left out by the filter" : bucket;
    if (all[bucket] > 0) parts.push(`${count(all[bucket])} ${words}`);
  }
  return parts.join(", ");
}

/** Findings beside the verdict at most. */
export const PROBLEMS_FIRST = 6;

/** Why the proof failed, a sentence per finding, with the object it concerns. */
export function problemLines({ reconciliation }: ReportData): string[] {
  if (reconciliation === null) return [];
  const { objects, spotChecks } = reconciliation;
  const several = (object: string): boolean => objects.filter((other) => other.object === object).length > 1;
  const wrong = spotChecks.filter((check) => !check.ok).length;
  return [
    ...objects.flatMap((proof) => {
      const name = title(proof.object) + (several(proof.object) ? ` (${proof.source.name})` : "");
      return proof.problems.map((problem) => `${name}: ${problem}`);
    }),
    ...(wrong === 0
      ? []
      : [`${many(wrong, "record")} looked at closely ${wrong === 1 ? "differs" : "differ"} from the source.`]),
  ];
}

/** What was laid beside what, in one or two sentences: a proof is worth what it compared. */
export function comparedLine({ reconciliation }: Pick<ReportData, "reconciliation">): string {
  if (reconciliation === null) return "";
  const { objects, spotChecks } = reconciliation;
  const kinds = [
    "counts",
    ...(objects.some(({ sums }) => sums.length > 0) ? ["sums"] : []),
    ...(objects.some(({ references }) => references.length > 0) ? ["references"] : []),
    ...(objects.some(({ associations }) => associations.length > 0) ? ["links"] : []),
  ];
  const list = kinds.length === 1 ? kinds[0]! : `${kinds.slice(0, -1).join(", ")} and ${kinds.at(-1)}`;
  const looked = spotChecks.length;
  const every = (left: number): string =>
    `Compared: ${list}, and every field of every loaded record${left === 0 ? "" : `, but for ${many(left, "value")} that a policy leaves to the target`}.`;
  if (objects.length > 0 && objects.every(({ fields }) => fields !== undefined))
    return every(total(objects, ({ fields }) => total(fields?.left ?? [], ({ count }) => count)));
  if (looked === 0) return `Compared: ${list} of every record. Single fields were not compared.`;
  if (looked >= total(objects, (object) => object.target.count))
    return every(total(spotChecks, ({ fields }) => fields.filter(({ skipped }) => skipped !== null).length));
  return `Compared: ${list} of every record, and every field of ${many(looked, "record")} picked at random. Single fields of the others were not compared.`;
}

/** Rows of earlier runs that are in the target besides, a sentence per object; those that fail the proof are in its problems. */
export function earlierLines({ reconciliation }: Pick<ReportData, "reconciliation">): string[] {
  return (reconciliation?.objects ?? []).flatMap(({ object, target, gone, problems }) => {
    const others = target.earlier - gone.count;
    const words = `${many(gone.count, "row")} of earlier runs whose record the source no longer holds`;
    return [
      ...(gone.count > 0 && !problems.some((problem) => problem.startsWith(words))
        ? [`${title(object)}: ${words}.`]
        : []),
      ...(others > 0
        ? [
            `${title(object)}: ${many(others, "row")} in the target from earlier runs, whose record this run did not load.`,
          ]
        : []),
    ];
  });
}

export function verdict(data: ReportData): Verdict {
  const { run, reconciliation } = data;
  const all = figures(data);
  const rejects =
    all.rejected === 0
      ? []
      : [
          `${many(all.rejected, "rejected record")} ${all.rejected === 1 ? "is" : "are"} listed below, each with its reason.`,
        ];
  if (run.status !== "completed") {
    const why = run.error === null ? "" : ` ${run.error.message.replace(/[.\s]*$/, "")}.`;
    return {
      state: "bad",
      word: run.status === "running" ? "Not finished" : run.status.charAt(0).toUpperCase() + run.status.slice(1),
      sentence: `The run did not finish: ${many(all.source, "record")} ${all.source === 1 ? "was" : "were"} read, ${buckets(all)}.`,
      more: [
        `${why} ${run.dryRun ? "Nothing was written." : "What was loaded is kept, and the run can be resumed."}`.trim(),
      ],
    };
  }
  if (run.dryRun) {
    return {
      state: run.clean ? "neutral" : "attention",
      word: "Dry run",
      sentence: `Nothing was written. Of ${many(all.source, "record")}, ${buckets(all, "would be loaded")}.`,
      more: run.clean ? rejects : ["The limit for rejects would be exceeded.", ...rejects],
    };
  }
  if (reconciliation === null) {
    return {
      state: run.clean ? "neutral" : "attention",
      word: "Not reconciled",
      sentence: `${count(all.loaded)} of ${many(all.source, "record")} were loaded. They have not been compared with the source yet.`,
      more: [`The run counted: ${buckets(all)}. The proof is made by migrate reconcile.`, ...rejects],
    };
  }
  const besides = all.earlier === 0 ? "" : ` Besides, the target holds ${many(all.earlier, "row")} of earlier runs.`;
  if (reconciliation.ok) {
    const clean = run.clean && reconciliation.clean;
    const even = all.unexplained === 0;
    const sentence = even
      ? `${all.source === 1 ? "The one record is" : `All ${many(all.source, "record")} are`} accounted for. ${buckets(all)}.`
      : `${many(all.source, "record")} ${all.source === 1 ? "is" : "are"} accounted for within the tolerance. ${buckets(all)}, ${count(all.unexplained!)} open.`;
    return {
      state: clean ? "good" : "attention",
      word: clean ? "Proven" : "Proven, too many rejects",
      sentence: sentence + besides,
      more: [
        comparedLine(data),
        ...(clean ? [] : ["The limit for rejects was exceeded."]),
        ...rejects,
        ...earlierLines(data),
      ],
    };
  }
  const problems = problemLines(data);
  const lead =
    all.unexplained! > 0
      ? `${many(all.unexplained!, "record")} ${all.unexplained === 1 ? "is" : "are"} not accounted for.`
      : all.gone > 0
        ? `${many(all.gone, "row")} in the target ${all.gone === 1 ? "is" : "are"} of records that the source no longer holds.`
        : "Every record is counted, but source and target do not agree.";
  return {
    state: "bad",
    word: "Not proven",
    sentence: `${lead} ${buckets(all)}.${all.unexplained! === 0 && all.gone > 0 ? "" : besides}`,
    more:
      problems.length <= PROBLEMS_FIRST
        ? problems
        : [...problems.slice(0, PROBLEMS_FIRST), `${many(problems.length - PROBLEMS_FIRST, "further finding")} below.`],
  };
}
