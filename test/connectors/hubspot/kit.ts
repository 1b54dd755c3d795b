/** A simulated portal and connectors over it, with waits that are short enough for tests. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import { plainValue, valueKind } from "../../../connectors/hubspot/cells.ts";
import { TUNING, type Tuning } from "../../../connectors/hubspot/client.ts";
import { hubspotOptions } from "../../../connectors/hubspot/options.ts";
import { CUTS, type CutTuning } from "../../../connectors/hubspot/read-cuts.ts";
import { byNumber } from "../../../connectors/hubspot/read-wire.ts";
import { hubspotSource } from "../../../connectors/hubspot/source.ts";
import type { SourceConnector } from "../../../core/connector.ts";
import type { Context } from "../../../core/context.ts";
import type { Logger } from "../../../core/log.ts";
import { testContext } from "../../helpers/context.ts";
import {
  type Association,
  type HubspotSim,
  type ObjectType,
  type Portal,
  type PortalRecord,
  PRIVATE_TOKEN,
  type HubspotOptions as SimOptions,
  startHubspot,
} from "../../sim/hubspot/index.ts";

export const FAST: Tuning = { ...TUNING, retryBaseMs: 2, retryMaxMs: 20 };

/** Hardly a limit: tests of what is read need not wait for the rate. */
export const UNLIMITED = { tenSeconds: 100_000, secondly: 10_000, search: 1000 };

export interface Line {
  readonly level: string;
  readonly message: string;
}

export interface Setting {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly context?: Partial<Context>;
  readonly reading?: Partial<CutTuning>;
}

export interface Lab {
  readonly sim: HubspotSim;
  readonly portal: Portal;
  /** A connector that is not open yet; closed after the test. */
  source(setting?: Setting): SourceConnector;
  /** What the connectors logged, debug aside. */
  readonly lines: Line[];
}

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Starts a simulator that lives until the test ends. */
export async function lab(options: SimOptions = {}): Promise<Lab> {
  const sim = await startHubspot({ seed: 1, records: 1500, limits: UNLIMITED, ...options });
  open.push(() => sim.close());
  const lines: Line[] = [];
  return {
    sim,
    portal: sim.portal,
    lines,
    source(setting = {}) {
      const made = over(sim.url, { ...setting, context: { log: logger(lines), ...setting.context } });
      open.push(() => made.close());
      return made;
    },
  };
}

export function over(url: string, { options = {}, context = {}, reading = {} }: Setting = {}): SourceConnector {
  const given = hubspotOptions({ baseUrl: url, accessToken: PRIVATE_TOKEN, ...options });
  const made = testContext({ now: () => new Date(), ...context });
  return hubspotSource(given, made, FAST, { ...CUTS, ...reading });
}

function logger(lines: Line[]): Logger {
  const at = (level: string) => (message: string) => {
    lines.push({ level, message });
  };
  return { debug: () => undefined, info: at("info"), warn: at("warn"), error: at("error") } as unknown as Logger;
}

type Row = (string | null)[];

export function typeOf(portal: Portal, name: string): ObjectType {
  const type = portal.type(name);
  if (type === undefined) throw new Error(`the portal has no ${name}`);
  return type;
}

export function* recordsOf(portal: Portal, name: string, archived = false): Generator<PortalRecord> {
  const type = typeOf(portal, name);
  let after: string | null = null;
  for (;;) {
    const page = portal.list(type, { archived, after, limit: 1000 });
    yield* page;
    if (page.length < 1000) return;
    after = page.at(-1)!.id;
  }
}

/** The simulator's own records as the connector should give them, in the order of ids; archived ones last. */
export function truth(portal: Portal, name: string, columns: readonly string[], archived = false): Row[] {
  const type = typeOf(portal, name);
  const kinds = new Map(
    portal.properties(type).map((property) => [property.name, valueKind(property.type, property.fieldType)]),
  );
  const own: Record<string, (record: PortalRecord) => string | null> = {
    id: ({ id }) => id,
    createdAt: ({ createdAt }) => createdAt,
    updatedAt: ({ updatedAt }) => updatedAt,
    archived: (record) => String(record.archived),
    archivedAt: ({ archivedAt }) => archivedAt,
  };
  const cell = (record: PortalRecord, column: string): string | null => {
    const found = own[column];
    if (found !== undefined) return found(record);
    const to = /^associations\.([^.]+)(\.ids)?$/.exec(column);
    if (to === null) return plainValue(record.properties[column], kinds.get(column) ?? "text");
    const all = record.archived ? [] : (portal.associations(type, record.id, typeOf(portal, to[1]!)) ?? []);
    if (all.length === 0) return null;
    if (to[2] !== undefined) return all.map(({ toId }) => toId).join(";");
    return (all.find(isPrimary) ?? all[0]!).toId;
  };
  const rows = [...recordsOf(portal, name)];
  if (archived) rows.push(...recordsOf(portal, name, true));
  return rows.map((record) => columns.map((column) => cell(record, column)));
}

const isPrimary = ({ types }: Association): boolean =>
  types.some(({ category, label }) => category === "HUBSPOT_DEFINED" && label === "Primary");

/** All pairs and labels of two types, as the connector should give them: columns as in PAIR_COLUMNS. */
export function pairTruth(portal: Portal, from: string, to: string): Row[] {
  const rows: Row[] = [];
  for (const { id } of recordsOf(portal, from)) {
    for (const pair of portal.associations(typeOf(portal, from), id, typeOf(portal, to)) ?? []) {
      const distinct = new Map(pair.types.map((type) => [`${type.category}:${type.typeId}`, type]));
      const types = [...distinct.values()].sort(
        (one, other) => one.typeId - other.typeId || (one.category < other.category ? -1 : 1),
      );
      const labels = types.filter(
        ({ category, label }) => label !== null && !(category === "HUBSPOT_DEFINED" && label === "Primary"),
      );
      const told = labels.length > 0 ? labels : [types.find(({ label }) => label === null) ?? types[0]!];
      for (const { category, typeId, label } of told) {
        const text = labels.length > 0 ? label : null;
        rows.push([
          `${id}:${pair.toId}:${typeId}`,
          id,
          pair.toId,
          text,
          String(typeId),
          category,
          String(isPrimary(pair)),
        ]);
      }
    }
  }
  return rows;
}

export const byId = <Some extends readonly (string | null)[]>(rows: readonly Some[]): Some[] =>
  [...rows].sort((one, other) => byNumber(one[0]!, other[0]!));

/** Gives a type more properties than an address holds; the first record has values in them. All readable names, `id` first. */
export function widen(portal: Portal, name: string): string[] {
  const type = typeOf(portal, name);
  const like = portal.properties(type).find((property) => property.type === "string" && !property.archived)!;
  const more = Array.from({ length: 150 }, (_, index) => `a_property_that_has_a_long_name_${index}`);
  for (const made of more) portal.defineProperty(type, made, { ...like, name: made });
  const [first] = recordsOf(portal, name);
  portal.write(type, first!.id, Object.fromEntries(more.map((made, index) => [made, `value ${index}`])));
  return ["id", ...readable(portal, name)];
}

/** Properties that every token may see. */
export const readable = (portal: Portal, name: string): string[] =>
  portal
    .properties(typeOf(portal, name))
    .filter(({ archived, dataSensitivity }) => !archived && dataSensitivity === "non_sensitive")
    .map((property) => property.name);

/** A server in front of the portal that changes its answers. Numbers above 2^53 do not survive it: dated paths have none. */
export async function liar(
  target: string,
  change: (path: string, answer: Record<string, unknown>) => void,
): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const { authorization = "", "content-type": type = "application/json" } = request.headers;
    const answer = await fetch(target + request.url, {
      method: request.method!,
      headers: { authorization, "content-type": type },
      ...(body === "" ? {} : { body }),
    });
    const text = await answer.text();
    const value = JSON.parse(text) as Record<string, unknown>;
    change(request.url!, value);
    const limits = [...answer.headers].filter(([name]) => name.startsWith("x-hubspot-"));
    response.writeHead(answer.status, { ...Object.fromEntries(limits), "content-type": "application/json" });
    response.end(JSON.stringify(value));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  open.push(async () => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
