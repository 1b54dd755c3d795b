import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { modelReference, withModelReference } from "../../../core/model/document.ts";
import { loadModel } from "../../../core/model/load.ts";
import { parseModel } from "../../../core/model/parse.ts";

const page = fileURLToPath(new URL("../../../docs/target-model.md", import.meta.url));

describe("model reference", () => {
  it("lists fields with what a mapping must know", () => {
    const model = parseModel(
      "m.yaml",
      `objects:
  deal:
    requireAny: [[name, kind]]
    identity: [name]
    fields:
      name: { type: text, required: true, maxLength: 9 }
      kind: { type: picklist, options: { a: A|B } }
      about: text
      about_id: { type: reference, lookup: [deal, user], typeField: about, unique: true }
  user: { fields: { name: text } }`,
      "crm",
    );
    expect(modelReference(model)).toBe(`### deal

At least one of: \`name\`, \`kind\`.

Rows without an external id are unique by \`name\`.

| field | type | notes |
|---|---|---|
| \`name\` | text | **required**; at most 9 characters |
| \`kind\` | picklist | \`a\` A\\|B |
| \`about\` | text |  |
| \`about_id\` | reference | unique; → \`deal\`, \`user\`; object named in \`about\` |

### user

| field | type | notes |
|---|---|---|
| \`name\` | text |  |
`);
  });

  it("shows a model file that is one", () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(readFileSync(page, "utf8"))![1]!;
    const model = parseModel("own.yaml", example, "crm");
    expect([...model.objects.keys()]).toEqual(["user", "account", "deal"]);
    expect(model.objects.get("account")!.fields.get("industry")!.options).toEqual([
      { value: "finance", label: "Finance" },
      { value: "real_estate", label: "Real Estate" },
      { value: "it", label: "IT" },
    ]);
  });

  // Out of date? `npx vitest run test/core/model/document.test.ts -u` writes it.
  it("is up to date in docs/target-model.md", async () => {
    const current = readFileSync(page, "utf8");
    await expect(withModelReference(current, await loadModel("hotcrm", "crm"))).toMatchFileSnapshot(page);
  });
});
