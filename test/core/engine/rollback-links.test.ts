/** Rollback where a later run has changed links alone. */
import { expect, test } from "vitest";
import { migration } from "./kit.ts";
import { dump, rollback } from "./undo-kit.ts";

test.each([[true], [false]])("a later delta that only changed links is not passed over: adds %s", async (adds) => {
  const m = await migration({
    files: { "contacts.csv": "Id,Name\nC1,Ann\nC2,Bob\n", "deals.csv": "Id,Name,People\nD1,One,C1\nD2,Two,C1;C2\n" },
    mappings: {
      contact: "object: contact\nsource: contacts.csv\nkey: Id\nfields: { name: Name }",
      deal: 'object: deal\nsource: deals.csv\nkey: Id\nfields: { name: Name }\nassociations:\n  - { to: contact, from: People, separator: ";", label: { value: about } }',
    },
    config: "limits: { rejects: 1 }\n",
  });
  await m.run();
  await m.data("deals.csv", "Id,Name,People\nD1,Uno,C1\nD2,Two,C1;C2\n");
  const first = await m.run({ delta: true });
  const before = await dump(m);
  await m.data(
    "deals.csv",
    adds ? "Id,Name,People\nD1,Uno,C1;C2\nD2,Two,C1;C2\n" : "Id,Name,People\nD1,Uno,C1\nD2,Two,C1\n",
  );
  const second = await m.run({ delta: true });
  await expect(rollback(m, first.run)).rejects.toMatchObject({ code: "ROLLBACK_NOT_NEWEST" });
  await rollback(m, second.run);
  expect(await dump(m)).toEqual(before);
});
