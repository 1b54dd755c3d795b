/** What a run is told when it begins: its name, and `--like RUN --files FILE...`, a repetition with other files. */
import { stat } from "node:fs/promises";
import { basename, isAbsolute, join, relative, resolve } from "node:path";
import type { ReplacedFile } from "../core/connector.ts";
import type { RunAbout, RunReport } from "../core/engine/types.ts";
import { ConfigError } from "../core/errors.ts";
import { objectWords } from "../core/mapping/suggest-names.ts";
import type { App } from "./app.ts";
import type { RunFlags } from "./program.ts";

export interface Said {
  readonly only: readonly string[] | null;
  readonly sample: number | null;
  readonly about: RunAbout;
}

const MOST = 200;

/**
 * The options of the run: those that were given, else those of the run that it repeats. Throws ConfigError RUN_UNKNOWN,
 * LIKE_OPTIONS, RUN_NAME, FILES_UNCLEAR, FILES_MISSING.
 */
export async function said(app: App, flags: RunFlags): Promise<Said> {
  const { like, name, files = [] } = flags;
  const { readRun } = await import("../core/engine/index.ts");
  if (flags.resume !== undefined && (like !== undefined || files.length > 0 || name !== undefined)) {
    throw new ConfigError("LIKE_OPTIONS", "a run that is resumed keeps its name, its options and its files", {
      hint: "Leave --name, --like and --files out, or start a new run without --resume.",
    });
  }
  if (flags.fromSnapshot !== undefined && files.length > 0) {
    throw new ConfigError("LIKE_OPTIONS", "expected files or a snapshot to read, got both", {
      hint: "Leave --files or --from-snapshot out.",
    });
  }
  if (name !== undefined && (name.trim() === "" || name.length > MOST || /\p{Cc}/u.test(name))) {
    throw new ConfigError(
      "RUN_NAME",
      `--name: expected one line of 1 to ${MOST} characters, got ${JSON.stringify(name.slice(0, 40))}`,
    );
  }
  const before = like === undefined ? null : await readRun(join(app.baseDir, "runs"), like);
  const given = before === null ? [] : await replaced(app, before, files);
  if (before === null && files.length > 0) {
    throw new ConfigError("LIKE_OPTIONS", "--files says which files a repeated run reads", {
      hint: "Name the run with --like RUN (`migrate runs list`), or change `files` in migration.yaml.",
    });
  }
  return {
    only: flags.only ?? before?.only ?? null,
    sample: flags.sample ?? before?.sample ?? null,
    about: {
      ...(name === undefined ? {} : { label: name.trim() }),
      ...(before === null ? {} : { like: before.run }),
      ...(given.length === 0 ? {} : { files: given }),
    },
  };
}

/** Which file of the earlier run each of the new ones stands in for; without new ones those that the earlier run read. */
async function replaced(app: App, before: RunReport, files: readonly string[]): Promise<readonly ReplacedFile[]> {
  if (files.length === 0) return before.files ?? [];
  const known = [...new Set(before.objects.flatMap(({ source }) => source.split(", ")))];
  const found: ReplacedFile[] = [];
  for (const file of files) {
    const { target, path } = await named(app.cwd, file);
    const source = target === null ? sourceLike(path, known) : sourceCalled(target, before, known);
    if (source === null) throw unclear(file, known);
    if (found.some((other) => other.source === source)) {
      throw new ConfigError("FILES_UNCLEAR", `--files: two files for ${source}`, {
        hint: "One file stands in for one: put the records into one file, or make two runs.",
      });
    }
    found.push({ source, path: kept(app.baseDir, path) });
  }
  return found;
}

/** `path`, or `what=path` where no file has the whole text as its name. */
async function named(cwd: string, file: string): Promise<{ readonly target: string | null; readonly path: string }> {
  const there = (path: string): Promise<boolean> =>
    stat(resolve(cwd, path)).then(
      (found) => found.isFile(),
      () => false,
    );
  const sheetless = (path: string): string => path.replace(/#[^#/]*$/, "");
  const cut = file.indexOf("=");
  for (const [target, path] of [[null, file], ...(cut > 0 ? [[file.slice(0, cut), file.slice(cut + 1)]] : [])] as [
    string | null,
    string,
  ][]) {
    if ((await there(path)) || (await there(sheetless(path)))) return { target, path: resolve(cwd, path) };
  }
  throw new ConfigError("FILES_MISSING", `--files: there is no file ${file}`, {
    hint: "Paths start where you are.",
  });
}

/** The source that the new file's name says: the same name, the same words without dates and numbers, or the only one there is. */
function sourceLike(path: string, known: readonly string[]): string | null {
  const own = (name: string): string => basename(name).toLowerCase();
  for (const same of [
    (source: string) => own(source) === own(path),
    (source: string) => objectWords(source) !== "" && objectWords(source) === objectWords(path),
    () => known.length === 1,
  ]) {
    const found = known.filter(same);
    if (found.length === 1) return found[0]!;
  }
  return null;
}

/** The source that is called so, or that alone is read for the target object that is. */
function sourceCalled(target: string, before: RunReport, known: readonly string[]): string | null {
  const folded = target.toLowerCase();
  const source = known.filter(
    (name) => name.toLowerCase() === folded || name.toLowerCase().replace(/\.\w+$/, "") === folded,
  );
  if (source.length === 1) return source[0]!;
  const of = before.objects.filter(({ object }) => object === target).flatMap((entry) => entry.source.split(", "));
  const distinct = [...new Set(of)];
  return distinct.length === 1 ? distinct[0]! : null;
}

/** As run.json keeps it: relative to migration.yaml where it lies below, so that the folder can be moved. */
function kept(baseDir: string, path: string): string {
  const from = relative(baseDir, path);
  return from.startsWith("..") || isAbsolute(from) ? path : from.replaceAll("\\", "/");
}

function unclear(file: string, known: readonly string[]): ConfigError {
  return new ConfigError("FILES_UNCLEAR", `--files: ${file} may stand in for any of ${known.join(", ")}`, {
    hint: `Say which: --files '${known[0]}=${file}'.`,
  });
}
