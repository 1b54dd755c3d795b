/**
 * Finds connectors by name: built-in ones, and npm packages named `crm-migrate-connector-<name>` that are installed
 * beside the migration. Nothing is imported before it is asked for.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ConnectorModule, ConnectorRegistry, TargetModule } from "../core/connector.ts";
import { ConfigError } from "../core/errors.ts";
import { didYouMean } from "../core/nearest.ts";

const PREFIX = "crm-migrate-connector-";

const SOURCES: Readonly<Record<string, () => Promise<{ default: ConnectorModule }>>> = {
  csv: () => import("./csv/index.ts"),
  hubspot: () => import("./hubspot/index.ts"),
  salesforce: () => import("./salesforce/index.ts"),
};

const TARGETS: Readonly<Record<string, () => Promise<{ default: TargetModule }>>> = {
  postgres: () => import("./postgres/index.ts"),
};

/** `folder` is where third-party packages are looked for: the folder of migration.yaml; null: built-in connectors only. */
export function createRegistry(folder: string | null = null): ConnectorRegistry {
  return {
    names: Object.keys(SOURCES),
    targetNames: Object.keys(TARGETS),
    async load(name) {
      const builtIn = Object.hasOwn(SOURCES, name) ? SOURCES[name] : undefined;
      if (builtIn !== undefined) return (await builtIn()).default;
      const found = folder === null ? null : await loadPackage(name, folder);
      if (found !== null) return found;
      throw unknown("source", name, Object.keys(SOURCES));
    },
    async openFile(path, context) {
      const { default: files } = await SOURCES.csv!();
      const defaults = files.options.flatMap(({ name, default: value }) =>
        value === undefined ? [] : [[name, value]],
      );
      // no glob: the path is what it is
      return files.create({ ...Object.fromEntries(defaults), files: [path], nulls: [""] }, dirname(path), context);
    },
    async loadTarget(name) {
      const builtIn = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined;
      if (builtIn !== undefined) return (await builtIn()).default;
      throw unknown("target", name, Object.keys(TARGETS));
    },
  };
}

function unknown(kind: string, name: string, known: readonly string[]): ConfigError {
  const suggestion = didYouMean(name, known);
  return new ConfigError(
    "CONNECTOR_UNKNOWN",
    `unknown ${kind} connector "${name}": expected ${known.join(", ")}${kind === "source" ? `, or the end of the name of an installed package ${PREFIX}<name>` : ""}${suggestion === null ? "" : `; ${suggestion}`}`,
    { hint: `Correct \`${kind}.connector\` in migration.yaml.` },
  );
}

/** The connector of an installed package, or null when there is no such package. */
async function loadPackage(name: string, folder: string): Promise<ConnectorModule | null> {
  if (!/^[a-z0-9][a-z0-9-]{0,100}$/.test(name)) return null;
  const specifier = PREFIX + name;
  const file = await entryOf(specifier, folder);
  if (file === null) return null;
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
  } catch (cause) {
    throw new ConfigError("CONNECTOR_INVALID", `${specifier} cannot be loaded: ${(cause as Error).message}`, {
      place: { file },
      hint: "Update or reinstall the package.",
      cause,
    });
  }
  if (!isConnector(loaded.default)) {
    throw new ConfigError(
      "CONNECTOR_INVALID",
      `${specifier}: expected a default export with \`name\`, \`summary\`, \`options\` and \`create\``,
      { place: { file }, hint: "See docs/writing-a-connector.md." },
    );
  }
  return loaded.default;
}

function isConnector(value: unknown): value is ConnectorModule {
  if (typeof value !== "object" || value === null) return false;
  const { name, summary, options, create } = value as Record<string, unknown>;
  return (
    typeof name === "string" && typeof summary === "string" && Array.isArray(options) && typeof create === "function"
  );
}

/** The file that `import` of the package would load, looked up from `folder` upwards. */
async function entryOf(specifier: string, folder: string): Promise<string | null> {
  const require = createRequire(join(folder, "migration.yaml"));
  try {
    return require.resolve(specifier);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") return null;
  }
  // The package is for `import` only.
  for (const dir of require.resolve.paths(specifier) ?? []) {
    const text = await readFile(join(dir, specifier, "package.json"), "utf8").catch(() => null);
    const entry = text === null ? null : importEntry((JSON.parse(text) as { readonly exports?: unknown }).exports);
    if (entry !== null) return join(dir, specifier, entry);
  }
  return null;
}

/** The path under the condition `import` of `exports`. */
function importEntry(exports: unknown): string | null {
  if (typeof exports === "string") return exports;
  if (typeof exports !== "object" || exports === null) return null;
  const conditions = exports as Readonly<Record<string, unknown>>;
  return importEntry(conditions["."] ?? conditions.import ?? conditions.node ?? conditions.default);
}
