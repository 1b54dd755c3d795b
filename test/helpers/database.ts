/** Throw-away databases, one per test file or test. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { silentLogger } from "../../core/log.ts";
import { type Database, openDatabase } from "../../core/store/database.ts";
import { ident } from "../../core/store/quote.ts";

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  readonly database: Database;
  /** Closes `database` and drops it, whoever is still connected. */
  drop(): Promise<void>;
}

/** URL of the server's administrator. */
export function adminUrl(): string {
  return inject("adminUrl");
}

/** The administrator's URL with another database, user or password. */
export function urlWith(change: { database?: string; user?: string; password?: string }): string {
  const url = new URL(adminUrl());
  if (change.database !== undefined) url.pathname = `/${encodeURIComponent(change.database)}`;
  if (change.user !== undefined) url.username = encodeURIComponent(change.user);
  if (change.password !== undefined) url.password = encodeURIComponent(change.password);
  return url.href;
}

/** Runs statements as the administrator, outside of any transaction. */
export async function asAdmin(...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl() });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Creates an empty database; `options` go into CREATE DATABASE (`encoding 'LATIN1' locale 'C'`). */
export const createTestDatabase = (options = ""): Promise<TestDatabase> =>
  create(options === "" ? inject("emptyTemplate") : "template0", options);

/** Creates a database in which the first run finds schema `migrate` as another run has left it, and saves making it. */
export const createStateDatabase = (): Promise<TestDatabase> => create(inject("stateTemplate"), "");

async function create(template: string, options: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await asAdmin(`create database ${ident(name)} template ${ident(template)} ${inject("databaseOptions")} ${options}`);
  const url = urlWith({ database: name });
  const database = await openDatabase(url, { applicationName: "test", log: silentLogger });
  return {
    url,
    name,
    database,
    drop: async () => {
      await database.close();
      await asAdmin(`drop database if exists ${ident(name)} with (force)`);
    },
  };
}
