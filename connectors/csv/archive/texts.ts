/** Archives of delimited files, such as Salesforce's weekly export. */
import { basename, extname } from "node:path";
import type { Context } from "../../../core/context.ts";
import type { RecordBatch } from "../../../core/record.ts";
import { csvTable } from "../csv-table.ts";
import { beyondLimit, fileError, warning } from "../fail.ts";
import { inspectFile } from "../inspect.ts";
import { type CsvOptions, headerOf } from "../options.ts";
import type { Container, Table } from "../table.ts";
import type { Zip } from "./zip.ts";

const EXTENSIONS = new Set([".csv", ".tsv", ".tab", ".psv", ".ssv"]);
/** What Salesforce's export writes for a reference to nothing. */
const NO_ID = Buffer.from("000000000000000AAA");
const SHORT = 15;

/** One table per delimited file. Throws ConfigError CSV_NO_FILES, FILE_LIMIT. */
export function zipOfTexts(zip: Zip, options: CsvOptions, context: Context): Container {
  const { path } = zip;
  const texts = zip.entries.filter(({ name }) => EXTENSIONS.has(extname(name).toLowerCase()) && !isHidden(name));
  const others = zip.entries.filter((entry) => !texts.includes(entry) && !isHidden(entry.name));
  if (texts.length === 0) {
    throw fileError(
      "CSV_NO_FILES",
      path,
      `${basename(path)}: the archive holds no ${[...EXTENSIONS].join(", ")} file`,
      "Unpack it and name the files, or leave it out of `files`.",
    );
  }
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
    problems:
      others.length === 0
        ? []
        : [
            warning(
              "ARCHIVE_FILES_IGNORED",
              path,
              `${basename(path)}: ${others.length} ${others.length === 1 ? "file that is" : "files that are"} not delimited text ${others.length === 1 ? "is" : "are"} not read (${others
                .slice(0, 3)
                .map(({ name }) => name)
                .join(", ")}${others.length > 3 ? "..." : ""})`,
              "Bodies of attachments and documents are not loaded from archives.",
            ),
          ],
  };
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
