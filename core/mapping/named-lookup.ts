/**
 * References that say which object they mean, for sources whose ids are unique per object only. They are staged with the
 * object before the id: `opportunity:123`, `task/emails:123`.
 */
import type { FieldMapping, LookupSpec, LookupTarget } from "./types.ts";

/** `object`, or `object/keyspace`: as it is written in mappings, and as it stands before a staged reference. */
export const targetText = ({ object, keyspace }: Pick<LookupTarget, "object" | "keyspace">): string =>
  keyspace === null ? object : `${object}/${keyspace}`;

/** True where references are staged with their object. */
export const isNamed = (spec: LookupSpec | null): spec is LookupSpec =>
  spec?.targets?.some(({ name }) => name !== null) === true;

/** `object` or `object/keyspace` taken apart. */
export function parseTarget(text: string): Pick<LookupTarget, "object" | "keyspace"> {
  const slash = text.indexOf("/");
  return slash < 0
    ? { object: text, keyspace: null }
    : { object: text.slice(0, slash), keyspace: text.slice(slash + 1) };
}

/** What stands before the colon of a staged reference; a name that the mapping does not know finds nothing. */
export function tagger(spec: LookupSpec): (name: string) => string {
  const tags = new Map((spec.targets ?? []).map((target) => [fold(target.name ?? ""), targetText(target)]));
  return (name) => tags.get(fold(name)) ?? `?${name.trim()}`;
}

/** Reads a named lookup's reference: the first source field that is not blank, with its object. */
export function namedReader(
  { input }: Pick<FieldMapping, "input">,
  spec: LookupSpec,
): (cell: (column: string) => string | null) => string | null {
  const columns = input.kind === "from" ? input.columns : [];
  const tag = tagger(spec);
  const typeFrom = spec.typeFrom ?? null;
  return (cell) => {
    for (const column of columns) {
      const key = cell(column);
      if (key !== null) return `${tag(typeFrom === null ? column : (cell(typeFrom) ?? ""))}:${key.trim()}`;
    }
    return null;
  };
}

/** The object and the id of a staged reference; null where its name is not one that the mapping knows. */
export function splitReference(
  spec: LookupSpec,
  reference: string,
): { readonly target: LookupTarget; readonly key: string } | null {
  for (const target of spec.targets ?? []) {
    const tag = `${targetText(target)}:`;
    if (reference.startsWith(tag)) return { target, key: reference.slice(tag.length) };
  }
  return null;
}

const fold = (text: string): string => text.trim().toLowerCase();
