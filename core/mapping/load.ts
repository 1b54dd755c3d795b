/** Mapping files of a migration: found, read, parsed and checked together. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import type { MigrationConfig } from "../config-types.ts";
import { ConfigError, type Problem } from "../errors.ts";
import { packageRoot } from "../paths.ts";
import { createProblems, type ProblemList } from "../yaml-read.ts";
import { adaptMappings, type MappingText } from "./adapt.ts";
import { type CheckOptions, checkMappings } from "./check.ts";
import { DEFAULT_OWNERS } from "./owners.ts";
import { parseMappingFile } from "./parse.ts";
import { parseOwners } from "./parse-owners.ts";
import { parsePicklistsFile } from "./parse-picklist.ts";
import type { RawMapping, RawMappings, RawPicklist } from "./raw.ts";
import type { MappingSet, Owners } from "./types.ts";

const YAML = /\.ya?ml$/i;
const PICKLISTS = /^picklists\.ya?ml$/i;
const OWNERS = /^owners\.ya?ml$/i;

/** Folders of the package's `mappings/` that are no connector's. */
const NOT_A_SOURCE = "models";

export interface LoadedMappings {
  readonly set: MappingSet;
  readonly warnings: readonly Problem[];
}

type Paths = Pick<MigrationConfig, "baseDir" | "mappings" | "owners"> & {
  readonly source: { readonly connector: string };
};

/**
 * Reads and checks all mapping files of a configuration. Shipped ones (`mappings` is not set) are first made to fit the
 * source: what it lacks is left out with a warning (MAPPING_LEFT_OUT), since nobody wrote that it is there. Throws one ConfigError with every problem of all files:
 * MAPPINGS_MISSING, MAPPINGS_UNREADABLE, YAML_*, MAPPING_*.
 */
export async function loadMappingSet(config: Paths, options: CheckOptions): Promise<LoadedMappings> {
  const left: Problem[] = [];
  const raw = await readMappings(config, (files) => {
    const { sourceSchema: schema, model } = options;
    const { files: fitting, notes } = adaptMappings(files, { schema, model, additions: false });
    for (const message of notes) {
      left.push({ code: "MAPPING_LEFT_OUT", message, place: {}, hint: null, severity: "warning" });
    }
    return fitting;
  });
  const { set, problems: found } = checkMappings(raw, options);
  const problems = [...left, ...found];
  const errors = problems.filter((problem) => problem.severity === "error");
  if (errors.length > 0) throw ConfigError.of(errors);
  return { set, warnings: problems };
}

/**
 * Reads and parses without looking at source and target. In a folder, `picklists.yaml` and `owners.yaml` are known by
 * name (`owners:` of the configuration goes first) and all other `*.yaml`, `*.yml` are mappings, in order of name.
 * `suit` may change the texts of shipped mappings before they are parsed. Throws as `loadMappingSet`.
 */
export async function readMappings(
  config: Paths,
  suit?: (files: readonly MappingText[]) => readonly MappingText[],
): Promise<RawMappings> {
  const problems = createProblems();
  const found = await findFiles(config);
  const fitted =
    config.mappings === null && suit !== undefined
      ? new Map(suit(await readMappingTexts(found)).map(({ name, text }) => [name, text]))
      : null;
  const files = found.filter((file) => fitted === null || fitted.has(basename(file)));
  const mappings: RawMapping[] = [];
  const picklists = new Map<string, RawPicklist>();
  let owners: Owners | null = null;
  const read = (file: string, parse: (shown: string, text: string) => void): Promise<void> =>
    readInto(file, config.baseDir, problems, parse, fitted?.get(basename(file)));
  if (config.owners !== null) {
    await read(config.owners, (shown, text) => {
      owners = parseOwners(shown, text, problems);
    });
  }
  for (const file of files) {
    await read(file, (shown, text) => {
      if (PICKLISTS.test(basename(file))) {
        for (const [name, picklist] of parsePicklistsFile(shown, text, problems)) picklists.set(name, picklist);
      } else if (!OWNERS.test(basename(file))) mappings.push(...parseMappingFile(shown, text, problems));
      else if (config.owners === null) owners = parseOwners(shown, text, problems);
    });
  }
  problems.throwIfAny();
  if (mappings.length === 0) {
    throw new ConfigError("MAPPINGS_MISSING", `there is no mapping file in ${shownPaths(config)}`, {
      hint: "Write one per target object, or run `migrate init`.",
    });
  }
  return { mappings, picklists, owners: owners ?? DEFAULT_OWNERS };
}

/** Syntax errors end one file, not the others. */
async function readInto(
  file: string,
  baseDir: string,
  problems: ProblemList,
  parse: (shown: string, text: string) => void,
  fitted?: string,
): Promise<void> {
  const shown = shownPath(file, baseDir);
  try {
    parse(shown, fitted ?? (await readFile(file, "utf8")));
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const { code, message, place, hint } of error.problems) problems.error(code, message, place, hint);
      return;
    }
    problems.error("MAPPINGS_UNREADABLE", `cannot read ${shown}: ${(error as Error).message}`, { file: shown });
  }
}

async function findFiles(config: Paths): Promise<string[]> {
  const paths = config.mappings ?? [await shippedFolder(config.source.connector)];
  const files: string[] = [];
  for (const path of paths) {
    const shown = shownPath(path, config.baseDir);
    const found = await stat(path).catch((cause: Error) => {
      throw new ConfigError("MAPPINGS_MISSING", `mappings: there is no ${shown}`, {
        place: { file: shown },
        hint: "Correct `mappings` in migration.yaml, or run `migrate init` to write mapping files.",
        cause,
      });
    });
    if (!found.isDirectory()) files.push(path);
    else {
      const names = (await readdir(path)).filter((name) => YAML.test(name) && !name.startsWith("."));
      files.push(...names.sort().map((name) => join(path, name)));
    }
  }
  return [...new Set(files)];
}

const readMappingTexts = (files: readonly string[]): Promise<MappingText[]> =>
  Promise.all(files.map(async (file) => ({ name: basename(file), text: await readFile(file, "utf8") })));

/** The package's own mappings for a source, as texts in order of name; null when it has none. */
export async function shippedMappings(connector: string): Promise<readonly MappingText[] | null> {
  if (!(await hasShipped(connector))) return null;
  const folder = join(packageRoot(), "mappings", connector);
  const names = (await readdir(folder)).filter((name) => YAML.test(name)).sort();
  return readMappingTexts(names.map((name) => join(folder, name)));
}

async function hasShipped(connector: string): Promise<boolean> {
  if (connector === NOT_A_SOURCE || !/^[\w-]+$/.test(connector)) return false;
  return (await stat(join(packageRoot(), "mappings", connector)).catch(() => null))?.isDirectory() === true;
}

/** The package's own mappings for a source. Throws ConfigError MAPPINGS_MISSING when it has none. */
async function shippedFolder(connector: string): Promise<string> {
  if (await hasShipped(connector)) return join(packageRoot(), "mappings", connector);
  throw new ConfigError(
    "MAPPINGS_MISSING",
    `there are no shipped mappings for source ${connector}, and \`mappings\` is not set`,
    {
      hint: "Run `migrate init` to write mapping files, and set `mappings: ./mappings` in migration.yaml.",
    },
  );
}

function shownPaths(config: Paths): string {
  return (config.mappings ?? []).map((path) => shownPath(path, config.baseDir)).join(", ") || "the shipped mappings";
}

/** Relative to migration.yaml where that is shorter: messages and hashes do not depend on where the folder lies. */
function shownPath(path: string, baseDir: string): string {
  const short = relative(baseDir, path);
  return short === "" || short.startsWith("..") ? path : short;
}
