/** Models that add to another one. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ConfigError } from "../../../core/errors.ts";
import { TIMESTAMP_COLUMNS } from "../../../core/model/column-types.ts";
import { loadModel } from "../../../core/model/load.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "migrate-model-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

it("objects and fields are added, what is not written stays", async () => {
  const base = await loadModel("hotcrm", "crm");
  const model = await loadModel(
    file(
      "model.yaml",
      `version: 1
name: acme
extends: hotcrm
objects:
  invoice:
    fields:
      name: text
      industry: { type: picklist, options: industry }
      currency: text
      amount: currency
      account_id: { type: reference, lookup: account }
  account:
    label: Company
    fields: { tax_number: { type: text, maxLength: 20 } }
  task:
    fields:
      related_id: { addLookup: [invoice, user], label: About }
      subject: { required: false }
`,
    ),
    "crm",
  );
  expect([...model.objects.keys()]).toEqual([...base.objects.keys(), "invoice"]);
  expect(model.order).toEqual([...base.order, "invoice"]);
  expect([model.name, model.managed, model.schema]).toEqual(["acme", true, "crm"]);
  const invoice = model.objects.get("invoice")!;
  expect([...invoice.fields.keys()]).toEqual([
    "name",
    "industry",
    "currency",
    "amount",
    "account_id",
    ...TIMESTAMP_COLUMNS,
  ]);
  expect(invoice.fields.get("amount")!.currencyField).toBe("currency");
  expect(invoice.fields.get("industry")!.options).toEqual(base.objects.get("account")!.fields.get("industry")!.options);
  const account = model.objects.get("account")!;
  expect(account).toEqual({
    ...base.objects.get("account")!,
    label: "Company",
    fields: new Map([
      ...[...base.objects.get("account")!.fields].filter(([name]) => !TIMESTAMP_COLUMNS.includes(name)),
      ["tax_number", account.fields.get("tax_number")!],
      ...TIMESTAMP_COLUMNS.map((name) => [name, account.fields.get(name)!] as const),
    ]),
  });
  const about = base.objects.get("task")!.fields.get("related_id")!;
  expect(model.objects.get("task")!.fields.get("related_id")).toEqual({
    ...about,
    label: "About",
    lookup: [...about.lookup!, "invoice"],
  });
  const subject = base.objects.get("task")!.fields.get("subject")!;
  expect(model.objects.get("task")!.fields.get("subject")).toEqual({ ...subject, required: false });
  for (const name of ["contact", "opportunity", "association"])
    expect(model.objects.get(name)).toEqual(base.objects.get(name));
});

it("an extension of an extension, found from its own folder; without objects of its own", async () => {
  file("first.yaml", "extends: hotcrm\nobjects: { invoice: { fields: { name: text } } }\n");
  const model = await loadModel(file("second.yaml", "extends: ./first.yaml\norder: [invoice]\n"), "crm");
  expect(model.objects.has("invoice")).toBe(true);
  expect(model.order[0]).toBe("invoice");
});

it.each([
  ["extends: hotcmr\n", "MODEL_NOT_FOUND", /hotcmr/],
  ["extends: ./model.yaml\n", "MODEL_EXTENDS_ITSELF", /model\.yaml extends .*model\.yaml/],
  ["objects: { a: { fields: { b: { addLookup: account } } } }\n", "MODEL_FIELD_TYPE", /a\.b: expected the key type/],
  [
    "extends: hotcrm\nobjects: { task: { fields: { related_id: { addLookup: invoise } } } }\n",
    "MODEL_UNKNOWN_OBJECT",
    /task\.related_id: the model has no object "invoise"/,
  ],
  [
    "extends: hotcrm\nobjects: { a: { fields: { b: { type: reference, lookup: account, addLookup: contact } } } }\n",
    "MODEL_FIELD_KEY",
    /a\.b: addLookup is for fields of the extended model/,
  ],
  [
    "extends: hotcrm\nobjects: { task: { fields: { subject: { addLookup: contact } } } }\n",
    "MODEL_FIELD_KEY",
    /task\.subject: addLookup is for reference, owner fields, this one is text/,
  ],
])("%j: %s", async (text, code, message) => {
  const failed = await loadModel(file("model.yaml", text), "crm").then(
    () => null,
    (error: unknown) => error as ConfigError,
  );
  expect(failed).toBeInstanceOf(ConfigError);
  expect(failed!.problems.map((problem) => problem.code)).toContain(code);
  expect(failed!.problems.map((problem) => problem.message).join("\n")).toMatch(message);
});
