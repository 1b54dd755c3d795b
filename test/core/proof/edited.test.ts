import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { compilerFor, openSession } from "../../../core/engine/index.ts";
import type { Session } from "../../../core/engine/session.ts";
import { reconcile } from "../../../core/proof/reconcile.ts";
import type { ObjectProof, Reconciliation } from "../../../core/proof/types.ts";
import { testContext } from "../../helpers/context.ts";
import { migration } from "../engine/kit.ts";
import { type Seeded, seed } from "./fixture.ts";

/** What was changed in the target behind the migration's back; no spot checks anywhere here. */
const of = (result: Reconciliation, object: string): ObjectProof =>
  result.objects.find((proof) => proof.object === object)!;

describe("seeded by hand", () => {
  let seeded: Seeded;
  beforeAll(async () => {
    seeded = await seed();
  });
  beforeEach(() => seeded.reset());
  afterAll(() => seeded.close());

  /** As if the load itself had left the rows so: the edit does not show. */
  const unseen = (object: string) =>
    seeded.sql(`update migrate.ledger l set version = t.xmin from crm.${object} t, migrate.origin o
      where t.id = l.target_id and o.id = l.origin_id and o.object = '${object}'`);

  test("missing: null excuses an empty reference only where the record is not in the target", async () => {
    await seeded.sql("update crm.account set parent_id = null where external_id = 'A2'");
    await unseen("account");
    const proof = of(await seeded.prove(), "account");
    expect(proof).toMatchObject({
      ok: false,
      problems: ["2 references of parent_id lead nowhere in the target, first A2."],
    });
    // A3's parent was never loaded
    expect(proof.references).toEqual([
      {
        field: "parent_id",
        expected: 2,
        resolved: 0,
        deferred: 0,
        unresolved: 2,
        ok: false,
        empty: { count: 1, keys: ["A2"] },
      },
    ]);
  });

  test("a reference that leads elsewhere fails without any trace of an edit", async () => {
    await seeded.sql(
      "update crm.account set parent_id = (select id from crm.account where external_id = 'A3') where external_id = 'A2'",
    );
    await unseen("account");
    const proof = of(await seeded.prove(), "account");
    expect(proof.problems).toEqual([
      "1 reference of parent_id leads to another record than the source says, first A2.",
    ]);
    expect(proof.edited).toBeUndefined();
  });

  test("a further id of a record leads to it; the row that is left of a merged one is not meant any more", async () => {
    const name = seeded.session.config.source.name;
    seeded.data.opportunities!.rows[1]![2] = "A2-old";
    await seeded.sql(
      `insert into migrate.id_map (external_source, object, external_id, target_id, kind, run_id)
         select $1, 'account', 'A2-old', id::text, 'row', 1 from crm.account where external_id = 'A2'`,
      [name],
    );
    expect(of(await seeded.prove(), "opportunity")).toMatchObject({ ok: true, references: [{ resolved: 3 }] });
    seeded.data.opportunities!.rows[1]![2] = "A2";
    await seeded.sql(
      `insert into migrate.id_map (external_source, object, external_id, target_id, kind, run_id)
         select $1, 'account', 'A2', id::text, 'alias', 1 from crm.account where external_id = 'A3'`,
      [name],
    );
    expect(of(await seeded.prove(), "opportunity").references).toMatchObject([
      { resolved: 2, unresolved: 1, ok: false, astray: { count: 1, keys: ["O2"] } },
    ]);
  });

  test("a text that was changed fails the proof by name; an edit of something else is told", async () => {
    await seeded.sql("update crm.opportunity set name = 'Zwei' where external_id = 'O2'");
    await seeded.sql("update crm.opportunity set next_step = 'Call' where external_id = 'O3'");
    const result = await seeded.prove();
    expect(of(result, "opportunity")).toMatchObject({
      ok: false,
      problems: [
        "The values of name differ (as many, with other values). migrate reconcile --fields lists them.",
        'O2 was edited in the target since: name is "Zwei" in the target, the source says "Two".',
      ],
      edited: { count: 2, compared: 2, differing: 1 },
    });
    expect(result.notes).toEqual([
      "opportunity<opportunities: 2 rows were edited in the target since; in 1 of them the mapped fields hold what the source says.",
    ]);
  });
});

describe("rows that link records", () => {
  const open: Session[] = [];
  afterEach(async () => {
    for (const session of open.splice(0)) await session.close();
  });

  test("label, primary flag and either end of an association", async () => {
    const subject = await migration({
      files: {
        "accounts.csv": "Id,Name\nA1,One\nA2,Two\n",
        "contacts.csv": "Id,Name\nC1,Ann\nC2,Bob\n",
        "links.csv":
          "Id,Who,What,Label,Primary\nL1,C1,A1,Buyer,true\nL2,C1,A2,User,false\nL3,C2,A1,,false\nL4,C2,A2,Boss,true\n",
      },
      mappings: {
        account: "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name }\n",
        contact: "object: contact\nsource: contacts.csv\nkey: Id\nfields: { name: Name }\n",
        link: `
          object: association
          source: links.csv
          key: Id
          fields:
            from_id: { from: Who, lookup: contact, typeInto: from_object }
            to_id: { from: What, lookup: account, typeInto: to_object }
            label: Label
            is_primary: Primary
        `,
      },
    });
    await subject.run();
    const prove = async (): Promise<Reconciliation> => {
      const session = await openSession(join(subject.folder, "migration.yaml"), {
        registry: createRegistry(subject.folder),
        context: testContext(),
      });
      open.push(session);
      return reconcile(session, { run: null, spotChecks: 0, compile: await compilerFor(session) });
    };
    const whole = await prove();
    expect(whole).toMatchObject({ ok: true, notes: [] });
    expect(of(whole, "association").references).toMatchObject([
      { field: "from_id", expected: 4, resolved: 4 },
      { field: "to_id", expected: 4, resolved: 4 },
    ]);
    const id = (table: string, key: string) => `(select id from crm.${table} where external_id = '${key}')`;
    await subject.sql("update crm.association set label = 'Payer' where label = 'Buyer'");
    await subject.sql("update crm.association set is_primary = true where label = 'User'");
    await subject.sql(
      `update crm.association set to_id = ${id("account", "A2")} where label is null and from_id = ${id("contact", "C2")}`,
    );
    await subject.sql(`update crm.association set from_id = ${id("contact", "C1")} where label = 'Boss'`);
    const proof = of(await prove(), "association");
    expect(proof.ok).toBe(false);
    expect(proof.problems).toEqual([
      "1 reference of from_id leads to another record than the source says, first L4.",
      "1 reference of to_id leads to another record than the source says, first L3.",
      "The values of label differ (as many, with other values). migrate reconcile --fields lists them.",
      "The values of is_primary differ (as many, with other values). migrate reconcile --fields lists them.",
      'L1 was edited in the target since: label is "Payer" in the target, the source says "Buyer".',
      'L2 was edited in the target since: is_primary is "true" in the target, the source says "false".',
      'L3 was edited in the target since: to_id is "A2" in the target, the source says "A1".',
      'L4 was edited in the target since: from_id is "C1" in the target, the source says "C2".',
    ]);
  });
});
