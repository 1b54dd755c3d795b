/** Spot checks of references: which record a foreign key leads to, by the names that its source knows. */
import type { Query } from "../connector.ts";
import { type Fold, folded, foldedText, foldOf } from "../mapping/fold.ts";
import { isNamed, splitReference, targetText } from "../mapping/named-lookup.ts";
import type { FieldMapping, LookupSpec, LookupTarget, ObjectMapping } from "../mapping/types.ts";
import type { ModelObject, TargetModel } from "../schema.ts";
import { byValue } from "../store/by-value.ts";
import { ident } from "../store/quote.ts";
import { externalSourceOf } from "./place.ts";
import type { TargetTables } from "./target-tables.ts";

export interface ReferenceView {
  readonly query: Query;
  readonly model: TargetModel;
  readonly targets: TargetTables;
  readonly mappings: readonly ObjectMapping[];
  readonly sourceName: string;
}

/** What external_source may hold for records of an object; the plain source name where nothing maps it. */
export function externalSourcesOf(
  { mappings, sourceName }: Pick<ReferenceView, "mappings" | "sourceName">,
  object: string,
): string[] {
  const found = mappings
    .filter((mapping) => mapping.object === object)
    .map((mapping) => externalSourceOf(sourceName, mapping));
  return found.length === 0 ? [sourceName] : [...new Set(found)];
}

/** Source keys of a target record (external id and aliases), or the value of the `by` field. */
async function namesOf(view: ReferenceView, object: ModelObject, id: string, by: string | null): Promise<string[]> {
  const own = `select %s as name from ${view.targets.name(object)} t where t.${ident(object.idColumn)}::text = $1`;
  const value = by === null ? null : byValue(object, by, "t");
  if (value !== null) {
    const { rows } = await view.query<{ name: string | null }>(
      own.replace("%s", () => value),
      [id],
    );
    return rows.flatMap(({ name }) => (name === null ? [] : [name]));
  }
  const names: string[] = [];
  if (object.hasExternalId) {
    const { rows } = await view.query<{ name: string | null }>(own.replace("%s", "t.external_id"), [id]);
    names.push(...rows.flatMap(({ name }) => (name === null ? [] : [name])));
  }
  const { rows } = await view.query<{ name: string }>(
    "select external_id as name from migrate.id_map where object = $1 and target_id = $2 order by external_id",
    [object.name, id],
  );
  return [...names, ...rows.map(({ name }) => name)];
}

/** True when a record with that key (of the key space, if it is given) or `by` value is in the target. */
async function exists(
  view: ReferenceView,
  object: ModelObject,
  key: string,
  by: string | null,
  keyspace: string | null,
): Promise<boolean> {
  const name = view.targets.name(object);
  const value = by === null ? null : byValue(object, by, "t");
  if (value !== null) {
    const fold = foldOf([object], by!);
    const { rows } = await view.query(
      `select 1 from ${name} t where ${folded(fold, value)} = ${folded(fold, "$1::text")} limit 1`,
      [key],
    );
    return rows.length > 0;
  }
  const sources =
    keyspace === null ? externalSourcesOf(view, object.name) : [externalSourceOf(view.sourceName, { keyspace })];
  if (object.hasExternalId) {
    const { rows } = await view.query(
      `select 1 from ${name} t where t.external_source = any($1) and t.external_id = $2 limit 1`,
      [sources, key],
    );
    if (rows.length > 0) return true;
  }
  const { rows } = await view.query(
    "select 1 from migrate.id_map where external_source = any($1) and object = $2 and external_id = $3 limit 1",
    [sources, object.name, key],
  );
  return rows.length > 0;
}

export interface ReferenceVerdict {
  /** The record that the target refers to, by its source key; null when it refers to none. */
  readonly target: string | null;
  readonly ok: boolean;
  readonly skipped: string | null;
}

/**
 * Compares a foreign key with the key expected. `id`: the foreign key as text; `type`: the polymorphic object's name in the
 * target, null where there is none; `mayStayEmpty`: a reference to nothing is left empty.
 */
export async function checkReference(
  view: ReferenceView,
  field: FieldMapping,
  expected: string | null,
  id: string | null,
  type: string | null,
  mayStayEmpty: boolean,
): Promise<ReferenceVerdict> {
  const spec = field.lookup!;
  const candidates = candidatesOf(view, spec, expected);
  if (id === null) {
    if (expected === null) return { target: null, ok: true, skipped: null };
    for (const { object, key, keyspace } of candidates) {
      if (await exists(view, object, key, spec.by, keyspace)) return { target: null, ok: false, skipped: null };
    }
    if (!mayStayEmpty) return { target: null, ok: false, skipped: null };
    return {
      target: null,
      ok: true,
      skipped: "the record referred to is not in the target; left empty",
    };
  }
  const named = type === null ? candidates : candidates.filter(({ object }) => object.name === type);
  const found: { readonly name: string; readonly key: string }[] = [];
  for (const { object, key, tag } of named) {
    for (const name of await namesOf(view, object, id, spec.by)) found.push({ name: tag + name, key: tag + key });
  }
  const how: Fold =
    spec.by === null
      ? "exact"
      : foldOf(
          spec.objects.map((name) => view.model.objects.get(name)).filter((object) => object !== undefined),
          spec.by,
        );
  const fold = (text: string): string =>
    spec.by === null ? text : how === "exact" ? text.trim().toLowerCase() : foldedText(how, text);
  const names = found.map(({ name }) => name);
  const match = expected === null ? undefined : found.find(({ name, key }) => fold(name) === fold(key))?.name;
  return { target: match ?? names[0] ?? `row ${id}`, ok: match !== undefined, skipped: null };
}

interface Candidate {
  readonly object: ModelObject;
  readonly key: string;
  readonly keyspace: string | null;
  /** What stands before keys of this lookup, with its colon. */
  readonly tag: string;
}

/** The objects that the expected reference may mean, each once, with its key there. */
function candidatesOf(view: ReferenceView, spec: LookupSpec, expected: string | null): Candidate[] {
  const key = expected ?? "";
  const plain = spec.objects.map((object): LookupTarget => ({ name: null, object, keyspace: null }));
  const split = isNamed(spec) ? splitReference(spec, key) : null;
  const targets = split === null ? (spec.targets ?? plain) : [split.target];
  return targets.flatMap((target) => {
    const object = view.model.objects.get(target.object);
    const tag = split === null ? "" : `${targetText(target)}:`;
    return object === undefined ? [] : [{ object, key: split?.key ?? key, keyspace: target.keyspace, tag }];
  });
}
