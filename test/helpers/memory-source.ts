/** A source connector on arrays: every method as the contract asks, with content that a test may change between calls. */
import type {
  ConnectorModule,
  ConnectorRegistry,
  FetchRequest,
  ReadRequest,
  SourceConnector,
  TargetModule,
} from "../../core/connector.ts";
import { ConfigError } from "../../core/errors.ts";
import { type BadRecord, BatchBuilder, type RecordBatch } from "../../core/record.ts";

export interface MemoryObject {
  readonly columns: readonly string[];
  readonly key: string;
  /** Cells in column order; null where the source says null. */
  rows: (string | null)[][];
  /** Records that cannot be read. */
  bad?: BadRecord[];
}

export type MemoryData = Record<string, MemoryObject>;

/** `calls` counts complete readings per object. */
export interface MemorySource extends SourceConnector {
  readonly calls: Map<string, number>;
}

export function memorySource(data: MemoryData): MemorySource {
  const calls = new Map<string, number>();
  const find = (name: string): MemoryObject => {
    const object = data[name];
    if (object !== undefined) return object;
    throw new ConfigError("SOURCE_OBJECT_MISSING", `expected one of ${Object.keys(data).join(", ")}, got ${name}`);
  };
  const batch = (
    { columns }: MemoryObject,
    rows: readonly (string | null)[][],
    from: number,
    bad: readonly BadRecord[],
  ): RecordBatch => {
    const builder = new BatchBuilder(columns);
    for (const [index, row] of rows.entries()) builder.add(from + index + 1, row);
    for (const each of bad) builder.addBad(each);
    return builder.build({ row: from + rows.length });
  };
  return {
    name: "memory",
    calls,
    capabilities: { blankMeansNothing: true, fetchByKey: true },
    open: async () => undefined,
    describe: async () => ({
      objects: Object.entries(data).map(([name, { columns, key }]) => ({
        name,
        label: name,
        key,
        fields: columns.map((column) => ({ name: column, label: column, type: null })),
      })),
    }),
    count: async (name) => find(name).rows.length + (find(name).bad?.length ?? 0),
    async *read({ object: name, from, batchSize }: ReadRequest) {
      const object = find(name);
      if (from === null) calls.set(name, (calls.get(name) ?? 0) + 1);
      let start = (from?.row as number | undefined) ?? 0;
      let bad = start === 0 ? (object.bad ?? []) : [];
      while (start < object.rows.length || bad.length > 0) {
        const rows = object.rows.slice(start, start + batchSize);
        yield batch(object, rows, start, bad);
        start += rows.length;
        bad = [];
      }
    },
    async *fetch({ object: name, key, keys }: FetchRequest) {
      const object = find(name);
      const parts = key.map((column) => object.columns.indexOf(column));
      const wanted = new Set(keys.map((each) => JSON.stringify(each)));
      const rows = object.rows.filter((row) => wanted.has(JSON.stringify(parts.map((at) => row[at]))));
      if (rows.length > 0) yield batch(object, rows, 0, []);
    },
    fingerprint: async (name) => JSON.stringify(find(name).rows),
    close: async () => undefined,
  };
}

/** A registry with this one source, named `memory`, and one target. */
export function memoryRegistry(source: SourceConnector, target: TargetModule): ConnectorRegistry {
  const module: ConnectorModule = { name: "memory", summary: "arrays", options: [], create: () => source };
  return {
    names: ["memory"],
    load: async () => module,
    openFile: () => Promise.reject(new Error("there are no files")),
    targetNames: [target.name],
    loadTarget: async () => target,
  };
}
