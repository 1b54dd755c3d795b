import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { mappingSchema, ownersSchema, picklistsFileSchema } from "../../../core/mapping/json-schema.ts";
import * as keys from "../../../core/mapping/keys.ts";
import { parseMappingFile } from "../../../core/mapping/parse.ts";
import { parseOwners } from "../../../core/mapping/parse-owners.ts";
import { parsePicklistsFile } from "../../../core/mapping/parse-picklist.ts";
import { packageRoot } from "../../../core/paths.ts";
import { parseYaml } from "../../../core/yaml.ts";
import { createProblems } from "../../../core/yaml-read.ts";
import { withTransforms } from "../../../scripts/generate-docs.ts";
import { told } from "./kit.ts";

const markdown = readFileSync(join(packageRoot(), "docs", "mapping.md"), "utf8");
const ajv = new Ajv({ strict: false, allErrors: true });

/** Fenced examples by what they are: ```yaml mapping, yaml fields, yaml picklists, yaml owners. */
const examples = [...markdown.matchAll(/^```yaml (\w+)\n([\s\S]*?)^```$/gm)].map(([, kind, text], index) => ({
  name: `example ${index + 1} (${kind})`,
  kind: kind!,
  text: kind === "fields" ? `object: account\nsource: A\nkey: Id\nfields:\n${text!.replace(/^/gm, "  ")}` : text!,
}));

describe("docs/mapping.md", () => {
  it.each(examples)("$name is parsed without a problem, and accepted by the JSON Schema", ({ kind, text }) => {
    const problems = createProblems();
    if (kind === "owners") parseOwners("docs", text, problems);
    else if (kind === "picklists") parsePicklistsFile("docs", text, problems);
    else parseMappingFile("docs", text, problems);
    expect(told(problems.all)).toEqual([]);
    const schema = kind === "owners" ? ownersSchema() : kind === "picklists" ? picklistsFileSchema() : mappingSchema();
    ajv.validate(schema, parseYaml("docs", text).root.value);
    expect(ajv.errors).toBeNull();
  });

  it("has examples of every kind", () => {
    expect(new Set(examples.map(({ kind }) => kind))).toEqual(new Set(["mapping", "fields", "picklists", "owners"]));
  });

  it.each([
    ["mapping", keys.mappingKeys],
    ["field", keys.fieldKeys],
    ["association", keys.associationKeys],
    ["picklist", keys.picklistKeys],
    ["case", keys.caseKeys],
    ["owners", keys.ownersKeys],
  ] as const)("has an example of every %s key", (_, table) => {
    const yaml = examples.map(({ text }) => text).join("\n");
    expect(table.map(({ name }) => name).filter((name) => !new RegExp(`(^|[{,\\s])${name}:`, "m").test(yaml))).toEqual(
      [],
    );
  });

  it("lists the transforms as they are", () => {
    expect(withTransforms(markdown)).toBe(markdown);
  });
});
