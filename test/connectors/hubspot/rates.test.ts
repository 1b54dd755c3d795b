import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hubspotOptions } from "../../../connectors/hubspot/options.ts";
import { assumedLimits, createRates, type Rates, type RatesOptions } from "../../../connectors/hubspot/rates.ts";
import { StoppedError } from "../../../core/errors.ts";
import { seededRandom } from "../../helpers/context.ts";
import { type Network, pause, RateServer } from "./rate-server.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function rates(options: Partial<RatesOptions> = {}): Rates {
  const assumed = { tenSeconds: 100, secondly: 10 };
  return createRates({ concurrency: 20, apiShare: 1, assumed, signal: new AbortController().signal, ...options });
}

/** The way there, the work and the way back: mostly short, sometimes up to `most` milliseconds. */
function network(seed: number, most: number, least = 1): Network {
  const random = seededRandom(seed);
  const jitter = (share: number) => () => Math.round(least + random() ** 3 * most * share);
  return { there: jitter(0.3), work: jitter(1), back: jitter(0.3) };
}

/** Runs the fake clock until all is done. */
async function finish<T>(work: Promise<T>): Promise<T> {
  let done = false;
  const ended = work.finally(() => {
    done = true;
  });
  ended.catch(() => undefined);
  while (!done) await vi.advanceTimersByTimeAsync(100);
  return await ended;
}

const many = (server: RateServer, limiter: Rates, count: number) =>
  Promise.all(Array.from({ length: count }, () => server.request(limiter)));

describe("rolling windows", () => {
  it.each([
    { most: 3, tenSeconds: 100, secondly: 10, share: 0.98 },
    { most: 20, tenSeconds: 190, secondly: 19, share: 0.97 },
    { most: 60, tenSeconds: 190, secondly: 19, share: 0.95 },
    { most: 60, tenSeconds: 110, secondly: 11, share: 0.95 },
    { most: 60, tenSeconds: 250, secondly: 25, share: 0.95 },
  ])("$tenSeconds per 10 s, answers within $most ms: none refused, $share of the rate used", async (limits) => {
    const server = new RateServer(limits, network(limits.most, limits.most));
    await finish(many(server, rates(), 800));
    expect(server.refused).toBe(0);
    expect(server.arrivals).toHaveLength(800);
    expect(server.share(server.arrivals[0]!)).toBeGreaterThan(limits.share);
  });

  it("uses most of the rate where each answer takes a while, if they are alike", async () => {
    const random = seededRandom(3);
    const server = new RateServer(
      { tenSeconds: 190, secondly: 19 },
      {
        there: () => 1 + Math.round(random() ** 6 * 30),
        work: () => 60 + Math.round(random() ** 3 * 20),
        back: () => 1 + Math.round(random() ** 6 * 30),
      },
    );
    await finish(many(server, rates({ concurrency: 10 }), 1500));
    expect(server.refused).toBe(0);
    expect(server.share(server.arrivals[500]!)).toBeGreaterThan(0.965);
  });

  it("uses ten seconds' worth at once where seconds are not limited, and the same again ten seconds later", async () => {
    const server = new RateServer({ tenSeconds: 190, secondly: 0, namesSecondly: false }, network(1, 100, 30));
    await finish(many(server, rates({ concurrency: 50 }), 190 * 6));
    expect(server.refused).toBe(0);
    const [first, last] = [server.arrivals[0]!, server.arrivals.at(-190)!];
    expect(last - first).toBeGreaterThanOrEqual(50_000);
    expect(last - first).toBeLessThan(50_000 / 0.95);
  });

  it("has nothing refused, whatever the network does", async () => {
    const random = seededRandom(7);
    for (let seed = 1; seed <= 25; seed++) {
      const tenSeconds = 10 + Math.floor(random() * 240);
      const secondly = Math.max(1, Math.ceil(tenSeconds * (0.1 + random() ** 4)));
      const most = 2 + Math.floor(random() ** 3 * 8000);
      const server = new RateServer({ tenSeconds, secondly }, network(seed, most, Math.floor(random() * 50)));
      const limiter = rates({ concurrency: 1 + Math.floor(random() * 40) });
      await finish(many(server, limiter, 150 + tenSeconds));
      expect({ seed, refused: server.refused }).toEqual({ seed, refused: 0 });
    }
  }, 20_000);

  it("keeps searches to five per second", async () => {
    const server = new RateServer({ tenSeconds: 190, secondly: 19 }, network(2, 30));
    const limiter = rates();
    await finish(Promise.all(Array.from({ length: 60 }, () => server.request(limiter, "search"))));
    expect(server.refused).toBe(0);
    expect(performance.now()).toBeGreaterThan(11_000);
  });
});

describe("what else uses the limits", () => {
  it("counts what was used before the first request", async () => {
    const server = new RateServer({ tenSeconds: 190, secondly: 190 }, network(3, 40));
    for (let index = 0; index < 150; index++) server.strange();
    await finish(many(server, rates(), 300));
    expect(server.refused).toBe(0);
  });

  it("makes room for somebody else, and takes it back", async () => {
    const server = new RateServer({ tenSeconds: 190, secondly: 40 }, network(4, 30));
    let theirs = 0;
    let refusals = 0;
    const other = (async () => {
      for (let index = 0; index < 300; index++) {
        if (server.strange()) theirs++;
        else refusals++;
        await pause(100);
      }
    })();
    const limiter = rates();
    const persistent = async () => {
      while (!(await server.request(limiter))) await pause(1000);
    };
    await finish(Promise.all([other, ...Array.from({ length: 600 }, persistent)]));
    expect(theirs + refusals).toBe(300);
    // what they could not know of each other beforehand
    expect(server.refused).toBeLessThan(600 * 0.05);
    const before = server.arrivals.length;
    await finish(pause(20_000));
    const begun = performance.now();
    await finish(many(server, limiter, 570));
    expect(server.arrivals.length - before).toBe(570);
    expect(performance.now() - begun).toBeLessThan(25_000);
  });
});

describe("calls of a day", () => {
  const stop = async (limits: { daily: number; usedToday: number }, share: number) => {
    const server = new RateServer({ tenSeconds: 1000, secondly: 1000, ...limits }, network(5, 200));
    const limiter = rates({ apiShare: share });
    const ended = await finish(Promise.allSettled(Array.from({ length: 400 }, () => server.request(limiter))));
    const stopped = ended.filter(({ status }) => status === "rejected");
    return { server, limiter, stopped: stopped.map((one) => (one as PromiseRejectedResult).reason as StoppedError) };
  };

  it("stops exactly at our share, with requests under way counted", async () => {
    const { server, limiter, stopped } = await stop({ daily: 1000, usedToday: 500 }, 0.8);
    expect(server.used).toBe(800);
    expect(stopped).toHaveLength(100);
    expect(stopped[0]).toBeInstanceOf(StoppedError);
    expect(stopped[0]).toMatchObject({
      code: "HUBSPOT_QUOTA_SHARE",
      exitCode: 4,
      message: "800 of the portal's 1,000 API calls of today are used, and 80 % is as far as this migration may go",
    });
    expect(limiter.daily).toMatchObject({ usage: { used: 800, max: 1000 }, left: 0 });
    await expect(limiter.run("usual", async () => 1)).rejects.toBeInstanceOf(StoppedError);
  });

  it("makes one request to learn that the share was used up before", async () => {
    const { server, stopped } = await stop({ daily: 1000, usedToday: 900 }, 0.8);
    expect(server.used).toBe(901);
    expect(stopped).toHaveLength(399);
  });

  it("begins a new day when the count does", async () => {
    const server = new RateServer({ tenSeconds: 1000, secondly: 1000, daily: 1000, usedToday: 780 }, network(5, 20));
    const limiter = rates({ apiShare: 0.8 });
    await finish(many(server, limiter, 10));
    expect(limiter.daily.left).toBe(10);
    server.used = 0;
    await finish(many(server, limiter, 100));
    expect(limiter.daily).toMatchObject({ usage: { used: 100 }, left: 700 });
  });

  it("counts requests that were never answered", async () => {
    const server = new RateServer({ tenSeconds: 1000, secondly: 1000, daily: 1000, usedToday: 790 }, network(5, 20));
    const limiter = rates({ apiShare: 0.8 });
    await finish(server.request(limiter));
    const cut = () =>
      limiter.run("usual", async () => {
        server.used++;
        throw new Error("cut");
      });
    for (let index = 0; index < 9; index++) await expect(cut()).rejects.toThrow("cut");
    await expect(cut()).rejects.toBeInstanceOf(StoppedError);
    expect(server.used).toBe(800);
  });
});

it("sends one request at a time until the first answer came", async () => {
  const server = new RateServer({ tenSeconds: 190, secondly: 190 }, { there: () => 0, work: () => 500, back: () => 0 });
  const work = many(server, rates(), 30);
  await vi.advanceTimersByTimeAsync(400);
  expect(server.arrivals).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(300);
  expect(server.arrivals).toHaveLength(21);
  await finish(work);
});

it("starts nothing any more once the signal aborts", async () => {
  const controller = new AbortController();
  const server = new RateServer({ tenSeconds: 100, secondly: 10 }, network(1, 10));
  const limiter = rates({ signal: controller.signal });
  const work = Promise.allSettled(Array.from({ length: 50 }, () => server.request(limiter)));
  await vi.advanceTimersByTimeAsync(500);
  controller.abort(new Error("enough"));
  const ended = await finish(work);
  expect(server.arrivals).toHaveLength(10);
  const rejected = ended.filter((one) => one.status === "rejected");
  expect(rejected.map(({ reason }) => (reason as Error).message)).toEqual(Array.from({ length: 40 }, () => "enough"));
  await expect(limiter.run("usual", async () => 1)).rejects.toThrow("enough");
});

it.each([
  [{ accessToken: "t" }, { tenSeconds: 100, secondly: 10 }],
  [
    { accessToken: "t", plan: "starter" },
    { tenSeconds: 100, secondly: 10 },
  ],
  [
    { accessToken: "t", plan: "enterprise" },
    { tenSeconds: 190, secondly: 19 },
  ],
  [
    { auth: { clientId: "c", clientSecret: "s", refreshToken: "r" }, plan: "enterprise" },
    { tenSeconds: 110, secondly: 11 },
  ],
])("assumes what the plan allows: %j", (options, assumed) => {
  expect(assumedLimits(hubspotOptions(options))).toEqual(assumed);
});
