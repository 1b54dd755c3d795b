/** What the portal says of itself, asked for once: its properties, pipelines, custom objects, and the account. */
import { ConfigError, hasCode } from "../../core/errors.ts";
import type { Api, JsonObject } from "./api.ts";
import {
  type Account,
  type AssociationLabel,
  customType,
  type Pipeline,
  type Property,
  pipelineOf,
  propertyOf,
  type RecordType,
  STANDARD,
} from "./definitions.ts";
import { NOT_FOUND, SCOPE_MISSING } from "./errors.ts";
import { resultsOf, textOf } from "./read-wire.ts";

export const SENSITIVITIES = ["sensitive", "highly_sensitive"] as const;

export interface Portal {
  /** null: the token may not ask. */
  account(): Promise<Account | null>;
  /** Standard types, whether they may be read or not, and custom ones. */
  types(): Promise<readonly RecordType[]>;
  /** False when the token may not list custom objects. */
  customTypesShown(): Promise<boolean>;
  /** A type by plural or singular name, id, or a custom object's bare name; null: the portal shows none. */
  typeOf(name: string): Promise<RecordType | null>;
  /** Asked once, or anew when `fresh`. Throws ConfigError (HUBSPOT_SCOPE_MISSING, HUBSPOT_REQUEST_REFUSED). */
  properties(type: string, fresh?: boolean): Promise<readonly Property[]>;
  /** Sensitivities of properties that the token may not see, as far as they were asked for. */
  unseen(type: string): readonly string[];
  archivedProperties(type: string): Promise<readonly string[]>;
  /** Throws ConfigError HUBSPOT_SCOPE_MISSING when the token may not look at files. */
  assertFiles(): Promise<void>;
  /** Empty for types without pipelines. */
  pipelines(type: string, fresh?: boolean): Promise<readonly Pipeline[]>;
  /** Types and labels of a direction; null: such a pair cannot be associated. */
  labels(from: string, to: string, fresh?: boolean): Promise<readonly AssociationLabel[] | null>;
  /** Forgets everything but the account. */
  forget(): void;
}

/** Standard types with pipelines; custom ones may have some. */
const WITH_PIPELINES: readonly string[] = ["deals", "tickets", "leads"];

export function createPortal(api: Api): Portal {
  const { paths } = api;
  let asked = new Map<string, Promise<unknown>>();
  let account: Promise<Account | null> | null = null;
  let unseen = new Map<string, Set<string>>();

  /** What `ask` gives, asked for once; a failure is not kept. */
  function once<T>(key: string, fresh: boolean, ask: () => Promise<T>): Promise<T> {
    const known = asked.get(key);
    if (known !== undefined && !fresh) return known as Promise<T>;
    const map = asked;
    const now = ask();
    map.set(key, now);
    now.catch(() => {
      if (map.get(key) === now) map.delete(key);
    });
    return now;
  }

  async function askAccount(): Promise<Account | null> {
    try {
      const answer = await api.get(paths.account());
      return {
        id: textOf(answer.portalId) ?? "",
        timeZone: textOf(answer.timeZone),
        currency: textOf(answer.companyCurrency),
      };
    } catch (error) {
      if (hasCode(error, SCOPE_MISSING, "HUBSPOT_ACCESS_DENIED")) return null;
      throw error;
    }
  }

  const schemas = () =>
    once("schemas", false, async (): Promise<readonly JsonObject[] | null> => {
      try {
        return resultsOf(await api.get(paths.schemas()), "custom objects");
      } catch (error) {
        if (error instanceof ConfigError && !isTokenProblem(error)) return null;
        throw error;
      }
    });

  async function types(): Promise<readonly RecordType[]> {
    const custom = (await schemas()) ?? [];
    return [...STANDARD.values(), ...custom.flatMap((schema) => customType(schema) ?? [])];
  }

  async function typeOf(name: string): Promise<RecordType | null> {
    const known = (await types()).find((type) => type.name === name || type.aliases.includes(name));
    if (known !== undefined) return known;
    // the general endpoints take types that are not listed here: invoices, orders, 0-53
    if (!/^(?:[a-z][a-z_]{2,40}|\d-\d{1,9})$/.test(name) || name.includes("_to_")) return null;
    return await once(`type ${name}`, false, async () => {
      try {
        await properties(name);
        return { name, label: name.replaceAll("_", " "), aliases: [], custom: name.startsWith("2-") };
      } catch (error) {
        if (hasCode(error, NOT_FOUND) || (error instanceof ConfigError && !isTokenProblem(error))) return null;
        throw error;
      }
    });
  }

  function properties(type: string, fresh = false): Promise<readonly Property[]> {
    return once(`properties ${type}`, fresh, async () => {
      const ask = async (sensitivity: string) => {
        const answer = await api.get(paths.properties(type), { archived: false, dataSensitivity: sensitivity });
        return resultsOf(answer, `properties of ${type}`).flatMap((definition) => propertyOf(definition) ?? []);
      };
      const usual = await ask("non_sensitive");
      const hidden = unseen.get(type) ?? new Set<string>();
      unseen.set(type, hidden);
      const others = await Promise.all(
        SENSITIVITIES.filter((sensitivity) => !hidden.has(sensitivity)).map(async (sensitivity) => {
          try {
            return await ask(sensitivity);
          } catch (error) {
            if (!(error instanceof ConfigError) || isTokenProblem(error)) throw error;
            hidden.add(sensitivity);
            return [];
          }
        }),
      );
      const known = new Map<string, Property>();
      for (const property of [usual, ...others].flat()) known.set(property.name, property);
      return [...known.values()];
    });
  }

  function pipelines(type: string, fresh = false): Promise<readonly Pipeline[]> {
    if (STANDARD.has(type) && !WITH_PIPELINES.includes(type)) return Promise.resolve([]);
    return once(`pipelines ${type}`, fresh, async () => {
      try {
        return resultsOf(await api.get(paths.pipelines(type)), `pipelines of ${type}`).flatMap(
          (pipeline) => pipelineOf(pipeline) ?? [],
        );
      } catch (error) {
        // types without pipelines
        if (!STANDARD.has(type) && hasCode(error, NOT_FOUND, "HUBSPOT_REQUEST_REFUSED")) return [];
        throw error;
      }
    });
  }

  return {
    account() {
      if (account === null) {
        const now = askAccount();
        account = now;
        now.catch(() => {
          account = null;
        });
      }
      return account;
    },
    types,
    customTypesShown: async () => (await schemas()) !== null,
    typeOf,
    properties,
    unseen: (type) => [...(unseen.get(type) ?? [])],
    archivedProperties: (type) =>
      once(`archived ${type}`, false, async () => {
        const answer = await api.get(paths.properties(type), { archived: true });
        return resultsOf(answer, `archived properties of ${type}`).flatMap(({ name }) => textOf(name) ?? []);
      }),
    assertFiles: () =>
      once("files", false, async () => {
        try {
          // there is no file 0: that it is not found says that it may be asked for
          await api.get(paths.file("0"));
        } catch (error) {
          if (!hasCode(error, NOT_FOUND, "HUBSPOT_REQUEST_REFUSED")) throw error;
        }
      }),
    pipelines,
    labels: (from, to, fresh = false) =>
      once(`labels ${from} ${to}`, fresh, async () => {
        try {
          const answer = await api.get(`${paths.associations(from, to)}/labels`);
          return resultsOf(answer, `association labels of ${from} and ${to}`).map(({ category, typeId, label }) => ({
            category: textOf(category) ?? "",
            typeId: textOf(typeId) ?? "",
            label: textOf(label),
          }));
        } catch (error) {
          if (hasCode(error, NOT_FOUND, "HUBSPOT_REQUEST_REFUSED")) return null;
          throw error;
        }
      }),
    forget() {
      asked = new Map();
      unseen = new Map();
    },
  };
}

/** A problem with the token itself is not one of the object that was asked for. */
export function isTokenProblem(error: unknown): boolean {
  return hasCode(error, "HUBSPOT_TOKEN_INVALID", "HUBSPOT_TOKEN_EXPIRED", "HUBSPOT_LOGIN_FAILED");
}
