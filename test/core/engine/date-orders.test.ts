/** The order of day and month is never guessed: whole columns decide it, or somebody has to say it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { checkWhole, compilerFor, dateOrdersOf, dateOrdersOfRun, openSession } from "../../../core/engine/index.ts";
import { DateOrderScan, evidenceText, readableOrders } from "../../../core/mapping/date-order.ts";
import { parseDate } from "../../../core/mapping/dates.ts";
import { reconcile } from "../../../core/proof/reconcile.ts";
import { testContext } from "../../helpers/context.ts";
import { buckets, type Migration, migration } from "./kit.ts";

const evidence = (...values: string[]) => {
  const scan = new DateOrderScan();
  values.forEach((value, index) => {
    scan.add(value, index + 2);
  });
  return scan.result();
};

describe("evidence", () => {
  it("one value that leaves no choice decides for all", () => {
    const found = evidence("03/04/2024", "2024-01-31", "13/04/2024", "03.03.2024", "x");
    expect(found).toMatchObject({
      state: "decided",
      order: "dmy",
      only: { dmy: 1, mdy: 0, ymd: 0 },
      several: 1,
      alike: 1,
    });
    expect(evidenceText(found!)).toBe(
      "day first: 1 value can only be day first (13/04/2024 in line 4); 1 value can be read in several ways (03/04/2024 in line 2)",
    );
  });
  it("no such value: nobody knows", () => {
    const found = evidence("03/04/2024", "05/06/2024 10:00", "07/08/2024", "09/10/2024");
    expect(found).toMatchObject({ state: "ambiguous", order: null, possible: ["dmy", "mdy"], several: 4 });
    expect(evidenceText(found!)).toBe(
      "dates may be day first or month first: 4 values can be read in several ways (03/04/2024 in line 2, 05/06/2024 10:00 in line 3, 07/08/2024 in line 4)",
    );
  });
  it("values against each other", () => {
    const found = evidence("13/04/2024", "04/13/2024", "01/02/2024");
    expect(found).toMatchObject({ state: "contradictory", order: null, possible: [] });
    expect(evidenceText(found!)).toBe(
      "no order fits all dates: 1 value can only be day first (13/04/2024 in line 2); 1 value can only be month first (04/13/2024 in line 3); 1 value can be read in several ways (01/02/2024 in line 4)",
    );
  });
  it("two digits of a year may be a day", () => {
    expect(evidence("13/04/24")).toMatchObject({ state: "ambiguous", possible: ["dmy", "ymd"] });
    expect(evidence("13/04/24", "14/04/98")).toMatchObject({ state: "decided", order: "dmy" });
    expect(evidence("02/24/26")).toMatchObject({ state: "decided", order: "mdy" });
    expect(evidence("98-12-31")).toMatchObject({ state: "decided", order: "ymd" });
    expect(evidence("02/30/26", "30/02/2024")).toBeNull();
  });
  it("nothing to decide", () => expect(evidence("2024-01-31", "5 Jan 2024", "01/01/2024", "")).toBeNull());

  it("an order is possible exactly where the parser takes the value", () => {
    const part = fc.integer({ min: 0, max: 40 }).map(String);
    const two = part.map((text) => text.padStart(2, "0"));
    const shapes = fc.tuple(
      fc.oneof(part, two),
      fc.constantFrom("/", "-", "."),
      fc.oneof(part, two),
      fc.oneof(two, fc.constantFrom("2024", "2023")),
    );
    fc.assert(
      fc.property(shapes, ([a, mark, b, c]) => {
        const text = `${a}${mark}${b}${mark}${c}`;
        const taken = (["dmy", "mdy", "ymd"] as const).reduce(
          (bits, order, bit) => bits | (typeof parseDate(text, order) === "string" ? 1 << bit : 0),
          0,
        );
        expect([text, readableOrders(text)]).toEqual([text, taken]);
      }),
      { numRuns: 2000 },
    );
  });
});

const MODEL =
  "version: 1\nname: own\nobjects:\n  user:\n    fields: { name: text }\n  deal:\n    fields: { name: text, opened: date, closed: datetime, custom_at: date }\n";
const MAPPING =
  "object: deal\nsource: deals.csv\nkey: Id\nfields:\n  name: Name\n  opened: Opened\n  closed: Closed\n  custom.seen: { from: Seen, type: date }\n";
const deals = (...rows: string[]) => ({
  model: MODEL,
  mappings: { deal: MAPPING },
  files: { "deals.csv": `Id,Name,Opened,Closed,Seen\n${rows.join("\n")}\n` },
});

async function open(m: Migration) {
  return openSession(join(m.folder, "migration.yaml"), { registry: createRegistry(m.folder), context: testContext() });
}

test("each column decides for itself; the run, its repetition and its proof read the same", async () => {
  const m = await migration(
    deals("1,a,03/04/2024,3/4/2024 10:00,03/04/24", "2,b,13/04/2024,4/13/2024 3 PM,30/04/98", "3,c,2024-05-06,,"),
  );
  const plan = await m.plan();
  expect(plan.dates?.map(({ field, evidence: { order } }) => [field, order])).toEqual([
    ["opened", "dmy"],
    ["closed", "mdy"],
    ["custom.seen", "dmy"],
  ]);
  expect(buckets(await m.run())).toEqual({ deal: { read: 3, inserted: 3 } });
  expect(
    await m.sql(
      "select external_id, opened::text, (closed at time zone 'UTC')::text, custom->>'seen' from crm.deal order by 1",
    ),
  ).toEqual([
    ["1", "2024-04-03", "2024-03-04 10:00:00", "2024-04-03"],
    ["2", "2024-04-13", "2024-04-13 15:00:00", "1998-04-30"],
    ["3", "2024-05-06", null, null],
  ]);
  const second = await m.run();
  expect(buckets(second)).toEqual({ deal: { read: 3, unchanged: 3 } });
  const session = await open(m);
  try {
    const dateOrders = await dateOrdersOfRun(session.runsDir, null);
    expect(dateOrders).toEqual(
      dateOrdersOf(JSON.parse(await readFile(join(session.runsDir, second.run, "plan.json"), "utf8"))),
    );
    const proof = await reconcile(session, {
      run: null,
      spotChecks: 3,
      compile: await compilerFor({ ...session, dateOrders }),
    });
    expect(proof.ok).toBe(true);
    expect(proof.spotChecks.map(({ ok }) => ok)).toEqual([true, true, true]);
  } finally {
    await session.close();
  }
});

test("what no value decides is asked for, with evidence; a run rejects it and takes the rest", async () => {
  const m = await migration(deals("1,a,03/04/2024,,13/04/2024", "2,b,2024-04-05,,04/13/2024", "3,c,03/03/2024,,"));
  const session = await open(m);
  try {
    const { problems } = await checkWhole(session);
    expect(problems.map(({ severity, code, message, place }) => [severity, code, message, place.line])).toEqual([
      [
        "error",
        "DATES_AMBIGUOUS",
        "deal.opened (Opened): dates may be day first or month first: 1 value can be read in several ways (03/04/2024 in line 2)",
        6,
      ],
      [
        "error",
        "DATES_CONTRADICTORY",
        "deal.custom.seen (Seen): no order fits all dates: 1 value can only be day first (13/04/2024 in line 2); 1 value can only be month first (04/13/2024 in line 3)",
        8,
      ],
    ]);
    expect(problems[0]!.hint).toContain("`dates: dmy | mdy`");
  } finally {
    await session.close();
  }
  expect(buckets(await m.run())).toEqual({ deal: { read: 3, inserted: 2, rejected: 1 } });
  expect((await m.rejects()).map(({ key, code, field }) => [key, code, field])).toEqual([
    ["1", "VALUE_DATE_AMBIGUOUS", "opened"],
  ]);
});

test("a declared order is not discussed", async () => {
  const m = await migration({ ...deals("1,a,03/04/2024,,", "2,b,04/13/2024,,"), source: "dates: dmy" });
  expect((await m.plan()).dates).toBeUndefined();
  expect(buckets(await m.run())).toEqual({ deal: { read: 2, inserted: 1, rejected: 1 } });
});
