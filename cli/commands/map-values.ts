/** `migrate map values`: the picklist values that the source holds, what they become, and stubs for those that become nothing. */
import { readFile, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import type { Session } from "../../core/engine/session.ts";
import type { PicklistCoverage, ValueCoverage } from "../../core/engine/types.ts";
import { ConfigError } from "../../core/errors.ts";
import { fillValues, type OpenPicklist, spelledAlike } from "../../core/mapping/fill-values.ts";
import { mappingFiles } from "../../core/mapping/load.ts";
import type { FieldMapping, MappingSet, ObjectMapping } from "../../core/mapping/types.ts";
import { nearest } from "../../core/nearest.ts";
import type { App } from "../app.ts";
import { count, counted } from "../format.ts";
import { aligned, scalar } from "../init/yaml-lines.ts";
import { createProgress } from "../progress.ts";
import { picklistLines, useWords } from "../views/plan.ts";

export async function mapValues(app: App, wanted: string | null, fill: boolean): Promise<number> {
  const { makePlan } = await import("../../core/engine/index.ts");
  const { output } = app;
  const progress = createProgress(output, Date.now);
  try {
    return await app.withSession(async (session) => {
      const plan = await makePlan(session, progress.on, { strict: false });
      progress.end();
      const picklists = choose(plan.picklists, wanted);
      const filled = fill ? await fillIn(app, session, picklists) : null;
      output.document({ picklists, ...(filled === null ? {} : { filled }) });
      if (output.json) return 0;
      if (picklists.length === 0) output.print("No mapped field is a picklist.");
      output.print(picklistLines(picklists, { style: output.style, verbose: true }));
      if (filled !== null) {
        output.print(["", ...filledLines(filled)]);
        return 0;
      }
      const stubs = picklists.flatMap((list) => stubLines(list, session.mappings));
      if (stubs.length > 0)
        output.print([
          "",
          output.style.dim("# values without an option, to be completed (migrate map values --fill writes them):"),
          "picklists:",
          ...stubs,
        ]);
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

interface FieldOf {
  readonly mapping: ObjectMapping;
  readonly field: FieldMapping;
  readonly options: readonly string[];
}

function fieldOf(list: PicklistCoverage, { mappings }: MappingSet): FieldOf | null {
  const mapping = mappings.find((candidate) => candidate.id === list.mapping);
  const field = mapping?.fields.find((candidate) => candidate.target === list.field);
  if (mapping === undefined || field === undefined) return null;
  return { mapping, field, options: field.model?.options?.map((option) => option.value) ?? [] };
}

/** What a policy lets pass is not missing. */
const isMissing = ({ how }: ValueCoverage): boolean => how === "stop" || how === "reject";

interface FilledFile {
  readonly file: string;
  readonly picklist: string;
  readonly values: readonly string[];
}

/** Writes the stubs of all values that stop the plan or reject records. Throws ConfigError MAPPINGS_SHIPPED, MAPPINGS_UNWRITABLE. */
async function fillIn(app: App, session: Session, picklists: readonly PicklistCoverage[]): Promise<FilledFile[]> {
  const open = picklists.flatMap((list): OpenPicklist[] => {
    const values = list.values.filter(isMissing);
    const found = values.length === 0 ? null : fieldOf(list, session.mappings);
    if (found === null) return [];
    const { mapping, field, options } = found;
    return [
      {
        mapping,
        field,
        values: values.map((value) => {
          const alike = spelledAlike(value.value, options);
          const choice = options.length === 0 ? "" : `; one of ${options.join(" | ")}`;
          return {
            value: value.value,
            target: alike,
            note: `${useWords(value)}${alike === null ? choice : "; by its spelling"}`,
          };
        }),
      },
    ];
  });
  if (open.length === 0) return [];
  if (session.config.mappings === null) {
    throw new ConfigError("MAPPINGS_SHIPPED", "the mapping files are the shipped ones, which are not written to", {
      hint: "Make your own: migrate init, with `mappings: ./mappings` in migration.yaml; then fill them.",
    });
  }
  const files = await mappingFiles(session.config);
  const texts = new Map<string, string>();
  for (const file of files) texts.set(file, await readFile(file, "utf8"));
  const { texts: changed, filled } = fillValues(texts, open);
  for (const [file, text] of changed) {
    await writeFile(file, text).catch((error: Error) => {
      throw new ConfigError("MAPPINGS_UNWRITABLE", `cannot write ${file}: ${error.message}`, {
        hint: "See that the mapping files can be written to.",
        cause: error,
      });
    });
  }
  return filled.map(({ file, ...rest }) => ({ file: relative(app.cwd, file) || file, ...rest }));
}

function filledLines(filled: readonly FilledFile[]): string[] {
  if (filled.length === 0) return ["Nothing is missing: no file was changed."];
  return [
    ...filled.map(({ file, picklist, values }) => `${file}: ${counted(values.length, "value")} added to ${picklist}`),
    "Complete them: a value that is still null stops migrate check.",
  ];
}

/** The YAML that is missing: values that no option, label or `values:` entry covers. */
function stubLines(list: PicklistCoverage, mappings: MappingSet): readonly string[] {
  const open = list.values.filter((value) => !["mapped", "same", "label"].includes(value.how));
  if (open.length === 0) return [];
  const found = fieldOf(list, mappings);
  const name = found?.field.picklist?.name || `${list.object}_${list.field}`;
  const options = found?.options ?? [];
  const rows = open.map((value) => ({ text: `${scalar(value.value)}:`, note: count(value.count) }));
  return [
    `  ${scalar(name)}:${options.length === 0 ? "" : `   # ${options.join(" | ")}`}`,
    "    values:",
    ...aligned(rows, 6),
  ];
}
