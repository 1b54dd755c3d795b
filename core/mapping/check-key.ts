/** `key:` and `match:` against source and target. */
import { didYouMean } from "../nearest.ts";
import { EXTERNAL_ID, type SourceObject } from "../schema.ts";
import type { CheckScope } from "./check.ts";
import { checkTransforms } from "./check-transforms.ts";
import type { FieldMapping, ObjectMapping } from "./types.ts";

/** The key with what is done to it. A content key takes all fields that the sources have in common. */
export function checkKey(
  scope: CheckScope,
  sources: readonly SourceObject[],
): Pick<ObjectMapping, "key" | "keyTransform" | "contentKey"> {
  const { mapping, columns, problems } = scope;
  const what = `${mapping.object}: key`;
  if (mapping.contentKey) {
    const [first, ...others] = sources.map(({ fields }) => fields.map(({ name }) => name));
    const shared = (first ?? []).filter((name) => others.every((names) => names.includes(name)));
    return { key: shared.sort(), contentKey: true };
  }
  const key = keyColumns(scope, sources);
  const calls = checkTransforms(mapping.keyTransform, what, problems);
  for (const column of mapping.key ?? []) columns.require(column, mapping.at("key"), what);
  return calls.length === 0 ? { key } : { key, keyTransform: calls };
}

function keyColumns({ mapping, problems }: CheckScope, sources: readonly SourceObject[]): readonly string[] {
  if (mapping.key !== null && mapping.key.length > 0) return mapping.key;
  if (mapping.unread?.includes("key") === true) return [];
  const declared = new Set(sources.map((source) => source.key));
  const [only] = declared;
  if (declared.size === 1 && only !== undefined) return [only];
  if (sources.length > 0) {
    const example = sources[0]!.fields[0]?.name ?? "Id";
    problems.error(
      "MAPPING_KEY_MISSING",
      `${mapping.object}: key is missing, and the source declares none`,
      mapping.place,
      `Add key: with the source field that identifies a record, for example key: ${example}; where there is none, key: { content: true } takes the whole row.`,
    );
  }
  return [];
}

/** Ids of merged records are compared with keys: one field holds each of them, as it is. */
export function checkMerges(key: Pick<ObjectMapping, "key" | "keyTransform" | "contentKey">, scope: CheckScope): void {
  const { mapping, columns, problems } = scope;
  const named = { aliases: mapping.aliases?.from ?? null, mergedInto: mapping.mergedInto };
  for (const [name, column] of Object.entries(named)) {
    if (column === null) continue;
    columns.require(column, mapping.at(name), `${mapping.object}: ${name}`);
    const got = key.contentKey
      ? "the row's content"
      : key.keyTransform !== undefined
        ? "one that is transformed"
        : key.key.length > 1
          ? key.key.join(" + ")
          : null;
    if (got === null) continue;
    problems.error(
      "MAPPING_KEY_COMPOUND",
      `${mapping.object}: ${name}: expected a key of one field, got ${got}`,
      mapping.at(name),
      `Take ${name} off, or use a key of one field.`,
    );
  }
}

/** Notes MAPPING_MATCH_FIELD for fields that cannot recognise a record. */
export function checkMatch(fields: readonly FieldMapping[], scope: CheckScope): void {
  const { mapping, object, problems } = scope;
  const complain = (message: string, hint: string | null) => {
    problems.error("MAPPING_MATCH_FIELD", `${mapping.object}: match: ${message}`, mapping.at("match"), hint);
  };
  for (const name of mapping.match ?? []) {
    if (name === EXTERNAL_ID || mapping.unread?.includes(name) === true) continue;
    const field = fields.find((candidate) => candidate.target === name && !candidate.custom);
    if (!object.fields.has(name) && name !== object.idColumn) {
      complain(`${object.name} has no field "${name}"`, didYouMean(name, [EXTERNAL_ID, ...object.fields.keys()]));
    } else if (field === undefined) complain(`${name} is not mapped`, `Map ${name}, or take it off match.`);
    else if (field.lookup !== null || field.owner) {
      complain(`${name} is a reference; expected a field with a value of its own`, null);
    }
  }
  for (const place of mapping.matchIn.flatMap((spec) => spec.in)) {
    const known = place.startsWith("custom.") ? object.hasCustom : object.fields.has(place);
    if (!known) complain(`in: ${object.name} has no field "${place}"`, didYouMean(place, object.fields.keys()));
  }
}
