import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../../../core/errors.ts";
import { type Logger, silentLogger } from "../../../core/log.ts";
import { assertWritable, checkServer, type Database, openDatabase } from "../../../core/store/database.ts";
import { ident } from "../../../core/store/quote.ts";
import { adminUrl, asAdmin, createTestDatabase, type TestDatabase, urlWith } from "../../helpers/database.ts";

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  db = test.database;
});
afterAll(() => test.drop());

async function failure(url: string): Promise<ConfigError> {
  try {
    const opened = await openDatabase(url, { log: silentLogger });
    await opened.close();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error as ConfigError;
  }
  throw new Error("expected openDatabase to fail");
}

describe("values", () => {
  it("come as exact text where JavaScript would lose something", async () => {
    const { rows } = await db.query(
      `select 9007199254740993::int8 as int8, 0.10::numeric as "numeric", date '2024-02-29' as date,
              timestamp '2024-01-02 03:04:05.123456' as timestamp, timestamptz '2024-01-02 03:04:05.123456+02' as timestamptz,
              time '01:02:03' as time, interval '1 day 2 hours' as interval,
              array[1, 9007199254740993]::int8[] as int8s, array[0.10, null]::numeric[] as numerics, array[date '2024-02-29'] as dates`,
    );
    expect(rows).toEqual([
      {
        int8: "9007199254740993",
        numeric: "0.10",
        date: "2024-02-29",
        timestamp: "2024-01-02 03:04:05.123456",
        timestamptz: "2024-01-02 01:04:05.123456+00",
        time: "01:02:03",
        interval: "1 day 02:00:00",
        int8s: ["1", "9007199254740993"],
        numerics: ["0.10", null],
        dates: ["2024-02-29"],
      },
    ]);
  });

  it("keep their JavaScript types where those are exact", async () => {
    const { rows } = await db.query(
      "select 1::int4 as a, true as b, null::text as c, '{\"x\": 1}'::jsonb as d, 0.5::float8 as e",
    );
    expect(rows).toEqual([{ a: 1, b: true, c: null, d: { x: 1 }, e: 0.5 }]);
  });

  it("do not depend on settings of the role or database", async () => {
    await asAdmin(
      `alter database ${ident(test.name)} set datestyle = 'German'`,
      `alter database ${ident(test.name)} set timezone = 'Asia/Tokyo'`,
      `alter database ${ident(test.name)} set statement_timeout = '1s'`,
    );
    const other = await openDatabase(test.url, { log: silentLogger });
    try {
      const { rows } = await other.query(
        "select date '2024-02-29' as d, timestamptz '2024-01-01 00:00+00' as t, pg_sleep(1.2) is null as slept",
      );
      expect(rows).toEqual([{ d: "2024-02-29", t: "2024-01-01 00:00:00+00", slept: false }]);
    } finally {
      await other.close();
      await asAdmin(`alter database ${ident(test.name)} reset all`);
    }
  });
});

describe("knex", () => {
  it("uses the pool: same session settings, same exact values", async () => {
    expect(db.knex.client.pool).toBeDefined();
    expect(await db.knex.select(db.knex.raw("9007199254740993::int8 as n"))).toEqual([{ n: "9007199254740993" }]);
    expect(db.pool.totalCount).toBeGreaterThan(0);
  });

  it("rolls a transaction back", async () => {
    await db.knex.schema.createTable("kept", (t) => void t.integer("n"));
    await expect(
      db.knex.transaction(async (trx) => {
        await trx("kept").insert({ n: 1 });
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await db.knex("kept")).toEqual([]);
  });
});

it("shows its name in pg_stat_activity", async () => {
  expect((await db.query("show application_name")).rows).toEqual([{ application_name: "test" }]);
});

it("survives the death of an idle connection, and says so in the log", async () => {
  const warnings: string[] = [];
  const log: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
  const other = await openDatabase(test.url, { applicationName: "victim", log });
  await other.query("select 1");
  await asAdmin("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'");
  await expect.poll(() => warnings, { timeout: 20_000 }).toEqual(["an idle database connection was lost"]);
  expect((await other.query("select 2 as n")).rows).toEqual([{ n: 2 }]);
  await other.close();
  await other.close();
});

describe("a connection that fails says why, without the password", () => {
  it("DATABASE_URL_INVALID", async () => {
    expect(await failure("mysql://u:secret@h/db")).toMatchObject({
      code: "DATABASE_URL_INVALID",
      message: "the database URL must look like postgres://user:password@host:5432/database, got mysql://u:***@h/db",
    });
    const unencoded = await failure("postgres://u:se#cret/x@host:5432/db");
    expect(unencoded.code).toBe("DATABASE_URL_INVALID");
    expect(unencoded.message).not.toContain("cret");
    expect((await failure("postgres://u@h/db?sslmode=maybe")).message).toBe(
      'sslmode must be disable, allow, prefer, require, verify-ca or verify-full, got "maybe"',
    );
  });

  it("DATABASE_UNREACHABLE: nobody listens", async () => {
    const error = await failure("postgres://u:secret@127.0.0.1:1/db");
    expect(error.code).toBe("DATABASE_UNREACHABLE");
    expect(error.message).toBe("no connection to postgres://u:***@127.0.0.1:1/db: connect ECONNREFUSED 127.0.0.1:1");
    expect(error.exitCode).toBe(2);
  });

  it("DATABASE_UNREACHABLE: no such host", async () => {
    const error = await failure("postgres://u:secret@no-such-host.invalid/db");
    expect(error).toMatchObject({ code: "DATABASE_UNREACHABLE" });
    expect(error.message).not.toContain("secret");
  });

  it("DATABASE_UNREACHABLE: a server that does not answer within connect_timeout", async () => {
    const mute: Server = createServer((socket) => socket.on("error", () => undefined));
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const { port } = mute.address() as { port: number };
    try {
      const began = Date.now();
      expect((await failure(`postgres://u:secret@127.0.0.1:${port}/db?connect_timeout=1`)).code).toBe(
        "DATABASE_UNREACHABLE",
      );
      expect(Date.now() - began).toBeLessThan(8_000);
    } finally {
      mute.close();
    }
  });

  it("DATABASE_AUTH: wrong password, unknown user", async () => {
    const wrong = await failure(urlWith({ password: "wrong-password" }));
    expect(wrong.code).toBe("DATABASE_AUTH");
    expect(wrong.message).not.toContain("wrong-password");
    expect((await failure(urlWith({ user: "nobody-here", password: "x1y2z3" }))).code).toBe("DATABASE_AUTH");
  });

  it("DATABASE_MISSING", async () => {
    const error = await failure(urlWith({ database: "not_there" }));
    expect(error.code).toBe("DATABASE_MISSING");
    expect(error.message).toContain('database "not_there" does not exist');
    expect(error.message).not.toContain(new URL(adminUrl()).password);
  });

  it("DATABASE_ENCODING", async () => {
    const name = `${test.name}_ascii`;
    await asAdmin(`create database ${ident(name)} template template0 encoding 'SQL_ASCII' locale 'C'`);
    try {
      const error = await failure(urlWith({ database: name }));
      expect(error.code).toBe("DATABASE_ENCODING");
      expect(error.message).toContain("is in SQL_ASCII");
    } finally {
      await asAdmin(`drop database ${ident(name)} with (force)`);
    }
  });

  it("DATABASE_TOO_OLD", () => {
    expect(() => checkServer(130_020, "UTF8", "postgres://h/db")).toThrow(
      "PostgreSQL 14 or newer is needed, postgres://h/db is 13",
    );
    expect(() => checkServer(140_000, "UTF8", "postgres://h/db")).not.toThrow();
  });
});

describe("assertWritable", () => {
  const role = (): string => `${test.name}_role`;
  const as = async <T>(work: (limited: Database) => Promise<T>): Promise<T> => {
    const url = new URL(test.url);
    url.username = role();
    url.password = "pw-of-role";
    const limited = await openDatabase(url.href, { log: silentLogger });
    try {
      return await work(limited);
    } finally {
      await limited.close();
    }
  };
  beforeAll(() => asAdmin(`create role ${ident(role())} login password 'pw-of-role'`));
  afterAll(async () => {
    await db.query(`drop owned by ${ident(role())}`);
    await asAdmin(`drop role ${ident(role())}`);
  });

  it("accepts the owner", async () => {
    await assertWritable(db, "crm");
  });

  it("names every privilege that is missing", async () => {
    await db.query("create schema closed");
    const error = await as((limited) => assertWritable(limited, "closed").catch((e: unknown) => e));
    expect(error).toBeInstanceOf(ConfigError);
    const r = ident(role());
    expect((error as ConfigError).problems.map(({ code, message, hint }) => ({ code, message, hint }))).toEqual([
      {
        code: "DATABASE_PERMISSION",
        message: `user ${role()} may not use schema closed`,
        hint: `GRANT USAGE, CREATE ON SCHEMA "closed" TO ${r}.`,
      },
      {
        code: "DATABASE_PERMISSION",
        message: `schema migrate does not exist and user ${role()} may not create it in database ${test.name}`,
        hint: `GRANT CREATE ON DATABASE ${ident(test.name)} TO ${r}; or CREATE SCHEMA "migrate" AUTHORIZATION ${r}.`,
      },
    ]);
  });

  it("accepts what its own hints grant", async () => {
    const r = ident(role());
    await db.query(`grant usage, create on schema closed to ${r}; create schema migrate authorization ${r}`);
    await as((limited) => assertWritable(limited, "closed"));
  });

  it("DATABASE_READ_ONLY", async () => {
    await asAdmin(`alter role ${ident(role())} set default_transaction_read_only = on`);
    await expect(as((limited) => assertWritable(limited, "closed"))).rejects.toMatchObject({
      code: "DATABASE_READ_ONLY",
      exitCode: 2,
    });
  });
});

describe("sslmode against a server without TLS", () => {
  const withMode = (mode: string): string => {
    const url = new URL(test.url);
    url.searchParams.set("sslmode", mode);
    return url.href;
  };
  it.each(["disable", "allow", "prefer"])("%s connects", async (mode) => {
    const other = await openDatabase(withMode(mode), { log: silentLogger });
    expect((await other.query("select 1 as n")).rows).toEqual([{ n: 1 }]);
    await other.close();
  });
  it.each(["require", "verify-full"])("%s is refused: DATABASE_SSL", async (mode) => {
    expect((await failure(withMode(mode))).code).toBe("DATABASE_SSL");
  });
});
