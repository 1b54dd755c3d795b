/** Mapping files of a migration: found, read, parsed and checked together. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import type { MigrationConfig } from "../config-types.ts";
import type { DescribeRequest } from "../connector.ts";
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
import { wantedOf } from "./wanted.ts";

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
  const { set, problems } = await tryMappings(config, options);
  const errors = problems.filter((problem) => problem.severity === "error");
  if (set === null || errors.length > 0) throw ConfigError.of(errors);
  return { set, warnings: problems };
}

/**
 * The same, with the problems instead of an exception: files that can be read are checked whatever is wrong with others,
 * and within a file everything that could be read. The set is usable only when no problem is an error; null: there is no mapping.
 */
export async function tryMappings(
  config: Paths,
  options: CheckOptions,
): Promise<{ readonly set: MappingSet | null; readonly problems: readonly Problem[] }> {
  const left: Problem[] = [];
  const parsed = await parseMappings(config, (files) => {
    const { sourceSchema: schema, model } = options;
    const { files: fitting, notes, assumed, hints } = adaptMappings(files, { schema, model, additions: false });
    for (const message of notes) {
      const hint = hints.get(message) ?? null;
      left.push({ code: "MAPPING_LEFT_OUT", message, place: {}, hint, severity: "warning" });
    }
    if (assumed.length > 0) {
      const message = `stages taken by their name or probability: ${assumed.join("; ")}`;
      const hint = "Say it otherwise in a picklists.yaml of your own: `migrate init` writes one with every stage.";
      left.push({ code: "MAPPING_ASSUMED", message, place: {}, hint, severity: "warning" });
    }
    return fitting;
  });
  if (parsed.raw.mappings.length === 0) return { set: null, problems: parsed.problems };
  const { set, problems } = checkMappings(parsed.raw, options);
  // what a file that could not be read holds is not missing
  const told = parsed.complete ? problems : problems.filter(({ code }) => code !== "MAPPING_UNKNOWN_PICKLIST");
  return { set, problems: [...left, ...parsed.problems, ...told] };
}

/** What the mapping files say, as far as they could be read. */
export interface ParsedMappings {
  readonly raw: RawMappings;
  /** Errors; with no mapping at all there is at least one. */
  readonly problems: readonly Problem[];
  /** False when a file, or a mapping in it, could not be read at all: more may be mapped than `raw` says. */
  readonly complete: boolean;
}

/**
 * Reads and parses without looking at source and target. In a folder, `picklists.yaml` and `owners.yaml` are known by
 * name (see `findOwners` for which owners apply) and all other `*.yaml`, `*.yml` are mappings, in order of name.
 * `suit` may change the texts of shipped mappings before they are parsed. Throws as `loadMappingSet`.
 */
export async function readMappings(config: Paths): Promise<RawMappings> {
  const { raw, problems } = await parseMappings(config);
  if (problems.length > 0) throw ConfigError.of(problems);
  return raw;
}

/** The same, with the problems instead of an exception. */
export async function parseMappings(
  config: Paths,
  suit?: (files: readonly MappingText[]) => readonly MappingText[],
): Promise<ParsedMappings> {
  const problems = createProblems();
  const found = await findFiles(config, problems);
  const fitted =
    config.mappings === null && suit !== undefined
      ? new Map(suit(await readMappingTexts(found)).map(({ name, text }) => [name, text]))
      : null;
  const files = found.filter((file) => fitted === null || fitted.has(basename(file)));
  const mappings: RawMapping[] = [];
  const picklists = new Map<string, RawPicklist>();
  let owners: Owners = DEFAULT_OWNERS;
  let complete = true;
  const read = async (file: string, parse: (shown: string, text: string) => void): Promise<void> => {
    const before = problems.all.length;
    await readInto(file, config.baseDir, problems, parse, fitted?.get(basename(file)));
    if (problems.all.slice(before).some(({ code }) => !PARTIAL.has(code))) complete = false;
  };
  const ownersFile = await findOwners(config, files);
  if (ownersFile !== null) {
    await read(ownersFile, (shown, text) => {
      owners = parseOwners(shown, text, problems);
    });
  }
  for (const file of files) {
    if (OWNERS.test(basename(file))) continue;
    await read(file, (shown, text) => {
      if (PICKLISTS.test(basename(file))) {
        for (const [name, picklist] of parsePicklistsFile(shown, text, problems)) picklists.set(name, picklist);
      } else mappings.push(...parseMappingFile(shown, text, problems));
    });
  }
  const errors = () => problems.all.filter((problem) => problem.severity === "error");
  if (mappings.length === 0 && errors().length === 0) {
    const message = `there is no mapping file in ${shownPaths(config)}`;
    problems.error("MAPPINGS_MISSING", message, {}, "Write one per target object, or run `migrate init`.");
  }
  const shown = ownersFile === null ? null : shownPath(ownersFile, config.baseDir);
  return { raw: { mappings, picklists, owners, ownersFile: shown }, problems: errors(), complete };
}

/** Problems after which the rest of a mapping is known all the same. */
const PARTIAL = new Set(["YAML_UNKNOWN_KEY", "YAML_WRONG_VALUE"]);

/**
 * Owners: the file that the configuration names; else one among the mapping files; else one beside migration.yaml, which
 * goes before what is shipped. null: there is none.
 */
async function findOwners(config: Paths, files: readonly string[]): Promise<string | null> {
  if (config.owners !== null) return config.owners;
  const among = files.findLast((file) => OWNERS.test(basename(file))) ?? null;
  if (config.mappings !== null && among !== null) return among;
  for (const name of ["owners.yaml", "owners.yml"]) {
    const beside = join(config.baseDir, name);
    if ((await stat(beside).catch(() => null))?.isFile() === true) return beside;
  }
  return among;
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

/** The mapping files of a configuration, picklists and owners included, in the order in which they are read. */
export const mappingFiles = (config: Paths): Promise<string[]> => findFiles(config, createProblems());

async function findFiles(config: Paths, problems: ProblemList): Promise<string[]> {
  const paths = config.mappings ?? [await shippedFolder(config.source.connector)];
  const files: string[] = [];
  for (const path of paths) {
    const shown = shownPath(path, config.baseDir);
    const found = await stat(path).catch(() => null);
    if (found === null) {
      const hint = "Correct `mappings` in migration.yaml, or run `migrate init` to write mapping files.";
      problems.error("MAPPINGS_MISSING", `mappings: there is no ${shown}`, { file: shown }, hint);
    } else if (!found.isDirectory()) files.push(path);
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

/** Source objects that the package's own mappings for a source read, with the columns; empty when it has none. */
export async function shippedSources(connector: string): Promise<DescribeRequest> {
  if (!(await hasShipped(connector))) return new Map();
  const raw = await readMappings({ baseDir: packageRoot(), mappings: null, owners: null, source: { connector } });
  return wantedOf(raw);
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
