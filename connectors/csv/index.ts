/** Source connector for files: delimited text, workbooks, Parquet, JSON Lines, archives of delimited text. */
import type { ConnectorModule } from "../../core/connector.ts";
import { csvOptions, OPTIONS } from "./options.ts";
import { csvSource } from "./source.ts";

const csv: ConnectorModule = {
  name: "csv",
  summary:
    "CSV and other delimited text, Excel and OpenDocument workbooks, Parquet, JSON Lines; one object per file or sheet",
  options: OPTIONS,
  create: (options, baseDir, context) => csvSource(csvOptions(options), baseDir, context),
};

export default csv;
