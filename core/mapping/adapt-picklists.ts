/** Adds values that the source's own picklists have and the shipped ones lack. */
import type { PicklistOption, TargetModel } from "../schema.ts";
import type { YamlEditor } from "../yaml-edit.ts";

/** A field that uses a shared picklist, with the values that the source describes for it. */
export interface PicklistUse {
  readonly picklist: string;
  readonly object: string;
  readonly field: string;
  readonly options: readonly PicklistOption[];
}

const fold = (text: string): string => text.trim().toLowerCase();

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
