/** What the portal's definitions say, as far as it is used: properties, pipelines, types of records. */
import type { Json, JsonObject } from "./api.ts";
import { STANDARD_TYPES } from "./objects.ts";
import { isObject, listOf, textOf } from "./read-wire.ts";

export interface PropertyOption {
  readonly value: string;
  readonly label: string;
}

/** The part of a property's definition that is used. */
export interface Property {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly fieldType: string;
  readonly options: readonly PropertyOption[];
  /** `OWNER`, `COMPANY`...; null: it refers to nothing. */
  readonly refersTo: string | null;
  /** HubSpot computes the value: `modificationMetadata.readOnlyValue`; `calculated` is false for many of them. */
  readonly readOnly: boolean;
  readonly currency: boolean;
  /** The portal's own administrators made it. */
  readonly custom: boolean;
}

export interface Stage {
  readonly id: string;
  readonly label: string;
  /** `0.2`; null: the stages of this pipeline have none. */
  readonly probability: string | null;
  /** `true` or `false`; null: not told. */
  readonly isClosed: string | null;
}

export interface Pipeline {
  readonly id: string;
  readonly label: string;
  readonly stages: readonly Stage[];
}

/** A type of record: a standard one, or the portal's own. */
export interface RecordType {
  /** As paths and mappings name it. */
  readonly name: string;
  readonly label: string;
  readonly aliases: readonly string[];
  readonly custom: boolean;
}

export interface Account {
  readonly id: string;
  readonly timeZone: string | null;
  readonly currency: string | null;
}

export interface AssociationLabel {
  readonly category: string;
  readonly typeId: string;
  readonly label: string | null;
}

/** By name. */
export const STANDARD: ReadonlyMap<string, RecordType> = new Map(
  STANDARD_TYPES.map(({ name, singular, label, id }) => [
    name,
    { name, label, aliases: [...(singular === name ? [] : [singular]), id], custom: false },
  ]),
);

/** A custom object's schema; null: archived. */
export function customType(schema: JsonObject): RecordType | null {
  const name = textOf(schema.fullyQualifiedName);
  if (name === null || schema.archived === true) return null;
  const labels = isObject(schema.labels) ? schema.labels : {};
  const aliases = [textOf(schema.name), textOf(schema.objectTypeId)].filter((alias) => alias !== null);
  return {
    name,
    label: textOf(labels.plural) ?? textOf(labels.singular) ?? name,
    aliases: aliases.filter((alias) => alias !== name && !STANDARD.has(alias)),
    custom: true,
  };
}

export function propertyOf(definition: JsonObject): Property | null {
  const name = textOf(definition.name);
  if (name === null) return null;
  const { modificationMetadata } = definition;
  return {
    name,
    label: textOf(definition.label) ?? name,
    type: textOf(definition.type) ?? "string",
    fieldType: textOf(definition.fieldType) ?? "",
    options: listOf(definition.options).filter(isObject).flatMap(optionOf),
    refersTo: textOf(definition.referencedObjectType),
    readOnly: isObject(modificationMetadata) && modificationMetadata.readOnlyValue === true,
    currency: definition.showCurrencySymbol === true,
    custom: definition.hubspotDefined !== true,
  };
}

function optionOf({ value, label }: { readonly [key: string]: Json }): PropertyOption[] {
  if (typeof value !== "string" || value === "") return [];
  return [{ value, label: textOf(label) ?? value }];
}

export function pipelineOf(pipeline: JsonObject): Pipeline | null {
  const id = textOf(pipeline.id);
  if (id === null) return null;
  return {
    id,
    label: textOf(pipeline.label) ?? id,
    stages: listOf(pipeline.stages)
      .filter(isObject)
      .flatMap((stage) => stageOf(stage) ?? []),
  };
}

function stageOf(stage: JsonObject): Stage | null {
  const id = textOf(stage.id);
  if (id === null) return null;
  const metadata = isObject(stage.metadata) ? stage.metadata : {};
  const state = textOf(metadata.ticketState);
  return {
    id,
    label: textOf(stage.label) ?? id,
    probability: textOf(metadata.probability),
    isClosed: textOf(metadata.isClosed) ?? (state === null ? null : String(state === "CLOSED")),
  };
}
