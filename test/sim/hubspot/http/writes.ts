/**
 * POST, PATCH and DELETE of single records, merges, erasure and associations. Calculated properties and what workflows would
 * do do not follow.
 */
import type { AssociationType, ObjectType, PortalRecord } from "../portal/types.ts";
import { type Answer, failure, invalid, json, missingScopes } from "./answer.ts";
import { located } from "./objects.ts";
import { recordJson, select } from "./record-json.ts";
import { type Call, jsonBody, readable, refuse, type Site } from "./site.ts";
import { valuesOf } from "./values.ts";

/** The user whose token it is. */
const USER = "100001";

const nothing: Answer = { status: 204, type: "", body: "" };
const gone = (): Answer => failure(404, "resource not found");

/** A type by name, with the right to write it. */
function writable(site: Site, name: string): ObjectType {
  const type = readable(site, name);
  const scope = type.scope.replace(/\.read$/, ".write");
  return site.auth.granted(scope) ? type : refuse(missingScopes([scope]));
}

/** A live record; the id of one that was merged away leads to the survivor. */
function live(site: Site, type: ObjectType, id: string): PortalRecord {
  const record = /^\d+$/.test(id) ? site.portal.record(type, id) : undefined;
  return record === undefined || record.archived ? refuse(gone()) : record;
}

/** A record as a write answers it: with what was written. */
function answer(site: Site, type: ObjectType, id: string, names: readonly string[], status: number): Answer {
  const record = site.portal.record(type, id) ?? refuse(gone());
  return json(recordJson(site, type, record, select(site, type, names)), status);
}

/** No two contacts have one e-mail address. */
function uniqueEmail(site: Site, type: ObjectType, email: string | null | undefined, own: string | null) {
  if (type.name !== "contacts" || (email ?? "") === "") return;
  const other = located(site, type, email!, "email", false);
  if (other === undefined || other.id === own) return;
  const message = `Contact already exists. Existing ID: ${other.id}`;
  refuse(failure(409, message, { category: "CONFLICT" }));
}

interface Wanted {
  readonly associationCategory?: unknown;
  readonly associationTypeId?: unknown;
}

/** The types that a body names, of those that the pair has. */
function typesOf(site: Site, from: ObjectType, to: ObjectType, wanted: unknown): AssociationType[] {
  const known = site.portal.labels(from, to) ?? [];
  const list: readonly Wanted[] = Array.isArray(wanted) ? wanted : refuse(invalid("Association types must be a list"));
  return list.map(
    ({ associationCategory, associationTypeId }) =>
      known.find((type) => type.category === associationCategory && type.typeId === Number(associationTypeId)) ??
      refuse(
        invalid(
          `No association type ${String(associationCategory)} ${String(associationTypeId)} from ${from.name} to ${to.name}`,
        ),
      ),
  );
}

/** Adds types to those that a pair has; every pair has the one without a label. */
function join(
  site: Site,
  from: ObjectType,
  id: string,
  to: ObjectType,
  toId: string,
  types: readonly AssociationType[],
) {
  const before = site.portal.associations(from, id, to)?.find((one) => one.toId === toId)?.types ?? [];
  const plain = (site.portal.labels(from, to) ?? []).filter((type) => type.label === null).slice(0, 1);
  const all = [...before, ...plain, ...types];
  const distinct = new Map(all.map((type) => [`${type.category}/${type.typeId}`, type]));
  site.portal.associate(from, id, to, toId, [...distinct.values()]);
}

/** `POST /crm/v3/objects/{type}`: 201. */
export function create(site: Site, call: Call, name: string): Answer {
  const type = writable(site, name);
  const body = jsonBody(call);
  const values = valuesOf(site, type, body, {});
  uniqueEmail(site, type, values.email, null);
  const partners = (Array.isArray(body.associations) ? body.associations : []).map((one) => {
    const { to, types } = one as { readonly to?: { readonly id?: unknown }; readonly types?: unknown };
    return { id: String(to?.id ?? ""), types };
  });
  const links = partners.map(({ id, types }) => {
    for (const partner of site.portal.types) {
      const known = site.portal.labels(type, partner);
      const first = Array.isArray(types) ? (types[0] as Wanted | undefined) : undefined;
      if (!known?.some((one) => one.category === first?.associationCategory && one.typeId === first?.associationTypeId))
        continue;
      if (!/^\d+$/.test(id) || site.portal.record(partner, id)?.archived !== false) continue;
      return { partner, id, types: typesOf(site, type, partner, types) };
    }
    return refuse(invalid(`One or more associations are not valid: no record ${id} for these types`));
  });
  const id = site.portal.write(type, null, values, { by: USER });
  for (const link of links) join(site, type, id, link.partner, link.id, link.types);
  return answer(site, type, id, Object.keys(values), 201);
}

/** `PATCH /crm/v3/objects/{type}/{id}`: 200 with what was written. */
export function update(site: Site, call: Call, name: string, asked: string): Answer {
  const type = writable(site, name);
  const property = call.search.get("idProperty");
  const record =
    property === null || property === "hs_object_id"
      ? live(site, type, asked)
      : (located(site, type, asked, property, false) ?? refuse(gone()));
  const values = valuesOf(site, type, jsonBody(call), record.properties);
  uniqueEmail(site, type, values.email, record.id);
  site.portal.write(type, record.id, values, { by: USER });
  return answer(site, type, record.id, Object.keys(values), 200);
}

/** `DELETE /crm/v3/objects/{type}/{id}`: into the archive; 204, also where it is there already. */
export function archive(site: Site, name: string, id: string): Answer {
  const type = writable(site, name);
  const record = /^\d+$/.test(id) ? site.portal.record(type, id) : undefined;
  if (record === undefined) return gone();
  if (!record.archived) site.portal.archive(type, record.id);
  return nothing;
}

/** `POST /crm/v3/objects/{type}/merge`: both become a new record. */
export function merge(site: Site, call: Call, name: string): Answer {
  const type = writable(site, name);
  const { primaryObjectId, objectIdToMerge } = jsonBody(call);
  const [winner, loser] = [primaryObjectId, objectIdToMerge].map((id) => live(site, type, String(id ?? "")).id);
  if (winner === loser) return invalid(`A record cannot be merged with itself: ${winner}`);
  return answer(site, type, site.portal.merge(type, winner!, loser!), [], 200);
}

/** `POST /crm/v3/objects/{type}/gdpr-delete`: gone, without an entry in the archive. */
export function erase(site: Site, call: Call, name: string): Answer {
  const type = writable(site, name);
  const { objectId, idProperty } = jsonBody(call);
  const record =
    typeof idProperty === "string" && idProperty !== "hs_object_id"
      ? located(site, type, String(objectId), idProperty, false)
      : live(site, type, String(objectId ?? ""));
  if (record === undefined) return gone();
  site.portal.erase(type, record.id);
  return nothing;
}

interface Ends {
  readonly from: ObjectType;
  readonly id: string;
  readonly to: ObjectType;
  readonly toId: string;
}

function ends(site: Site, [fromName, id, toName, toId]: readonly string[]): Ends {
  const [from, to] = [writable(site, fromName!), readable(site, toName!)];
  if (site.portal.labels(from, to) === null)
    refuse(invalid(`No association definitions found from ${from.name} (${from.id}) to ${to.name} (${to.id})`));
  return { from, id: live(site, from, id!).id, to, toId: live(site, to, toId!).id };
}

/** `PUT /crm/v4/objects/{from}/{id}/associations/default/{to}/{toId}`: the pair, without a label. */
export function associateDefault(site: Site, names: readonly string[]): Answer {
  const startedAt = new Date().toISOString();
  const { from, id, to, toId } = ends(site, names);
  join(site, from, id, to, toId, []);
  const spec = (one: ObjectType, other: ObjectType) =>
    (site.portal.labels(one, other) ?? [])
      .filter((type) => type.label === null)
      .slice(0, 1)
      .map(({ category, typeId }) => ({ associationCategory: category, associationTypeId: typeId }))[0];
  return json({
    status: "COMPLETE",
    results: [
      { from: { id }, to: { id: toId }, associationSpec: spec(from, to) },
      { from: { id: toId }, to: { id }, associationSpec: spec(to, from) },
    ],
    startedAt,
    completedAt: new Date().toISOString(),
  });
}

/** `PUT /crm/v4/objects/{from}/{id}/associations/{to}/{toId}` with `[{associationCategory, associationTypeId}]`. */
export function associate(site: Site, call: Call, names: readonly string[]): Answer {
  const { from, id, to, toId } = ends(site, names);
  let body: unknown;
  try {
    body = JSON.parse(call.body);
  } catch {
    // told as no list
  }
  const types = typesOf(site, from, to, body);
  join(site, from, id, to, toId, types);
  const labels = types.flatMap(({ label }) => (label === null ? [] : [label]));
  return json({ fromObjectTypeId: from.id, fromObjectId: id, toObjectTypeId: to.id, toObjectId: toId, labels }, 201);
}

/** `DELETE /crm/v4/objects/{from}/{id}/associations/{to}/{toId}`: the pair with all its labels; 204. */
export function dissociate(site: Site, names: readonly string[]): Answer {
  const { from, id, to, toId } = ends(site, names);
  site.portal.dissociate(from, id, to, toId);
  return nothing;
}
