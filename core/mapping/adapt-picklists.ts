/** Adds values that the source's own picklists have and the shipped ones lack. */
import type { PicklistOption, TargetModel } from "../schema.ts";
import type { YamlEditor } from "../yaml-edit.ts";
import { suggestStage } from "./suggest-stages.ts";

/** A field that uses a shared picklist, with the values that the source describes for it. */
export interface PicklistUse {
  readonly picklist: string;
  readonly object: string;
  readonly field: string;
  readonly options: readonly PicklistOption[];
}

const fold = (text: string): string => text.trim().toLowerCase();

/**
 * Writes stages of the source's pipelines into the picklists, each with its pipeline and name beside it; `all`: also those whose
 * name the picklist knows. Returns what was taken for what by how likely success is, one sentence for each stage.
 */
export function addStages(
  editor: YamlEditor,
  uses: readonly PicklistUse[],
  model: TargetModel,
  all: boolean,
): { readonly changed: boolean; readonly assumed: readonly string[] } {
  let changed = false;
  const assumed: string[] = [];
  for (const name of editor.keys(["picklists"])) {
    for (const { picklist, object, field, options } of uses) {
      if (picklist !== name) continue;
      const own = model.objects.get(object)?.fields.get(field)?.options ?? [];
      for (const option of options) {
        const { value, label, stage } = option;
        const values = ["picklists", name, "values"];
        const written = new Map(editor.keys(values).map((key) => [fold(key), String(editor.get([...values, key]))]));
        if (stage === undefined || written.has(fold(value))) continue;
        const known =
          written.get(fold(label)) ??
          own.find((target) => [target.value, target.label].some((text) => fold(text) === fold(label)))?.value;
        if (known !== undefined && !all) continue;
        const found = known === undefined ? suggestStage(option, `${object}.${field}`, own) : null;
        const target = known ?? found?.target;
        if (target === undefined) continue;
        const where = `${stage.pipeline}: ${label}`.replace(/\s+/g, " ");
        editor.set([...values, value], target, known === undefined ? `check: ${where}${likely(option)}` : where);
        changed = true;
        if (known === undefined) assumed.push(`${name}: ${where}${likely(option)} becomes ${target}`);
      }
    }
  }
  return { changed, assumed };
}

function likely({ stage }: PicklistOption): string {
  if (stage === undefined) return "";
  const { probability, isClosed } = stage;
  const percent = probability === null ? [] : [`${Math.round(Number(probability) * 1000) / 10} %`];
  const told = [...percent, ...(isClosed === true ? ["closed"] : [])];
  return told.length === 0 ? "" : ` (${told.join(", ")})`;
}

/** Names the values above `unmapped`; a picklist that would stop at them keeps them instead. Returns a note for each. */
export function addPicklistValues(editor: YamlEditor, uses: readonly PicklistUse[], model: TargetModel): string[] {
  const notes: string[] = [];
  for (const name of editor.keys(["picklists"])) {
    const own = uses.filter(({ picklist }) => picklist === name);
    const known = new Set(editor.keys(["picklists", name, "values"]).map(fold));
    for (const { object, field } of own) {
      for (const option of model.objects.get(object)?.fields.get(field)?.options ?? []) {
        known.add(fold(option.value));
        known.add(fold(option.label));
      }
    }
    const found = own.flatMap(({ options }) =>
      options.filter(({ value, label }) => value.trim() !== "" && !known.has(fold(value)) && !known.has(fold(label))),
    );
    const lacking = [...new Set(found.map(({ value }) => value))];
    if (lacking.length === 0) continue;
    const before = String(editor.get(["picklists", name, "unmapped"]) ?? "stop");
    const after = before === "stop" ? "keep" : before;
    if (after !== before) editor.set(["picklists", name, "unmapped"], after);
    const fate =
      after === "keep"
        ? "kept as they are"
        : after === "null"
          ? "left empty"
          : after === "reject"
            ? "rejected"
            : `become ${after}`;
    const written = lacking.map((value) => JSON.stringify(value)).join(", ");
    editor.commentAbove(["picklists", name, "unmapped"], [`TODO in this source and not above, ${fate}: ${written}`]);
    notes.push(
      `${name}: ${lacking.length === 1 ? "1 value" : `${lacking.length} values`} of this source without a target value (${fate})`,
    );
  }
  return notes;
}
