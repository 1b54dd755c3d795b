/** Pieces of SOQL. Values are always escaped; names come from the org's own description. */

export function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n").replaceAll("\r", "\\r")}'`;
}

/** Ids from `from` on (included), before `to`; null: open. */
export interface IdRange {
  readonly from: string | null;
  readonly to: string | null;
}

export const EVERYTHING: IdRange = { from: null, to: null };

export function inRange({ from, to }: IdRange): string | null {
  return both(from === null ? null : `Id >= ${quoted(from)}`, to === null ? null : `Id < ${quoted(to)}`);
}

/** Joined by AND; null: no condition. */
export function both(...conditions: readonly (string | null)[]): string | null {
  const given = conditions.filter((condition) => condition !== null);
  return given.length === 0 ? null : given.join(" AND ");
}

export function select(columns: readonly string[], object: string, where: string | null, rest = ""): string {
  return `SELECT ${columns.join(",")} FROM ${object}${where === null ? "" : ` WHERE ${where}`}${rest === "" ? "" : ` ${rest}`}`;
}
