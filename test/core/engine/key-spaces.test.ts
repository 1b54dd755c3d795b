/** Keys that look alike are alike: no-break and double spaces are matched, and counted. */
import { expect, test } from "vitest";
import { hasOddSpaces, keyText } from "../../../core/key-text.ts";
import { buckets, migration, references } from "./kit.ts";

test("what looks like one space is one", () => {
  expect(["Acme Corp", " Acme\u00a0 Corp\u00a0", "Acme\t\nCorp", "a\u3000b", "ab", "Müller & Co"].map(keyText)).toEqual(
    ["Acme Corp", "Acme Corp", "Acme Corp", "a b", "ab", "Müller & Co"],
  );
  expect(["a b", "a  b", "a\u00a0b", "ü b"].map(hasOddSpaces)).toEqual([false, true, true, false]);
});

test("references find their records, each is told, a second run changes nothing, and spot checks find them", async () => {
  const m = await migration({
    files: {
      "accounts.csv": "Name,Size,Top\nAcme\u00a0Corp,1,\nBolt Ltd,2,Acme Corp\nCog  Inc,3,Acme  Corp\nAcme Corp,4,\n",
      "deals.csv": "Id,Name,Account\n1,x,Acme Corp\n2,y,Bolt\u00a0 Ltd\n3,z,Cog Inc\n4,w,Cog  Inc\n",
    },
    mappings: {
      account:
        "object: account\nsource: accounts.csv\nkey: Name\nfields: { name: Name, size: Size, parent_id: { from: Top, lookup: account } }\n",
      deal: "object: deal\nsource: deals.csv\nkey: Id\nfields: { name: Name, account_id: { from: Account, lookup: account } }\n",
    },
  });
  const report = await m.run();
  expect(buckets(report)).toEqual({ account: { read: 4, inserted: 3, rejected: 1 }, deal: { read: 4, inserted: 4 } });
  expect(references(report)).toEqual({
    "account.parent_id": { expected: 2, resolved: 2 },
    "deal.account_id": { expected: 4, resolved: 4 },
  });
  expect(await m.sql("select external_id, name from crm.account order by 1")).toEqual([
    ["Acme Corp", "Acme\u00a0Corp"],
    ["Bolt Ltd", "Bolt Ltd"],
    ["Cog Inc", "Cog  Inc"],
  ]);
  expect((await m.warnings()).map(({ object, key, code, field }) => [object, key, code, field])).toEqual([
    ["account", "Acme Corp", "KEY_SPACES", null],
    ["account", "Cog Inc", "KEY_SPACES", "parent_id"],
    ["account", "Cog Inc", "KEY_SPACES", null],
    ["deal", "2", "KEY_SPACES", "account_id"],
    ["deal", "4", "KEY_SPACES", "account_id"],
  ]);
  expect((await m.rejects()).map(({ key, code }) => [key, code])).toEqual([["Acme Corp", "DUPLICATE_KEY"]]);
  const proof = await m.prove(10);
  expect(proof.spotChecks.map(({ ok }) => ok)).toEqual(proof.spotChecks.map(() => true));
  expect(proof.spotChecks.length).toBeGreaterThan(6);
  expect(buckets(await m.run())).toEqual({
    account: { read: 4, unchanged: 3, rejected: 1 },
    deal: { read: 4, unchanged: 4 },
  });
});
