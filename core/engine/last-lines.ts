/** `duplicates: last` needs to know, before a record is loaded, whether its key comes again. */
import { blankTest } from "../mapping/compile-blank.ts";
import type { CompiledMapping } from "../mapping/compiled.ts";
import { cellText, type RecordBatch } from "../record.ts";
import { KeyFilter } from "./bloom.ts";
import type { Session } from "./session.ts";

/** Where a record stands among all sources of a mapping: lines of different files are different. */
export function sourceLine(source: number, line: number): number {
  return source * 2 ** 40 + line;
}

/** Whether the mapping's filter lets a record of the batch through. */
function scopeTest(session: Session, { mapping }: CompiledMapping, batch: RecordBatch): (record: number) => boolean {
  const { filter } = mapping;
  if (filter === null) return () => true;
  const blank = blankTest((session.config.source.options.nulls as readonly string[] | undefined) ?? [""]);
  return (record) =>
    filter.test((column) => {
      const text = cellText(batch, record, batch.columns.indexOf(column));
      return blank.text(text) ? null : text;
    });
}

/**
 * Keys that occur more than once in the mapping's sources, with the `sourceLine` of the last one that the filter lets through. Two passes over the keys: the
 * first finds keys that may repeat, the second keeps the lines of those alone. Memory grows with the repeated keys only.
 */
export async function lastLines(session: Session, compiled: CompiledMapping): Promise<ReadonlyMap<string, number>> {
  const seen = new KeyFilter(4_000_000);
  const perhaps = new Set<string>();
  const each = async (use: (key: string, line: number) => void): Promise<void> => {
    for (const [index, object] of compiled.mapping.sources.entries()) {
      for await (const batch of session.source.read({
        object,
        fields: compiled.reads,
        from: null,
        batchSize: 50_000,
      })) {
        const bound = compiled.bind(batch.columns);
        const inScope = scopeTest(session, compiled, batch);
        for (let record = 0; record < batch.size; record++) {
          const key = bound.key(batch, record);
          if (key !== null && inScope(record)) use(key, sourceLine(index, batch.lines[record]!));
        }
      }
    }
  };
  await each((key) => {
    if (seen.add(key)) perhaps.add(key);
  });
  const last = new Map<string, number>();
  if (perhaps.size === 0) return last;
  const times = new Map<string, number>();
  await each((key, line) => {
    if (!perhaps.has(key)) return;
    last.set(key, line);
    times.set(key, (times.get(key) ?? 0) + 1);
  });
  for (const [key, count] of times) if (count === 1) last.delete(key);
  return last;
}
