/** Profiles of whole files, through the real CSV source, without a target. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { plainStyle } from "../../../cli/style.ts";
import { profileLines } from "../../../cli/views/profile.ts";
import { createRegistry } from "../../../connectors/registry.ts";
import { openSession, profileSession, type SourceProfile } from "../../../core/engine/index.ts";
import { testContext } from "../../helpers/context.ts";
import { needsShared, sharedDir } from "../../helpers/shared.ts";

const MODEL = `version: 1
name: own
objects:
  user:
    fields: { name: text, email: email }
  contact:
    fields:
      name: text
      email: email
      born: date
      died: date
      amount: currency
      share: percent
      active: boolean
      opted: boolean
      kind: { type: picklist, options: { a: Alpha, b: Beta } }
      owner_id: owner
      parent_id: { type: reference, lookup: contact }
`;

async function profile(
  files: Readonly<Record<string, string>> | string,
  mapping: string,
  source = "",
): Promise<SourceProfile[]> {
  const folder = await mkdtemp(join(tmpdir(), "profile-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "mappings"));
  await mkdir(join(folder, "data"));
  for (const [name, text] of Object.entries(typeof files === "string" ? {} : files))
    await writeFile(join(folder, "data", name), text);
  const from = typeof files === "string" ? JSON.stringify(files) : "./data";
  await writeFile(
    join(folder, "migration.yaml"),
    `version: 1\nname: p\nsource: { connector: csv, files: ${from}${source} }\ntarget: { model: ./model.yaml }\nmappings: ./mappings\n`,
  );
  await writeFile(join(folder, "model.yaml"), MODEL);
  await writeFile(join(folder, "mappings", "contact.yaml"), mapping);
  const session = await openSession(join(folder, "migration.yaml"), {
    registry: createRegistry(folder),
    context: testContext(),
    connectTarget: false,
  });
  try {
    return await profileSession(session);
  } finally {
    await session.close();
  }
}

/** `error CODE field: 3 (2, 5, 7)`: lines of the first ones. */
const kinds = (list: SourceProfile["signs"]): string[] =>
  list.map(
    ({ severity, code, field, count, first }) =>
      `${severity} ${code} ${field}: ${count} (${first.map(({ line }) => line).join(", ")})`,
  );

const PEOPLE = `Id,Name,Mail,Born,Kind,Owner,Up,Left
1,Ann,ann@acme.com,2001-01-31,a,ann,,x
2,Bob,bob@,2001-02-30,Alpha,nobody,1,
3,Cid,,soon,zzz,,1,
,Dee,dee@acme.com,,b,,,
2,Eve,eve@acme.com,,b,,9,
6,Fay,fay@acme.com
7,Gus,gus@acme.com,2003-03-03,b,,,
`;
const MAPPING = `object: contact
source: people.csv
key: Id
filter: "Name != 'Gus'"
fields:
  name: Name
  email: Mail
  born: Born
  kind: { from: Kind, picklist: { unmapped: reject } }
  owner_id: Owner
  parent_id: { from: Up, lookup: contact }
`;

it("columns, and what the mapping makes of every record, with kinds and lines", async () => {
  const [people] = await profile({ "people.csv": PEOPLE }, MAPPING);
  expect(
    people!.columns.map(({ column, looksLike, filled, blank, distinct, becomes }) => [
      column,
      looksLike,
      filled,
      blank,
      distinct,
      becomes.join(),
    ]),
  ).toEqual([
    ["Id", "integer", 5, 1, 4, "contact (key)"],
    ["Name", "text", 6, 0, 6, "contact.name"],
    ["Mail", "text", 5, 1, 5, "contact.email"],
    ["Born", "text", 4, 2, 4, "contact.born"],
    ["Kind", "text", 6, 0, 4, "contact.kind"],
    ["Owner", "text", 2, 4, 2, "contact.owner_id"],
    ["Up", "integer", 3, 3, 2, "contact.parent_id"],
    ["Left", "text", 1, 5, 1, ""],
  ]);
  const [contact] = people!.mappings;
  expect(contact).toMatchObject({
    records: 7,
    loads: 1,
    filtered: 1,
    merged: 0,
    rejected: 5,
    duplicatesComplete: true,
  });
  expect(kinds(contact!.kinds)).toEqual([
    "error VALUE_NOT_A_DATE born: 2 (3, 4)",
    "error CSV_RAGGED_ROW null: 1 (7)",
    "error DUPLICATE_KEY null: 1 (6)",
    "error KEY_MISSING null: 1 (5)",
    "error VALUE_NOT_AN_EMAIL email: 1 (3)",
    "error VALUE_UNMAPPED kind: 1 (4)",
  ]);
  expect(contact!.kinds[0]!.first[1]).toEqual({
    line: 4,
    value: "soon",
    reason: 'expected a date as YYYY-MM-DD, got "soon"',
  });
});

it("the last record counts as much as the first; distinct values beyond the bound are an estimate", async () => {
  const rows = Array.from({ length: 60_000 }, (_, index) => `${index},n${index % 7},p${index}@acme.com`);
  const text = `Id,Name,Mail\n${rows.join("\n")}\nlast,x,nobody\n`;
  const [people] = await profile(
    { "people.csv": text },
    "object: contact\nsource: people.csv\nkey: Id\nfields: { name: Name, email: Mail }\n",
  );
  expect(people!.mappings[0]).toMatchObject({ records: 60_001, loads: 60_000, rejected: 1 });
  expect(kinds(people!.mappings[0]!.kinds)).toEqual(["error VALUE_NOT_AN_EMAIL email: 1 (60002)"]);
  const [id, name] = people!.columns;
  expect(name).toMatchObject({ distinct: 8, distinctExact: true });
  expect(id!.distinctExact).toBe(false);
  expect(Math.abs(id!.distinct - 60_001) / 60_001).toBeLessThan(0.05);
});

it("several files into one mapping are one mapping: duplicates between them are found", async () => {
  const files = { "a.csv": "Id,Name\n1,a\n2,b\n", "b.csv": "Id,Name\n2,c\n3,d\n" };
  const mapping = (more: string) => `object: contact\nsource: [a.csv, b.csv]\nkey: Id\n${more}fields: { name: Name }\n`;
  const rejecting = await profile(files, mapping(""));
  expect(rejecting.map(({ object, mappings }) => [object, mappings.length])).toEqual([
    ["a.csv", 0],
    ["b.csv", 1],
  ]);
  expect(rejecting[1]!.mappings[0]).toMatchObject({ records: 4, loads: 3, rejected: 1 });
  const merging = await profile(files, mapping("duplicates: first\n"));
  expect(merging[1]!.mappings[0]).toMatchObject({ records: 4, loads: 3, merged: 1, rejected: 0 });
});

it("signs: words for nothing, spaces in keys, mojibake, marks of numbers, percent signs", async () => {
  const text = [
    "Id;Name;Up;Amount;Share;Other;Tags",
    '1;CafÃ© Roma;A\u00a0B;1.234;.25;n/a;";c"',
    "2;n/a;A  B;1.234,50;25%;;",
    "3;Fine;A B;12.500;0.5;;",
    "4;Lost \ufffd;;7;;;",
    "5;NULL;;;;;",
  ].join("\n");
  const mapping = `object: contact
source: people.csv
key: Id
fields:
  name: Name
  parent_id: { from: Up, lookup: contact, by: name }
  amount: { from: Amount, onError: "null" }
  share: Share
  custom.tags: { from: Tags, type: multipicklist }
`;
  const [people] = await profile({ "people.csv": text }, mapping);
  expect(kinds(people!.signs)).toEqual([
    "warning KEY_SPACES Up: 2 (2, 3)",
    "warning NUMBER_MARK_DOUBTFUL Amount: 2 (2, 4)",
    "warning PERCENT_MIXED Share: 2 (2)",
    "warning TEXT_LOOKS_NULL Name: 2 (3, 6)",
    "warning LIST_APPENDS Tags: 1 (2)",
    "warning TEXT_MOJIBAKE Name: 1 (2)",
    "warning TEXT_REPLACED Name: 1 (5)",
  ]);
  expect(people!.signs.find(({ code }) => code === "LIST_APPENDS")?.first[0]?.reason).toBe(
    "begins with ; and is added to the values that the record has, where the target holds a list",
  );
  // said rightly, nothing is left to say
  const mended = `${mapping.replace("name: Name", "name: { from: Name, transform: [fix_mojibake] }").replace("share: Share", "share: { from: Share, format: fraction }")}`;
  const [german] = await profile({ "people.csv": text }, mended, ', decimal: ",", nulls: ["", "n/a", "NULL"]');
  expect(kinds(german!.signs).filter((line) => /NUMBER|NULL/.test(line))).toEqual([]);
});

it("as people read it", async () => {
  const lines = profileLines(await profile({ "people.csv": PEOPLE }, MAPPING), { style: plainStyle, verbose: false });
  expect(lines).toEqual([
    "people.csv: 7 records, 1 of them unreadable, 8 columns",
    "  column  looks like  filled  blank  distinct  becomes            for example",
    "  Id      integer          5      1         4  contact (key)      1 · 2",
    "  Name    text             6                6  contact.name       Ann · Bob",
    "  Mail    text             5      1         5  contact.email      ann@acme.com · bob@",
    "  Born    text             4      2         4  contact.born       2001-01-31 · 2001-02-30",
    "  Kind    text             6                4  contact.kind       a · Alpha",
    "  Owner   text             2      4         2  contact.owner_id   ann · nobody",
    "  Up      integer          3      3         2  contact.parent_id  1 · 9",
    "  not mapped: Left",
    "  contact: 1 of 7 records can be loaded, 5 would be rejected, 1 left out by the filter",
    '    error VALUE_NOT_A_DATE born: 2 records: line 3 "2001-02-30", line 4 "soon"',
    '      expected a date as YYYY-MM-DD, got "2001-02-30"',
    '    error CSV_RAGGED_ROW: 1 record: line 7 "6 | Fay | fay@acme.com"',
    expect.stringMatching(/^ {6}expected 8 cells/),
    '    error DUPLICATE_KEY: 1 record: line 6 "2"',
    "      another record before it has the same key",
    "    error KEY_MISSING: 1 record: line 5",
    "      expected a value in the key (Id), got none",
    '    error VALUE_NOT_AN_EMAIL email: 1 record: line 3 "bob@"',
    '      expected one e-mail address, got "bob@"',
    '    error VALUE_UNMAPPED kind: 1 record: line 4 "zzz"',
    '      "zzz" is not in the picklist of contact.kind',
  ]);
});

/** What must come out of each file of other importers' own tests. */
describe("the import tests of CiviCRM", () => {
  const shared = sharedDir();
  const file = (name: string) => join(shared ?? "", "data/nasty/civicrm-import-tests", name);
  const dates = (key: string) =>
    `object: contact\nsource: NAME\nkey: ${key}\nfields: { name: first_name, born: Birth Date, died: Deceased Date }\n`;
  const cases: readonly [string, string, string, Readonly<Record<string, number>>, readonly string[]][] = [
    // valid: yyyy-mm-dd, yyyymmdd, one digit; invalid: month 25, in the two columns that are mapped
    [
      "individual_dates_type1.csv",
      dates("[Street Address, Birth Date, Deceased Date, Custom Date One, Custom Date Two]"),
      "",
      { loads: 5, rejected: 2 },
      ["error VALUE_NOT_A_DATE born: 1 (5)", "error VALUE_NOT_A_DATE died: 1 (6)"],
    ],
    ["individual_dates_type2.csv", dates("Last Name"), ", dates: mdy", { loads: 3, rejected: 0 }, []],
    [
      "individual_dates_type2.csv",
      dates("Last Name"),
      "",
      { loads: 0, rejected: 3 },
      ["error VALUE_DATE_AMBIGUOUS born: 3 (2, 3, 4)", "error VALUE_DATE_AMBIGUOUS died: 3 (2, 3, 4)"],
    ],
    ["individual_dates_type4.csv", dates("Last Name"), ", dates: dmy", { loads: 4, rejected: 0 }, []],
    ["individual_dates_type8.csv", dates("Last Name"), "", { loads: 1, rejected: 0 }, []],
    [
      "individual_boolean.csv",
      "object: contact\nsource: NAME\nkey: [first_name, Last Name]\nfields: { active: Do Not Email, opted: Contact Custom Field }\n",
      "",
      { loads: 10, rejected: 0 },
      [],
    ],
    [
      "individual_invalid_email.csv",
      "object: contact\nsource: NAME\nkey: Last Name\nfields: { email: Dads email }\n",
      "",
      { loads: 0, rejected: 1 },
      ["error VALUE_NOT_AN_EMAIL email: 1 (2)"],
    ],
  ];
  it.skipIf(shared === null).each(cases)(needsShared("%s"), async (name, mapping, source, figures, expected) => {
    const [found] = await profile(file(name), mapping.replace("NAME", name), source);
    expect(found!.mappings[0]).toMatchObject(figures);
    expect(kinds(found!.mappings[0]!.kinds)).toEqual(expected);
  });
});
