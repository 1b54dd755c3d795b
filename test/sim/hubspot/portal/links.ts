/** Which record is associated with which: arithmetic that can be asked from both sides. */
import { salt } from "../../salesforce/random.ts";
import type { World } from "./world.ts";

/** Records of `from` refer to records of `to`; all of them live as seeded. */
export interface Link {
  readonly from: string;
  readonly to: string;
  forward(from: number): readonly number[];
  backward(to: number): readonly number[];
  /** Names of the association's types, see association-types.ts; the same name twice is the same type twice. */
  names(from: number, to: number): readonly string[];
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Inverse of `a` modulo `m`. */
function inverse(a: number, m: number): number {
  let [oldRest, rest, old, now] = [a % m, m, 1, 0];
  while (rest !== 0) {
    const quotient = Math.floor(oldRest / rest);
    [oldRest, rest] = [rest, oldRest - quotient * rest];
    [old, now] = [now, old - quotient * now];
  }
  return ((old % m) + m) % m;
}

export interface Spread {
  readonly from: string;
  readonly to: string;
  /** Tells several spreads of the same types apart. */
  readonly purpose: string;
  /** Whether a record of `from` takes part; default: every one. */
  has?(from: number): boolean;
  /** These records of `from` all belong to the first record of `to`, which has no others. */
  readonly large?: Range;
  names(from: number, to: number): readonly string[];
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

export const within = (range: Range | undefined, index: number): boolean =>
  range !== undefined && index >= range.start && index < range.end;

/** Each record of `from` gets one of `to`, as if at random, evenly. */
export function spread(world: World, rule: Spread): Link {
  const { from, to } = rule;
  const [many, few] = [world.size(from), world.size(to)];
  if (few === 0) return { from, to, forward: () => [], backward: () => [], names: rule.names };
  // with a single record of `to`, all belong to it anyway
  const large = few === 1 ? undefined : rule.large;
  const hash = salt(`${world.seed}.${from}.${to}.${rule.purpose}`);
  let factor = Math.max(1, Math.floor(few * (0.38 + (hash % 97) / 400)));
  while (gcd(factor, few) !== 1) factor++;
  const back = inverse(factor, few);
  const offset = hash % few;

  const has = (index: number): boolean =>
    index < many && world.fate(from, index) === "live" && (within(large, index) || (rule.has?.(index) ?? true));
  const raw = (index: number): number => {
    if (within(large, index)) return 0;
    const at = (factor * index + offset) % few;
    return at === 0 && large !== undefined ? 1 : at;
  };
  const named = (index: number): number => world.live(to, raw(index));
  return {
    from,
    to,
    forward: (index) => (has(index) ? [named(index)] : []),
    backward(index) {
      if (index >= few || world.fate(to, index) !== "live") return [];
      const found: number[] = [];
      for (const origin of world.origins(to, index)) {
        if (large !== undefined && origin === 0) {
          for (let at = large.start; at < large.end; at++) if (has(at)) found.push(at);
          continue;
        }
        for (const target of large !== undefined && origin === 1 ? [0, 1] : [origin]) {
          const first = (back * ((((target - offset) % few) + few) % few)) % few;
          for (let at = first; at < many; at += few) if (!within(large, at) && has(at)) found.push(at);
        }
      }
      return found;
    },
    names: rule.names,
  };
}

export interface Tree {
  readonly of: string;
  /** Children per parent. */
  readonly width: number;
  /** Which of them exist: of `parent * width + 0 ... width - 1`. */
  readonly ordinals: readonly number[];
  names(child: number, parent: number): readonly string[];
}

/** Records of one type refer to an earlier one; the first ones are roots. */
export function tree(world: World, rule: Tree): Link {
  const { of: type, width } = rule;
  const size = world.size(type);
  const has = (index: number): boolean =>
    index >= 2 * width + 8 &&
    index < size &&
    rule.ordinals.includes(index % width) &&
    world.fate(type, index) === "live";
  return {
    from: type,
    to: type,
    forward: (index) => (has(index) ? [world.live(type, Math.floor(index / width))] : []),
    backward(index) {
      if (index >= size || world.fate(type, index) !== "live") return [];
      return world
        .origins(type, index)
        .flatMap((origin) => rule.ordinals.map((ordinal) => origin * width + ordinal).filter(has));
    },
    names: rule.names,
  };
}

/** From `start` on, so many live records. */
export function liveRange(world: World, type: string, start: number, live: number): Range {
  let end = start;
  let found = 0;
  while (found < live && end < world.size(type)) if (world.fate(type, end++) === "live") found++;
  return { start, end };
}
