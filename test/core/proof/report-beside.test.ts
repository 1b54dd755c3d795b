/** What the report shows of the files beside it, its size at a million records, and two runs side by side. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { opener } from "../../../cli/browser.ts";
import type { RunReport } from "../../../core/engine/types.ts";
import { renderHtml, rewriteReport } from "../../../core/proof/report.ts";
import { compareRuns } from "../../../core/proof/report-compare.ts";
import type { ReportData } from "../../../core/proof/report-data.ts";
import { NO_EVIDENCE } from "../../../core/proof/report-evidence.ts";
import { webAddress } from "../../../core/proof/report-links.ts";
import type { Difference, FieldFigures, GroupFigures, ObjectProof } from "../../../core/proof/types.ts";
import { HOSTILE, reportData } from "./report-fixture.ts";

let runsDir: string;
beforeEach(async () => {
  runsDir = await mkdtemp(join(tmpdir(), "report-beside-"));
});
afterEach(() => rm(runsDir, { recursive: true, force: true }));

const NOW = new Date("2026-11-22T08:00:00Z");

/** Writes a run's folder: run.json, reconciliation.json where there is one, and rejects by object. */
async function leave(
  run: RunReport,
  reconciliation: unknown,
  rejects: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = join(runsDir, run.run);
  await mkdir(join(folder, "rejects"), { recursive: true });
  await writeFile(join(folder, "run.json"), JSON.stringify(run));
  if (reconciliation !== null)
    await writeFile(join(folder, "reconciliation.json"), JSON.stringify(reconciliation, null, 2));
  for (const [object, lines] of Object.entries(rejects))
    await writeFile(join(folder, "rejects", `${object}.csv`), `_code,_field,_value,_reason,_key\n${lines}`);
  return folder;
}

const hrefs = (html: string): string[] => [...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1]!);

test("outcomes lead to their records, conflicts, earlier runs and the cutover are in it, links are relative", async () => {
  const { run, reconciliation } = reportData();
  const older = {
    ...run,
    run: "20261120T100000Z-full",
    startedAt: "2026-11-20T10:00:00.000Z",
    finishedAt: "2026-11-20T10:09:00.000Z",
  };
  const before = await leave(older, { ...reconciliation, ok: false }, {});
  await writeFile(join(before, "report.html"), "");
  const folder = await leave(run, reconciliation, { contact: "LOOKUP_MISSING,account_id,001,none,003A\n" });
  await mkdir(join(folder, "records"));
  const file = "records/contact_contacts.csv-inserted.csv";
  await writeFile(join(folder, file), "_key\n");
  const index = {
    buckets: [
      {
        object: "contact",
        mapping: "contact<contacts.csv",
        bucket: "inserted",
        count: 1180,
        sample: [{ key: HOSTILE, into: null }],
        file,
      },
    ],
    gone: [
      {
        object: "contact",
        how: "deleted",
        policy: "delete",
        done: "kept",
        reason: "it was edited",
        count: 3,
        keys: ["003G"],
      },
    ],
    kept: [{ object: "contact", field: "phone", reason: "newest", count: 2, ids: ["77"] }],
  };
  await writeFile(join(folder, "records", "index.json"), JSON.stringify(index));
  await writeFile(
    join(folder, "conflicts.csv"),
    `_object,_mapping,_key,_target_id,_field,_policy,source,target,decision\ncontact,c,003C,5,phone,review,<img src=x>,+49,\ncontact,c,003D,6,phone,newest,1,2,target\n`,
  );
  const signOffs = [
    {
      stage: "reference",
      run: run.run,
      signer: "Mara Lind",
      remark: null,
      signedAt: "2026-11-22T07:00:00Z",
      files: {},
    },
  ];
  const stages = [
    {
      name: "reference",
      objects: ["user"],
      state: "passed",
      attempts: [{ status: "passed", run: run.run, gates: [{ gate: "rejects", ok: true, found: "0 of 35" }] }],
      signOffs,
    },
    { name: "final", objects: null, delta: true, freeze: true, state: "open", attempts: [], signOffs: [] },
  ];
  await writeFile(
    join(runsDir, "cutover.json"),
    JSON.stringify({ migration: run.name, at: "2026-11-22T07:30:00Z", next: "final", done: false, stages }),
  );
  const { html } = await rewriteReport(runsDir, run.run, NOW);
  const text = await readFile(html, "utf8");
  expect(hrefs(text)).toEqual(
    expect.arrayContaining([
      "#r-3-inserted",
      "#r-3-rejected",
      file,
      "rejects/contact.csv",
      "conflicts.csv",
      "../20261120T100000Z-full/report.html",
    ]),
  );
  expect(text).toContain('<h3 id="r-3-inserted">');
  expect(text).not.toMatch(/<img|<script|\u202e/);
  const shown = text.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
  expect(shown).toContain("Contact · Phone 1 0 1 0");
  expect(shown).toContain("Contact · Phone 2 both changed, the target’s was newer 77");
  expect(shown).toContain("Contact 3 deleted delete kept it was edited 003G");
  expect(shown).toContain("20261120T100000Z-full full 8,846 8,658 12 0.14 % 9 min 0 s not proven");
  expect(shown).toContain("Share of records that were rejected, per run");
  expect(shown).toContain("final open what changed, source frozen");
  expect(shown).toContain("Next stage: final.");
  expect(shown).toContain("reference: Mara Lind, 22 Nov 2026, 07:00 UTC");
  expect(shown).toMatch(/reconciliation\.json [0-9a-f]{64}/);
});

test("a damaged cutover board is left out", async () => {
  const { run } = reportData();
  await leave(run, null, {});
  await writeFile(join(runsDir, "cutover.json"), "{");
  const { html } = await rewriteReport(runsDir, run.run, NOW);
  expect(await readFile(html, "utf8")).not.toContain('id="cutover"');
});

test("links to records of the source are web addresses, or none", () => {
  expect(webAddress("https://acme.my.salesforce.com/003A?a=1&b=2")).toBe("https://acme.my.salesforce.com/003A?a=1&b=2");
  expect(webAddress("javascript:alert(1)")).toBeNull();
  expect(webAddress("https://user:secret@acme.example/")).toBeNull();
  expect(webAddress("/003A")).toBeNull();
  const data = reportData();
  const linked = (link: string): string => {
    const spotChecks = data.reconciliation!.spotChecks.map((check) => ({ ...check, link, picked: "oldest" }));
    return renderHtml({ ...data, reconciliation: { ...data.reconciliation!, spotChecks } });
  };
  expect(linked('https://crm.example/"><b>')).toContain(
    'href="https://crm.example/%22%3E%3Cb%3E" target="_blank" rel="noopener noreferrer"',
  );
  expect(linked("javascript:alert(1)")).not.toContain("javascript:");
  expect(linked("x")).toContain("picked for: oldest");
});

/** A proof with as much in every list as the proof may hold, and more. */
function large(): ReportData {
  const data = reportData("broken");
  const long = "x".repeat(5_000);
  const side = { nulls: 1, distinct: 9, min: long, max: long, checksum: "1" };
  const figures = Array.from(
    { length: 400 },
    (_, i): FieldFigures => ({
      field: `f${i}`,
      records: 1_000_000,
      source: side,
      target: side,
      distinctExact: false,
      ok: false,
    }),
  );
  const group = { count: 9, numbers: { amount: { sum: "1.00", min: null, max: null, nulls: 0 } } };
  const groups = (["owner", "month"] as const).flatMap((by) =>
    Array.from(
      { length: 1_000 },
      (_, i): GroupFigures => ({
        by,
        field: by,
        value: `${1000 + i}-01 ${long}`,
        source: group,
        target: group,
        ok: i % 2 === 0,
      }),
    ),
  );
  const differences = Array.from(
    { length: 500 },
    (_, i): Difference => ({
      key: `${i}${long}`,
      field: "name",
      kind: "value",
      source: long,
      target: long,
      explained: null,
    }),
  );
  const keys = Array.from({ length: 20 }, () => long);
  const finding = { count: 1_000_000, keys };
  const explanations = Array.from({ length: 40 }, () => ({
    bucket: "missing" as const,
    reason: long,
    count: 9,
    keys,
    next: long,
  }));
  const sums = Array.from({ length: 1_000 }, (_, i) => ({
    field: `s${i % 9}`,
    by: i < 9 ? {} : { currency: `C${i % 30}`, stage: `stage ${i}` },
    source: "1234567.89",
    excluded: "0",
    target: "1234567.89",
    ok: true,
    note: null,
  }));
  const proof = data.reconciliation!.objects[3]!;
  const objects = Array.from(
    { length: 60 },
    (_, i): ObjectProof => ({
      ...proof,
      object: `object_${i}`,
      mapping: `object_${i}<x`,
      problems: [long],
      sums,
      figures,
      groups,
      explanations,
      missing: finding,
      references: Array.from({ length: 20 }, (_, at) => ({
        field: `r${at}`,
        expected: 9,
        resolved: 8,
        deferred: 0,
        unresolved: 1,
        ok: false,
        astray: finding,
      })),
      fields: {
        records: 1_000_000,
        values: 9_000_000,
        differing: 500,
        explained: 0,
        byField: [],
        differences,
        file: null,
      },
    }),
  );
  const spot = data.reconciliation!.spotChecks[0]!;
  const fields = Array.from({ length: 60 }, () => ({ ...spot.fields[0]!, source: long, expected: long, target: long }));
  const spotChecks = Array.from({ length: 5_000 }, () => ({ ...spot, ok: true, fields }));
  const value = { value: long, count: 1, target: long, how: "mapped" as const };
  const picklists = Array.from({ length: 300 }, (_, i) => ({
    mapping: "m",
    object: `o${i}`,
    field: "f",
    values: Array.from({ length: 500 }, () => value),
  }));
  const report = data.run.objects[3]!;
  const run = { ...data.run, objects: objects.map(({ object, mapping }) => ({ ...report, object, mapping })) };
  const rejects = Array.from({ length: 500 }, (_, i) => ({
    ...data.rejects[0]!,
    object: `object_${i % 60}`,
    code: `CODE_${i}`,
  }));
  const buckets = objects.flatMap(({ object, mapping }) =>
    (["inserted", "merged"] as const).map((bucket) => ({
      object,
      mapping,
      bucket,
      count: 1_000_000,
      file: "records/x.csv",
      sample: keys.slice(0, 10).map((key) => ({ key, into: null })),
    })),
  );
  return {
    ...data,
    run,
    plan: { ...data.plan!, picklists },
    rejects,
    reconciliation: { ...data.reconciliation!, objects, spotChecks },
    evidence: { ...NO_EVIDENCE, records: { buckets, gone: [], kept: [] } },
  };
}

test("at most 10 MB, whatever the lists hold", () => {
  const html = renderHtml(large());
  expect(Buffer.byteLength(html)).toBeLessThan(10_000_000);
  expect(html).toContain("further value");
});

describe("two runs side by side", () => {
  test("counts, reasons that are gone and new, sums, verdicts", async () => {
    const { run, reconciliation } = reportData();
    const older = {
      ...run,
      run: "20261120T100000Z-full",
      startedAt: "2026-11-20T10:00:00.000Z",
      finishedAt: "2026-11-20T10:09:00.000Z",
    };
    await leave(older, null, {
      contact:
        "LOOKUP_MISSING,account_id,1,none,A\nLOOKUP_MISSING,account_id,1,none,B\nVALUE_NOT_A_DATE,birthdate,x,no,C\n",
    });
    const folder = await leave(run, reconciliation, {
      contact: "LOOKUP_MISSING,account_id,1,none,A\nVALUE_TOO_LONG,name,x,<b>no</b>,D\n",
    });
    const { comparison, html, markdown } = await compareRuns(runsDir, [run.run, older.run], NOW);
    expect([html, markdown]).toEqual([join(folder, "compare.html"), join(folder, "compare.md")]);
    expect([comparison.older.run, comparison.newer.run]).toEqual([older.run, run.run]);
    expect([comparison.older.ok, comparison.newer.ok]).toEqual([null, true]);
    expect(comparison.rejects.map(({ code, older: was, newer: is, change }) => [code, was, is, change])).toEqual([
      ["VALUE_TOO_LONG", 0, 1, "new"],
      ["LOOKUP_MISSING", 2, 1, "fewer"],
      ["VALUE_NOT_A_DATE", 1, 0, "gone"],
    ]);
    expect(comparison.objects[3]).toMatchObject({
      object: "contact",
      older: { read: 1200, inTarget: null },
      newer: { read: 1200, inTarget: 1180 },
    });
    expect(comparison.sums.find(({ field, currency }) => field === "amount" && currency === "EUR")).toMatchObject({
      older: null,
      newer: "19356753.41",
    });
    const text = await readFile(html, "utf8");
    expect(hrefs(text)).toEqual(expect.arrayContaining(["report.html", `../${older.run}/report.html`]));
    expect(text).toContain("12 rejected, 12 before: 1 reason gone, 1 new.");
    expect(await readFile(markdown, "utf8")).toContain("| VALUE\\_TOO\\_LONG | Contact · Name | 0 | 1 | **new** +1 |");
  });

  test("the same run twice, and a run that is not there", async () => {
    const { run } = reportData();
    await leave(run, null, {});
    await expect(compareRuns(runsDir, [run.run, run.run], NOW)).rejects.toMatchObject({
      code: "COMPARE_SAME_RUN",
      exitCode: 2,
    });
    await expect(compareRuns(runsDir, [run.run, "nope"], NOW)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });
});

test("a browser is only asked for where somebody can see it", () => {
  const on = (platform: NodeJS.Platform, env: Record<string, string> = {}, release = "6.1") =>
    opener({ platform, env, release });
  expect(on("linux")).toBeNull();
  expect(on("linux", { DISPLAY: "" })).toBeNull();
  expect(on("linux", { DISPLAY: ":0" })).toEqual(["xdg-open"]);
  expect(on("linux", { WAYLAND_DISPLAY: "wayland-0" })).toEqual(["xdg-open"]);
  expect(on("linux", {}, "5.15.0-microsoft-standard-WSL2")).toEqual(["wslview"]);
  expect(on("darwin")).toEqual(["open"]);
  expect(on("win32")).toEqual(["rundll32", "url.dll,FileProtocolHandler"]);
});
