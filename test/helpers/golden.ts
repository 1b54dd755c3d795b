/** Texts that people read, kept as files: `UPDATE_GOLDEN=1 npx vitest run` writes them anew. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/** Compares with `test/cli/golden/<name>.txt`. */
export function expectGolden(name: string, text: string): void {
  const file = fileURLToPath(new URL(`../cli/golden/${name}.txt`, import.meta.url));
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, "utf8"));
}
