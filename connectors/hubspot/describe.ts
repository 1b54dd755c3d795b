/** Describes a portal: its objects, and the fields of those that somebody needs. */
import type { DescribeRequest } from "../../core/connector.ts";
import { ConfigError } from "../../core/errors.ts";
import { mapLimited } from "../../core/limiter.ts";
import type { SourceField, SourceLink, SourceObject, SourceSchema } from "../../core/schema.ts";
import { isLabelled } from "./associations.ts";
import type { RecordType } from "./definitions.ts";
import { SCOPE_MISSING } from "./errors.ts";
import { associationField, ENGAGEMENTS, FILES, type HubspotObject, OWNERS, pairName, pairObject } from "./objects.ts";
import { isTokenProblem, type Portal } from "./portal.ts";
import {
  associationFields,
  FILE_FIELDS,
  OWNER_FIELDS,
  pairFields,
  pipelineProperties,
  propertyField,
  RECORD_FIELDS,
  withPipelines,
} from "./schema.ts";
import { CUSTOM_SCHEMAS, readScope, sensitiveScope } from "./scopes.ts";

/** Ids of the records that were merged into one. */
const MERGED = "hs_merged_object_ids";

const ENGAGED = ["contacts", "companies", "deals", "tickets"];

/** Associations that drafts use. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  contacts: ["companies"],
  deals: ["companies", "contacts"],
  tickets: ["companies", "contacts"],
  leads: ["contacts", "companies"],
  line_items: ["deals", "quotes"],
  quotes: ["deals", "companies", "contacts"],
  calls: ENGAGED,
  emails: ENGAGED,
  meetings: ENGAGED,
  notes: ENGAGED,
  tasks: ENGAGED,
  communications: ENGAGED,
  postal_mail: ENGAGED,
};

export interface DescribeOptions {
  readonly portal: Portal;
  readonly resolve: (name: string) => Promise<HubspotObject | null>;
  readonly concurrency: number;
}

/**
 * The portal's objects; fields of those that are `wanted`, of all of them when it is absent. Objects that the token may
 * not read are left out, and `hiddenObjects` says what they need.
 */
export async function describePortal(
  { portal, resolve, concurrency }: DescribeOptions,
  wanted: DescribeRequest | undefined,
): Promise<SourceSchema> {
  const types = await portal.types();
  const named = new Map<string, { readonly object: HubspotObject; fields: readonly string[] | null }>();
  const name = (object: HubspotObject, fields: readonly string[] | null) => {
    const before = named.get(object.name)?.fields;
    named.set(object.name, { object, fields: fields === null ? null : [...(before ?? []), ...fields] });
  };
  if (wanted === undefined) {
    for (const type of types) name({ kind: "records", name: type.name, type: type.name }, null);
    name({ kind: "files", name: FILES }, null);
    for (const [from, targets] of Object.entries(USUAL)) for (const to of targets) name(pairObject(from, to), null);
  }
  for (const [object, fields] of wanted ?? []) {
    const found = await resolve(object);
    if (found !== null) name(found, fields);
  }
  const refused = new Map<string, ConfigError>();
  const objects = new Map<string, SourceObject>();
  await mapLimited(named.values(), concurrency, async ({ object, fields }) => {
    try {
      const described = await describeObject(portal, object, fields);
      if (described !== null) objects.set(object.name, described);
    } catch (error) {
      if (!(error instanceof ConfigError) || isTokenProblem(error)) throw error;
      refused.set(object.name, error);
    }
  });
  const listed: SourceObject[] = [
    { name: OWNERS, label: "Owners", key: "id", aliases: ["owner"], fields: OWNER_FIELDS },
    ...types.map((type) => objects.get(type.name) ?? listedType(type)),
    { name: FILES, label: "Files", key: "id", aliases: ["file"], fields: FILE_FIELDS },
  ];
  const known = new Set(listed.map((object) => object.name));
  const others = [...named.keys()].flatMap((object) => (known.has(object) ? [] : (objects.get(object) ?? [])));
  return {
    objects: [...listed, ...others].filter((object) => !refused.has(object.name)),
    hiddenObjects: await hiddenObjects(portal, refused),
    hidden: Object.fromEntries([...refused].map(([object, error]) => [object, lackingIn(object, error)])),
  };
}

const listedType = ({ name, label, aliases, custom }: RecordType): SourceObject => ({
  name,
  label,
  aliases,
  key: "id",
  deleted: "archived",
  fields: [],
  ...(custom ? { custom } : {}),
});

/** `fields` are names that mappings use; null: what drafts use. Null: there is no such object. */
async function describeObject(
  portal: Portal,
  object: HubspotObject,
  fields: readonly string[] | null,
): Promise<SourceObject | null> {
  switch (object.kind) {
    case "owners":
      return null;
    case "files":
      await assertFilesShown(portal);
      return null;
    case "pairs": {
      const { from, to } = object;
      // drafts do without labels: a call per pair
      const labels = fields === null ? [] : await portal.labels(from, to);
      if (labels === null) return null;
      const told = [...new Set(labels.flatMap((type) => (isLabelled(type) ? (type.label ?? []) : [])))];
      const label = `${from} to ${to}${object.labelled ? ", labelled" : ""}`;
      return { name: object.name, label, key: "id", fields: pairFields(from, to, told) };
    }
    case "records":
      return await describeType(portal, object.type, fields);
  }
}

async function describeType(portal: Portal, type: string, fields: readonly string[] | null): Promise<SourceObject> {
  const found = (await portal.typeOf(type)) ?? { name: type, label: type, aliases: [], custom: false };
  const [properties, pipelines] = await Promise.all([portal.properties(type), portal.pipelines(type)]);
  const own = withPipelines(properties.map(propertyField), pipelines, pipelineProperties(type));
  const associated =
    fields === null ? (USUAL[type] ?? []) : new Set(fields.flatMap((field) => associationField(field)?.to ?? []));
  const more: SourceField[] = [];
  const unseen: string[] = [];
  for (const to of associated) {
    const target = await portal.typeOf(to);
    // as mappings name it: an alias stays one
    const seen = target === null ? "none" : await associates(portal, type, target.name);
    if (seen === "hidden") unseen.push(to);
    if (target !== null && seen === "yes")
      more.push(...aliased(associationFields(target.name, target.label), target.name, to));
  }
  const links = found.custom ? await linksOf(portal, found) : [];
  const all = [...RECORD_FIELDS, ...own, ...more];
  const known = new Set(all.map((field) => field.name));
  const lacking = (fields ?? []).filter((field) => !known.has(field));
  return {
    ...listedType(found),
    fields: all,
    ...(known.has(MERGED) ? { otherIds: MERGED } : {}),
    ...(links.length > 0 ? { links } : {}),
    hiddenFields: await hiddenFields(portal, type, lacking, unseen),
  };
}

/** The pairs of a custom type with the usual ones and with other custom types, and what the others call them. */
async function linksOf(portal: Portal, { name }: RecordType): Promise<SourceLink[]> {
  const others = (await portal.types()).filter((type) => type.custom && type.name !== name).map((type) => type.name);
  const links: SourceLink[] = [];
  for (const to of [...ENGAGED, ...others])
    if ((await associates(portal, name, to)) === "yes") {
      const back = (await associates(portal, to, name)) === "yes" ? { back: pairName(to, name, true) } : {};
      links.push({ object: pairName(name, to), to, ...back });
    }
  return links;
}

/** Whether records of the types can be associated; hidden: the token may not see. */
async function associates(portal: Portal, from: string, to: string): Promise<"yes" | "none" | "hidden"> {
  try {
    return (await portal.labels(from, to)) === null ? "none" : "yes";
  } catch (error) {
    if (!(error instanceof ConfigError) || isTokenProblem(error)) throw error;
    return "hidden";
  }
}

function aliased(fields: readonly SourceField[], name: string, alias: string): SourceField[] {
  return fields.map((field) => ({
    ...field,
    name: field.name.replace(`associations.${name}`, `associations.${alias}`),
  }));
}

async function hiddenObjects(portal: Portal, refused: ReadonlyMap<string, ConfigError>): Promise<string> {
  const needs = [...refused].map(([object, error]) =>
    error.code === SCOPE_MISSING
      ? `${object} needs the scope ${scopeIn(error) ?? readScope(object)}`
      : `${object}: ${error.message}`,
  );
  if (!(await portal.customTypesShown())) needs.push(`custom objects need the scope ${CUSTOM_SCHEMAS}`);
  const told = needs.length === 0 ? "" : `The token may not read everything: ${needs.join("; ")}. `;
  return `${told}HubSpot does not show objects that the app's scopes do not cover: add the scope to the app (private apps: Settings, Integrations, Private Apps, Scopes).`;
}

/** What the token lacks for an object that it may not read. */
function lackingIn(object: string, error: ConfigError): string {
  if (error.code !== SCOPE_MISSING) return error.message;
  return `the scope ${scopeIn(error) ?? readScope(object)} is missing`;
}

/** Files are read by way of the engagements that they are attached to. Throws what refuses one of them. */
async function assertFilesShown(portal: Portal): Promise<void> {
  await portal.assertFiles();
  for (const type of ENGAGEMENTS) await portal.properties(type);
}

const scopeIn = (error: ConfigError): string | null =>
  / needs the scope (\S+(?: or \S+)*)$/.exec(error.message)?.[1] ?? null;

/**
 * Why fields may be missing. `lacking` are names that mappings use and the portal does not show; `unseen` types whose
 * associations the token may not see.
 */
async function hiddenFields(
  portal: Portal,
  type: string,
  lacking: readonly string[],
  unseen: readonly string[],
): Promise<string> {
  const parts: string[] = [];
  if (unseen.length > 0) {
    const needed = [...new Set(unseen.map((to) => readScope(to)))];
    parts.push(`Associations with ${unseen.join(", ")} need the scope ${needed.join(", ")}.`);
  }
  if (lacking.length > 0) {
    const archived = new Set(await portal.archivedProperties(type));
    const names = lacking.filter((field) => archived.has(field));
    if (names.length > 0)
      parts.push(
        `${names.join(", ")}: archived (deleted) in the portal; restore it there (Settings, Properties, Archived) or take it out of the mapping.`,
      );
  }
  const scopes = portal.unseen(type).map((sensitivity) => sensitiveScope(type, sensitivity));
  if (scopes.length > 0)
    parts.push(`HubSpot shows sensitive properties of ${type} only to apps with the scope ${scopes.join(" or ")}.`);
  parts.push("Mappings name properties by their internal names.");
  return parts.join(" ");
}
