/** What records are associated with: by batches, each record's own pages followed. */
import type { Api, Json, JsonObject } from "./api.ts";
import { byNumber, isObject, listOf, nextOf, pagingStuck, resultsOf, textOf } from "./read-wire.ts";

export interface AssociationType {
  readonly category: string;
  readonly typeId: string;
  readonly label: string | null;
}

/** One associated record; `types` has no type twice. */
export interface Target {
  readonly toId: string;
  readonly types: readonly AssociationType[];
}

/** Records per call, at most: the API's own limit. */
export const INPUTS = 1000;

/** A record that so many answers leave out without a word has none (any more). */
const MOST_SILENT = 4;

/** What HubSpot says of a record that has none. */
const NONE = /NO_ASSOCIATIONS_FOUND/;

/**
 * Everything of type `to` that each of the records is associated with, in the order of ids (as numbers); records without
 * are absent. Answers may be shuffled, short and in pages: all is matched by id, and what is missing is asked for again.
 */
export async function readAssociations(
  api: Api,
  from: string,
  to: string,
  ids: readonly string[],
): Promise<Map<string, readonly Target[]>> {
  const parts: Promise<Map<string, readonly Target[]>>[] = [];
  for (let at = 0; at < ids.length; at += INPUTS) parts.push(readPart(api, from, to, ids.slice(at, at + INPUTS)));
  const found = new Map<string, readonly Target[]>();
  for (const part of await Promise.all(parts)) for (const [id, targets] of part) found.set(id, targets);
  return found;
}

async function readPart(
  api: Api,
  from: string,
  to: string,
  ids: readonly string[],
): Promise<Map<string, readonly Target[]>> {
  const found = new Map<string, Targets>();
  const kinds = new Map<string, AssociationType>();
  const path = `${api.paths.associations(from, to)}/batch/read`;
  let open: { readonly id: string; readonly after: string | null; readonly silent: number }[] = ids.map((id) => ({
    id,
    after: null,
    silent: 0,
  }));
  while (open.length > 0) {
    const asked = new Map(open.map((input) => [input.id, input]));
    const answer = await api.post(path, {
      inputs: open.map(({ id, after }) => (after === null ? { id } : { id, after })),
    });
    open = [];
    for (const result of resultsOf(answer, `associations of ${from} to ${to}`)) {
      const id = isObject(result.from) ? textOf(result.from.id) : null;
      const input = id === null ? undefined : asked.get(id);
      if (id === null || input === undefined) continue;
      asked.delete(id);
      const targets: Targets = found.get(id) ?? new Map();
      found.set(id, targets);
      for (const target of listOf(result.to)) if (isObject(target)) addTarget(targets, target, kinds);
      const next = nextOf(result);
      if (next === null) continue;
      if (next === input.after) throw pagingStuck(`associations of ${from} ${id} to ${to}`, next);
      open.push({ id, after: next, silent: 0 });
    }
    for (const id of withoutAny(answer)) asked.delete(id);
    for (const input of asked.values()) {
      if (input.silent + 1 < MOST_SILENT) open.push({ ...input, silent: input.silent + 1 });
    }
  }
  return new Map([...found].map(([id, targets]) => [id, sorted(targets)]));
}

/** Types by id of the associated record. */
type Targets = Map<string, AssociationType[]>;

/** `kinds` holds each type once. */
function addTarget(targets: Targets, target: JsonObject, kinds: Map<string, AssociationType>): void {
  const toId = textOf(target.toObjectId);
  if (toId === null) return;
  const types = targets.get(toId) ?? [];
  targets.set(toId, types);
  for (const type of listOf(target.associationTypes)) {
    if (!isObject(type)) continue;
    const category = textOf(type.category) ?? "HUBSPOT_DEFINED";
    const typeId = textOf(type.typeId) ?? "";
    const label = textOf(type.label);
    const name = JSON.stringify([category, typeId, label]);
    const kind = kinds.get(name) ?? { category, typeId, label };
    kinds.set(name, kind);
    if (!types.some((known) => known.category === category && known.typeId === typeId)) types.push(kind);
  }
}

/** Ids that the answer says to have no association (or not to be there any more). */
function withoutAny(answer: JsonObject): string[] {
  return listOf(answer.errors).flatMap((error) => {
    if (!isObject(error) || !NONE.test(textOf(error.subCategory) ?? "")) return [];
    const context = isObject(error.context) ? error.context : {};
    const named: Json = context.fromObjectId ?? [];
    return (Array.isArray(named) ? (named as Json[]) : [named]).flatMap((id) => textOf(id) ?? []);
  });
}

function sorted(targets: Targets): Target[] {
  return [...targets]
    .sort(([one], [other]) => byNumber(one, other))
    .map(([toId, types]) => ({ toId, types: types.sort(byType) }));
}

function byType(one: AssociationType, other: AssociationType): number {
  return byNumber(one.typeId, other.typeId) || (one.category < other.category ? -1 : 1);
}

/** The built-in label of the one record that counts most: not a label of its own. */
export function isPrimary({ category, label }: AssociationType): boolean {
  return category === "HUBSPOT_DEFINED" && label !== null && label.toLowerCase() === "primary";
}

/** It has a label of its own. */
export const isLabelled = (type: AssociationType): boolean => type.label !== null && !isPrimary(type);

/** The primary record, else the first one. */
export function mainTarget(targets: readonly Target[] | undefined): string | null {
  return (targets?.find(({ types }) => types.some(isPrimary)) ?? targets?.[0])?.toId ?? null;
}

/** What a pair is told by: its labels; where it has none, its one unlabelled type. */
export function labelsOf({ types }: Target): readonly AssociationType[] {
  const labels = types.filter(isLabelled);
  if (labels.length > 0) return labels;
  const plain = types.find(({ label }) => label === null) ?? types[0];
  return plain === undefined ? [] : [{ ...plain, label: null }];
}
