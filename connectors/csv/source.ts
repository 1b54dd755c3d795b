/** The source for files: one object per table, which is a file, a sheet, or a file in an archive. */
import { setImmediate as turn } from "node:timers/promises";
import type { DescribeRequest, FetchRequest, ReadRequest, SourceConnector } from "../../core/connector.ts";
import type { Context } from "../../core/context.ts";
import { ConfigError, type Problem } from "../../core/errors.ts";
import { keyText } from "../../core/key-text.ts";
import { BatchBuilder, cellText, type RecordBatch, recordTexts } from "../../core/record.ts";
import type { SourceSchema } from "../../core/schema.ts";
import { FileCatalogue } from "./catalogue.ts";
import type { NamedFile } from "./objects.ts";
import type { CsvOptions } from "./options.ts";
import type { Table } from "./table.ts";

const COUNT_BATCH = 50_000;
/** Records that are looked through before others get their turn. */
const LOOK_BATCH = 5_000;
const FETCH_BATCH = 1000;
const FETCH_BYTES = 16 << 20;

/** Makes the connector; nothing is opened yet. */
export function csvSource(options: CsvOptions, baseDir: string, context: Context): SourceConnector {
  const catalogue = new FileCatalogue(options, baseDir, context);

  async function* read(object: string, batchSize: number, from: ReadRequest["from"]): AsyncGenerator<RecordBatch> {
    const table = await catalogue.table(object);
    yield* table.read({ from, batchSize });
  }

  async function* fetch(request: FetchRequest): AsyncGenerator<RecordBatch> {
    const table = await catalogue.table(request.object);
    const columns = request.key.map((name) => columnIndex(table, name));
    // most keys are one column: their text alone is enough
    const name = (parts: readonly string[]): string => (parts.length === 1 ? parts[0]! : JSON.stringify(parts));
    const wanted = new Set(request.keys.map(name));
    let found = new BatchBuilder(table.columns);
    for await (const batch of table.read({ batchSize: LOOK_BATCH, from: null })) {
      await turn();
      for (let record = 0; record < batch.size; record++) {
        const parts = columns.map((column) => keyText(cellText(batch, record, column) ?? ""));
        if (!wanted.has(name(parts))) continue;
        found.add(batch.lines[record]!, recordTexts(batch, record));
        if (found.size >= FETCH_BATCH || found.bytes >= FETCH_BYTES) {
          yield found.build(batch.next);
          found = new BatchBuilder(table.columns);
        }
      }
    }
    if (found.size > 0) yield found.build({});
  }

  /** Tables that are not hidden, and those that are wanted, each looked at; all problems at once. */
  async function tables(wanted?: DescribeRequest): Promise<readonly (readonly [NamedFile, Table])[]> {
    const problems: Problem[] = [];
    const found: (readonly [NamedFile, Table])[] = [];
    for (const named of await catalogue.named(wanted?.keys() ?? [])) {
      try {
        found.push([named, await catalogue.open(named)]);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        problems.push(...error.problems);
      }
    }
    problems.unshift(...catalogue.failures());
    if (problems.length > 0) throw ConfigError.of(problems);
    return found;
  }

  return {
    name: "csv",
    capabilities: { blankMeansNothing: true, fetchByKey: false, countsByReading: true },
    async open() {
      await tables();
    },
    async describe(wanted): Promise<SourceSchema> {
      const found = await tables(wanted);
      for (const [, { name, note, path }] of found) context.log.debug(`${name}: ${note}`, { file: path });
      return {
        objects: found.map(([{ aliases }, { name, fields, note }]) => ({ name, label: name, aliases, fields, note })),
      };
    },
    async check(reads) {
      const problems: Problem[] = [...(await catalogue.warnings())];
      for (const [{ name }, table] of await tables(reads)) {
        if (reads.has(name)) problems.push(...(await table.problems()));
      }
      return problems;
    },
    async count(object) {
      let count = 0;
      for await (const batch of read(object, COUNT_BATCH, null)) count += batch.size + batch.bad.length;
      return count;
    },
    read: (request) => read(request.object, request.batchSize, request.from),
    fetch,
    async fingerprint(object) {
      return (await catalogue.table(object)).fingerprint;
    },
    async close() {
      await catalogue.close();
    },
  };
}

function columnIndex(table: Table, name: string): number {
  const index = table.columns.indexOf(name);
  if (index >= 0) return index;
  throw new ConfigError(
    "SOURCE_COLUMN_MISSING",
    `${table.name}: no column "${name}": expected one of ${table.columns.join(", ")}`,
    {
      place: { object: table.name, field: name },
      hint: "Correct `key:` in the mapping.",
    },
  );
}
