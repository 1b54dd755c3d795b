/** Associations as the portal shows them: seeded ones and edits of them, from both sides. */
import type { Pair } from "./association-types.ts";
import type { Link } from "./links.ts";
import type { Association, AssociationType } from "./types.ts";

export interface Associations {
  /** By other record's index; null where the types cannot be associated. */
  of(from: string, index: number, to: string): ReadonlyMap<number, readonly AssociationType[]> | null;
  labels(from: string, to: string): readonly AssociationType[] | null;
  set(from: string, index: number, to: string, toIndex: number, types: readonly AssociationType[] | null): void;
  /** Types that a type can be associated with. */
  partners(type: string): readonly string[];
}

const same = (a: AssociationType, b: AssociationType): boolean => a.category === b.category && a.typeId === b.typeId;

export function createAssociations(
  links: readonly Link[],
  pairs: Readonly<Record<string, Readonly<Record<string, Pair>>>>,
): Associations {
  const edits = new Map<string, Map<number, readonly AssociationType[] | null>>();
  const key = (from: string, index: number, to: string): string => `${from}/${index}/${to}`;
  const byTypes = new Map<string, { readonly link: Link; readonly forward: boolean }[]>();
  const add = (name: string, link: Link, forward: boolean): void => {
    const list = byTypes.get(name) ?? [];
    list.push({ link, forward });
    byTypes.set(name, list);
  };
  for (const link of links) {
    add(`${link.from}>${link.to}`, link, true);
    add(`${link.to}>${link.from}`, link, false);
  }

  /** Types that edits brought and the catalogue does not know, by direction. */
  const extra = new Map<string, AssociationType[]>();

  /** What a type of `from>to` is called from the other side (unknown ones: the same); null where it is not seen there. */
  const opposite = (from: string, to: string, type: AssociationType): AssociationType | null => {
    for (const { there, back } of Object.values(pairs[`${from}>${to}`] ?? {})) if (same(there, type)) return back;
    for (const { there, back } of Object.values(pairs[`${to}>${from}`] ?? {})) {
      if (back !== null && same(back, type)) return there;
    }
    return type;
  };
  const known = new Map<string, readonly AssociationType[] | null>();
  const labels = (from: string, to: string): readonly AssociationType[] | null => {
    const name = `${from}>${to}`;
    let found = known.get(name);
    if (found === undefined) {
      found = collect(from, to);
      known.set(name, found);
    }
    return found;
  };
  const collect = (from: string, to: string): readonly AssociationType[] | null => {
    const found: AssociationType[] = [];
    const put = (type: AssociationType | null): void => {
      if (type !== null && !found.some((other) => same(other, type))) found.push(type);
    };
    for (const { there } of Object.values(pairs[`${from}>${to}`] ?? {})) put(there);
    for (const { back } of Object.values(pairs[`${to}>${from}`] ?? {})) put(back);
    if (found.length === 0) return null;
    for (const type of extra.get(`${from}>${to}`) ?? []) put(type);
    return found;
  };
  /** Types of a link in the direction that was asked for. */
  const named = (link: Link, forward: boolean, fromIndex: number, toIndex: number): readonly AssociationType[] => {
    const defined = pairs[`${link.from}>${link.to}`];
    const turned = defined === undefined;
    const catalogue = defined ?? pairs[`${link.to}>${link.from}`] ?? {};
    return link.names(fromIndex, toIndex).flatMap((name) => {
      const type = catalogue[name];
      if (type === undefined) throw new Error(`No association type ${name} of ${link.from} to ${link.to}`);
      const shown = forward !== turned ? type.there : type.back;
      return shown === null ? [] : [shown];
    });
  };
  return {
    labels,
    of(from, index, to) {
      if (labels(from, to) === null) return null;
      const found = new Map<number, readonly AssociationType[]>();
      for (const { link, forward } of byTypes.get(`${from}>${to}`) ?? []) {
        for (const other of forward ? link.forward(index) : link.backward(index)) {
          if (from === to && other === index) continue;
          const types = forward ? named(link, true, index, other) : named(link, false, other, index);
          if (types.length === 0) continue;
          const before = found.get(other);
          found.set(other, before === undefined ? types : [...before, ...types]);
        }
      }
      for (const [other, types] of edits.get(key(from, index, to)) ?? []) {
        if (types === null) found.delete(other);
        else found.set(other, types);
      }
      return found;
    },
    set(from, index, to, toIndex, types) {
      const put = (name: string, other: number, what: readonly AssociationType[] | null): void => {
        const map = edits.get(name) ?? new Map<number, readonly AssociationType[] | null>();
        map.set(other, what);
        edits.set(name, map);
      };
      const learn = (name: string, what: readonly AssociationType[]): void => {
        extra.set(name, [...(extra.get(name) ?? []), ...what]);
        known.delete(name);
      };
      put(key(from, index, to), toIndex, types);
      const turned = types?.map((type) => opposite(from, to, type)).filter((type) => type !== null) ?? [];
      put(key(to, toIndex, from), index, turned.length === 0 ? null : turned);
      if (types !== null) {
        learn(`${from}>${to}`, types);
        learn(`${to}>${from}`, turned);
      }
    },
    partners(type) {
      const found = new Set<string>();
      for (const name of Object.keys(pairs)) {
        const [from = "", to = ""] = name.split(">");
        if (from === type) found.add(to);
        if (to === type) found.add(from);
      }
      return [...found];
    },
  };
}

/** In the order of ids. */
export function asList(
  found: ReadonlyMap<number, readonly AssociationType[]>,
  id: (index: number) => string,
  alive: (index: number) => boolean,
): readonly Association[] {
  return [...found]
    .filter(([index]) => alive(index))
    .sort(([a], [b]) => a - b)
    .map(([index, types]) => ({ toId: id(index), types }));
}
