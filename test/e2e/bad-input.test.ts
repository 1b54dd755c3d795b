/** Bad input: one clear message, the right exit code, and nothing half-written. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { asAdmin, createTestDatabase, type TestDatabase, urlWith } from "../helpers/database.ts";
import { type Ended, migrate, newFolder, readReport, rejectFiles, removeFolders, runNames } from "./kit.ts";
import { checksums, withClient } from "./target.ts";

let database: TestDatabase;
let dir = "";

const write = (file: string, text: string | Buffer): void => writeFileSync(join(dir, file), text);
const remove = (file: string): void => rmSync(join(dir, file), { recursive: true });
const edit = (file: string, change: (text: string) => string): void =>
  write(file, change(readFileSync(join(dir, file), "utf8")));

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
  removeFolders();
});

/** A migration of two small files that works. */
beforeEach(() => {
  dir = newFolder();
  mkdirSync(join(dir, "data"));
  mkdirSync(join(dir, "mappings"));
  write("data/companies.csv", "Id,Name,Kind,Parent,City\nA1,Acme,customer,,Praha\nA2,Blue,partner,A1,Brno\n");
  write("data/people.csv", "Id,First,Last,Company\nP1,Ada,One,A1\nP2,Bob,Two,A2\n");
  write(
    "migration.yaml",
    `version: 1
name: small
source: { connector: csv, files: ./data }
target: { connector: postgres, url: "\${DATABASE_URL}", schema: crm, model: hotcrm }
mappings: ./mappings
`,
  );
  write(
    "mappings/account.yaml",
    `object: account
source: companies
key: Id
fields:
  name: Name
  type: Kind
  parent_id: { from: Parent, lookup: account }
  billing_city: City
`,
  );
  write(
    "mappings/contact.yaml",
    `object: contact
source: people
key: Id
fields:
  first_name: First
  last_name: Last
  account_id: { from: Company, lookup: account }
`,
  );
});

const run = (args: readonly string[] = ["run"], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  migrate(dir, args, { DATABASE_URL: database.url, ...env });

/** What stands on stderr, without what differs from machine to machine. */
const message = ({ stderr }: Ended): string =>
  stderr
    .replaceAll(dir, "DIR")
    .replaceAll(database.name, "DATABASE")
    .replace(/postgres(ql)?:\/\/[^ )]*?@[^/ ]*\//g, "URL/")
    .trimEnd();

interface Case {
  readonly prepare?: () => void;
  readonly args?: readonly string[];
  readonly env?: () => Readonly<Record<string, string>>;
  readonly exit?: number;
  readonly says: string;
}

const UNMAPPED = `error VALUE_UNMAPPED mappings/account.yaml:6:3
  account.type: 2 values without a target value: "reseller" (2 records), "vendor" (1 record)
  Add them to the picklist's \`values:\` (see \`migrate map values account.type\`), or set \`unmapped: reject | null | keep | <a value>\`.`;
const unmapped = () => edit("data/companies.csv", (text) => `${text}A3,C,reseller,,\nA4,D,reseller,,\nA5,E,vendor,,\n`);

const CASES: Readonly<Record<string, Case>> = {
  "a file that is missing": {
    prepare: () => remove("data/people.csv"),
    says: `error MAPPING_UNKNOWN_SOURCE mappings/contact.yaml:2:9
  contact: unknown source object "people"; the source has: companies.csv`,
  },
  "a folder that is missing": {
    prepare: () => remove("data"),
    says: `error CSV_FILE_NOT_FOUND DIR/data
  ./data: no such file or folder (DIR/data)
  Correct \`files\`; relative paths start at the folder of migration.yaml.`,
  },
  "an empty file": {
    prepare: () => write("data/people.csv", ""),
    says: `error CSV_EMPTY DIR/data/people.csv, people.csv
  people.csv is empty: expected a line with column names
  Export it again, or leave it out of \`files\`.`,
  },
  "an unknown column in the mapping": {
    prepare: () => edit("mappings/contact.yaml", (text) => text.replace("First", "Frist")),
    says: `error MAPPING_UNKNOWN_COLUMN mappings/contact.yaml:5:3
  contact.first_name: unknown source field "Frist" in people.csv
  did you mean "First"?`,
  },
  "an unknown target field": {
    prepare: () => edit("mappings/contact.yaml", (text) => text.replace("first_name", "frist_name")),
    says: `error MAPPING_UNKNOWN_FIELD mappings/contact.yaml:5:3
  contact.frist_name: the model of contact has no such field
  did you mean first_name? (or write custom.frist_name)`,
  },
  "a cycle of required lookups": {
    prepare: () => {
      edit("mappings/contact.yaml", (text) => text.replace("lookup: account", "lookup: account, required: true"));
      edit("mappings/account.yaml", (text) =>
        text.replace(
          "parent_id: { from: Parent, lookup: account }",
          "primary_contact_id: { from: Parent, lookup: contact, required: true }",
        ),
      );
    },
    says: `error MAPPING_REQUIRED_CYCLE mappings/account.yaml:1:1
  required lookups form a cycle: account -> contact -> account; none of them can be loaded first
  Make one of these lookups optional: take required: true off it.`,
  },
  "a wrong type in the mapping": {
    prepare: () => edit("mappings/contact.yaml", (text) => `${text.slice(0, text.indexOf("fields:"))}fields: 12\n`),
    says: `error YAML_WRONG_TYPE mappings/contact.yaml:4:9
  contact: fields: expected a map, got a number`,
  },
  "a wrong type and an unknown key in migration.yaml": {
    prepare: () => edit("migration.yaml", (text) => `${text}limits: { rejects: many }\nowner: x\n`),
    says: `DIR/migration.yaml
  error YAML_WRONG_TYPE line 6:20
    limits.rejects: expected a number, got a text
  error YAML_UNKNOWN_KEY line 7:1
    migration.yaml: unknown key "owner"; known keys: version, name, source, target, mappings, owners, scope, limits, reconcile, conflicts, delta, cutover
    did you mean "owners"?`,
  },
  "broken YAML": {
    prepare: () => edit("mappings/contact.yaml", (text) => text.replace("key: Id", "key: [Id")),
    says: `error YAML_SYNTAX mappings/contact.yaml:4:1
  flow sequence in block collection must be sufficiently indented and end with a ]`,
  },
  "a variable that is not set": {
    prepare: () => edit("migration.yaml", (text) => text.replace("DATABASE_URL", "NO_SUCH_URL")),
    says: `error CONFIG_VARIABLE_UNSET DIR/migration.yaml:4:37
  environment variable NO_SUCH_URL is not set
  Set NO_SUCH_URL, or add it to .env beside the file.`,
  },
  "a database that cannot be reached": {
    env: () => ({ DATABASE_URL: "postgresql://me:secret@127.0.0.1:1/x" }),
    says: `error DATABASE_UNREACHABLE
  no connection to URL/x: connect ECONNREFUSED 127.0.0.1:1
  Check host and port, that the server is running, and the firewall between.`,
  },
  "a database that does not exist": {
    env: () => ({ DATABASE_URL: urlWith({ database: "no_such_database" }) }),
    says: `error DATABASE_MISSING
  the database does not exist: database "no_such_database" does not exist (URL/no_such_database)
  Create it (createdb NAME), or correct the name in the URL.`,
  },
  "a picture named .csv": {
    prepare: () => write("data/people.csv", Buffer.from("89504e470d0a1a0a0000000d49484452fffe00", "hex")),
    says: `error CSV_BINARY DIR/data/people.csv, people.csv
  people.csv: expected text, got a PNG image
  Export it as CSV, or leave it out of \`files\`.`,
  },
  "a workbook named .csv": {
    prepare: () => write("data/people.csv", Buffer.from("504b0304140006000800000021", "hex")),
    says: `error CSV_BINARY DIR/data/people.csv, people.csv
  people.csv: expected text, got an Excel workbook or another ZIP archive
  Export it as CSV, or leave it out of \`files\`.`,
  },
  "more columns than any table has": {
    prepare: () => {
      const more = (what: string) => `,${what}`.repeat(2_500);
      write(
        "data/people.csv",
        `Id,First,Last,Company${Array.from({ length: 2_500 }, (_, i) => `,x${i}`).join("")}\nP1,A,B,A1${more("v")}\n`,
      );
    },
    says: `error CSV_TOO_MANY_COLUMNS DIR/data/people.csv:1, people.csv
  people.csv: expected at most 2000 columns, got 2504
  Set \`delimiter\` if the guess is wrong, or raise \`maxColumns\`.`,
  },
  "a mapping whose source has no file": {
    prepare: () => edit("mappings/contact.yaml", (text) => text.replace("source: people", "source: persons")),
    says: `error MAPPING_UNKNOWN_SOURCE mappings/contact.yaml:2:9
  contact: unknown source object "persons"; the source has: companies.csv, people.csv`,
  },
  "no mapping at all": {
    prepare: () => {
      remove("mappings/account.yaml");
      remove("mappings/contact.yaml");
    },
    says: `error MAPPINGS_MISSING
  there is no mapping file in mappings
  Write one per target object, or run \`migrate init\`.`,
  },
  "no migration.yaml": {
    prepare: () => remove("migration.yaml"),
    says: `error CONFIG_MISSING DIR/migration.yaml
  there is no DIR/migration.yaml
  Write one with \`migrate init\`, or name another with --config FILE.`,
  },
  "values without a target value: the plan stops": { prepare: unmapped, args: ["plan"], says: UNMAPPED },
  "values without a target value: a run without a plan stops, too": { prepare: unmapped, says: UNMAPPED },
};

describe("refused before anything is written", () => {
  for (const [title, { prepare, args, env, exit = 2, says }] of Object.entries(CASES)) {
    it(title, async () => {
      prepare?.();
      const before = await checksums(database.url);
      const ended = await run(args, env?.());
      expect(message(ended)).toBe(says);
      expect(ended).toMatchObject({ code: exit, stdout: "" });
      expect(ended.stderr).not.toContain("secret");
      expect(await checksums(database.url)).toEqual(before);
      expect(runNames(dir)).toEqual([]);
    });
  }
});

describe("what the database's user may not do", () => {
  const user = `test_${randomBytes(6).toString("hex")}`;
  const as = () => ({ DATABASE_URL: urlWith({ database: database.name, user, password: "pw-4711" }) });
  const granted = (...statements: readonly string[]) =>
    withClient(database.url, async (client) => {
      for (const statement of statements) await client.query(statement);
    });

  beforeAll(() => asAdmin(`create role ${user} login password 'pw-4711'`));
  afterAll(() => asAdmin(`drop owned by ${user}`, `drop role ${user}`).catch(() => undefined));

  async function refused(env: Readonly<Record<string, string>>): Promise<string> {
    const before = await checksums(database.url);
    const ended = await run(["run"], env);
    expect(ended.code, ended.stderr).toBe(2);
    expect(ended.stderr).not.toContain("pw-4711");
    expect(await checksums(database.url)).toEqual(before);
    expect(runNames(dir)).toEqual([]);
    return message(ended).replaceAll(user, "USER");
  }

  it("a wrong password", async () => {
    const env = { DATABASE_URL: urlWith({ database: database.name, user, password: "pw-4711-wrong" }) };
    expect(await refused(env)).toBe(`error DATABASE_AUTH
  the database did not let us in at URL/DATABASE: password authentication failed for user "USER"
  Check user and password in the URL, and the server's pg_hba.conf.`);
  });

  it("no right to create schemas", async () => {
    expect(await refused(as())).toBe(`error DATABASE_PERMISSION
  schema crm does not exist and user USER may not create it in database DATABASE
  GRANT CREATE ON DATABASE "DATABASE" TO "USER"; or CREATE SCHEMA "crm" AUTHORIZATION "USER".
error DATABASE_PERMISSION
  schema migrate does not exist and user USER may not create it in database DATABASE
  GRANT CREATE ON DATABASE "DATABASE" TO "USER"; or CREATE SCHEMA "migrate" AUTHORIZATION "USER".`);
  });

  it("read-only transactions by default", async () => {
    await granted(`grant create on database "${database.name}" to ${user}`);
    await asAdmin(`alter role ${user} set default_transaction_read_only = on`);
    expect(await refused(as())).toBe(`error DATABASE_READ_ONLY
  transactions in database DATABASE are read-only for user USER (default_transaction_read_only)
  Use another user, or: ALTER ROLE "USER" SET default_transaction_read_only = off.`);
    await asAdmin(`alter role ${user} reset default_transaction_read_only`);
  });
});

describe("odd, but fine", () => {
  beforeEach(async () => {
    await database.database.query("drop schema if exists crm cascade");
    await database.database.query("drop schema if exists migrate cascade");
  });

  const report = () => readReport(dir, runNames(dir)[0]!);

  it("a file with nothing but a header: no records", async () => {
    write("data/people.csv", "Id,First,Last,Company\n");
    const ended = await run();
    expect(ended.code, ended.stderr).toBe(0);
    expect(report().objects).toMatchObject([
      { object: "account", read: 2, inserted: 2 },
      { object: "contact", read: 0 },
    ]);
  });

  it("1,204 columns", async () => {
    const header = Array.from({ length: 1_200 }, (_, i) => `,x${i}`).join("");
    write("data/people.csv", `Id,First,Last,Company${header}\nP1,Ada,One,A1${",v".repeat(1_200)}\n`);
    const ended = await run();
    expect(ended.code, ended.stderr).toBe(0);
    expect(report().objects[1]).toMatchObject({ object: "contact", read: 1, inserted: 1 });
  });

  it("a cell of 50 MB", async () => {
    write("data/people.csv", `Id,First,Last,Company\nP1,Ada,${"x".repeat(50 << 20)},A1\nP2,Bob,Two,A2\n`);
    const ended = await run();
    expect(ended.code, ended.stderr).toBe(0);
    const { rows } = await database.database.query("select max(length(last_name)) as n from crm.contact");
    expect(rows).toEqual([{ n: 50 << 20 }]);
  });

  it("a record above the limit of its size is a reject, and the next one is loaded", async () => {
    write("data/people.csv", `Id,First,Last,Company\nP1,Ada,${"x".repeat(65 << 20)},A1\nP2,Bob,Two,A2\n`);
    const ended = await run();
    expect(ended.code, ended.stderr).toBe(3);
    expect(report().objects[1]).toMatchObject({ object: "contact", read: 2, inserted: 1, rejected: 1 });
    expect(rejectFiles(dir, runNames(dir)[0]!)["contact.csv"]).toContain("CSV_RECORD_TOO_LARGE");
  });
});

describe("rejects", () => {
  beforeEach(async () => {
    await database.database.query("drop schema if exists crm cascade");
    await database.database.query("drop schema if exists migrate cascade");
  });

  it("above the limit: exit 3, the run is completed all the same, and the file holds the original rows, harmless", async () => {
    write(
      "data/people.csv",
      [
        "Id,First,Last,Company,=Remarks",
        "P1,Ada,One,A1,fine",
        'P2,"=cmd|\' /C calc\'!A0","Two ""2""",A-none,"two\nlines, and a comma"',
        "P3,@SUM(A1),+49 30,A-none,-12.5",
        "P4,Dan,Four",
        'P1,Ada,Again,A1,"tab\there"',
        ",No,Key,A1,ü €",
      ].join("\n"),
    );
    const ended = await run();
    expect(ended.code, ended.stderr).toBe(3);
    expect(ended.stderr).toContain("62.5 % rejected; the limit is 1 %");
    const [name] = runNames(dir);
    expect(readReport(dir, name!)).toMatchObject({
      status: "completed",
      clean: false,
      totals: { read: 8, rejected: 5 },
    });
    expect(rejectFiles(dir, name!)).toEqual({
      "contact.csv": [
        "\uFEFF_code,_field,_value,_reason,_key,Id,First,Last,Company,'=Remarks",
        `LOOKUP_MISSING,account_id,A-none,no account by external id with this value was loaded,P2,P2,'=cmd|' /C calc'!A0,"Two ""2""",A-none,"two\nlines, and a comma"`,
        "LOOKUP_MISSING,account_id,A-none,no account by external id with this value was loaded,P3,P3,'@SUM(A1),'+49 30,A-none,-12.5",
        'CSV_RAGGED_ROW,,,"expected 5 cells, got 3",line 6,P4,Dan,Four,,',
        "DUPLICATE_KEY,,P1,a record with this key was read before in the same source,P1,P1,Ada,Again,A1,tab\there",
        'KEY_MISSING,,,"expected a value in the key (Id), got none",line 8,,No,Key,A1,ü €',
        "",
      ].join("\r\n"),
    });
  });
});
