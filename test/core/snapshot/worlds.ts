import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SourceConnector } from "../../../core/connector.ts";
import type { Context } from "../../../core/context.ts";
import { recording } from "../../../core/snapshot/index.ts";
import { testContext } from "../../helpers/context.ts";

export const temporary = (): string => mkdtempSync(join(tmpdir(), "snapshot-"));

/** The source, recorded into `dir`, asking for `fields` of every object besides those of each request. */
export async function recorded(
  source: SourceConnector,
  dir: string,
  context: Context = testContext(),
  fields: (object: string) => readonly string[] = () => [],
): Promise<SourceConnector> {
  return recording(source, {
    dir,
    about: {
      run: "20261121T233000Z-full",
      connector: source.name,
      source: "acme",
      takenAt: "2026-11-21T23:30:00.000Z",
      blankMeansNothing: source.capabilities.blankMeansNothing,
      options: { timezone: "Europe/Berlin" },
      schema: await source.describe(),
    },
    fields,
    signal: context.signal,
  });
}

/** Reads every object to its end and lets the batches go. */
export async function readThrough(
  source: SourceConnector,
  objects: readonly string[],
  batchSize = 1000,
): Promise<void> {
  for (const object of objects) {
    for await (const _ of source.read({ object, fields: [], from: null, batchSize }));
  }
}
