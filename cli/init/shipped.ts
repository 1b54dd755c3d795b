/** The draft of a migration whose source has shipped mappings: those, made to fit what the source holds. */
import { join } from "node:path";
import { expandNode, loadEnvironment } from "../../core/env.ts";
import { ConfigError, type Problem } from "../../core/errors.ts";
import { type Adapted, adaptMappings, type MappingText } from "../../core/mapping/adapt.ts";
import { readMappings } from "../../core/mapping/load.ts";
import { wantedOf } from "../../core/mapping/wanted.ts";
import { loadModel } from "../../core/model/load.ts";
import { readOptions } from "../../core/read-options.ts";
import { parseYaml } from "../../core/yaml.ts";
import { YamlEditor } from "../../core/yaml-edit.ts";
import { createProblems } from "../../core/yaml-read.ts";
import type { App } from "../app.ts";
import { count } from "../format.ts";
import { table } from "../table.ts";
import type { NewFile } from "./write-files.ts";
import { comment, scalar } from "./yaml-lines.ts";

export interface ShippedDraft {
  readonly files: readonly NewFile[];
  readonly adapted: Adapted;
}

/**
 * Connects with `sourceOptions` (YAML, as it will stand below `source:`) and fits the shipped mappings to what is there.
 * Throws ConfigError INIT_OPTIONS, and what the connector throws.
 */
export async function draftShipped(
  app: App,
  connector: string,
  sourceOptions: string,
  dir: string,
  name: string,
  shipped: readonly MappingText[],
): Promise<ShippedDraft> {
  const { createRegistry } = await import("../../connectors/registry.ts");
  const module = await createRegistry(dir).load(connector);
  const problems = createProblems();
  const given = parseYaml("--source-options", sourceOptions).root;
  const env = await loadEnvironment(dir, app.context.env);
  const values = readOptions(expandNode(given, env, problems), module.options, problems, "source", {});
  const wrong = (problems.all as readonly Problem[]).filter(({ severity }) => severity === "error");
  if (wrong.length > 0) {
    const needed = module.options.filter(({ required }) => required === true).map((option) => option.name);
    throw new ConfigError("INIT_OPTIONS", wrong.map(({ message }) => message).join("; "), {
      hint: `Give them as they shall stand in migration.yaml: --source-options '{ ${needed.map((option) => `${option}: ...`).join(", ")} }'; name secrets as \${VARIABLE}.`,
    });
  }
  const source = module.create(values, dir, app.context);
  try {
    await source.open();
    const raw = await readMappings({ baseDir: dir, mappings: null, owners: null, source: { connector } });
    const schema = await source.describe(wantedOf(raw));
    const adapted = adaptMappings(shipped, { schema, model: await loadModel("hotcrm", "crm"), additions: true });
    const mappings = adapted.files.map((file) => ({ path: join("mappings", file.name), text: file.text }));
    return {
      files: [{ path: "migration.yaml", text: configText(name, connector, given.value, adapted) }, ...mappings],
      adapted,
    };
  } finally {
    await source.close();
  }
}

/** migration.yaml, with the options as they were given: `${...}` stays. */
function configText(name: string, connector: string, options: unknown, adapted: Adapted): string {
  const lines = [
    comment("Where records come from, where they go. Written by `migrate init`; yours to change."),
    "version: 1",
    `name: ${scalar(name)}`,
    "source:",
    `  connector: ${scalar(connector)}`,
    "target:",
    "  connector: postgres",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what the file says
    '  url: "${DATABASE_URL:-}"      # empty: the embedded PostgreSQL',
    "  schema: crm",
    "  model: hotcrm",
    "mappings: ./mappings",
    "limits: { rejects: 0.01, api: 0.8 }       # more than 1 % rejected: the run is not clean",
    "reconcile: { tolerance: 0.001, spotChecks: 10 }",
  ];
  const editor = new YamlEditor(`${lines.join("\n")}\n`);
  for (const [key, value] of Object.entries((options ?? {}) as Record<string, unknown>))
    editor.set(["source", key], value);
  const out = adapted.leftOut.map((object) => comment(`- ${object}: no mapping reads it`));
  return `${editor.toString()}${out.length === 0 ? "" : `\n${[comment("Left out of the draft:"), ...out].join("\n")}\n`}`;
}

/** What was drafted, for people. */
export function shippedLines({ adapted }: ShippedDraft, title: (text: string) => string): string[] {
  const right = "right" as const;
  const rows = adapted.mappings.map(({ object, sources, fields, added }) => {
    return [object, sources.join(", "), count(fields), added === 0 ? "" : count(added)];
  });
  const columns = [
    { title: "object" },
    { title: "source" },
    { title: "fields", align: right },
    { title: "custom added", align: right },
  ];
  const section = (name: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", title(name), ...lines.map((line) => `  ${line}`)];
  return [
    ...table(columns, rows, { title }),
    ...section("Fitted to this source", adapted.notes),
    ...section("Left out: no mapping reads them", adapted.leftOut),
  ];
}
