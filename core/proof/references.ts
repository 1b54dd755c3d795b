/** Spot checks of references: which record a foreign key leads to, by the names that its source knows. */
import type { Query } from "../connector.ts";
import type { FieldMapping, ObjectMapping } from "../mapping/types.ts";
import type { ModelObject, TargetModel } from "../schema.ts";
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
  const byField = by === null ? undefined : object.fields.get(by);
  if (byField !== undefined) {
    const { rows } = await view.query<{ name: string | null }>(own.replace("%s", `t.${ident(byField.column)}::text`), [
      id,
    ]);
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

/** True when a record with that key or `by` value is in the target. */
async function exists(view: ReferenceView, object: ModelObject, key: string, by: string | null): Promise<boolean> {
  const name = view.targets.name(object);
  const byField = by === null ? undefined : object.fields.get(by);
  if (byField !== undefined) {
    const { rows } = await view.query(
      `select 1 from ${name} t where lower(btrim(t.${ident(byField.column)}::text)) = lower(btrim($1)) limit 1`,
      [key],
    );
    return rows.length > 0;
  }
  const sources = externalSourcesOf(view, object.name);
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
  const objects = spec.objects.flatMap((name) => view.model.objects.get(name) ?? []);
  if (id === null) {
    if (expected === null) return { target: null, ok: true, skipped: null };
    for (const object of objects) {
      if (await exists(view, object, expected, spec.by)) return { target: null, ok: false, skipped: null };
    }
    if (!mayStayEmpty) return { target: null, ok: false, skipped: null };
    return {
      target: null,
      ok: true,
      skipped: "the record referred to is not in the target; left empty",
    };
  }
  const named = type === null ? objects : objects.filter((object) => object.name === type);
  const found: string[] = [];
  for (const object of named) found.push(...(await namesOf(view, object, id, spec.by)));
  const fold = (text: string): string => (spec.by === null ? text : text.trim().toLowerCase());
  const match = expected === null ? undefined : found.find((name) => fold(name) === fold(expected));
  return { target: match ?? found[0] ?? `id ${id}`, ok: match !== undefined, skipped: null };
}
