/** The shipped mappings of a source, read, checked and run in tests. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MappingText } from "../../core/mapping/adapt.ts";
import { runCases } from "../../core/mapping/cases.ts";
import { checkMappings } from "../../core/mapping/check.ts";
import { compileMapping } from "../../core/mapping/compile.ts";
import type { CompileOptions } from "../../core/mapping/compiled.ts";
import { DEFAULT_OWNERS } from "../../core/mapping/owners.ts";
import { parseMappingFile } from "../../core/mapping/parse.ts";
import { parseOwners } from "../../core/mapping/parse-owners.ts";
import { parsePicklistsFile } from "../../core/mapping/parse-picklist.ts";
import type { RawMapping, RawMappings } from "../../core/mapping/raw.ts";
import { loadModel } from "../../core/model/load.ts";
import { packageRoot } from "../../core/paths.ts";
import type { SourceSchema } from "../../core/schema.ts";
import { createProblems, type ProblemList } from "../../core/yaml-read.ts";

const MODEL = loadModel("hotcrm", "crm");

export function shipped(connector: string): MappingText[] {
  const folder = join(packageRoot(), "mappings", connector);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
}

/** Read once per text: a test that takes one field after the other away reads the same picklists hundreds of times. */
const picklistsRead = new Map<string, RawMappings["picklists"]>();

function parsePicklists(name: string, text: string, problems: ProblemList): RawMappings["picklists"] {
  const known = picklistsRead.get(text);
  if (known !== undefined) return known;
  const picklists = parsePicklistsFile(name, text, problems);
  problems.throwIfAny();
  picklistsRead.set(text, picklists);
  return picklists;
}

export function parseAll(files: readonly MappingText[]): RawMappings {
  const problems = createProblems();
  const mappings: RawMapping[] = [];
  let picklists: RawMappings["picklists"] = new Map();
  let owners = DEFAULT_OWNERS;
  for (const { name, text } of files) {
    if (name === "picklists.yaml") picklists = parsePicklists(name, text, problems);
    else if (name === "owners.yaml") owners = parseOwners(name, text, problems) ?? owners;
    else mappings.push(...parseMappingFile(name, text, problems));
  }
  problems.throwIfAny();
  return { mappings, picklists, owners };
}

/** Every problem of the mappings against the schema, and every failure of their cases, one line each; and how many cases ran. */
export async function checkAll(files: readonly MappingText[], schema: SourceSchema, uniqueIds = true) {
  const model = await MODEL;
  const { set, problems } = checkMappings(parseAll(files), {
    sourceSchema: schema,
    model,
    capabilities: { blankMeansNothing: false, fetchByKey: true, uniqueIds },
  });
  const told = problems.map(({ severity, place, message }) => `${severity} ${place.file}:${place.line} ${message}`);
  if (problems.some(({ severity }) => severity === "error")) return { told, run: 0 };
  const { run, failures } = runCases(set, (mapping) => {
    const object = model.objects.get(mapping.object)!;
    const options: CompileOptions = {
      timezone: "UTC",
      dates: "auto",
      decimal: ".",
      nulls: [""],
      blankMeansNothing: false,
      owners: { resolve: (text) => text },
      ownerIdType: "text",
      requireAny: object.requireAny,
      required: [...object.fields.values()].filter((field) => field.required).map((field) => field.name),
    };
    return compileMapping(mapping, options);
  });
  for (const { mapping, name, field, expected, got } of failures) {
    told.push(`case ${mapping} "${name}" ${field ?? ""}: expected ${expected}, got ${got}`);
  }
  return { told, run };
}
