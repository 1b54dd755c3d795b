import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { plainStyle } from "../../../cli/style.ts";
import { reconcileLines } from "../../../cli/views/reconcile.ts";
import { createRegistry } from "../../../connectors/registry.ts";
import { compilerFor, openSession } from "../../../core/engine/index.ts";
import type { Session } from "../../../core/engine/session.ts";
import { reconcile } from "../../../core/proof/reconcile.ts";
import type { Reconciliation } from "../../../core/proof/types.ts";
import { testContext } from "../../helpers/context.ts";
import { migration } from "../engine/kit.ts";

const open: Session[] = [];
afterEach(async () => {
  for (const session of open.splice(0)) await session.close();
});

async function proven(folder: string): Promise<Reconciliation> {
  const session = await openSession(join(folder, "migration.yaml"), {
    registry: createRegistry(folder),
    context: testContext(),
  });
  open.push(session);
  return reconcile(session, { run: null, spotChecks: 0, compile: await compilerFor(session) });
}

const GIVEN = {
  files: {
    "accounts.csv": "Id,Name\nA1,One\nA2,Two\nA3,Three\n",
    "contacts.csv":
      "Id,Name,Works,Role,Knows,Mail\nC1,Ann,A1;A2;A1,Buyer;User;Buyer,,\nC2,Bob,A2;A9,,ANN@x.example,\nC3,Cid,,,who@x.example,\nC4,Ann,,,,ann@x.example\n",
  },
  mappings: {
    account: "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name }\n",
    contact: `
      object: contact
      source: contacts.csv
      key: Id
      fields: { name: Name, email: Mail }
      associations:
        - { to: account, from: Works, label: Role, separator: ";", missing: "null" }
        - { to: contact, from: Knows, by: email, label: { value: Self }, missing: "null" }
    `,
  },
};

test("links are counted in the source and found in the target; those that are gone fail the proof", async () => {
  const subject = await migration(GIVEN);
  const report = await subject.run();
  const whole = await proven(subject.folder);
  const checks = (of: Reconciliation) => of.objects.find(({ object }) => object === "contact")!.associations;
  expect(checks(whole)).toEqual([
    { to: "account", expected: 3, found: 3, missing: 0, unresolved: 1, ok: true },
    { to: "contact", expected: 1, found: 1, missing: 0, unresolved: 1, ok: true },
  ]);
  expect(whole.ok).toBe(true);

  await subject.sql("delete from crm.association where label = 'User'");
  const one = await proven(subject.folder);
  expect(checks(one)[0]).toEqual({
    to: "account",
    expected: 3,
    found: 2,
    missing: 1,
    unresolved: 1,
    ok: false,
    gone: { count: 1, keys: ["C1"] },
  });
  expect(one.ok).toBe(false);

  await subject.sql("delete from crm.association");
  const none = await proven(subject.folder);
  expect(checks(none)).toEqual([
    {
      to: "account",
      expected: 3,
      found: 0,
      missing: 3,
      unresolved: 1,
      ok: false,
      gone: { count: 3, keys: ["C1", "C2"] },
    },
    {
      to: "contact",
      expected: 1,
      found: 0,
      missing: 1,
      unresolved: 1,
      ok: false,
      gone: { count: 1, keys: ["C2"] },
    },
  ]);
  expect(none.objects.map(({ object, ok, problems }) => [object, ok, problems])).toEqual([
    ["account", true, []],
    [
      "contact",
      false,
      [
        "3 links to account are missing from the target, first C1, C2.",
        "1 link to contact is missing from the target, first C2.",
      ],
    ],
  ]);
  const shown = reconcileLines(none, plainStyle).join("\n");
  expect(shown).toContain("source and target do not agree");
  expect(shown).toMatch(/^contact .* 0\/2 +NOT OK$/m);
  const kept = JSON.parse(await readFile(join(subject.folder, "runs", report.run, "reconciliation.json"), "utf8"));
  expect(kept).toEqual(none);

  // a label that was changed is another link
  await subject.sql(
    "insert into crm.association (from_object, from_id, to_object, to_id, label) select 'contact', c.id, 'account', a.id, 'Boss' from crm.contact c, crm.account a where c.external_id = 'C1'",
  );
  expect(checks(await proven(subject.folder))[0]).toMatchObject({ expected: 3, found: 0, missing: 3 });
});

test("an export that was emptied or cut is not proven: rows of earlier runs are told with their keys", async () => {
  const subject = await migration({
    files: { "accounts.csv": `Id,Name\n${Array.from({ length: 201 }, (_, i) => `A${i},n${i}`).join("\n")}\n` },
    mappings: { account: GIVEN.mappings.account },
  });
  await subject.run();
  expect((await proven(subject.folder)).ok).toBe(true);
  await subject.data("accounts.csv", "Id,Name\n");
  await subject.run();
  const emptied = await proven(subject.folder);
  expect(emptied.objects[0]).toMatchObject({
    ok: false,
    source: { count: 0 },
    target: { count: 0, earlier: 201 },
    gone: { count: 201 },
  });
  expect(emptied.objects[0]!.problems[0]).toMatch(
    /^201 rows of earlier runs whose record the source no longer holds, first A0, A1, A10\. See that the export is whole/,
  );
  // once the rows are deleted there is nothing left to tell
  await subject.sql("delete from crm.account");
  expect((await proven(subject.folder)).ok).toBe(true);
});

test("rejects above the limit: proven, yet not clean, and the headline says so", async () => {
  const subject = await migration({
    files: { "accounts.csv": "Id,Name,Size\nA1,One,1\nA2,Two,x\n" },
    mappings: { account: "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name, size: Size }\n" },
  });
  await subject.run();
  const proof = await proven(subject.folder);
  expect(proof).toMatchObject({ ok: true, clean: false, rejectRate: 0.5, rejectLimit: 0.01 });
  expect(reconcileLines(proof, plainStyle)[0]).toBe(
    `Reconciliation of ${proof.run}: everything is accounted for, but 50 % of the records were rejected; the limit is 1 %`,
  );
  expect(reconcileLines(proof, plainStyle)).toContain(
    "Compared: counts of every record. Single fields were not compared.",
  );
});

test("links that people made in the target stay once a delta has seen them; those made since fail the proof", async () => {
  const subject = await migration(GIVEN);
  await subject.run();
  const link = (label: string) =>
    subject.sql(
      `insert into crm.association (from_object, from_id, to_object, to_id, label)
       select 'contact', c.id, 'account', a.id, $1 from crm.contact c, crm.account a where c.external_id = 'C3' and a.external_id = 'A3'`,
      [label],
    );
  await link("Friend");
  await subject.run({ delta: true });
  expect((await proven(subject.folder)).ok).toBe(true);
  await link("Neighbour");
  const since = await proven(subject.folder);
  expect(since.objects.flatMap(({ problems }) => problems)).toEqual([
    "1 link to account between records of this source is in the target that the source does not name, first C3.",
  ]);
});
