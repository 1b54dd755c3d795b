/** The share of the daily calls is kept to the call, however many requests are under way. */
import { expect, it } from "vitest";
import { createQuota } from "../../../connectors/salesforce/quota.ts";
import { createLimiter, mapLimited } from "../../../core/limiter.ts";
import { lab } from "./kit.ts";

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** A server that counts, and answers late and out of order; every `silent`-th answer says nothing. */
function server(max: number, { used = 0, silent = Number.POSITIVE_INFINITY }) {
  let count = used;
  return {
    get count() {
      return count;
    },
    async answer(quota: ReturnType<typeof createQuota>, number: number): Promise<void> {
      await sleep(number % 3);
      const usage = `api-usage=${++count}/${max}`;
      await sleep((number * 7) % 5);
      quota.note(number % silent === silent - 1 ? null : usage);
      if (number % 11 === 10) throw new Error("broke off");
    },
  };
}

/** 150 requests of which the share has room for 80. */
async function exhaust(concurrency: number, silent?: number) {
  const quota = createQuota(0.5);
  const at = server(200, { used: 20, ...(silent === undefined ? {} : { silent }) });
  const limiter = createLimiter({ concurrency });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 150 }, (_, number) => limiter.run(() => quota.spend(() => at.answer(quota, number)))),
  );
  const refused = outcomes.filter(
    (outcome) => outcome.status === "rejected" && outcome.reason.code === "SALESFORCE_QUOTA_SHARE",
  );
  return { quota, at, refused: refused.length };
}

it.each([1, 2, 7, 25])("%i requests at a time use exactly the share, and not one more", async (concurrency) => {
  const { quota, at, refused } = await exhaust(concurrency);
  expect(at.count).toBe(100);
  expect(quota.usage).toEqual({ used: 100, max: 200 });
  expect(refused).toBe(70);
});

it.each([1, 2, 7, 25])(
  "%i at a time, some untold: never more; what may have been counted is taken as counted",
  async (concurrency) => {
    const { quota, at, refused } = await exhaust(concurrency, 7);
    expect(at.count).toBeLessThanOrEqual(100);
    // not more is left unused than answers were silent
    expect(at.count).toBeGreaterThanOrEqual(100 - 80 / 7);
    expect(refused).toBe(150 - (at.count - 20));
    expect(quota.usage!.used).toBeGreaterThanOrEqual(at.count);
  },
);

it("a fall of the usage (calls of yesterday) is seen, an answer that is late is not taken for one", async () => {
  const quota = createQuota(1);
  const told = (used: number, ms: number) =>
    quota.spend(async () => {
      await sleep(ms);
      quota.note(`api-usage=${used}/100`);
    });
  await told(90, 0);
  await Promise.all([told(91, 10), told(92, 1)]);
  expect(quota.usage).toEqual({ used: 92, max: 100 });
  await told(40, 0);
  expect(quota.usage).toEqual({ used: 40, max: 100 });
});

it("over HTTP, with requests at the same time, the org's own counter ends at the share", async () => {
  const org = await lab({ records: 600, dailyRequests: 120, latencyMs: 2 });
  const source = org.source({ options: { apiShare: 0.5, concurrency: 10 } });
  await source.open();
  const counting = mapLimited(Array.from({ length: 200 }), 10, () => source.count("Account"));
  await expect(counting).rejects.toMatchObject({
    code: "SALESFORCE_QUOTA_SHARE",
    exitCode: 4,
    message: expect.stringContaining("60 of the org's 120 daily API calls are used, and 50 % is as far"),
  });
  expect(org.sim.stats.apiCalls).toBe(60);
});

it("small shares are told as they are, and the advice fits where no run had begun", async () => {
  const told = async (share: number) => {
    const quota = createQuota(share);
    quota.note("api-usage=14999/15000");
    return await quota.spend(async () => undefined).catch((error: { message: string; hint: string }) => error);
  };
  expect(await told(0.0001)).toMatchObject({
    message: "14,999 of the org's 15,000 daily API calls are used, and 0.01 % is as far as this migration may go",
    hint: expect.stringMatching(/^Try again later .* or raise limits\.api\. A run that had begun goes on with/),
  });
  expect(await told(0.8)).toMatchObject({ message: expect.stringContaining("and 80 % is") });
  expect(await told(0.125)).toMatchObject({ message: expect.stringContaining("and 12.5 % is") });
});
