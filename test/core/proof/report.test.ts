import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderHtml, renderMarkdown, rewriteReport } from "../../../core/proof/report.ts";
import type { ReportData } from "../../../core/proof/report-data.ts";
import type { ObjectProof } from "../../../core/proof/types.ts";
import { verdict } from "../../../core/proof/verdict.ts";
import { HOSTILE, reportData } from "./report-fixture.ts";

const STATES = ["proven", "broken", "dry", "unreconciled", "interrupted"] as const;

/** Text as a browser shows it, roughly: without style and tags. */
function text(html: string): string {
  return html
    .replace(/<style>[\s\S]*?<\/style>/g, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, "&")
    .replace(/\s+/g, " ");
}

describe("the sentence it opens with", () => {
  test.each([
    [
      "proven",
      "good",
      "Proven",
      "All 8,846 records are accounted for. 8,658 loaded, 13 merged, 163 left out by the filter, 12 rejected.",
    ],
    [
      "broken",
      "bad",
      "Not proven",
      "2 records are not accounted for. 8,656 loaded, 13 merged, 163 left out by the filter, 12 rejected.",
    ],
    [
      "dry",
      "neutral",
      "Dry run",
      "Nothing was written. Of 8,846 records, 8,658 would be loaded, 13 merged, 163 left out by the filter, 12 rejected.",
    ],
    [
      "unreconciled",
      "neutral",
      "Not reconciled",
      "8,658 of 8,846 records were loaded. They have not been compared with the source yet.",
    ],
    [
      "interrupted",
      "bad",
      "Interrupted",
      "The run did not finish: 8,846 records were read, 8,658 loaded, 13 merged, 163 left out by the filter, 12 rejected.",
    ],
  ] as const)("%s", (state, tone, word, sentence) => {
    expect(verdict(reportData(state))).toMatchObject({ state: tone, word, sentence });
    const html = renderHtml(reportData(state));
    expect(html.replaceAll("\u00a0", " ")).toContain(`<h1>${sentence}</h1>`);
    expect(html).toContain(`<p class="word">${word}</p>`);
    expect(renderMarkdown(reportData(state)).split("\n")[0]).toBe(`# ${word}: ${sentence}`);
  });

  test("a failed proof says why, with the object", () => {
    expect(verdict(reportData("broken")).more).toEqual([
      "Opportunity: 2 loaded records missing from the target, first 006A1, 006A2.",
      "Opportunity: The sum of amount differs.",
      "1 record looked at closely differs from the source.",
    ]);
  });

  test("a proof says what was compared, and what was not", () => {
    const data = reportData();
    expect(verdict(data).more).toEqual([
      `Compared: counts, sums and references of every record, and every field of ${data.reconciliation!.spotChecks.length} records picked at random. Single fields of the others were not compared.`,
      "12 rejected records are listed below, each with its reason.",
    ]);
    const without = { ...data.reconciliation!, spotChecks: [] };
    expect(verdict({ ...data, reconciliation: without }).more[0]).toBe(
      "Compared: counts, sums and references of every record. Single fields were not compared.",
    );
  });

  test("rows of earlier runs are told beside it, and in it where they fail the proof", () => {
    const data = reportData();
    const { reconciliation } = data;
    const first = (change: Partial<ObjectProof>): ReportData => ({
      ...data,
      reconciliation: {
        ...reconciliation!,
        ok: change.ok ?? true,
        objects: reconciliation!.objects.map((proof, at) => (at === 0 ? { ...proof, ...change } : proof)),
      },
    });
    const target = { count: 35, extra: 0, earlier: 3 };
    const told = first({ target, gone: { count: 1, keys: ["U1"] } });
    expect(verdict(told).sentence).toBe(
      "All 8,846 records are accounted for. 8,658 loaded, 13 merged, 163 left out by the filter, 12 rejected. Besides, the target holds 3 rows of earlier runs.",
    );
    expect(verdict(told).more.slice(-2)).toEqual([
      "User: 1 row of earlier runs whose record the source no longer holds.",
      "User: 2 rows in the target from earlier runs, whose record this run did not load.",
    ]);
    for (const rendered of [text(renderHtml(told)).replaceAll("\u00a0", " "), renderMarkdown(told)])
      expect(rendered).toContain("Besides, the target holds 3 rows of earlier runs.");
    const problems = ["3 rows of earlier runs whose record the source no longer holds, first U1, U2, U3. See."];
    const failed = first({ ok: false, target, gone: { count: 3, keys: ["U1", "U2", "U3"] }, problems });
    expect(verdict(failed)).toMatchObject({
      word: "Not proven",
      sentence:
        "3 rows in the target are of records that the source no longer holds. 8,658 loaded, 13 merged, 163 left out by the filter, 12 rejected.",
      more: [`User: ${problems[0]}`],
    });
  });

  test("links between records are in the report", () => {
    const data = reportData();
    const associations = [{ to: "contact", expected: 5, found: 3, missing: 2, unresolved: 1, ok: false }];
    const reconciliation = {
      ...data.reconciliation!,
      objects: data.reconciliation!.objects.map((proof, at) => (at === 2 ? { ...proof, associations } : proof)),
    };
    const shown = text(renderHtml({ ...data, reconciliation })).replaceAll("\u00a0", " ");
    expect(shown).toContain("Account ↔ Contact links 6 3 0 3 broken");
    expect(shown).toContain("Links 3 of 5 are in the target");
    expect(renderMarkdown({ ...data, reconciliation })).toContain("| Account · links to Contact | 6 | 3 | 0 | 3 |");
  });

  test("too many rejects are not a success", () => {
    const data = reportData();
    expect(verdict({ ...data, run: { ...data.run, clean: false } })).toMatchObject({
      state: "attention",
      word: "Proven, too many rejects",
    });
  });
});

describe("report.html", () => {
  test.each(STATES)("%s: one file that fetches nothing and runs nothing", (state) => {
    const html = renderHtml(reportData(state));
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)![1]!;
    const hash = createHash("sha256").update(style).digest("base64");
    expect(html).toContain(
      `content="default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;; img-src data:; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
    );
    expect(html).not.toMatch(/https?:\/\//);
    expect(html).not.toMatch(/\b(src|action|srcset|data|poster|ping)=/);
    expect(html).not.toMatch(/<(script|link|img|iframe|object|embed|form|base)\b/i);
    expect(html).not.toMatch(/ style=| on\w+=/);
    const links = [...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1]!);
    expect(links.filter((link) => !link.startsWith("#"))).toEqual([]);
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]!);
    expect(links.filter((link) => !ids.includes(link.slice(1)))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(html).not.toMatch(/url\((?!#p-)/);
    expect(Buffer.byteLength(html)).toBeLessThan(150_000);
  });

  test.each(STATES)("%s: every element that is opened is closed, every table has caption and scope", (state) => {
    const html = renderHtml(reportData(state)).replace(/<style>[\s\S]*?<\/style>/, "");
    const open: string[] = [];
    for (const [, slash, name, rest] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b([^>]*)>/gi)) {
      if (["meta", "br"].includes(name!) || rest!.endsWith("/")) continue;
      if (slash === "") open.push(name!);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
    expect(html.match(/<caption/g)?.length).toBe(html.match(/<table/g)?.length);
    expect(html.match(/<th(?=[ >])(?![^>]*\bscope=)/g)).toBeNull();
    expect(html.match(/<h1/g)).toHaveLength(1);
    expect(html).toContain('<html lang="en">');
  });

  test("hostile data is inert, and still to be read", () => {
    const html = renderHtml(reportData());
    expect(html).not.toContain("<script");
    expect(html).not.toContain("\u202e");
    expect(html).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39;\ufffd&quot;&amp;");
    const hostile = reportData();
    const name = `"><img src=x onerror=alert(1)>`;
    const evil = renderHtml({
      ...hostile,
      run: {
        ...hostile.run,
        name,
        objects: hostile.run.objects.map((object) => ({ ...object, object: name, source: name })),
      },
    });
    expect(evil).not.toContain("<img");
    expect(HOSTILE).toContain("\u202e");
  });

  test("sections in the order in which they are read", () => {
    const html = renderHtml(reportData("broken"));
    expect([...html.matchAll(/<section id="([\w-]+)"/g)].map((match) => match[1])).toEqual([
      "objects",
      "sums",
      "rejects",
      "references",
      "coverage",
      "spots",
      "records",
      "warnings",
      "timings",
      "run",
      "sign-off",
    ]);
    const dry = renderHtml(reportData("dry"));
    expect([...dry.matchAll(/<section id="([\w-]+)"/g)].map((match) => match[1])).toEqual([
      "objects",
      "rejects",
      "references",
      "coverage",
      "records",
      "warnings",
      "timings",
      "run",
    ]);
    expect(text(dry)).toContain("nothing was written");
  });

  test("figures are those of the data", () => {
    const shown = text(renderHtml(reportData("broken")));
    expect(shown).toContain(
      "Opportunity from opportunities.csv 1,240 inserted, 4 rejected 1,244 1,240 0 0 4 1,238 2 not proven",
    );
    expect(shown).toContain("EUR 19,358,003.91 1,250.50 19,356,663.41 90.00 differs");
    expect(shown).toContain("EUR · Closed won 2,962,959.15 0 2,962,869.15 90.00 differs");
    expect(shown).toContain("Contact → Reports to 340 338 0 2 left empty");
    expect(shown).toContain("Amount 12,500.50 12500.50 12410.50 differs");
    expect(shown).toContain("Refers to a record that is not there LOOKUP_MISSING 7 records");
    expect(shown).toContain("Contact · Account: 5 records");
    expect(shown).toContain("Owners 3 values, 97.8 % of 2,054 records covered 1 open");
    expect(shown).toContain(
      "All records of 17 files in ./data; leads without status Converted; tasks since 1 Jan 2020.",
    );
  });

  test("differing records and groups are open, the others closed", () => {
    const html = renderHtml(reportData("broken"));
    const summaries = [...html.matchAll(/<details( open)?><summary>([^<]*)/g)].map((match) => [
      match[2]!.trim(),
      match[1] !== undefined,
    ]);
    expect(summaries).toEqual([
      ["Opportunity by stage", true],
      ["Owners", false],
      ["Opportunity · Stage", false],
      ["Case · Priority", false],
      ["Opportunity", true],
      ["Contact", false],
      ["Account", false],
      ["Contact", false],
      ["Opportunity", false],
      ["Opportunity line item", false],
      ["Case", false],
      ["Source fields that were not migrated", false],
    ]);
  });

  test("bars fill their width, and a sliver can be seen", () => {
    const html = renderHtml(reportData());
    const bar = /<svg class="bar" role="img" aria-label="1,240 inserted, 4 rejected">([\s\S]*?)<\/svg>/.exec(html)![1]!;
    const widths = [...bar.matchAll(/width="([\d.]+)%"/g)].map((match) => Number(match[1]));
    expect(widths).toHaveLength(2);
    expect(widths[1]).toBeGreaterThan(1);
    expect(widths[0]! + widths[1]!).toBeCloseTo(100, 1);
  });

  test("the same data gives the same file", () => {
    expect(renderHtml(reportData())).toBe(renderHtml(reportData()));
  });
});

describe("report.md", () => {
  test("tables, rejects and differences; nothing that Markdown or HTML would take for its own", () => {
    const markdown = renderMarkdown(reportData("broken"));
    expect(markdown).toContain(
      "| Object | At the source | Inserted | Merged | Filtered | Rejected | In the target | Unexplained | Verdict |",
    );
    expect(markdown).toContain(
      "| Opportunity (opportunities.csv) | 1,244 | 1,240 | 0 | 0 | 4 | 1,238 | 2 | **not proven** |",
    );
    expect(markdown).toContain(
      "| Opportunity · Amount | EUR | 19,358,003.91 | 1,250.50 | 19,356,663.41 | 90.00 | **differs** |",
    );
    expect(markdown).toContain('  - 006A0000017, line 19: expected a number, got "12k (tbd)" (value: 12k (tbd))');
    expect(markdown).toContain("  - amount: source 12,500.50, expected 12500.50, target 12410.50");
    expect(markdown).not.toMatch(/<script/);
    expect(markdown).not.toContain("\u202e");
  });
});

describe("writing it again from the run's folder", () => {
  let runsDir: string;
  beforeAll(async () => {
    runsDir = await mkdtemp(join(tmpdir(), "proof-report-"));
  });
  afterAll(() => rm(runsDir, { recursive: true, force: true }));

  test("from run.json, plan.json, reconciliation.json, rejects/ and warnings.csv", async () => {
    const { run, plan, reconciliation } = reportData();
    const folder = join(runsDir, run.run);
    await mkdir(join(folder, "rejects"), { recursive: true });
    for (const [file, data] of Object.entries({
      "run.json": run,
      "plan.json": plan,
      "reconciliation.json": reconciliation,
    })) {
      await writeFile(join(folder, file), JSON.stringify(data));
    }
    const rows = Array.from({ length: 7 }, (_, i) => `VALUE_NOT_A_DATE,close_date,"31, Feb",no such day,006A${i},x`);
    await writeFile(
      join(folder, "rejects", "opportunity.csv"),
      `\ufeff_code,_field,_value,_reason,_key,Name\r\nLOOKUP_MISSING,account_id,001,not found,006Z,x\r\n${rows.join("\r\n")}\r\n`,
    );
    await writeFile(
      join(folder, "warnings.csv"),
      "object,mapping,line,key,code,field,value,reason\r\ncontact,contact<c,4,003,VALUE_PHONE_KEPT,phone,ext,kept as it is\r\n",
    );
    const { html, markdown } = await rewriteReport(runsDir, run.run, new Date("2026-11-22T08:00:00Z"));
    expect([html, markdown]).toEqual([join(folder, "report.html"), join(folder, "report.md")]);
    const shown = text(await readFile(html, "utf8"));
    expect(shown).toContain("Not a date VALUE_NOT_A_DATE 7 records");
    expect(shown).toContain("Opportunity · Close date: 7 records");
    expect(shown).toContain("006A4 31, Feb no such day");
    expect(shown).not.toContain("006A5");
    expect(shown.indexOf("VALUE_NOT_A_DATE")).toBeLessThan(shown.indexOf("LOOKUP_MISSING"));
    expect(shown).toContain("Contact · Phone VALUE_PHONE_KEPT 1 kept as it is record 003");
    expect(shown).toContain("Written 22 Nov 2026, 08:00 UTC");
    expect(await readFile(markdown, "utf8")).toContain("### Not a date (VALUE\\_NOT\\_A\\_DATE): 7 records");
  });

  test("a run that does not exist, and a file that is damaged", async () => {
    await expect(rewriteReport(runsDir, "nope", new Date())).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
      exitCode: 2,
    });
    await mkdir(join(runsDir, "bad"));
    await writeFile(join(runsDir, "bad", "run.json"), "{");
    await expect(rewriteReport(runsDir, "bad", new Date())).rejects.toMatchObject({ code: "RUN_FILE_DAMAGED" });
  });
});
