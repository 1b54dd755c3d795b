/** The draft of a migration whose source has shipped mappings: those, made to fit what the source holds. */
import { join } from "node:path";
import { expandNode, loadEnvironment } from "../../core/env.ts";
import { ConfigError, type Problem } from "../../core/errors.ts";
import { mapLimited } from "../../core/limiter.ts";
import { type Adapted, adaptMappings, type MappingText } from "../../core/mapping/adapt.ts";
import { readMappings } from "../../core/mapping/load.ts";
import { draftOwnLinks } from "../../core/mapping/own-links.ts";
import { draftOwnObjects, type OwnObject, sharedColumns } from "../../core/mapping/own-objects.ts";
import { wantedOf } from "../../core/mapping/wanted.ts";
import { widenLookups } from "../../core/mapping/widen-lookups.ts";
import { loadModel } from "../../core/model/load.ts";
import { readOptions } from "../../core/read-options.ts";
import { parseYaml } from "../../core/yaml.ts";
import { YamlEditor } from "../../core/yaml-edit.ts";
import { createProblems } from "../../core/yaml-read.ts";
import type { App } from "../app.ts";
import { count, counted } from "../format.ts";
import { table } from "../table.ts";
import { ownMappingYaml, ownModelYaml } from "./own-objects.ts";
import type { NewFile } from "./write-files.ts";
import { comment, scalar } from "./yaml-lines.ts";

export interface ShippedDraft {
  readonly files: readonly NewFile[];
  readonly adapted: Adapted;
  /** Objects that the source's own administrators made, with tables of their own. */
  readonly own: readonly (OwnObject & { readonly records: number })[];
  /** Said where objects are not there that may only be hidden: what to ask for. */
  readonly hidden: string | null;
  /** Objects that hold records, about so many, and that no mapping reads. */
  readonly unread: readonly { readonly object: string; readonly records: number }[];
}

const BASE = "hotcrm";
const MODEL_FILE = "model.yaml";
/** Beside migration.yaml, which names it. */
const OWNERS_FILE = "owners.yaml";
const COUNTS_AT_ONCE = 5;

/** Objects of the model that the mappings load, by the source object that they read; links between records aside. */
function loadedFrom({ mappings }: Adapted): ReadonlyMap<string, readonly string[]> {
  const loaded = new Map<string, readonly string[]>();
  for (const { object, sources } of mappings) {
    if (object === "association") continue;
    for (const source of sources) loaded.set(source, [...new Set([...(loaded.get(source) ?? []), object])]);
  }
  return loaded;
}

/**
 * Connects with `sourceOptions` (YAML, as it will stand below `source:`; null: the connector's usual ones) and fits the
 * shipped mappings to what is there.
 * Throws ConfigError INIT_OPTIONS, and what the connector throws.
 */
export async function draftShipped(
  app: App,
  connector: string,
  sourceOptions: string | null,
  dir: string,
  name: string,
  shipped: readonly MappingText[],
): Promise<ShippedDraft> {
  const { createRegistry } = await import("../../connectors/registry.ts");
  const module = await createRegistry(dir).load(connector);
  const problems = createProblems();
  const text = sourceOptions ?? module.usualOptions ?? "{}";
  const given = parseYaml("--source-options", text).root;
  const env = await loadEnvironment(dir, app.context.env);
  const values = readOptions(expandNode(given, env, problems), module.options, problems, "source", {});
  const wrong = (problems.all as readonly Problem[]).filter(({ severity }) => severity === "error");
  if (wrong.length > 0) {
    const needed = module.options.filter(({ required }) => required === true).map((option) => option.name);
    const example = module.usualOptions ?? `{ ${needed.map((option) => `${option}: ...`).join(", ")} }`;
    const where =
      sourceOptions === null
        ? "Put what is missing into .env or the environment, or say how to connect"
        : "Give them as they shall stand in migration.yaml";
    throw new ConfigError("INIT_OPTIONS", wrong.map(({ message }) => message).join("; "), {
      hint: `${where}: --source-options '${example}'; name secrets as \${VARIABLE}.`,
    });
  }
  const source = module.create(values, dir, app.context);
  try {
    await source.open();
    const raw = await readMappings({ baseDir: dir, mappings: null, owners: null, source: { connector } });
    const model = await loadModel(BASE, "crm");
    const shared = sharedColumns(shipped);
    const read = wantedOf(raw);
    // the list first: which objects the source's administrators made is not known before
    const listed = (await source.describe(new Map())).objects;
    const made = listed.filter(({ name, custom }) => custom === true && !read.has(name));
    const wanted = new Map([...read, ...made.map((object) => [object.name, [...shared.targets.keys()]] as const)]);
    const schema = await source.describe(wanted);
    const adapted = adaptMappings(shipped, { schema, model, additions: true });
    const counts = new Map(
      await mapLimited(
        adapted.leftOut,
        COUNTS_AT_ONCE,
        async (object) => [object, await source.count(object)] as const,
      ),
    );
    const filled = schema.objects.filter((object) => (counts.get(object.name) ?? 0) > 0 && object.key !== undefined);
    const own = draftOwnObjects(filled, shared, model, loadedFrom(adapted));
    const widened = widenLookups(adapted.files, own, schema);
    const links = draftOwnLinks(adapted.files, own, schema);
    const widenedFields = new Map([...widened.fields, ...links.fields]);
    const mappings = [
      ...widened.files,
      ...links.files,
      ...own.map((object) => ({ name: fileOf(object, shipped), text: ownMappingYaml(object) })),
    ].map((file) => ({ path: file.name === OWNERS_FILE ? OWNERS_FILE : join("mappings", file.name), text: file.text }));
    const drafted = new Set([...adapted.mappings.flatMap(({ sources }) => sources), ...own.map((each) => each.source)]);
    const unread = [...((await source.sizes?.()) ?? [])].flatMap(([object, records]) =>
      drafted.has(object) ? [] : [{ object, records }],
    );
    const leftOut = adapted.leftOut.filter((object) => !own.some(({ source: from }) => from === object));
    const files = [
      {
        path: "migration.yaml",
        text: configText(
          name,
          connector,
          given.value,
          leftOut,
          own.length > 0,
          mappings.some(({ path }) => path === OWNERS_FILE),
        ),
      },
      ...(own.length === 0 ? [] : [{ path: MODEL_FILE, text: ownModelYaml(name, BASE, own, widenedFields) }]),
      ...mappings,
    ];
    return {
      files,
      adapted: { ...adapted, leftOut },
      own: own.map((object) => ({ ...object, records: counts.get(object.source)! })),
      unread,
      hidden: [...adapted.hints.values()].find((hint) => hint === schema.hiddenObjects) ?? null,
    };
  } finally {
    await source.close();
  }
}

/** A file name that no shipped file has. */
function fileOf({ name }: OwnObject, shipped: readonly MappingText[]): string {
  const plain = `${name.replaceAll("_", "-")}.yaml`;
  return shipped.some((file) => file.name === plain) ? `own-${plain}` : plain;
}

/** migration.yaml, with the options as they were given: `${...}` stays. */
function configText(
  name: string,
  connector: string,
  options: unknown,
  leftOut: readonly string[],
  own: boolean,
  owners: boolean,
): string {
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
    own ? `  model: ./${MODEL_FILE}          ${comment(`${BASE} and this source's own objects`)}` : `  model: ${BASE}`,
    "mappings: ./mappings",
    ...(owners ? [`owners: ./${OWNERS_FILE}`] : []),
    "limits: { rejects: 0.01, api: 0.8 }       # more than 1 % rejected: the run is not clean",
    "reconcile: { tolerance: 0.001, spotChecks: 10 }",
  ];
  const editor = new YamlEditor(`${lines.join("\n")}\n`);
  for (const [key, value] of Object.entries((options ?? {}) as Record<string, unknown>))
    editor.set(["source", key], value);
  const out = leftOut.map((object) => comment(`- ${object}: it has no records`));
  return `${editor.toString()}${out.length === 0 ? "" : `\n${[comment("Left out of the draft:"), ...out].join("\n")}\n`}`;
}

/** What was drafted, for people. */
export function shippedLines(
  { adapted, own, unread, hidden }: ShippedDraft,
  title: (text: string) => string,
): string[] {
  const right = "right" as const;
  const rows = adapted.mappings.map(({ object, sources, fields, added }) => {
    return [object, sources.join(", "), count(fields), added === 0 ? "" : count(added)];
  });
  for (const { name, source, fields } of own) rows.push([name, source, count(fields.length), ""]);
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
    ...section("Fitted to this source", [...adapted.notes, ...(hidden === null ? [] : [hidden])]),
    ...section("To check in the mappings", adapted.assumed),
    ...section(
      `Own objects of this source, with tables of their own (${MODEL_FILE})`,
      own.map(({ name, source, records }) => `${source} (${counted(records, "record")}): ${name}`),
    ),
    ...section(
      "Not read: no mapping uses them",
      unread.map(({ object, records }) => `${object}: about ${counted(records, "record")}`),
    ),
    ...section("Left out: they have no records", adapted.leftOut),
  ];
}
