/** `migration.yaml`: read, expanded, validated whole, frozen. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { readDelta } from "./config-delta.ts";
import { configKeys, sourceKeys, targetKeys } from "./config-keys.ts";
import { namedObjects } from "./config-named.ts";
import type { MigrationConfig } from "./config-types.ts";
import { checkName, invalid, readDate, readShare, readStages, textOf } from "./config-values.ts";
import { type Environment, expandNode, loadEnvironment } from "./env.ts";
import { ConfigError, type Place, type Problem } from "./errors.ts";
import type { OptionSpec } from "./options.ts";
import { type OptionValues, readOptions, secretValues } from "./read-options.ts";
import { parseYaml, type YamlNode } from "./yaml.ts";
import { createProblems, isPresent, type ProblemList, wrongType } from "./yaml-read.ts";

export interface LoadConfigOptions {
  readonly env: Environment;
  /** Options of a source connector; throws ConfigError when there is no such connector. */
  readonly sourceOptions: (connector: string) => Promise<readonly OptionSpec[]>;
  readonly targetOptions: (connector: string) => Promise<readonly OptionSpec[]>;
}

/** Shipped target models, and the word for "as the database is". */
const MODEL_NAMES = ["hotcrm", "introspect"];

/**
 * Reads the configuration. Throws one ConfigError with every problem: CONFIG_MISSING, CONFIG_UNREADABLE, YAML_*,
 * CONFIG_VARIABLE_*, OPTION_REQUIRED, CONFIG_INVALID, CONFIG_TARGET_URL_INVALID, CONNECTOR_UNKNOWN.
 */
export async function loadConfig(path: string, options: LoadConfigOptions): Promise<MigrationConfig> {
  const { config, problems } = await readConfig(path, options);
  if (problems.length > 0) throw ConfigError.of(problems);
  return config;
}

/** A configuration as far as it could be read. */
export interface ReadConfig {
  /** What is wrong has its default, or is empty. */
  readonly config: MigrationConfig;
  /** Errors; none: everything is as the file says. */
  readonly problems: readonly Problem[];
  /** Parts that nothing is wrong with, so that what they name can be looked at all the same. `target`: its database. */
  readonly readable: {
    readonly source: boolean;
    readonly target: boolean;
    readonly model: boolean;
    readonly mappings: boolean;
  };
}

/**
 * Reads the configuration as far as that is possible, so that its problems can be told together with those of the mappings.
 * Throws ConfigError only where nothing can be read: CONFIG_MISSING, CONFIG_UNREADABLE, CONFIG_ENV_UNREADABLE, YAML_SYNTAX.
 */
export async function readConfig(path: string, options: LoadConfigOptions): Promise<ReadConfig> {
  const file = resolve(path);
  const baseDir = dirname(file);
  const text = await readConfigFile(file, path);
  const env = await loadEnvironment(baseDir, options.env);
  const problems = createProblems();
  const written = parseYaml(path, text).root;
  const root = expandNode(written, env, problems);
  const expands = (node: YamlNode | null): boolean => {
    const unset = createProblems();
    if (node !== null) expandNode(node, env, unset);
    return unset.all.length === 0;
  };
  const place: Place = { file: path, line: 1, column: 1 };

  const top = readOptions(isPresent(root) ? root : null, configKeys, problems, "", place);
  const before = problems.all.length;
  const source = await readSide(root.get("source"), "source", sourceKeys, options.sourceOptions, problems);
  const sourceWrong = problems.all.length > before || !isPresent(root.get("source"));
  const beforeTarget = problems.all.length;
  const target = await readSide(root.get("target"), "target", targetKeys, options.targetOptions, problems, place);
  const targetWrong = problems.all.length > beforeTarget;
  const name = textOf(top, "name") ?? "";
  if (top.version !== undefined && top.version !== 1) {
    invalid(problems, root.get("version"), place, `version: expected 1, got ${top.version}`);
  }
  checkName(name, "name", root.get("name"), problems);
  const sourceName = textOf(source.values, "name") ?? name;
  checkName(sourceName, "source.name", root.get("source")?.get("name") ?? null, problems);
  const share = (section: string, key: string): number => readShare(top, root, section, key, problems);
  const spotChecks = (top.reconcile as OptionValues | undefined)?.spotChecks as number | undefined;
  if (spotChecks !== undefined && spotChecks < 0) {
    invalid(
      problems,
      root.get("reconcile")?.get("spotChecks") ?? null,
      place,
      `reconcile.spotChecks: expected 0 or more, got ${spotChecks}`,
    );
  }
  const scope = (top.scope ?? {}) as OptionValues;
  const url = textOf(target.values, "url") ?? "";
  const beforeUrl = problems.all.length;
  const password = urlPassword(url, root.get("target")?.get("url") ?? null, problems);
  const urlWrong = problems.all.length > beforeUrl;
  const model = textOf(target.values, "model") ?? "hotcrm";
  const owners = textOf(top, "owners");
  const mappings = (top.mappings as readonly string[] | undefined)?.map((entry) => resolve(baseDir, entry)) ?? null;

  const config: MigrationConfig = {
    file,
    baseDir,
    name,
    source: { connector: source.connector, name: sourceName, options: source.options },
    target: {
      connector: target.connector,
      url,
      schema: textOf(target.values, "schema") ?? "crm",
      model: MODEL_NAMES.includes(model) ? model : resolve(baseDir, model),
    },
    mappings,
    owners: owners === null ? null : resolve(baseDir, owners),
    scope: {
      since: readDate(scope, "since", root.get("scope"), problems),
      until: readDate(scope, "until", root.get("scope"), problems),
      objects: (scope.objects as readonly string[] | undefined) ?? null,
    },
    limits: {
      rejects: share("limits", "rejects"),
      api: share("limits", "api"),
      deletes: share("limits", "deletes"),
    },
    reconcile: { tolerance: share("reconcile", "tolerance"), spotChecks: spotChecks ?? 10 },
    delta: readDelta(top, root.get("delta"), problems),
    conflicts: (top.conflicts as MigrationConfig["conflicts"] | undefined) ?? null,
    cutover: { stages: readStages(root.get("cutover"), problems) },
    ...namedObjects(root, problems),
    secrets: [...new Set([...source.secrets, ...target.secrets, ...password])],
  };
  const targetNode = written.get("target");
  return {
    config: deepFreeze(config),
    problems: problems.all.filter((problem) => problem.severity === "error"),
    readable: {
      source: !sourceWrong && expands(written.get("source")),
      target: !targetWrong && !urlWrong && expands(targetNode),
      model: !targetWrong && expands(targetNode?.get("model") ?? null) && expands(targetNode?.get("schema") ?? null),
      mappings: (mappings !== null || !isPresent(root.get("mappings"))) && expands(written.get("mappings")),
    },
  };
}

async function readConfigFile(file: string, path: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const message = missing ? `there is no ${path}` : `cannot read ${path}: ${(cause as Error).message}`;
    throw new ConfigError(missing ? "CONFIG_MISSING" : "CONFIG_UNREADABLE", message, {
      place: { file: path },
      hint: missing
        ? "Write one with `migrate init`, or name another with --config FILE."
        : "Name a readable file with --config FILE.",
      cause,
    });
  }
}

interface Side {
  readonly connector: string;
  readonly values: OptionValues;
  /** The connector's own options, without the common ones. */
  readonly options: OptionValues;
  readonly secrets: readonly string[];
}

/** `source:` or `target:`; an unknown connector's options are not looked at. `absent` is the place for defaults of an absent map. */
async function readSide(
  node: YamlNode | null,
  what: "source" | "target",
  common: readonly OptionSpec[],
  optionsOf: LoadConfigOptions["sourceOptions"],
  problems: ProblemList,
  absent?: Place,
): Promise<Side> {
  const nothing: Side = { connector: "", values: {}, options: {}, secrets: [] };
  if (!isPresent(node) && absent === undefined) return nothing;
  if (isPresent(node) && node.kind !== "map") {
    wrongType(node, problems, what, "a map");
    return nothing;
  }
  const place = node?.place ?? absent!;
  const connectorNode = node?.get("connector") ?? null;
  const fallback = common.find((spec) => spec.name === "connector")?.default;
  if (!isPresent(connectorNode) && fallback === undefined) {
    problems.error("OPTION_REQUIRED", `${what}.connector is missing`, place, `Set ${what}.connector, for example csv.`);
    return nothing;
  }
  const connector = isPresent(connectorNode) ? (connectorNode.text ?? "") : String(fallback);
  let own: readonly OptionSpec[];
  try {
    own = (await optionsOf(connector)).filter((spec) => !common.some(({ name }) => name === spec.name));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { code, message, hint } of error.problems) {
      problems.error(code, message, connectorNode?.place ?? place, hint);
    }
    return { ...nothing, connector };
  }
  const values = readOptions(node, [...common, ...own], problems, what, place);
  const options = Object.fromEntries(Object.entries(values).filter(([name]) => own.some((spec) => spec.name === name)));
  return { connector, values, options, secrets: secretValues(options, own) };
}

/**
 * The password of a database URL, as written and decoded. Notes CONFIG_TARGET_URL_INVALID, never showing the URL: a password
 * with unencoded `@`, `/`, `?`, `#` or `%` would be cut in two, and its pieces taken for host, port or database.
 */
function urlPassword(url: string, node: YamlNode | null, problems: ProblemList): string[] {
  if (url === "") return [];
  const wrong = (message: string, hint: string): string[] => {
    problems.error("CONFIG_TARGET_URL_INVALID", `target.url: ${message}`, node?.place ?? {}, hint);
    return [];
  };
  const encode = "Percent-encode special characters in user and password, for example @ as %40.";
  let password: string | null = null;
  try {
    const parsed = new URL(url);
    if (parsed.protocol === "postgres:" || parsed.protocol === "postgresql:") password = parsed.password;
  } catch {
    // told below, without the cause: it would show the URL
  }
  if (password === null) {
    return wrong("expected postgres://user:password@host:port/database (not shown: it may hold a password)", encode);
  }
  const [, authority = "", rest = ""] = /^[a-z]+:\/\/([^/?#]*)(.*)$/is.exec(url) ?? [];
  if (rest.includes("@") || authority.split("@").length > 2 || /[\s#]/.test(url)) {
    return wrong(
      "expected one @, between password and host, and no blank or #; got a password that is not percent-encoded (not shown)",
      "Percent-encode the password: @ as %40, / as %2F, # as %23, ? as %3F, % as %25, a blank as %20.",
    );
  }
  if (password === "") return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return wrong("expected %XX after every % of the password (not shown)", "Write % as %25.");
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
