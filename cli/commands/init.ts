/** `migrate init`: a first draft of a migration, from the source's own headers and values. */
import { stat } from "node:fs/promises";
import { basename, isAbsolute, join, relative, resolve } from "node:path";
import { ConfigError, type Problem } from "../../core/errors.ts";
import type { MappingText } from "../../core/mapping/adapt.ts";
import { shippedMappings } from "../../core/mapping/load.ts";
import {
  assignObjects,
  type Draft,
  draftMappings,
  type ProfiledAssignment,
  splitActivities,
} from "../../core/mapping/suggest.ts";
import { loadModel } from "../../core/model/load.ts";
import { readOptions } from "../../core/read-options.ts";
import { parseYaml } from "../../core/yaml.ts";
import { createProblems } from "../../core/yaml-read.ts";
import type { App } from "../app.ts";
import { count, counted, oneLine } from "../format.ts";
import { configYaml, GITIGNORE, ownersYaml } from "../init/config-yaml.ts";
import { mappingYaml } from "../init/mapping-yaml.ts";
import { draftShipped, shippedLines } from "../init/shipped.ts";
import { existing, ignoreLines, type NewFile, writeNew } from "../init/write-files.ts";
import { scalar } from "../init/yaml-lines.ts";
import { profileSources } from "../source-profile.ts";
import { table } from "../table.ts";

export interface InitOptions {
  readonly dir: string;
  readonly source: string;
  readonly files: readonly string[];
  /** YAML of the source's options, as it will stand in migration.yaml. */
  readonly sourceOptions?: string;
}

export async function init(app: App, options: InitOptions): Promise<number> {
  const { output, cwd } = app;
  const given = await folderBehindFiles(options, cwd);
  const dir = resolve(cwd, given.dir);
  const files = given.files.map((file) => inside(dir, cwd, file));
  // what is there already is told before anything is read
  if (!app.yes) refuseExisting(await existing(dir, ["migration.yaml", "owners.yaml"]), dir, cwd);
  const name = migrationName(dir);
  const shipped = await shippedMappings(options.source);
  if (shipped !== null) return initShipped(app, options, dir, name, shipped);
  const draft = await makeDraft(app, options.source, dir, files);
  const written: NewFile[] = [
    { path: "migration.yaml", text: configYaml({ name, connector: options.source, files, draft }) },
    ...(draft.owners === null ? [] : [{ path: "owners.yaml", text: ownersYaml(draft.owners) }]),
    ...draft.mappings.map((mapping) => ({
      path: join(
        "mappings",
        `${mapping.keyspace === null ? mapping.object : `${mapping.object}-${mapping.keyspace}`}.yaml`,
      ),
      text: mappingYaml(mapping),
    })),
  ];
  if (!app.yes)
    refuseExisting(
      await existing(
        dir,
        written.map((file) => file.path),
      ),
      dir,
      cwd,
    );
  await writeNew(dir, written);
  const ignored = await ignoreLines(dir, GITIGNORE);
  const paths = [...written.map((file) => file.path), ...(ignored ? [".gitignore"] : [])].map((path) =>
    relative(cwd, join(dir, path)),
  );
  output.document({
    dir,
    files: paths,
    mappings: draft.mappings.map(summary),
    leftOut: draft.leftOut,
    owners: draft.owners,
  });
  if (output.json) return 0;
  output.print(draftLines(draft, output.style.bold));
  output.note(["", `Written: ${paths.join(", ")}`, ...next(app, dir)]);
  return 0;
}

/** A source with shipped mappings: nothing has to be guessed. */
async function initShipped(
  app: App,
  options: InitOptions,
  dir: string,
  name: string,
  shipped: readonly MappingText[],
): Promise<number> {
  const { output, cwd } = app;
  const draft = await draftShipped(app, options.source, options.sourceOptions ?? null, dir, name, shipped);
  const paths = draft.files.map(({ path }) => path);
  if (!app.yes) refuseExisting(await existing(dir, paths), dir, cwd);
  await writeNew(dir, draft.files);
  if (await ignoreLines(dir, GITIGNORE)) paths.push(".gitignore");
  const files = paths.map((path) => relative(cwd, join(dir, path)));
  const { mappings, notes, leftOut } = draft.adapted;
  const own = draft.own.map(({ name: object, source, records, fields }) => ({
    object,
    source,
    records,
    fields: fields.length,
  }));
  output.document({ dir, files, mappings, own, notes, leftOut, unread: draft.unread });
  if (output.json) return 0;
  output.print(shippedLines(draft, output.style.bold));
  output.note(["", `Written: ${files.join(", ")}`, ...next(app, dir)]);
  return 0;
}

async function makeDraft(app: App, connector: string, dir: string, files: readonly string[]): Promise<Draft> {
  const { createRegistry } = await import("../../connectors/registry.ts");
  const module = await createRegistry(dir).load(connector);
  const problems = createProblems();
  const text = files.length === 0 ? "{}" : `{ files: [${files.map(scalar).join(", ")}] }`;
  const values = readOptions(parseYaml("--files", text).root, module.options, problems, "source", {});
  const found = problems.all as readonly Problem[];
  if (found.some((problem) => problem.severity === "error")) {
    throw new ConfigError("INIT_OPTIONS", found.map((problem) => problem.message).join("; "), {
      hint:
        files.length === 0
          ? "Name the files: migrate init --source csv --files 'exports/*.csv'"
          : "See `migrate init --help`.",
    });
  }
  const source = module.create(values, dir, app.context);
  try {
    await source.open();
    const schema = await source.describe();
    const model = await loadModel("hotcrm", "crm");
    const { assignments, leftOut } = assignObjects(schema.objects, model);
    const nulls = (values.nulls as readonly string[] | undefined) ?? [];
    const profiled: ProfiledAssignment[] = [];
    for (const assignment of assignments) {
      app.context.signal.throwIfAborted();
      const profile = await profileSources(source, assignment.sources, nulls);
      for (const object of assignment.sources) {
        app.output.note(
          app.output.noteStyle.dim(`read ${object.name}${object.note === undefined ? "" : `: ${object.note}`}`),
        );
      }
      const parts = splitActivities({ ...assignment, profile }, model, assignments);
      if (parts === null) profiled.push({ ...assignment, profile });
      for (const { assignment: part, column, takes } of parts ?? []) {
        const own = await profileSources(source, part.sources, nulls, undefined, { column, takes });
        profiled.push({ ...part, profile: own });
      }
    }
    const draft = draftMappings(profiled, model);
    if (draft.mappings.length === 0) {
      const reasons = [...leftOut, ...draft.leftOut].map((entry) => `${entry.source}: ${entry.reason}`);
      throw new ConfigError(
        "INIT_NOTHING",
        `none of the ${counted(schema.objects.length, "source object")} can be mapped`,
        {
          hint: `Name files after what they hold (accounts.csv, contacts.csv, deals.csv...). ${reasons.slice(0, 5).join("; ")}`,
        },
      );
    }
    return { ...draft, leftOut: [...leftOut, ...draft.leftOut] };
  } finally {
    await source.close();
  }
}

/**
 * `--files a.csv b.csv moving`: a last name behind several files that is no file is the folder to write into, when it is new
 * or holds a migration.
 */
async function folderBehindFiles(
  { dir, files }: InitOptions,
  cwd: string,
): Promise<{ readonly dir: string; readonly files: readonly string[] }> {
  const last = files.at(-1);
  if (dir !== "." || last === undefined || files.length < 2 || /[*?[{]|\.\w+$/.test(last)) return { dir, files };
  const found = await stat(resolve(cwd, last)).catch(() => null);
  const taken = found === null || (await existing(resolve(cwd, last), ["migration.yaml"])).length > 0;
  return taken ? { dir: last, files: files.slice(0, -1) } : { dir, files };
}

/** The path as migration.yaml must name it. */
function inside(dir: string, cwd: string, file: string): string {
  if (isAbsolute(file)) return file;
  const path = relative(dir, resolve(cwd, file)).replaceAll("\\", "/");
  return path.startsWith(".") ? path : `./${path}`;
}

function migrationName(dir: string): string {
  const name = basename(dir)
    .replace(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^[^\p{L}\p{N}]+/u, "");
  return name === "" ? "migration" : name.slice(0, 100);
}

function refuseExisting(paths: readonly string[], dir: string, cwd: string): void {
  if (paths.length === 0) return;
  const names = paths.map((path) => relative(cwd, join(dir, path)) || path);
  throw new ConfigError(
    "INIT_EXISTS",
    `nothing was written: ${names.join(", ")} ${names.length === 1 ? "exists" : "exist"} already`,
    {
      hint: "Choose another folder, or overwrite with --yes.",
    },
  );
}

const summary = (mapping: Draft["mappings"][number]) => ({
  object: mapping.object,
  source: mapping.sources,
  key: mapping.key,
  records: mapping.records,
  fields: mapping.fields.filter((field) => !field.custom).length,
  custom: mapping.fields.filter((field) => field.custom).length,
  lookups: mapping.fields.filter((field) => field.lookup !== undefined).length,
});

function draftLines(draft: Draft, title: (text: string) => string): string[] {
  const rows = draft.mappings.map((mapping) => {
    const { records, fields, custom, lookups } = summary(mapping);
    const open = mapping.picklists.reduce(
      (sum, list) => sum + list.values.filter((value) => value.target === null).length,
      0,
    );
    return [
      mapping.object,
      oneLine(mapping.sources.join(", "), 40),
      `${count(records)}${mapping.complete ? "" : "+"}`,
      mapping.key.join(" + "),
      count(fields),
      lookups === 0 ? "" : count(lookups),
      custom === 0 ? "" : count(custom),
      open === 0 ? "" : count(open),
    ];
  });
  const right = "right" as const;
  const lines = [
    ...table(
      [
        { title: "object" },
        { title: "source" },
        { title: "records", align: right },
        { title: "key" },
        { title: "fields", align: right },
        { title: "lookups", align: right },
        { title: "custom", align: right },
        { title: "values to map", align: right },
      ],
      rows,
      { title },
    ),
  ];
  if (draft.leftOut.length > 0) {
    lines.push("", title("Left out"), ...draft.leftOut.map((entry) => `  ${entry.source}: ${entry.reason}`));
  }
  if (draft.dates.note !== null) lines.push("", `Dates: ${draft.dates.note}`);
  return lines;
}

function next(app: App, dir: string): readonly string[] {
  const where = relative(app.cwd, dir);
  const flag = where === "" ? "" : ` -c ${join(where, "migration.yaml")}`;
  return [
    "Next: look through the mappings (TODO marks what needs a decision), then",
    `  migrate check${flag}`,
    `  migrate plan${flag}`,
  ];
}
