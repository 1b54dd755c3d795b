import { expect, it } from "vitest";
import { idsIn } from "../../../core/engine/link-texts.ts";
import { lab } from "./kit.ts";

it("leads to a record's page in the org, once it is open", async () => {
  const { sim, source } = await lab({ records: 50 });
  const salesforce = source();
  expect(salesforce.recordLink?.("Account", "001000000000001AAA")).toBe(null);
  await salesforce.open();
  expect(salesforce.recordLink?.("Account", "001000000000001AAA")).toBe(
    `${sim.url}/lightning/r/Account/001000000000001AAA/view`,
  );
  expect(salesforce.recordLink?.("Account", "../x")).toBe(null);
  // and such an address is known again inside a text
  const text = `See ${salesforce.recordLink?.("Account", "001000000000001AAA")}.`;
  expect(idsIn(text, salesforce.recordLinks!(), { link: "{id}", plain: null })).toContain("001000000000001AAA");
});
