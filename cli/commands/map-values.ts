/** `migrate map values`: the picklist values that the source holds, and what they become. */
import type { PicklistCoverage } from "../../core/engine/types.ts";
import { ConfigError } from "../../core/errors.ts";
import type { FieldMapping, MappingSet } from "../../core/mapping/types.ts";
import { nearest } from "../../core/nearest.ts";
import type { App } from "../app.ts";
import { count } from "../format.ts";
import { aligned, scalar } from "../init/yaml-lines.ts";
import { createProgress } from "../progress.ts";
import { picklistLines } from "../views/plan.ts";

export async function mapValues(app: App, wanted: string | null): Promise<number> {
  const { makePlan } = await import("../../core/engine/index.ts");
  const { output } = app;
  const progress = createProgress(output, Date.now);
  try {
    return await app.withSession(async (session) => {
      const plan = await makePlan(session, progress.on, { strict: false });
      progress.end();
      const picklists = choose(plan.picklists, wanted);
      output.document({ picklists });
      if (output.json) return 0;
      if (picklists.length === 0) output.print("No mapped field is a picklist.");
      output.print(picklistLines(picklists, { style: output.style, verbose: true }));
      const stubs = picklists.flatMap((list) => stubLines(list, session.mappings));
      if (stubs.length > 0)
        output.print(["", output.style.dim("# values without an option, to be completed:"), "picklists:", ...stubs]);
      return 0;
    });
  } finally {
    progress.end();
  }
}

/** `opportunity`, `opportunity.stage`, or everything. */
function choose(all: readonly PicklistCoverage[], wanted: string | null): readonly PicklistCoverage[] {
  if (wanted === null) return all;
  const found = all.filter((list) => list.object === wanted || `${list.object}.${list.field}` === wanted);
  if (found.length > 0) return found;
  const names = all.map((list) => `${list.object}.${list.field}`);
  const near = nearest(wanted, names);
  throw new ConfigError("FIELD_UNKNOWN", `no mapped picklist field is called "${wanted}"`, {
    hint: near === null ? `There are ${names.join(", ") || "none"}.` : `Did you mean ${near}?`,
  });
}

/** The YAML that is missing: values that no option, label or `values:` entry covers. */
function stubLines(list: PicklistCoverage, mappings: MappingSet): readonly string[] {
  const open = list.values.filter((value) => !["mapped", "same", "label"].includes(value.how));
  if (open.length === 0) return [];
  const mapping = mappings.mappings.find((candidate) => candidate.id === list.mapping);
  const field: FieldMapping | undefined = mapping?.fields.find((candidate) => candidate.target === list.field);
  const name = field?.picklist?.name ?? `${list.object}_${list.field}`;
  const options = field?.model?.options?.map((option) => option.value) ?? [];
  const rows = open.map((value) => ({ text: `${scalar(value.value)}:`, note: count(value.count) }));
  return [
    `  ${scalar(name)}:${options.length === 0 ? "" : `   # ${options.join(" | ")}`}`,
    "    values:",
    ...aligned(rows, 6),
  ];
}
