import { expect, it } from "vitest";
import { startSalesforce } from "../../sim/salesforce/index.ts";
import { client } from "./client.ts";

it.skipIf(process.env.SOAK === undefined)(
  "a million rows are streamed in flat memory (skipped: SOAK is not set)",
  async () => {
    const sim = await startSalesforce({ records: 5000, counts: { Contact: 1_000_000 } });
    const org = client(sim);
    const { id } = await org.json<{ id: string }>("jobs/query", {
      method: "POST",
      body: JSON.stringify({
        operation: "query",
        query: "SELECT Id, Name, Email, AccountId, MailingStreet, Description FROM Contact",
      }),
    });
    let state = "";
    while (state !== "JobComplete") {
      state = (await org.json<{ state: string }>(`jobs/query/${id}`)).state;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    let [locator, bytes, most, rows] = ["", 0, 0, 0];
    while (locator !== "null") {
      const response = await org.request(
        `jobs/query/${id}/results?maxRecords=50000${locator && `&locator=${locator}`}`,
      );
      for await (const part of response.body!) bytes += part.length;
      rows += Number(response.headers.get("sforce-numberofrecords"));
      locator = response.headers.get("sforce-locator")!;
      most = Math.max(most, process.memoryUsage().rss);
    }
    expect(rows).toBe(sim.org.count("Contact"));
    expect(bytes).toBeGreaterThan(100e6);
    expect(most).toBeLessThan(512 * 1024 * 1024);
    await sim.close();
  },
  600_000,
);
