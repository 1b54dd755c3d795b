/** Source connector for CSV and other delimited text files. */
import type { ConnectorModule } from "../../core/connector.ts";
import { csvOptions, OPTIONS } from "./options.ts";
import { csvSource } from "./source.ts";

const csv: ConnectorModule = {
  name: "csv",
  summary: "CSV, TSV and other delimited text files, one object per file",
  options: OPTIONS,
  create: (options, baseDir, context) => csvSource(csvOptions(options), baseDir, context),
};

export default csv;
