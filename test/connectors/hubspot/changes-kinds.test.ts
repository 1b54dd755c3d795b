/** What changed in a portal that is not a record's own change, and search that cannot be trusted. */
import { describe, expect, it } from "vitest";
import type { SourceConnector } from "../../../core/connector.ts";
import { associatedPairs } from "../../sim/hubspot/portal/truth.ts";
import { collect } from "../read-all.ts";
import { lab, liar, over, recordsOf, truth, typeOf, widen } from "./kit.ts";

const NOON = "2026-11-20T12:00:00.000Z";
/** An hour of settle time and ten minutes of overlap. */
const HOURS = 3 * 3_600_000;

async function portal(options: Parameters<typeof lab>[0] = {}) {
  const made = await lab({ seed: 4, records: 700, searchLagMs: 0, ...options });
  made.sim.clock.set(NOON);
  const source = made.source({ options: { apiPath: "2026-03" } });
  await source.open();
  const ids = (name: string) => [...recordsOf(made.portal, name)].map(({ id }) => id);
  return { ...made, source, changes: source.changes!, ids, type: (name: string) => typeOf(made.portal, name) };
}

async function changed(source: SourceConnector, object: string, since: string, fields: readonly string[] = ["id"]) {
  const request = { object, fields, since: { at: since }, from: null, batchSize: 500 };
  return await collect(source.changes!.changed(request));
}

const later = "2026-11-20T15:00:00Z";

describe("what became of records", () => {
  it("archived: when; merged: into what; erased: nobody knows; those that are there are left out", async () => {
    const { sim, portal: made, changes, ids, type } = await portal();
    const [kept, archived, erased, winner, loser] = ids("contacts") as [string, string, string, string, string];
    made.archive(type("contacts"), archived);
    made.erase(type("contacts"), erased);
    const survivor = made.merge(type("contacts"), winner, loser);
    sim.clock.advance(HOURS);
    const gone = await changes.gone("contacts", [kept, archived, erased, winner, loser, "no id"]);
    const nothing = { mergedInto: null, at: null, by: null };
    expect(Object.fromEntries(gone.map(({ id, ...rest }) => [id, rest]))).toEqual({
      [archived]: { ...nothing, how: "archived", at: "2026-11-20T12:00:00Z" },
      [erased]: { ...nothing, how: "unknown" },
      [winner]: { ...nothing, how: "merged", mergedInto: survivor },
      [loser]: { ...nothing, how: "merged", mergedInto: survivor },
      "no id": { ...nothing, how: "unknown" },
    });
  });

  it("many merged ones: found by search, a few calls instead of one each", async () => {
    const { sim, portal: made, changes, ids, type } = await portal();
    const some = ids("companies").slice(0, 40);
    const into = new Map<string, string>();
    for (let at = 0; at < some.length; at += 2) {
      const survivor = made.merge(type("companies"), some[at]!, some[at + 1]!);
      into.set(some[at]!, survivor).set(some[at + 1]!, survivor);
    }
    // one of them is merged once more
    const last = made.merge(type("companies"), into.get(some[0]!)!, ids("companies")[0]!);
    into.set(some[0]!, last).set(some[1]!, last);
    const gone = await changes.gone("companies", some);
    expect(new Map(gone.map(({ id, mergedInto }) => [id, mergedInto]))).toEqual(into);
    expect(sim.stats.byRoute.search ?? 0).toBeGreaterThan(0);
  });

  it("short answers and failures do not make records gone", async () => {
    const {
      portal: made,
      changes,
      ids,
      type,
    } = await portal({ faultRate: 0.3, faultKinds: ["partial", "serverError"] });
    const some = ids("deals").slice(0, 30);
    for (const id of some.slice(0, 15)) made.archive(type("deals"), id);
    const gone = await changes.gone("deals", some);
    expect(gone.map(({ id, how }) => [id, how]).sort()).toEqual(
      some
        .slice(0, 15)
        .map((id) => [id, "archived"])
        .sort(),
    );
  });

  it("rows of pairs are gone when they are not there; owners are never deleted", async () => {
    const { changes } = await portal();
    const nothing = { mergedInto: null, at: null, by: null };
    expect(await changes.gone("contacts_to_companies", ["1:2:279"])).toEqual([
      { ...nothing, id: "1:2:279", how: "deleted" },
    ]);
    expect(await changes.gone("owners", ["1"])).toEqual([{ ...nothing, id: "1", how: "unknown" }]);
  });
});

describe("what no timestamp tells", () => {
  it("calculated properties and associations are named", async () => {
    const { changes } = await portal();
    const fields = ["id", "email", "hs_email_open", "lastmodifieddate", "createdate", "associations.companies"];
    expect(await changes.derived("contacts", fields)).toEqual(["hs_email_open", "associations.companies"]);
    // calculated, though its definition does not say that it cannot be written
    expect(await changes.derived("deals", ["dealname", "amount", "hs_projected_amount"])).toEqual([
      "hs_projected_amount",
    ]);
    expect(await changes.derived("contacts_to_companies", ["id", "label"])).toEqual([]);
    expect(await changes.derived("owners", ["id", "email"])).toEqual([]);
  });

  it("associations move no record: pairs have no watermark, and come whole", async () => {
    const { sim, portal: made, source, changes, type } = await portal();
    expect(await changes.watermark("contacts_to_companies")).toBeNull();
    expect(await changes.watermark("owners")).toBeNull();
    expect(await changes.watermark("files")).toBeNull();
    sim.clock.advance(HOURS);
    const [pair] = associatedPairs(made, type("contacts"), type("companies"));
    made.dissociate(type("contacts"), pair!.fromId, type("companies"), pair!.toId);
    expect((await changed(source, "contacts", later)).rows).toEqual([]);
    const { rows } = await changed(source, "contacts_to_companies", later);
    const there = [...associatedPairs(made, type("contacts"), type("companies"))];
    expect(new Set(rows.map(([id]) => id!.split(":").slice(0, 2).join(":")))).toEqual(
      new Set(there.map(({ fromId, toId }) => `${fromId}:${toId}`)),
    );
  });
});

describe("by search or out of the list", () => {
  it("few changes of many records are searched for, many are found in the list; both give the same", async () => {
    const { sim, portal: made, source, ids, type } = await portal({ counts: { contacts: 900 } });
    sim.clock.advance(HOURS);
    const fields = ["id", "phone", "associations.companies"];
    const expected = (some: readonly string[]) => truth(made, "contacts", fields).filter(([id]) => some.includes(id!));
    const few = ids("contacts").slice(0, 5);
    for (const id of few) made.write(type("contacts"), id, { phone: "1" });
    const before = { ...sim.stats.byRoute };
    expect((await changed(source, "contacts", later, fields)).rows).toEqual(expected(few));
    expect(sim.stats.byRoute.list ?? 0).toBe(before.list ?? 0);
    const many = ids("contacts").slice(0, 850);
    for (const id of many) made.write(type("contacts"), id, { phone: "2" });
    expect((await changed(source, "contacts", later, fields)).rows).toEqual(expected(many));
    expect(sim.stats.byRoute.list ?? 0).toBeGreaterThan(before.list ?? 0);
  });

  it("more properties than an address holds", async () => {
    const { sim, portal: made, source, ids, type } = await portal();
    const fields = widen(made, "contacts");
    sim.clock.advance(HOURS);
    const [one] = ids("contacts");
    made.write(type("contacts"), one!, { phone: "1" });
    const { rows } = await changed(source, "contacts", later, fields);
    expect(rows).toEqual(truth(made, "contacts", fields).filter(([id]) => id === one));
  });

  it("archived records come where they are read", async () => {
    const { sim, portal: made, ids, type } = await portal({ counts: { contacts: 900 } });
    const source = over(sim.url, { options: { includeArchived: true } });
    sim.clock.advance(HOURS);
    const [edited, archived] = ids("contacts") as [string, string];
    made.write(type("contacts"), edited, { phone: "1" });
    made.archive(type("contacts"), archived);
    const { rows } = await changed(source, "contacts", later, ["id", "archived"]);
    expect(rows).toEqual([
      [edited, "false"],
      [archived, "true"],
    ]);
    await source.close();
  });

  /** Search through a server that changes its answers, once there are records enough for search to be used. */
  async function lied(change: (answer: Record<string, unknown>, asked: number) => void) {
    const made = await portal({ counts: { contacts: 900 } });
    let asked = 0;
    const url = await liar(made.sim.url, (path, answer) => {
      if (path.endsWith("/search") && Array.isArray(answer.results)) change(answer, ++asked);
    });
    const lines: string[] = [];
    const log = { debug() {}, info() {}, warn: (message: string) => lines.push(message), error() {} };
    const source = over(url, { options: { apiPath: "2026-03" }, context: { log: log as never } });
    made.sim.clock.advance(HOURS);
    const some = made.ids("contacts").slice(0, 250);
    for (const id of some) made.portal.write(made.type("contacts"), id, { phone: "1" });
    const { rows } = await changed(source, "contacts", later);
    await source.close();
    expect(rows.map(([id]) => id).sort()).toEqual([...some].sort());
    return lines;
  }

  it("pages that are out of order: the list is read instead", async () => {
    const lines = await lied(({ results }) => void (results as unknown[]).reverse());
    expect(lines).toEqual(["contacts: search did not give all that changed; reading the whole list"]);
  });

  it("a page that is short: the list is read instead", async () => {
    const lines = await lied((answer, asked) => {
      const list = answer.results as unknown[];
      // the first ones count only
      if (list.length > 100 && asked < 5) list.splice(10, 50);
    });
    expect(lines).toEqual(["contacts: search did not give all that changed; reading the whole list"]);
  });

  it("search that knows of no change at all, nor of any time: the list is read instead", async () => {
    const lines = await lied((answer, asked) => {
      // how many there are in all is asked for without a filter, at the same time as how many changed
      if (Number(answer.total) === 250 || asked > 2) Object.assign(answer, { total: 0, results: [] });
    });
    expect(lines).toEqual([
      "contacts: search does not know when records changed (lastmodifieddate); reading the whole list",
    ]);
  });

  it("what fails on the way is tried again", async () => {
    const { sim, portal: made, source, ids, type } = await portal();
    sim.faults.add({ kind: "serverError", times: 2, match: ({ path }) => path.includes("/tasks") });
    sim.clock.advance(HOURS);
    const [one] = ids("tasks");
    made.write(type("tasks"), one!, { hs_task_subject: "changed" });
    expect((await changed(source, "tasks", later)).rows).toEqual([[one]]);
  });
});

describe("a freeze", () => {
  it("is not fooled by search that lags, and tells who did it", async () => {
    const { sim, portal: made, changes, ids, type } = await portal({ searchLagMs: 600_000 });
    const owner = made.owners.find(({ userId, email }) => userId !== null && email !== null)!;
    const at = await changes.now!();
    sim.clock.advance(1000);
    const [edited, archived] = ids("deals") as [string, string];
    made.write(type("deals"), edited, { dealname: "after" }, { by: String(owner.userId) });
    const created = made.write(type("deals"), null, { dealname: "new" }, { by: "987654321" });
    made.archive(type("deals"), archived);
    const { count, records } = await changes.touchedSince("deals", at, 10);
    expect(count).toBe(3);
    expect(Object.fromEntries(records.map(({ id, how, by }) => [id, [how, by]]))).toEqual({
      [edited]: ["changed", owner.email],
      [created]: ["created", "user 987654321"],
      [archived]: ["deleted", null],
    });
    expect(await changes.touchedSince("contacts", at, 10)).toEqual({ count: 0, records: [] });
    expect(await changes.touchedSince("deals_to_contacts", at, 10)).toEqual({ count: 0, records: [] });
    expect((await changes.touchedSince("owners", at, 10)).count).toBe(0);
  });
});

it("costs of pairs are a sweep; of users and files, a whole read", async () => {
  const { changes } = await portal();
  const since = { at: NOON };
  const [pairs, owners] = await changes.cost([
    { object: "contacts_to_companies", fields: ["id"], since },
    { object: "owners", fields: ["id"], since },
  ]);
  expect(pairs).toMatchObject({ changed: null, calls: 0, sweeps: { deleted: 0, derived: 0 } });
  expect(pairs!.sweeps.associations).toBeGreaterThan(0);
  expect(owners).toEqual({
    object: "owners",
    changed: null,
    calls: 2,
    sweeps: { deleted: 0, derived: 0, associations: 0 },
  });
});
