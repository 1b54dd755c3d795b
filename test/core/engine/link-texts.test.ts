/** Links to old records inside texts: which are found, which row they lead to, and what stays. */
import { describe, expect, it } from "vitest";
import { idsIn, type LinkTarget, rewriteText } from "../../../core/engine/link-texts.ts";

const ACME = { sourceObject: "Account", sourceId: "001Ec00000FzlUdIAJ", object: "account", id: "7" };
const ANN = { sourceObject: "contacts", sourceId: "501", object: "contact", id: "12" };
const CO = { sourceObject: "companies", sourceId: "501", object: "account", id: "13" };
const known = new Map<string, LinkTarget[]>([
  [ACME.sourceId, [ACME]],
  ["501", [ANN, CO]],
  ["k/1", [{ sourceObject: "files", sourceId: "k/1", object: "account", id: "20" }]],
]);
const SALESFORCE = { hosts: ["salesforce.com", "force.com"] };
const HUBSPOT = {
  hosts: ["hubspot.com"],
  types: new Map([
    ["0-1", "contacts"],
    ["contact", "contacts"],
    ["0-2", "companies"],
  ]),
};
const LINK = "https://new.example/{object}/{id}";
const rewritten = (text: string, links: Parameters<typeof rewriteText>[1] = SALESFORCE, plain: string | null = null) =>
  rewriteText(text, links, { link: LINK, plain }, known);

describe("addresses", () => {
  it.each([
    ["https://acme.my.salesforce.com/001Ec00000FzlUdIAJ", "https://new.example/account/7"],
    ["see https://acme.my.salesforce.com/001Ec00000FzlUd.", "see https://new.example/account/7."],
    [
      "(https://acme.lightning.force.com/lightning/r/Account/001Ec00000FzlUdIAJ/view), and",
      "(https://new.example/account/7), and",
    ],
    [
      '<a href="https://eu5.salesforce.com/001Ec00000FzlUdIAJ?nooverride=1&amp;x=2">Acme</a>',
      '<a href="https://new.example/account/7">Acme</a>',
    ],
    ["https://x.salesforce.com/?id=001Ec00000FzlUdIAJ", "https://new.example/account/7"],
  ])("%s", (text, expected) => {
    expect(rewritten(text)).toEqual({ text: expected, rewritten: 1, left: [] });
  });

  it("of other hosts are nobody's business", () => {
    for (const text of [
      "https://example.com/001Ec00000FzlUdIAJ",
      "https://notsalesforce.com/001Ec00000FzlUdIAJ",
      "https://salesforce.com.evil.example/001Ec00000FzlUdIAJ",
      "salesforce.com/001Ec00000FzlUdIAJ",
    ])
      expect(rewritten(text)).toEqual({ text, rewritten: 0, left: [] });
  });

  it("whose record is not known stay, and are told", () => {
    const text = "https://x.salesforce.com/003000000000001AAA and https://x.salesforce.com/home";
    expect(rewritten(text)).toEqual({
      text,
      rewritten: 0,
      left: [
        { link: "https://x.salesforce.com/003000000000001AAA", why: "unknown" },
        { link: "https://x.salesforce.com/home", why: "unknown" },
      ],
    });
  });

  it("tell by their parts which object an id is of", () => {
    const at = (rest: string) => rewritten(`https://app-eu1.hubspot.com/contacts/501/${rest}`, HUBSPOT);
    expect(at("record/0-1/501").text).toBe("https://new.example/contact/12");
    expect(at("record/0-2/501/").text).toBe("https://new.example/account/13");
    expect(at("contact/501").text).toBe("https://new.example/contact/12");
    // the number of the portal is no record
    expect(at("record/0-3/77").left).toEqual([
      { link: "https://app-eu1.hubspot.com/contacts/501/record/0-3/77", why: "unknown" },
    ]);
  });

  it("that may mean several rows stay, and are told", () => {
    expect(rewritten("http://old.example/501", { hosts: ["old.example"] })).toEqual({
      text: "http://old.example/501",
      rewritten: 0,
      left: [{ link: "http://old.example/501", why: "ambiguous" }],
    });
  });

  it("have their ids written as addresses write them", () => {
    expect(rewritten("http://old.example/k%2F1", { hosts: ["old.example"] }).left).toHaveLength(1);
    expect(idsIn("http://old.example/a%20b", { hosts: ["old.example"] }, { link: LINK, plain: null })).toEqual(["a b"]);
  });
});

describe("bare ids", () => {
  it("become what is asked for, in texts that say more than them", () => {
    expect(rewritten("Account 001Ec00000FzlUd, not 003000000000001AAA", SALESFORCE, "{object} {id}")).toEqual({
      text: "Account account 7, not 003000000000001AAA",
      rewritten: 1,
      left: [],
    });
    for (const text of ["001Ec00000FzlUdIAJ", "x001Ec00000FzlUdIAJ", "001Ec00000FzlUdIAJ7 here"])
      expect(rewritten(text, SALESFORCE, "{object} {id}").text).toBe(text);
  });

  it("stay where nothing is asked for", () => {
    expect(rewritten("Account 001Ec00000FzlUd.").text).toBe("Account 001Ec00000FzlUd.");
    expect(idsIn("Account 001Ec00000FzlUd.", SALESFORCE, { link: LINK, plain: null })).toEqual([]);
  });
});
