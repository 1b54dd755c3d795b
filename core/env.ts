/** Environment variables: `.env` beside the configuration, and `${VAR}` inside YAML texts. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { ConfigError } from "./errors.ts";
import type { YamlEntry, YamlNode } from "./yaml.ts";
import type { ProblemList } from "./yaml-read.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** `dir/.env` merged below `env`: what is set in the environment wins. Throws ConfigError CONFIG_ENV_UNREADABLE. */
export async function loadEnvironment(dir: string, env: Environment): Promise<Environment> {
  const file = join(dir, ".env");
  try {
    return Object.freeze({ ...parseEnv(await readFile(file, "utf8")), ...env });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return env;
    throw new ConfigError("CONFIG_ENV_UNREADABLE", `cannot read .env: ${(cause as Error).message}`, {
      place: { file },
      hint: "Make .env a readable file of NAME=value lines, or remove it.",
      cause,
    });
  }
}

/**
 * The node with `${VAR}` and `${VAR:-default}` (also when VAR is empty) replaced in every scalar; keys stay as they are.
 * `$${` is a literal `${`. The file was parsed before, so that a variable is always one value, never YAML:
 * it counts as number or boolean where it looks like one, else as text. Notes CONFIG_VARIABLE_UNSET and CONFIG_VARIABLE_SYNTAX.
 */
export function expandNode(node: YamlNode, env: Environment, problems: ProblemList): YamlNode {
  if (node.kind === "scalar") return node.text?.includes("${") ? expandScalar(node, node.text, env, problems) : node;
  if (node.kind === "list") {
    const items = node.items().map((item) => expandNode(item, env, problems));
    return { ...node, value: items.map((item) => item.value), items: () => items };
  }
  const entries: YamlEntry[] = node
    .entries()
    .map((entry) => ({ ...entry, node: expandNode(entry.node, env, problems) }));
  const byKey = new Map(entries.map((entry) => [entry.key, entry.node]));
  return {
    ...node,
    value: Object.fromEntries(entries.map((entry) => [entry.key, entry.node.value])),
    entries: () => entries,
    get: (key) => byKey.get(key) ?? null,
  };
}

const VARIABLE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}|\$\{/g;

function expandScalar(node: YamlNode, text: string, env: Environment, problems: ProblemList): YamlNode {
  const expanded = text.replace(
    VARIABLE,
    (match, name: string | undefined, withDefault?: string, fallback?: string) => {
      if (match === "$${") return "${";
      if (name === undefined) {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: shows the syntax
        const message = "expected ${NAME} or ${NAME:-default}, got ${ without a name or without }";
        problems.error("CONFIG_VARIABLE_SYNTAX", message, node.place, "Write $${ for a literal ${.");
        return "";
      }
      const value = env[name];
      if (value !== undefined && (value !== "" || withDefault === undefined)) return value;
      if (withDefault !== undefined) return fallback!;
      const message = `environment variable ${name} is not set`;
      problems.error("CONFIG_VARIABLE_UNSET", message, node.place, `Set ${name}, or add it to .env beside the file.`);
      return "";
    },
  );
  // an empty expansion is an empty text, not "nothing"
  return { ...node, text: expanded, value: typed(expanded), quoted: expanded === "" };
}

function typed(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^[-+]?(\d+(\.\d+)?|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text;
}
