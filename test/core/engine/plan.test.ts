import { expect, test } from "vitest";
import { StoppedError } from "../../../core/errors.ts";
import { buckets, migration } from "./kit.ts";

const deal = (more = "") =>
  `object: account\nsource: accounts.csv\nkey: Id\nfilter: "Deleted != true"\nfields:\n  name: Name\n  owner_id: Owner\n  industry: { from: Ind, picklist: { values: { Law: legal, Tech: it }, unmapped: stop } }\n${more}`;
const files = {
  "accounts.csv":
    "Id,Name,Owner,Ind,Deleted,Extra\nA1,a,ann@x.com,Law,,x\nA2,b,nobody@x.com,Farming,,y\nA3,c,ghost,farming,,\nA4,d,,Mining,true,\nA5,e,nobody@x.com,TECH,,\nA6,f,,Fishing,,\n",
  "users.csv": "Id,Name,Mail\nU1,Ann,ann@x.com\n",
};
const user = "object: user\nsource: users.csv\nkey: Id\nfields: { name: Name, email: Mail }\n";

test("values and owners that nothing maps stop the plan, all of them, with counts", async () => {
  const m = await migration({ untouched: true, files, mappings: { user, account: deal() } });
  const error = await m.plan().then(
    () => null,
    (thrown: { problems: { code: string; message: string }[]; exitCode: number }) => thrown,
  );
  expect(error?.exitCode).toBe(2);
  expect(error?.problems.map(({ code, message }) => [code, message])).toEqual([
    [
      "VALUE_UNMAPPED",
      'account.industry: 3 values without a target value: "farming" (1 record), "Farming" (1 record), "Fishing" (1 record)',
    ],
    [
      "OWNER_UNMATCHED",
      "2 owners without a target user: nobody@x.com (2 records), ghost (1 record); no owners.yaml was read",
    ],
  ]);
  await expect(m.run()).rejects.toMatchObject({ code: "VALUE_UNMAPPED" });
  expect(await m.sql("select nspname from pg_namespace where nspname in ('crm', 'migrate')")).toEqual([]);
});

test("counts, what the filter leaves out, columns that nothing uses, coverage", async () => {
  const m = await migration({
    untouched: true,
    files,
    mappings: { user, account: deal().replace("unmapped: stop", "unmapped: keep") },
    owners: "match: email\nunmatched: null\n",
  });
  const plan = await m.plan();
  expect(
    plan.stages.map(
      ({ object, source, mode, count, filtered, filter, unmapped, fields, selfReferences, deferred }) => ({
        object,
        source,
        mode,
        count,
        filtered,
        filter,
        unmapped,
        fields,
        selfReferences,
        deferred,
      }),
    ),
  ).toEqual([
    {
      object: "user",
      source: "users.csv",
      mode: "upsert",
      count: 1,
      filtered: 0,
      filter: null,
      unmapped: [],
      fields: 2,
      selfReferences: [],
      deferred: [],
    },
    {
      object: "account",
      source: "accounts.csv",
      mode: "upsert",
      count: 6,
      filtered: 1,
      filter: "Deleted != true",
      unmapped: ["Extra"],
      fields: 3,
      selfReferences: [],
      deferred: [],
    },
  ]);
  expect(plan.picklists[0]?.values).toEqual([
    { value: "farming", count: 1, target: "farming", how: "kept" },
    { value: "Farming", count: 1, target: "Farming", how: "kept" },
    { value: "Fishing", count: 1, target: "Fishing", how: "kept" },
    { value: "Law", count: 1, target: "legal", how: "mapped" },
    { value: "TECH", count: 1, target: "it", how: "mapped" },
  ]);
  expect(plan.owners).toEqual([
    { owner: "nobody@x.com", count: 2, target: null, how: "null" },
    { owner: "ann@x.com", count: 1, target: "Ann", how: "email" },
    { owner: "ghost", count: 1, target: null, how: "null" },
  ]);
  expect(plan.tables.create).toEqual(["user", "account", "contact", "deal", "task", "association"]);
  expect(await m.sql("select nspname from pg_namespace where nspname in ('crm', 'migrate')")).toEqual([]);
  expect(buckets(await m.run())).toEqual({
    user: { read: 1, inserted: 1 },
    account: { read: 6, inserted: 5, filtered: 1 },
  });
});

test("a run refuses when the source, a mapping, the owners or the options are not as planned", async () => {
  const m = await migration({
    untouched: true,
    files,
    mappings: { user, account: deal().replace("unmapped: stop", "unmapped: keep") },
    owners: "match: email\nunmatched: null\n",
  });
  const plan = await m.plan();
  const drift = async (): Promise<string> => {
    const error = await m.run({ plan }).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(StoppedError);
    expect(error).toMatchObject({ code: "PLAN_DRIFT", exitCode: 4 });
    return (error as Error).message;
  };
  await m.data(
    "accounts.csv",
    files["accounts.csv"]
      .replace("Extra", "Other")
      .replace("Ind,", "Ind,New,")
      .replaceAll(/(Law|arming|Mining|TECH|Fishing),/g, "$1,,"),
  );
  expect(await drift()).toBe(
    "what was planned is no longer so:\n  - source accounts.csv: columns gone: Extra\n  - source accounts.csv: new columns: New, Other",
  );
  await m.data("accounts.csv", files["accounts.csv"]);
  await m.mapping("account", deal("  domain: Extra\n").replace("unmapped: stop", "unmapped: keep"));
  expect(await drift()).toBe("what was planned is no longer so:\n  - mapping account<accounts.csv: changed");
  await m.mapping("account", deal().replace("unmapped: stop", "unmapped: keep"));
  await m.owners("match: name\nunmatched: null\n");
  expect(await drift()).toBe("what was planned is no longer so:\n  - owners: changed");
  await m.owners("match: email\nunmatched: null\n");
  await m.mapping("contact", "object: contact\nsource: users.csv\nkey: Id\nfields: { name: Name }\n");
  expect(await drift()).toBe("what was planned is no longer so:\n  - mapping contact<users.csv: new since the plan");
  expect(await m.sql("select nspname from pg_namespace where nspname in ('crm', 'migrate')")).toEqual([]);
});

test("other rows than planned are no drift", async () => {
  const m = await migration({ files: { "users.csv": files["users.csv"] }, mappings: { user } });
  const plan = await m.plan();
  await m.data("users.csv", `${files["users.csv"]}U2,Bob,bob@x.com\n`);
  expect(buckets(await m.run({ plan }))).toEqual({ user: { read: 2, inserted: 2 } });
});
