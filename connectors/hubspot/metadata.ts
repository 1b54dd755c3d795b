/** What reading needs to know of a portal: what names mean, which properties there are, and whether that changed. */
import { createHash } from "node:crypto";
import type { DescribeRequest } from "../../core/connector.ts";
import { ConfigError, type Problem } from "../../core/errors.ts";
import { didYouMean } from "../../core/nearest.ts";
import type { SourceSchema } from "../../core/schema.ts";
import type { Api } from "./api.ts";
import { isLabelled } from "./associations.ts";
import type { Property, Stage } from "./definitions.ts";
import { describePortal } from "./describe.ts";
import { FILES, type HubspotObject, OWNERS, pairObject, pairsIn } from "./objects.ts";
import type { HubspotOptions } from "./options.ts";
import { checkPermissions } from "./permissions.ts";
import { createPortal } from "./portal.ts";
import { pipelineProperties } from "./schema.ts";

export type { Property, Stage } from "./definitions.ts";

/** The properties of a type that hold its records' pipeline and stage, and what their values mean. */
export interface StageField {
  readonly pipeline: string;
  readonly stage: string;
  /** Labels of pipelines by id; stages by id, of all pipelines. */
  readonly pipelines: ReadonlyMap<string, string>;
  readonly stages: ReadonlyMap<string, Stage>;
}

export interface Metadata {
  /** Asks for the account, which shows whether the token is good. */
  open(): Promise<void>;
  /** The portal's id, once it was told; null: the token may not ask. */
  portalId(): string | null;
  /** What an object of a mapping stands for. Throws ConfigError HUBSPOT_UNKNOWN_OBJECT. */
  resolve(object: string): Promise<HubspotObject>;
  /** A type as paths name it, by any of its names; null: the portal shows none. */
  typeOf(name: string): Promise<string | null>;
  /** Asked once, or anew when `fresh`. */
  properties(type: string, fresh?: boolean): Promise<readonly Property[]>;
  /** One, or none for types without pipelines. */
  stages(type: string): Promise<readonly StageField[]>;
  /** Whether the portal has labels of its own for the direction. */
  hasLabels(from: string, to: string): Promise<boolean>;
  describe(wanted?: DescribeRequest): Promise<SourceSchema>;
  /** Changes with an object's properties, their types, options and labels, and with its pipelines and stages. */
  fingerprint(object: string): Promise<string>;
  check(wanted: DescribeRequest): Promise<readonly Problem[]>;
  forget(): void;
}

export function createMetadata(api: Api, options: HubspotOptions): Metadata {
  const portal = createPortal(api);
  const { log } = api.context;
  let portalId: string | null = null;

  async function found(object: string): Promise<HubspotObject | null> {
    if (object === OWNERS || object === "owner") return { kind: "owners", name: OWNERS };
    if (object === FILES || object === "file") return { kind: "files", name: FILES };
    const type = await portal.typeOf(object);
    if (type !== null) return { kind: "records", name: type.name, type: type.name };
    for (const pair of pairsIn(object)) {
      const [from, to] = await Promise.all([portal.typeOf(pair.from), portal.typeOf(pair.to)]);
      if (from === null || to === null) continue;
      return pairObject(from.name, to.name, pair.labelled);
    }
    return null;
  }

  async function resolve(object: string): Promise<HubspotObject> {
    const known = await found(object);
    if (known !== null) return known;
    const names = [OWNERS, FILES, ...(await portal.types()).map(({ name }) => name)];
    const near = didYouMean(object, names);
    throw new ConfigError(
      "HUBSPOT_UNKNOWN_OBJECT",
      `the portal shows no object "${object}"${near === null ? "" : `; ${near}`}`,
      {
        place: { object },
        hint: "Custom objects need the scopes crm.schemas.custom.read and crm.objects.custom.read.",
      },
    );
  }

  async function content(object: HubspotObject): Promise<string[]> {
    switch (object.kind) {
      case "owners":
      case "files":
        return [];
      case "pairs": {
        const labels = (await portal.labels(object.from, object.to, true)) ?? [];
        return labels.map(({ category, typeId, label }) => `${category}:${typeId}:${label ?? ""}`);
      }
      case "records": {
        const [properties, pipelines] = await Promise.all([
          portal.properties(object.type, true),
          portal.pipelines(object.type, true),
        ]);
        return [
          ...properties.map(({ name, type, fieldType }) => `${name}:${type}:${fieldType}`),
          ...properties.flatMap(({ name, options }) => options.map(({ value, label }) => `${name}=${value}:${label}`)),
          ...pipelines.map(({ id, label }) => `${id}:${label}`),
          ...pipelines.flatMap(({ id, stages }) =>
            stages.map((stage) => `${id}/${stage.id}:${stage.label}:${stage.probability}:${stage.isClosed}`),
          ),
        ];
      }
    }
  }

  return {
    async open() {
      const account = await portal.account();
      if (account === null) {
        log.debug("the token may not ask for the account's details");
        return;
      }
      const { id, timeZone, currency } = account;
      portalId = id === "" ? null : id;
      log.debug(`portal ${id}: time zone ${timeZone}, currency ${currency}`, { portal: id, timeZone, currency });
    },
    portalId: () => portalId,
    resolve,
    typeOf: async (name) => (await portal.typeOf(name))?.name ?? null,
    properties: (type, fresh) => portal.properties(type, fresh),
    async stages(type) {
      const pipelines = await portal.pipelines(type);
      if (pipelines.length === 0) return [];
      return [
        {
          ...pipelineProperties(type),
          pipelines: new Map(pipelines.map(({ id, label }) => [id, label])),
          stages: new Map(pipelines.flatMap(({ stages }) => stages.map((stage) => [stage.id, stage] as const))),
        },
      ];
    },
    async hasLabels(from, to) {
      const types = (await portal.labels(from, to)) ?? [];
      return types.some(isLabelled);
    },
    async describe(wanted) {
      portal.forget();
      return await describePortal({ portal, resolve: found, concurrency: options.concurrency }, wanted);
    },
    async fingerprint(name) {
      const object = await resolve(name);
      const lines = (await content(object)).sort();
      const hash = createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16);
      const account = await portal.account();
      return `${account?.id ?? "portal"}:${object.name}:${options.apiPath}:${hash}`;
    },
    async check(wanted) {
      const objects = new Map<HubspotObject, readonly string[]>();
      for (const [name, fields] of wanted) {
        const object = await found(name);
        if (object !== null) objects.set(object, fields);
      }
      return await checkPermissions({ api, portal, options }, objects);
    },
    forget: () => portal.forget(),
  };
}
