/** From what a path asks for to the answer. */
import { type Answer, failure } from "./answer.ts";
import { batch, batchV3, labels, ofRecord, ofRecordV3 } from "./associations.ts";
import {
  account,
  file,
  owner,
  owners,
  pipeline,
  pipelines,
  properties,
  propertiesBatch,
  property,
  schema,
  schemas,
  signedUrl,
  stages,
} from "./metadata.ts";
import { batchRead, get, list } from "./objects.ts";
import type { Route, Target } from "./paths.ts";
import { search } from "./search.ts";
import { type Call, Refusal, type Site } from "./site.ts";
import { archive, associate, associateDefault, create, dissociate, erase, merge, update } from "./writes.ts";

type Handler = (site: Site, call: Call, names: readonly string[]) => Answer;

const form = (call: Call): URLSearchParams => new URLSearchParams(call.body);

function tokenKey(call: Call): string {
  try {
    return String((JSON.parse(call.body) as { readonly tokenKey?: unknown }).tokenKey ?? "");
  } catch {
    return "";
  }
}

const HANDLERS: Readonly<Record<Route, Handler>> = {
  list: (site, call, [type]) => list(site, call, type!),
  get: (site, call, [type, id]) => get(site, call, type!, id!),
  batchRead: (site, call, [type]) => batchRead(site, call, type!),
  search: (site, call, [type]) => search(site, call, type!),
  create: (site, call, [type]) => create(site, call, type!),
  update: (site, call, [type, id]) => update(site, call, type!, id!),
  archive: (site, _, [type, id]) => archive(site, type!, id!),
  merge: (site, call, [type]) => merge(site, call, type!),
  erase: (site, call, [type]) => erase(site, call, type!),
  associateDefault: (site, _, names) => associateDefault(site, names),
  associate: (site, call, names) => associate(site, call, names),
  dissociate: (site, _, names) => dissociate(site, names),
  associations: (site, call, [from, to]) => batch(site, call, from!, to!),
  associationsV3: (site, call, [from, to]) => batchV3(site, call, from!, to!),
  associationsOf: (site, call, [from, id, to]) => ofRecord(site, call, from!, id!, to!),
  associationsOfV3: (site, call, [from, id, to]) => ofRecordV3(site, call, from!, id!, to!),
  labels: (site, _, [from, to]) => labels(site, from!, to!),
  properties: (site, call, [type]) => properties(site, call, type!),
  property: (site, call, [type, name]) => property(site, call, type!, name!),
  propertiesBatch: (site, call, [type]) => propertiesBatch(site, call, type!),
  pipelines: (site, _, [type]) => pipelines(site, type!),
  pipeline: (site, _, [type, id]) => pipeline(site, type!, id!),
  stages: (site, _, [type, id]) => stages(site, type!, id!),
  owners: (site, call) => owners(site, call),
  owner: (site, call, [id]) => owner(site, call, id!),
  schemas: (site, call) => schemas(site, call),
  schema: (site, _, [name]) => schema(site, name!),
  file: (site, _, [id]) => file(site, id!),
  signedUrl: (site, call, [id]) => signedUrl(site, call, id!),
  account: (site) => account(site),
  token: (site, call) => site.auth.token(form(call)),
  introspect: (site, call) => site.auth.introspect(form(call)),
  revoke: (site, call) => site.auth.revoke(form(call)),
  accessTokenInfo: (site, _, [token]) => site.auth.accessTokenInfo(token!),
  refreshTokenInfo: (site, _, [token]) => site.auth.refreshTokenInfo(token!),
  privateAppInfo: (site, call) => site.auth.privateAppInfo(tokenKey(call)),
  none: (_, call) => failure(404, `No resource at ${call.method} ${call.path}`),
};

/** Routes that need no token and count against no limit. */
export const OPEN: ReadonlySet<Route> = new Set([
  "token",
  "introspect",
  "revoke",
  "accessTokenInfo",
  "refreshTokenInfo",
  "privateAppInfo",
]);

/** The answer of a route. */
export function route(site: Site, target: Target, call: Call): Answer {
  try {
    return HANDLERS[target.route](site, call, target.names);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}
