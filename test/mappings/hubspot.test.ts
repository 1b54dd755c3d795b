import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { adaptMappings } from "../../core/mapping/adapt.ts";
import { inputColumns } from "../../core/mapping/inputs.ts";
import { loadModel } from "../../core/model/load.ts";
import { packageRoot } from "../../core/paths.ts";
import type { SourceSchema } from "../../core/schema.ts";
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
      "contacts -> contact",
      "contacts_to_companies -> association",
      "contacts_to_contacts -> association",
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
});
