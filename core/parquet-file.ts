/** Writes texts into a Parquet file, row group by row group: memory does not grow with the file. The one place that imports the writer. */
import { type FileHandle, open } from "node:fs/promises";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { PRIVATE_FILE } from "./private-files.ts";

export interface ParquetTexts {
  /** Adds one row group; a row has a cell per column, null for none. */
  write(rows: readonly (readonly (string | null)[])[]): Promise<void>;
  /** Ends the file. Without it, what is there is no Parquet file. */
  finish(): Promise<void>;
  /** Closes what is open, also after errors. */
  close(): Promise<void>;
}

/** Bytes that are written, and then forgotten. */
function fileBytes(handle: FileHandle): ByteWriter {
  const bytes = new ByteWriter(1 << 20);
  const send = async (): Promise<void> => {
    let at = 0;
    const whole = new Uint8Array(bytes.buffer, 0, bytes.index);
    while (at < whole.length) at += (await handle.write(whole, at)).bytesWritten;
    bytes.index = 0;
  };
  return Object.assign(bytes, { flush: send, finish: send });
}

/** Makes the file, or replaces it, for its owner alone. Columns are UTF-8 texts that may be null, compressed with Snappy. */
export async function parquetTexts(path: string, columns: readonly string[]): Promise<ParquetTexts> {
  const handle = await open(path, "w", PRIVATE_FILE);
  const writer = new ParquetWriter({
    writer: fileBytes(handle),
    schema: [
      { name: "root", num_children: columns.length },
      ...columns.map((name) => ({
        name,
        type: "BYTE_ARRAY" as const,
        converted_type: "UTF8" as const,
        repetition_type: "OPTIONAL" as const,
      })),
    ],
    createdBy: "crm-migrate",
  });
  return {
    async write(rows) {
      if (rows.length === 0) return;
      const columnData = columns.map((name, index) => ({ name, data: rows.map((row) => row[index] ?? null) }));
      await writer.write({ columnData, rowGroupSize: rows.length });
    },
    async finish() {
      await writer.finish();
    },
    close: () => handle.close(),
  };
}
