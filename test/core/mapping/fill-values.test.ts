import { expect, test } from "vitest";
import { fillValues, spelledAlike } from "../../../core/mapping/fill-values.ts";

const note = "3 records; one of open | closed_won";
const open = (object: string, target: string, ...values: string[]) => ({
  mapping: { object, sources: ["Deals"] },
  field: { target, custom: false },
  values: values.map((value) => ({ value, note, target: spelledAlike(value, ["open", "closed_won"]) })),
});

test("values that only differ in signs and case are taken; of several nothing is guessed", () => {
  expect(spelledAlike("Closed Won", ["open", "closed_won"])).toBe("closed_won");
  expect(spelledAlike("closed", ["open", "closed_won"])).toBe(null);
  expect(spelledAlike("A-B", ["a_b", "ab"])).toBe(null);
  expect(spelledAlike("–", ["-", "x"])).toBe(null);
});

test("stubs go where the picklist stands, and comments stay", () => {
  const files = new Map([
    [
      "m/deal.yaml",
      `# deals
object: deal
source: Deals
key: Id
fields:
  name: Name # as it is
  stage: { from: Stage, picklist: deal_stage }
  kind: Kind
  rating:
    from: Rating
    picklist:
      # ours
      values: { Hot: hot }
`,
    ],
    [
      "m/picklists.yaml",
      "picklists:\n  deal_stage:\n    values:\n      Open: open # all of them\n    unmapped: stop\n",
    ],
  ]);
  const { texts, filled, missed } = fillValues(files, [
    open("deal", "stage", "Open", "Closed Won", "Maybe"),
    open("deal", "kind", "A: b"),
    open("deal", "rating", "Cold"),
    open("deal", "other", "x"),
    open("lead", "stage", "x"),
  ]);
  expect(filled).toEqual([
    { file: "m/picklists.yaml", picklist: "deal_stage", values: ["Closed Won", "Maybe"] },
    { file: "m/deal.yaml", picklist: "deal.kind", values: ["A: b"] },
    { file: "m/deal.yaml", picklist: "deal.rating", values: ["Cold"] },
  ]);
  expect(missed).toEqual(["deal.other", "lead.stage"]);
  expect(texts.get("m/picklists.yaml")).toBe(`picklists:
  deal_stage:
    values:
      Open: open # all of them
      Closed Won: closed_won # 3 records; one of open | closed_won
      Maybe: null # 3 records; one of open | closed_won
    unmapped: stop
`);
  const text = texts.get("m/deal.yaml")!;
  expect(text).toContain("# deals\n");
  expect(text).toContain("name: Name # as it is\n");
  expect(text).toContain("# ours\n");
  // what was written is read as it was meant
  const again = fillValues(new Map([["m/deal.yaml", text]]), [
    open("deal", "kind", "A: b"),
    open("deal", "rating", "Cold"),
  ]);
  expect(again.filled).toEqual([]);
});
