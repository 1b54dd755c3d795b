/** How source objects are named and found. */
import { basename, extname, relative, sep } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import { didYouMean } from "../../core/nearest.ts";

/** A file and the name of the source object that it is. */
export interface NamedFile {
  readonly path: string;
  /** File name, or the relative path where two files share a name. */
  readonly name: string;
  /** Every other name that finds it when no other file has it: without extension, relative path. */
  readonly aliases: readonly string[];
}

/** Names the files; `baseDir` is the folder that relative paths start from. */
export function nameFiles(paths: readonly string[], baseDir: string): NamedFile[] {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(basename(path), (counts.get(basename(path)) ?? 0) + 1);
  return paths.map((path) => {
    const from = relative(baseDir, path).split(sep).join("/");
    const name = counts.get(basename(path)) === 1 ? basename(path) : from;
    const names = [basename(path), from, `./${from}`, path];
    const aliases = [...names, ...names.map(withoutExtension)].filter((alias) => alias !== name);
    return { path, name, aliases: [...new Set(aliases)] };
  });
}

/**
 * The file that a mapping means by `wanted`: by name, then by another name, exactly first, then whatever the case.
 * Throws ConfigError CSV_UNKNOWN_OBJECT, or CSV_AMBIGUOUS_OBJECT when several files match equally well.
 */
export function resolveObject(files: readonly NamedFile[], wanted: string): NamedFile {
  const folded = wanted.toLowerCase();
  const tests: readonly ((file: NamedFile) => boolean)[] = [
    (file) => file.name === wanted,
    (file) => file.aliases.includes(wanted),
    (file) => file.name.toLowerCase() === folded,
    (file) => file.aliases.some((alias) => alias.toLowerCase() === folded),
  ];
  for (const test of tests) {
    const found = files.filter(test);
    if (found.length === 1) return found[0]!;
    if (found.length > 1) {
      throw new ConfigError(
        "CSV_AMBIGUOUS_OBJECT",
        `"${wanted}" may be any of ${found.map((file) => `"${file.name}"`).join(", ")}`,
        { place: { object: wanted }, hint: "Write the file with its extension and folder." },
      );
    }
  }
  const names = files.map((file) => file.name);
  const suggestion = didYouMean(wanted, names);
  throw new ConfigError(
    "CSV_UNKNOWN_OBJECT",
    `no file "${wanted}": expected one of ${names.slice(0, 20).join(", ")}${names.length > 20 ? "..." : ""}${suggestion === null ? "" : `; ${suggestion}`}`,
    { place: { object: wanted }, hint: "Correct `source:` in the mapping, or `files:` in migration.yaml." },
  );
}

function withoutExtension(path: string): string {
  return path.slice(0, path.length - extname(path).length);
}
