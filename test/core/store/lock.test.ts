import { afterAll, beforeAll, expect, it } from "vitest";
import { ConfigError } from "../../../core/errors.ts";
import { silentLogger } from "../../../core/log.ts";
import { openDatabase } from "../../../core/store/database.ts";
import { lockTarget } from "../../../core/store/lock.ts";
import { asAdmin, createTestDatabase, type TestDatabase } from "../../helpers/database.ts";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

it("lets one run per schema in, and names who holds it", async () => {
  const other = await openDatabase(test.url, { applicationName: "crm-migrate run X", log: silentLogger });
  const holder = await other.connect();
  const { rows } = await holder.query<{ pid: number; user: string }>(
    "select pg_backend_pid() as pid, current_user as user",
  );
  const lock = await lockTarget(holder, "crm");
  const client = await test.database.connect();

  const error = await lockTarget(client, "crm").catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).code).toBe("TARGET_LOCKED");
  expect((error as ConfigError).message).toMatch(
    new RegExp(
      `^another run is working on schema crm: database session ${rows[0]!.pid} \\(crm-migrate run X, user ${rows[0]!.user}, from .+, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC\\)$`,
    ),
  );
  // another schema is another target
  await (await lockTarget(client, "other")).release();

  await lock.release();
  await lock.release();
  await (await lockTarget(client, "crm")).release();
  client.release();
  holder.release();
  await other.close();
});

it("is free when the holder's connection dies", async () => {
  const holder = await test.database.connect();
  const { rows } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
  const lock = await lockTarget(holder, "crm");
  await asAdmin(`select pg_terminate_backend(${rows[0]!.pid})`);
  const client = await test.database.connect();
  await expect
    .poll(() =>
      lockTarget(client, "crm").then(
        (taken) => taken.release().then(() => "taken"),
        (e: ConfigError) => e.code,
      ),
    )
    .toBe("taken");
  await lock.release();
  client.release();
  holder.release(true);
});
