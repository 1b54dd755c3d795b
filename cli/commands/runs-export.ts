/** `migrate runs records RUN --bucket B --out FILE`: the records of a bucket as a file. */
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, extname, relative, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ExportFormat } from "../../core/engine/export-records.ts";
import type { Bucket } from "../../core/engine/types.ts";
import { ConfigError } from "../../core/errors.ts";
import { PRIVATE_FILE } from "../../core/private-files.ts";
import type { App } from "../app.ts";
import { counted } from "../format.ts";
import { existing } from "../init/write-files.ts";

export interface ExportOptions {
  readonly run: string;
  readonly bucket: Bucket;
  readonly object: string | null;
  readonly out: string;
}

/** Throws ConfigError EXPORT_FORMAT, EXPORT_EXISTS, EXPORT_UNWRITABLE, and what `exportBucket` throws. */
export async function exportRecords(app: App, { run, bucket, object, out }: ExportOptions): Promise<number> {
  const { exportBucket } = await import("../../core/engine/export-records.ts");
  const { output } = app;
  const format = formatOf(out);
  const file = resolve(app.cwd, out);
  const [there] = await existing(dirname(file), [basename(file)]);
  if (there !== undefined && !app.yes) {
    throw new ConfigError("EXPORT_EXISTS", `nothing was written: ${out} exists already`, {
      hint: "Choose another name, or overwrite with --yes.",
    });
  }
  return app.withSession(async (session) => {
    let records = 0;
    const partial = `${file}.partial`;
    try {
      const lines = exportBucket(session, { run, bucket, object, format }, (count) => {
        records = count;
      });
      await pipeline(lines, createWriteStream(partial, { mode: PRIVATE_FILE }), { signal: app.context.signal });
      await rename(partial, file);
    } catch (error) {
      await rm(partial, { force: true });
      throw unwritable(error, out) ?? error;
    }
    const shown = relative(app.cwd, file);
    output.document({ run, bucket, object, file: shown, records });
    if (!output.json) output.print(`${shown}: ${counted(records, "record")}`);
    return 0;
  });
}

function formatOf(out: string): ExportFormat {
  const extension = extname(out).toLowerCase();
  if (extension === ".csv") return "table";
  if (extension === ".jsonl" || extension === ".ndjson") return "jsonl";
  throw new ConfigError("EXPORT_FORMAT", `--out: expected a file that ends in .csv or .jsonl, got ${out}`, {
    hint: "Spreadsheet programs open .csv; other programs read .jsonl.",
  });
}

function unwritable(error: unknown, out: string): ConfigError | null {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== "open" && syscall !== "rename" && syscall !== "write") return null;
  return new ConfigError("EXPORT_UNWRITABLE", `cannot write ${out} (${code ?? message})`, {
    hint: "See that the folder exists, can be written to and has room.",
    cause: error,
  });
}
