import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../helpers/cli.ts";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";

const ACCOUNT = "object: account\nsource: accounts.csv\nkey: Id\nfields:\n  name: Nme\n";
const CONTACT = `object: contact
source: contacts.csv
key: Id
fields:
  last_name: Name
  account_id: { from: Account, lookup: account }
  lead_source: { from: Came by, picklist: { values: { Web: web } } }
  owner_id: Owner
`;
const USER = "object: user\nsource: users.csv\nkey: Id\nfields:\n  email: Mail\n  name: Nmae\n";

describe("mapping files that are wrong", () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase();
  });
  afterAll(() => db.drop());

  async function check(files: Readonly<Record<string, string>>) {
    const cwd = mkdtempSync(join(tmpdir(), "migrate-check-"));
    mkdirSync(join(cwd, "mappings"));
    writeFileSync(join(cwd, "accounts.csv"), "Id,Name\n1,Acme\n");
    writeFileSync(
      join(cwd, "contacts.csv"),
      "Id,Name,Account,Came by,Owner\n1,Ada,1,Web,ann@example.com\n2,Bob,1,Fax,\n",
    );
    writeFileSync(join(cwd, "users.csv"), "Id,Name,Mail\n1,Ann,ann@example.com\n");
    writeFileSync(
      join(cwd, "migration.yaml"),
      'version: 1\nname: small\nsource: { connector: csv, files: "*.csv" }\ntarget: { url: "$' +
        '{DATABASE_URL}" }\nmappings: ./mappings\n',
    );
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, "mappings", name), text);
    const { code, stdout, stderr } = await runCli(["check", "--json"], { cwd, env: { DATABASE_URL: db.url } });
    const told = JSON.parse(stdout) as {
      readonly ok?: boolean;
      readonly problems?: readonly { readonly code: string; readonly message: string }[];
      readonly error?: { readonly code: string };
    };
    const problems = (told.problems ?? []).map((problem) => `${problem.code}: ${problem.message}`);
    return { code, ok: told.ok, problems, error: told.error?.code, stderr };
  }

  test("the values of the others are looked at all the same", async () => {
    expect(
      await check({ "account.yaml": ACCOUNT, "contact.yaml": CONTACT.replace("  owner_id: Owner\n", "") }),
    ).toMatchObject({
      code: 2,
      ok: false,
      problems: [
        expect.stringMatching(/^MAPPING_UNKNOWN_COLUMN: .*Nme/),
        'VALUE_UNMAPPED: contact.lead_source: 1 value without a target value: "Fax" (1 record)',
      ],
    });
  });

  test("owners are not told of while nobody knows which users there will be", async () => {
    const { problems } = await check({ "account.yaml": ACCOUNT, "contact.yaml": CONTACT, "user.yaml": USER });
    expect(problems.map((text) => text.replace(/:.*/s, ""))).toEqual([
      "MAPPING_UNKNOWN_COLUMN",
      "MAPPING_UNKNOWN_COLUMN",
      "VALUE_UNMAPPED",
    ]);
    const right = await check({ "account.yaml": ACCOUNT, "contact.yaml": CONTACT });
    expect(right.problems.map((text) => text.replace(/:.*/s, ""))).toEqual([
      "MAPPING_UNKNOWN_COLUMN",
      "VALUE_UNMAPPED",
    ]);
  });

  test("where none is right, and where what they share is wrong, that alone is told", async () => {
    expect(await check({ "account.yaml": ACCOUNT })).toMatchObject({ code: 2, error: "MAPPING_UNKNOWN_COLUMN" });
    expect(
      await check({
        "account.yaml": ACCOUNT,
        "contact.yaml": CONTACT,
        "picklists.yaml": "picklists: { a: { valeus: {} } }\n",
      }),
    ).toMatchObject({ code: 2, error: expect.stringMatching(/^YAML_UNKNOWN_KEY|^MAPPING_/) });
  });
});
