/** Mapping files of a migration: found, read, parsed and checked together. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import type { MigrationConfig } from "../config-types.ts";
import { ConfigError, type Problem } from "../errors.ts";
import { packageRoot } from "../paths.ts";
import { createProblems, type ProblemList } from "../yaml-read.ts";
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
 * Reads and checks all mapping files of a configuration. Throws one ConfigError with every problem of all files:
 * MAPPINGS_MISSING, MAPPINGS_UNREADABLE, YAML_*, MAPPING_*.
 */
export async function loadMappingSet(config: Paths, options: CheckOptions): Promise<LoadedMappings> {
  const raw = await readMappings(config);
  const { set, problems } = checkMappings(raw, options);
  const errors = problems.filter((problem) => problem.severity === "error");
  if (errors.length > 0) throw ConfigError.of(errors);
  return { set, warnings: problems };
}

/**
 * Reads and parses without looking at source and target. In a folder, `picklists.yaml` and `owners.yaml` are known by
 * name (`owners:` of the configuration goes first) and all other `*.yaml`, `*.yml` are mappings, in order of name.
 * Throws as `loadMappingSet`.
 */
export async function readMappings(config: Paths): Promise<RawMappings> {
  const problems = createProblems();
  const files = await findFiles(config);
  const mappings: RawMapping[] = [];
  const picklists = new Map<string, RawPicklist>();
  let owners: Owners | null = null;
  const read = (file: string, parse: (shown: string, text: string) => void): Promise<void> =>
    readInto(file, config.baseDir, problems, parse);
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
): Promise<void> {
  const shown = shownPath(file, baseDir);
  try {
    parse(shown, await readFile(file, "utf8"));
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

/** The package's own mappings for a source. Throws ConfigError MAPPINGS_MISSING when it has none. */
async function shippedFolder(connector: string): Promise<string> {
  const folder = join(packageRoot(), "mappings", connector);
  const found = connector === NOT_A_SOURCE ? null : await stat(folder).catch(() => null);
  if (found?.isDirectory() === true && /^[\w-]+$/.test(connector)) return folder;
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
