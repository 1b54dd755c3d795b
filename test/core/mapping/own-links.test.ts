import { expect, test } from "vitest";
import { draftOwnLinks } from "../../../core/mapping/own-links.ts";
import type { OwnObject } from "../../../core/mapping/own-objects.ts";

const own = (name: string, source: string): OwnObject => {
  return { name, label: name, source, key: "id", filter: null, currencyField: null, fields: [] };
};
const LINKS = `# Who plays which part.
object: association
source: deals_to_people
key: id
keyspace: deals_to_people
fields:
  from_id: { from: from_id, lookup: opportunity, typeInto: from_object }
  to_id: { from: to_id, lookup: contact, typeInto: to_object }
  label: label
cases:
  - { input: { id: "1", from_id: "2" }, expect: { from_id: "2" } }
`;
const FILES = [
  { name: "contact.yaml", text: "object: contact\nsource: people\nkey: id\nfields: { last_name: name }\n" },
  { name: "lead.yaml", text: "object: lead\nsource: leads\nkey: id\nkeyspace: leads\nfields: { last_name: name }\n" },
  { name: "links.yaml", text: LINKS },
];
const described = (name: string, links: [string, string, string?][]) => {
  const link = ([object, to, back]: [string, string, string?]) => ({
    object,
    to,
    ...(back === undefined ? {} : { back }),
  });
  return { name, label: name, fields: [], links: links.map(link) };
};
const SCHEMA = {
  objects: [
    described("p1_car", [
      ["p1_car_to_people", "people"],
      ["p1_car_to_leads", "leads"],
      ["p1_car_to_orders", "orders"],
      ["p1_car_to_p1_visit", "p1_visit"],
    ]),
    described("p1_visit", [["p1_visit_to_p1_car", "p1_car"]]),
  ],
};

test("each object of links gets a mapping like the shipped ones, of two objects only one", () => {
  const { files, fields } = draftOwnLinks(FILES, [own("cars", "p1_car"), own("site_visits", "p1_visit")], SCHEMA);
  expect(files.map(({ name }) => name)).toEqual([
    "cars-to-contact.yaml",
    "cars-to-lead-leads.yaml",
    "cars-to-site-visits.yaml",
  ]);
  expect(files[1]!.text).toBe(`# What links cars with lead/leads.
object: association
source: p1_car_to_leads
key: id
keyspace: p1_car_to_leads
fields:
  from_id: { from: from_id, lookup: cars, typeInto: from_object }
  to_id: { from: to_id, lookup: lead/leads, typeInto: to_object }
  label: label
`);
  expect([...fields]).toEqual([
    ["association.from_id", ["cars"]],
    ["association.to_id", ["site_visits"]],
  ]);
});

test("what the other side calls them gets a mapping the other way round", () => {
  const schema = {
    objects: [
      described("p1_car", [
        ["p1_car_to_leads", "leads", "leads_to_p1_car.labels"],
        ["p1_car_to_p1_visit", "p1_visit", "p1_visit_to_p1_car.labels"],
      ]),
      described("p1_visit", [["p1_visit_to_p1_car", "p1_car", "p1_car_to_p1_visit.labels"]]),
    ],
  };
  const { files, fields } = draftOwnLinks(FILES, [own("cars", "p1_car"), own("site_visits", "p1_visit")], schema);
  expect(files.map(({ name }) => name)).toEqual([
    "cars-to-lead-leads.yaml",
    "lead-leads-to-cars.yaml",
    "cars-to-site-visits.yaml",
    "site-visits-to-cars.yaml",
  ]);
  expect(files[1]!.text).toBe(`# What links lead/leads with cars.
object: association
source: leads_to_p1_car.labels
key: id
keyspace: leads_to_p1_car.labels
fields:
  from_id: { from: from_id, lookup: lead/leads, typeInto: from_object }
  to_id: { from: to_id, lookup: cars, typeInto: to_object }
  label: label
`);
  expect([...fields]).toEqual([
    ["association.from_id", ["cars", "site_visits"]],
    ["association.to_id", ["cars", "site_visits"]],
  ]);
});

test("without shipped mappings of links, or without links, there are none", () => {
  expect(draftOwnLinks(FILES.slice(0, 2), [own("cars", "p1_car")], SCHEMA).files).toEqual([]);
  const schema = { objects: [{ name: "p1_car", label: "Car", fields: [] }] };
  expect(draftOwnLinks(FILES, [own("cars", "p1_car")], schema).files).toEqual([]);
});
