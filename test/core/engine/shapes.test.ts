import { expect, test } from "vitest";
import { buckets, migration, runAgain } from "./kit.ts";

/** HubSpot's example: one person, two companies, two rows. */
const LUKE = {
  files: {
    "import.csv": [
      "First Name,Last Name,Email,Job Title,Company Name,Company Domain,Association Label",
      "Luke,Danes,luke@lukesdiner.example,Owner,Luke's Diner,lukesdiner.example,Manager; Billing contact",
      "Lorelai,Gilmore,lorelai@dragonfly.example,,The Dragonfly Inn,dragonfly.example,Primary",
      "Luke,Danes,luke@lukesdiner.example,,The Dragonfly Inn,https://www.dragonfly.example/,Contractor",
    ].join("\n"),
  },
  mappings: {
    import: `
      mappings:
        - object: account
          source: import.csv
          key: { from: Company Domain, transform: domain }
          duplicates: combine
          fields: { name: Company Name, domain: { from: Company Domain, transform: domain } }
        - object: contact
          source: import.csv
          key: Email
          duplicates: combine
          fields: { name: { template: "{First Name} {Last Name}" }, email: Email, phone: Job Title }
          associations:
            - { to: account, from: Company Domain, by: domain, label: { from: Association Label } }
    `,
  },
};

const LINKS = `select f.email, t.name, a.label, a.is_primary from crm.association a
  join crm.contact f on a.from_object = 'contact' and f.id = a.from_id
  join crm.account t on a.to_object = 'account' and t.id = a.to_id order by 1, 2, 3`;

test.each([50_000, 1, 2])(
  "several rows of a record are one record with several associations (chunks of %i)",
  async (chunkSize) => {
    const m = await migration(LUKE);
    expect(buckets(await m.run({ dryRun: true, chunkSize }))).toEqual({
      account: { read: 3, inserted: 2, merged: 1 },
      contact: { read: 3, inserted: 2, merged: 1 },
    });
    expect(await m.sql("select count(*)::int from pg_tables where schemaname = 'crm'")).toEqual([[0]]);
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      account: { read: 3, inserted: 2, merged: 1 },
      contact: { read: 3, inserted: 2, merged: 1 },
    });
    const links = [
      ["lorelai@dragonfly.example", "The Dragonfly Inn", null, true],
      ["luke@lukesdiner.example", "Luke's Diner", "Billing contact", false],
      ["luke@lukesdiner.example", "Luke's Diner", "Manager", false],
      ["luke@lukesdiner.example", "The Dragonfly Inn", "Contractor", false],
    ];
    expect(await m.sql(LINKS)).toEqual(links);
    expect(await m.warnings()).toEqual([]);
    const proof = await m.prove(4);
    expect(proof.objects.map(({ object, problems }) => [object, problems])).toEqual([
      ["account", []],
      ["contact", []],
    ]);
    expect(proof.objects[1]!.associations).toMatchObject([
      { to: "account", expected: 4, found: 4, unresolved: 0, ok: true },
    ]);
    expect(proof.ok).toBe(true);
    expect(buckets(await runAgain(m, { chunkSize }))).toEqual({
      account: { read: 3, unchanged: 2, merged: 1 },
      contact: { read: 3, unchanged: 2, merged: 1 },
    });
    expect((await m.prove(4)).ok).toBe(true);

    // a link of a further row that is gone fails the proof, and comes back with the next run
    await m.sql("delete from crm.association where label = 'Contractor'");
    expect((await m.prove()).objects[1]!.associations[0]).toMatchObject({ expected: 4, found: 3, ok: false });
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      account: { read: 3, unchanged: 2, merged: 1 },
      contact: { read: 3, unchanged: 1, updated: 1, merged: 1 },
    });
    expect(await m.sql(LINKS)).toEqual(links);
  },
);
