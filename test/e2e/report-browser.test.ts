/** Reports as people see them: opened in a browser, in light and dark, and printed. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";
import { startHubspot } from "../sim/hubspot/index.ts";
import { migrate, newFolder, removeFolders, runNames } from "./kit.ts";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", process.env.CHROMIUM ?? ""];
const program = PROGRAMS.find((path) => path !== "" && existsSync(path));
const root = fileURLToPath(new URL("../..", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// biome-ignore lint/suspicious/noTemplateCurlyInString: what the file says
const DATABASE = '"${DATABASE_URL}"';

/** A smaller part of the shipped example: the objects that everything else refers to, and the sales. */
const PART = ["user", "account", "contact", "campaign", "opportunity"];

/** What a page does that it should not: everything that it says, asks for or throws. */
function watch(page: Page, own: string): string[] {
  const found: string[] = [];
  page.on("console", (message) => found.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => found.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== own) found.push(`request: ${request.url()}`);
  });
  return found;
}

interface Seen {
  readonly links: readonly string[];
  readonly ids: readonly string[];
  readonly charts: readonly { readonly name: string; readonly paths: number; readonly empty: number }[];
  readonly width: number;
}

/** Runs in the page: opens what is closed, and says what it holds. */
const LOOK = `(() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const isEmpty = (path) => {
    const { width, height } = path.getBBox();
    return width + height === 0;
  };
  return {
    links: all("a[href]").map((link) => link.getAttribute("href")),
    ids: all("[id]").map(({ id }) => id),
    charts: all("svg.plot").map((chart) => {
      const paths = all("path", chart);
      return { name: all("title", chart)[0]?.textContent, paths: paths.length, empty: paths.filter(isEmpty).length };
    }),
    width: document.documentElement.scrollWidth,
  };
})()`;

/** Runs in the page: of rows and lists that are all alike, the first few; axe would look at each of twenty thousand elements. */
const THIN = `(() => {
  const rest = (list, kept) => [...list].slice(kept).forEach((element) => element.remove());
  for (const body of document.querySelectorAll("tbody")) rest(body.rows, 4);
  for (const table of document.querySelectorAll("table")) rest(table.tBodies, 4);
  for (const part of document.querySelectorAll("section, details")) rest(part.querySelectorAll(":scope > details"), 3);
})()`;

/** Everything that is asked of a report, of one that lies in `folder`. */
async function inspect(browser: Browser, folder: string, name = "report.html"): Promise<Seen> {
  const file = join(folder, name);
  const own = pathToFileURL(file).href;
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const found = watch(page, own);
  await page.goto(own);
  const seen = await page.evaluate<Seen>(LOOK);
  expect(found).toEqual([]);
  expect(seen.charts.filter(({ paths, empty }) => paths === 0 || empty > 0)).toEqual([]);
  expect(new Set(seen.ids).size).toBe(seen.ids.length);
  expect(seen.links.filter((link) => link.startsWith("#") && !seen.ids.includes(link.slice(1)))).toEqual([]);
  const beside = seen.links.filter((link) => !link.startsWith("#") && !/^https?:/.test(link));
  expect(beside.filter((link) => !existsSync(fileURLToPath(new URL(link, own))))).toEqual([]);
  await page.setViewportSize({ width: 400, height: 800 });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(400);
  const pdf = await page.pdf({ preferCSSPageSize: true });
  expect(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)!.length).toBeGreaterThan(1);
  await page.close();
  // the report's own policy forbids scripts, axe's too
  const context = await browser.newContext({ bypassCSP: true, viewport: { width: 1280, height: 900 } });
  const looked = await context.newPage();
  await looked.goto(own);
  await looked.evaluate(THIN);
  await looked.evaluate(LOOK);
  await looked.addScriptTag({ content: axe });
  for (const colorScheme of ["light", "dark"] as const) {
    await looked.emulateMedia({ colorScheme });
    const violations = await looked.evaluate<string[]>(
      'axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html.slice(0, 200)))',
    );
    expect([colorScheme, violations]).toEqual([colorScheme, []]);
  }
  await context.close();
  return seen;
}

describe.skipIf(program === undefined)(
  `in ${program ?? "a browser: none at /usr/bin/chromium, nor at $CHROMIUM"}`,
  () => {
    let browser: Browser;
    let database: TestDatabase;
    beforeAll(async () => {
      const { chromium } = await import("playwright-core");
      browser = await chromium.launch({ executablePath: program!, args: ["--no-sandbox", "--disable-gpu"] });
      database = await createTestDatabase();
    });
    afterAll(async () => {
      await browser?.close();
      await database?.drop();
      removeFolders();
    });

    test("the shipped example, twice, and both runs side by side", async () => {
      const dir = newFolder();
      for (const name of ["data", "mappings", "migration.yaml", "owners.yaml"])
        await cp(join(root, "examples", "acme", name), join(dir, name), { recursive: true });
      const env = { DATABASE_URL: database.url };
      for (let round = 0; round < 2; round++)
        expect((await migrate(dir, ["run", "--only", PART.join(","), "--quiet"], env)).code).toBe(0);
      expect((await migrate(dir, ["reconcile", "--quiet"], env)).code).toBe(0);
      const [before, last] = runNames(dir) as [string, string];
      const folder = join(dir, "runs", last);
      const seen = await inspect(browser, folder);
      expect(seen.width).toBe(1280);
      expect(seen.charts.map(({ name }) => name)).toEqual(
        expect.arrayContaining([
          "From the source to the target",
          "Opportunity, amount by stage, EUR",
          "Rejected records by reason",
          "Seconds per object",
          "Share of records that were rejected, per run",
          "Minutes that each run took",
        ]),
      );
      expect(seen.ids).toEqual(expect.arrayContaining(["levels", "figures", "records", "history", "sign-off"]));
      expect(seen.links).toContain("rejects/contact.csv");
      expect(seen.links).toContain(`../${before}/report.html`);
      expect(seen.links.filter((link) => link.startsWith("records/")).length).toBeGreaterThan(PART.length - 1);

      const said = await migrate(dir, ["report", "--compare", last, before], { ...env, DISPLAY: "" });
      expect(said).toMatchObject({ code: 0 });
      await inspect(browser, folder, "compare.html");
    });

    test.runIf(process.env.SOAK === "1")("a simulated portal, with links to its records", async () => {
      const sim = await startHubspot({
        seed: 1,
        records: 300,
        customObjects: false,
        limits: { tenSeconds: 100_000, secondly: 10_000, search: 1000 },
      });
      const dir = newFolder();
      const own = await createTestDatabase();
      try {
        await writeFile(
          join(dir, "migration.yaml"),
          `version: 1\nname: acme\nsource: { connector: hubspot, accessToken: "${sim.token()}", baseUrl: ${sim.url} }\ntarget: { connector: postgres, url: ${DATABASE}, schema: crm, model: hotcrm }\n`,
        );
        const env = { DATABASE_URL: own.url };
        expect((await migrate(dir, ["run", "--quiet"], env)).code).toBe(0);
        expect((await migrate(dir, ["reconcile", "--quiet"], env)).code).toBe(0);
        const folder = join(dir, "runs", runNames(dir).at(-1)!);
        const seen = await inspect(browser, folder);
        expect(seen.ids).toEqual(expect.arrayContaining(["references", "coverage", "spots"]));
        expect(seen.links.filter((link) => /^https?:/.test(link)).length).toBeGreaterThan(0);
        expect(statSync(join(folder, "report.html")).size).toBeLessThan(5_000_000);
      } finally {
        await sim.close();
        await own.drop();
      }
    });
  },
);
