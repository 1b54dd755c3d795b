/** `kill -9` while pages of contacts come in: the resumed run has what was loaded, and reads the rest. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makePlan } from "../../core/engine/index.ts";
import { runNames, start } from "../e2e/kit.ts";
import { notAddingUp, place, quiet } from "./kit.ts";
import { differences, mergedDifferences } from "./truth.ts";

const soak = process.env.SOAK === "1";
const CONTACTS = soak ? 50_000 : 1_400;

it.each(
  soak
    ? [2, 30, 111, 260, 499].flatMap((page) => [true, false].map((planned) => ({ page, planned })))
    : [{ page: 9, planned: true }],
)(
  "killed when page $page of contacts is asked for, planned before: $planned",
  { timeout: 600_000 },
  async ({ page, planned }) => {
    /** Where pages of contacts begin, and lists of companies, which come before. */
    const pages: string[] = [];
    const before: string[] = [];
    let onPage = (_count: number): void => undefined;
    const at = await place({
      records: 100,
      counts: { contacts: CONTACTS },
      // looks on only
      faults: [
        {
          kind: "slow",
          match: ({ method, path, search }) => {
            if (method !== "GET" || search.get("properties") === null) return false;
            if (/\/objects\/companies$/.test(path)) before.push(search.get("after") ?? "");
            if (!/\/objects\/contacts$/.test(path)) return false;
            pages.push(search.get("after") ?? "");
            onPage(pages.length);
            return false;
          },
        },
      ],
    });
    if (planned) writeFileSync(join(at.dir, "plan.json"), JSON.stringify(await makePlan(await at.session(), quiet)));
    pages.length = 0;

    const running = start(at.dir, ["run", "--quiet"], at.env);
    onPage = (count) => {
      if (count === page) running.child.kill("SIGKILL");
    };
    expect(await running.ended).toMatchObject({ code: null });
    onPage = () => undefined;
    const asked = pages.splice(0);
    expect(asked.length).toBe(page);
    before.length = 0;
    const run = runNames(at.dir).at(-1)!;

    const report = await at.run({ resume: run });
    const listings = (of: readonly string[]) => of.filter((after) => after === "").length;
    // companies were loaded before: only their pairs are listed, those with companies, and what they call contacts and deals
    expect(listings(before)).toBe(3);
    expect(before.length).toBe(new Set(before).size * 3);
    // contacts, and the pairs that begin at contacts: with companies and contacts, and what they call deals and tickets
    expect(listings(pages)).toBe(5);
    expect(pages.length).toBe(new Set(pages).size * 5);
    expect(report).toMatchObject({ run, status: "completed", clean: true });
    expect(notAddingUp(report)).toEqual([]);
    const contacts = at.sim.portal.type("contacts")!;
    expect(report.objects.find(({ source }) => source === "contacts")?.read).toBe(at.sim.portal.count(contacts));
    expect(await differences(at.database.url, at.sim.portal)).toEqual([]);
    expect(await mergedDifferences(at.database.url, at.sim.portal)).toEqual([]);
  },
);
