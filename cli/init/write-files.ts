/** Files of a new migration: written whole, never over what is there unless the caller has asked for it. */
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface NewFile {
  /** Relative to the migration's folder. */
  readonly path: string;
  readonly text: string | Uint8Array;
}

/** Which of the paths are there. */
export async function existing(dir: string, paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      stat(join(dir, path)).then(
        () => path,
        () => null,
      ),
    ),
  );
  return found.filter((path) => path !== null);
}

export async function writeNew(dir: string, files: readonly NewFile[]): Promise<void> {
  for (const { path, text } of files) {
    const file = join(dir, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.partial`, text);
    await rename(`${file}.partial`, file);
  }
}

/** Adds the lines that .gitignore lacks. False when it had them all. */
export async function ignoreLines(dir: string, wanted: readonly string[]): Promise<boolean> {
  const file = join(dir, ".gitignore");
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const have = new Set(text.split(/\r?\n/).map((line) => line.trim().replace(/^\//, "")));
  const missing = wanted.filter((line) => !have.has(line));
  if (missing.length === 0) return false;
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  await writeFile(file, `${text}${gap}${missing.join("\n")}\n`);
  return true;
}
