/** A simulated org and connectors over it, with waits that are short enough for tests. */
import { afterEach } from "vitest";
import { TUNING, type Tuning } from "../../../connectors/salesforce/api.ts";
import { salesforceOptions } from "../../../connectors/salesforce/options.ts";
import { salesforceSource } from "../../../connectors/salesforce/source.ts";
import { plainNumber } from "../../../connectors/salesforce/values.ts";
import type { SourceConnector } from "../../../core/connector.ts";
import type { Context } from "../../../core/context.ts";
import type { Logger } from "../../../core/log.ts";
import { testContext } from "../../helpers/context.ts";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type Org,
  type SalesforceSim,
  type SalesforceOptions as SimOptions,
  startSalesforce,
} from "../../sim/salesforce/index.ts";

export const FAST: Tuning = { ...TUNING, retryBaseMs: 2, retryMaxMs: 20, pollMs: 2, pollMaxMs: 10 };

export const CLIENT_CREDENTIALS = { flow: "client-credentials", clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };

export interface Line {
  readonly level: string;
  readonly message: string;
}

export interface Setting {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly context?: Partial<Context>;
  readonly tuning?: Partial<Tuning>;
}

export interface Lab {
  readonly sim: SalesforceSim;
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
  const sim = await startSalesforce({ seed: 1, records: 2000, ...options });
  open.push(() => sim.close());
  const lines: Line[] = [];
  return {
    sim,
    lines,
    source(setting = {}) {
      const made = over(sim.url, { ...setting, context: { log: logger(lines), ...setting.context } });
      open.push(() => made.close());
      return made;
    },
  };
}

export function over(url: string, { options = {}, context = {}, tuning = {} }: Setting = {}): SourceConnector {
  const given = salesforceOptions({ loginUrl: url, auth: CLIENT_CREDENTIALS, ...options });
  return salesforceSource(given, "/", testContext({ now: () => new Date(), ...context }), { ...FAST, ...tuning });
}

function logger(lines: Line[]): Logger {
  const at = (level: string) => (message: string) => {
    lines.push({ level, message });
  };
  return { debug: () => undefined, info: at("info"), warn: at("warn"), error: at("error") } as unknown as Logger;
}

/** The simulator's own rows as the connector should give them, in the order of ids. */
export function truth(org: Org, object: string, columns: readonly string[], deleted = false): (string | null)[][] {
  const rows: (string | null)[][] = [];
  // archived activities count as live; losers of merges are read, for their ids
  for (const row of org.truth(object, { deleted: true })) {
    if (!deleted && row.IsDeleted === true && (row.MasterRecordId ?? null) === null) continue;
    rows.push(
      columns.map((name) => {
        const value = row[name];
        if (value === null || value === undefined || value === "") return null;
        return typeof value === "number" ? plainNumber(String(value)) : String(value);
      }),
    );
  }
  const id = columns.indexOf("Id");
  return rows.sort((one, other) => (one[id]! < other[id]! ? -1 : 1));
}

export const byId = <Row extends readonly (string | null)[]>(rows: readonly Row[]): Row[] =>
  [...rows].sort((one, other) => (one[0]! < other[0]! ? -1 : 1));
