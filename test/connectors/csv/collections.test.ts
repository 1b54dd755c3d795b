/**
 * Public exports and import samples, each file with its expected outcome: what was found out about it and its records, counted by another
 * program, or the refusal. Below the tables the values that make them nasty.
 *
 * civicrm      import tests of CiviCRM: dates in four forms, booleans in five, a bad address, a header with a curly apostrophe
 * krayin       samples of Krayin: JSON in cells, records without an id
 * dataloader   samples and test files of Salesforce's Data Loader: Windows-1252, doubled quotes, wide spaces around keys, GMT
 * siblings     exports of whole CRMs; what a migration of them must yield is tested in test/data
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keyText } from "../../../core/key-text.ts";
import { type ValueSpec, valueParser } from "../../../core/mapping/values.ts";
import { isFailure } from "../../../core/mapping/values-types.ts";
import type { FieldType } from "../../../core/schema.ts";
import { needsShared, sharedDir } from "../../helpers/shared.ts";
import { readAll } from "../read-all.ts";
import { over, problemsOf } from "./files.ts";

const shared = sharedDir();
const data = join(shared ?? "", "data");

/** `folder` -> file -> columns, records, and what differs from "UTF-8, comma, LF". */
const OUTCOMES: Readonly<
  Record<string, Readonly<Record<string, readonly [columns: number, records: number, note?: string]>>>
> = {
  "nasty/civicrm-import-tests": {
    "individual_boolean.csv": [6, 10],
    "individual_dates_type1.csv": [9, 7],
    "individual_dates_type2.csv": [9, 3],
    "individual_dates_type4.csv": [9, 4],
    "individual_dates_type8.csv": [9, 1],
    "individual_invalid_email.csv": [3, 1],
    "individual_locations_with_related.csv": [46, 1, "UTF-8, comma, LF, 46 columns; 1 duplicate header renamed"],
    "individual_with_note.csv": [3, 1],
  },
  "nasty/krayin-samples": { "leads.csv": [14, 2], "persons.csv": [6, 2] },
  "nasty/salesforce-dataloader/samples": {
    "accountData.csv": [38, 423, "Windows-1252, comma, LF, 38 columns"],
    "error0413060133.csv": [32, 11],
    "success0413060133.csv": [32, 9],
  },
  "nasty/salesforce-dataloader/testfiles": {
    "SoqlInClauseFromCSV.csv": [3, 20],
    "accountsForInsert.csv": [4, 4],
    "bulkV2MultipleJobsCsvTemplate.csv": [7, 100],
    "constantMappingInCsv.csv": [2, 2],
    "constantMappingInCsvClashing.csv": [3, 2],
    "createAttachmentMultipleFilesTemplate.csv": [3, 3],
    "createAttachmentTemplate.csv": [3, 1],
    "csvEscapedQuotes.csv": [2, 2],
    "csvtext.csv": [3, 2],
    "csvtext_BOM_UTF8.csv": [3, 2, "UTF-8 with BOM, comma, LF, 3 columns"],
    "deleteAccountCsvTemplate.csv": [1, 100],
    "emptyFirstRowFieldValueInCsvTemplate.csv": [3, 2],
    "hardDelete1AccountCsvTemplate.csv": [1, 1],
    "hardDeleteAccountCsvTemplate.csv": [1, 100],
    "hardDeleteBulkApiSetToFalseTemplate.csv": [1, 1],
    "hardDeleteEmptyCsvFileTemplate.csv": [1, 0, "UTF-8, comma, one line, 1 column"],
    "hardDeleteIDFromOtherObjectFailsTemplate.csv": [1, 1],
    "hardDeleteInvalidIDFailsOtherValidIDPassesTemplate.csv": [1, 3],
    "hardDeleteInvalidInputTemplate.csv": [1, 1],
    "hardDeleteSameObjectIDSucceedsOtherObjectIDFailsTemplate.csv": [1, 2],
    "hardDeleteUserPermOffTemplate.csv": [1, 100],
    "insertAccountCsv.csv": [7, 100],
    "insertAccountWithMultipleBatchesCSV.csv": [3, 3],
    "oneToManySforceFieldsMappingInCsv.csv": [3, 2],
    "upsertAccountCsvTemplate.csv": [7, 100],
    "upsertAccountSmallTemplate.csv": [7, 10],
    "upsertWithRowOffsetTemplate.csv": [7, 10],
  },
  "basudev-sales-crm": {
    "Activity.csv": [7, 500],
    "Contacts.csv": [7, 100],
    "Leads.csv": [6, 200],
    "Opportunity.csv": [6, 500],
    "Products.csv": [6, 200],
    "Sales.csv": [4, 495],
    "SalesLines.csv": [7, 3761],
  },
  "hubspot-dummy": {
    "hubspot_activities.csv": [11, 2000, "UTF-8, comma, CRLF, 11 columns"],
    "hubspot_companies.csv": [16, 200, "UTF-8, comma, CRLF, 16 columns"],
    "hubspot_contacts.csv": [20, 950, "UTF-8, comma, CRLF, 20 columns"],
    "hubspot_deals.csv": [12, 500, "UTF-8, comma, CRLF, 12 columns"],
    "hubspot_tickets.csv": [13, 300, "UTF-8, comma, CRLF, 13 columns"],
  },
  "maven-crm-sales-opportunities": {
    "accounts.csv": [7, 85],
    "products.csv": [3, 7],
    "sales_pipeline.csv": [8, 8800],
    "sales_teams.csv": [3, 35],
  },
  "npsp-1k-csv": {
    "Account.csv": [9, 1223, "UTF-8, comma, CRLF, 9 columns"],
    "Account_rt_mapping.csv": [2, 2, "UTF-8, comma, CRLF, 2 columns"],
    "Address__c.csv": [11, 1424, "UTF-8, comma, CRLF, 11 columns"],
    "Allocation__c.csv": [6, 1030, "UTF-8, comma, CRLF, 6 columns"],
    "Campaign.csv": [2, 13, "UTF-8, comma, CRLF, 2 columns"],
    "CampaignMember.csv": [4, 1699, "UTF-8, comma, CRLF, 4 columns"],
    "Contact.csv": [9, 1024, "UTF-8, comma, CRLF, 9 columns"],
    "General_Accounting_Unit__c.csv": [2, 1000, "UTF-8, comma, CRLF, 2 columns"],
    "Opportunity.csv": [10, 1517, "UTF-8, comma, CRLF, 10 columns"],
    "OpportunityContactRole.csv": [5, 3499, "UTF-8, comma, CRLF, 5 columns"],
    "Partial_Soft_Credit__c.csv": [5, 1100, "UTF-8, comma, CRLF, 5 columns"],
    "npe01__OppPayment__c.csv": [7, 2443, "UTF-8, comma, CRLF, 7 columns"],
    "npe03__Recurring_Donation__c.csv": [16, 3, "UTF-8, comma, CRLF, 16 columns"],
    "npe4__Relationship__c.csv": [4, 1308, "UTF-8, comma, CRLF, 4 columns"],
  },
  "npsp-dev-org-csv": {
    "Account.csv": [9, 167, "UTF-8, comma, CRLF, 9 columns"],
    "Account_rt_mapping.csv": [2, 2, "UTF-8, comma, CRLF, 2 columns"],
    "Address__c.csv": [11, 266, "UTF-8, comma, CRLF, 11 columns"],
    "Allocation__c.csv": [6, 100, "UTF-8, comma, CRLF, 6 columns"],
    "Campaign.csv": [2, 13, "UTF-8, comma, CRLF, 2 columns"],
    "CampaignMember.csv": [4, 165, "UTF-8, comma, CRLF, 4 columns"],
    "Contact.csv": [9, 102, "UTF-8, comma, CRLF, 9 columns"],
    "General_Accounting_Unit__c.csv": [2, 50, "UTF-8, comma, CRLF, 2 columns"],
    "Opportunity.csv": [10, 342, "UTF-8, comma, CRLF, 10 columns"],
    "OpportunityContactRole.csv": [5, 999, "UTF-8, comma, CRLF, 5 columns"],
    "Partial_Soft_Credit__c.csv": [5, 129, "UTF-8, comma, CRLF, 5 columns"],
    "npe01__OppPayment__c.csv": [7, 644, "UTF-8, comma, CRLF, 7 columns"],
    "npe03__Recurring_Donation__c.csv": [16, 1, "UTF-8, comma, CRLF, 16 columns"],
    "npe4__Relationship__c.csv": [4, 248, "UTF-8, comma, CRLF, 4 columns"],
  },
  "salesforce-dev-org-mshanemc": {
    "Account.csv": [60, 1, "UTF-8 with BOM, comma, LF, 60 columns"],
    "Contact.csv": [59, 1, "UTF-8 with BOM, comma, LF, 59 columns"],
    "Opportunity.csv": [36, 1, "UTF-8 with BOM, comma, LF, 36 columns"],
  },
  "salesforce-dev-org-powerbi": {
    "Account.csv": [17, 18],
    "Contact.csv": [17, 25],
    "Lead.csv": [28, 22],
    "Opportunity.csv": [19, 36],
    "OpportunityHistory.csv": [13, 48],
    "OpportunityHistoryGroup.csv": [3, 10],
  },
  "sfdc-data-cloud-workshop": {
    "Account.csv": [56, 22, "UTF-8 with BOM, comma, LF, 56 columns"],
    "AccountContactRelation.csv": [14, 22, "UTF-8 with BOM, comma, LF, 14 columns"],
    "Branch__c.csv": [14, 5, "UTF-8 with BOM, comma, LF, 14 columns"],
    "Campaign.csv": [34, 8, "UTF-8 with BOM, comma, LF, 34 columns"],
    "CampaignMember.csv": [38, 68, "UTF-8 with BOM, comma, LF, 38 columns"],
    "Case.csv": [50, 40, "UTF-8 with BOM, comma, LF, 50 columns"],
    "Contact.csv": [72, 102, "UTF-8 with BOM, comma, LF, 72 columns"],
    "Lead.csv": [55, 60, "UTF-8 with BOM, comma, LF, 55 columns"],
    "Opportunity.csv": [35, 50, "UTF-8 with BOM, comma, LF, 35 columns"],
    "Task.csv": [40, 75, "UTF-8 with BOM, comma, LF, 40 columns"],
  },
};

async function read(folder: string, file: string) {
  const source = over(join(data, folder), { files: file });
  const { objects } = await source.describe();
  const found = await readAll(source, file);
  const names = objects[0]!.fields.map(({ name }) => name);
  return {
    ...found,
    names,
    note: objects[0]!.note,
    column: (name: string) => found.rows.map((row) => row[names.indexOf(name)]!),
  };
}

/** What a text becomes as a field of the type, or the code that it is refused with. */
function asType(type: FieldType, text: string, dates: "auto" | "dmy" | "mdy" | "ymd" = "auto"): unknown {
  const spec: ValueSpec = { type, columnType: null, maxLength: null, format: null, country: null };
  const parsed = valueParser(spec, { timezone: "UTC", dates, decimal: "." })(text);
  return isFailure(parsed) ? parsed.code : parsed;
}

describe.skipIf(shared === null)(needsShared("collections"), () => {
  it.each(Object.keys(OUTCOMES))("%s is listed whole", (folder) => {
    const there = readdirSync(join(data, folder)).filter((file) => file.endsWith(".csv"));
    expect(Object.keys(OUTCOMES[folder]!).sort()).toEqual(there.sort());
  });

  const files = Object.entries(OUTCOMES).flatMap(([folder, list]) =>
    Object.entries(list).map(([file, outcome]) => [folder, file, outcome] as const),
  );
  it.each(files)("%s/%s: %j", async (folder, file, [columns, records, note]) => {
    const found = await read(folder, file);
    expect(found.bad).toEqual([]);
    expect([found.names.length, found.rows.length, found.note]).toEqual([
      columns,
      records,
      note ?? `UTF-8, comma, LF, ${columns} column${columns === 1 ? "" : "s"}`,
    ]);
  });

  it("documents of JSON and mapping files are no tables", async () => {
    const code = async (files: string) =>
      (await problemsOf(() => over(data, { files }).open())).map((problem) => problem.code);
    expect(await code("ebikes-json-plan")).toEqual(["CSV_NO_FILES"]);
    expect(await code("ebikes-json-plan/Accounts.json")).toEqual(["FILE_UNSUPPORTED"]);
    expect(await code("nasty/salesforce-dataloader/samples/*.csvx")).toEqual(["CSV_NO_FILES"]);
  });
});

describe.skipIf(shared === null)(needsShared("values of CiviCRM's import tests"), () => {
  const folder = "nasty/civicrm-import-tests";
  const DATES = ["Birth Date", "Deceased Date", "Custom Date One", "Custom Date Two"];

  it.each([
    ["individual_dates_type1.csv", "auto"],
    ["individual_dates_type2.csv", "mdy"],
    ["individual_dates_type4.csv", "mdy"],
    ["individual_dates_type8.csv", "auto"],
  ] as const)(
    "%s, dates: %s: every date is 1 or 12 September 2008 where the file says it is valid",
    async (file, dates) => {
      const { rows, names } = await read(folder, file);
      for (const row of rows) {
        const values = DATES.map((name) => asType("date", row[names.indexOf(name)]!.trim(), dates));
        const valid = row[names.indexOf("expected")] === "Valid";
        const isRight = (value: unknown) => value === "2008-09-01" || value === "2008-09-12";
        expect(values.filter((value) => !isRight(value))).toEqual(valid ? [] : ["VALUE_NOT_A_DATE"]);
      }
    },
  );

  it("dates in two orders are not guessed", async () => {
    const found = (await read(folder, "individual_dates_type2.csv")).column("Birth Date");
    expect(found.map((text) => asType("date", text))).toEqual(Array(3).fill("VALUE_DATE_AMBIGUOUS"));
  });

  it("booleans: five ways to say no, and five to say yes", async () => {
    const { column } = await read(folder, "individual_boolean.csv");
    for (const name of ["Do Not Email", "Contact Custom Field", "Address Custom Field"]) {
      expect(column(name).map((text) => asType("boolean", text))).toEqual([
        ...Array(5).fill("false"),
        ...Array(5).fill("true"),
      ]);
    }
  });

  it("an address without an at sign is no e-mail; names keep their curly apostrophe", async () => {
    const { column } = await read(folder, "individual_invalid_email.csv");
    expect(asType("email", column("Dads email")[0]!)).toBe("VALUE_NOT_AN_EMAIL");
    const { names, rows } = await read(folder, "individual_locations_with_related.csv");
    expect(names.slice(14, 16)).toEqual(["Mum’s first name", "Last Name (2)"]);
    expect(rows[0]!.slice(14, 16)).toEqual(["Mum", "Jones"]);
  });
});

describe.skipIf(shared === null)(needsShared("values of Krayin's samples"), () => {
  it("JSON in cells is whole; a record without an id is read all the same", async () => {
    const persons = await read("nasty/krayin-samples", "persons.csv");
    const emails = persons.column("emails").map((text) => JSON.parse(text) as { value: string }[]);
    expect(emails.map((list) => list.map(({ value }) => value))).toEqual([
      ["contact@wilson.com", "contact.home@wilson.com"],
      ["contact@sasha.com"],
    ]);
    expect((await read("nasty/krayin-samples", "leads.csv")).column("id")).toEqual(["1", ""]);
  });
});

describe.skipIf(shared === null)(needsShared("values of the Data Loader's files"), () => {
  const samples = "nasty/salesforce-dataloader/samples";
  const tests = "nasty/salesforce-dataloader/testfiles";

  it("Windows-1252: letters beyond ASCII are right", async () => {
    const { rows } = await read(samples, "accountData.csv");
    const found = rows.flat().filter((cell) => /[^\0-\x7f]/.test(cell ?? ""));
    expect(found.map((cell) => /\S*[^\0-\x7f]\S*/.exec(cell!)![0])).toEqual(["5º", "Crédito", "Nº", "Pébéo"]);
  });

  it("doubled quotes, and blanks inside of quotes", async () => {
    expect((await read(tests, "csvEscapedQuotes.csv")).column("column1")).toEqual([
      '"The Best" Account',
      'The "Best" Account',
    ]);
    expect((await read(tests, "accountsForInsert.csv")).column("RichText")[1]).toBe(
      "<p>    4 leading spaces and 2 trailing spaces  </p>",
    );
  });

  it("wide spaces around a key are not the key's", async () => {
    const { column } = await read(tests, "upsertAccountSmallTemplate.csv");
    const [first] = column("ORACLE_ID__C");
    expect(first).toBe("\u3000 \u30001-000000\u3000 \u3000");
    expect(keyText(first!)).toBe("1-000000");
  });

  it("times in GMT, and a word that is none", async () => {
    const { column } = await read(tests, "insertAccountWithMultipleBatchesCSV.csv");
    expect(column("CustomDateTime").map((text) => asType("datetime", text))).toEqual([
      "2010-10-14 12:00:00+00",
      "VALUE_NOT_A_DATETIME",
      "2010-10-14 12:00:00+00",
    ]);
  });
});

describe.skipIf(shared === null)(needsShared("values of the siblings"), () => {
  const cells = async (folder: string, test: (cell: string) => boolean) => {
    let found = 0;
    for (const file of Object.keys(OUTCOMES[folder]!)) {
      const { rows } = await read(folder, file);
      for (const row of rows) for (const cell of row) if (test(cell ?? "")) found++;
    }
    return found;
  };

  it("491 cells beyond ASCII, none of them damaged", async () => {
    expect(await cells("npsp-1k-csv", (cell) => /[^\0-\x7f]/.test(cell))).toBe(491);
    expect(await cells("npsp-1k-csv", (cell) => /\ufffd|Ã|â€/.test(cell))).toBe(0);
  });

  it("182 cells of JSON, each of them valid", async () => {
    const valid = (cell: string) => {
      if (!cell.startsWith("{")) return false;
      JSON.parse(cell);
      return true;
    };
    expect(await cells("sfdc-data-cloud-workshop", valid)).toBe(182);
  });
});
