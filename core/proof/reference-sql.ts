/** SQL of what a reference names its record by. */
import { folded, foldOf } from "../mapping/fold.ts";
import { isNamed, targetText } from "../mapping/named-lookup.ts";
import type { LookupTarget } from "../mapping/types.ts";
import { EXTERNAL_ID, type ModelObject } from "../schema.ts";
import { byValue } from "../store/by-value.ts";
import { ident, literal } from "../store/quote.ts";
import { externalSourceOf, type Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import { externalSourcesOf, type ReferenceView } from "./references.ts";
import type { ReferenceField } from "./shape.ts";

/** What the references of records are laid beside. */
export interface ReferencePlace {
  readonly tables: ProofTables;
  readonly place: Place;
  readonly references: readonly ReferenceField[];
  readonly view: ReferenceView;
}

/** One object that a reference may mean. */
export interface Target {
  readonly object: ModelObject;
  /** What external_source may hold for it; null: anything (`by: external_id`). */
  readonly sources: readonly string[] | null;
  /** Sources that go before the others. */
  readonly first: readonly string[];
  /** What stands before the key in the reference, with its colon. */
  readonly tag: string;
}

export const texts = (list: readonly string[]): string =>
  `array[${list.map((text) => literal(text)).join(", ")}]::text[] collate "C"`;

export function targetsOf({ place, view }: ReferencePlace, { mapping }: ReferenceField): Target[] {
  const spec = mapping.lookup!;
  const plain = spec.objects.map((object): LookupTarget => ({ name: null, object, keyspace: null }));
  const named = isNamed(spec);
  const seen = new Set<string>();
  return (spec.targets ?? plain).flatMap((target): Target[] => {
    const object = view.model.objects.get(target.object);
    const text = targetText(target);
    if (object === undefined || seen.has(text)) return [];
    seen.add(text);
    const ours =
      target.keyspace === null ? externalSourcesOf(view, object.name) : [externalSourceOf(view.sourceName, target)];
    // a record means its own key space before those of others
    const own = spec.by === null && spec.targets === undefined && object.name === place.object.name;
    return [
      {
        object,
        sources: spec.by === EXTERNAL_ID ? null : ours,
        first: own && ours.length > 1 ? [place.externalSource] : ours,
        tag: named ? `${text}:` : "",
      },
    ];
  });
}

/** The value that a reference names its record by; `row`: alias of the record. null: by the id map alone. */
export function nameSql({ mapping }: ReferenceField, { object, tag }: Target, row: string): string | null {
  const by = mapping.lookup!.by;
  if (by === null || by === EXTERNAL_ID) {
    if (!object.hasExternalId) return null;
    return tag === "" ? `${row}.external_id collate "C"` : `(${literal(tag)} || ${row}.external_id) collate "C"`;
  }
  const value = byValue(object, by, row);
  return value === null ? null : `${folded(foldOf([object], by), value)} collate "C"`;
}

/** A reference as `nameSql` has it. */
export function keySql({ mapping }: ReferenceField, { object }: Target, reference: string): string {
  const by = mapping.lookup!.by;
  return by === null || by === EXTERNAL_ID ? reference : folded(foldOf([object], by), reference);
}

export const bySourceId = ({ mapping }: ReferenceField): boolean =>
  mapping.lookup!.by === null || mapping.lookup!.by === EXTERNAL_ID;

export const typeColumn = (place: Place, { mapping }: ReferenceField): string | null => {
  const name = mapping.lookup!.typeInto ?? mapping.model?.typeField ?? null;
  const column = name === null ? undefined : place.object.fields.get(name)?.column;
  return column === undefined ? null : `t.${ident(column)}::text`;
};

/** The id of a merged record leads to the winner, not to a row that is left of it. */
export const notMergedAway = (object: ModelObject, row: string): string =>
  `not exists (select from migrate.id_map z where z.external_source = ${row}.external_source and z.object = ${literal(object.name)}
     and z.external_id = ${row}.external_id collate "C" and z.kind = 'alias')`;
