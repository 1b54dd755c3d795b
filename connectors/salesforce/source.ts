/** The Salesforce source: every readable object of an org. */
import { createHash } from "node:crypto";
import type { DescribeRequest, FetchRequest, SourceConnector } from "../../core/connector.ts";
import type { Context } from "../../core/context.ts";
import { ConfigError, hasCode, type Problem } from "../../core/errors.ts";
import { mapLimited } from "../../core/limiter.ts";
import type { RecordBatch } from "../../core/record.ts";
import type { SourceField, SourceObject, SourceSchema } from "../../core/schema.ts";
import { type Api, createApi, TUNING, type Tuning } from "./api.ts";
import { salesforceChanges } from "./changes.ts";
import { resolveColumns } from "./columns.ts";
import { estimateReads, type ObjectCost } from "./estimate.ts";
import { fetchByKey } from "./fetch.ts";
import { joinsOf } from "./joins.ts";
import { fetchLinks } from "./links-read.ts";
import { createMetadata, HIDDEN_OBJECTS, hiddenFields, type Metadata } from "./metadata.ts";
import { NEEDS_DOCUMENT, usual } from "./objects.ts";
import type { SalesforceOptions } from "./options.ts";
import { checkPermissions } from "./permissions.ts";
import { createReader, transportOf } from "./read.ts";
import { usualPaths } from "./relations.ts";
import { isEncrypted, sourceObject } from "./schema.ts";
import { cachedSizes } from "./sizes.ts";

/** Makes the connector; nothing is connected yet. `tuning` is for tests. */
export function salesforceSource(
  options: SalesforceOptions,
  baseDir: string,
  context: Context,
  tuning: Tuning = TUNING,
): SourceConnector {
  const api = createApi(options, baseDir, context, tuning);
  const metadata = createMetadata(api);
  const reader = createReader(api, metadata);
  const { scoped } = reader;
  /** The list of objects is of this very moment. */
  let justOpened = false;
  let instanceUrl: string | null = null;

  async function* fetch(request: FetchRequest): AsyncGenerator<RecordBatch> {
    const { name, scope } = await scoped(request.object);
    if (name === NEEDS_DOCUMENT) {
      const columns = await resolveColumns(name, request.fields, metadata);
      yield* fetchLinks(api, columns, request);
      return;
    }
    yield* fetchByKey(api, metadata, scope, { ...request, object: name });
  }

  return {
    name: "salesforce",
    capabilities: { blankMeansNothing: false, fetchByKey: true, snapshot: true, uniqueIds: true },
    async open() {
      ({ instanceUrl } = await api.session());
      try {
        await metadata.objects();
      } catch (error) {
        // that is all a server says of a version that it does not have
        if (hasCode(error, "SALESFORCE_NOT_FOUND")) await checkVersion(api);
        throw error;
      }
      justOpened = true;
    },
    recordLinks: () => ({
      hosts: ["salesforce.com", "force.com", ...(instanceUrl === null ? [] : [new URL(instanceUrl).host])],
    }),
    recordLink: (object, key) =>
      instanceUrl !== null && /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/.test(key)
        ? `${instanceUrl}/lightning/r/${encodeURIComponent(object)}/${key}/view`
        : null,
    describe(wanted) {
      if (!justOpened) metadata.forget();
      justOpened = false;
      return describeOrg(metadata, options, wanted);
    },
    count: (object) => reader.count(object),
    read: (request) => reader.read(request),
    fetch,
    changes: salesforceChanges(api, metadata, reader),
    async fingerprint(object) {
      // asked for anew: a field that was hidden or added since must show
      const described = await metadata.describe(object, true);
      const fields = described.fields.map(({ name, type }) => `${name}:${type}`).sort();
      const hash = createHash("sha256").update(fields.join("\n")).digest("hex").slice(0, 16);
      return `${await orgIdOf(api)}:${described.name}:v${options.apiVersion}:${hash}`;
    },
    async estimate(requests) {
      const costs = await mapLimited(requests, options.concurrency, async (request): Promise<ObjectCost> => {
        const { name, scope } = await scoped(request.object);
        const columns = await resolveColumns(name, request.fields, metadata);
        const records = await reader.count(name);
        const bulk = transportOf(api, columns, scope, records) === "bulk";
        return { records, bulk, joins: columns.joins.map(({ perCall }) => perCall) };
      });
      return estimateReads(api, costs);
    },
    async check(wanted): Promise<readonly Problem[]> {
      const names: string[] = [];
      const encrypted: string[] = [];
      for (const [object, fields] of wanted) {
        const name = await metadata.nameOf(object);
        if (name === null) continue;
        names.push(name);
        const described = await metadata.describe(name);
        const masked = described.fields.filter((field) => isEncrypted(field) && fields.includes(field.name));
        encrypted.push(...masked.map((field) => `${name}.${field.name}`));
      }
      return await checkPermissions(api, names, encrypted);
    },
    sizes: () => cachedSizes(api, metadata),
    async close() {
      metadata.forget();
    },
  };
}

async function describeOrg(
  metadata: Metadata,
  options: SalesforceOptions,
  wanted: DescribeRequest | undefined,
): Promise<SourceSchema> {
  const listed = await metadata.objects();
  const named = new Map<string, readonly string[]>();
  if (wanted === undefined) for (const name of usual(listed)) named.set(name, []);
  for (const [object, fields] of wanted ?? []) {
    const name = await metadata.nameOf(object);
    if (name !== null) named.set(name, [...(named.get(name) ?? []), ...fields]);
  }
  const described = new Map<string, SourceObject>();
  await mapLimited(named, options.concurrency, async ([name, fields]) => {
    described.set(name, await describeObject(metadata, name, fields, wanted === undefined));
  });
  return {
    objects: listed.map(({ name, label, custom, customSetting }) => {
      // not settings, metadata types, events or external objects
      const own = custom && !customSetting && name.endsWith("__c") ? { custom } : {};
      return described.get(name) ?? { name, label, key: "Id", fields: [], ...own };
    }),
    hiddenObjects: HIDDEN_OBJECTS,
  };
}

/** `fields` are names that mappings use; `usual`: columns of referenced records that drafts use, too. */
async function describeObject(
  metadata: Metadata,
  object: string,
  fields: readonly string[],
  usual: boolean,
): Promise<SourceObject> {
  const described = await metadata.describe(object);
  const more: SourceField[] = [];
  const joins = await joinsOf(object, metadata);
  const wanted = new Set(fields);
  for (const join of joins) more.push(...join.columns.filter(({ name }) => usual || wanted.has(name)));
  const paths = new Set([...fields.filter((name) => name.includes(".")), ...(usual ? usualPaths(described) : [])]);
  for (const path of paths) {
    if (more.some(({ name }) => name === path)) continue;
    const found = await metadata.follow(object, path);
    if (found !== null) more.push(found.field);
  }
  return { ...sourceObject(described, more), hiddenFields: hiddenFields(object) };
}

async function orgIdOf(api: Api): Promise<string> {
  const session = await api.session();
  if (session.orgId !== null) return session.orgId;
  const { records } = await api.query("SELECT Id FROM Organization LIMIT 1");
  return String(records[0]?.Id ?? "");
}

/** Throws ConfigError when the org does not offer the API version. */
async function checkVersion(api: Api): Promise<void> {
  const { apiVersion } = api.options;
  const offered = await api.persist("versions", async () => {
    const answer = await api.open("/services/data", "application/json");
    const versions = JSON.parse(await answer.text()) as readonly { readonly version: string }[];
    return versions.map(({ version }) => version);
  });
  if (offered.includes(apiVersion)) return;
  throw new ConfigError(
    "SALESFORCE_VERSION_UNKNOWN",
    `source.apiVersion: the org offers ${offered[0]} to ${offered.at(-1)}, got ${apiVersion}`,
    { hint: `Write apiVersion: "${offered.at(-1)}".` },
  );
}
