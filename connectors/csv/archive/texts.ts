/** Archives of delimited files, such as Salesforce's weekly export. */
import { basename, extname } from "node:path";
import type { Context } from "../../../core/context.ts";
import type { ConfigError, Problem } from "../../../core/errors.ts";
import type { RecordBatch } from "../../../core/record.ts";
import { csvTable } from "../csv-table.ts";
import { beyondLimit, fileError, warning } from "../fail.ts";
import { inspectFile } from "../inspect.ts";
import { type CsvOptions, headerOf } from "../options.ts";
import type { Container, Table } from "../table.ts";
import { bodyOf } from "./bodies.ts";
import type { Zip } from "./zip.ts";

const EXTENSIONS = new Set([".csv", ".tsv", ".tab", ".psv", ".ssv"]);
/** What Salesforce's export writes for a reference to nothing. */
const NO_ID = Buffer.from("000000000000000AAA");
const SHORT = 15;

/** One table per delimited file; none where there are only bodies. Throws ConfigError CSV_NO_FILES, FILE_LIMIT. */
export function zipOfTexts(zip: Zip, options: CsvOptions, context: Context): Container {
  const { path } = zip;
  const texts = zip.entries.filter(({ name }) => EXTENSIONS.has(extname(name).toLowerCase()) && !isHidden(name));
  const others = zip.entries.filter((entry) => !texts.includes(entry) && !isHidden(entry.name));
  const bodies = others.map((entry) => bodyOf(path, entry)).filter((body) => body !== null);
  if (texts.length === 0 && bodies.length === 0) throw noTexts(path);
  const total = texts.reduce((sum, { size }) => sum + size, 0);
  if (total > options.maxUnpackedBytes) {
    throw beyondLimit(
      path,
      `it unpacks to ${total} bytes, expected at most ${options.maxUnpackedBytes}`,
      "Raise `maxUnpackedBytes` if you trust the file.",
    );
  }
  return {
    members: texts.map((entry) => ({
      id: entry.name,
      hidden: false,
      open: async (name) => {
        const file = await inspectFile(
          { path, entry },
          name,
          { ...options, header: headerOf(options, path, entry.name) },
          context.signal,
        );
        return withoutNoIds(csvTable(file, options, context), basename(path));
      },
    })),
    problems: [],
    archive: { bodies, names: others.map(({ name }) => name) },
  };
}

/** CSV_NO_FILES: nothing in the archive, or in the others of its export, is a table. */
export function noTexts(path: string): ConfigError {
  return fileError(
    "CSV_NO_FILES",
    path,
    `${basename(path)}: the archive holds no ${[...EXTENSIONS].join(", ")} file`,
    "Unpack it and name the files, or leave it out of `files`.",
  );
}

/** ARCHIVE_FILES_IGNORED about the files called `names`. */
export function ignored(path: string, names: readonly string[]): Problem[] {
  if (names.length === 0) return [];
  const one = names.length === 1;
  return [
    warning(
      "ARCHIVE_FILES_IGNORED",
      path,
      `${basename(path)}: ${names.length} ${one ? "file that is" : "files that are"} not delimited text ${one ? "is" : "are"} not read (${names.slice(0, 3).join(", ")}${names.length > 3 ? "..." : ""})`,
      "Bodies are found by the records of a file beside them: those of Attachments/ by Attachment.csv.",
    ),
  ];
}

/** What operating systems add to archives. */
function isHidden(name: string): boolean {
  return name.startsWith("__MACOSX/") || basename(name).startsWith(".");
}

function withoutNoIds(table: Table, archive: string): Table {
  return {
    ...table,
    note: `${table.note}; in ${archive}`,
    async *read(request) {
      for await (const batch of table.read(request)) {
        blankNoIds(batch);
        yield batch;
      }
    },
  };
}

/** `000000000000000AAA` refers to nothing. */
function blankNoIds({ data, starts, ends, size, columns }: RecordBatch): void {
  const cells = size * columns.length;
  for (let cell = 0; cell < cells; cell++) {
    const start = starts[cell]!;
    const length = ends[cell]! - start;
    if (length !== NO_ID.length && length !== SHORT) continue;
    if (data.compare(NO_ID, 0, length, start, start + length) === 0) ends[cell] = start;
  }
}
