/** A plan as people read it. */
import type { OwnerCoverage, PicklistCoverage, Plan, PlanStage, ValueCoverage } from "../../core/engine/types.ts";
import { count, counted, duration, oneLine, sourceOfRepeated } from "../format.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";
import { deltaPlanLines } from "./plan-delta.ts";

export interface PlanViewOptions {
  readonly style: Style;
  /** Every value, owner and column, not only those that need attention. */
  readonly verbose: boolean;
}

/** How a value ends where it does not simply become its option. */
const VALUE_WORDS: Readonly<Record<ValueCoverage["how"], string>> = {
  mapped: "",
  label: "by label",
  same: "",
  kept: "kept as it is",
  fallback: "by `unmapped`",
  null: "becomes null",
  reject: "records are rejected",
  stop: "NOT MAPPED: stops the plan",
};

const OWNER_WORDS: Readonly<Record<OwnerCoverage["how"], string>> = {
  map: "by map",
  email: "by e-mail",
  name: "by name",
  external_id: "by id",
  invite: "new user, inactive",
  fallback: "by `unmatched`",
  inactive: "by `inactive`",
  null: "becomes null",
  reject: "records are rejected",
  stop: "NOT MATCHED: stops the plan",
};

export function planLines(plan: Plan, options: PlanViewOptions): string[] {
  const { style } = options;
  const lines = [
    style.bold(`Plan of ${plan.name}: ${plan.source} -> ${plan.target}`),
    style.dim(`Scope: ${plan.scope}`),
    "",
    ...(plan.delta === undefined ? stageLines(plan.stages, style) : deltaPlanLines(plan.delta, style)),
  ];
  const whole = plan.delta === undefined || plan.picklists.length > 0;
  const sections: readonly (readonly string[])[] = [
    whole ? deferredLines(plan.stages, style) : [],
    picklistLines(plan.picklists, options),
    ownerLines(plan.owners, options),
    whole ? customLines(plan.stages, style) : [],
    whole ? unmappedLines(plan.stages, options) : [],
    tableLines(plan, style),
  ];
  for (const section of sections) if (section.length > 0) lines.push("", ...section);
  const costs = [
    plan.apiCalls === null ? null : callsLine(plan.apiCalls, plan.apiCallsLeft ?? null),
    plan.etaSeconds === null ? null : `Time: about ${duration(plan.etaSeconds)}`,
  ].filter((text) => text !== null);
  if (costs.length > 0) lines.push("", ...costs);
  return lines;
}

/** What a run takes of the calls that are left. */
function callsLine(calls: number, left: number | null): string {
  if (left === null) return `API calls: about ${count(calls)}`;
  const line = `API calls: about ${count(calls)} for a run; ${count(left)} are left for this migration today`;
  return calls <= left ? line : `${line}: it will stop on the way (exit code 4) and go on with --resume`;
}

function stageLines(stages: readonly PlanStage[], style: Style): readonly string[] {
  const rows = stages.map((stage, at) => [
    String(at + 1),
    stage.object,
    oneLine(stage.source, 40),
    count(stage.count),
    stage.filtered === 0 ? "" : count(stage.filtered),
    String(stage.fields),
    stage.mode === "upsert" ? "" : stage.mode,
    oneLine(stage.filter ?? "", 40),
  ]);
  const total = stages.reduce((sum, stage) => sum + stage.count, 0);
  const filtered = stages.reduce((sum, stage) => sum + stage.filtered, 0);
  rows.push(["", "total", "", count(total), filtered === 0 ? "" : count(filtered), "", "", ""]);
  return table(
    [
      { title: "#", align: "right" },
      { title: "object" },
      { title: "source" },
      { title: "records", align: "right" },
      { title: "filtered", align: "right" },
      { title: "fields", align: "right" },
      { title: "mode" },
      { title: "filter" },
    ],
    rows,
    { title: style.bold },
  );
}

/** What becomes of a field that is filled in later, by the mapping's `missing:`; plans of earlier versions do not tell it. */
function deferredNote(missing: string | undefined): string {
  const later = "filled in after a later stage";
  if (missing === "reject") {
    return `${later}; a missing record then leaves it empty and the reconciliation fails, unless missing: null`;
  }
  if (missing === "association") return `${later}; a missing record is a warning, the link is not written`;
  return missing === undefined ? later : `${later}; a missing record leaves it empty, with a warning`;
}

function deferredLines(stages: readonly PlanStage[], style: Style): readonly string[] {
  const rows = stages.flatMap((stage) => [
    ...stage.selfReferences.map((field) => [`${stage.object}.${field}`, "refers to its own object: parents go first"]),
    ...stage.deferred.map((field) => [`${stage.object}.${field}`, deferredNote(stage.missing?.[field])]),
  ]);
  if (rows.length === 0) return [];
  return [
    style.bold("References with an order"),
    ...table([{ title: "" }, { title: "" }], rows, { indent: 2, titles: false }),
  ];
}

const fine = (value: ValueCoverage): boolean => value.how === "mapped" || value.how === "same" || value.how === "label";

type Used = Pick<ValueCoverage, "count" | "lastUse" | "openAmounts">;

/** `last used 2024-03-01, EUR 500.00 open`; "" where nothing is known. */
function stakeWords({ lastUse, openAmounts = [] }: Used): string {
  const amounts = openAmounts.map(({ currency, amount }) => `${currency === null ? "" : `${currency} `}${amount}`);
  return [
    ...(lastUse === undefined ? [] : [`last used ${lastUse.slice(0, 10)}`]),
    ...(amounts.length === 0 ? [] : [`${amounts.join(" + ")} open`]),
  ].join(", ");
}

/** `12 records, last used 2024-03-01, EUR 500.00 open`. */
export function useWords(used: Used): string {
  const stake = stakeWords(used);
  return `${counted(used.count, "record")}${stake === "" ? "" : `, ${stake}`}`;
}

/** Columns of values, what becomes of them, and what is at stake. */
const COVERAGE = [{ title: "" }, { title: "", align: "right" as const }, { title: "" }, { title: "" }, { title: "" }];

/** The values of each picklist field with their counts; without `verbose` only those that need a look. */
export function picklistLines(
  picklists: readonly PicklistCoverage[],
  { style, verbose }: PlanViewOptions,
): readonly string[] {
  if (picklists.length === 0) return [];
  const lines = [style.bold("Picklists")];
  for (const { object, field, kind, values } of picklists) {
    const records = values.reduce((sum, value) => sum + value.count, 0);
    const covered = values.filter(fine).reduce((sum, value) => sum + value.count, 0);
    const open = values.filter((value) => !fine(value));
    const state =
      open.length === 0
        ? style.green("all mapped")
        : style.yellow(`${counted(open.length, "value")} to look at, ${counted(records - covered, "record")}`);
    const noun = kind === undefined ? "value" : kind;
    lines.push(`  ${object}.${field}: ${counted(values.length, noun)} in ${counted(records, "record")}, ${state}`);
    const shown = verbose ? values : open;
    const rows = shown
      .slice(0, verbose ? undefined : 10)
      .map((value) => [
        oneLine(value.value, 40),
        count(value.count),
        value.target === null ? "" : `-> ${oneLine(value.target, 40)}`,
        VALUE_WORDS[value.how],
        stakeWords(value),
      ]);
    lines.push(...table(COVERAGE, rows, { indent: 4, titles: false }));
    if (shown.length > rows.length)
      lines.push(style.dim(`    and ${count(shown.length - rows.length)} more (--verbose)`));
  }
  return lines;
}

/** Owners with counts; without `verbose` those that are simply found are only counted. */
export function ownerLines(owners: readonly OwnerCoverage[], { style, verbose }: PlanViewOptions): readonly string[] {
  if (owners.length === 0) return [];
  const found = (owner: OwnerCoverage): boolean => ["map", "email", "name", "external_id"].includes(owner.how);
  const records = owners.reduce((sum, owner) => sum + owner.count, 0);
  const open = owners.filter((owner) => !found(owner));
  const state = open.length === 0 ? style.green("all found") : style.yellow(`${count(open.length)} to look at`);
  const lines = [
    `${style.bold("Owners")}: ${counted(owners.length, "owner")} of ${counted(records, "record")}, ${state}`,
  ];
  const shown = verbose ? owners : open;
  const rows = shown
    .slice(0, verbose ? undefined : 15)
    .map((owner) => [
      oneLine(owner.owner, 40),
      count(owner.count),
      owner.target === null ? "" : `-> ${oneLine(owner.target, 40)}`,
      OWNER_WORDS[owner.how],
      stakeWords(owner),
    ]);
  lines.push(...table(COVERAGE, rows, { indent: 2, titles: false }));
  if (shown.length > rows.length) lines.push(style.dim(`  and ${count(shown.length - rows.length)} more (--verbose)`));
  return lines;
}

function customLines(stages: readonly PlanStage[], style: Style): readonly string[] {
  const shown = stages.filter((stage) => stage.custom.length > 0);
  const from = sourceOfRepeated(shown);
  const rows = shown.map((stage, at) => [
    stage.object,
    oneLine(from[at]!, 40),
    stage.custom.map(({ field, type }) => `${field} (${type})`).join(", "),
  ]);
  if (rows.length === 0) return [];
  return [
    style.bold("Fields kept in custom"),
    ...table([{ title: "" }, { title: "" }, { title: "" }], rows, { indent: 2, titles: false }),
  ];
}

function unmappedLines(stages: readonly PlanStage[], { style, verbose }: PlanViewOptions): readonly string[] {
  const rows = stages
    .filter((stage) => stage.unmapped.length > 0)
    .map((stage) => {
      const shown = verbose ? stage.unmapped : stage.unmapped.slice(0, 8);
      const more = stage.unmapped.length - shown.length;
      return [
        oneLine(stage.source, 40),
        shown.map((name) => oneLine(name, 40)).join(", ") + (more > 0 ? ` and ${more} more` : ""),
      ];
    });
  if (rows.length === 0) return [];
  return [
    style.bold("Source columns that are not mapped"),
    ...table([{ title: "" }, { title: "" }], rows, { indent: 2, titles: false }),
  ];
}

function tableLines(plan: Plan, style: Style): readonly string[] {
  const { create, extend } = plan.tables;
  const rows: string[][] = [];
  if (create.length > 0) rows.push(["create", create.join(", ")]);
  if (extend.length > 0) rows.push(["extend", extend.join(", ")]);
  if (rows.length === 0) return [];
  return [style.bold("Tables"), ...table([{ title: "" }, { title: "" }], rows, { indent: 2, titles: false })];
}
