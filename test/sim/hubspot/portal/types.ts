/** What the server needs to know of a portal; the truth that tests compare with. */
import type { HubspotOptions } from "../options.ts";

/** A type of object; `name` is what paths use for standard types ("contacts"), `p{portal}_car` for custom ones. */
export interface ObjectType {
  readonly name: string;
  readonly singular: string;
  /** `0-1`, `2-1234567`. */
  readonly id: string;
  readonly custom: boolean;
  /** Scope that reading needs: `crm.objects.contacts.read`. */
  readonly scope: string;
  /** Property that holds the time of the last change. */
  readonly modified: "lastmodifieddate" | "hs_lastmodifieddate";
  readonly created: "createdate" | "hs_createdate";
}

/** As the properties API answers it, keys left out where HubSpot leaves them out. */
export type Property = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly type: string;
  readonly fieldType: string;
  readonly archived: boolean;
  readonly dataSensitivity: "non_sensitive" | "sensitive" | "highly_sensitive";
};

/** As the schemas, pipelines, owners and files APIs answer them. */
export type Json = Readonly<Record<string, unknown>>;

export interface PortalRecord {
  readonly id: string;
  /** Known values by property name; a property that is absent or null has no value. Values are strings, as on the wire. */
  readonly properties: Readonly<Record<string, string | null>>;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly archived: boolean;
  readonly archivedAt: string | null;
  /** Milliseconds since 1970 from which on search finds this state of the record. */
  readonly visibleAt: number;
}

export interface AssociationType {
  readonly category: "HUBSPOT_DEFINED" | "USER_DEFINED" | "INTEGRATOR_DEFINED";
  readonly typeId: number;
  readonly label: string | null;
}

/** One pair; `types` has the unlabelled type and every label, the same type sometimes twice as on the wire. */
export interface Association {
  readonly toId: string;
  readonly types: readonly AssociationType[];
}

export interface OwnerRecord {
  readonly id: string;
  readonly email: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly type: "PERSON" | "QUEUE";
  readonly userId: number | null;
  readonly userIdIncludingInactive: number | null;
  readonly archived: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly teams: readonly Json[];
}

/** Made from (seed, type, index) when asked for: a portal of any size takes little memory. Same options, same portal. */
export interface Portal {
  readonly options: HubspotOptions;
  /** Answer of `/account-info/v3/details`. */
  readonly account: Json & { readonly portalId: number; readonly timeZone: string; readonly companyCurrency: string };
  readonly types: readonly ObjectType[];
  /** By plural or singular name, id, `p{portal}_name` or a custom object's bare name. */
  type(name: string): ObjectType | undefined;
  /** Standard, custom, calculated, sensitive and archived ones. */
  properties(type: ObjectType): readonly Property[];
  /** Answer objects of `/crm/v3/pipelines/{type}`; empty for types without. */
  pipelines(type: ObjectType): readonly Json[];
  readonly owners: readonly OwnerRecord[];
  /** Answer objects of the schemas API: custom objects. */
  readonly schemas: readonly Json[];
  /** Answer objects of `/files/v3/files/{id}`; undefined where there is none. */
  file(id: string): Json | undefined;
  /**
   * Records in the order of their ids (numeric), those after `after` (exclusive; null: from the first), at most `limit`.
   * `lean`: only id, times and state are wanted; other properties may be left out.
   */
  list(
    type: ObjectType,
    options: {
      readonly archived: boolean;
      readonly after: string | null;
      readonly limit: number;
      readonly lean?: boolean;
    },
  ): readonly PortalRecord[];
  /** Live or archived; the id of a record that was merged away finds the survivor. */
  record(type: ObjectType, id: string): PortalRecord | undefined;
  count(type: ObjectType, options?: { readonly archived?: boolean }): number;
  /** Everything associated, by numeric `toId`; empty for archived records; null where the pair of types cannot be associated. */
  associations(from: ObjectType, id: string, to: ObjectType): readonly Association[] | null;
  /** All types and labels of a direction, as the labels API answers them; null where the pair of types cannot be associated. */
  labels(from: ObjectType, to: ObjectType): readonly AssociationType[] | null;

  // edits, for deltas and drift
  /**
   * Creates or changes; `at` is the time of the change (default now), `visibleAt` when search sees it, `by` the user id that
   * the record then names. Returns the id.
   */
  write(
    type: ObjectType,
    id: string | null,
    properties: Readonly<Record<string, string | null>>,
    times?: { readonly at?: number; readonly visibleAt?: number; readonly by?: string },
  ): string;
  /** What calculations do: values change, no timestamp tells. */
  recalculate(type: ObjectType, id: string, properties: Readonly<Record<string, string | null>>): void;
  /** What search has of a record that changed a moment ago: its state before; null: nothing yet. */
  indexed(type: ObjectType, record: PortalRecord, now: number): PortalRecord | null;
  archive(type: ObjectType, id: string): void;
  /** Out of the archive, with the timestamps that it had. */
  restore(type: ObjectType, id: string): void;
  /** Never seen again, in the archive neither. */
  erase(type: ObjectType, id: string): void;
  /**
   * Both records become a new one, or the loser a part of the winner, as portals once did. Returns the survivor's id: the
   * ids of others lead to it, its `hs_merged_object_ids` names them.
   */
  merge(type: ObjectType, winner: string, loser: string, options?: { readonly into?: "new" | "winner" }): string;
  associate(from: ObjectType, id: string, to: ObjectType, toId: string, types: readonly AssociationType[]): void;
  dissociate(from: ObjectType, id: string, to: ObjectType, toId: string): void;
  /** Adds or replaces a property's definition, renames it (with its values) where the new one has another name; null removes it, with all its values. */
  defineProperty(type: ObjectType, name: string, property: Property | null): void;
  /** Replaces the pipelines of a type. */
  definePipelines(type: ObjectType, pipelines: readonly Json[]): void;
}
