import { afterAll, beforeAll, describe, expect, it } from "vitest";
import postgres from "../../../connectors/postgres/index.ts";
import type { TableChanges } from "../../../core/connector.ts";
import { ConfigError } from "../../../core/errors.ts";
import { loadModel } from "../../../core/model/load.ts";
import { parseModel } from "../../../core/model/parse.ts";
import type { TargetModel } from "../../../core/schema.ts";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const plan = (model: TargetModel) => postgres.planTables(db.database.query, model);
const rows = async (sql: string) => (await db.database.query(sql)).rows;

async function apply(changes: TableChanges): Promise<void> {
  for (const statement of changes.statements) await db.database.query(statement);
  for (const key of changes.foreignKeys) if (key.missing) await db.database.query(key.add);
}

async function failure(work: Promise<unknown>): Promise<ConfigError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ConfigError) return error;
  throw error ?? new Error("expected a ConfigError");
}

const small = (schema: string, fields: string) =>
  parseModel("m.yaml", `objects: { account: { fields: { ${fields} } } }`, schema);

describe("the shipped model", () => {
  let model: TargetModel;
  beforeAll(async () => {
    model = await loadModel("hotcrm", "crm");
    const changes = await plan(model);
    expect(changes.create).toEqual([...model.objects.keys()]);
    expect(changes.extend).toEqual([]);
    expect(changes.foreignKeys.every((key) => key.missing)).toBe(true);
    await apply(changes);
  });

  it("needs nothing the second time", async () => {
    const again = await plan(model);
    expect({ ...again, foreignKeys: again.foreignKeys.filter((key) => key.missing) }).toEqual({
      create: [],
      extend: [],
      statements: [],
      foreignKeys: [],
    });
  });

  it("makes every reference a validated foreign key", async () => {
    const [found] = await rows(
      "select count(*)::int as keys, bool_and(convalidated) as validated from pg_constraint where contype = 'f'",
    );
    const wanted = [...model.objects.values()]
      .flatMap((object) => [...object.fields.values()])
      .reduce((sum, field) => sum + (field.lookup?.length ?? 0), 0);
    expect(found).toEqual({ keys: wanted, validated: true });
  });

  it("drops and adds foreign keys with the statements it lists", async () => {
    const { foreignKeys } = await plan(model);
    const key = foreignKeys.find((each) => each.name === "contact_account_id_fkey")!;
    expect(key).toEqual({
      object: "contact",
      name: "contact_account_id_fkey",
      add: 'ALTER TABLE "crm"."contact" ADD CONSTRAINT "contact_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "crm"."account" ("id")',
      drop: 'ALTER TABLE "crm"."contact" DROP CONSTRAINT "contact_account_id_fkey"',
      missing: false,
    });
    await db.database.query(key.drop);
    const missing = async () => (await plan(model)).foreignKeys.filter((each) => each.missing).map((each) => each.name);
    expect(await missing()).toEqual(["contact_account_id_fkey"]);
    await db.database.query(key.add);
    expect(await missing()).toEqual([]);
  });

  it("refuses references that lead nowhere, polymorphic ones too", async () => {
    const { query } = db.database;
    const [account] = await rows(`insert into crm.account (name) values ('Acme') returning id`);
    const id = account!.id;
    await query("insert into crm.task (subject, related_type, related_id) values ('ok', 'account', $1)", [id]);
    const dangling = query("insert into crm.task (subject, related_type, related_id) values ('x', 'account', 99999)");
    await expect(dangling).rejects.toMatchObject({ code: "23503", constraint: "task_related_id__account_fkey" });
    const wrongType = query("insert into crm.task (subject, related_type, related_id) values ('x', 'lead', $1)", [id]);
    await expect(wrongType).rejects.toMatchObject({ code: "23503", constraint: "task_related_id__lead_fkey" });
    const plain = query("insert into crm.contact (last_name, account_id) values ('x', 99999)");
    await expect(plain).rejects.toMatchObject({ code: "23503", constraint: "contact_account_id_fkey" });
    await expect(query("delete from crm.account where id = $1", [id])).rejects.toMatchObject({ code: "23503" });
  });

  it("keeps external ids unique per source, and links without one by what they join", async () => {
    const { query } = db.database;
    const insert = (id: string, source: string) =>
      query("insert into crm.product (name, external_id, external_source) values ('p', $1, $2)", [id, source]);
    await insert("1", "a");
    await insert("1", "b");
    await expect(insert("1", "a")).rejects.toMatchObject({ code: "23505", constraint: "product_external_id_key" });
    const [{ id }] = (await rows("select min(id) as id from crm.product")) as [{ id: string }];
    const link = (label: string | null, externalId: string | null) =>
      query(
        `insert into crm.association (from_object, from_id, to_object, to_id, label, external_id, external_source)
         values ('product', $1, 'product', $1, $2, $3, 's')`,
        [id, label, externalId],
      );
    await link(null, null);
    await link("Role", null);
    await link("Role", "x1");
    await link("Role", "x2");
    await expect(link("", null)).rejects.toMatchObject({ code: "23505", constraint: "association_identity_key" });
    await expect(link("Role", null)).rejects.toMatchObject({ code: "23505" });
  });

  it("makes ids by the model's expression", async () => {
    const account = model.objects.get("account")!;
    const made = (await rows(`select ${account.idDefault} as id from generate_series(1, 2)`)).map((row) =>
      Number(row.id),
    );
    expect(made[1]! - made[0]!).toBe(1);
  });
});

describe("tables that exist", () => {
  it("extends them and leaves other columns alone", async () => {
    await apply(await plan(small("ext", "name: text, parent_id: { type: reference, lookup: account }")));
    const { query } = db.database;
    await query(`alter table ext.account add column "Own Column" integer default 7`);
    await query(`alter table ext.account drop constraint account_parent_id_fkey`);
    await query(
      `alter table ext.account add constraint mine foreign key (parent_id) references ext.account on delete cascade`,
    );
    await query(`insert into ext.account (name) values ('kept')`);
    const model = small(
      "ext",
      "name: text, parent_id: { type: reference, lookup: account }, phone: { type: phone, index: true }, code: { type: text, unique: true }",
    );
    const changes = await plan(model);
    expect(changes).toEqual({
      create: [],
      extend: ["account.phone", "account.code"],
      statements: [
        'ALTER TABLE "ext"."account" ADD COLUMN "phone" text',
        'ALTER TABLE "ext"."account" ADD COLUMN "code" text',
        'CREATE UNIQUE INDEX "account_code_key" ON "ext"."account" ("code")',
        'CREATE INDEX "account_phone_idx" ON "ext"."account" ("phone")',
      ],
      foreignKeys: [
        {
          object: "account",
          name: "mine",
          add: 'ALTER TABLE "ext"."account" ADD CONSTRAINT "mine" FOREIGN KEY ("parent_id") REFERENCES "ext"."account" ("id") ON DELETE CASCADE',
          drop: 'ALTER TABLE "ext"."account" DROP CONSTRAINT "mine"',
          missing: false,
        },
      ],
    });
    await apply(changes);
    expect((await plan(model)).statements).toEqual([]);
    expect(await rows(`select name, "Own Column", phone from ext.account`)).toEqual([
      { name: "kept", "Own Column": 7, phone: null },
    ]);
  });

  it("gives tables that lack them the columns of the source's identity", async () => {
    await db.database.query("create schema old");
    await db.database.query("create table old.account (id bigserial primary key, name varchar)");
    const model = small("old", "name: text");
    const changes = await plan(model);
    expect(changes.extend).toEqual(
      ["external_source", "external_id", "created_at", "updated_at", "custom"].map((name) => `account.${name}`),
    );
    await apply(changes);
    expect((await plan(model)).statements).toEqual([]);
  });

  it("reports every column that cannot hold the model at once", async () => {
    const { query } = db.database;
    await query("create schema bad");
    await query(`create table bad.account (id integer primary key, name varchar(80), short varchar(20), amount numeric(10,2),
      due timestamp, made text generated always as ('x') stored, extra text not null, fine text not null default '')`);
    await query("create view bad.contact as select 1 as id");
    const model = parseModel(
      "m.yaml",
      `objects:
  account: { fields: { name: { type: text, maxLength: 80 }, short: { type: text, maxLength: 80 }, amount: currency, due: datetime, made: text } }
  contact: { fields: { name: text } }`,
      "bad",
    );
    const error = await failure(plan(model));
    expect(error.problems.map((problem) => `${problem.code} ${problem.message}`)).toEqual([
      "TARGET_COLUMN_TYPE bad.account.id: expected bigint, found integer",
      "TARGET_COLUMN_TYPE bad.account.short: expected text, found character varying(20)",
      "TARGET_COLUMN_TYPE bad.account.amount: expected numeric, found numeric(10,2)",
      "TARGET_COLUMN_TYPE bad.account.due: expected timestamp with time zone, found timestamp without time zone",
      "TARGET_COLUMN_TYPE bad.account.made: expected a column that can be written, found a generated one",
      "TARGET_COLUMN_REQUIRED bad.account.extra: expected a column that may be empty or has a default, because the model does not know it, found text not null",
      "TARGET_TABLE_KIND bad.contact: expected a table, found a view",
    ]);
  });
});

describe("names", () => {
  it("shortens long ones, the same way each time, and stays distinct", async () => {
    const [a, b] = ["a", "b"].map((end) => `${"long_".repeat(11)}field_${end}`);
    const model = small(
      "lng",
      `${a}: { type: reference, lookup: account }, ${b}: { type: reference, lookup: account }`,
    );
    const changes = await plan(model);
    const names = changes.foreignKeys.map((key) => key.name);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(Buffer.byteLength(name)).toBe(63);
    await apply(changes);
    const again = await plan(model);
    expect(again.statements).toEqual([]);
    expect(again.foreignKeys.map((key) => [key.name, key.missing])).toEqual(names.map((name) => [name, false]));
  });

  it("quotes schema and table", async () => {
    const changes = await plan(small('we"ird; schema', "name: text"));
    await apply(changes);
    expect(changes.statements[0]).toBe('CREATE SCHEMA "we""ird; schema"');
    expect((await plan(small('we"ird; schema', "name: text"))).statements).toEqual([]);
  });
});
