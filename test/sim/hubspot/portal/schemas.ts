/** Custom objects as the schemas API answers them. */
import type { AssociationType, Json, ObjectType, Property } from "./types.ts";

interface Texts {
  readonly singular: string;
  readonly plural: string;
  readonly primary: string;
  readonly secondary: readonly string[];
  readonly required: readonly string[];
}

const TEXTS: Readonly<Record<string, Texts>> = {
  car: { singular: "Car", plural: "Cars", primary: "model", secondary: ["plate"], required: ["model"] },
  service_visit: {
    singular: "Service visit",
    plural: "Service visits",
    primary: "title",
    secondary: ["visited_at"],
    required: ["title"],
  },
};

export interface Schema {
  readonly key: string;
  readonly type: ObjectType;
  readonly properties: readonly Property[];
  /** Types that it can be associated with, and how. */
  readonly partners: readonly { readonly type: ObjectType; readonly types: readonly AssociationType[] }[];
}

export function schemaAnswer({ key, type, properties, partners }: Schema, portalId: number): Json {
  const texts = TEXTS[key]!;
  return {
    labels: { singular: texts.singular, plural: texts.plural },
    requiredProperties: texts.required,
    searchableProperties: [texts.primary, ...texts.secondary],
    primaryDisplayProperty: texts.primary,
    secondaryDisplayProperties: texts.secondary,
    description: null,
    allowsSensitiveProperties: false,
    archived: false,
    restorable: true,
    metaType: "PORTAL_SPECIFIC",
    id: type.id.slice(type.id.indexOf("-") + 1),
    fullyQualifiedName: type.name,
    createdAt: "2024-01-18T09:55:12.102Z",
    updatedAt: "2025-06-03T12:01:44.030Z",
    objectTypeId: type.id,
    properties: properties.filter((property) => !property.archived),
    associations: partners.flatMap((partner) =>
      partner.types
        .filter((association) => association.label === null)
        .map((association) => ({
          fromObjectTypeId: type.id,
          toObjectTypeId: partner.type.id,
          name: `${key}_to_${partner.type.singular}`,
          cardinality: "ONE_TO_MANY",
          inverseCardinality: "ONE_TO_MANY",
          id: String(association.typeId),
          createdAt: null,
          updatedAt: null,
        })),
    ),
    name: key,
    portalId,
  };
}
