/** Links to old records inside texts are rewritten in the target: proven, kept by deltas, undone by a rollback. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { openSession, type RewriteOptions, rewriteLinks } from "../../../core/engine/index.ts";
import { testContext } from "../../helpers/context.ts";
import { type Migration, migration } from "./kit.ts";
import { dump, rollback } from "./undo-kit.ts";

const ACCOUNTS = `Id,Name,About
001Ec00000FzlUdIAJ,Acme,Parent of https://old.example/001Ec00000FzlUd and https://old.example/nobody
001Ec00000FzlUeIAJ,Beta,none
`;
const CONTACTS = `Id,Name,Phone
C1,Ann,"https://old.example/001Ec00000FzlUdIAJ, then https://old.example/C2"
C2,Bob,https://elsewhere.example/C1
C3,Cid,https://old.example/C1
`;

async function loaded(config = "") {
  const m = await migration({
    files: { "accounts.csv": ACCOUNTS, "contacts.csv": CONTACTS },
    mappings: {
      account: "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name, industry: About }",
      contact: "object: contact\nsource: contacts.csv\nkey: Id\nfields: { name: Name, phone: Phone }",
    },
    config,
  });
  await m.run();
  return m;
}

async function rewrite(m: Migration, options: Partial<RewriteOptions> = {}) {
  const session = await openSession(join(m.folder, "migration.yaml"), {
    registry: createRegistry(m.folder),
    context: testContext(),
  });
  try {
    return await rewriteLinks(session, {
      fields: null,
      templates: { link: "https://new.example/{object}/{id}", plain: null },
      hosts: ["old.example"],
      dryRun: false,
      ...options,
    });
  } finally {
    await session.close();
  }
}

const texts = (m: Migration) =>
  m
    .sql("select industry from crm.account union all select phone from crm.contact order by 1")
    .then((rows) => rows.flat());
const ids = async (m: Migration) =>
  Object.fromEntries(
    (await m.sql(
      "select external_id, id::text from crm.account union all select external_id, id::text from crm.contact",
    )) as [string, string][],
  );
const verdict = async (m: Migration) => {
  const { objects, ok } = await m.prove(5);
  return [ok, objects.flatMap(({ problems }) => problems)];
};

describe("migrate ids rewrite", () => {
  it("rewrites links, tells those that stay, and the proof explains it", async () => {
    const m = await loaded();
    const report = await rewrite(m);
    const id = await ids(m);
    expect(report).toMatchObject({
      kind: "rewrite",
      status: "completed",
      clean: true,
      totals: { updated: 3 },
      fields: [
        { object: "account", field: "industry", rows: 1, links: 1, left: 1 },
        { object: "contact", field: "phone", rows: 2, links: 3, left: 0 },
      ],
    });
    expect(await texts(m)).toEqual(
      [
        `Parent of https://new.example/account/${id["001Ec00000FzlUdIAJ"]} and https://old.example/nobody`,
        "none",
        `https://new.example/account/${id["001Ec00000FzlUdIAJ"]}, then https://new.example/contact/${id.C2}`,
        "https://elsewhere.example/C1",
        `https://new.example/contact/${id.C1}`,
      ].sort(),
    );
    const file = await readFile(join(m.folder, "runs", report.run, "links.csv"), "utf8");
    expect(file).toContain("https://old.example/nobody,no loaded record has such an id");
    expect(await verdict(m)).toEqual([true, []]);
    // again: nothing is left to do
    expect((await rewrite(m)).fields).toEqual([{ object: "account", field: "industry", rows: 0, links: 0, left: 1 }]);
  });

  it("a dry run, and a rollback, leave all as it was", async () => {
    const m = await loaded();
    const before = await dump(m);
    expect((await rewrite(m, { dryRun: true })).fields).toHaveLength(2);
    expect(await dump(m)).toEqual(before);
    const report = await rewrite(m);
    expect(await dump(m)).not.toEqual(before);
    await rollback(m, report.run);
    expect(await dump(m)).toEqual(before);
    expect(await verdict(m)).toEqual([true, []]);
  });

  it("only chosen texts; a field that is no text, a template without id, and no host are refused", async () => {
    const m = await loaded();
    expect((await rewrite(m, { fields: ["contact.phone"] })).fields.map(({ field }) => field)).toEqual(["phone"]);
    await expect(rewrite(m, { fields: ["contact.nothing"] })).rejects.toMatchObject({ code: "LINKS_FIELD" });
    await expect(rewrite(m, { templates: { link: "https://x", plain: null } })).rejects.toMatchObject({
      code: "LINKS_TEMPLATE",
    });
    await expect(rewrite(m, { hosts: [] })).rejects.toMatchObject({ code: "LINKS_HOST" });
  });

  it("deltas keep what was rewritten until the source changes the text; then the source's takes its place, and is no conflict", async () => {
    const m = await loaded("conflicts: review\n");
    await rewrite(m);
    const id = await ids(m);
    // a record of which another field changes keeps its links
    await m.data("contacts.csv", CONTACTS.replace("C3,Cid,", "C3,Cyd,").replace("then https", "now https"));
    const delta = await m.run({ delta: true });
    expect(delta.totals).toMatchObject({ updated: 2 });
    expect(await m.sql("select external_id, name, phone from crm.contact order by 1")).toEqual([
      ["C1", "Ann", "https://old.example/001Ec00000FzlUdIAJ, now https://old.example/C2"],
      ["C2", "Bob", "https://elsewhere.example/C1"],
      ["C3", "Cyd", `https://new.example/contact/${id.C1}`],
    ]);
    expect(await m.sql("select count(*)::int from migrate.conflict")).toEqual([[0]]);
    expect(await verdict(m)).toEqual([true, []]);
    await rewrite(m);
    expect(await m.sql("select phone from crm.contact where external_id = 'C1'")).toEqual([
      [`https://new.example/account/${id["001Ec00000FzlUdIAJ"]}, now https://new.example/contact/${id.C2}`],
    ]);
    expect(await verdict(m)).toEqual([true, []]);
  });

  it("a whole load puts the source's texts back, as it does with all edits", async () => {
    const m = await loaded();
    const before = await texts(m);
    await rewrite(m);
    await m.run();
    expect(await texts(m)).toEqual(before);
    expect(await verdict(m)).toEqual([true, []]);
    expect((await rewrite(m)).totals.updated).toBe(3);
    expect(await verdict(m)).toEqual([true, []]);
  });

  it("tables without external ids, too", async () => {
    const m = await migration({
      model: "introspect",
      sql: `create schema crm;
        create table crm.company (id uuid primary key default gen_random_uuid(), name text not null, about varchar(60))`,
      files: { "companies.csv": "Id,Name,About\nK1,Acme,https://old.example/K2\nK2,Beta,https://old.example/K1\n" },
      mappings: {
        company: "object: company\nsource: companies.csv\nkey: Id\nfields: { name: Name, about: About }",
      },
    });
    await m.run();
    const report = await rewrite(m, { templates: { link: "https://new/{id}", plain: null } });
    expect(report.totals.updated).toBe(2);
    expect(
      await m.sql(
        "select about = 'https://new/' || (select x.id from crm.company x where x.name = 'Beta') from crm.company where name = 'Acme'",
      ),
    ).toEqual([[true]]);
    expect(await verdict(m)).toEqual([true, []]);
    await rollback(m, report.run);
    expect(await m.sql("select about from crm.company order by name")).toEqual([
      ["https://old.example/K2"],
      ["https://old.example/K1"],
    ]);
    expect(await verdict(m)).toEqual([true, []]);
  });

  it("a text that does not fit the column leaves everything as it was, and says where", async () => {
    const m = await migration({
      model: "introspect",
      sql: "create schema crm; create table crm.company (id integer generated always as identity primary key, name text not null, about varchar(24))",
      files: { "companies.csv": "Id,Name,About\nK1,Acme,https://old.example/K2\nK2,Beta,\n" },
      mappings: {
        company: "object: company\nsource: companies.csv\nkey: Id\nfields: { name: Name, about: About }",
      },
    });
    await m.run();
    const before = await dump(m);
    await expect(rewrite(m)).rejects.toMatchObject({
      code: "LINKS_REFUSED",
      message: "company.about: the target refused a rewritten text: value too long for type character varying(24)",
    });
    expect(await dump(m)).toEqual(before);
  });

  it("what users have edited meanwhile stays an edit", async () => {
    const m = await loaded("conflicts: review\n");
    await m.sql("update crm.contact set phone = phone || ' (edited)' where external_id = 'C3'");
    await rewrite(m);
    await m.data("contacts.csv", CONTACTS.replace("C3,Cid,https", "C3,Cid,see https"));
    await m.run({ delta: true });
    expect(await m.sql("select key, field from migrate.conflict")).toEqual([["C3", "phone"]]);
  });
});
