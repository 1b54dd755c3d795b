import { afterAll, beforeAll, describe, expect, it } from "vitest";
import postgres, { introspectSchema } from "../../../connectors/postgres/index.ts";
import { loadModel } from "../../../core/model/load.ts";
import type { ModelField, TargetModel } from "../../../core/schema.ts";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

describe("the shipped model's tables", () => {
  it("come back as they were made", async () => {
    const { query } = db.database;
    const made = await loadModel("hotcrm", "crm");
    const changes = await postgres.planTables(query, made);
    for (const statement of changes.statements) await query(statement);
    for (const key of changes.foreignKeys) await query(key.add);
    const read = await postgres.introspect(query, "crm");
    expect(read.managed).toBe(false);
    const essence = (model: TargetModel) =>
      [...model.objects.values()]
        .map((object) => ({
          ...object,
          label: "",
          requireAny: [],
          identity: undefined,
          fields: [...object.fields.values()].map(({ name, columnType, lookup, typeField, unique }) => ({
            ...{ name, columnType, unique, typeField },
            lookup: lookup === null ? null : [...lookup].sort(),
          })),
        }))
        .sort((a, b) => a.name.localeCompare(b.name));
    expect(essence(read)).toEqual(essence(made));
    expect(await postgres.planTables(query, read)).toEqual({ create: [], extend: [], statements: [], foreignKeys: [] });
  });
});

describe("tables made by others", () => {
  let model: TargetModel;
  let skipped: ReadonlyMap<string, string>;
  beforeAll(async () => {
    await db.database.pool.query(`
      create schema app;
      create type app.level as enum ('low', 'veryHigh');
      create domain app.mail as varchar(120);
      create table app.crm_account (
        id uuid primary key default gen_random_uuid(),
        name varchar(80) not null,
        level app.level not null default 'low',
        levels app.level[],
        revenue numeric(12,2),
        name_lower text generated always as (lower(name)) stored,
        parent uuid references app.crm_account,
        custom jsonb,
        external_id text, external_source text,
        created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
        unique (external_source, external_id)
      );
      comment on table app.crm_account is 'Firms';
      comment on column app.crm_account.name is 'Trading name';
      create table app.sys_user (id integer generated always as identity primary key, mail app.mail unique, code char(3) not null);
      create table app.contact (
        key text primary key,
        account_id uuid not null references app.crm_account,
        owner_id integer references app.sys_user,
        born date, seen timestamp, wait interval, at time, flag boolean, n smallint, tags text[], x double precision
      );
      create unique index on app.contact (born) where flag;
      create table app.link (a uuid references app.crm_account, b text references app.contact, primary key (a, b));
      create table app.log (line text);
      create table app.link_note (id serial primary key, log_line text, account uuid, foreign key (account) references app.crm_account);
      create view app.v as select 1 as id;
      create table app.part (id bigint primary key) partition by range (id);
      create table app.part_1 partition of app.part for values from (1) to (10);
    `);
    ({ model, skipped } = await introspectSchema(db.database.query, "app"));
  });

  const field = (object: string, name: string): ModelField | undefined => model.objects.get(object)!.fields.get(name);

  it("are objects of the same name, after those they refer to", () => {
    expect(model.order).toEqual(["crm_account", "link_note", "part", "sys_user", "contact"]);
    expect([...skipped]).toEqual([
      ["link", "it has a primary key of 2 columns (a, b); expected one column"],
      ["log", "it has no primary key; expected one column"],
    ]);
  });

  it("tell how ids are made", () => {
    const ids = Object.fromEntries(
      [...model.objects.values()].map((object) => [
        object.name,
        [object.idColumn, object.idType, object.idDefault, object.idAlways],
      ]),
    );
    expect(ids).toEqual({
      crm_account: ["id", "uuid", "gen_random_uuid()", false],
      link_note: ["id", "integer", "nextval('app.link_note_id_seq'::regclass)", false],
      part: ["id", "bigint", null, false],
      sys_user: ["id", "integer", `nextval((select pg_get_serial_sequence('"app"."sys_user"', 'id')::regclass))`, true],
      contact: ["key", "text", null, false],
    });
    expect(field("contact", "key")).toMatchObject({ required: true, unique: true, columnType: "text" });
    expect(field("crm_account", "id")).toBeUndefined();
  });

  it("tell types, lengths, options and what is required", () => {
    expect([...model.objects.get("crm_account")!.fields.keys()]).toEqual(
      "name level levels revenue parent created_at updated_at".split(" "),
    );
    expect(field("crm_account", "name")).toEqual({
      name: "name",
      label: "Name",
      type: "text",
      required: true,
      unique: false,
      maxLength: 80,
      options: null,
      lookup: null,
      typeField: null,
      currencyField: null,
      columnType: "character varying(80)",
      column: "name",
      description: "Trading name",
    });
    const options = [
      { value: "low", label: "Low" },
      { value: "veryHigh", label: "Very High" },
    ];
    expect(field("crm_account", "level")).toMatchObject({
      type: "picklist",
      options,
      columnType: "app.level",
      required: false,
    });
    expect(field("crm_account", "levels")).toMatchObject({ type: "multipicklist", options, columnType: "app.level[]" });
    expect(field("crm_account", "revenue")).toMatchObject({ type: "decimal", columnType: "numeric(12,2)" });
    expect(field("sys_user", "mail")).toMatchObject({
      type: "text",
      maxLength: 120,
      columnType: "app.mail",
      unique: true,
    });
    expect(field("sys_user", "code")).toMatchObject({ maxLength: 3, required: true });
    const types = [...model.objects.get("contact")!.fields.values()].map((each) => `${each.name} ${each.type}`);
    expect(types).toEqual([
      ...["key text", "account_id reference", "owner_id owner", "born date", "seen datetime", "wait duration"],
      ...["at text", "flag boolean", "n integer", "tags multipicklist", "x decimal"],
    ]);
    expect(field("contact", "born")!.unique).toBe(false);
  });

  it("tell references and the columns that keep the source's identity", () => {
    expect(field("crm_account", "parent")!.lookup).toEqual(["crm_account"]);
    expect(field("contact", "account_id")).toMatchObject({
      lookup: ["crm_account"],
      required: true,
      columnType: "uuid",
    });
    expect(model.objects.get("crm_account")).toMatchObject({
      hasExternalId: true,
      hasCustom: true,
      hasTimestamps: true,
    });
    expect(model.objects.get("contact")).toMatchObject({
      hasExternalId: false,
      hasCustom: false,
      hasTimestamps: false,
    });
  });

  it("may have odd names, domains and cycles", async () => {
    const { query, pool } = db.database;
    await pool.query(`
      create schema odd;
      create domain odd.given as text not null;
      create domain odd.five as integer default 5;
      create table odd."Odd ""name" ("Key Col" int generated by default as identity primary key, a odd.given,
        b odd.five not null, c text, "weird.col" int references odd."Odd ""name");
      create unique index on odd."Odd ""name" (lower(c));
      create table odd.p1 (id int primary key);
      create table odd.p2 (id int primary key, p1 int not null references odd.p1);
      alter table odd.p1 add p2 int references odd.p2;
    `);
    const read = await postgres.introspect(query, "odd");
    expect(read.order).toEqual(['Odd "name', "p1", "p2"]);
    const object = read.objects.get('Odd "name')!;
    expect(
      [...object.fields.values()].map((each) => [each.name, each.type, each.required, each.unique, each.lookup]),
    ).toEqual([
      ["a", "text", true, false, null],
      ["b", "integer", false, false, null],
      ["c", "text", false, false, null],
      ["weird.col", "reference", false, false, ['Odd "name']],
    ]);
    expect((await query(`select ${object.idDefault}::int as id`)).rows).toEqual([{ id: 1 }]);
  });

  it("are refused when there are none", async () => {
    const { query } = db.database;
    await expect(postgres.introspect(query, "nope")).rejects.toMatchObject({ code: "TARGET_SCHEMA_MISSING" });
    await query("create schema empty");
    await expect(postgres.introspect(query, "empty")).rejects.toMatchObject({ code: "TARGET_SCHEMA_EMPTY" });
  });
});
