/** `--only`, checked with the mapping files alone: before a source is asked or a database is started for nothing. */
import type { App } from "./app.ts";

/** Throws ConfigError ONLY_UNKNOWN, and what `loadConfig` and `readMappings` throw. */
export async function checkOnly(app: App, only: readonly string[]): Promise<void> {
  const [{ loadConfig }, { readMappings }, { ConfigError }] = await Promise.all([
    import("../core/config.ts"),
    import("../core/mapping/load.ts"),
    import("../core/errors.ts"),
  ]);
  const registry = await app.registry();
  const config = await loadConfig(app.configFile, {
    env: app.context.env,
    sourceOptions: async (name) => (await registry.load(name)).options,
    targetOptions: async (name) => (await registry.loadTarget(name)).options,
  });
  const known = [...new Set((await readMappings(config)).mappings.map(({ object }) => object))];
  const unknown = only.filter((object) => !known.includes(object));
  if (unknown.length === 0) return;
  throw new ConfigError("ONLY_UNKNOWN", `--only: no stage loads ${unknown.join(", ")}`, {
    hint: `Objects: ${known.join(", ")}.`,
  });
}
