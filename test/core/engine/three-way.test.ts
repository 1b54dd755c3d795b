import { describe, expect, test } from "vitest";
import { buckets, migration } from "./kit.ts";

const MODEL = `version: 1
name: own
order: [account, contact, task]
objects:
  account:
    fields: { name: text, industry: text, parent_id: { type: reference, lookup: account }, main_id: { type: reference, lookup: contact } }
  contact:
    fields:
      name: text
      email: email
      phone: text
      city: text
      note: text
      amount: decimal
      size: integer
      active: boolean
      born: date
      seen: datetime
      tags: multipicklist
      account_id: { type: reference, lookup: account }
  task:
    fields:
      subject: text
      about_type: text
      about_id: { type: reference, lookup: [account, contact], typeField: about_type }
`;
const CONTACT = `object: contact
source: contacts.csv
key: Id
fields:
  name: Name
  email: Email
  phone: { from: Phone, conflicts: target }
  city: { from: City, conflicts: source }
  note: { from: Note, overwrite: if-empty }
  amount: Amount
  size: Size
  active: Active
  born: Born
  seen: Seen
  tags: { from: Tags, blank: clear }
  account_id: { from: Account, lookup: account, missing: "null" }
  custom.score: { from: Score, type: integer }
  custom.mood: { from: Mood }
`;
const HEAD = "Id,Name,Email,Phone,City,Note,Amount,Size,Active,Born,Seen,Tags,Account,Score,Mood";
const row = (id: string, change: Record<string, string> = {}) => {
  const plain: Record<string, string> = {
    Id: id,
    Name: `Name ${id}`,
    Email: `${id.toLowerCase()}@x.com`,
    Phone: "1",
    City: "Berlin",
    Note: "",
    Amount: "10.50",
    Size: "5",
    Active: "true",
    Born: "2000-01-02",
    Seen: "2024-01-02T03:04:05Z",
    Tags: "a;b",
    Account: "A1",
    Score: "7",
    Mood: "good",
  };
  return HEAD.split(",")
    .map((name) => change[name] ?? plain[name])
    .join(",");
};
const file = (...rows: string[]) => [HEAD, ...rows].join("\n");
const ACCOUNTS = "Id,Name,Industry\nA1,Acme,Tools\nA2,Beta,Food";
const given = {
  model: MODEL,
  files: { "accounts.csv": ACCOUNTS, "contacts.csv": file(row("C1"), row("C2"), row("C3"), row("C4")) },
  mappings: {
    account: "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name, industry: Industry }",
    contact: CONTACT,
  },
};
const EDITED = `update crm.contact set name = 'edited', email = 'edited@x.com', phone = '2', city = 'Bonn', note = 'mine', amount = 11, size = 6,
  active = false, born = '2001-01-01', seen = '2025-01-01T00:00:00Z', tags = '{c}', account_id = (select id from crm.account where external_id = 'A2'),
  custom = custom || '{"score": 8, "own": 1}' where external_id = $1`;
const SHOWN = `select c.name, c.email, c.phone, c.city, c.note, c.amount::text, c.size, c.active, c.born::text, to_char(c.seen at time zone 'UTC', 'YYYY-MM-DD'),
  array_to_string(c.tags, ';'), a.external_id, c.custom->>'score', c.custom->>'mood', c.custom->>'own'
  from crm.contact c left join crm.account a on a.id = c.account_id where c.external_id = $1`;
const KEPT = `select e.field, e.reason from migrate.kept_edit e join crm.contact c on c.id::text = e.target_id and c.external_id = $1
  join migrate.origin o on o.id = e.origin_id and o.object = 'contact' order by 1`;
const CONFLICTS = `select k.key, k.field, k.policy, k.decision, k.source::text, k.target::text from migrate.conflict k
  where k.run_id = (select max(id) from migrate.run) order by k.key, k.field`;

describe("three-way merge", () => {
  test("edits of fields of every type stay where the source did not change them; what it changed alone is its own", async () => {
    const m = await migration(given);
    await m.run();
    await m.sql(EDITED, ["C1"]);
    await m.data(
      "contacts.csv",
      file(row("C1", { Mood: "bad" }), row("C2", { Name: "New", Amount: "12.00", Mood: "" }), row("C3"), row("C4")),
    );
    const report = await m.run({ delta: true });
    expect(buckets(report).contact).toEqual({ read: 4, updated: 2, unchanged: 2 });
    expect(report.objects.find(({ object }) => object === "contact")!.conflicts).toBe(0);
    expect(await m.sql(SHOWN, ["C1"])).toEqual([
      [
        "edited",
        "edited@x.com",
        "2",
        "Bonn",
        "mine",
        "11",
        "6",
        false,
        "2001-01-01",
        "2025-01-01",
        "c",
        "A2",
        "8",
        "bad",
        "1",
      ],
    ]);
    expect((await m.sql(SHOWN, ["C2"]))[0]!.slice(0, 6)).toEqual(["New", "c2@x.com", "1", "Berlin", null, "12.00"]);
    expect((await m.sql(KEPT, ["C1"])).map(([field, reason]) => `${field} ${reason}`)).toEqual(
      [
        "account_id",
        "active",
        "amount",
        "born",
        "city",
        "custom.score",
        "email",
        "name",
        "phone",
        "seen",
        "size",
        "tags",
      ].map((f) => `${f} edited`),
    );
    const proof = await m.prove(20);
    expect(proof.objects.map(({ object, ok, problems }) => [object, ok, problems])).toEqual([
      ["account", true, []],
      ["contact", true, []],
    ]);
    expect(proof.notes.filter((note) => note.includes("kept by decision"))).toEqual([
      expect.stringMatching(
        /^contact<contacts.csv: 12 values of 1 row edited in the target, kept by decision of run \S+-delta: C1 account_id, C1 active, /,
      ),
    ]);
    // an edit that no run has seen
    await m.sql("update crm.contact set name = 'unseen' where external_id in ('C1', 'C3')");
    const unseen = await m.prove(0);
    expect(unseen.objects[1]!.problems.filter((text) => text.includes("was edited in the target since"))).toEqual([
      expect.stringMatching(/^C1 .*name is "unseen"/),
      expect.stringMatching(/^C3 .*name is "unseen"/),
    ]);
    await m.sql(
      "update crm.contact set name = case external_id when 'C1' then 'edited' else 'Name C3' end where external_id in ('C1', 'C3')",
    );
    // again: the same, and nothing is written
    const before = await m.versions();
    expect(buckets(await m.run({ delta: true })).contact).toEqual({ read: 4, unchanged: 4 });
    expect(await m.versions()).toEqual(before);
    // a full run takes the source for the truth, as ever, apart from fields that say how their edits count
    expect(buckets(await m.run()).contact).toEqual({ read: 4, updated: 1, unchanged: 3 });
    expect((await m.sql(SHOWN, ["C1"]))[0]!.slice(0, 5)).toEqual(["Name C1", "c1@x.com", "2", "Bonn", "mine"]);
    expect((await m.sql(KEPT, ["C1"])).map((each) => each.join(" "))).toEqual(["city edited", "phone edited"]);
    await m.mapping("contact", CONTACT.replaceAll(/, conflicts: \w+/g, ""));
    expect(buckets(await m.run()).contact).toEqual({ read: 4, updated: 1, unchanged: 3 });
    expect((await m.sql(SHOWN, ["C1"]))[0]!.slice(0, 5)).toEqual(["Name C1", "c1@x.com", "1", "Berlin", "mine"]);
    expect(await m.sql("select count(*)::int from migrate.kept_edit")).toEqual([[0]]);
  });

  test("both changed: by policy of the field, else of migration.yaml; to the same value: no conflict", async () => {
    const m = await migration(given);
    await m.run();
    await m.sql(EDITED, ["C1"]);
    await m.sql("update crm.contact set name = 'Same' where external_id = 'C2'");
    const changed = row("C1", {
      Name: "New",
      Email: "new@x.com",
      Phone: "3",
      City: "Köln",
      Note: "theirs",
      Amount: "12",
      Size: "7",
      Active: "",
      Born: "2002-02-02",
      Seen: "2026-01-01T00:00:00Z",
      Tags: "",
      Account: "",
      Score: "9",
      Mood: "good",
    });
    await m.data("contacts.csv", file(changed, row("C2", { Name: "Same" }), row("C3"), row("C4")));
    const report = await m.run({ delta: true });
    expect(buckets(report).contact).toEqual({ read: 4, updated: 1, unchanged: 3 });
    const shown = [
      "edited",
      "edited@x.com",
      "2",
      "Köln",
      "mine",
      "11",
      "6",
      false,
      "2001-01-01",
      "2025-01-01",
      "c",
      "A2",
      "8",
      "good",
      "1",
    ];
    expect(await m.sql(SHOWN, ["C1"])).toEqual([shown]);
    // blank cells say nothing, apart from tags
    const conflicts = await m.sql(CONFLICTS);
    expect(conflicts.map((each) => each.slice(0, 4).join(" "))).toEqual([
      "C1 amount review ",
      "C1 born review ",
      "C1 city source source",
      "C1 custom.score review ",
      "C1 email review ",
      "C1 name review ",
      "C1 phone target target",
      "C1 seen review ",
      "C1 size review ",
      "C1 tags review ",
    ]);
    expect(report.objects.find(({ object }) => object === "contact")!.conflicts).toBe(10);
    expect(conflicts.find((each) => each[1] === "custom.score")!.slice(4)).toEqual(['{"score": 9}', '{"score": 8}']);
    expect(conflicts.find((each) => each[1] === "tags")!.slice(4)).toEqual(['{"tags": null}', '{"tags": ["c"]}']);
    // what is open is told again by every run that meets it; what the target won is settled
    const again = await m.run({ delta: true });
    expect(buckets(again).contact).toEqual({ read: 4, unchanged: 4 });
    expect((await m.sql(CONFLICTS)).map((each) => each[1])).toEqual([
      "amount",
      "born",
      "custom.score",
      "email",
      "name",
      "seen",
      "size",
      "tags",
    ]);
    // the target changes back: the source alone has changed
    await m.sql("update crm.contact set name = 'Name C1', email = 'c1@x.com', amount = 10.5 where external_id = 'C1'");
    await m.run({ delta: true });
    expect((await m.sql(SHOWN, ["C1"]))[0]!.slice(0, 6)).toEqual(["New", "new@x.com", "2", "Köln", "mine", "12"]);
    expect((await m.sql(KEPT, ["C1"])).map((each) => each.join(" "))).toEqual([
      "born review",
      "custom.score review",
      "phone edited",
      "seen review",
      "size review",
      "tags review",
    ]);
  });

  test("newest goes by updated_at, and reviews where the target's time is ours", async () => {
    const m = await migration({
      ...given,
      config: "conflicts: newest\n",
      mappings: {
        ...given.mappings,
        account:
          "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name, industry: Industry, updated_at: Changed }",
        contact: `${CONTACT}conflicts: review\n`,
      },
      files: {
        ...given.files,
        "accounts.csv":
          "Id,Name,Industry,Changed\nA1,Acme,x,2024-01-01T00:00:00Z\nA2,Beta,x,2024-01-01T00:00:00Z\nA3,Co,x,2024-01-01T00:00:00Z",
      },
    });
    await m.run();
    await m.sql(
      "update crm.account set name = 'mine', updated_at = '2025-05-05T00:00:00Z' where external_id in ('A1', 'A2')",
    );
    await m.sql("update crm.account set name = 'mine' where external_id = 'A3'");
    await m.data(
      "accounts.csv",
      "Id,Name,Industry,Changed\nA1,theirs,y,2025-01-01T00:00:00Z\nA2,theirs,y,2025-06-01T00:00:00Z\nA3,theirs,y,2025-06-01T00:00:00Z",
    );
    await m.run({ delta: true });
    expect(
      await m.sql(
        "select external_id, name, industry, to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD') from crm.account order by 1",
      ),
    ).toEqual([
      ["A1", "mine", "y", "2025-05-05"],
      ["A2", "theirs", "y", "2025-06-01"],
      ["A3", "mine", "y", "2025-06-01"],
    ]);
    expect(await m.sql("select key, field, policy, decision from migrate.conflict order by key")).toEqual([
      ["A1", "name", "newest", "target"],
      ["A2", "name", "newest", "source"],
      ["A3", "name", "newest", null],
    ]);
  });

  test("rows that users deleted stay deleted, unless asked otherwise", async () => {
    const m = await migration({ ...given, config: "delta: { deleted: keep }\n" });
    await m.run();
    await m.sql("delete from crm.contact where external_id in ('C1', 'C2')");
    await m.data("contacts.csv", file(row("C1", { Name: "New" }), row("C2"), row("C3"), row("C4"), row("C5")));
    expect(buckets(await m.run({ delta: true })).contact).toEqual({ read: 5, inserted: 1, unchanged: 4 });
    expect((await m.warnings()).map(({ key, code }) => `${key} ${code}`)).toEqual([
      "C1 TARGET_DELETED",
      "C2 TARGET_DELETED",
    ]);
    expect(await m.sql("select external_id from crm.contact order by 1")).toEqual([["C3"], ["C4"], ["C5"]]);
    expect(await m.sql("select target_id, reason from migrate.kept_edit order by 1")).toEqual([
      ["C1", "deleted"],
      ["C2", "deleted"],
    ]);
    const proof = await m.prove(20);
    expect(proof.objects.map(({ object, ok, problems }) => [object, ok, problems])).toEqual([
      ["account", true, []],
      ["contact", true, []],
    ]);
    expect(proof.objects[1]!.references).toMatchObject([
      { field: "account_id", expected: 3, resolved: 3, unresolved: 0 },
    ]);
    expect(proof.spotChecks.map(({ key, ok }) => [key, ok])).toEqual(
      ["A1", "A2", "C3", "C4", "C5"].map((key) => [key, true]),
    );
    expect(proof.notes).toContain(
      "contact<contacts.csv: 2 records were deleted in the target and not inserted again, first C1.",
    );
    expect(buckets(await m.run({ delta: true })).contact).toEqual({ read: 5, unchanged: 5 });
  });
});
