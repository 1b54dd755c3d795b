/** What is told before anything is written: everything at once, with the real cause. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { checkSession, openSession, runMigration } from "../../../core/engine/index.ts";
import { type ConfigError, type Problem, placeText } from "../../../core/errors.ts";
import { testContext } from "../../helpers/context.ts";
import { buckets, type Migration, migration } from "./kit.ts";

const account = "object: account\nsource: accounts.csv\nkey: Id\nfields:\n  name: Name\n  owner_id: Owner\n";
const user = "object: user\nsource: users.csv\nkey: Id\nfields: { name: Name, email: Mail, is_active: Active }\n";
const files = {
  "accounts.csv": "Id,Name,Owner\nA1,a,ann@x.com\nA2,b,bob@x.com\nA3,c,gone@x.com\n",
  "users.csv": "Id,Name,Mail,Active\nU1,Ann,ann@x.com,true\nU2,Bob,bob@x.com,true\n",
};

/** `place CODE message | hint`, the folder left out. */
const told = (m: Migration, problems: readonly Problem[]): string[] =>
  problems.map(({ code, message, place, hint }) =>
    `${placeText(place)} ${code} ${message}${hint === null ? "" : ` | ${hint}`}`.trim().replaceAll(`${m.folder}/`, ""),
  );

const open = (m: Migration) =>
  openSession(join(m.folder, "migration.yaml"), { registry: createRegistry(m.folder), context: testContext() });

async function problems(m: Migration): Promise<string[]> {
  const session = await open(m).catch((error: ConfigError) => told(m, error.problems));
  if (Array.isArray(session)) return session;
  try {
    return told(m, await checkSession(session));
  } finally {
    await session.close();
  }
}

test("scope and cutover name objects that a mapping loads", async () => {
  const m = await migration({
    files,
    mappings: { user, account },
    config:
      "scope: { objects: [user, acount] }\ncutover:\n  stages:\n    - { name: first, objects: usr }\n    - { name: last }\n",
  });
  expect(await problems(m)).toEqual([
    'migration.yaml:6:26 SCOPE_UNKNOWN_OBJECT scope.objects: no mapping loads "acount"; mapped objects: account, user | did you mean "account"?',
    'migration.yaml:9:31 SCOPE_UNKNOWN_OBJECT cutover.stages[0].objects: no mapping loads "usr"; mapped objects: account, user | did you mean "user"?',
  ]);
  await expect(m.run()).rejects.toMatchObject({ code: "SCOPE_UNKNOWN_OBJECT", exitCode: 2 });
});

test("an empty list of objects is no scope", async () => {
  const m = await migration({ files, mappings: { user, account }, config: "scope: { objects: [] }\n" });
  expect(await problems(m)).toEqual([
    "migration.yaml:6:19 CONFIG_INVALID scope.objects: expected at least one object, got an empty list | Name the objects, or leave the key out: all are loaded.",
  ]);
});

test("configuration, YAML, mappings and an unreachable target are told together", async () => {
  const m = await migration({
    files,
    mappings: {
      user: `${user}mod: upsert\nmode: upsrt\n`.replace("Name,", "Nam,"),
      account: account.replace("name: Name", "name: { form: Name }\n  domian: Name"),
      contact: "object: [\n",
    },
    config: "limits: { reject: 0.1 }\n",
  });
  const file = join(m.folder, "migration.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(/url: "[^"]*"/, 'url: "postgres://nobody:x@127.0.0.1:1/none"'));
  const found = await problems(m);
  expect(found.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
    "migration.yaml:6:11 YAML_UNKNOWN_KEY",
    "mappings/account.yaml:5:11 YAML_UNKNOWN_KEY",
    "mappings/account.yaml:5:9 MAPPING_NO_INPUT",
    expect.stringMatching(/^mappings\/contact\.yaml:\d+:\d+ YAML_SYNTAX$/),
    "mappings/user.yaml:5:1 YAML_UNKNOWN_KEY",
    "mappings/user.yaml:6:7 YAML_WRONG_VALUE",
    "mappings/account.yaml:6:3 MAPPING_UNKNOWN_FIELD",
    "mappings/user.yaml:4:11 MAPPING_UNKNOWN_COLUMN",
    "DATABASE_UNREACHABLE no",
  ]);
});

test("mapping files are parsed even when the source cannot be", async () => {
  const m = await migration({ files, mappings: { user: user.replace("key", "kay"), account } });
  const file = join(m.folder, "migration.yaml");
  await writeFile(file, (await readFile(file, "utf8")).replace("files: ./data", "flies: ./data"));
  expect((await problems(m)).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
    "migration.yaml:3:27 YAML_UNKNOWN_KEY",
    "migration.yaml:3:9 OPTION_REQUIRED",
    "mappings/user.yaml:3:1 YAML_UNKNOWN_KEY",
  ]);
});

test("owners: each cause in words of its own, and the file that was read", async () => {
  const m = await migration({
    files: {
      "accounts.csv": "Id,Name,Owner\nA1,a,Bob\nA2,b,bob\nA3,c,Ghost\nA4,d,Old\n",
      "users.csv": "Id,Name,Mail,Active\nU1,Bob,b1@x.com,true\nU2,Bob,b2@x.com,true\nU3,Old,old@x.com,false\n",
    },
    mappings: { user, account },
  });
  expect(await problems(m)).toEqual([
    "OWNER_UNMATCHED 4 owners without a target user: bob (1 record), Bob (1 record), Ghost (1 record), Old (1 record); no owners.yaml was read | Map them in owners.yaml (see `migrate map owners`), or set `unmatched: invite | null | reject | <an e-mail>`.",
  ]);
  // beside migration.yaml it is read without `owners:`
  await m.owners("match: name\nunmatched: nosuch@x.com\ninactive: nobody@x.com\n");
  expect(await problems(m)).toEqual([
    "owners.yaml OWNER_AMBIGUOUS 2 owners matched by several target users: bob (1 record: b1@x.com, b2@x.com), Bob (1 record: b1@x.com, b2@x.com) | Say which one under `map:` in owners.yaml (see `migrate map owners`), or use `match: email`.",
    "owners.yaml OWNER_TARGET_UNKNOWN unmatched: nosuch@x.com: no target user has this e-mail, name or external id; it is given for 1 owner: Ghost (1 record) | Correct `unmatched` in owners.yaml, or create the user.",
    "owners.yaml OWNER_TARGET_UNKNOWN inactive: nobody@x.com: no target user has this e-mail, name or external id; it is given for 1 owner: Old (1 record) | Correct `inactive` in owners.yaml, or create the user.",
  ]);
  // one among the mappings goes first
  await m.mapping("owners", "match: name\nmap: { bob: b1@x.com }\nunmatched: null\n");
  expect(await problems(m)).toEqual([]);
});

test("invite with inactive given away creates nobody", async () => {
  const m = await migration({
    files,
    mappings: { user, account },
    owners: "unmatched: invite\ninactive: ann@x.com\n",
  });
  const plan = await m.plan();
  expect(plan.owners.at(-1)).toEqual({ owner: "gone@x.com", count: 1, target: "Ann", how: "inactive" });
  expect((await m.run()).invited).toEqual([]);
  expect(
    await m.sql(`select a.external_id, u.email from crm.account a join crm."user" u on u.id = a.owner_id order by 1`),
  ).toEqual([
    ["A1", "ann@x.com"],
    ["A2", "bob@x.com"],
    ["A3", "ann@x.com"],
  ]);
  expect(await m.sql(`select count(*)::int from crm."user"`)).toEqual([[2]]);
});

test("a renamed migration and a changed key are warned of, and stop nothing", async () => {
  const m = await migration({ files, mappings: { user, account }, owners: "unmatched: null\n" });
  expect((await m.plan()).warnings).toBeUndefined();
  await m.run();
  expect(await problems(m)).toEqual([]);
  const file = join(m.folder, "migration.yaml");
  const config = await readFile(file, "utf8");
  await writeFile(file, config.replace("name: test", "name: again"));
  expect(await problems(m)).toEqual([
    'migration.yaml SOURCE_RENAMED the target holds these records already, loaded from "test": user (2 of the first 2 keys), account (3 of the first 3 keys); as "again" they would be loaded a second time | If the migration was renamed, set `source.name: test`; if it is another system whose ids happen to be the same, go on.',
  ]);
  await writeFile(
    file,
    config.replace("name: test", "name: again").replace("connector: csv", "connector: csv, name: test"),
  );
  expect(await problems(m)).toEqual([]);
  await writeFile(file, config);
  await m.mapping("account", account.replace("key: Id", "key: Name"));
  expect(await problems(m)).toEqual([
    "mappings/account.yaml:1:1 KEY_CHANGED account: none of the first 3 keys (Name) is among the 3 records that this mapping loaded before; they would be loaded as new records | If `key` was changed, put it back, or roll the earlier run back first; if the source holds new records only, go on.",
  ]);
  const notes: string[] = [];
  const session = await open(m);
  const report = await runMigration(session, {}, (event) => {
    if (event.type === "note") notes.push(event.message);
  });
  await session.close();
  expect(notes.filter((note) => note.includes("KEY_CHANGED"))).toHaveLength(1);
  expect(buckets(report).account).toEqual({ read: 3, inserted: 3 });
});

test("values that become null because nothing maps them are told by check, with counts", async () => {
  const industry = '  industry: { from: Ind, picklist: { values: { Law: legal }, unmapped: "null" } }\n';
  const m = await migration({
    files: {
      ...files,
      "accounts.csv": "Id,Name,Owner,Ind\nA1,a,ann@x.com,Law\nA2,b,bob@x.com,Kites\nA3,c,ann@x.com,Kites\n",
    },
    mappings: { user, account: account + industry },
  });
  expect(await problems(m)).toEqual([
    'mappings/account.yaml:7:3 VALUES_BECOME_NULL account.industry: 2 records lose their values, because no target value is given: "Kites" (2) | Add them to the picklist\'s `values:`, or keep them as they are: `unmapped: keep`.',
  ]);
});
