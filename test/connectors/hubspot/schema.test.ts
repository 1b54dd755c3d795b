import { expect, it } from "vitest";
import { createMetadata, type Metadata } from "../../../connectors/hubspot/metadata.ts";
import { hubspotOptions } from "../../../connectors/hubspot/options.ts";
import type { SourceObject, SourceSchema } from "../../../core/schema.ts";
import {
  type HubspotSim,
  PRIVATE_TOKEN,
  type HubspotOptions as SimOptions,
  startHubspot,
} from "../../sim/hubspot/index.ts";
import { afterTest, apiOver, failure } from "./api-kit.ts";

const UNLIMITED = { tenSeconds: 0, secondly: 0, search: 0 };

interface Lab {
  readonly sim: HubspotSim;
  readonly metadata: Metadata;
}

async function lab(options: SimOptions = {}, values: Readonly<Record<string, unknown>> = {}): Promise<Lab> {
  const sim = await startHubspot({ seed: 1, records: 300, limits: UNLIMITED, ...options });
  afterTest(() => sim.close());
  const given = { accessToken: PRIVATE_TOKEN, baseUrl: sim.url, ...values };
  return { sim, metadata: createMetadata(apiOver(sim.url, { options: given }), hubspotOptions(given)) };
}

const objectOf = (schema: SourceSchema, name: string): SourceObject =>
  schema.objects.find((object) => object.name === name)!;
const namesOf = (object: SourceObject): string[] => object.fields.map(({ name }) => name);
const fieldOf = (object: SourceObject, name: string) => object.fields.find((field) => field.name === name);

const ALL_BUT = (scope: string): string[] =>
  [
    "crm.objects.contacts.read",
    "crm.objects.companies.read",
    "crm.objects.deals.read",
    "crm.objects.owners.read",
    "crm.objects.leads.read",
    "crm.objects.line_items.read",
    "crm.objects.products.read",
    "crm.objects.quotes.read",
    "crm.objects.custom.read",
    "crm.schemas.custom.read",
    "tickets",
    "files",
  ].filter((name) => name !== scope);

it.each(["v3", "2026-03"])("lists every object, and describes those that are wanted (%s)", async (apiPath) => {
  const { sim, metadata } = await lab({}, { apiPath });
  const wanted = new Map([
    ["company", ["name"]],
    ["deals", ["associations.contacts", "associations.company.ids", "dealstage.label"]],
    ["car", ["plate"]],
    ["contacts_to_companies", []],
  ]);
  const schema = await metadata.describe(wanted);
  const portal = sim.portal.account.portalId;
  expect(schema.objects.map(({ name }) => name)).toEqual([
    "owners",
    ...["companies", "contacts", "leads", "deals", "tickets", "products", "line_items", "quotes"],
    ...["calls", "emails", "meetings", "notes", "tasks", "communications", "postal_mail"],
    ...[`p${portal}_car`, `p${portal}_service_visit`, "files", "contacts_to_companies"],
  ]);
  expect(objectOf(schema, "companies")).toMatchObject({ key: "id", aliases: ["company", "0-2"] });
  const car = objectOf(schema, `p${portal}_car`);
  expect(car).toMatchObject({ key: "id", custom: true, aliases: ["car", sim.portal.type("car")!.id] });
  expect(fieldOf(car, "plate")).toMatchObject({ type: "text", custom: true });
  expect(namesOf(car)).toContain("hs_pipeline_stage.label");
  expect(objectOf(schema, "contacts").fields).toEqual([]);
  const deals = objectOf(schema, "deals");
  expect(namesOf(deals).slice(0, 5)).toEqual(["id", "createdAt", "updatedAt", "archived", "archivedAt"]);
  expect(namesOf(deals).filter((name) => name.startsWith("associations"))).toEqual([
    "associations.contacts",
    "associations.contacts.ids",
    "associations.company",
    "associations.company.ids",
  ]);
  expect(fieldOf(deals, "associations.company")).toMatchObject({ type: "reference", referenceTo: ["companies"] });
  expect(fieldOf(objectOf(schema, "contacts_to_companies"), "to_id")).toMatchObject({ referenceTo: ["companies"] });
});

it("describes stages as picklists over all pipelines, and what they mean", async () => {
  const { sim, metadata } = await lab();
  const schema = await metadata.describe(
    new Map([
      ["deals", []],
      ["tickets", []],
    ]),
  );
  const deals = objectOf(schema, "deals");
  const pipelines = sim.portal.pipelines(sim.portal.type("deals")!) as unknown as {
    readonly id: string;
    readonly label: string;
    readonly stages: readonly { readonly id: string; readonly label: string }[];
  }[];
  expect(fieldOf(deals, "dealstage")).toMatchObject({
    type: "picklist",
    options: pipelines.flatMap(({ stages }) => stages.map(({ id, label }) => ({ value: id, label }))),
  });
  expect(fieldOf(deals, "pipeline")?.options).toEqual(pipelines.map(({ id, label }) => ({ value: id, label })));
  const virtual = (object: SourceObject) =>
    object.fields.flatMap(({ name, type }) => (name.includes(".") ? [`${name}: ${type}`] : []));
  expect(virtual(deals)).toEqual([
    "dealstage.label: text",
    "dealstage.probability: decimal",
    "dealstage.isClosed: boolean",
    "pipeline.label: text",
  ]);
  expect(virtual(objectOf(schema, "tickets"))).toEqual([
    "hs_pipeline_stage.label: text",
    "hs_pipeline_stage.isClosed: boolean",
    "hs_pipeline.label: text",
  ]);
  const [field] = await metadata.stages("deals");
  expect(field?.stages.get("closedwon")).toEqual({
    id: "closedwon",
    label: "Closed Won",
    probability: "1.0",
    isClosed: "true",
  });
  expect(field?.pipelines.get("default")).toBe("Sales Pipeline");
  expect(await metadata.stages("contacts")).toEqual([]);
});

it("a draft knows the usual associations, and describes everything in the portal", async () => {
  const { metadata } = await lab();
  const schema = await metadata.describe();
  expect(schema.objects.filter(({ fields }) => fields.length === 0)).toEqual([]);
  expect(namesOf(objectOf(schema, "notes")).filter((name) => /^associations\.\w+$/.test(name))).toEqual([
    "associations.contacts",
    "associations.companies",
    "associations.deals",
    "associations.tickets",
  ]);
});

it("an object whose scope is missing is left out, and the scope is named", async () => {
  const { metadata } = await lab({ scopes: ALL_BUT("crm.objects.deals.read") });
  const schema = await metadata.describe(
    new Map([
      ["deals", []],
      ["contacts", []],
    ]),
  );
  expect(schema.objects.map(({ name }) => name)).not.toContain("deals");
  expect(schema.hidden).toEqual({ deals: "the scope crm.objects.deals.read is missing" });
  const { deleted, otherIds } = objectOf(schema, "contacts");
  expect([deleted, otherIds]).toEqual(["archived", "hs_merged_object_ids"]);
  expect(schema.hiddenObjects).toMatch(
    /^The token may not read everything: deals needs the scope crm\.objects\.deals\.read\. /,
  );
  expect(objectOf(schema, "contacts").fields.length).toBeGreaterThan(100);
});

it("custom objects may be hidden, or not there at all", async () => {
  const hidden = await lab({ scopes: ALL_BUT("crm.schemas.custom.read") });
  const schema = await hidden.metadata.describe(new Map());
  expect(schema.objects.filter(({ custom }) => custom)).toEqual([]);
  expect(schema.hiddenObjects).toContain("custom objects need the scope crm.schemas.custom.read");
  const none = await lab({ customObjects: false });
  const plain = await none.metadata.describe(new Map());
  expect(plain.objects.filter(({ custom }) => custom)).toEqual([]);
  expect(plain.hiddenObjects).not.toContain("crm.schemas.custom.read");
});

it("sensitive properties come with their scope, and are asked for by name without it", async () => {
  const fields = ["tax_id", "health_notes", "email"];
  const all = await lab();
  const shown = objectOf(await all.metadata.describe(new Map([["contacts", fields]])), "contacts");
  expect(namesOf(shown)).toEqual(expect.arrayContaining(fields));
  const some = await lab({ scopes: [...ALL_BUT(""), "crm.objects.contacts.sensitive.read"] });
  const less = objectOf(await some.metadata.describe(new Map([["contacts", fields]])), "contacts");
  expect(namesOf(less)).toContain("tax_id");
  expect(namesOf(less)).not.toContain("health_notes");
  expect(less.hiddenFields).toContain(
    "HubSpot shows sensitive properties of contacts only to apps with the scope crm.objects.contacts.highly_sensitive.read.",
  );
});

it("a property that was archived is told from one that never was", async () => {
  const { metadata } = await lab();
  const hint = async (field: string) =>
    objectOf(await metadata.describe(new Map([["contacts", [field]]])), "contacts").hiddenFields;
  expect(await hint("old_score")).toContain("old_score: archived (deleted) in the portal; restore it there");
  expect(await hint("no_such_property")).not.toContain("archived");
});

it("names mean the same whichever is used; unknown ones are told with the nearest", async () => {
  const { sim, metadata } = await lab();
  const car = `p${sim.portal.account.portalId}_car`;
  const kinds = await Promise.all(
    ["contact", "0-1", "car", "owners", "files", "car_to_contact", "contact_to_car.labels"].map((name) =>
      metadata.resolve(name),
    ),
  );
  expect(kinds).toEqual([
    { kind: "records", name: "contacts", type: "contacts" },
    { kind: "records", name: "contacts", type: "contacts" },
    { kind: "records", name: car, type: car },
    { kind: "owners", name: "owners" },
    { kind: "files", name: "files" },
    { kind: "pairs", name: `${car}_to_contacts`, from: car, to: "contacts", labelled: false },
    { kind: "pairs", name: `contacts_to_${car}.labels`, from: "contacts", to: car, labelled: true },
  ]);
  expect(await failure(() => metadata.resolve("compaines"))).toMatchObject({
    class: "ConfigError",
    code: "HUBSPOT_UNKNOWN_OBJECT",
    message: 'the portal shows no object "compaines"; did you mean "companies"?',
  });
});

it("the fingerprint changes with properties, stages and labels, and with nothing else", async () => {
  const { sim, metadata } = await lab();
  const { portal } = sim;
  const deals = portal.type("deals")!;
  const names = ["deals", "contacts", "owners", "deals_to_contacts"];
  const prints = async () =>
    Object.fromEntries(await Promise.all(names.map(async (name) => [name, await metadata.fingerprint(name)])));
  const before = await prints();
  expect(before.deals).toMatch(new RegExp(`^${portal.account.portalId}:deals:v3:[0-9a-f]{16}$`));
  portal.write(deals, null, { dealname: "one more" });
  expect(await prints()).toEqual(before);
  portal.defineProperty(deals, "discount_share", null);
  const without = await prints();
  expect(without).toEqual({ ...before, deals: without.deals });
  expect(without.deals).not.toBe(before.deals);
  portal.definePipelines(deals, portal.pipelines(deals).slice(0, 1));
  expect((await prints()).deals).not.toBe(without.deals);
});

it("the check tells every missing scope at once", async () => {
  const { metadata } = await lab({ scopes: ["crm.objects.companies.read", "crm.schemas.custom.read"] });
  const found = await metadata.check(
    new Map([
      ["companies", ["name"]],
      ["contacts", ["email", "associations.companies"]],
      ["deals_to_companies", ["from_id"]],
      ["owners", ["email"]],
      ["files", ["name"]],
    ]),
  );
  expect(
    found
      .map(({ code, message, place, severity }) => [
        code,
        place.object,
        severity,
        /needs the scope (\S+)/.exec(message)?.[1],
      ])
      .sort(),
  ).toEqual(
    [
      ["HUBSPOT_SCOPE_MISSING", "contacts", "error", "crm.objects.contacts.read"],
      ["HUBSPOT_SCOPE_MISSING", "deals", "error", "crm.objects.deals.read"],
      ["HUBSPOT_SCOPE_MISSING", "owners", "error", "crm.objects.owners.read"],
      ["HUBSPOT_SCOPE_MISSING", "files", "error", "files"],
      ...["calls", "emails", "meetings", "notes", "tasks", "communications", "postal_mail"].map((name) => [
        "HUBSPOT_SCOPE_MISSING",
        name,
        "error",
        "crm.objects.contacts.read",
      ]),
    ].sort(),
  );
});

it("the check is silent where nothing is missing, and warns of e-mail bodies and few calls", async () => {
  const scopes = [...ALL_BUT(""), "sales-email-read"];
  const fine = await lab({ scopes });
  const wanted = new Map([
    ["emails", ["hs_email_html"]],
    ["deals", ["amount"]],
    ["files", ["name", "related_id"]],
  ]);
  expect(await fine.metadata.check(wanted)).toEqual([]);
  const less = await lab({ scopes: ALL_BUT(""), limits: { ...UNLIMITED, daily: 1000, usedToday: 740 } });
  expect((await less.metadata.check(wanted)).map(({ code, severity }) => `${severity} ${code}`)).toEqual([
    "warning HUBSPOT_EMAIL_BODIES",
    "warning HUBSPOT_FEW_CALLS_LEFT",
  ]);
});
