import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import csv from "../../../connectors/csv/index.ts";
import type { SourceConnector } from "../../../core/connector.ts";
import type { Context } from "../../../core/context.ts";
import { ConfigError, type Problem } from "../../../core/errors.ts";
import type { SourceObject } from "../../../core/schema.ts";
import { testContext } from "../../helpers/context.ts";
import { type ReadResult, readAll } from "../read-all.ts";

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A temporary folder with these files; the caller removes it. */
export function makeFolder(files: Files): string {
  const dir = mkdtempSync(join(tmpdir(), "crm-migrate-csv-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
  return dir;
}

/** A temporary folder that goes with the test. */
export function folder(files: Files): string {
  const dir = makeFolder(files);
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A connector over a folder. */
export function over(
  dir: string,
  options: Readonly<Record<string, unknown>> = {},
  context: Context = testContext(),
): SourceConnector {
  return csv.create({ files: ".", ...options }, dir, context);
}

/** Reads one file with this content. */
export async function readText(
  content: string | Uint8Array,
  options: Readonly<Record<string, unknown>> = {},
): Promise<ReadResult & { readonly object: SourceObject }> {
  const source = over(folder({ "a.csv": content }), options);
  const { objects } = await source.describe();
  const result = await readAll(source, "a.csv");
  await source.close();
  return { ...result, object: objects[0]! };
}

/** The problems of the ConfigError that `work` ends with. */
export async function problemsOf(work: () => Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error("expected a ConfigError, got none");
}
