import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = fileURLToPath(new URL("../../../shared", import.meta.url));

/** Folder with public CRM files beside the checkout, or null where it is absent: tests that need it skip. */
export function sharedDir(): string | null {
  return existsSync(path) ? path : null;
}

/** Title of a test that needs the folder: says why it was skipped. */
export function needsShared(title: string): string {
  return sharedDir() === null ? `${title} (skipped: no ../shared folder beside the checkout)` : title;
}
