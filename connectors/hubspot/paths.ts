/** Addresses of the API in both schemes: `/crm/v3/objects/contacts` and `/crm/objects/2026-03/contacts`. */
import type { Paths } from "./api.ts";

/** `version` is `v3` (associations are v4 then) or a date. */
export function createPaths(version: string): Paths & { readonly token: string } {
  const crm =
    version === "v3" ? (api: string, v = "v3") => `/crm/${v}/${api}` : (api: string) => `/crm/${api}/${version}`;
  const name = encodeURIComponent;
  return {
    objects: (type) => `${crm("objects")}/${name(type)}`,
    associations: (from, to) => `${crm("associations", "v4")}/${name(from)}/${name(to)}`,
    properties: (type) => `${crm("properties")}/${name(type)}`,
    pipelines: (type) => `${crm("pipelines")}/${name(type)}`,
    owners: () => crm("owners"),
    schemas: () => `/crm-object-schemas/${version}/schemas`,
    file: (id) => `/files/${version}/files/${name(id)}`,
    account: () => `/account-info/${version}/details`,
    token: version === "v3" ? "/oauth/v1/token" : `/oauth/${version}/token`,
  };
}
