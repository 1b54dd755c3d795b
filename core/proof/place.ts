/** Where the records of a mapping lie in the target. */
import type { ObjectMapping, Stage } from "../mapping/types.ts";
import type { ModelObject, TargetModel } from "../schema.ts";
import { ident } from "../store/quote.ts";
import type { TargetTables } from "./target-tables.ts";

export interface Place {
  /** Of migrate.origin. */
  readonly origin: number;
  readonly mapping: ObjectMapping;
  readonly object: ModelObject;
  /** Quoted, with its schema; an empty stand-in where the table is gone. */
  readonly table: string;
  /** Quoted. */
  readonly id: string;
  readonly externalSource: string;
  /** The ledger refers to the rows; else the id map does. */
  readonly ledger: boolean;
  /** Lookups that may be empty although they must not be: in a sample, those filled in later, of what the sample left out. */
  readonly mayBeOpen: ReadonlySet<string>;
}

const INTEGER_IDS = new Set(["bigint", "integer", "smallint"]);

/** What external_source holds for the mapping's records. */
export function externalSourceOf(sourceName: string, mapping: Pick<ObjectMapping, "keyspace">): string {
  return mapping.keyspace === null ? sourceName : `${sourceName}/${mapping.keyspace}`;
}

/** `origin`: of migrate.origin; `targets`: names of the model's tables; `sampled`: a sample was loaded. */
export function placeOf(
  model: TargetModel,
  targets: TargetTables,
  stage: Stage,
  sourceName: string,
  origin: number,
  sampled: boolean,
): Place {
  const { mapping } = stage;
  const object = model.objects.get(mapping.object)!;
  return {
    origin,
    mapping,
    object,
    table: targets.name(object),
    id: ident(object.idColumn),
    externalSource: externalSourceOf(sourceName, mapping),
    ledger: object.hasExternalId && INTEGER_IDS.has(object.idType),
    mayBeOpen: new Set(sampled ? [...stage.deferred, ...stage.self] : []),
  };
}
