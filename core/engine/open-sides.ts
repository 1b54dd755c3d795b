/** The two sides of a migration as its configuration describes them: options, files, snapshot, database. */
import { resolve } from "node:path";
import type { MigrationConfig } from "../config-types.ts";
import type { ConnectorModule, ConnectorRegistry, ReplacedFile } from "../connector.ts";
import type { Context } from "../context.ts";
import { ConfigError, TransientError } from "../errors.ts";
import type { TargetModel } from "../schema.ts";
import { findSnapshot, type SnapshotSource, snapshotDir, snapshotSource } from "../snapshot/index.ts";
import { type Database, openDatabase } from "../store/database.ts";
import { ensureEmbedded } from "../store/embedded.ts";

export async function openTarget(config: MigrationConfig, context: Context): Promise<Database> {
  let url = config.target.url;
  if (url === "") url = (await ensureEmbedded(config.baseDir, { log: context.log })).url;
  return openDatabase(url, { log: context.log });
}

export async function openSnapshot(
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
export function noDatabase(): Database {
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

export async function modelOf(
  config: MigrationConfig,
  registry: ConnectorRegistry,
  database: Database,
  connected: boolean,
): Promise<TargetModel> {
  if (!connected) {
    throw new ConfigError(
      "MODEL_NEEDS_TARGET",
      "the model is read from the target's tables, and the target is not connected",
    );
  }
  const target = await registry.loadTarget(config.target.connector);
  return target.introspect(database.query, config.target.schema);
}

/**
 * The source's options; where it counts calls, `limits.api` is the share that it may use, and where it tells what changed,
 * `delta.settle` and `delta.overlap` stand for its own.
 */
export function optionsOf(
  config: Pick<MigrationConfig, "source" | "limits" | "delta">,
  module: ConnectorModule,
): Readonly<Record<string, unknown>> {
  const given: Readonly<Record<string, unknown>> = {
    apiShare: config.limits.api,
    ...(config.delta.settle === null ? {} : { settle: config.delta.settle }),
    ...(config.delta.overlap === null ? {} : { overlap: config.delta.overlap }),
  };
  const known = Object.entries(given).filter(([option]) => module.options.some(({ name }) => name === option));
  return { ...config.source.options, ...Object.fromEntries(known) };
}

/** The configuration with files in the place of others. Throws ConfigError FILES_NOT_REPLACED where the source has no files. */
export async function withFiles(
  config: MigrationConfig,
  registry: ConnectorRegistry,
  files: readonly ReplacedFile[],
): Promise<MigrationConfig> {
  if (files.length === 0) return config;
  const { replaceFiles } = await registry.load(config.source.connector);
  if (replaceFiles === undefined) {
    throw new ConfigError(
      "FILES_NOT_REPLACED",
      `the source ${config.source.connector} has no files that others could replace`,
      {
        place: { file: config.file },
        hint: "Leave --files out.",
      },
    );
  }
  const absolute = files.map(({ source, path }) => ({ source, path: resolve(config.baseDir, path) }));
  return { ...config, source: { ...config.source, options: replaceFiles(config.source.options, absolute) } };
}

export const until = (config: MigrationConfig, date: string | null | undefined): MigrationConfig =>
  date === null || date === undefined ? config : { ...config, scope: { ...config.scope, until: date } };

/** What a connection fails with where no server is at the address. */
const NOBODY_THERE = new Set(["ENOTFOUND", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"]);

/** An address of the source at which there is nobody is a mistake in its options: named, with where it stands. */
export function addressed(error: unknown, { source, file }: MigrationConfig): unknown {
  if (!(error instanceof TransientError)) return error;
  const { cause } = error as { readonly cause?: { readonly cause?: { readonly code?: string } } };
  if (!NOBODY_THERE.has(cause?.cause?.code ?? "")) return error;
  const addresses = Object.entries(source.options).filter(([, value]) => /^https?:/.test(String(value)));
  const named = addresses.map(([name, value]) => `source.${name}: ${String(value)}`);
  const where = named.length === 0 ? "" : `; nobody answers at ${named.join(", ")}`;
  return new ConfigError(error.code, `${error.message}${where}`, {
    place: { file },
    cause: error,
    ...(error.hint === null ? {} : { hint: error.hint }),
  });
}
