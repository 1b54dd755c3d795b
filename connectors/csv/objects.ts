/** How source objects are named and found. */
import { basename, extname, relative, sep } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import { didYouMean } from "../../core/nearest.ts";

/** A table of a file and the name of the source object that it is. */
export interface NamedFile {
  readonly path: string;
  /** Sheet, or file in an archive; null: the file has just one table. */
  readonly member: string | null;
  /** File name, or the relative path where two files share a name; `book.xlsx#Deals` where the file has several tables. */
  readonly name: string;
  /** Every other name that finds it when no other table has it: without extension, relative path, the sheet alone. */
  readonly aliases: readonly string[];
  /** Left out unless it is named. */
  readonly hidden: boolean;
}

/** A file and the tables in it. */
export interface FileTables {
  readonly path: string;
  readonly members: readonly { readonly id: string | null; readonly hidden: boolean }[];
}

/** Names the tables; `baseDir` is the folder that relative paths start from. */
export function nameFiles(files: readonly FileTables[], baseDir: string): NamedFile[] {
  const counts = new Map<string, number>();
  for (const { path } of files) counts.set(basename(path), (counts.get(basename(path)) ?? 0) + 1);
  return files.flatMap(({ path, members }) => {
    const from = relative(baseDir, path).split(sep).join("/");
    const fileName = counts.get(basename(path)) === 1 ? basename(path) : from;
    const fileNames = [...new Set([basename(path), from, `./${from}`, path])];
    const all = [...fileNames, ...fileNames.map(withoutExtension)];
    const visible = members.filter(({ hidden }) => !hidden);
    return members.map(({ id, hidden }) => {
      // The file's own name means its only table, or its first.
      const isFirst = visible[0]?.id === id && !hidden;
      const name = id === null || (isFirst && visible.length === 1 && !isText(id)) ? fileName : `${fileName}#${id}`;
      const inside = id === null ? [] : [...all.map((alias) => `${alias}#${id}`), id, ...shortNames(id)];
      const names = id === null || isFirst ? [...all, ...inside] : inside;
      return { path, member: id, name, aliases: [...new Set(names)].filter((alias) => alias !== name), hidden };
    });
  });
}

/**
 * Gives tables other names; a table that had such a name before makes way. Throws ConfigError CSV_UNKNOWN_OBJECT or
 * CSV_AMBIGUOUS_OBJECT for a file that is not there.
 */
export function renameFiles(named: readonly NamedFile[], as: ReadonlyMap<string, string>): NamedFile[] {
  const renamed = new Map([...as].map(([file, name]) => [resolveObject(named, file), name]));
  const taken = new Set(renamed.values());
  const kept = named.filter(
    (file) => !renamed.has(file) && !taken.has(file.name) && !file.aliases.some((alias) => taken.has(alias)),
  );
  const others = [...renamed].map(([file, name]) => {
    const aliases = name.includes("#")
      ? []
      : [basename(name), withoutExtension(name), withoutExtension(basename(name))];
    return { ...file, name, aliases: [...new Set(aliases)].filter((alias) => alias !== name), hidden: false };
  });
  return [...kept, ...others];
}

/** Of a file in an archive: its name without folders and extension. */
function shortNames(id: string): string[] {
  return isText(id) ? [basename(id), withoutExtension(basename(id))] : [];
}

function isText(id: string): boolean {
  return /\.[ctps]sv$|\.tab$/i.test(id);
}

/**
 * The table that a mapping means by `wanted`: by name, then by another name, exactly first, then whatever the case.
 * Throws ConfigError CSV_UNKNOWN_OBJECT, or CSV_AMBIGUOUS_OBJECT when several match equally well.
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
        { place: { object: wanted }, hint: "Write the file with its extension and folder, and the sheet behind a #." },
      );
    }
  }
  const names = files.filter((file) => !file.hidden).map((file) => file.name);
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
