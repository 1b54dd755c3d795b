import { expect, it } from "vitest";
import { agreeColumns, currencyConflict } from "../../../core/mapping/agree.ts";
import { account, check } from "./kit.ts";

const field = check([
  account("balance: { from: Balance, currency: EUR }\nannual_revenue: { from: Revenue, currency: Currency }"),
]).set.mappings[0]!.fields.find((checked) => checked.target === "currency")!;

const conflict = (record: Record<string, string>) => {
  const own = record.Currency ?? field.default;
  return currencyConflict(field, own, (column) => record[column] ?? null)?.reason ?? null;
};

it.each([
  [{ Balance: "5", Revenue: "7", Currency: "EUR" }, null],
  [{ Balance: "5", Revenue: "7", Currency: "eur " }, null],
  [{ Balance: "5", Revenue: "7", Currency: "USD" }, "Balance is in EUR, but currency is USD"],
  [{ Balance: "5", Currency: "USD" }, "Balance is in EUR, but currency is USD"],
  [{ Revenue: "7", Currency: "USD" }, null],
  [{ Balance: "5" }, null],
  [{}, null],
])("%j: %s", (record, reason) => {
  expect(conflict(record)).toBe(reason);
});

it("names its code, and the source fields it reads", () => {
  expect(currencyConflict(field, null, () => "5")).toEqual({
    code: "CURRENCY_CONFLICT",
    field: "currency",
    value: "EUR",
    reason: "Balance is in EUR, but currency has no value",
  });
  expect(agreeColumns(field)).toEqual(["Balance"]);
});
