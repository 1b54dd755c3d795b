/** A realistic migration for the report: 17 objects, three currencies, rejects, hostile names. */

import type { ObjectReport, Plan, ReferenceReport, RunReport } from "../../../core/engine/types.ts";
import { DecimalSum } from "../../../core/proof/decimal.ts";
import type { ReportData } from "../../../core/proof/report-data.ts";
import { NO_EVIDENCE } from "../../../core/proof/report-evidence.ts";
import type { ObjectProof, SpotCheck, SumCheck } from "../../../core/proof/types.ts";

export const HOSTILE = `<script>alert("x")</script>'\u202e"&`;

type Row = readonly [
  object: string,
  source: string,
  inserted: number,
  merged: number,
  filtered: number,
  rejected: number,
];

const ROWS: readonly Row[] = [
  ["user", "users.csv", 35, 0, 0, 0],
  ["product", "products.csv", 7, 0, 0, 0],
  ["account", "accounts.csv", 499, 1, 0, 0],
  ["contact", "contacts.csv", 1180, 12, 3, 5],
  ["lead", "leads.csv", 411, 0, 40, 0],
  ["opportunity", "opportunities.csv", 1240, 0, 0, 4],
  ["opportunity_line_item", "opportunity_line_items.csv", 2210, 0, 0, 2],
  ["quote", "quotes.csv", 180, 0, 0, 0],
  ["quote_line_item", "quote_line_items.csv", 402, 0, 0, 0],
  ["contract", "contracts.csv", 96, 0, 0, 0],
  ["case", "cases.csv", 340, 0, 0, 1],
  ["campaign", "campaigns.csv", 12, 0, 0, 0],
  ["campaign_member", "campaign_members.csv", 604, 0, 0, 0],
  ["task", "tasks.csv", 830, 0, 120, 0],
  ["event", "events.csv", 244, 0, 0, 0],
  ["note", "notes.csv", 310, 0, 0, 0],
  ["file", "files.csv", 58, 0, 0, 0],
];

const STAGES = [
  "prospecting",
  "qualification",
  "needs_analysis",
  "proposal",
  "negotiation",
  "closed_won",
  "closed_lost",
];
const CURRENCIES = ["CHF", "EUR", "USD"];

function sum(field: string, by: SumCheck["by"], source: string, excluded = "0", target?: string): SumCheck {
  const rest = new DecimalSum()
    .addText(source)
    .addText(excluded.startsWith("0") && !/[1-9]/.test(excluded) ? "0" : `-${excluded}`)
    .toString();
  return { field, by, source, excluded, target: target ?? rest, ok: target === undefined, note: null };
}

function opportunitySums(broken: boolean): SumCheck[] {
  const groups = CURRENCIES.flatMap((currency, c) =>
    STAGES.map((stage, s) =>
      sum("amount", { currency, stage }, `${(c + 1) * 1_234_567 + s * 98_765}.${c}${s}`, s === 3 ? "1250.50" : "0"),
    ),
  );
  if (broken) {
    const at = groups.findIndex(({ by }) => by.currency === "EUR" && by.stage === "closed_won");
    const group = groups[at]!;
    groups[at] = { ...group, target: new DecimalSum().addText(group.target).addText("-90.00").toString(), ok: false };
  }
  const total = (of: readonly SumCheck[], by: SumCheck["by"]): SumCheck => {
    const add = (side: "source" | "excluded" | "target"): string => {
      const all = new DecimalSum();
      for (const group of of) all.addText(group[side]);
      return all.toString();
    };
    return {
      field: "amount",
      by,
      source: add("source"),
      excluded: add("excluded"),
      target: add("target"),
      ok: of.every(({ ok }) => ok),
      note: null,
    };
  };
  return [
    total(groups, {}),
    ...CURRENCIES.map((currency) =>
      total(
        groups.filter(({ by }) => by.currency === currency),
        { currency },
      ),
    ),
    ...groups,
  ];
}

const reference = (field: string, expected: number, unresolved = 0, deferred = 0): ReferenceReport => ({
  field,
  expected,
  resolved: expected - unresolved - deferred,
  deferred,
  unresolved,
});

const REFERENCES: Readonly<Record<string, readonly ReferenceReport[]>> = {
  account: [reference("parent_id", 120)],
  contact: [reference("account_id", 1180), reference("reports_to_id", 340, 2)],
  opportunity: [
    reference("account_id", 1012),
    reference("campaign_id", 210),
    reference("primary_contact_id", 880, 0, 3),
  ],
  opportunity_line_item: [reference("opportunity_id", 2210), reference("product_id", 2210)],
  case: [reference("account_id", 333), reference("contact_id", 320)],
  task: [reference("related_id", 801)],
};

function objectReport([object, source, inserted, merged, filtered, rejected]: Row): ObjectReport {
  return {
    object,
    source,
    mapping: `${object}<${source}`,
    read: inserted + merged + filtered + rejected,
    inserted,
    updated: 0,
    unchanged: 0,
    deleted: 0,
    merged,
    filtered,
    rejected,
    warnings: object === "contact" ? 31 : 0,
    references: REFERENCES[object] ?? [],
    associations: null,
    seconds: 1.5,
  };
}

function proofOf(report: ObjectReport, broken: boolean): ObjectProof {
  const wrong = broken && report.object === "opportunity";
  const lost = wrong ? 2 : 0;
  const sums: readonly SumCheck[] =
    report.object === "opportunity"
      ? opportunitySums(broken)
      : report.object === "account"
        ? [
            sum("annual_revenue", {}, "912345678.00"),
            ...CURRENCIES.map((currency, c) =>
              sum("annual_revenue", { currency }, `${304_115_226 + (c === 0 ? 0 : 0)}.00`),
            ),
          ]
        : report.object === "opportunity_line_item"
          ? [
              sum("quantity", {}, "18422.5"),
              sum("unit_price", {}, "2900412.7500", "12.00"),
              sum("unit_price", { currency: "EUR" }, "2900412.7500", "12.00"),
            ]
          : [];
  return {
    object: report.object,
    mapping: report.mapping,
    ok: !wrong,
    source: { name: report.source, count: report.read, read: report.read },
    target: { count: report.inserted - lost, extra: 0, earlier: 0 },
    accounted: {
      loaded: report.inserted,
      merged: report.merged,
      filtered: report.filtered,
      rejected: report.rejected,
      deleted: 0,
    },
    unexplained: lost,
    gap: lost / report.read,
    missing: { count: 0, keys: [] },
    vanished: { count: 0, keys: [] },
    lost: { count: lost, keys: wrong ? ["006A1", "006A2"] : [] },
    extra: { count: 0, keys: [] },
    sums,
    gone: { count: 0, keys: [] },
    references: report.references.map((item) => ({ ...item, ok: true })),
    associations: [],
    problems: wrong
      ? ["2 loaded records missing from the target, first 006A1, 006A2.", "The sum of amount differs."]
      : [],
  };
}

function spots(broken: boolean): SpotCheck[] {
  const check = (object: string, key: string, ok: boolean): SpotCheck => ({
    object,
    mapping: `${object}<${object}s.csv`,
    key,
    ok,
    problem: null,
    fields: [
      {
        field: "name",
        source: `  ${HOSTILE} GmbH & Co. KG`,
        expected: `${HOSTILE} GmbH & Co. KG`,
        target: `${HOSTILE} GmbH & Co. KG`,
        ok: true,
        skipped: null,
      },
      {
        field: "amount",
        source: "12,500.50",
        expected: "12500.50",
        target: ok ? "12500.50" : "12410.50",
        ok,
        skipped: null,
      },
      {
        field: "close_date",
        source: "31.01.2026",
        expected: "2026-01-31",
        target: "2026-01-31",
        ok: true,
        skipped: null,
      },
      {
        field: "account_id",
        source: "001A0000012",
        expected: "001A0000012",
        target: "001A0000012",
        ok: true,
        skipped: null,
      },
      {
        field: "description",
        source: null,
        expected: null,
        target: "Called in March; wants a quote.\nSecond line.",
        ok: true,
        skipped: "the source says nothing; the target's value stays",
      },
    ],
  });
  return [
    check("opportunity", "006A0000231", !broken),
    check("contact", "003A0000007", true),
    check("account", "001A0000044", true),
  ];
}

const PLAN: Plan = {
  version: 1,
  name: "acme-salesforce",
  createdAt: "2026-11-21T23:00:00.000Z",
  source: "csv",
  target: "postgres",
  scope: "All records of 17 files in ./data; leads without status Converted; tasks since 1 Jan 2020.",
  stages: ROWS.map((row) => ({
    object: row[0],
    source: row[1],
    mapping: `${row[0]}<${row[1]}`,
    mode: "upsert",
    count: row[2] + row[3] + row[4] + row[5],
    filtered: row[4],
    filter: null,
    deferred: [],
    selfReferences: [],
    custom: [],
    unmapped:
      row[0] === "contact" ? ["Jigsaw", "PhotoUrl", "LastReferencedDate"] : row[0] === "case" ? ["IsStopped"] : [],
    fields: 14,
  })),
  picklists: [
    {
      mapping: "opportunity<opportunities.csv",
      object: "opportunity",
      field: "stage",
      values: [
        { value: "Closed Won", count: 420, target: "closed_won", how: "mapped" },
        { value: "Closed Lost", count: 310, target: "closed_lost", how: "mapped" },
        { value: "Prospecting", count: 250, target: "prospecting", how: "label" },
        { value: "Verbal Commit", count: 12, target: "negotiation", how: "fallback" },
        { value: "???", count: 2, target: null, how: "reject" },
      ],
    },
    {
      mapping: "case<cases.csv",
      object: "case",
      field: "priority",
      values: [
        { value: "High", count: 80, target: "high", how: "label" },
        { value: "Low", count: 261, target: "low", how: "label" },
      ],
    },
  ],
  owners: [
    { owner: "mara.lind@acme.example", count: 1800, target: "mara.lind@acme.example", how: "email" },
    { owner: "jon.old@acme.example", count: 210, target: "mara.lind@acme.example", how: "map" },
    { owner: "left.long.ago@acme.example", count: 44, target: "support@acme.example", how: "fallback" },
  ],
  tables: { create: [], extend: [] },
  apiCalls: null,
  etaSeconds: null,
  content: {},
  lock: { schema: {}, mappings: {}, owners: "", model: "", options: "" },
};

function runReport(change: Partial<RunReport>): RunReport {
  const objects = ROWS.map(objectReport);
  const total = (of: keyof RunReport["totals"]): number =>
    objects.reduce((all, object) => all + (object[of] as number), 0);
  const totals = {
    read: total("read"),
    inserted: total("inserted"),
    updated: total("updated"),
    unchanged: total("unchanged"),
    deleted: total("deleted"),
    merged: total("merged"),
    filtered: total("filtered"),
    rejected: total("rejected"),
    warnings: total("warnings"),
  };
  return {
    run: "20261121T233000Z-full",
    kind: "full",
    dryRun: false,
    status: "completed",
    name: "acme-salesforce",
    source: "csv",
    target: "postgres",
    startedAt: "2026-11-21T23:30:00.000Z",
    finishedAt: "2026-11-21T23:34:12.000Z",
    objects,
    totals,
    rejectRate: totals.rejected / totals.read,
    clean: true,
    invited: [],
    sample: null,
    only: null,
    error: null,
    ...change,
  };
}

/** The report's input in the state that is asked for. */
export function reportData(state: "proven" | "broken" | "dry" | "unreconciled" | "interrupted" = "proven"): ReportData {
  const run = runReport(
    state === "dry" ? { dryRun: true } : state === "interrupted" ? { status: "interrupted", finishedAt: null } : {},
  );
  const broken = state === "broken";
  return {
    run,
    plan: PLAN,
    reconciliation:
      state === "proven" || broken
        ? {
            run: run.run,
            kind: "full",
            runs: [run.run],
            checkedAt: "2026-11-21T23:40:00.000Z",
            ok: !broken,
            clean: !broken,
            rejectRate: 12 / 8846,
            rejectLimit: 0.01,
            tolerance: 0.001,
            objects: run.objects.map((object) => proofOf(object, broken)),
            spotChecks: spots(broken),
            notes: [],
          }
        : null,
    rejects: [
      {
        object: "contact",
        code: "LOOKUP_MISSING",
        field: "account_id",
        count: 5,
        examples: [
          {
            key: "003A0000991",
            value: "001A0009999",
            reason: "expected an account with external id 001A0009999, found none",
            line: "412",
          },
          {
            key: HOSTILE,
            value: HOSTILE,
            reason: `expected an account with external id ${HOSTILE}, found none`,
            line: "977",
          },
        ],
      },
      {
        object: "opportunity",
        code: "VALUE_NOT_A_NUMBER",
        field: "amount",
        count: 4,
        examples: [
          { key: "006A0000017", value: "12k (tbd)", reason: 'expected a number, got "12k (tbd)"', line: "19" },
        ],
      },
      {
        object: "opportunity_line_item",
        code: "LOOKUP_MISSING",
        field: "product_id",
        count: 2,
        examples: [
          {
            key: "00kA01",
            value: "GTX Pro Max",
            reason: "expected a product with name GTX Pro Max, found none",
            line: "2003",
          },
        ],
      },
      {
        object: "case",
        code: "FIELD_REQUIRED",
        field: "subject",
        count: 1,
        examples: [{ key: "500A0000301", value: "", reason: "expected a value for subject, got none", line: "302" }],
      },
    ],
    warnings: [
      {
        object: "contact",
        code: "VALUE_PHONE_KEPT",
        field: "phone",
        count: 31,
        example: {
          key: "003A01",
          value: "ext 12",
          reason: 'expected a phone number, got "ext 12"; kept as it is',
          line: "4",
        },
      },
    ],
    evidence: NO_EVIDENCE,
    generatedAt: "2026-11-22T08:00:00.000Z",
  };
}
