import { expect, test } from "vitest";
import { suggestStage } from "../../../core/mapping/suggest-stages.ts";
import { loadModel } from "../../../core/model/load.ts";

const model = await loadModel("hotcrm", "crm");

function suggested(target: string, label: string, probability: string | null, isClosed: boolean | null) {
  const [object, field] = target.split(".") as [string, string];
  const options = model.objects.get(object)!.fields.get(field)!.options!;
  return suggestStage({ value: "1", label, stage: { pipeline: "P", probability, isClosed } }, target, options);
}

const by = (target: string, how: "label" | "probability" = "probability") => ({ target, how });

test.each([
  ["Registriert", "0", false, by("prospecting")],
  ["Registriert", "0.1", false, by("prospecting")],
  ["Registriert", "0.11", false, by("qualification")],
  ["Registriert", "0.25", false, by("qualification")],
  ["Registriert", "0.50000000000000000000001", false, by("needs_analysis")],
  ["Registriert", "0.7", false, by("proposal")],
  ["Registriert", "0.71", false, by("negotiation")],
  ["Registriert", "1.0", false, by("negotiation")],
  ["Signed", "1.0", true, by("closed_won")],
  ["Dropped", "0.0", true, by("closed_lost")],
  ["Parked", "0.3", true, null],
  ["Parked", null, true, null],
  ["Parked", null, false, null],
  ["Negotiation", "0.2", false, by("negotiation", "label")],
  ["Deal won", "1", true, by("closed_won", "label")],
  // a name that contradicts the portal does not count
  ["Won", "0.9", false, by("negotiation")],
  ["Proposal", "0", true, by("closed_lost")],
])("deals: %s, %s, closed %s", (label, probability, isClosed, expected) => {
  expect(suggested("opportunity.stage", label, probability, isClosed)).toEqual(expected);
});

test.each([
  ["At the warehouse", false, by("in_progress")],
  ["Refunded", true, by("closed")],
  ["Waiting on contact", false, by("waiting_customer", "label")],
  ["At the warehouse", null, null],
])("tickets: %s, closed %s", (label, isClosed, expected) => {
  expect(suggested("case.status", label, null, isClosed)).toEqual(expected);
});

test("fields without a rule, and options that are no stages, get none", () => {
  expect(suggested("account.industry", "Retail", "0.5", false)).toBeNull();
  const options = model.objects.get("opportunity")!.fields.get("stage")!.options!;
  expect(suggestStage({ value: "1", label: "Negotiation" }, "opportunity.stage", options)).toBeNull();
});
