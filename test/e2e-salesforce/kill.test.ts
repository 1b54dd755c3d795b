/** `kill -9` while pages of a Bulk job come in: the resumed run goes on with the same job, behind the last page it kept. */
import { expect, it } from "vitest";
import { runNames, start } from "../e2e/kit.ts";
import type { FaultRequest } from "../sim/salesforce/index.ts";
import { notAddingUp, place, writeConfig } from "./kit.ts";
import { differences } from "./truth.ts";
import { losers, mergedDifferences } from "./truth-merged.ts";

const soak = process.env.SOAK === "1";
const CONTACTS = soak ? 50_000 : 1_500;
const PAGE = soak ? 1_000 : 125;

/** Locators of the pages of contacts that were asked for ("" is the first), and how many jobs were ordered for them. */
function watchContacts() {
  const pages: string[] = [];
  let jobs = 0;
  let ordered = false;
  let contacts: string | null = null;
  let onPage: (page: number) => void = () => undefined;
  return {
    pages,
    jobs: () => jobs,
    forget: () => {
      pages.length = 0;
      jobs = 0;
    },
    /** Called before the page is served, with how many were asked for so far. */
    onPage: (listener: (page: number) => void) => {
      onPage = listener;
    },
    onRequest({ method, path, search, body }: FaultRequest) {
      if (method === "POST" && path.endsWith("/jobs/query")) {
        ordered = / FROM Contact /.test(`${(JSON.parse(body) as { query: string }).query} `);
        if (ordered) jobs++;
        return;
      }
      const job = /\/jobs\/query\/(\w+)/.exec(path)?.[1];
      if (job === undefined) return;
      // the first question about a job follows its order
      if (ordered) contacts = job;
      ordered = false;
      if (job !== contacts || !path.endsWith("/results")) return;
      pages.push(search.get("locator") ?? "");
      onPage(pages.length);
    },
  };
}

it.each(
  soak
    ? [2, 3, 5, 14, 20, 33, 41, 49].flatMap((page) => [true, false].map((planned) => ({ page, planned })))
    : [
        { page: 5, planned: true },
        { page: 9, planned: false },
      ],
)(
  "killed when page $page is asked for, planned before: $planned",
  async ({ page, planned }) => {
    const contacts = watchContacts();
    const at = await place({
      records: 200,
      counts: { Contact: CONTACTS },
      bulk: { polls: [0, 0] },
      onRequest: (request) => contacts.onRequest(request),
    });
    writeConfig(at.dir, { source: `bulkThreshold: 1000, maxRecords: ${PAGE}` });
    if (planned) expect((await at.migrate("plan", "--quiet")).code).toBe(0);
    contacts.forget();

    const running = start(at.dir, ["run", "--quiet"], at.env);
    contacts.onPage((count) => {
      if (count === page) running.child.kill("SIGKILL");
    });
    expect(await running.ended).toMatchObject({ code: null });
    const before = [...contacts.pages];
    expect([contacts.jobs(), before.length]).toEqual([1, page]);
    const run = runNames(at.dir).at(-1)!;

    contacts.onPage(() => undefined);
    const resumed = await at.migrate("run", "--quiet", "--resume", run);
    expect(resumed.code, resumed.stderr).toBe(0);
    // the same job, and no page again but those under way: one written, one worked on, one asked for
    expect(contacts.jobs()).toBe(1);
    const after = contacts.pages.slice(page);
    const again = after.filter((locator) => before.includes(locator));
    expect(again.length).toBeLessThanOrEqual(3);
    expect(again).toEqual(before.slice(before.length - again.length));
    expect(new Set(after).size).toBe(after.length);
    expect(new Set(contacts.pages).size).toBeGreaterThanOrEqual(CONTACTS / PAGE);

    const report = at.lastRun();
    expect(report).toMatchObject({ run, status: "completed", clean: true });
    expect(notAddingUp(report)).toEqual([]);
    expect(report.objects.find(({ source }) => source === "Contact")?.read).toBe(
      at.sim.org.count("Contact") + losers(at.sim.org, "Contact").length,
    );
    expect(await differences(at.database.url, at.sim.org, { custom: false })).toEqual([]);
    expect(losers(at.sim.org, "Contact").length).toBeGreaterThan(0);
    expect(await mergedDifferences(at.database.url, at.sim.org)).toEqual([]);
  },
  300_000,
);
