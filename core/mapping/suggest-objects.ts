/** Which target object a file or source object holds, by its name, else by its headers. */
import type { SourceObject, TargetModel } from "../schema.ts";
import { foreignName, foreignObjects } from "./languages/index.ts";
import { normalise, objectWords } from "./suggest-names.ts";
import { OBJECT_SYNONYMS } from "./synonyms.ts";

/** One mapping to be drafted: several sources only when their headers are the same. */
export interface Assignment {
  readonly object: string;
  readonly sources: readonly SourceObject[];
  readonly reason: string;
  /** Another mapping loads the same object: ids need a keyspace of their own. */
  readonly keyspace: string | null;
  /** Which of the records; absent: all. */
  readonly filter?: string;
}

export interface LeftOut {
  readonly source: string;
  readonly reason: string;
}

/** Names (normalised, singular) that a target object goes by, its own first. */
export function objectNames(object: string): readonly string[] {
  return [...new Set([object, ...(OBJECT_SYNONYMS[object] ?? [])])];
}

interface Guess {
  readonly object: string;
  /** Lower is better. */
  readonly rank: number;
  readonly reason: string;
}

function guess(source: SourceObject, model: TargetModel): Guess | null {
  const words = objectWords(source.name);
  for (const object of model.objects.keys()) {
    if (objectWords(object) === words) return { object, rank: 0, reason: "its name" };
  }
  for (const object of model.objects.keys()) {
    const rank = objectNames(object).indexOf(words);
    if (rank >= 0) return { object, rank: rank + 1, reason: `its name ("${words.replaceAll("_", " ")}")` };
  }
  const foreign = inAnotherLanguage(words, source, model);
  if (foreign !== null) return foreign;
  const headers = new Set(source.fields.map((field) => normalise(field.name)));
  for (const object of model.objects.keys()) {
    for (const name of objectNames(object)) {
      const own = [...headers].filter((header) => header.startsWith(`${name}_`));
      if (
        own.length >= 2 &&
        (headers.has(`${name}_name`) || headers.has(`${name}_subject`)) &&
        headers.has(`${name}_id`)
      ) {
        return { object, rank: 100, reason: `its headers (${own.slice(0, 2).join(", ")})` };
      }
    }
  }
  return null;
}

/** By a name in another language; where it means several objects, that of which the headers say most in the same language. */
function inAnotherLanguage(words: string, source: SourceObject, model: TargetModel): Guess | null {
  let best: { readonly guess: Guess; readonly headers: number } | null = null;
  for (const { object, language } of foreignObjects(words)) {
    const fields = [...(model.objects.get(object)?.fields.keys() ?? [])];
    if (fields.length === 0) continue;
    const headers = source.fields.filter(({ name }) =>
      fields.some((field) => foreignName(normalise(name), object, field)?.language === language),
    ).length;
    if (best !== null && headers <= best.headers) continue;
    best = { guess: { object, rank: 50, reason: `its name ("${words.replaceAll("_", " ")}", ${language})` }, headers };
  }
  return best?.guess ?? null;
}

const sameHeaders = (a: SourceObject, b: SourceObject): boolean =>
  a.fields.length === b.fields.length && a.fields.every((field, at) => field.name === b.fields[at]!.name);

/** Objects that nothing refers to may be filled by several mappings: their ids never meet a lookup. */
function referenced(model: TargetModel): ReadonlySet<string> {
  const found = new Set<string>();
  for (const object of model.objects.values()) {
    // what may be one of several kinds takes whichever is there
    for (const { lookup } of object.fields.values()) if (lookup?.length === 1) found.add(lookup[0]!);
  }
  return found;
}

/** Assigns every source object to a target object or says why not. In the model's order. */
export function assignObjects(
  sources: readonly SourceObject[],
  model: TargetModel,
): { readonly assignments: readonly Assignment[]; readonly leftOut: readonly LeftOut[] } {
  const leftOut: LeftOut[] = [];
  const byObject = new Map<string, { source: SourceObject; guess: Guess }[]>();
  for (const source of sources) {
    const found = guess(source, model);
    if (found === null) {
      leftOut.push({
        source: source.name,
        reason: "neither its name nor its headers match an object of the target model",
      });
      continue;
    }
    const list = byObject.get(found.object) ?? [];
    list.push({ source, guess: found });
    byObject.set(found.object, list);
  }
  const shared = referenced(model);
  const assignments: Assignment[] = [];
  for (const object of [...model.order, ...model.objects.keys()]) {
    const list = byObject.get(object);
    if (list === undefined) continue;
    byObject.delete(object);
    list.sort((a, b) => a.guess.rank - b.guess.rank);
    const first = list[0]!;
    const same = list.filter((entry) => sameHeaders(entry.source, first.source));
    assignments.push({
      object,
      sources: same.map((entry) => entry.source),
      reason: first.guess.reason,
      keyspace: null,
    });
    for (const entry of list) {
      if (same.includes(entry)) continue;
      if (shared.has(object)) {
        leftOut.push({
          source: entry.source.name,
          reason: `looks like ${object}, which is already loaded from ${first.source.name} with other columns`,
        });
      } else {
        assignments.push({
          object,
          sources: [entry.source],
          reason: entry.guess.reason,
          keyspace: objectWords(entry.source.name),
        });
      }
    }
  }
  return { assignments, leftOut };
}
