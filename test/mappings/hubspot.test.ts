import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { propertyField, RECORD_FIELDS } from "../../connectors/hubspot/schema.ts";
import { adaptMappings } from "../../core/mapping/adapt.ts";
import { inputColumns } from "../../core/mapping/inputs.ts";
import { profileObject } from "../../core/mapping/profile.ts";
import { plainFields, suggestFields } from "../../core/mapping/suggest.ts";
import { loadModel } from "../../core/model/load.ts";
import { packageRoot } from "../../core/paths.ts";
import type { RecordBatch } from "../../core/record.ts";
import type { SourceField, SourceSchema } from "../../core/schema.ts";
import { needsShared, sharedDir } from "../helpers/shared.ts";
import { checkAll, parseAll, shipped } from "./shipped.ts";

const FILES = shipped("hubspot");
const model = await loadModel("hotcrm", "crm");

/** A portal that has everything that the mappings read. */
function fullPortal(files = FILES): SourceSchema {
  const objects = new Map<string, Set<string>>();
  for (const mapping of parseAll(files).mappings) {
    for (const source of mapping.sources) {
      const names = objects.get(source) ?? new Set(mapping.key);
      for (const name of mapping.filter?.columns ?? []) names.add(name);
      if (mapping.aliases !== null) names.add(mapping.aliases.from);
      for (const field of mapping.fields) {
        for (const name of inputColumns(field.input)) names.add(name);
        for (const name of [field.currency, field.typeFrom]) if (name !== null) names.add(name);
      }
      for (const { from } of mapping.associations) names.add(from);
      for (const { input } of mapping.cases) for (const name of Object.keys(input)) names.add(name);
      objects.set(source, names);
    }
  }
  return {
    objects: [...objects].map(([name, fields]) => ({
      name,
      label: name,
      key: "id",
      fields: [...fields].map((field) => ({ name: field, label: field, type: "text" as const })),
    })),
  };
}

describe("shipped mappings", () => {
  test("fit the model, and do what their cases say", async () => {
    const { told, run } = await checkAll(FILES, fullPortal(), false);
    expect(told).toEqual([]);
    expect(run).toBeGreaterThan(45);
  });

  test("there is one for every object, each with cases", () => {
    const { mappings } = parseAll(FILES);
    expect(mappings.map(({ object, sources }) => `${sources.join()} -> ${object}`).sort()).toEqual([
      "calls -> event",
      "communications -> task",
      "companies -> account",
      "companies_to_companies -> association",
      "companies_to_contacts.labels -> association",
      "companies_to_deals.labels -> association",
      "companies_to_leads.labels -> association",
      "companies_to_quotes.labels -> association",
      "companies_to_tickets.labels -> association",
      "contacts -> contact",
      "contacts_to_companies -> association",
      "contacts_to_contacts -> association",
      "contacts_to_deals.labels -> association",
      "contacts_to_leads.labels -> association",
      "contacts_to_quotes.labels -> association",
      "contacts_to_tickets.labels -> association",
      "deals -> opportunity",
      "deals_to_companies -> association",
      "deals_to_contacts -> association",
      "deals_to_deals -> association",
      "deals_to_tickets -> association",
      "emails -> task",
      "files -> file",
      "leads -> lead",
      "leads_to_companies -> association",
      "leads_to_contacts -> association",
      "leads_to_deals -> association",
      "line_items -> opportunity_line_item",
      "line_items -> quote_line_item",
      "meetings -> event",
      "notes -> note",
      "owners -> user",
      "postal_mail -> task",
      "products -> product",
      "quotes -> quote",
      "quotes_to_companies -> association",
      "quotes_to_contacts -> association",
      "tasks -> task",
      "tickets -> case",
      "tickets_to_companies -> association",
      "tickets_to_contacts -> association",
      "tickets_to_deals.labels -> association",
      "tickets_to_tickets -> association",
    ]);
    expect(mappings.filter(({ cases }) => cases.length === 0)).toEqual([]);
  });

  test("leads from contacts: the option fits beside the others", async () => {
    const name = "lead-from-contact.yaml";
    const text = readFileSync(join(packageRoot(), "mappings", "hubspot", "optional", name), "utf8");
    const filter = /^#\s+filter: (.*)$/m.exec(text)![1]!;
    const files = [
      ...FILES.map((file) =>
        file.name === "contact.yaml"
          ? { ...file, text: file.text.replace('filter: "archived = false"', `filter: ${filter}`) }
          : file,
      ),
      { name, text },
    ];
    const { told } = await checkAll(files, fullPortal(files), false);
    expect(told).toEqual([]);
  });

  test("a portal that has everything gets them as they are", () => {
    const { files, notes, assumed } = adaptMappings(FILES, { schema: fullPortal(), model, additions: false });
    expect(files).toEqual(FILES);
    expect([...notes, ...assumed]).toEqual([]);
  });

  test("without tickets, quotes and leads the rest holds", async () => {
    const gone = /tickets|quotes|leads/;
    const schema: SourceSchema = {
      objects: fullPortal()
        .objects.filter(({ name }) => !gone.test(name))
        .map((object) => ({ ...object, fields: object.fields.filter(({ name }) => !gone.test(name)) })),
    };
    const { files } = adaptMappings(FILES, { schema, model, additions: false });
    expect(files.map(({ name }) => name).filter((name) => /case|quote|lead/.test(name))).toEqual([]);
    const note = files.find(({ name }) => name === "note.yaml")!.text;
    expect(note).toContain("associations.deals: opportunity,");
    expect(note).not.toMatch(/: case|tickets|lead\/leads/);
    expect(files.find(({ name }) => name === "file.yaml")!.text).toContain(
      "{ deals: opportunity, companies: account, contacts: contact }",
    );
    expect((await checkAll(files, schema, false)).told).toEqual([]);
  });

  test.each(["tasks", "notes", "files", "deals_to_contacts"])(
    "every single field of %s may be missing",
    async (name) => {
      const wrong: string[] = [];
      const object = fullPortal().objects.find((one) => one.name === name)!;
      const own = FILES.filter(({ text }) => text.includes(`\nsource: ${name}\n`));
      const shared = FILES.filter((file) => /^(picklists|owners)/.test(file.name));
      expect(own).toHaveLength(1);
      for (const field of object.fields) {
        if (field.name === "id") continue;
        const schema = { objects: [{ ...object, fields: object.fields.filter((other) => other !== field) }] };
        const { files } = adaptMappings([...own, ...shared], { schema, model, additions: false });
        if (files.length === shared.length) continue;
        const { told } = await checkAll(files, schema, false);
        wrong.push(...told.filter((line) => !/no mapping loads/.test(line)).map((line) => `${field.name}: ${line}`));
      }
      expect(wrong).toEqual([]);
    },
  );
});

const SHARED = sharedDir();

/** The 354 properties of contacts that a portal answered in 2024, as the connector describes them. */
function recordedContacts(): SourceField[] {
  const file = join(SHARED!, "fixtures", "hubspot", "sensadrome", "properties_contacts_2024.trimmed.json");
  const { body } = JSON.parse(readFileSync(file, "utf8")).response;
  const { results } = typeof body === "string" ? JSON.parse(body) : body;
  return results.map((property: Record<string, unknown> & { modificationMetadata?: { readOnlyValue?: boolean } }) =>
    propertyField({
      name: String(property.name),
      label: String(property.label),
      type: String(property.type),
      fieldType: String(property.fieldType),
      options: property.options as { value: string; label: string }[],
      refersTo: (property.referencedObjectType as string | undefined) ?? null,
      readOnly: property.modificationMetadata?.readOnlyValue === true,
      currency: property.showCurrencySymbol === true,
      custom: property.hubspotDefined !== true,
    }),
  );
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

/** A profile of columns without values: names and labels alone speak. */
async function unread(fields: readonly SourceField[]) {
  async function* none(): AsyncGenerator<RecordBatch> {
    const nothing = {
      data: Buffer.alloc(0),
      starts: new Int32Array(),
      ends: new Int32Array(),
      lines: new Float64Array(),
    };
    yield { columns: fields.map(({ name }) => name), size: 0, ...nothing, bad: [], ascii: true, next: {} };
  }
  return await profileObject("contacts", none(), {});
}

describe.skipIf(SHARED === null)(needsShared("recorded properties of contacts"), () => {
  const schema = (): SourceSchema => ({
    objects: [{ name: "contacts", label: "Contacts", key: "id", fields: [...RECORD_FIELDS, ...recordedContacts()] }],
  });

  test("the mapping, fitted to them", async () => {
    expect(recordedContacts()).toHaveLength(354);
    const { files, notes } = adaptMappings(FILES, { schema: schema(), model, additions: true });
    expectFile("hubspot-contact.yaml", files.find(({ name }) => name === "contact.yaml")!.text);
    expectFile("hubspot-notes.txt", `${notes.filter((note) => !note.includes("not in this source")).join("\n")}\n`);
    const { told } = await checkAll(files, schema(), false);
    expect(told.filter((line) => !/no mapping loads/.test(line))).toEqual([]);
  });

  test.each(["contact", "lead"])("suggestions for a %s", async (name) => {
    const fields = recordedContacts();
    const object = model.objects.get(name)!;
    const labels = new Map(fields.map((field) => [field.name, field.label]));
    const profile = await unread(fields);
    const found = suggestFields([...profile.columns.values()], object, plainFields(object, model), labels);
    expectFile(
      `hubspot-suggestions-${name}.txt`,
      found.map(({ column, field, reason }) => `${column} -> ${field}: ${reason}\n`).join(""),
    );
  });
});
