import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../../core/paths.ts";
import { parseYaml } from "../../../core/yaml.ts";
import { outdatedSchemas } from "../../../scripts/generate-schemas.ts";

const folder = join(packageRoot(), "mappings");
const ajv = new Ajv({ strict: false, allErrors: true });
const schemas = new Map<string, ValidateFunction>();

beforeAll(() => {
  for (const name of ["migration", "mapping", "picklists", "owners", "model"]) {
    schemas.set(name, ajv.compile(JSON.parse(readFileSync(join(folder, `${name}.schema.json`), "utf8"))));
  }
});

function errors(schema: string, yaml: string): string[] {
  const validate = schemas.get(schema)!;
  validate(parseYaml("x.yaml", yaml).root.value);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.keyword}`);
}

it("the files are what the tables say (node scripts/generate-schemas.ts)", async () => {
  expect(await outdatedSchemas(folder)).toEqual([]);
});

describe("migration.schema.json", () => {
  const good = `
version: 1
name: acme
source: { connector: csv, files: [a.csv], dates: dmy, nulls: ["", "#N/A"] }
target: { connector: postgres, url: "\${DATABASE_URL:-}", schema: crm, model: hotcrm }
mappings: ./mappings
owners: ./owners.yaml
scope: { since: 2020-01-01, until: null, objects: null }
limits: { rejects: 0.01, api: "\${API:-0.8}" }
reconcile: { tolerance: 0.001, spotChecks: 10 }
cutover:
  stages:
    - { name: reference, objects: [user, product] }
    - { name: final, delta: true, freeze: true }
`;
  it("accepts what the program accepts", () => {
    expect(errors("migration", good)).toEqual([]);
    expect(errors("migration", "name: a\nsource: { connector: csv, files: x }\n")).toEqual([]);
    expect(errors("migration", "name: a\nsource: { connector: other, anything: 1 }\n")).toEqual([]);
  });
  it.each([
    ["limits: { rejects: 0.01", "limit: { rejects: 0.01", " additionalProperties"],
    ["dates: dmy", "dates: dym", "/source/dates enum"],
    ["files: [a.csv]", "file: [a.csv]", "/source required"],
    ["schema: crm", "schma: crm", "/target additionalProperties"],
    ["spotChecks: 10", "spotChecks: ten", "/reconcile/spotChecks type"],
    ["freeze: true", "freese: true", "/cutover/stages/1 additionalProperties"],
  ])("%s -> %s", (from, to, error) => {
    expect(errors("migration", good.replace(from, to))).toContain(error);
  });
});

describe("mapping.schema.json", () => {
  it.each([
    ["object: a\nsource: b\nfields: { name: { form: X } }", "/fields/name additionalProperties"],
    ["object: a\nsource: b\nfields: { name: { from: X, type: txt } }", "/fields/name/type enum"],
    ["object: a\nsource: b\nfields: { name: { from: X, transform: trimm } }", "/fields/name/transform const"],
    ["object: a\nsource: b\nmode: upset\nfields: {}", "/mode enum"],
    ["object: a\nfields: {}", " required"],
    ["mappings:\n  - { object: a, source: b }", "/mappings/0 required"],
  ])("%j is refused", (yaml, error) => {
    expect(errors("mapping", yaml)).toContain(error);
  });
  it("accepts null as a policy, written with or without quotes", () => {
    expect(
      errors("mapping", 'object: a\nsource: b\nfields: { x: { from: X, missing: null, onError: "null" } }'),
    ).toEqual([]);
  });
});

describe("model.schema.json", () => {
  it("accepts the shipped model", () => {
    expect(errors("model", readFileSync(join(folder, "models", "hotcrm.yaml"), "utf8"))).toEqual([]);
  });
  it("refuses unknown types", () => {
    expect(errors("model", "objects: { a: { fields: { b: txt } } }")).toContain("/objects/a/fields/b enum");
  });
});
