/** Suggestions for stages of a source's pipelines: target options by label, else by how likely success is there. */
import type { PicklistOption } from "../schema.ts";
import { matchOption } from "./suggest-values.ts";
import { STAGE_RULES, type StageRule } from "./synonyms-stages.ts";

export interface StageSuggestion {
  readonly target: string;
  /** label: the stage is called so; probability: by how likely success is there, or by being closed. */
  readonly how: "label" | "probability";
}

/** `target` is `object.field`; `options` are the model's. null: nothing can be said. */
export function suggestStage(
  { label, stage }: PicklistOption,
  target: string,
  options: readonly PicklistOption[],
): StageSuggestion | null {
  const rule = STAGE_RULES[target];
  if (rule === undefined || stage === undefined) return null;
  const byRule = ruled(stage.probability === null ? null : Number(stage.probability), stage.isClosed, rule);
  const byLabel = matchOption(label, options).target;
  const ends = new Set([rule.won, rule.lost, rule.closed]);
  // a name counts as long as it does not contradict what the source says of the stage
  if (byLabel !== null && (stage.isClosed === null || stage.isClosed === ends.has(byLabel)))
    return { target: byLabel, how: "label" };
  return byRule === null || !options.some(({ value }) => value === byRule)
    ? null
    : { target: byRule, how: "probability" };
}

function ruled(probability: number | null, isClosed: boolean | null, rule: StageRule): string | null {
  if (isClosed === true) {
    if (probability === 1) return rule.won;
    return probability === 0 ? rule.lost : rule.closed;
  }
  if (probability === null) return isClosed === null || rule.open.length > 1 ? null : rule.open[0]![1];
  return rule.open.find(([upTo]) => probability <= upTo)?.[1] ?? null;
}
