/** Opens a migration's target alone: for what needs neither source nor mappings. */
import { join } from "node:path";
import { readConfig } from "../config.ts";
import type { MigrationConfig } from "../config-types.ts";
import type { ConnectorRegistry } from "../connector.ts";
import type { Context } from "../context.ts";
import { ConfigError } from "../errors.ts";
import { type Database, openDatabase } from "../store/database.ts";
import { ensureEmbedded } from "../store/embedded.ts";

export interface TargetSession {
  readonly config: MigrationConfig;
  readonly database: Database;
  readonly runsDir: string;
  close(): Promise<void>;
}

/** The database of the target, the embedded one started where it is. Throws ConfigError with all problems of migration.yaml. */
export async function openTarget(
  configFile: string,
  { registry, context }: { readonly registry: ConnectorRegistry; readonly context: Context },
): Promise<TargetSession> {
  const { config, problems } = await readConfig(configFile, {
    env: context.env,
    sourceOptions: async (name) => (await registry.load(name)).options,
    targetOptions: async (name) => (await registry.loadTarget(name)).options,
  });
  if (problems.length > 0) throw ConfigError.of(problems);
  const embedded = config.target.url === "";
  const url = embedded ? (await ensureEmbedded(config.baseDir, { log: context.log })).url : config.target.url;
  const database = await openDatabase(url, { log: context.log });
  return { config, database, runsDir: join(config.baseDir, "runs"), close: () => database.close() };
}
