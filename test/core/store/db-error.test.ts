import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError, type MigrateError, TerminalError, TransientError } from "../../../core/errors.ts";
import { dbError } from "../../../core/store/database.ts";
import { asAdmin, createTestDatabase, type TestDatabase } from "../../helpers/database.ts";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

/** What `dbError` makes of the error of a real statement. */
async function classified(sql: string): Promise<MigrateError> {
  return test.database.query(sql).then(
    () => {
      throw new Error("expected the statement to fail");
    },
    (error: unknown) => dbError(error),
  );
}
const raise = (state: string): string => `do $$ begin raise exception 'it failed' using errcode = '${state}'; end $$`;

describe("dbError", () => {
  it.each([
    ["53100", TerminalError, "DATABASE_FULL", 1],
    ["53200", TerminalError, "DATABASE_MEMORY", 1],
    ["42501", ConfigError, "DATABASE_PERMISSION", 2],
    ["25006", ConfigError, "DATABASE_READ_ONLY", 2],
    ["40001", TransientError, "DATABASE_BUSY", 1],
    ["40P01", TransientError, "DATABASE_BUSY", 1],
    ["57P01", TransientError, "DATABASE_LOST", 1],
    ["08006", TransientError, "DATABASE_LOST", 1],
    ["22012", TerminalError, "DATABASE_ERROR", 1],
  ] as const)("SQLSTATE %s", async (state, type, code, exitCode) => {
    const error = await classified(raise(state));
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ code, exitCode, cause: { code: state } });
  });

  it("keeps the SQLSTATE and the place in the message, but no record values", async () => {
    await test.database.query(
      "create table one (n integer constraint one_n primary key); insert into one values (4711)",
    );
    const error = await classified("insert into one values (4711)");
    expect(error.message).toBe(
      'the database refused a statement: duplicate key value violates unique constraint "one_n" (schema public, table one, constraint one_n) [SQLSTATE 23505]',
    );
  });

  it("does not blame the database for errors of files and of the program", async () => {
    const file = await readFile("/no/such/file").catch((error: unknown) => dbError(error));
    expect(file).toBeInstanceOf(TerminalError);
    expect(file).toMatchObject({ code: "FILE_FAILED", exitCode: 1 });
    const fault = dbError(new ReferenceError("x is not defined"));
    expect(fault).toBeInstanceOf(TerminalError);
    expect(fault).toMatchObject({ code: "UNEXPECTED", message: "x is not defined", exitCode: 1 });
  });

  it("knows a connection that dies under a statement", async () => {
    const client = await test.database.connect();
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    const running = client.query("select pg_sleep(60)").then(
      () => null,
      (error: unknown) => dbError(error),
    );
    await asAdmin(`select pg_terminate_backend(${rows[0]!.pid})`);
    expect(await running).toMatchObject({ code: "DATABASE_LOST" });
    const after = await client.query("select 1").catch((error: unknown) => dbError(error));
    expect(after).toBeInstanceOf(TransientError);
    client.release(true);
  });

  it("knows socket errors", () => {
    const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    expect(dbError(reset)).toMatchObject({ code: "DATABASE_LOST", cause: reset });
  });

  it("lets our own errors through", () => {
    const own = new ConfigError("X", "y");
    expect(dbError(own)).toBe(own);
  });
});
