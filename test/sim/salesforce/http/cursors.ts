/** Cursors behind `nextRecordsUrl`: `/query/0r8...-2000`. */
import { to18 } from "../ids.ts";
import { mix } from "../random.ts";
import type { Plan } from "../soql/plan.ts";

export interface Cursor {
  readonly plan: Plan;
  readonly rows: Uint32Array;
  readonly end: number;
}

export interface Cursors {
  open(plan: Plan, rows: Uint32Array): string;
  get(locator: string): Cursor | null;
}

export function createCursors(seed: number, keep: number, life: number, now: () => number): Cursors {
  const open = new Map<string, Cursor>();
  let serial = 0;
  return {
    open(plan, rows) {
      const text =
        mix(seed, serial).toString(36).padStart(7, "0") +
        mix(seed ^ 77, serial++)
          .toString(36)
          .padStart(5, "0");
      const locator = to18(`0r8${text}`.slice(0, 15).padEnd(15, "A"));
      open.set(locator, { plan, rows, end: now() + life });
      for (const oldest of open.keys()) {
        if (open.size <= keep) break;
        open.delete(oldest);
      }
      return locator;
    },
    get(locator) {
      const cursor = open.get(locator);
      return cursor === undefined || cursor.end <= now() ? null : cursor;
    },
  };
}
