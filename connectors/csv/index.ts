/** Source connector for files: delimited text, workbooks, Parquet, JSON Lines, archives of delimited text. */
import { existsSync } from "node:fs";
import type { ConnectorModule } from "../../core/connector.ts";
import { csvOptions, OPTIONS } from "./options.ts";
import { csvSource } from "./source.ts";

const csv: ConnectorModule = {
  name: "csv",
  summary:
    "CSV and other delimited text, Excel and OpenDocument workbooks, Parquet, JSON Lines; one object per file or sheet",
  options: OPTIONS,
  replaceFiles: (options, files) => ({
    ...options,
    files: [
      ...(Array.isArray(options.files) ? options.files : [options.files]),
      ...files.map(({ path }) => fileOf(path)),
    ],
    as: {
      ...((options.as as object | undefined) ?? {}),
      ...Object.fromEntries(files.map(({ source, path }) => [path, source])),
    },
  }),
  create: (options, baseDir, context) => csvSource(csvOptions(options), baseDir, context),
};

/** `book.xlsx#Deals` lies in `book.xlsx`; a file may have a `#` in its name, too. */
const fileOf = (path: string): string => (existsSync(path) ? path : path.replace(/#[^#/]*$/, ""));

export default csv;
