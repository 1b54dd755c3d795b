import { describe, expect, test } from "vitest";
import { buckets, chunks, migration, runAgain } from "./kit.ts";

const mappings = {
  user: "object: user\nsource: users.csv\nkey: Id\nfields: { name: Name, email: Mail }\n",
  account:
    "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name, parent_id: Parent, owner_id: Owner, primary_contact_id: Primary }\n",
  contact: "object: contact\nsource: contacts.csv\nkey: Id\nfields: { name: Name, account_id: Account }\n",
  deal: "object: deal\nsource: deals.csv\nkey: Id\nfields: { name: Name, account_id: Account, contact_id: Contact }\n",
  task: "object: task\nsource: tasks.csv\nkey: Id\nfields:\n  subject: Subject\n  about_id: { from: What, lookup: [account, contact, deal], typeInto: about_type }\n",
};
const files = {
  "users.csv": "Id,Name,Mail\nU1,Ann,ann@x.com\nU2,Bob,bob@x.com\n",
  // three roots with their trees; the children come first
  "accounts.csv":
    "Id,Name,Parent,Owner,Primary\nA11,a,A1,U1,\nA1,b,,U1,C1\nA21,c,A2,U2,\nA2,d,,U2,C2\nA3,e,,U2,C3\nA111,f,A11,U1,\n",
  "contacts.csv": "Id,Name,Account\nC1,a,A1\nC2,b,A2\nC3,c,A3\nC11,d,A111\nC0,e,\n",
  "deals.csv": "Id,Name,Account,Contact\nD1,a,A11,C1\nD2,b,A2,C2\nD3,c,,C3\nD4,d,,\n",
  "tasks.csv": "Id,Subject,What\nT1,a,D1\nT2,b,D2\nT3,c,C11\nT4,d,\n",
};
const keys = (object: string) => `select external_id from crm.${object} order by 1`;

describe("--sample", () => {
  const dangling = `select count(*)::int from crm.account a where parent_id not in (select id from crm.account)
    or primary_contact_id not in (select id from crm.contact)`;

  for (const chunkSize of chunks(50_000, 2)) {
    test(`takes whole trees, users in full (chunks of ${chunkSize})`, async () => {
      const m = await migration({ files, mappings });
      const report = await m.run({ sample: 1, chunkSize });
      expect(report.sample).toBe(1);
      expect(buckets(report)).toEqual({
        user: { read: 2, inserted: 2 },
        account: { read: 6, inserted: 3, filtered: 3 },
        contact: { read: 5, inserted: 2, filtered: 3 },
        deal: { read: 4, inserted: 1, filtered: 3 },
        task: { read: 4, inserted: 2, filtered: 2 },
      });
      expect((await m.sql(keys("account"))).flat()).toEqual(["A1", "A11", "A111"]);
      expect((await m.sql(keys("contact"))).flat()).toEqual(["C1", "C11"]);
      expect((await m.sql(keys("deal"))).flat()).toEqual(["D1"]);
      expect((await m.sql(keys("task"))).flat()).toEqual(["T1", "T3"]);
      expect(await m.sql(dangling)).toEqual([[0]]);
      expect(report.totals.rejected).toBe(0);
      expect(report.totals.warnings).toBe(0);
      await runAgain(m, { sample: 1, chunkSize });
      // the whole load afterwards adds the rest
      expect(buckets(await m.run({ chunkSize }))).toEqual({
        user: { read: 2, unchanged: 2 },
        account: { read: 6, inserted: 3, unchanged: 3 },
        contact: { read: 5, inserted: 3, unchanged: 2 },
        deal: { read: 4, inserted: 3, unchanged: 1 },
        task: { read: 4, inserted: 2, unchanged: 2 },
      });
    });
  }

  test("rejects what is wrong rather than leaving it out", async () => {
    const m = await migration({
      files: { ...files, "contacts.csv": "Id,Name,Account\nC1,a,A1\nC9,z,NOWHERE\n" },
      mappings: {
        account: mappings.account.replace(", owner_id: Owner, primary_contact_id: Primary", ""),
        contact: mappings.contact,
      },
    });
    // an account that is not loaded may be one that was left out
    expect(buckets(await m.run({ sample: 3 }))).toEqual({
      account: { read: 6, inserted: 6 },
      contact: { read: 2, inserted: 1, filtered: 1 },
    });
  });
});

test("--only loads some objects; their references find what earlier runs loaded", async () => {
  const m = await migration({ files, mappings });
  const first = await m.run({ only: ["user", "account"] });
  expect(first.only).toEqual(["user", "account"]);
  expect(buckets(first)).toEqual({ user: { read: 2, inserted: 2 }, account: { read: 6, inserted: 6 } });
  expect((await m.warnings()).map(({ key, field }) => [key, field])).toEqual([
    ["A1", "primary_contact_id"],
    ["A2", "primary_contact_id"],
    ["A3", "primary_contact_id"],
  ]);
  expect(buckets(await m.run({ only: ["contact"] }))).toEqual({ contact: { read: 5, inserted: 5 } });
  expect(buckets(await m.run({ only: ["account"] }))).toEqual({ account: { read: 6, updated: 3, unchanged: 3 } });
  await runAgain(m, { only: ["account"] });
  await expect(m.run({ only: ["acount"] })).rejects.toMatchObject({ code: "ONLY_UNKNOWN", exitCode: 2 });
  await expect(m.run({ only: ["deal", "task"] })).resolves.toMatchObject({ totals: { read: 8, inserted: 8 } });
});

test("--only without what it refers to rejects, and says so", async () => {
  const m = await migration({ files, mappings });
  expect(buckets(await m.run({ only: ["contact"] }))).toEqual({ contact: { read: 5, inserted: 1, rejected: 4 } });
  expect((await m.rejects()).every(({ code, field }) => code === "LOOKUP_MISSING" && field === "account_id")).toBe(
    true,
  );
});

test("scope.objects leaves objects out of plan and run", async () => {
  const m = await migration({ files, mappings, config: "scope: { objects: [user, account] }\n" });
  const plan = await m.plan();
  expect(plan.stages.map((stage) => stage.object)).toEqual(["user", "account"]);
  expect(plan.scope).toContain("only user, account");
  expect(buckets(await m.run())).toEqual({ user: { read: 2, inserted: 2 }, account: { read: 6, inserted: 6 } });
});
