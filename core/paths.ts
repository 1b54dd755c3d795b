import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Folder that holds this package's package.json, whether the code runs from source or from `dist/`.
 * Files that are not code (SQL, shipped mappings) are found from here.
 */
export function packageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let dir = start; ; dir = dirname(dir)) {
    if (existsSync(join(dir, "package.json"))) return dir;
    if (dir === dirname(dir)) throw new Error(`no package.json above ${start}`);
  }
}

/** Folder of the numbered SQL files of schema `migrate`. */
export function stateSqlDir(): string {
  return join(packageRoot(), "core", "store", "sql");
}
