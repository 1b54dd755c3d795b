import { describe, expect, test } from "vitest";
import { openRunLines, runTable } from "../../cli/commands/runs.ts";
import { count, duration, oneLine, percent, width } from "../../cli/format.ts";
import { createOutput } from "../../cli/output.ts";
import { createProgress } from "../../cli/progress.ts";
import { lastReads, watchShrunk } from "../../cli/shrunk.ts";
import { createStyle, plainStyle } from "../../cli/style.ts";
import { table } from "../../cli/table.ts";
import { planLines } from "../../cli/views/plan.ts";
import { problemLines } from "../../cli/views/problems.ts";
import { nextSteps, runLines } from "../../cli/views/run.ts";
import type { ObjectReport, Plan, RunReport } from "../../core/engine/types.ts";
import type { Problem } from "../../core/errors.ts";
import { expectGolden } from "../helpers/golden.ts";

const plan: Plan = {
  version: 1,
  name: "acme",
  createdAt: "2026-11-21T23:30:00.000Z",
  source: "csv",
  target: "postgres",
  scope: "all mapped objects; every record",
  stages: [
    {
      object: "account",
      source: "accounts.csv",
      mapping: "account<accounts.csv",
      mode: "upsert",
      count: 1234567,
      filtered: 12,
      filter: "Deleted = 0",
      deferred: ["primary_contact_id", "top_id", "association to contact"],
      missing: { primary_contact_id: "reject", top_id: "null", "association to contact": "association" },
      selfReferences: ["parent_id"],
      custom: [{ field: "loyalty", type: "text" }],
      unmapped: [],
      fields: 17,
    },
    {
      object: "contact",
      source: "contacts.csv",
      mapping: "contact<contacts.csv",
      mode: "insert",
      count: 905,
      filtered: 0,
      filter: null,
      deferred: [],
      selfReferences: [],
      custom: [],
      unmapped: ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"],
      fields: 21,
    },
  ],
  picklists: [
    {
      mapping: "account<accounts.csv",
      object: "account",
      field: "type",
      values: [
        { value: "Customer", count: 1000, target: "customer", how: "label" },
        { value: "Wood\u001b[31m", count: 2, target: "Wood", how: "kept" },
        { value: "?", count: 1, target: null, how: "stop" },
      ],
    },
    {
      mapping: "account<accounts.csv",
      object: "account",
      field: "industry",
      values: [{ value: "Energy", count: 5, target: "energy", how: "mapped" }],
    },
  ],
  owners: [
    { owner: "ann@acme.example", count: 900, target: "Ann Lee", how: "email" },
    { owner: "queue:Support", count: 5, target: "queue:Support", how: "invite" },
  ],
  tables: { create: ["account"], extend: ["contact.fax"] },
  apiCalls: null,
  etaSeconds: 31,
  content: {},
  lock: { schema: {}, mappings: {}, owners: "", model: "", options: "" },
};

const none = { inserted: 0, updated: 0, unchanged: 0, deleted: 0, merged: 0, filtered: 0, rejected: 0 };

const contact: ObjectReport = {
  ...none,
  object: "contact",
  source: "contacts.csv",
  mapping: "contact<contacts.csv",
  read: 905,
  inserted: 890,
  merged: 3,
  rejected: 12,
  warnings: 7,
  references: [{ field: "account_id", expected: 800, resolved: 795, deferred: 0, unresolved: 5 }],
  associations: null,
  seconds: 0.42,
};

const report: RunReport = {
  run: "20261121T233000Z-full",
  kind: "full",
  dryRun: false,
  status: "completed",
  name: "acme",
  source: "csv",
  target: "postgres",
  startedAt: "2026-11-21T23:30:00.000Z",
  finishedAt: "2026-11-21T23:31:05.000Z",
  objects: [
    {
      ...contact,
      object: "account",
      source: "accounts.csv",
      read: 1234567,
      inserted: 1234567,
      merged: 0,
      rejected: 0,
      warnings: 0,
      references: [],
    },
    contact,
  ],
  totals: { ...none, read: 1235472, inserted: 1235457, merged: 3, rejected: 12, warnings: 7 },
  rejectRate: 0.0132,
  clean: false,
  invited: ["queue:Support"],
  sample: null,
  only: null,
  error: null,
};

const rejects = [
  {
    object: "contact",
    code: "VALUE_NOT_A_DATE",
    field: "birthdate",
    count: 10,
    file: "runs/r/rejects/contact.csv",
    examples: [{ key: "CON-1", value: "31.02.2020", reason: "expected a date, got 31.02.2020", line: "2" }],
  },
  {
    object: "contact",
    code: "KEY_MISSING",
    field: "",
    count: 2,
    file: "runs/r/rejects/contact.csv",
    examples: [{ key: "", value: "", reason: "the key is blank", line: "77" }],
  },
];

const problems: Problem[] = [
  {
    code: "MAPPING_UNKNOWN_FIELD",
    message: "account has no field nmae",
    place: { file: "mappings/account.yaml", line: 7, column: 3 },
    hint: "Did you mean name?",
    severity: "error",
  },
  {
    code: "MAPPING_UNKNOWN_COLUMN",
    message: "accounts.csv has no column Nme",
    place: { file: "mappings/account.yaml", line: 5, column: 9, field: "name" },
    hint: null,
    severity: "error",
  },
  { code: "OWNERS_MISSING", message: "no owners.yaml", place: {}, hint: "Write one.", severity: "warning" },
];

describe("golden texts", () => {
  test("plan", () => expectGolden("plan", `${planLines(plan, { style: plainStyle, verbose: false }).join("\n")}\n`));
  test("plan --verbose", () =>
    expectGolden("plan-verbose", `${planLines(plan, { style: plainStyle, verbose: true }).join("\n")}\n`));
  test("run", () => expectGolden("run", `${runLines(report, rejects, plainStyle).join("\n")}\n`));
  test("runs list", () =>
    expectGolden(
      "runs",
      `${runTable([{ ...report, run: "20261122T000000Z-full", status: "running", finishedAt: null }, report, { ...report, run: "20261121T100000Z-full", status: "running", finishedAt: null }, { ...report, run: "20261121T000000Z-full", dryRun: true, clean: true, finishedAt: null, status: "interrupted" }], plainStyle.bold).join("\n")}\n`,
    ));
  test("problems by file, in order of line", () =>
    expectGolden("problems", `${problemLines(problems, plainStyle).join("\n")}\n`));
});

describe("what to do next", () => {
  test.each([
    [report, ["Next: migrate reconcile r"]],
    [{ ...report, dryRun: true, clean: true }, ["Next: migrate run"]],
    [{ ...report, dryRun: true }, ["Next: mend the mapping or the data, then migrate run --dry-run again"]],
    [{ ...report, kind: "delta" as const, dryRun: true, clean: true }, ["Next: migrate run --delta"]],
    [
      { ...report, kind: "retry" as const, dryRun: true, clean: true },
      ["Next: the same migrate retry without --dry-run"],
    ],
    [{ ...report, status: "interrupted" as const }, ["Go on with: migrate run --resume r"]],
    [{ ...report, status: "interrupted" as const, dryRun: true }, []],
  ])("%#", (of, expected) => expect(nextSteps(of, "r")).toEqual(expected));
});

describe("numbers and texts", () => {
  test.each([
    [0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [1234567, "1,234,567"],
  ])("count(%d)", (value, text) => expect(count(value)).toBe(text));
  test.each([
    [0, "0 %"],
    [1, "100 %"],
    [0.0000001, "< 0.1 %"],
    [0.99999, "99.9 %"],
    [0.5, "50 %"],
    [0.1234, "12.3 %"],
  ])("percent(%d)", (value, text) => expect(percent(value)).toBe(text));
  test.each([
    [0.04, "0.0 s"],
    [1, "1 s"],
    [9.94, "9.9 s"],
    [9.96, "10 s"],
    [59.4, "59 s"],
    [60, "1 min"],
    [65, "1 min 5 s"],
    [3600, "1 h"],
    [7500, "2 h 5 min"],
    [Number.NaN, "unknown"],
  ])("duration(%d)", (value, text) => expect(duration(value)).toBe(text));
  test("one line: no escapes, no line breaks, cut by letters", () => {
    expect(oneLine("a\u001b[31mb\r\nc\td\u202e")).toBe("a\ufffd[31mb⏎c d\ufffd");
    expect(oneLine("😀😀😀😀", 3)).toBe("😀😀…");
  });
  test("wide letters and colours count as they are seen", () => {
    expect([width("abc"), width("鈴木"), width("\u001b[31mab\u001b[39m"), width("e\u0301")]).toEqual([3, 4, 2, 1]);
  });
  test("a table leaves empty columns out and ends lines without blanks", () => {
    expect(
      table(
        [{ title: "a" }, { title: "n", align: "right" }, { title: "x" }, { title: "b" }],
        [
          ["鈴木", "7", "", "y"],
          ["q", "12", "", ""],
        ],
      ),
    ).toEqual(["a      n  b", "鈴木   7  y", "q     12"]);
  });
});

describe("output", () => {
  const sink = () => {
    const written: string[] = [];
    return { written, write: (text: string) => written.push(text), isTTY: true, columns: 60 };
  };
  const flags = { json: false, quiet: false, verbose: false, color: true };

  test.each([
    ["a terminal", {}, flags, true],
    ["NO_COLOR", { NO_COLOR: "1" }, flags, false],
    ["NO_COLOR empty", { NO_COLOR: "" }, flags, true],
    ["--no-color", {}, { ...flags, color: false }, false],
    ["TERM=dumb", { TERM: "dumb" }, flags, false],
  ])("colours: %s", (_, env, options, coloured) => {
    const output = createOutput(options, sink(), sink(), env);
    expect(output.style.red("x")).toBe(coloured ? "\u001b[31mx\u001b[39m" : "x");
  });

  test("--json: one document on stdout, everything else on stderr", () => {
    const [out, err] = [sink(), sink()];
    const output = createOutput({ ...flags, json: true }, out, err, {});
    output.print("result");
    output.note("note");
    output.document({ a: 1 });
    expect(out.written).toEqual(['{\n  "a": 1\n}\n']);
    expect(err.written).toEqual(["result\n", "note\n"]);
  });

  test("--quiet: results and errors only", () => {
    const [out, err] = [sink(), sink()];
    const output = createOutput({ ...flags, quiet: true }, out, err, {});
    output.print("result");
    output.note("note");
    output.alert("error");
    output.document({ a: 1 });
    expect([out.written, err.written]).toEqual([["result\n"], ["error\n"]]);
  });

  const drive = (live: boolean) => {
    const [out, err] = [sink(), { ...sink(), isTTY: live }];
    let time = 0;
    const progress = createProgress(createOutput({ ...flags, color: false }, out, err, {}), () => time);
    const at = (ms: number, event: Parameters<typeof progress.on>[0]) => {
      time = ms;
      progress.on(event);
    };
    at(0, { type: "stage-start", mapping: "m", object: "contact", source: "contacts.csv", total: 100_000 });
    at(2_000, { type: "progress", mapping: "m", read: 50_000, total: 100_000 });
    at(10_000, { type: "progress", mapping: "m", read: 80_000, total: 100_000 });
    at(12_000, { type: "progress", mapping: "m", read: 90_000, total: 100_000 });
    at(13_000, { type: "stage-end", report: { ...contact, mapping: "m" } });
    progress.end();
    expect(out.written).toEqual([]);
    return err.written.join("");
  };

  test("progress elsewhere: a line at start and end, and every ten seconds", () => {
    expect(drive(false)).toBe(
      "contact <- contacts.csv: reading 100,000 records\n" +
        "contact <- contacts.csv: 80,000 of 100,000, 8,000/s, 2.5 s left\n" +
        "done contact <- contacts.csv: 905 read in 0.4 s: 890 inserted, 3 merged, 12 rejected\n",
    );
  });

  test("progress on a terminal: one bar, painted over, never wider than the terminal", () => {
    const text = drive(true);
    expect(text).toContain("contact <- contacts.csv  ██████████░░░░░░░░░░  50 %  50,00");
    expect(text).toContain("\u001b[1A\u001b[0J");
    for (const line of text.split("\n")) expect(width(line.replace(/\u001b\[\d[AJ]/g, ""))).toBeLessThan(100);
    expect(text.endsWith("12 rejected\n")).toBe(true);
  });

  test("a stage that fills in references later ends twice, in other words", () => {
    const err = { ...sink(), isTTY: false };
    const progress = createProgress(createOutput({ ...flags, color: false }, sink(), err, {}), () => 0);
    progress.on({ type: "stage-end", report: { ...contact, references: [] } });
    progress.on({ type: "stage-end", report: contact });
    expect(err.written).toEqual([
      "done contact <- contacts.csv: 905 read in 0.4 s: 890 inserted, 3 merged, 12 rejected\n",
      "done references of contact <- contacts.csv filled in, 5 not found\n",
    ]);
  });

  test("a source that shrank to less than half of what was last read is told before its stage", () => {
    const small = { ...report, run: "20261121T200000Z-full", sample: 5, objects: [{ ...contact, read: 5 }] };
    const whole = { ...report, objects: [contact] };
    const last = lastReads([{ ...report, dryRun: true, objects: [{ ...contact, read: 1 }] }, small, whole]);
    const told: unknown[] = [];
    const on = watchShrunk(last, (event) => told.push(event));
    const start = { type: "stage-start", object: "contact", source: "c.csv", mapping: contact.mapping } as const;
    on({ ...start, total: 453 });
    expect(told).toHaveLength(1);
    on({ ...start, total: 452 });
    on({ ...start, mapping: "other", total: 0 });
    expect(told.slice(2)).toEqual([
      {
        type: "note",
        message:
          "warning: contact: c.csv holds 452 records, 20261121T233000Z-full read 905 records: see that the export is whole",
      },
      { ...start, mapping: "other", total: 0 },
    ]);
  });

  test("a newest run without an end has a hint, an older one has not", () => {
    const killed = { ...report, status: "running" as const };
    expect(openRunLines([report, killed])).toEqual([]);
    expect(openRunLines([killed])).toEqual([
      "",
      "20261121T233000Z-full has no end yet: it is at work, or it was cut off. If it is not at work: migrate run --resume 20261121T233000Z-full",
    ]);
  });

  test("reading ahead of the stages is one line, gone when the first stage begins", () => {
    const err = sink();
    let time = 0;
    const progress = createProgress(createOutput({ ...flags, color: false }, sink(), err, {}), () => time);
    for (const mapping of ["a<a.csv", "b<b.csv", "c<c.csv"]) {
      time += 1000;
      progress.on({ type: "progress", mapping, read: 1000, total: null });
    }
    expect(err.written.at(-1)).toBe("counting records and values 3,000, 1,500/s\n");
    progress.on({ type: "stage-start", mapping: "a<a.csv", object: "a", source: "a.csv", total: 1000 });
    expect(err.written.at(-1)).toBe("\u001b[1A\u001b[0J");
    progress.on({ type: "progress", mapping: "a<a.csv", read: 500, total: 1000 });
    time += 1000;
    progress.on({ type: "progress", mapping: "a<a.csv", read: 750, total: 1000 });
    expect(err.written.at(-1)).toMatch(/^a <- a\.csv +█{15}░{5} {2}75 % {2}750 of\n$/);
  });

  test("styles are empty for empty texts", () => expect(createStyle(true).red("")).toBe(""));
});
