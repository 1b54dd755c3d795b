/** From the `files` option to files that exist, are readable and are regular files. */
import { constants, type Stats } from "node:fs";
import { access, glob, readdir, realpath, stat } from "node:fs/promises";
import { extname, join, relative, resolve, sep } from "node:path";
import { ConfigError, type Problem } from "../../core/errors.ts";

/** What counts as a file of records in a folder. */
const EXTENSIONS = new Set([
  ".csv",
  ".tsv",
  ".tab",
  ".psv",
  ".ssv",
  ".xlsx",
  ".xlsm",
  ".xls",
  ".ods",
  ".parquet",
  ".jsonl",
  ".ndjson",
  ".zip",
]);

const NOTHING_THERE = new Set(["CSV_NO_FILES", "CSV_FILE_NOT_FOUND"]);

/**
 * Absolute paths in a stable order: that of `patterns`, then by name; a file that several patterns find comes once.
 * A folder gives its own files of known kinds (not those that spreadsheet programs lock others with), not those of its folders. Symbolic links are followed only where a pattern names
 * them itself, never when a folder or glob finds them. Throws one ConfigError with all problems. `spared`: patterns that find
 * nothing are none, as long as others find something: files that other files stand in for may be gone.
 */
export async function findFiles(patterns: readonly string[], baseDir: string, spared = false): Promise<string[]> {
  const found = new Set<string>();
  const problems: Problem[] = [];
  for (const pattern of patterns) {
    const path = resolve(baseDir, pattern);
    const stats = await statOrNull(path);
    try {
      const paths = stats === null ? await matches(pattern, baseDir) : await contents(path, pattern, stats);
      for (const file of paths) {
        await access(file, constants.R_OK);
        found.add(file);
      }
    } catch (error) {
      problems.push(problemOf(error, path, pattern));
    }
  }
  const told = spared && found.size > 0 ? problems.filter(({ code }) => !NOTHING_THERE.has(code)) : problems;
  if (told.length > 0) throw ConfigError.of(told);
  return [...found];
}

async function contents(path: string, pattern: string, stats: Stats): Promise<string[]> {
  if (stats.isFile()) return [path];
  if (!stats.isDirectory()) {
    throw problem(
      "CSV_NOT_A_FILE",
      path,
      `${pattern}: expected a file or a folder, got something else`,
      "Name a regular file.",
    );
  }
  const entries = await readdir(path, { withFileTypes: true });
  const files = entries
    .filter(
      (entry) => entry.isFile() && EXTENSIONS.has(extname(entry.name).toLowerCase()) && !/^(?:\.|~\$)/.test(entry.name),
    )
    .map((entry) => join(path, entry.name));
  if (files.length === 0) {
    throw problem(
      "CSV_NO_FILES",
      path,
      `${pattern}: the folder holds no file of a known kind (${[...EXTENSIONS].join(", ")})`,
      "Put the exports there, or correct `files`.",
    );
  }
  return files.sort();
}

async function matches(pattern: string, baseDir: string): Promise<string[]> {
  if (!/[*?[{]/.test(pattern)) {
    throw problem(
      "CSV_FILE_NOT_FOUND",
      resolve(baseDir, pattern),
      `${pattern}: no such file or folder (${resolve(baseDir, pattern)})`,
      "Correct `files`; relative paths start at the folder of migration.yaml.",
    );
  }
  const root = globRoot(pattern, baseDir);
  const realRoot = await realpath(root).catch(() => root);
  const files: string[] = [];
  for await (const match of glob(pattern, { cwd: baseDir })) {
    const path = resolve(baseDir, match);
    // A link on the way would lead elsewhere.
    const real = await realpath(path).catch(() => null);
    if (real === null || real !== join(realRoot, relative(root, path))) continue;
    if ((await statOrNull(path))?.isFile() === true) files.push(path);
  }
  if (files.length === 0) {
    throw problem(
      "CSV_NO_FILES",
      resolve(baseDir, pattern),
      `${pattern}: no file matches (looked in ${root})`,
      "Correct `files`; relative patterns start at the folder of migration.yaml.",
    );
  }
  return files.sort();
}

/** The folder before the first part of a glob that is a pattern. */
function globRoot(pattern: string, baseDir: string): string {
  const parts = resolve(baseDir, pattern).split(sep);
  const first = parts.findIndex((part) => /[*?[{]/.test(part));
  return parts.slice(0, first).join(sep) || sep;
}

async function statOrNull(path: string): Promise<Stats | null> {
  return await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "EACCES") return null;
    throw error;
  });
}

function problem(code: string, file: string, message: string, hint: string): ConfigError {
  return new ConfigError(code, message, { place: { file }, hint });
}

function problemOf(error: unknown, path: string, pattern: string): Problem {
  if (error instanceof ConfigError) return error.problems[0]!;
  const failure = error as NodeJS.ErrnoException;
  return {
    code: "CSV_UNREADABLE",
    message: `${pattern}: cannot be read (${failure.code ?? failure.message})`,
    place: { file: failure.path ?? path },
    hint: "Check the permissions of the file and its folders.",
    severity: "error",
  };
}
