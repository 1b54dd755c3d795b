/** Runs that stop on purpose: the day's API calls, the share that may be used, and an org that is no longer what was planned. */
import { expect, it, vi } from "vitest";
import { makePlan, runMigration } from "../../core/engine/index.ts";
import { runNames } from "../e2e/kit.ts";
import { notAddingUp, place, writeConfig } from "./kit.ts";
import { differences } from "./truth.ts";

vi.setConfig({ testTimeout: 300_000 });
const soak = process.env.SOAK === "1";
const quiet = () => undefined;

it.each(soak ? [5, 20, 40] : [40])(
  "the daily limit, reached after %i queries: exit 4, and resumed it ends as if nothing had happened",
  async (after) => {
    const at = await place({ records: 250 });
    writeConfig(at.dir);
    at.sim.faults.add({
      kind: "dailyLimit",
      times: Number.POSITIVE_INFINITY,
      after,
      match: ({ path }) => path.includes("/query"),
    });
    const stopped = await at.migrate("run");
    expect([stopped.code, stopped.stderr]).toEqual([4, expect.stringContaining("SALESFORCE_DAILY_LIMIT")]);
    const run = runNames(at.dir).at(-1)!;
    expect(stopped.stderr).toContain(`migrate run --resume ${run}`);

    at.sim.faults.clear();
    const resumed = await at.migrate("run", "--quiet", "--resume", run);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(at.lastRun()).toMatchObject({ run, status: "completed", clean: true });
    expect(notAddingUp(at.lastRun())).toEqual([]);
    expect(await differences(at.database.url, at.sim.org, { custom: false })).toEqual([]);
  },
);

it("no more than the share of limits.api is used, and a larger share goes on", async () => {
  const at = await place({ records: 250, dailyRequests: 200 });
  writeConfig(at.dir, { limits: "{ api: 0.5 }" });
  const stopped = await at.migrate("run");
  expect([stopped.code, stopped.stderr]).toEqual([4, expect.stringContaining("SALESFORCE_QUOTA_SHARE")]);
  expect(stopped.stderr).toMatch(
    /100 of the org's 200 daily API calls are used, and 50 % is as far as this migration may go/,
  );
  expect(at.sim.stats.apiCalls).toBe(100);

  writeConfig(at.dir, { limits: "{ api: 1 }" });
  const resumed = await at.migrate("run", "--quiet", "--resume", runNames(at.dir).at(-1)!);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(await differences(at.database.url, at.sim.org, { custom: false })).toEqual([]);
});

it.each([
  ["hidden", [], ["Jigsaw"], /Contact.*Jigsaw/],
  ["new", ["Jigsaw"], [], /Contact.*Jigsaw/],
  ["hidden, though mapped", [], ["Birthdate"], /Contact.*Birthdate/],
])("a field that is %s since the plan stops the run with the difference", async (_, before, after, difference) => {
  const hide = { Contact: before as string[] };
  const at = await place({ records: 100, hide });
  writeConfig(at.dir);
  const plan = await makePlan(await at.session(), quiet);
  hide.Contact.splice(0, hide.Contact.length, ...after);
  const error = await runMigration(await at.session(), { plan }, quiet).then(
    () => null,
    (thrown: { code: string; exitCode: number; message: string }) => thrown,
  );
  expect(error).toMatchObject({ code: "PLAN_DRIFT", exitCode: 4, message: expect.stringMatching(difference) });
  expect(await at.database.database.query("select 1 from pg_namespace where nspname in ('crm', 'migrate')")).toEqual({
    rows: [],
    rowCount: 0,
  });
});
