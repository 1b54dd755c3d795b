import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { DescribedObject } from "../../connectors/salesforce/client.ts";
import { sourceObject } from "../../connectors/salesforce/schema.ts";
import { adaptMappings } from "../../core/mapping/adapt.ts";
import { inputColumns } from "../../core/mapping/inputs.ts";
import { widenLookups } from "../../core/mapping/widen-lookups.ts";
import { loadModel } from "../../core/model/load.ts";
import type { SourceField, SourceSchema } from "../../core/schema.ts";
import { needsShared, sharedDir } from "../helpers/shared.ts";
import { checkAll, parseAll, shipped } from "./shipped.ts";

const FILES = shipped("salesforce");
const model = await loadModel("hotcrm", "crm");

/** An org that has everything that the mappings read. */
function fullOrg(): SourceSchema {
  const objects = new Map<string, Set<string>>();
  for (const mapping of parseAll(FILES).mappings) {
    for (const source of mapping.sources) {
      const names = objects.get(source) ?? new Set(mapping.key);
      for (const name of mapping.filter?.columns ?? []) names.add(name);
      for (const field of mapping.fields) {
        for (const name of inputColumns(field.input)) names.add(name);
        if (field.currency !== null) names.add(field.currency);
      }
      for (const { input } of mapping.cases) for (const name of Object.keys(input)) names.add(name);
      objects.set(source, names);
    }
  }
  return {
    objects: [...objects].map(([name, fields]) => ({
      name,
      label: name,
      key: "Id",
      fields: [...fields].map((field) => ({ name: field, label: field, type: "text" as const })),
    })),
  };
}

describe("shipped mappings", () => {
  test("fit the model, and do what their cases say", async () => {
    const { told, run } = await checkAll(FILES, fullOrg());
    expect(told).toEqual([]);
    expect(run).toBeGreaterThan(40);
  });

  test("there is one for every object, each with cases", () => {
    const { mappings } = parseAll(FILES);
    expect(mappings.map(({ object, sources }) => `${sources.join()} -> ${object}`).sort()).toEqual([
      "Account -> account",
      "AccountContactRelation -> association",
      "Attachment -> file",
      "Campaign -> campaign",
      "CampaignMember -> campaign_member",
      "Case -> case",
      "CaseComment -> note",
      "Contact -> contact",
      "ContentDocumentLink -> association",
      "ContentDocumentLink -> association",
      "ContentNote -> note",
      "ContentVersion -> file",
      "Contract -> contract",
      "Event -> event",
      "EventRelation -> association",
      "Group -> user",
      "Lead -> lead",
      "Note -> note",
      "Opportunity -> opportunity",
      "OpportunityContactRole -> association",
      "OpportunityLineItem -> opportunity_line_item",
      "Product2 -> product",
      "Quote -> quote",
      "QuoteLineItem -> quote_line_item",
      "Task -> task",
      "TaskRelation -> association",
      "User -> user",
    ]);
    expect(mappings.filter(({ cases }) => cases.length === 0)).toEqual([]);
  });

  test("an org that has everything gets them as they are", () => {
    const { files, notes } = adaptMappings(FILES, { schema: fullOrg(), model, additions: false });
    expect(files).toEqual(FILES);
    expect(notes).toEqual([]);
  });

  test("an org without quotes and currencies is told so, and the rest holds", async () => {
    const full = fullOrg();
    const schema: SourceSchema = {
      objects: full.objects
        .filter(({ name }) => !name.startsWith("Quote"))
        .map((object) => ({ ...object, fields: object.fields.filter(({ name }) => !/CurrencyIsoCode$/.test(name)) })),
    };
    const { files, notes } = adaptMappings(FILES, { schema, model, additions: false });
    expect(notes).toContain("Quote: not in this source; left out: quote.yaml");
    expect(notes).toContain("account.yaml: Account lacks CurrencyIsoCode");
    expect(files.map(({ name }) => name)).not.toContain("quote.yaml");
    const text = files.find(({ name }) => name === "task.yaml")!.text;
    expect(text).toContain("lookup: [ account, opportunity, contract, case, campaign, product ]");
    expect((await checkAll(files, schema)).told).toEqual([]);
  });

  test.each(fullOrg().objects.map(({ name }) => name))("every single field of %s may be missing", async (name) => {
    const wrong: string[] = [];
    const shared = FILES.filter((file) => /^(picklists|owners)/.test(file.name));
    const object = fullOrg().objects.find((one) => one.name === name)!;
    const own = FILES.filter(({ text }) => text.includes(`\nsource: ${name}\n`));
    // files and notes have mappings of their own for their links
    expect(own).toHaveLength(name === "ContentDocumentLink" ? 2 : 1);
    for (const field of object.fields) {
      // a system field that tells files and notes apart: without it the mappings say so, as an error
      if (field.name === "Id" || field.name === "ContentDocument.FileType") continue;
      const schema = { objects: [{ ...object, fields: object.fields.filter((other) => other !== field) }] };
      const { files } = adaptMappings([...own, ...shared], { schema, model, additions: false });
      if (files.length === shared.length) continue;
      const { told } = await checkAll(files, schema);
      const real = told.filter((line) => !/no mapping loads/.test(line));
      if (real.length > 0) wrong.push(`${name}.${field.name}: ${real.join("; ")}`);
    }
    expect(wrong).toEqual([]);
  });

  test("records of an object that is not shown: what belongs to them is left out, what refers to them stays", async () => {
    const ask = "ask for Read";
    const objects = (...names: string[]) => fullOrg().objects.filter(({ name }) => !names.includes(name));
    const hidden = { objects: objects("Case"), hiddenObjects: ask };
    const withoutCases = adaptMappings(FILES, { schema: hidden, model, additions: false });
    expect(withoutCases.files.map(({ name }) => name)).not.toContain("case-comment.yaml");
    const note = "case-comment.yaml: left out, because its records belong to case, which no mapping loads here";
    expect(withoutCases.notes).toContain(note);
    expect(withoutCases.hints.get(note)).toBe(ask);
    expect((await checkAll(withoutCases.files, hidden)).told).toEqual([]);
    const widened = widenLookups(withoutCases.files, [], hidden).files;
    expect(widened.find(({ name }) => name === "content-document-link.yaml")!.text).not.toContain("'Case'");
    expect((await checkAll(widened, hidden)).told).toEqual([]);

    const schema = { objects: objects("Account") };
    const { files, notes } = adaptMappings(FILES, { schema, model, additions: false });
    expect(files.map(({ name }) => name)).toContain("contact.yaml");
    expect(files.find(({ name }) => name === "contact.yaml")!.text).toMatch(/account_id: .*missing: "null"/);
    expect(notes).toContain(
      "contact.yaml: left empty, because no mapping loads what they refer to: account_id (account)",
    );
    expect(files.map(({ name }) => name)).not.toContain("account-contact-relation.yaml");
  });

  test("a mapping without what the model requires is left out, and said to be", () => {
    const full = fullOrg();
    const schema = {
      objects: full.objects.map((object) => ({
        ...object,
        fields: object.fields.filter(({ name }) => object.name !== "Opportunity" || name !== "StageName"),
      })),
    };
    const { files, notes } = adaptMappings(FILES, { schema, model, additions: false });
    expect(files.map(({ name }) => name)).not.toContain("opportunity.yaml");
    expect(notes.filter((note) => note.startsWith("opportunity.yaml"))).toEqual([
      "opportunity.yaml: Opportunity lacks StageName",
      "opportunity.yaml: left out, because it needs a source for stage",
    ]);
  });
});

const SHARED = sharedDir();

function recorded(name: string): DescribedObject {
  const file = join(SHARED!, "fixtures", "salesforce", "cumulusci", `describe_${name}.json`);
  const json = JSON.parse(readFileSync(file, "utf8"));
  return json.body ?? json;
}

const RECORDED = ["Account", "Contact", "Lead", "Opportunity", "Case", "Event", "OpportunityContactRole", "Custom__c"];

/** The recorded org, with the record type's name where there are record types. */
function recordedOrg(): SourceSchema {
  const type: SourceField = { name: "RecordType.DeveloperName", label: "Record Type Name", type: "text" };
  return {
    objects: RECORDED.map(recorded).map((object) =>
      sourceObject(object, object.fields.some(({ name }) => name === "RecordTypeId") ? [type] : []),
    ),
  };
}

/** Compares with `golden/<name>`; `UPDATE_GOLDEN=1` writes it. */
function expectFile(name: string, text: string): void {
  const file = fileURLToPath(new URL(`golden/${name}`, import.meta.url));
  if (process.env.UPDATE_GOLDEN === "1" || !existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, "utf8"));
}

describe.skipIf(SHARED === null)(needsShared("a recorded org"), () => {
  const adapted = () => adaptMappings(FILES, { schema: recordedOrg(), model, additions: true });

  test.each(["account", "contact", "lead", "opportunity", "case", "event", "picklists"])("%s", (name) => {
    expectFile(`${name}.yaml`, adapted().files.find((file) => file.name === `${name}.yaml`)!.text);
  });

  test("what was taken out and added is told", () => {
    const { notes, leftOut } = adapted();
    expectFile("notes.txt", `${notes.join("\n")}\n`);
    expect(leftOut).toEqual(["Custom__c"]);
  });

  test("all of it holds", async () => {
    const { told, run } = await checkAll(adapted().files, recordedOrg());
    expect(told.filter((line) => !/no mapping loads/.test(line))).toEqual([]);
    expect(run).toBeGreaterThan(5);
  });
});
