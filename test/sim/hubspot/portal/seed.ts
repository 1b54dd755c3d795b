/** What the makers of rows work with. */
import type { Files } from "./files.ts";
import type { Relations } from "./relations.ts";
import type { OwnerRecord, Property } from "./types.ts";
import type { World } from "./world.ts";

export interface Seed {
  readonly world: World;
  readonly relations: Relations;
  readonly owners: readonly OwnerRecord[];
  readonly files: Files;
}

export type Values = Record<string, string | null>;

/** One type's definitions and rows; ids, times, owner and merges are added for all types alike. */
export interface Rows {
  readonly properties: readonly Property[];
  values(index: number): Values;
}

export const pick = <T>(list: readonly T[], at: number): T => list[at % list.length]!;

/** The number that a double is, all its digits: `0.40000000000000002220446049250313080847263336181640625`. */
export function allDigits(value: number): string {
  let text = digits.get(value);
  if (text === undefined) {
    text = value.toFixed(60).replace(/0+$/, "");
    if (text.endsWith(".")) text += "000000";
    if (digits.size < 4000) digits.set(value, text);
  }
  return text;
}
const digits = new Map<number, string>();

/** Money with two decimals from cents, shorter where they are zero, as people and programs typed it. */
export function money(cents: number): string {
  const text = `${Math.floor(cents / 100)}`;
  const rest = cents % 100;
  return rest === 0 ? text : `${text}.${String(rest).padStart(2, "0")}`;
}
