/** Opens a migration: configuration, source, target, model, mappings, order. Everything that is wrong is told at once. */
import { join } from "node:path";
import { loadConfig } from "../config.ts";
import type { MigrationConfig } from "../config-types.ts";
import type { ConnectorModule, ConnectorRegistry, SourceConnector } from "../connector.ts";
import type { Context } from "../context.ts";
import { loadEnvironment } from "../env.ts";
import { ConfigError } from "../errors.ts";
import { loadMappingSet, readMappings } from "../mapping/load.ts";
import { orderStages } from "../mapping/order.ts";
import { wantedOf } from "../mapping/wanted.ts";
import { loadModel } from "../model/load.ts";
import type { SourceSchema, TargetModel } from "../schema.ts";
import { findSnapshot, type SnapshotSource, snapshotDir, snapshotSource } from "../snapshot/index.ts";
import { type Database, openDatabase } from "../store/database.ts";
import { ensureEmbedded } from "../store/embedded.ts";
import type { Session } from "./session.ts";

export interface OpenOptions {
  readonly registry: ConnectorRegistry;
  readonly context: Context;
  /** false: the target is neither started nor connected; `session.database` then throws when it is used. */
  readonly connectTarget?: boolean;
  /** A run whose snapshot is read instead of the source: the connector is not even made. */
  readonly fromSnapshot?: string | null;
}

/** Finds the source object that a mapping means: exactly, ignoring case, or without the file's extension and folder. */
export function resolveSourceName(schema: SourceSchema, name: string): string | null {
  const names = schema.objects.map((object) => object.name);
  if (names.includes(name)) return name;
  const known = schema.objects.filter((object) => object.aliases?.includes(name));
  if (known.length === 1) return known[0]!.name;
  const fold = (text: string) => text.toLowerCase();
  const bare = (text: string) =>
    fold(text)
      .replace(/^.*\//, "")
      .replace(/\.[a-z0-9]{1,5}$/, "");
  for (const same of [
    (candidate: string) => fold(candidate) === fold(name),
    (candidate: string) => bare(candidate) === fold(name),
    (candidate: string) =>
      bare(candidate) === bare(name) && /\.[a-z0-9]{1,5}$/i.test(candidate) === /\.[a-z0-9]{1,5}$/i.test(name),
  ]) {
    const found = names.filter(same);
    if (found.length === 1) return found[0]!;
  }
  return null;
}

function checkScope(config: MigrationConfig): void {
  if (config.scope.since === null && config.scope.until === null) return;
  throw new ConfigError(
    "SCOPE_UNSUPPORTED",
    `scope.since and scope.until: the ${config.source.connector} source does not know when its records were made`,
    {
      place: { file: config.file },
      hint: "Use `filter:` on a date column in the mapping files, and leave scope.since and scope.until empty.",
    },
  );
}

async function openTarget(config: MigrationConfig, context: Context): Promise<Database> {
  let url = config.target.url;
  if (url === "") url = (await ensureEmbedded(config.baseDir, { log: context.log })).url;
  return openDatabase(url, { log: context.log });
}

async function openSnapshot(
  config: MigrationConfig,
  runsDir: string,
  run: string,
  context: Context,
): Promise<SnapshotSource> {
  const snapshot = await snapshotSource(snapshotDir(runsDir, await findSnapshot(runsDir, run)), context.signal);
  const { connector, source } = snapshot.about;
  if (connector === config.source.connector && source === config.source.name) return snapshot;
  throw new ConfigError(
    "SNAPSHOT_OTHER_SOURCE",
    `expected a snapshot of ${config.source.connector} "${config.source.name}", got one of ${connector} "${source}"`,
    { place: { file: config.file }, hint: "Name a run of this migration: see `migrate runs list`." },
  );
}

/** Stands for a database that was not asked for. */
function noDatabase(): Database {
  const refuse = (): never => {
    throw new Error("the target was not connected");
  };
  return {
    url: "",
    redacted: "not connected",
    get pool() {
      return refuse();
    },
    get knex() {
      return refuse();
    },
    connect: refuse,
    query: refuse,
    close: async () => undefined,
  };
}

async function modelOf(
  config: MigrationConfig,
  registry: ConnectorRegistry,
  database: Database,
  connected: boolean,
): Promise<TargetModel> {
  if (config.target.model !== "introspect") return loadModel(config.target.model, config.target.schema);
  if (!connected) {
    throw new ConfigError(
      "MODEL_NEEDS_TARGET",
      "the model is read from the target's tables, and the target is not connected",
    );
  }
  const target = await registry.loadTarget(config.target.connector);
  return target.introspect(database.query, config.target.schema);
}

/** The source's options; where it counts calls, `limits.api` is the share that it may use. */
function optionsOf(config: MigrationConfig, module: ConnectorModule): Readonly<Record<string, unknown>> {
  const { options } = config.source;
  return module.options.some(({ name }) => name === "apiShare") ? { ...options, apiShare: config.limits.api } : options;
}

/**
 * Opens everything a command needs. Throws ConfigError with all problems of the configuration, then of the source, then
 * of the mappings. The caller closes the session.
 */
export async function openSession(configFile: string, options: OpenOptions): Promise<Session> {
  const { registry } = options;
  const config = await loadConfig(configFile, {
    env: options.context.env,
    sourceOptions: async (name) => (await registry.load(name)).options,
    targetOptions: async (name) => (await registry.loadTarget(name)).options,
  });
  checkScope(config);
  const context = { ...options.context, env: await loadEnvironment(config.baseDir, options.context.env) };
  const module = await registry.load(config.source.connector);
  const target = await registry.loadTarget(config.target.connector);
  const runsDir = join(config.baseDir, "runs");
  const snapshot = options.fromSnapshot ? await openSnapshot(config, runsDir, options.fromSnapshot, context) : null;
  const source: SourceConnector = snapshot ?? module.create(optionsOf(config, module), config.baseDir, context);
  let database: Database | null = null;
  const close = async () => {
    await source.close().catch(() => undefined);
    await database?.close().catch(() => undefined);
  };
  try {
    await source.open();
    const sourceSchema = await source.describe(wantedOf(await readMappings(config)));
    const connected = options.connectTarget !== false;
    if (config.target.model !== "introspect") {
      // mapping errors are told before a database is started for nothing
      const model = await loadModel(config.target.model, config.target.schema);
      await loadMappingSet(config, {
        sourceSchema,
        resolveSource: (name) => resolveSourceName(sourceSchema, name),
        model,
        capabilities: source.capabilities,
      });
    }
    database = connected ? await openTarget(config, context) : noDatabase();
    const model = await modelOf(config, registry, database, connected);
    const { set, warnings } = await loadMappingSet(config, {
      sourceSchema,
      resolveSource: (name) => resolveSourceName(sourceSchema, name),
      model,
      capabilities: source.capabilities,
    });
    const scoped = config.scope.objects;
    const stages = orderStages(set.mappings, model).filter(
      (stage) => scoped === null || scoped.includes(stage.mapping.object),
    );
    return {
      config,
      context,
      source,
      sourceSchema,
      database,
      target,
      model,
      mappings: set,
      mappingWarnings: warnings,
      stages,
      snapshot,
      runsDir,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
