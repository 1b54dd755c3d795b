import { expect, it } from "vitest";
import { idsIn } from "../../../core/engine/link-texts.ts";
import { lab } from "./kit.ts";

const TEMPLATES = { link: "{id}", plain: null };

it("leads to a record's page in the portal, once it is open; other objects have none", async () => {
  const { sim, source } = await lab({ records: 50 });
  const hubspot = source();
  expect(hubspot.recordLink?.("contacts", "12")).toBe(null);
  await hubspot.open();
  const portal = sim.portal.account.portalId;
  expect(hubspot.recordLink?.("contacts", "12")).toBe(`https://app.hubspot.com/contacts/${portal}/record/0-1/12`);
  expect(hubspot.recordLink?.("deal", "7")).toBe(`https://app.hubspot.com/contacts/${portal}/record/0-3/7`);
  expect(hubspot.recordLink?.("owners", "7")).toBe(null);
  expect(hubspot.recordLink?.("contacts", "a/b")).toBe(null);
  // and such an address is known again inside a text
  const links = hubspot.recordLinks!();
  expect(idsIn(`See ${hubspot.recordLink?.("contacts", "12")}.`, links, TEMPLATES)).toEqual(["12"]);
  expect(links.types?.get("0-3")).toBe("deals");
});
