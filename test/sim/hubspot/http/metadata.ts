/** Properties, pipelines, owners, schemas, files, account. */
import type { Json, ObjectType, OwnerRecord, Property } from "../portal/types.ts";
import { type Answer, failure, json, missingScopes, noPermission, notFound, unknownType } from "./answer.ts";
import { inputsOf } from "./batches.ts";
import { sensitiveScope } from "./record-json.ts";
import { type Call, jsonBody, nextLink, pageSize, readable, refuse, type Site } from "./site.ts";

/** A type whose properties may be seen; the refusal differs from the one of objects. */
function describable(site: Site, name: string): ObjectType {
  const type = site.portal.type(name) ?? refuse(unknownType(name));
  if (site.auth.granted(type.scope)) return type;
  return refuse(noPermission(type.singular, type.name, site.portal.account.portalId));
}

const needs = (site: Site, scope: string): void => {
  if (!site.auth.granted(scope)) refuse(missingScopes([scope]));
};

/** Properties of one sensitivity, archived or not. */
function chosen(site: Site, call: Call, name: string): readonly Property[] {
  const type = describable(site, name);
  const archived = call.search.get("archived") === "true";
  const sensitivity = call.search.get("dataSensitivity") ?? "non_sensitive";
  const scope = sensitiveScope(type, sensitivity);
  if (scope !== null) needs(site, scope);
  return site.portal
    .properties(type)
    .filter((property) => property.archived === archived && property.dataSensitivity === sensitivity);
}

export const properties = (site: Site, call: Call, name: string): Answer => json({ results: chosen(site, call, name) });

export function property(site: Site, call: Call, name: string, propertyName: string): Answer {
  const found = chosen(site, call, name).find((entry) => entry.name === propertyName);
  return found === undefined ? notFound(`No property exists with the name ${propertyName}`) : json(found);
}

export function propertiesBatch(site: Site, call: Call, name: string): Answer {
  const wanted = new Set(inputsOf(jsonBody(call), 100, "too many inputs: at most 100").map((input) => input.name));
  const type = describable(site, name);
  const results = site.portal.properties(type).filter((entry) => wanted.has(entry.name) && !entry.archived);
  const answer = { status: "COMPLETE", results };
  if (results.length === wanted.size) return json(answer);
  const errors = [{ status: "error", category: "OBJECT_NOT_FOUND", message: "Could not get some properties" }];
  return json({ ...answer, numErrors: 1, errors }, 207);
}

export const pipelines = (site: Site, name: string): Answer =>
  json({ results: site.portal.pipelines(readable(site, name)) });

function pipelineOf(site: Site, name: string, id: string): Json {
  const found = site.portal.pipelines(readable(site, name)).find((entry) => entry.id === id);
  return found ?? refuse(notFound(`Pipeline ${id} does not exist`));
}

export const pipeline = (site: Site, name: string, id: string): Answer => json(pipelineOf(site, name, id));

export const stages = (site: Site, name: string, id: string): Answer =>
  json({ results: pipelineOf(site, name, id).stages });

/** Archived owners have no `userId`, only `userIdIncludingInactive`. */
function ownerJson(owner: OwnerRecord): Json {
  const { id, email, type, firstName, lastName, userId, userIdIncludingInactive } = owner;
  return {
    id,
    email,
    type,
    firstName,
    lastName,
    ...(userId === null ? {} : { userId }),
    ...(userIdIncludingInactive === null ? {} : { userIdIncludingInactive }),
    createdAt: owner.createdAt,
    updatedAt: owner.updatedAt,
    archived: owner.archived,
    ...(owner.teams.length === 0 ? {} : { teams: owner.teams }),
  };
}

export function owners(site: Site, call: Call): Answer {
  needs(site, "crm.objects.owners.read");
  const { search } = call;
  const limit = pageSize(search, 100, 500);
  const archived = search.get("archived") === "true";
  const email = search.get("email")?.toLowerCase();
  const all = site.portal.owners.filter(
    (owner) => owner.archived === archived && (email === undefined || owner.email?.toLowerCase() === email),
  );
  const text = search.get("after") ?? "";
  const start = text === "" ? 0 : all.findIndex((owner) => cursorOf(owner) === text) + 1;
  if (text !== "" && start === 0) return failure(400, `Invalid paging cursor: ${text}`);
  const page = all.slice(start, start + limit);
  const results = page.map(ownerJson);
  if (start + limit >= all.length) return json({ results });
  const after = cursorOf(page.at(-1)!);
  return json({ results, paging: { next: { after, link: nextLink(site, call, after) } } });
}

const cursorOf = (owner: OwnerRecord): string => Buffer.from(`owner-${owner.id}`).toString("base64url");

export function owner(site: Site, call: Call, id: string): Answer {
  needs(site, "crm.objects.owners.read");
  const archived = call.search.get("archived") === "true";
  const byUser = call.search.get("idProperty")?.toLowerCase() === "userid";
  const found = site.portal.owners.find(
    (entry) => entry.archived === archived && (byUser ? String(entry.userId) === id : entry.id === id),
  );
  return found === undefined ? notFound(`Owner ${id} does not exist`) : json(ownerJson(found));
}

export function schemas(site: Site, call: Call): Answer {
  needs(site, "crm.schemas.custom.read");
  return json({ results: call.search.get("archived") === "true" ? [] : site.portal.schemas });
}

export function schema(site: Site, name: string): Answer {
  needs(site, "crm.schemas.custom.read");
  const type = site.portal.type(name);
  const found = site.portal.schemas.find((entry) => type !== undefined && entry.objectTypeId === type.id);
  return found === undefined ? refuse(unknownType(name)) : json(found);
}

function fileOf(site: Site, id: string): Json {
  needs(site, "files");
  return site.portal.file(id) ?? refuse(notFound(`File ${id} does not exist`));
}

export const file = (site: Site, id: string): Answer => json(fileOf(site, id));

/** A link that ends after some time. */
export function signedUrl(site: Site, call: Call, id: string): Answer {
  const { name, extension, size, type } = fileOf(site, id);
  const seconds = Number(call.search.get("expirationSeconds") ?? 3600);
  const ends = new Date(Date.now() + seconds * 1000).toISOString();
  return json({
    url: `${site.base()}/filemanager/signed/${id}?Expires=${Date.parse(ends)}`,
    expiresAt: ends,
    name,
    extension,
    size,
    type,
  });
}

export const account = (site: Site): Answer => json(site.portal.account);
