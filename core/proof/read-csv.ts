/** Reads the CSV files that a run leaves (RFC 4180, UTF-8), as a stream of rows by header name. */
import { createReadStream } from "node:fs";

/** Rows of a file; none when it does not exist. Memory holds one row and one chunk. */
export async function* readCsv(file: string): AsyncGenerator<ReadonlyMap<string, string>> {
  let header: readonly string[] | null = null;
  try {
    for await (const cells of rows(createReadStream(file, { encoding: "utf8" }))) {
      if (header === null) header = cells.map((cell, index) => (index === 0 ? cell.replace(/^\ufeff/, "") : cell));
      else if (cells.length > 1 || cells[0] !== "")
        yield new Map(header.map((name, index) => [name, cells[index] ?? ""]));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

async function* rows(chunks: AsyncIterable<string>): AsyncGenerator<string[]> {
  let cells: string[] = [];
  let cell = "";
  // plain: outside quotes; quoted: inside; closing: after a quote inside, which ends the cell or is doubled
  let state: "plain" | "quoted" | "closing" = "plain";
  let started = false;
  for await (const chunk of chunks) {
    for (const letter of chunk) {
      started = true;
      if (state === "quoted") {
        if (letter === '"') state = "closing";
        else cell += letter;
        continue;
      }
      if (letter === '"' && (state === "closing" || cell === "")) {
        if (state === "closing") cell += letter;
        state = "quoted";
        continue;
      }
      state = "plain";
      if (letter === ",") {
        cells.push(cell);
        cell = "";
      } else if (letter === "\n") {
        cells.push(cell);
        yield cells;
        cells = [];
        cell = "";
        started = false;
      } else if (letter !== "\r") cell += letter;
    }
  }
  if (started) yield [...cells, cell];
}
