import { describe, expect, it } from "vitest";
import { readAll } from "../read-all.ts";
import { byId, lab, truth } from "./kit.ts";

/** Every object of the org that is worth reading, with all of its own columns. */
async function everything(setting: { readonly options?: Readonly<Record<string, unknown>> }, records = 1500) {
  const { sim, source, lines } = await lab({ records });
  const made = source(setting);
  await made.open();
  const { objects } = await made.describe();
  const found = new Map<string, { readonly columns: string[]; readonly rows: (string | null)[][] }>();
  for (const { name, fields } of objects) {
    const table = sim.org.table(name);
    if (fields.length === 0 || table === undefined) continue;
    const columns = fields.map((field) => field.name).filter((column) => table.field(column) !== undefined);
    const read = await readAll(made, name, { fields: columns, batchSize: 700 });
    const at = columns.map((column) => read.columns.indexOf(column));
    expect(at, name).not.toContain(-1);
    found.set(name, { columns, rows: byId(read.rows.map((row) => at.map((index) => row[index]!))) });
    expect(read.rows, name).toHaveLength(await made.count(name));
  }
  return { sim, found, lines };
}

describe.each(["rest", "bulk"])("transport %s", (transport) => {
  it("reads every object as the org holds it, archived activities and losers of merges included, other deleted records not", async () => {
    const { sim, found, lines } = await everything({ options: { transport } });
    expect([...found.keys()]).toEqual(
      expect.arrayContaining(["Account", "Contact", "Task", "Event", "ContentDocumentLink", "Invoice__c"]),
    );
    for (const [name, { columns, rows }] of found) {
      const expected = truth(sim.org, name, columns);
      expect(rows.length, name).toBe(expected.length);
      expect(rows, name).toEqual(byId(expected));
    }
    expect(found.get("Task")!.rows.length).toBeGreaterThan(sim.org.count("Task"));
    expect(lines.filter(({ level }) => level === "warn")).toEqual([]);
    expect(lines.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^Account: \d+ records? in the recycle bin (?:is|are) not read \(/),
    );
    if (transport === "bulk") expect(sim.stats.kinds.bulkCreate).toBeGreaterThan(20);
    else expect(sim.stats.kinds.bulkCreate ?? 0).toBe(0);
  });

  it("reads deleted and merged records when asked to", async () => {
    const { sim, source } = await lab();
    const made = source({ options: { transport, includeDeleted: true } });
    const columns = ["Id", "IsDeleted", "MasterRecordId"];
    const { rows } = await readAll(made, "Account", { fields: columns });
    expect(byId(rows)).toEqual(truth(sim.org, "Account", columns, true));
    expect(rows.filter((row) => row[2] !== null).length).toBeGreaterThan(0);
    expect(await made.count("Account")).toBe(sim.org.count("Account", { deleted: true }));
  });
});

describe("transport auto", () => {
  it("reads small objects by REST and large ones by Bulk", async () => {
    const { sim, source } = await lab();
    const made = source({ options: { bulkThreshold: 100 } });
    await readAll(made, "Campaign", { fields: ["Name"] });
    expect(sim.stats.kinds.bulkCreate ?? 0).toBe(0);
    await readAll(made, "Account", { fields: ["Name"] });
    expect(sim.stats.kinds.bulkCreate).toBe(1);
  });

  it("falls back to REST where the Bulk API does not know the object", async () => {
    const { sim, source, lines } = await lab({ bulk: { unsupported: ["Case"] } });
    const { rows } = await readAll(source({ options: { bulkThreshold: 1 } }), "Case", { fields: ["Subject"] });
    expect(rows).toHaveLength(sim.org.count("Case"));
    expect(lines.map(({ message }) => message)).toContainEqual(expect.stringMatching(/^Case: not by Bulk API/));
  });
});

describe("columns of other records", () => {
  it("come with a dotted name, checked against the parent's description", async () => {
    const { sim, source } = await lab();
    const made = source();
    const schema = await made.describe(
      new Map([
        ["opportunitylineitem", ["PricebookEntry.Product2Id", "Opportunity.Account.Name", "Opportunity.Nonsense"]],
        ["Task", ["Who.Type", "Owner.Name"]],
      ]),
    );
    const fields = (name: string) => schema.objects.find((object) => object.name === name)!.fields;
    const names = fields("OpportunityLineItem").map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["PricebookEntry.Product2Id", "Opportunity.Account.Name"]));
    expect(names).not.toContain("Opportunity.Nonsense");
    expect(fields("Task").map(({ name }) => name)).toEqual(expect.arrayContaining(["Who.Type", "Owner.Name"]));
    expect(fields("Account")).toEqual([]);
    // the two objects and the parents on the way: not one call more
    expect(sim.stats.kinds.describe).toBeLessThanOrEqual(6);
    for (const transport of ["rest", "bulk"]) {
      const { rows } = await readAll(source({ options: { transport } }), "OpportunityLineItem", {
        fields: ["PricebookEntry.Product2Id", "Opportunity.Account.Name"],
      });
      for (const [id, product, account] of rows) {
        const line = sim.org.row(id!)!;
        expect(product).toBe(sim.org.row(String(line.PricebookEntryId))!.Product2Id);
        const parent = sim.org.row(String(line.OpportunityId))!.AccountId;
        expect(account).toBe(parent === null ? null : sim.org.row(String(parent))!.Name);
      }
    }
  });

  it("give a product its standard price, a note its text and record, a file its record", async () => {
    const { sim, source } = await lab();
    const made = source();
    const products = await readAll(made, "Product2", {
      fields: ["Name", "StandardPrice.UnitPrice", "StandardPrice.CurrencyIsoCode"],
    });
    expect(products.columns).toEqual(["Id", "Name", "StandardPrice.UnitPrice", "StandardPrice.CurrencyIsoCode"]);
    const standard = [...sim.org.truth("Pricebook2")].find((book) => book.IsStandard === true)!.Id;
    const prices = [...sim.org.truth("PricebookEntry")].filter((entry) => entry.Pricebook2Id === standard);
    for (const [id, , price, currency] of products.rows) {
      const found = prices.find((entry) => entry.Product2Id === id && String(entry.UnitPrice) === price);
      expect(found, `price of ${id}`).toBeDefined();
      expect(found!.CurrencyIsoCode).toBe(currency);
    }
    const notes = await readAll(made, "ContentNote", { fields: ["Title", "ContentText", "LinkedRecord.Id"] });
    expect(notes.rows).toHaveLength(sim.org.count("ContentNote"));
    const at = notes.columns.indexOf("ContentText");
    expect(notes.rows.filter((row) => row[at] === null)).toEqual([]);
    const links = [...sim.org.truth("ContentDocumentLink")].map(
      (link) => `${link.ContentDocumentId} ${link.LinkedEntityId}`,
    );
    for (const row of notes.rows) {
      const linked = row[notes.columns.indexOf("LinkedRecord.Id")]!;
      if (linked !== null) expect(links).toContain(`${row[0]} ${linked}`);
    }
    const files = await readAll(made, "ContentVersion", { fields: ["Title", "LinkedRecord.Id", "LinkedRecord.Type"] });
    expect(files.rows.filter((row) => row[files.columns.indexOf("LinkedRecord.Id")] !== null).length).toBeGreaterThan(
      0,
    );
  });
});

describe("wide objects", () => {
  it("are read in groups of columns that each fit into an address, and put together by id", async () => {
    const { sim, source } = await lab();
    const made = source({ options: { transport: "rest" }, tuning: { urlChars: 600, pageRecords: 70 } });
    const { objects } = await made.describe(new Map([["Account", []]]));
    const columns = objects
      .find(({ name }) => name === "Account")!
      .fields.map(({ name }) => name)
      .filter((name) => sim.org.table("Account")!.field(name) !== undefined);
    const read = await readAll(made, "Account", { fields: columns });
    const at = columns.map((column) => read.columns.indexOf(column));
    expect(read.rows.map((row) => at.map((index) => row[index]!))).toEqual(truth(sim.org, "Account", columns));
  });

  it("go by Bulk when they are long and many", async () => {
    const { sim, source } = await lab();
    const made = source({ tuning: { urlChars: 60, pageRecords: 50 } });
    const { rows } = await readAll(made, "Account", { fields: ["Name", "Type", "Industry", "Website", "Phone"] });
    expect(rows).toHaveLength(truth(sim.org, "Account", ["Id"]).length);
    expect(sim.stats.kinds.bulkCreate).toBe(1);
  });
});

describe("fetch", () => {
  it("takes ids of 15 characters, other keys, and compound ones", async () => {
    const { sim, source } = await lab();
    const made = source();
    const [first, second] = [...sim.org.truth("Contact")];
    const ids = async (key: string[], keys: string[][]) => {
      const found: string[] = [];
      for await (const batch of made.fetch({ object: "Contact", fields: ["LastName"], key, keys })) {
        for (let record = 0; record < batch.size; record++) {
          found.push(
            batch.data.toString(
              "utf8",
              batch.starts[record * batch.columns.length],
              batch.ends[record * batch.columns.length],
            ),
          );
        }
      }
      return found.sort();
    };
    const [one, other] = [String(first!.Id), String(second!.Id)];
    expect(await ids(["Id"], [[one.slice(0, 15)], [other], ["nothing"]])).toEqual([one, other].sort());
    expect(
      await ids(
        ["Id", "LastName"],
        [
          [one, String(first!.LastName)],
          [other, "It's \\ not"],
        ],
      ),
    ).toEqual([one]);
  });
});
