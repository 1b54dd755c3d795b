/** Where the records of a mapping lie in the target. */
import type { ObjectMapping, Stage } from "../mapping/types.ts";
import type { ModelObject, TargetModel } from "../schema.ts";
import { ident, table } from "../store/quote.ts";

export interface Place {
  /** Of migrate.origin. */
  readonly origin: number;
  readonly mapping: ObjectMapping;
  readonly object: ModelObject;
  /** Quoted, with its schema. */
  readonly table: string;
  /** Quoted. */
  readonly id: string;
  readonly externalSource: string;
  /** The ledger refers to the rows; else the id map does. */
  readonly ledger: boolean;
  /** Lookups that a later stage fills in: where it finds nothing they stay empty, whatever `missing` says. */
  readonly deferred: ReadonlySet<string>;
}

const INTEGER_IDS = new Set(["bigint", "integer", "smallint"]);

/** What external_source holds for the mapping's records. */
export function externalSourceOf(sourceName: string, mapping: ObjectMapping): string {
  return mapping.keyspace === null ? sourceName : `${sourceName}/${mapping.keyspace}`;
}

export function placeOf(model: TargetModel, stage: Stage, sourceName: string, origin: number): Place {
  const { mapping } = stage;
  const object = model.objects.get(mapping.object)!;
  return {
    origin,
    mapping,
    object,
    table: table(model.schema, object.table),
    id: ident(object.idColumn),
    externalSource: externalSourceOf(sourceName, mapping),
    ledger: object.hasExternalId && INTEGER_IDS.has(object.idType),
    deferred: new Set([...stage.deferred, ...stage.self]),
  };
}
