/** A delimited text as a table. */
import type { Context } from "../../core/context.ts";
import type { RecordBatch } from "../../core/record.ts";
import type { CsvFile } from "./inspect.ts";
import { mixedProblem } from "./mixed.ts";
import type { CsvOptions } from "./options.ts";
import { readRecords } from "./records.ts";
import { plainFields, type Table, type TableRead } from "./table.ts";

export function csvTable(
  file: CsvFile,
  { pad, maxRecordBytes }: Pick<CsvOptions, "pad" | "maxRecordBytes">,
  { signal, log }: Pick<Context, "signal" | "log">,
): Table {
  const { path, name, columns, note, survey, mixed } = file;

  async function* read({ from, batchSize }: TableRead): AsyncGenerator<RecordBatch> {
    const onNuls = (nuls: number) =>
      log.warn(`${name}: ${nuls} NUL ${nuls === 1 ? "byte" : "bytes"} left out`, { file: path, nuls });
    yield* readRecords(file, { from, batchSize, pad, maxRecordBytes, signal, onNuls });
  }

  return {
    path,
    name,
    columns,
    fields: plainFields(columns),
    note,
    fingerprint: `${survey.size}:${survey.sha256}`,
    read,
    problems: async () => (mixed ? [mixedProblem(path, name, mixed)] : []),
  };
}
