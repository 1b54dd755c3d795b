/** The connection to the database that holds the target and the state. */
import createKnex, { type Knex } from "knex";
import pg from "pg";
import type { Query } from "../connector.ts";
import { ConfigError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { redactUrl } from "../redact.ts";
import { connectError, isSslRequired, isSslUnsupported } from "./connect-error.ts";
import { connectionAttempts } from "./connection-options.ts";
import { textTypes } from "./text-types.ts";

export { dbError, isConnectionLost, sqlState } from "./db-error.ts";
export { assertWritable } from "./privileges.ts";

/** Oldest server that is tested against. */
export const OLDEST_SERVER = 14;

export interface Database {
  /** Holds the password: never print it. */
  readonly url: string;
  /** The URL without its password. */
  readonly redacted: string;
  readonly pool: pg.Pool;
  /** For schema and ordinary queries; uses `pool`. */
  readonly knex: Knex;
  /** A connection of one's own, for transactions and COPY; the caller releases it. */
  connect(): Promise<pg.PoolClient>;
  /** One statement on any connection. Throws what `pg` throws: pass it through `dbError`. */
  readonly query: Query;
  /** Waits for connections in use to be released, then closes all. Safe to call twice. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string;
  /** Connections at most; default 8. */
  readonly max?: number;
  readonly log: Logger;
}

/**
 * Every session of the pool speaks the same: dates as ISO, UTC, no time limits of the role (a dry run is one long transaction).
 */
const NO_TIME_LIMIT = "set statement_timeout = 0";
const SESSION = `set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set intervalstyle = 'postgres'; set bytea_output = 'hex';
  set extra_float_digits = 1; set standard_conforming_strings = on; set client_encoding = 'UTF8';
  set lock_timeout = 0; set idle_in_transaction_session_timeout = 0;
  set default_transaction_isolation = 'read committed'`;

/**
 * Connects and checks the server at once. Values come as exact text for int8, numeric, date, time and timestamp columns.
 * Throws ConfigError: DATABASE_URL_INVALID, DATABASE_UNREACHABLE, DATABASE_AUTH, DATABASE_MISSING, DATABASE_SSL,
 * DATABASE_TOO_OLD, DATABASE_ENCODING. Privileges are checked by `assertWritable`.
 */
export async function openDatabase(url: string, options: DatabaseOptions): Promise<Database> {
  const redacted = redactUrl(url);
  const common: pg.ClientConfig = {
    application_name: options.applicationName ?? "crm-migrate",
    types: textTypes,
    keepAlive: true,
  };
  const working = await probe(connectionAttempts(url), common, redacted);
  const pool = new pg.Pool({
    ...working,
    ...common,
    max: options.max ?? 8,
    // pg-pool's connection timeout also hits those who only wait for a free connection: none
    connectionTimeoutMillis: 0,
    idleTimeoutMillis: 30_000,
    onConnect: async (client) => {
      // alone and first: in one message with the others it would have to wait for them within the role's limit
      await client.query(NO_TIME_LIMIT);
      await client.query(SESSION);
    },
  });
  // an idle connection that dies is replaced by the pool; without a listener it would end the process
  pool.on("error", (error) => options.log.warn("an idle database connection was lost", { error: error.message }));
  // the same for one that is checked out but not in a query; its next query throws
  pool.on("connect", (client) => {
    client.on("error", (error) => options.log.debug("a database connection was lost", { error: error.message }));
  });
  const knex = createKnex({ client: "pg", connectionPool: pool } as Knex.Config);
  let closing: Promise<void> | null = null;
  const query: Query = async <Row extends object>(sql: string, values?: readonly unknown[]) => {
    const result = await pool.query<Row>(sql, values === undefined ? undefined : [...values]);
    return { rows: result.rows, rowCount: result.rowCount };
  };
  return {
    url,
    redacted,
    pool,
    knex,
    connect: () => pool.connect(),
    query,
    close: () => {
      closing ??= knex.destroy().then(() => pool.end());
      return closing;
    },
  };
}

/** Makes one connection to find out which of `attempts` works, and checks the server on it. */
async function probe(
  attempts: readonly pg.ClientConfig[],
  common: pg.ClientConfig,
  redacted: string,
): Promise<pg.ClientConfig> {
  for (const [index, attempt] of attempts.entries()) {
    let client: pg.Client | null = null;
    try {
      client = new pg.Client({ ...attempt, ...common });
      client.on("error", () => undefined);
      await client.connect();
    } catch (error) {
      await client?.end().catch(() => undefined);
      if (index < attempts.length - 1 && (isSslUnsupported(error) || isSslRequired(error))) continue;
      throw connectError(error, redacted);
    }
    try {
      await client.query(NO_TIME_LIMIT);
      const { rows } = await client.query<{ version: string; encoding: string }>(
        "select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding",
      );
      checkServer(Number(rows[0]!.version), rows[0]!.encoding, redacted);
      return attempt;
    } catch (error) {
      throw connectError(error, redacted);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  throw new RangeError("no connection attempts given");
}

/** `version` as in server_version_num (150018), `encoding` as in server_encoding. */
export function checkServer(version: number, encoding: string, redacted: string): void {
  const major = Math.floor(version / 10_000);
  if (major < OLDEST_SERVER) {
    throw new ConfigError(
      "DATABASE_TOO_OLD",
      `PostgreSQL ${OLDEST_SERVER} or newer is needed, ${redacted} is ${major}`,
      {
        hint: "Upgrade the server, or leave the URL empty to use the embedded one.",
      },
    );
  }
  if (encoding !== "UTF8") {
    throw new ConfigError("DATABASE_ENCODING", `the database must be encoded in UTF8, ${redacted} is in ${encoding}`, {
      hint: "Create it anew: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0.",
    });
  }
}
