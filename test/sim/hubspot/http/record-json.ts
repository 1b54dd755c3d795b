/** Records as HubSpot writes them: the asked-for properties in order of their names, and the three that always come. */
import type { ObjectType, PortalRecord } from "../portal/types.ts";
import type { Site } from "./site.ts";

/** What comes where no properties are asked for. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  contacts: ["email", "firstname", "lastname"],
  companies: ["domain", "name"],
  deals: ["amount", "closedate", "dealname", "dealstage", "pipeline"],
  tickets: ["content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_category", "hs_ticket_priority", "subject"],
  products: ["description", "name", "price"],
  quotes: ["hs_expiration_date", "hs_public_url_key", "hs_status", "hs_title"],
};

/** The scope that values and definitions of a sensitive property need; null for others. */
export const sensitiveScope = (type: ObjectType, sensitivity: string): string | null =>
  sensitivity === "non_sensitive" ? null : type.scope.replace(/\.read$/, `.${sensitivity}.read`);

/** What to write of each record of a request. */
export interface Selection {
  readonly names: readonly string[];
  readonly history: readonly string[];
  /** Only what always comes. */
  readonly lean: boolean;
}

/** Unknown, archived and (without their scope) sensitive properties are left out, without a word. */
export function select(
  site: Site,
  type: ObjectType,
  asked: readonly string[],
  history: readonly string[] = [],
): Selection {
  const always = [type.created, type.modified, "hs_object_id"];
  const wanted = asked.length === 0 && history.length === 0 ? (USUAL[type.name] ?? []) : asked;
  if (history.length === 0 && wanted.every((name) => always.includes(name))) {
    return { names: always.sort(), history: [], lean: true };
  }
  const able = new Set<string>();
  for (const { name, archived, dataSensitivity } of site.portal.properties(type)) {
    const scope = sensitiveScope(type, dataSensitivity);
    if (!archived && (scope === null || site.auth.granted(scope))) able.add(name);
  }
  return {
    names: [...new Set([...always, ...wanted.filter((name) => able.has(name))])].sort(),
    history: [...new Set(history.filter((name) => able.has(name)))].sort(),
    lean: false,
  };
}

/** A record as an object for JSON. */
export function recordJson(
  site: Site,
  type: ObjectType,
  record: PortalRecord,
  { names, history }: Selection,
  associations?: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { properties, id, createdAt, updatedAt, archived } = record;
  const values: Record<string, string | null> = {};
  for (const name of names) values[name] = properties[name] ?? null;
  values.hs_object_id ??= id;
  values[type.created] ??= createdAt;
  values[type.modified] ??= updatedAt;
  const answer: Record<string, unknown> = { id, properties: values };
  if (history.length > 0) {
    answer.propertiesWithHistory = Object.fromEntries(
      history.map((name) => {
        const value = properties[name] ?? null;
        return [name, value === null ? [] : [{ value, timestamp: updatedAt, sourceType: "CRM_UI" }]];
      }),
    );
  }
  answer.createdAt = createdAt;
  answer.updatedAt = updatedAt;
  answer.archived = archived;
  if (record.archivedAt !== null) answer.archivedAt = record.archivedAt;
  answer.url = `https://app.hubspot.com/contacts/${site.portal.account.portalId}/record/${type.id}/${id}`;
  if (associations !== undefined && Object.keys(associations).length > 0) answer.associations = associations;
  return answer;
}
