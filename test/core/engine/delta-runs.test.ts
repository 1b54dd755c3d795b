import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import postgres from "../../../connectors/postgres/index.ts";
import { planDelta } from "../../../core/engine/delta-plan.ts";
import { changingSource } from "../../helpers/changing-source.ts";
import { memoryRegistry } from "../../helpers/memory-source.ts";
import { buckets, MAPPINGS, org } from "./delta-kit.ts";
import { migration, buckets as of } from "./kit.ts";
import { rollback } from "./undo-kit.ts";

const ACCOUNT = { account: MAPPINGS.account!.replace(/ +primary_contact_id.*\n/, "") };

describe("before a delta", () => {
  it("something must have been loaded", async () => {
    const at = await org({ mappings: ACCOUNT });
    await expect(at.delta()).rejects.toMatchObject({ code: "DELTA_NO_BASE", exitCode: 2 });
    at.source.put("Account", "A1", { Name: "Acme" });
    await at.run({ sample: 1 });
    await expect(at.delta()).rejects.toMatchObject({ code: "DELTA_NO_BASE" });
    await at.run();
    await expect(at.delta({ sample: 1 })).rejects.toMatchObject({ code: "DELTA_SAMPLE" });
    expect((await at.delta()).kind).toBe("delta");
  });

  it("a source with other fields stops it with the difference, and nothing is written", async () => {
    const objects = { Account: { columns: ["Id", "Name", "Industry", "Parent", "Main", "Rating"], key: "Id" } };
    const at = await org({ mappings: ACCOUNT, source: changingSource(objects) });
    at.source.put("Account", "A1", { Name: "Acme" });
    await at.run();
    (at.source.objects.Account!.columns as string[]).push("New__c");
    at.source.put("Account", "A1", { Name: "Other" });
    await expect(at.delta()).rejects.toMatchObject({
      code: "DELTA_DRIFT",
      exitCode: 4,
      message: expect.stringContaining("source Account: new columns: New__c: text"),
    });
    expect(await at.sql("select name from crm.account")).toEqual([["Acme"]]);
    expect(await at.sql("select count(*)::int from migrate.run")).toEqual([[1]]);
    await at.mapping("account", ACCOUNT.account.replace("industry: Industry", 'industry: { value: "x" }'));
    await expect(at.delta()).rejects.toMatchObject({
      code: "DELTA_DRIFT",
      message: expect.stringContaining("mapping account<Account: changed"),
    });
    await at.run();
    expect(buckets(await at.delta())).toMatchObject({ account: { unchanged: 1 } });
  });

  it("objects that were never loaded are read whole, and others by what changed", async () => {
    const at = await org();
    at.source.put("Account", "A1", { Name: "Acme" }, { at: 0 });
    at.source.put("Contact", "C1", { Name: "Ann", Account: "A1" }, { at: 0 });
    await at.run({ only: ["account"] });
    at.later();
    expect(buckets(await at.delta())).toEqual({
      account: {},
      contact: { read: 1, inserted: 1 },
      deal: {},
      association: {},
    });
    expect(at.notes()).toContain("Contact was never loaded by this mapping and is read whole");
    await at.clean();
  });

  it("its plan tells what changed, what sweeps cost, and what stays unseen", async () => {
    const at = await org({ config: "delta: { sweeps: { derived: false, associations: false } }\n" });
    at.source.put("Account", "A1", { Name: "Acme" }, { at: 0 });
    at.source.put("Contact", "C1", { Name: "Ann", Account: "A1" }, { at: 0 });
    await at.run();
    at.later();
    at.source.put("Account", "A1", { Name: "Acme AG" });
    const plan = await at.session((session) => planDelta(session, () => undefined));
    expect(plan.delta).toEqual({
      bases: ["20261121T233001Z-full"],
      sources: [
        expect.objectContaining({
          source: "Account",
          mode: "changed",
          since: "2026-11-21T11:59:55.000Z",
          records: 1,
          calls: 1,
          sweeps: { deleted: 1, derived: null, associations: null },
        }),
        expect.objectContaining({ source: "Contact", mode: "changed", records: 0 }),
        expect.objectContaining({ source: "Deal", mode: "changed", records: 0 }),
        expect.objectContaining({ source: "Pair", mode: "skip", records: 0, calls: 0 }),
      ],
      unseen: [
        "Account: changes of Rating alone stay unseen (delta.sweeps.derived is off)",
        "Contact: changes of Deals alone stay unseen (delta.sweeps.associations is off)",
      ],
    });
    expect(plan.apiCalls).toBe(5);
    at.source.recalculate("Account", "A1", { Rating: "9" });
    at.source.recalculate("Contact", "C1", { Deals: "D1" });
    expect(buckets(await at.delta())).toMatchObject({ account: { read: 1 }, contact: {} });
    expect(at.source.calls.filter((call) => call.endsWith("Pair") && call.startsWith("read"))).toHaveLength(2);
  });
});

describe("one timestamp for many", () => {
  it("25,000 records, changed again within the second: none lost, none doubled", async () => {
    const at = await org({ mappings: { account: ACCOUNT.account } });
    const moment = at.source.now;
    for (let n = 0; n < 25_000; n++) at.source.put("Account", `A${n}`, { Name: `first ${n}` }, { at: moment });
    await at.run();
    at.later(1_000);
    for (let n = 0; n < 25_000; n++) at.source.put("Account", `A${n}`, { Name: `second ${n}` }, { at: moment + 500 });
    expect(buckets(await at.delta())).toEqual({ account: { read: 25_000, updated: 25_000 } });
    // within the same second, after they were read
    for (let n = 0; n < 25_000; n += 5) at.source.put("Account", `A${n}`, { Name: `third ${n}` }, { at: moment + 500 });
    at.later(1_000);
    expect(buckets(await at.delta())).toEqual({ account: { read: 25_000, updated: 5_000, unchanged: 20_000 } });
    expect(
      await at.sql(
        "select count(*)::int, count(distinct external_id)::int, count(*) filter (where name like 'third%')::int from crm.account",
      ),
    ).toEqual([[25_000, 25_000, 5_000]]);
    await at.clean();
  }, 300_000);
});

describe("limits.deletes", () => {
  it("stops before a row is touched, and goes on when that is wanted", async () => {
    const at = await org({ mappings: { account: ACCOUNT.account }, config: "delta: { deleted: delete }\n" });
    for (let n = 0; n < 40; n++) at.source.put("Account", `A${n}`, { Name: `${n}` });
    await at.run();
    at.later();
    for (let n = 0; n < 12; n++) at.source.remove("Account", `A${n}`);
    await expect(at.delta()).rejects.toMatchObject({
      code: "DELETES_ABOVE_LIMIT",
      exitCode: 4,
      message: expect.stringContaining(
        "12 of 40 loaded records (30 %) are missing from the source, and would be deleted; limits.deletes allows 20 %",
      ),
    });
    expect(await at.sql("select count(*)::int from crm.account")).toEqual([[40]]);
    const [[run]] = (await at.sql("select name from migrate.run order by id desc limit 1")) as [[string]];
    const report = await at.run({ resume: run, acceptDeletes: true });
    expect(report).toMatchObject({ run, kind: "delta", status: "completed" });
    expect(report.totals).toMatchObject({ deleted: 12, inserted: 0, updated: 0 });
    expect(await at.sql("select count(*)::int from crm.account")).toEqual([[28]]);
    await at.clean();
    const written = JSON.parse(await readFile(join(at.folder, "runs", run, "run.json"), "utf8"));
    expect(written).toMatchObject({ kind: "delta", totals: { deleted: 12 } });
  });
});

describe("a delta that is interrupted", () => {
  const spots = ["changed Account", "read Account", "fetch Account", "gone Contact", "read Pair"];
  for (const spot of spots) {
    it(`at "${spot}" goes on to the same end`, async () => {
      const at = await org({ config: "delta: { deleted: delete }\n" });
      const { source } = at;
      for (let n = 0; n < 8; n++) {
        source.put(
          "Account",
          `A${n}`,
          { Name: `a${n}`, Rating: "1", ...(n > 0 ? { Parent: `A${n - 1}` } : {}) },
          { at: 0 },
        );
        source.put("Contact", `C${n}`, { Name: `c${n}`, Account: `A${n}`, Deals: "D0" }, { at: 0 });
        source.put("Pair", `P${n}`, { Contact: `C${n}`, Account: `A${n}` }, { at: 0 });
      }
      source.put("Deal", "D0", { Name: "d", Contact: "C1" }, { at: 0 });
      await at.run();
      at.later();
      for (const n of [0, 1, 2]) source.put("Account", `A${n}`, { Name: `b${n}`, Parent: "A9" });
      source.put("Account", "A9", { Name: "top" });
      source.recalculate("Account", "A5", { Rating: "2" });
      source.recalculate("Account", "A6", { Rating: "2" });
      source.put("Contact", "C9", { Name: "c9", Account: "A9" });
      source.remove("Contact", "C1");
      source.recalculate("Deal", "D0", { Contact: null });
      for (const n of [2, 3]) {
        source.remove("Account", `A${n}`, { into: "A4" });
        source.recalculate("Contact", `C${n}`, { Account: "A4" });
        source.recalculate("Pair", `P${n}`, { Account: "A4" });
      }
      source.recalculate("Account", "A4", { Parent: null });
      source.put("Account", "A4", {});
      source.objects.Pair!.rows.delete("P1");
      let left = 1;
      source.trap = (method, object) => {
        if (`${method} ${object}` === spot && left-- === 0) throw new Error("pulled the plug");
        if (`${method} ${object}` === spot && spot !== "changed Account" && left === 0)
          throw new Error("pulled the plug");
      };
      await expect(at.delta({ chunkSize: 2 })).rejects.toThrow("pulled the plug");
      source.trap = null;
      const [[run]] = (await at.sql("select name from migrate.run order by id desc limit 1")) as [[string]];
      const report = await at.run({ resume: run, chunkSize: 2 });
      expect(report).toMatchObject({ status: "completed", kind: "delta" });
      expect(buckets(report)).toEqual({
        account: { read: 8, inserted: 1, updated: 5, merged: 2 },
        contact: { read: 2, inserted: 1, deleted: 1 },
        deal: {},
        association: { read: 8, unchanged: 7, deleted: 1 },
      });
      await at.clean();
      at.later();
      expect((await at.delta()).totals).toMatchObject({ inserted: 0, updated: 0, deleted: 0, merged: 0 });
      await at.clean();
    }, 60_000);
  }
});

describe("files", () => {
  const MAPPING = `
    object: account
    source: accounts.csv
    key: id
    fields: { name: name, domain: domain }
  `;
  const FILE = (rows: readonly (readonly string[])[]) =>
    ["id,name,domain", ...rows.map((row) => row.join(","))].join("\n");

  it("a new export is compared with what was loaded; what is missing from it is gone", async () => {
    const at = await migration({
      files: {
        "accounts.csv": FILE([
          ["1", "Acme", "acme.com"],
          ["2", "Beta", "beta.com"],
          ["3", "Gamma", "g.com"],
        ]),
      },
      mappings: { account: MAPPING },
      config: "delta: { deleted: delete }\n",
    });
    await at.run();
    await at.data(
      "accounts.csv",
      FILE([
        ["1", "Acme", "acme.com"],
        ["2", "Beta AG", "beta.com"],
        ["4", "Delta", "d.com"],
      ]),
    );
    expect(of(await at.run({ delta: true }))).toEqual({
      account: { read: 4, inserted: 1, updated: 1, unchanged: 1, deleted: 1 },
    });
    expect(await at.sql("select external_id, name from crm.account order by 1")).toEqual([
      ["1", "Acme"],
      ["2", "Beta AG"],
      ["4", "Delta"],
    ]);
    expect(await at.prove(10)).toMatchObject({ ok: true });
  });

  it("an export of changes alone deletes nothing", async () => {
    const at = await migration({
      files: {
        "accounts.csv": FILE([
          ["1", "Acme", "acme.com"],
          ["2", "Beta", "beta.com"],
        ]),
      },
      mappings: { account: MAPPING },
      config: "delta: { deleted: delete, files: changes }\n",
    });
    await at.run();
    await at.data("accounts.csv", FILE([["2", "Beta AG", "beta.com"]]));
    expect(of(await at.run({ delta: true }))).toEqual({ account: { read: 1, updated: 1 } });
    expect(await at.sql("select count(*)::int from crm.account")).toEqual([[2]]);
  });
});

describe("a delta that was rolled back after others that found nothing", () => {
  it("is read again by the next one, whatever those had read", async () => {
    const at = await org();
    at.source.put("Account", "A1", { Name: "Acme", Rating: "1" }, { at: 0 });
    await at.run();
    at.later();
    at.source.put("Account", "A1", { Name: "Acme AG" });
    at.later(3_600_000);
    const delta = await at.delta();
    expect(buckets(delta).account).toEqual({ read: 1, updated: 1 });
    at.later(3_600_000);
    expect((await at.delta()).totals).toMatchObject({ updated: 0, inserted: 0 });
    await rollback(at, delta.run, {}, memoryRegistry(at.source, postgres));
    expect(await at.sql("select name from crm.account")).toEqual([["Acme"]]);
    at.later();
    expect(buckets(await at.delta()).account).toEqual({ read: 1, updated: 1 });
    await at.clean();
  });
});
