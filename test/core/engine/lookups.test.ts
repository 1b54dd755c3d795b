import { describe, expect, test } from "vitest";
import { buckets, migration, references, runAgain } from "./kit.ts";

const account = "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name, domain: Domain }\n";
const ACCOUNTS = "Id,Name,Domain\n1,Acme,acme.com\n2,Beta,beta.com\n3,Acme,acme.org\n4,Gamma,Beta.COM\n";
const contact = (fields: string, more = "") =>
  `object: contact\nsource: contacts.csv\nkey: Id\n${more}fields:\n  name: Name\n  ${fields}\n`;
const ROWS = `select c.external_id, a.external_id, b.external_id, e.external_id from crm.contact c
  left join crm.account a on a.id = c.account_id left join crm.account b on b.id = c.billing_id
  left join crm.account e on e.id = c.employer_id order by c.external_id`;

describe("missing", () => {
  const files = { "accounts.csv": ACCOUNTS, "contacts.csv": "Id,Name,A\nC1,Ann,1\nC2,Bob,9\nC3,Carl,\n" };

  test("reject: the record is rejected, with field, value and its row", async () => {
    const m = await migration({ files, mappings: { account, contact: contact("account_id: A") } });
    const report = await m.run();
    expect(buckets(report)).toMatchObject({ contact: { read: 3, inserted: 2, rejected: 1 } });
    expect(references(report)).toEqual({ "contact.account_id": { expected: 1, resolved: 1 } });
    expect(await m.rejects()).toEqual([
      { object: "contact", key: "C2", code: "LOOKUP_MISSING", field: "account_id", value: "9" },
    ]);
    expect(await m.sql("select line, columns, cells from migrate.reject")).toEqual([
      ["3", ["Id", "Name", "A"], ["C2", "Bob", "9"]],
    ]);
    // the account turns up: the reject is loaded
    await m.data("accounts.csv", `${ACCOUNTS}9,Nine,nine.com\n`);
    expect(buckets(await m.run())).toMatchObject({ contact: { read: 3, inserted: 1, unchanged: 2 } });
    await runAgain(m);
  });

  test("null: the field is empty, with a warning, until the record is there", async () => {
    const m = await migration({
      files,
      mappings: { account, contact: contact("account_id: { from: A, missing: null }") },
    });
    const report = await m.run();
    expect(buckets(report)).toMatchObject({ contact: { read: 3, inserted: 3 } });
    expect(references(report)).toEqual({ "contact.account_id": { expected: 2, resolved: 1, unresolved: 1 } });
    expect(await m.warnings()).toEqual([
      { object: "contact", key: "C2", code: "LOOKUP_MISSING", field: "account_id", value: "9" },
    ]);
    // looked at again, told again
    expect((await runAgain(m)).totals.warnings).toBe(1);
    await m.data("accounts.csv", `${ACCOUNTS}9,Nine,nine.com\n`);
    expect(buckets(await m.run())).toMatchObject({ contact: { read: 3, updated: 1, unchanged: 2 } });
    expect((await m.sql(ROWS)).map((row) => row[1])).toEqual(["1", "9", null]);
    expect((await runAgain(m)).totals.warnings).toBe(0);
  });

  test("defer: the record is loaded, the field is looked up at the end", async () => {
    const m = await migration({
      files,
      mappings: { account, contact: contact("account_id: { from: A, missing: defer }") },
    });
    const report = await m.run();
    expect(buckets(report)).toMatchObject({ contact: { read: 3, inserted: 3 } });
    expect(references(report)).toEqual({ "contact.account_id": { expected: 2, resolved: 1, unresolved: 1 } });
    expect((await runAgain(m)).totals.warnings).toBe(1);
  });
});

test("three lookups to one object keep apart", async () => {
  const m = await migration({
    files: {
      "accounts.csv": ACCOUNTS,
      "contacts.csv": "Id,Name,A,B,E\nC1,Ann,1,2,3\nC2,Bob,3,,1\nC3,Carl,,4,\nC4,Dora,9,1,1\n",
    },
    mappings: {
      account,
      contact: contact(
        "account_id: A\n  billing_id: { from: B, lookup: account }\n  employer_id: { from: E, lookup: account, missing: null }",
      ),
    },
  });
  expect(references(await m.run())).toEqual({
    "contact.account_id": { expected: 2, resolved: 2 },
    "contact.billing_id": { expected: 2, resolved: 2 },
    "contact.employer_id": { expected: 2, resolved: 2 },
  });
  expect(await m.sql(ROWS)).toEqual([
    ["C1", "1", "2", "3"],
    ["C2", "3", null, "1"],
    ["C3", null, "4", null],
  ]);
  expect((await m.rejects()).map(({ key, field }) => [key, field])).toEqual([["C4", "account_id"]]);
  await runAgain(m);
});

describe("by another field", () => {
  test("finds one record, rejects none and several", async () => {
    const m = await migration({
      files: {
        "accounts.csv": ACCOUNTS,
        "contacts.csv": "Id,Name,A\nC1,Ann,Gamma\nC2,Bob,Acme\nC3,Carl,Zeta\nC4,Dora, GAMMA\n",
      },
      mappings: { account, contact: contact("account_id: { from: A, lookup: account, by: name }") },
    });
    expect(buckets(await m.run())).toMatchObject({ contact: { read: 4, inserted: 2, rejected: 2 } });
    // names are compared without case
    expect(await m.sql(ROWS)).toEqual([
      ["C1", "4", null, null],
      ["C4", "4", null, null],
    ]);
    expect((await m.rejects()).map(({ key, code, field, value }) => [key, code, field, value])).toEqual([
      ["C2", "LOOKUP_AMBIGUOUS", "account_id", "Acme"],
      ["C3", "LOOKUP_MISSING", "account_id", "Zeta"],
    ]);
    expect((await m.reasons())[0]).toContain("account by name");
    await runAgain(m);
  });

  test("e-mails and domains ignore case; a record that was there before counts", async () => {
    const m = await migration({
      files: {
        "accounts.csv": "Id,Name,Domain\n1,Acme,Acme.com\n",
        "contacts.csv": "Id,Name,A\nC1,Ann,ACME.COM\nC2,Bob,old.com\n",
      },
      mappings: { account, contact: contact("account_id: { from: A, lookup: account, by: domain, missing: null }") },
    });
    await m.run();
    expect((await m.warnings()).map(({ key, code }) => [key, code])).toEqual([["C2", "LOOKUP_MISSING"]]);
    await m.sql("insert into crm.account (name, domain) values ('Old', 'OLD.com')");
    expect(buckets(await m.run())).toMatchObject({ contact: { read: 2, updated: 1, unchanged: 1 } });
    expect(
      await m.sql("select a.name from crm.contact c join crm.account a on a.id = c.account_id order by c.id"),
    ).toEqual([["Acme"], ["Old"]]);
    await runAgain(m);
  });
});

describe("several objects", () => {
  const deal = "object: deal\nsource: deals.csv\nkey: Id\nfields: { name: Name }\n";
  const files = {
    "accounts.csv": ACCOUNTS,
    // ids that repeat over the objects: only the object tells them apart
    "contacts.csv": "Id,Name,A\n1,Ann,2\n2,Bob,1\nC3,Carl,3\n",
    "deals.csv": "Id,Name\nD1,One\n2,Two\n",
  };

  test("ids may repeat over objects", async () => {
    const m = await migration({
      files: { ...files, "deals.csv": "Id,Name,A,C\n1,One,1,2\n2,Two,2,1\n" },
      mappings: {
        account,
        contact: contact("account_id: A"),
        deal: "object: deal\nsource: deals.csv\nkey: Id\nfields: { name: Name, account_id: A, contact_id: C }\n",
      },
    });
    await m.run();
    expect(
      await m.sql(
        "select d.name, a.name, c.name from crm.deal d join crm.account a on a.id = d.account_id join crm.contact c on c.id = d.contact_id order by d.id",
      ),
    ).toEqual([
      ["One", "Acme", "Bob"],
      ["Two", "Beta", "Ann"],
    ]);
    await runAgain(m);
  });

  test("a polymorphic lookup takes the object's name along; what several have is ambiguous", async () => {
    const m = await migration({
      files: { ...files, "tasks.csv": "Id,Subject,What\nT1,a,3\nT2,b,C3\nT3,c,D1\nT4,d,1\nT5,e,9\nT6,f,\n" },
      mappings: {
        account,
        contact: contact("account_id: A"),
        deal,
        task: "object: task\nsource: tasks.csv\nkey: Id\nfields:\n  subject: Subject\n  about_id: { from: What, lookup: [account, contact, deal], typeInto: about_type }\n",
      },
    });
    const report = await m.run();
    expect(buckets(report)).toMatchObject({ task: { read: 6, inserted: 4, rejected: 2 } });
    expect(references(report)["task.about_id"]).toEqual({ expected: 3, resolved: 3 });
    expect(
      await m.sql(
        `select t.external_id, t.about_type, coalesce(a.external_id, c.external_id, d.external_id) from crm.task t
         left join crm.account a on t.about_type = 'account' and a.id = t.about_id
         left join crm.contact c on t.about_type = 'contact' and c.id = t.about_id
         left join crm.deal d on t.about_type = 'deal' and d.id = t.about_id order by 1`,
      ),
    ).toEqual([
      ["T1", "account", "3"],
      ["T2", "contact", "C3"],
      ["T3", "deal", "D1"],
      ["T6", null, null],
    ]);
    expect((await m.rejects()).map(({ key, code }) => [key, code])).toEqual([
      ["T4", "LOOKUP_AMBIGUOUS"],
      ["T5", "LOOKUP_MISSING"],
    ]);
    await runAgain(m);
    await m.data("tasks.csv", "Id,Subject,What\nT1,a,C3\nT2,b,C3\nT3,c,D1\nT6,f,3\n");
    expect(buckets(await m.run())).toMatchObject({ task: { read: 4, updated: 2, unchanged: 2 } });
    expect(await m.sql("select about_type from crm.task order by external_id")).toEqual([
      ["contact"],
      ["contact"],
      ["deal"],
      ["account"],
    ]);
  });
});

test("an object of two mappings with different key spaces: ids are found in both, in both at once they are ambiguous", async () => {
  const m = await migration({
    files: {
      "companies.csv": "Id,Name\n1,Acme\n2,Beta\n",
      "households.csv": "Id,Name\n1,Miller\n3,Smith\n",
      "contacts.csv": "Id,Name,A\nC1,Ann,2\nC2,Bob,3\nC3,Carl,1\n",
    },
    mappings: {
      company: "object: account\nsource: companies.csv\nkey: Id\nkeyspace: org\nfields: { name: Name }\n",
      household: "object: account\nsource: households.csv\nkey: Id\nkeyspace: home\nfields: { name: Name }\n",
      contact: contact("account_id: A"),
    },
  });
  expect(buckets(await m.run())).toEqual({
    account: { read: 2, inserted: 2 },
    "account<households.csv": { read: 2, inserted: 2 },
    contact: { read: 3, inserted: 2, rejected: 1 },
  });
  expect(await m.sql("select external_source, external_id, name from crm.account order by id")).toEqual([
    ["test/org", "1", "Acme"],
    ["test/org", "2", "Beta"],
    ["test/home", "1", "Miller"],
    ["test/home", "3", "Smith"],
  ]);
  expect(
    await m.sql("select c.external_id, a.name from crm.contact c join crm.account a on a.id = c.account_id order by 1"),
  ).toEqual([
    ["C1", "Beta"],
    ["C2", "Smith"],
  ]);
  expect((await m.rejects()).map(({ key, code }) => [key, code])).toEqual([["C3", "LOOKUP_AMBIGUOUS"]]);
  await runAgain(m);
});

describe("owners", () => {
  const user = "object: user\nsource: users.csv\nkey: Id\nfields: { name: Name, email: Mail, is_active: Active }\n";
  const owned = "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name, owner_id: Owner }\n";
  const users = "Id,Name,Mail,Active\nU1,Ann A,ann@x.com,true\nU2,Bob B,bob@x.com,false\nU3,Carl C,carl@x.com,true\n";
  const accounts = "Id,Name,Owner\nA1,One,U1\nA2,Two,BOB@x.com\nA3,Three,gone@x.com\nA4,Four,\n";
  const OWNED =
    "select a.external_id, u.email, u.is_active from crm.account a left join crm.user u on u.id = a.owner_id order by 1";
  const given = (owners: string) => ({
    files: { "users.csv": users, "accounts.csv": accounts },
    mappings: { user, account: owned },
    owners,
  });

  test("by source id, e-mail and map; unmatched reject", async () => {
    const m = await migration(given("match: email\nunmatched: reject\n"));
    expect(buckets(await m.run())).toMatchObject({ account: { read: 4, inserted: 3, rejected: 1 } });
    expect(await m.sql(OWNED)).toEqual([
      ["A1", "ann@x.com", true],
      ["A2", "bob@x.com", false],
      ["A4", null, null],
    ]);
    expect((await m.rejects()).map(({ key, code, field, value }) => [key, code, field, value])).toEqual([
      ["A3", "OWNER_UNMATCHED", "owner_id", "gone@x.com"],
    ]);
    // a mapped owner is a change of the record
    await m.owners("match: email\nunmatched: reject\nmap: { gone@x.com: carl@x.com, U1: carl@x.com }\n");
    expect(buckets(await m.run())).toMatchObject({ account: { read: 4, inserted: 1, updated: 1, unchanged: 2 } });
    expect((await m.sql(OWNED)).map((row) => row[1])).toEqual(["carl@x.com", "bob@x.com", "carl@x.com", null]);
    await runAgain(m);
  });

  test("unmatched null, and a fallback", async () => {
    const m = await migration(given("match: email\nunmatched: null\n"));
    await m.run();
    expect((await m.sql(OWNED))[2]).toEqual(["A3", null, null]);
    expect((await m.warnings()).map(({ key, code }) => [key, code])).toEqual([["A3", "OWNER_UNMATCHED"]]);
    await m.owners("match: email\nunmatched: carl@x.com\n");
    expect(buckets(await m.run())).toMatchObject({ account: { read: 4, updated: 1, unchanged: 3 } });
    expect((await m.sql(OWNED))[2]).toEqual(["A3", "carl@x.com", true]);
  });

  test("invite: the user is created, inactive, once", async () => {
    const m = await migration({
      ...given("match: email\nunmatched: invite\n"),
      files: { "users.csv": users, "accounts.csv": `${accounts}A5,Five,Gone@x.com\nA6,Six,Queue of all\n` },
    });
    const report = await m.run({ chunkSize: 1 });
    expect(report.invited).toEqual(["gone@x.com", "Queue of all"]);
    expect(
      await m.sql("select external_source, email, name, is_active from crm.user order by external_source, email"),
    ).toEqual([
      ["test", "ann@x.com", "Ann A", true],
      ["test", "bob@x.com", "Bob B", false],
      ["test", "carl@x.com", "Carl C", true],
      ["test/invited", "gone@x.com", "gone@x.com", false],
      ["test/invited", null, "Queue of all", false],
    ]);
    expect(
      (
        await m.sql(
          "select a.external_id, u.name from crm.account a left join crm.user u on u.id = a.owner_id order by 1",
        )
      ).map(String),
    ).toEqual(["A1,Ann A", "A2,Bob B", "A3,gone@x.com", "A4,", "A5,gone@x.com", "A6,Queue of all"]);
    expect((await runAgain(m)).invited).toEqual([]);
  });

  test("inactive owners are replaced where owners.yaml says so; names match names", async () => {
    const m = await migration({
      ...given("match: name\nunmatched: reject\ninactive: ann@x.com\n"),
      files: { "users.csv": users, "accounts.csv": "Id,Name,Owner\nA1,One,carl c\nA2,Two,Bob B\nA3,Three,U2\n" },
    });
    await m.run();
    expect((await m.sql(OWNED)).map((row) => row[1])).toEqual(["carl@x.com", "ann@x.com", "ann@x.com"]);
    await runAgain(m);
  });
});

test("what a chunk refers to is looked up, not all that the target holds", async () => {
  const many = Array.from({ length: 400 }, (_, at) => `${at},Account ${at},\n`).join("");
  const m = await migration({
    files: {
      "accounts.csv": `Id,Name,Domain\n${many}`,
      "contacts.csv": "Id,Name,A\nC1,Ann,7\n",
      "tasks.csv": "Id,What\n",
    },
    mappings: {
      account,
      contact: contact("account_id: A"),
      task: "object: task\nsource: tasks.csv\nkey: Id\nfields:\n  about_id: { from: What, lookup: [account, contact], typeInto: about_type }\n",
    },
  });
  await m.run();
  // the merging session's own tables, as a trigger of the target sees them
  await m.sql(`create table public.seen (tables int8, entries int8);
    create function public.look() returns trigger language plpgsql as $$
    declare name text; n int8; tables int8 := 0; entries int8 := 0;
    begin
      for name in select oid::regclass::text from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r' and relname like 'migrate\\_lookup\\_%'
      loop execute 'select count(*) from ' || name into n; tables := tables + 1; entries := entries + n; end loop;
      insert into public.seen values (tables, entries);
      return null;
    end $$;
    create trigger look after insert on crm.task for each statement execute function public.look()`);
  await m.data("tasks.csv", "Id,What\nT1,7\nT2,C1\nT3,7\nT4,399\nT5,\n");
  const report = await m.run();
  expect(buckets(report)).toMatchObject({ task: { read: 5, inserted: 5 } });
  expect(references(report)["task.about_id"]).toEqual({ expected: 4, resolved: 4 });
  expect(await m.sql("select * from public.seen")).toEqual([["1", "3"]]);
});
