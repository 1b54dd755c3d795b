import { expect, test } from "vitest";
import { checkMappings } from "../../../core/mapping/check.ts";
import { splitReference } from "../../../core/mapping/named-lookup.ts";
import { DEFAULT_OWNERS } from "../../../core/mapping/owners.ts";
import { parseMappingFile } from "../../../core/mapping/parse.ts";
import { loadModel } from "../../../core/model/load.ts";
import type { SourceField } from "../../../core/schema.ts";
import { createProblems } from "../../../core/yaml-read.ts";

const model = await loadModel("hotcrm", "crm");
const FIELDS = ["id", "body", "deal", "company", "kind", "ref", "trade"];

/** A note with one more field, beside accounts, deals and two kinds of tasks; what is wrong, and the field as it was understood. */
function check(field: string, object = "note", options: Partial<SourceField> = {}) {
  const problems = createProblems();
  const plain = (name: string, target: string, more = "") =>
    `  - { object: ${target}, source: ${name}, key: id, ${more} fields: { ${target === "opportunity" ? "name: body, stage: { value: prospecting }" : target === "task" ? "subject: body" : "name: body"} } }\n`;
  const text = `mappings:
${plain("companies", "account")}${plain("deals", "opportunity")}${plain("todos", "task", "keyspace: todos,")}${plain("mails", "task", "keyspace: mails,")}  - { object: ${object}, source: notes, key: id, keyspace: notes, fields: { ${object === "note" ? "body: body" : "name: body"}, ${field} } }
`;
  const mappings = parseMappingFile("m.yaml", text, problems);
  const fields = FIELDS.map((name) => ({
    name,
    label: name,
    type: "text" as const,
    ...(name === "trade" ? options : {}),
  }));
  const sourceSchema = {
    objects: ["companies", "deals", "todos", "mails", "notes"].map((name) => ({
      name,
      label: name,
      key: "id",
      fields,
    })),
  };
  const capabilities = { blankMeansNothing: false, fetchByKey: true };
  const { set, problems: found } = checkMappings(
    { mappings, picklists: new Map(), owners: DEFAULT_OWNERS },
    { sourceSchema, model, capabilities },
  );
  return {
    told: [...problems.all, ...found].map(({ code, message }) => `${code} ${message}`),
    field: set.mappings.at(-1)?.fields.at(-1),
  };
}

test("a map says the object by the source field; its keys are where the value comes from", () => {
  const { told, field } = check("related_id: { lookup: { deal: opportunity, company: account } }");
  expect(told).toEqual([]);
  expect(field?.input).toEqual({ kind: "from", columns: ["deal", "company"] });
  expect(field?.lookup).toEqual({
    objects: ["opportunity", "account"],
    by: null,
    missing: "reject",
    typeInto: "related_type",
    targets: [
      { name: "deal", object: "opportunity", keyspace: null },
      { name: "company", object: "account", keyspace: null },
    ],
    typeFrom: null,
  });
  expect(splitReference(field!.lookup!, "opportunity:a:1")).toMatchObject({ target: { name: "deal" }, key: "a:1" });
  expect(splitReference(field!.lookup!, "?calls:1")).toBeNull();
});

test("plain lookups are what they were", () => {
  expect(check("related_id: { from: ref, lookup: [account, opportunity] }").field?.lookup).toEqual({
    objects: ["account", "opportunity"],
    by: null,
    missing: "reject",
    typeInto: "related_type",
  });
});

test.each([
  [
    "related_id: { from: [deal, ref], lookup: { deal: opportunity } }",
    "MAPPING_CONTRADICTION note.related_id: lookup does not say which object ref refers to",
  ],
  [
    "related_id: { lookup: { deal: opportunity }, transform: trim }",
    "MAPPING_CONTRADICTION note.related_id: transform and lookup as a map exclude each other",
  ],
  [
    "related_id: { from: ref, typeFrom: kind, lookup: account }",
    "MAPPING_CONTRADICTION note.related_id: typeFrom needs lookup as a map",
  ],
  [
    "related_id: { from: ref, typeFrom: kinds, lookup: { a: account } }",
    'MAPPING_UNKNOWN_COLUMN note.related_id: unknown source field "kinds" in notes',
  ],
  [
    "related_id: { value: x, lookup: { deal: opportunity } }",
    "MAPPING_CONTRADICTION note.related_id: lookup as a map needs from",
  ],
  [
    "related_id: { lookup: { deal: opportunity }, by: name }",
    "MAPPING_CONTRADICTION note.related_id: by and a lookup that names key spaces or source fields exclude each other",
  ],
  [
    "related_id: { from: ref, lookup: task/todo }",
    "MAPPING_LOOKUP_UNLOADED note.related_id: no mapping loads task/todo: references find only what the target already holds",
  ],
  ["title: { from: ref, typeFrom: kind }", "MAPPING_CONTRADICTION note.title: typeFrom needs lookup"],
])("%s", (field, expected) => {
  expect(check(field).told).toEqual([expected]);
});

test("values that the source labels as the picklist says", () => {
  const options = [
    { value: "1", label: "Retail" },
    { value: "2", label: "banks" },
    { value: "3", label: "Blimps" },
    { value: "software", label: "Retail" },
  ];
  const picklist = "industry: { from: trade, picklist: { values: { Banks: finance }, unmapped: stop } }";
  expect([...check(picklist, "account", { options }).field!.picklist!.values]).toEqual([
    ["Banks", "finance"],
    ["1", "retail"],
    ["2", "finance"],
  ]);
  const changed = picklist.replace("trade,", "trade, transform: trim,");
  expect([...check(changed, "account", { options }).field!.picklist!.values]).toEqual([["Banks", "finance"]]);
});
