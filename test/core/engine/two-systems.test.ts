/** Two systems into one target: what is the same in both ends as one row that both systems' ids lead to. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { compileStage } from "../../../core/engine/compile-stage.ts";
import { openSession, type RunOptions, runMigration } from "../../../core/engine/index.ts";
import type { RunReport } from "../../../core/engine/types.ts";
import { reconcile } from "../../../core/proof/reconcile.ts";
import type { Reconciliation } from "../../../core/proof/types.ts";
import { testContext } from "../../helpers/context.ts";
import { buckets, type Migration, migration, text } from "./kit.ts";

const FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sales: {
    "contacts.csv": "Id,Name,Mail,Phone\n003A,Ann,ann@acme.com,1\n003B,Bob,bob@b.com,\n003C,Cid,,3\n",
    "deals.csv": "Id,Name,Contact\n006A,Big,003A\n006B,Small,003B\n",
  },
  hub: {
    "contacts.csv": "Id,Name,Mail,Phone\n101,Ann M,ANN@acme.com,\n102,Bob M,bob@b.com,22\n103,Dan,dan@d.com,4\n",
    "deals.csv": "Id,Name,Contact\n901,Hub one,101\n902,Hub two,103\n903,Hub three,102\n",
  },
};
const mappings = (overwrite: string) => ({
  "contact.yaml": `
    object: contact
    source: contacts.csv
    key: Id
    match: [external_id, email]
    fields: { name: { from: Name, overwrite: ${overwrite} }, email: { from: Mail, overwrite: ${overwrite} }, phone: { from: Phone, overwrite: ${overwrite} } }`,
  "deal.yaml": "object: deal\nsource: deals.csv\nkey: Id\nfields: { name: Name, contact_id: Contact }\n",
});

interface Systems {
  readonly m: Migration;
  run(name: string, options?: RunOptions): Promise<RunReport>;
  data(name: string, file: string, content: string): Promise<void>;
  proven(name: string): Promise<void>;
  proof(name: string): Promise<Reconciliation>;
}

/** Migrations `sales` and `hub` into one schema; `overwrite` of each. */
async function systems(overwrite: Readonly<Record<string, string>>): Promise<Systems> {
  const m = await migration({ files: { "none.csv": "Id\n" }, mappings: {} });
  const config = await import("node:fs/promises").then(({ readFile }) =>
    readFile(join(m.folder, "migration.yaml"), "utf8"),
  );
  const at = (name: string, path = "") => join(m.folder, name, path);
  for (const [name, files] of Object.entries(FILES)) {
    await mkdir(at(name, "data"), { recursive: true });
    await mkdir(at(name, "mappings"), { recursive: true });
    await writeFile(
      at(name, "migration.yaml"),
      config.replace("name: test", `name: ${name}`).replace("./model.yaml", "../model.yaml"),
    );
    for (const [file, content] of Object.entries(files)) await writeFile(at(name, `data/${file}`), content);
    for (const [file, content] of Object.entries(mappings(overwrite[name]!)))
      await writeFile(at(name, `mappings/${file}`), text(content));
  }
  const open = (name: string) =>
    openSession(at(name, "migration.yaml"), { registry: createRegistry(at(name)), context: testContext() });
  const proof = async (name: string): Promise<Reconciliation> => {
    const session = await open(name);
    try {
      const compile = (mapping: Parameters<typeof compileStage>[1]) =>
        compileStage(session, mapping, { resolve: () => null });
      return await reconcile(session, { run: null, spotChecks: 10, compile });
    } finally {
      await session.close();
    }
  };
  return {
    m,
    data: (name, file, content) => writeFile(at(name, `data/${file}`), content),
    async run(name, options = {}) {
      const session = await open(name);
      try {
        return await runMigration(session, options, () => undefined);
      } finally {
        await session.close();
      }
    },
    async proven(name) {
      const found = await proof(name);
      expect(found.objects.flatMap(({ problems }) => problems)).toEqual([]);
      expect(found.spotChecks.flatMap(({ fields }) => fields.filter(({ ok }) => !ok))).toEqual([]);
    },
    proof,
  };
}

const IDS = `select external_source, external_id, (select lower(email) from crm.contact c where c.id = m.target_id::bigint)
  from migrate.id_map m where object = 'contact' order by 1, 2`;
const DEALS =
  "select d.external_id, lower(c.email) from crm.deal d left join crm.contact c on c.id = d.contact_id order by 1";
const CONTACTS = "select lower(email), name, phone from crm.contact order by 1 nulls last";

describe.each([
  ["sales", "hub"],
  ["hub", "sales"],
])("%s first, then %s", (first, second) => {
  test("contacts of one e-mail are one row, that both ids lead to", async () => {
    const { m, run, proven } = await systems({ sales: "if-empty", hub: "if-empty" });
    expect(buckets(await run(first))).toEqual({
      contact: { read: 3, inserted: 3 },
      deal: { read: first === "hub" ? 3 : 2, inserted: first === "hub" ? 3 : 2 },
    });
    const report = await run(second);
    expect(buckets(report).contact).toEqual({ read: 3, inserted: 1, updated: 1, unchanged: 1 });
    expect(await m.sql("select count(*)::int from crm.contact")).toEqual([[4]]);
    // both ids of both people, whoever came first
    expect(await m.sql(IDS)).toEqual([
      ["hub", "101", "ann@acme.com"],
      ["hub", "102", "bob@b.com"],
      ["sales", "003A", "ann@acme.com"],
      ["sales", "003B", "bob@b.com"],
    ]);
    expect(await m.sql(DEALS)).toEqual([
      ["006A", "ann@acme.com"],
      ["006B", "bob@b.com"],
      ["901", "ann@acme.com"],
      ["902", "dan@d.com"],
      ["903", "bob@b.com"],
    ]);
    // the first keeps its names; what it left empty, the second filled
    const names = first === "sales" ? ["Ann", "Bob"] : ["Ann M", "Bob M"];
    expect(await m.sql(CONTACTS)).toEqual([
      ["ann@acme.com", names[0], "1"],
      ["bob@b.com", names[1], "22"],
      ["dan@d.com", "Dan", "4"],
      [null, "Cid", "3"],
    ]);
    for (const name of [first, second]) await proven(name);
    // later runs of either change nothing
    const before = await m.versions();
    for (const name of [first, second, first]) {
      expect((await run(name)).totals).toMatchObject({ inserted: 0, updated: 0, merged: 0, rejected: 0 });
    }
    expect(await m.versions()).toEqual(before);
  });

  test("a system finds its record by its id when the e-mail has changed, and children that come later", async () => {
    const { m, run, data } = await systems({ sales: "always", hub: "if-empty" });
    await run(first);
    await run(second);
    await data(
      "hub",
      "contacts.csv",
      "Id,Name,Mail,Phone\n101,Ann M,new@acme.com,\n102,Bob M,bob@b.com,22\n103,Dan,dan@d.com,4\n",
    );
    await data("hub", "deals.csv", `${FILES.hub!["deals.csv"]}904,Hub four,101\n`);
    await data(
      "sales",
      "contacts.csv",
      "Id,Name,Mail,Phone\n003A,Anna,ann@acme.com,1\n003B,Bob,bob@b.com,\n003C,Cid,,3\n",
    );
    await data("sales", "deals.csv", `${FILES.sales!["deals.csv"]}006C,More,003A\n`);
    expect(buckets(await run("hub")).deal).toMatchObject({ inserted: 1 });
    expect(buckets(await run("sales"))).toMatchObject({ deal: { inserted: 1 } });
    expect(await m.sql("select count(*)::int from crm.contact")).toEqual([[4]]);
    expect((await m.sql(CONTACTS))[0]).toEqual(["ann@acme.com", "Anna", "1"]);
    expect(await m.sql(`${DEALS.replace("order by", "where d.external_id in ('904', '006C') order by")}`)).toEqual([
      ["006C", "ann@acme.com"],
      ["904", "ann@acme.com"],
    ]);
  });
});

describe("fields that both always overwrite", () => {
  const both = { sales: "always", hub: "always" };
  const names = async (m: Migration) =>
    (await m.sql("select name from crm.contact where email is not null order by lower(email)")).flat();
  const quiet = { inserted: 0, updated: 0, merged: 0, rejected: 0 };

  test("whoever changed last at its source has written last; runs without a change write nothing", async () => {
    const { m, run, data } = await systems(both);
    await run("sales");
    expect(buckets(await run("hub")).contact).toEqual({ read: 3, inserted: 1, updated: 2 });
    expect(await names(m)).toEqual(["Ann M", "Bob M", "Dan"]);
    const before = await m.versions();
    for (const name of ["sales", "hub", "sales"]) expect((await run(name)).totals).toMatchObject(quiet);
    expect(await m.versions()).toEqual(before);

    await data("sales", "contacts.csv", FILES.sales!["contacts.csv"]!.replace("Bob,", "Robert,"));
    expect(buckets(await run("sales")).contact).toEqual({ read: 3, updated: 1, unchanged: 2 });
    expect(await names(m)).toEqual(["Ann M", "Robert", "Dan"]);
    const after = await m.versions();
    for (const name of ["hub", "sales"]) expect((await run(name)).totals).toMatchObject(quiet);
    expect(await m.versions()).toEqual(after);
  });

  test("a proof tells what the other system wrote later from what nobody did", async () => {
    const { m, run, proven, proof } = await systems(both);
    await run("sales");
    await run("hub");
    for (const name of ["sales", "hub"]) await proven(name);
    const { notes, spotChecks } = await proof("sales");
    expect(notes).toEqual([
      "contact<contacts.csv: 2 records are one row each with a record of another source: their amounts are left out of the sums, and what the other source wrote later is not held against them.",
    ]);
    const skipped = spotChecks.flatMap(({ key, fields }) =>
      fields.flatMap(({ field, skipped: why }) => (why === null ? [] : [[key, field, why]])),
    );
    const why = "the row is a record of hub, too, which was written later";
    expect(skipped.sort()).toEqual([
      ["003A", "email", why],
      ["003A", "name", why],
      ["003B", "name", why],
      ["003B", "phone", why],
    ]);
    await m.sql("update crm.contact set name = 'edited' where lower(email) = 'bob@b.com'");
    for (const [name, key] of [
      ["sales", "003B"],
      ["hub", "102"],
    ] as const) {
      const wrong = (await proof(name)).spotChecks.filter(({ ok }) => !ok);
      expect([name, ...wrong.map((spot) => spot.key)]).toEqual([name, key]);
    }
  });

  test("an edit by hand is undone by the next run of either, also where the other has written since", async () => {
    const { m, run, data } = await systems(both);
    await run("sales");
    await run("hub");
    await m.sql("update crm.contact set phone = 'edited' where lower(email) = 'ann@acme.com'");
    // hub writes Ann's name over the edited row: its blank phone leaves the edit
    await data("hub", "contacts.csv", FILES.hub!["contacts.csv"]!.replace("Ann M", "Ann N"));
    expect(buckets(await run("hub")).contact).toEqual({ read: 3, updated: 1, unchanged: 2 });
    expect((await m.sql(CONTACTS))[0]).toEqual(["ann@acme.com", "Ann N", "edited"]);
    // sales knows that the row is not what it was
    expect(buckets(await run("sales")).contact).toEqual({ read: 3, updated: 1, unchanged: 2 });
    expect((await m.sql(CONTACTS))[0]).toEqual(["ann@acme.com", "Ann", "1"]);
    for (const name of ["hub", "sales"]) expect((await run(name)).totals).toMatchObject(quiet);
  });
});
