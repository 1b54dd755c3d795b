/** A source connector on objects in memory that users go on working with: timestamps, deletes, merges, late rows, formulas. */
import type { ChangesRequest, ChangeTracking, GoneRecord, TouchedRecord } from "../../core/changes.ts";
import type { FetchRequest, ReadRequest, SourceConnector } from "../../core/connector.ts";
import { BatchBuilder, type RecordBatch } from "../../core/record.ts";

export interface ChangingObject {
  readonly columns: readonly string[];
  readonly key: string;
  /** Columns that change without the timestamp. */
  readonly derived?: readonly string[];
  /** No timestamps: watermarks are null. */
  readonly untimed?: boolean;
  /** Type of columns, as the source describes them; null where it does not. */
  readonly types?: Readonly<Record<string, "reference" | "text">>;
}

interface Row {
  readonly values: Record<string, string | null>;
  /** When it was changed, and from when on the source shows it (ms). */
  at: number;
  visible: number;
}

export interface ChangingSource extends SourceConnector {
  readonly changes: ChangeTracking;
  /** Ms; tests move it on. */
  now: number;
  /** Calls since they were last cleared: method and object. */
  readonly calls: string[];
  /** Records handed out since then, by method and object. */
  readonly given: Map<string, number>;
  readonly objects: Record<string, ChangingObject & { readonly rows: Map<string, Row> }>;
  put(
    object: string,
    id: string,
    values: Record<string, string | null>,
    options?: { at?: number; lateMs?: number },
  ): void;
  /** Changes values without the timestamp. */
  recalculate(object: string, id: string, values: Record<string, string | null>): void;
  remove(
    object: string,
    id: string,
    options?: { how?: GoneRecord["how"]; into?: string; by?: string; trace?: boolean },
  ): void;
  /** Calls `trap` before every batch that is read; for faults. */
  trap: ((method: string, object: string) => void) | null;
}

const SETTLE = 5_000;
const OVERLAP = 2_000;

export function changingSource(objects: Record<string, ChangingObject>): ChangingSource {
  const gone = new Map<string, GoneRecord>();
  const held: ChangingSource["objects"] = Object.fromEntries(
    Object.entries(objects).map(([name, object]) => [name, { ...object, rows: new Map<string, Row>() }]),
  );
  const find = (name: string) => {
    const object = held[name];
    if (object === undefined) throw new Error(`no object ${name}`);
    return object;
  };
  const visible = (name: string): [string, Row][] =>
    [...find(name).rows].filter(([, row]) => row.visible <= source.now).sort(([a], [b]) => (a < b ? -1 : 1));
  const note = (method: string, object: string, records: number): void => {
    source.trap?.(method, object);
    source.calls.push(`${method} ${object}`);
    source.given.set(`${method} ${object}`, (source.given.get(`${method} ${object}`) ?? 0) + records);
  };
  const batch = (
    name: string,
    fields: readonly string[],
    rows: readonly [string, Row][],
    line: number,
    next: object,
  ): RecordBatch => {
    const { columns } = find(name);
    const wanted = columns.filter((column) => fields.includes(column));
    const builder = new BatchBuilder(wanted);
    rows.forEach(([, { values }], index) => {
      builder.add(
        line + index + 1,
        wanted.map((column) => values[column] ?? null),
      );
    });
    return builder.build(next as RecordBatch["next"]);
  };
  async function* pages(
    method: string,
    request: Omit<ReadRequest, "from"> & { from: ReadRequest["from"] },
    all: readonly [string, Row][],
  ) {
    let start = Number(request.from?.row ?? 0);
    do {
      const rows = all.slice(start, start + request.batchSize);
      note(method, request.object, rows.length);
      if (rows.length === 0) return;
      start += rows.length;
      yield batch(request.object, request.fields, rows, start - rows.length, { row: start });
    } while (start < all.length);
  }
  const changes: ChangeTracking = {
    watermark: async (object) => (find(object).untimed ? null : { at: new Date(source.now - SETTLE).toISOString() }),
    async *changed(request: ChangesRequest) {
      const from = Date.parse(request.since.at) - OVERLAP;
      const changed = visible(request.object)
        .filter(([, row]) => row.at >= from)
        .sort(([a, x], [b, y]) => x.at - y.at || (a < b ? -1 : 1));
      yield* pages("changed", request, changed);
    },
    gone: async (object, ids) => {
      note("gone", object, ids.length);
      return ids.flatMap((id): GoneRecord[] => {
        if (find(object).rows.has(id)) return [];
        return [gone.get(`${object} ${id}`) ?? { id, how: "unknown", mergedInto: null, at: null, by: null }];
      });
    },
    derived: async (object, fields) => (find(object).derived ?? []).filter((name) => fields.includes(name)),
    touchedSince: async (object, at, limit) => {
      const since = Date.parse(at);
      const records = visible(object)
        .filter(([, row]) => row.at > since)
        .map(([id, row]): TouchedRecord => ({ id, how: "changed", at: new Date(row.at).toISOString(), by: null }));
      return { count: records.length, records: records.slice(0, limit) };
    },
    cost: async (requests) =>
      requests.map(({ object, since }) => {
        const all = visible(object);
        const pagesOf = Math.ceil(all.length / 2_000);
        return {
          object,
          changed: all.filter(([, row]) => row.at >= Date.parse(since.at) - OVERLAP).length,
          calls: 1,
          sweeps: { deleted: pagesOf, derived: pagesOf, associations: pagesOf },
        };
      }),
  };
  const source: ChangingSource = {
    name: "memory",
    capabilities: { blankMeansNothing: false, fetchByKey: true },
    changes,
    now: Date.parse("2026-11-21T12:00:00Z"),
    calls: [],
    given: new Map(),
    objects: held,
    trap: null,
    put(object, id, values, { at, lateMs = 0 } = {}) {
      const before = find(object).rows.get(id)?.values ?? {};
      gone.delete(`${object} ${id}`);
      find(object).rows.set(id, {
        values: { ...before, ...values, [find(object).key]: id },
        at: at ?? source.now,
        visible: source.now + lateMs,
      });
    },
    recalculate(object, id, values) {
      const row = find(object).rows.get(id)!;
      find(object).rows.set(id, { ...row, values: { ...row.values, ...values } });
    },
    remove(object, id, { how, into, by, trace = true } = {}) {
      find(object).rows.delete(id);
      if (!trace) return;
      gone.set(`${object} ${id}`, {
        id,
        how: how ?? (into === undefined ? "deleted" : "merged"),
        mergedInto: into ?? null,
        at: new Date(source.now).toISOString(),
        by: by ?? null,
      });
    },
    open: async () => undefined,
    describe: async () => ({
      objects: Object.entries(held).map(([name, { columns, key, types }]) => ({
        name,
        label: name,
        key,
        fields: columns.map((column) => ({ name: column, label: column, type: types?.[column] ?? "text" })),
      })),
    }),
    count: async (name) => visible(name).length,
    read: (request) => pages("read", request, visible(request.object)),
    async *fetch({ object, fields, keys }: FetchRequest) {
      const wanted = new Set(keys.map(([key]) => key));
      const rows = visible(object).filter(([id]) => wanted.has(id));
      note("fetch", object, rows.length);
      if (rows.length > 0) yield batch(object, fields, rows, 0, { row: 0 });
    },
    fingerprint: async () => "one",
    close: async () => undefined,
  };
  return source;
}
