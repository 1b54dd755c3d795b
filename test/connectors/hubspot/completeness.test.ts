import { describe, expect, it } from "vitest";
import { FILE_COLUMNS, OWNER_COLUMNS } from "../../../connectors/hubspot/objects.ts";
import { collect, readAll } from "../read-all.ts";
import { byId, lab, readable, recordsOf, truth, typeOf, widen } from "./kit.ts";

const TYPES = [
  "companies",
  "contacts",
  "leads",
  "deals",
  "tickets",
  "products",
  "line_items",
  "quotes",
  "calls",
  "emails",
  "meetings",
  "notes",
  "tasks",
  "communications",
  "postal_mail",
];

describe("every type of record", () => {
  it("is read whole, in the order of ids, those above 2^53 digit for digit", async () => {
    const { portal, source } = await lab();
    const connector = source();
    let large = 0;
    for (const name of [...TYPES, "car"]) {
      const columns = ["id", "createdAt", "updatedAt", "archived", "hs_object_id"];
      const { rows } = await readAll(connector, name, { fields: columns });
      expect(rows, name).toEqual(truth(portal, name, columns));
      expect(rows.length, name).toBeGreaterThan(0);
      large += rows.filter(([id]) => Number(id) > Number.MAX_SAFE_INTEGER).length;
    }
    expect(large).toBeGreaterThan(20);
  });

  it("has all its properties, however many: in bodies where the address would be too long", async () => {
    const { portal, sim, source } = await lab({ records: 900 });
    const connector = source();
    for (const name of ["contacts", "deals", "tickets"]) {
      const columns = name === "tickets" ? ["id", ...readable(portal, name)] : widen(portal, name);
      const { rows } = await readAll(connector, name, { fields: columns });
      expect(rows, name).toEqual(truth(portal, name, columns));
    }
    expect(sim.stats.byRoute.batchRead).toBeGreaterThan(0);
  });

  it("is read with few properties by its list alone", async () => {
    const { portal, sim, source } = await lab();
    const contacts = portal.count(typeOf(portal, "contacts"));
    const { rows } = await readAll(source(), "contacts", { fields: ["email", "firstname"] });
    expect(rows).toHaveLength(contacts);
    expect(sim.stats.byRoute.batchRead).toBeUndefined();
    expect(sim.stats.byRoute.list).toBe(Math.ceil(contacts / 100));
  });

  it("answers to its other names", async () => {
    const { portal, source } = await lab();
    const connector = source();
    const car = typeOf(portal, "car");
    const expected = truth(portal, "car", ["id"]);
    for (const name of [car.name, car.id, "car"]) {
      expect((await readAll(connector, name, { fields: ["id"] })).rows, name).toEqual(expected);
    }
    expect((await readAll(connector, "0-3", { fields: ["id"] })).rows).toEqual(truth(portal, "deals", ["id"]));
  });

  it("has archived records behind the others when they are asked for", async () => {
    const { portal, source } = await lab();
    const columns = ["id", "email", "archived", "archivedAt", "associations.companies"];
    const connector = source({ options: { includeArchived: true } });
    const { rows } = await readAll(connector, "contacts", { fields: columns });
    const expected = truth(portal, "contacts", columns, true);
    expect(rows).toEqual(expected);
    const archived = expected.filter(([, , archived]) => archived === "true");
    expect(archived.length).toBeGreaterThan(0);
    expect(archived.every(([, , , at]) => at !== null)).toBe(true);
    expect(await connector.count("contacts")).toBe(expected.length);
    const [first] = archived;
    const found = await collect(
      connector.fetch({ object: "contacts", fields: columns, key: ["id"], keys: [[first![0]!]] }),
    );
    expect(found.rows).toEqual([first]);
  });
});

describe("stages and pipelines", () => {
  it("have their labels, probability and whether they are closed", async () => {
    const { portal, source } = await lab();
    const stages = new Map<string, { label: string; probability: string; isClosed: string; pipeline: string }>();
    const pipelines = portal.pipelines(typeOf(portal, "deals")) as unknown as readonly {
      readonly label: string;
      readonly stages: readonly { id: string; label: string; metadata: { probability: string; isClosed: string } }[];
    }[];
    for (const pipeline of pipelines) {
      for (const stage of pipeline.stages) {
        const { probability, isClosed } = stage.metadata;
        stages.set(stage.id, { label: stage.label, probability, isClosed, pipeline: pipeline.label });
      }
    }
    const fields = ["dealstage", "dealstage.label", "dealstage.probability", "dealstage.isClosed", "pipeline.label"];
    const { rows } = await readAll(source(), "deals", { fields });
    let known = 0;
    for (const [, stage, ...others] of rows) {
      const found = stage === null ? undefined : stages.get(stage!);
      if (found !== undefined) known++;
      const { label, probability, isClosed, pipeline } = found ?? {};
      if (found !== undefined) expect(others).toEqual([label, probability, isClosed, pipeline]);
      else expect(others.slice(0, 3)).toEqual([null, null, null]);
    }
    expect(known).toBeGreaterThan(10);
  });
});

describe("owners", () => {
  it("are all there, active and deactivated, each once", async () => {
    const { portal, source } = await lab();
    const connector = source();
    const { rows } = await readAll(connector, "owners", { fields: OWNER_COLUMNS });
    const text = (value: unknown) => (value === null || value === undefined ? null : String(value));
    const expected = portal.owners.map((owner) => [
      owner.id,
      owner.email,
      text(owner.firstName) || null,
      text(owner.lastName) || null,
      owner.type,
      owner.archived ? null : text(owner.userId),
      text(owner.userIdIncludingInactive),
      String(!owner.archived),
      String(owner.archived),
      owner.createdAt,
      owner.updatedAt,
    ]);
    expect(rows.map((row) => row.slice(0, -1))).toEqual(byId(expected));
    expect(rows.filter(([, , , , , , , active]) => active === "false").length).toBeGreaterThan(0);
    expect(await connector.count("owners")).toBe(portal.owners.length);
    const keys = [[rows[1]![0]!], ["17"]];
    expect((await collect(connector.fetch({ object: "owners", fields: ["id"], key: ["id"], keys }))).rows).toEqual([
      rows[1],
    ]);
  });
});

describe("what is not there", () => {
  it("as a field is refused with the nearest name", async () => {
    const { source } = await lab({ records: 200 });
    const connector = source();
    await expect(readAll(connector, "contacts", { fields: ["emial"] })).rejects.toMatchObject({
      code: "HUBSPOT_UNKNOWN_FIELD",
      message: expect.stringContaining('the portal shows no field "emial" in contacts; did you mean "email"'),
    });
    await expect(readAll(connector, "contacts", { fields: ["associations.boats"] })).rejects.toMatchObject({
      code: "HUBSPOT_UNKNOWN_FIELD",
    });
    await expect(readAll(connector, "contacts", { fields: ["email.label"] })).rejects.toMatchObject({
      code: "HUBSPOT_UNKNOWN_FIELD",
    });
    await expect(readAll(connector, "owners", { fields: ["phone"] })).rejects.toMatchObject({
      code: "HUBSPOT_UNKNOWN_FIELD",
    });
    await expect(readAll(connector, "files", { fields: [...FILE_COLUMNS, "colour"] })).rejects.toMatchObject({
      code: "HUBSPOT_UNKNOWN_FIELD",
    });
  });
});

describe("a portal that changes while it is read", () => {
  it("a property that goes is an error, not an empty column", async () => {
    const { portal, source } = await lab();
    const connector = source();
    await connector.describe(new Map([["contacts", ["jobtitle"]]]));
    portal.defineProperty(typeOf(portal, "contacts"), "jobtitle", null);
    await expect(readAll(connector, "contacts", { fields: ["jobtitle"] })).rejects.toMatchObject({
      code: "HUBSPOT_UNKNOWN_FIELD",
      message: expect.stringContaining('"jobtitle"'),
    });
  });

  it("a record that is deleted between list and batch is left out and told", async () => {
    const { portal, sim, source, lines } = await lab({ records: 600 });
    const contacts = typeOf(portal, "contacts");
    const columns = widen(portal, "contacts");
    const victim = [...recordsOf(portal, "contacts")][7]!.id;
    let gone = false;
    sim.faults.add({
      kind: "slow",
      match: ({ path }) => {
        if (!gone && path.includes("/contacts/batch/read")) {
          gone = true;
          portal.archive(contacts, victim);
        }
        return false;
      },
    });
    const { rows } = await readAll(source(), "contacts", { fields: columns });
    expect(gone).toBe(true);
    expect(rows).toEqual(truth(portal, "contacts", columns));
    expect(rows.some(([id]) => id === victim)).toBe(false);
    const told = lines.filter(({ level }) => level === "warn").map(({ message }) => message);
    expect(told[0]).toBe(
      `contacts: 1 record was deleted or merged while being read (${victim}); run again (or a delta) for what became of it`,
    );
  });

  it("records that come are read, and that there are more than counted is told", async () => {
    const { portal, sim, source, lines } = await lab({ records: 600 });
    const contacts = typeOf(portal, "contacts");
    const before = portal.count(contacts);
    let made = false;
    sim.faults.add({
      kind: "slow",
      match: ({ method, path }) => {
        if (!made && method === "GET" && path.endsWith("/contacts")) {
          made = true;
          portal.write(contacts, null, { email: "late@example.com" });
        }
        return false;
      },
    });
    const { rows } = await readAll(source(), "contacts", { fields: ["id", "email"] });
    expect(rows).toHaveLength(before + 1);
    expect(rows.at(-1)![1]).toBe("late@example.com");
    const n = (value: number) => value.toLocaleString("en");
    expect(lines.find(({ level }) => level === "warn")?.message).toMatch(
      new RegExp(
        `^contacts: search counted ${n(before)} records before and [\\d,]+ after, ${n(before + 1)} were read: the portal changed meanwhile`,
      ),
    );
  });
});

describe("counting", () => {
  it("asks search first, and lists when it should be exact", async () => {
    const { portal, sim, source } = await lab();
    const connector = source();
    const contacts = portal.count(typeOf(portal, "contacts"));
    expect(await connector.count("contacts")).toBe(contacts);
    expect(sim.stats.byRoute.list).toBeUndefined();
    portal.write(typeOf(portal, "contacts"), null, { email: "new@example.com" }, { visibleAt: Date.now() + 1e6 });
    expect(await connector.count("contacts")).toBe(contacts);
    expect(await connector.count("contacts", { exact: true })).toBe(contacts + 1);
    expect(sim.stats.byRoute.list).toBe(Math.ceil((contacts + 1) / 100));
  });

  it("estimates what reading costs", async () => {
    const { portal, sim, source } = await lab();
    const connector = source();
    const objects = [
      { object: "contacts", fields: ["email", "associations.companies"] },
      { object: "deals", fields: ["dealname"] },
      { object: "contacts_to_companies", fields: ["id"] },
      { object: "owners", fields: ["id"] },
    ];
    const { calls, seconds, remaining, max } = await connector.estimate!(objects);
    sim.stats.reset();
    for (const { object, fields } of objects) await readAll(connector, object, { fields });
    expect(portal.count(typeOf(portal, "contacts"))).toBeGreaterThan(300);
    expect(Math.abs(calls - sim.stats.requests)).toBeLessThanOrEqual(4);
    expect(seconds).toBeGreaterThan(0);
    expect(max).toBe(650_000);
    expect(remaining).toBeGreaterThan(500_000);
  });
});
