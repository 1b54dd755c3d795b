/** Objects that grow while the pages of their job are read. */
import { expect, it } from "vitest";
import { readAll } from "../read-all.ts";
import { lab } from "./kit.ts";

it("records that come after the job was done are told by the read itself", async () => {
  let pages = 0;
  const org = await lab({
    records: 500,
    counts: { Opportunity: 700 },
    onRequest: ({ path }) => {
      if (!path.endsWith("/results") || ++pages !== 2) return;
      for (let number = 0; number < 3; number++) org.sim.org.insert("Opportunity", { Name: `New ${number}` });
    },
  });
  const before = org.sim.org.count("Opportunity");
  const source = org.source({ options: { transport: "bulk", maxRecords: 200 } });
  await source.open();
  const { rows } = await readAll(source, "Opportunity", { fields: ["Name"] });
  expect(pages).toBeGreaterThan(2);
  expect(rows).toHaveLength(before);
  expect(org.lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
    `Opportunity changed while it was read: ${before} records before, ${before + 3} after, ${before} read; run again (or a delta) for the rest`,
  ]);
});
