import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../errors.ts";
import type { TargetModel } from "../schema.ts";
import { type BaseModel, extendedBy, parseWithLists } from "./parse.ts";

/** Models that come with the program. */
export const SHIPPED_MODELS: readonly string[] = ["hotcrm"];

/** Absolute path of a shipped model (`hotcrm`), or null when there is none of that name. */
export function shippedModelPath(name: string): string | null {
  if (!SHIPPED_MODELS.includes(name)) return null;
  // Two levels up from the sources, three from the compiled files in dist/.
  const candidates = ["../../", "../../../"].map((up) =>
    fileURLToPath(new URL(`${up}mappings/models/${name}.yaml`, import.meta.url)),
  );
  return candidates.find((path) => existsSync(path)) ?? null;
}

/**
 * Reads a model: a shipped name (`hotcrm`) or the path of a file, with the models that it extends. `schema` is the PostgreSQL
 * schema of its tables. Throws ConfigError MODEL_NOT_FOUND, MODEL_UNREADABLE, MODEL_EXTENDS_ITSELF, or what `parseModel` found.
 */
export async function loadModel(nameOrPath: string, schema: string): Promise<TargetModel> {
  return (await load(nameOrPath, schema, [])).model;
}

/** `within`: files that extend this one, outermost first. */
async function load(nameOrPath: string, schema: string, within: readonly string[]): Promise<BaseModel> {
  const path = shippedModelPath(nameOrPath) ?? nameOrPath;
  if (within.includes(path)) {
    const chain = [...within, path].join(" extends ");
    throw new ConfigError("MODEL_EXTENDS_ITSELF", `target model: ${chain}`, {
      place: { file: within.at(-1)! },
      hint: "Extend `hotcrm`, or a model that extends no other.",
    });
  }
  const text = await read(path);
  const extended = extendedBy(path, text);
  if (extended === null) return parseWithLists(path, text, schema, null);
  const name = SHIPPED_MODELS.includes(extended) ? extended : resolve(dirname(path), extended);
  return parseWithLists(path, text, schema, await load(name, schema, [...within, path]));
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const known = [...SHIPPED_MODELS, "introspect"].join(", ");
    throw missing
      ? new ConfigError(
          "MODEL_NOT_FOUND",
          `target model: expected ${known} or the path of a model file, got "${path}"`,
          {
            place: { file: path },
            cause,
          },
        )
      : new ConfigError("MODEL_UNREADABLE", `target model "${path}" cannot be read: ${(cause as Error).message}`, {
          place: { file: path },
          cause,
        });
  }
}
