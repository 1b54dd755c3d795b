import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "../../../core/errors.ts";
import { migrateState, readStateMigrations, type StateMigration } from "../../../core/store/state-migrations.ts";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase();
});
afterEach(() => test.drop());

const migration = (number: number, sql: string): StateMigration => ({
  number,
  name: `00${number}_x`,
  sql,
  sha256: createHash("sha256").update(sql).digest("hex"),
});
const first = migration(1, "create table migrate.a (n int)");
const second = migration(2, "create table migrate.b (n int); insert into migrate.b values (1)");

async function withClient<T>(
  work: (client: Awaited<ReturnType<TestDatabase["database"]["connect"]>>) => Promise<T>,
): Promise<T> {
  const client = await test.database.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}
const migrate = (...migrations: StateMigration[]): Promise<readonly string[]> =>
  withClient((client) => migrateState(client, { migrations }));
const tables = async (): Promise<string[]> =>
  (
    await test.database.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'migrate' order by 1",
    )
  ).rows.map((row) => row.name);

describe("migrateState", () => {
  it("applies the shipped files once", async () => {
    const shipped = readStateMigrations();
    expect(shipped[0]?.name).toBe("001_state");
    expect(await withClient((client) => migrateState(client))).toEqual(shipped.map((file) => file.name));
    expect(await withClient((client) => migrateState(client))).toEqual([]);
    expect(await tables()).toEqual(
      expect.arrayContaining(["run", "origin", "ledger", "id_map", "outcome", "reject", "migrations"]),
    );
    const { rows } = await test.database.query("select number, name, sha256 from migrate.migrations order by number");
    expect(rows).toEqual(shipped.map(({ number, name, sha256 }) => ({ number, name, sha256 })));
  });

  it("adds what is new to what is there", async () => {
    expect(await migrate(first)).toEqual(["001_x"]);
    expect(await migrate(first, second)).toEqual(["002_x"]);
    expect(await tables()).toEqual(["a", "b", "migrations"]);
  });

  it("keeps complete files and nothing of a file that fails", async () => {
    const broken = migration(2, "create table migrate.b (n int); select 1 / 0");
    await expect(migrate(first, broken)).rejects.toMatchObject({ code: "22012" });
    expect(await tables()).toEqual(["a", "migrations"]);
    expect(await migrate(first, second)).toEqual(["002_x"]);
  });

  it("refuses a database that is newer: STATE_NEWER", async () => {
    await migrate(first, second);
    const error = await migrate(first).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({
      code: "STATE_NEWER",
      message: "the state in this database is at 2 (002_x), this version knows 1",
    });
  });

  it("refuses a file that was changed after it was applied: STATE_CHANGED", async () => {
    await migrate(first);
    const error = await migrate(migration(1, "create table migrate.other (n int)")).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "STATE_CHANGED" });
  });

  it("leaves nothing when the caller's transaction is rolled back", async () => {
    await withClient(async (client) => {
      await client.query("begin");
      expect(await migrateState(client, { inTransaction: true, migrations: [first, second] })).toEqual([
        "001_x",
        "002_x",
      ]);
      expect((await client.query("select n from migrate.b")).rows).toEqual([{ n: 1 }]);
      await client.query("rollback");
    });
    expect((await test.database.query("select to_regnamespace('migrate') as found")).rows).toEqual([{ found: null }]);
  });

  it("needs no privilege on the database when the schema is there", async () => {
    const role = `${test.name}_r`;
    await test.database.query(`create role "${role}"; create schema migrate authorization "${role}"`);
    try {
      await withClient(async (client) => {
        await client.query(`set role "${role}"`);
        expect(await migrateState(client, { migrations: [first] })).toEqual(["001_x"]);
        await client.query("reset role");
      });
    } finally {
      await test.database.query(`drop owned by "${role}" cascade; drop role "${role}"`);
    }
  });

  it("is safe on twenty connections at once", async () => {
    const clients = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { default: pg } = await import("pg");
        const client = new pg.Client({ connectionString: test.url });
        await client.connect();
        return client;
      }),
    );
    try {
      const applied = await Promise.all(clients.map((client) => migrateState(client, { migrations: [first, second] })));
      expect(applied.flat().sort()).toEqual(["001_x", "002_x"]);
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });

  it("is safe in twenty processes at once", async () => {
    const script = fileURLToPath(new URL("migrate-state-child.ts", import.meta.url));
    const run = promisify(execFile);
    const outputs = await Promise.all(
      Array.from({ length: 20 }, () =>
        run(process.execPath, [script], { env: { ...process.env, TEST_DATABASE: test.url } }),
      ),
    );
    const applied = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as string[]);
    expect(applied.sort()).toEqual(readStateMigrations().map((file) => file.name));
  });
});
