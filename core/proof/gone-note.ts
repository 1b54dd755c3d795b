/** What a report says of rows whose record is gone at the source. */
import { count, many } from "./format.ts";
import type { goneRows } from "./target-side.ts";

const WORDS: Readonly<Record<string, string>> = {
  kept: "kept",
  marked: "marked",
  deleted: "deleted",
  open: "not dealt with yet",
};

/** One sentence, or none: `contact<Contact: 3 records are gone at the source; their rows: 2 deleted, 1 kept (it was edited ...).` */
export function goneNote(mapping: string, rows: Awaited<ReturnType<typeof goneRows>>): string[] {
  const all = rows.reduce((sum, row) => sum + row.count, 0);
  if (all === 0) return [];
  const parts = rows.map(
    ({ done, reason, count: n }) => `${count(n)} ${WORDS[done] ?? done}${reason === null ? "" : ` (${reason})`}`,
  );
  return [
    `${mapping}: ${many(all, "record")} ${all === 1 ? "is" : "are"} gone at the source; rows: ${parts.join(", ")}.`,
  ];
}
