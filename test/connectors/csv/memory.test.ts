import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folder, over } from "./files.ts";

const slow = process.env.CRM_MIGRATE_SLOW === "1";

async function writeLarge(path: string, records: number): Promise<void> {
  const out = createWriteStream(path);
  out.write("Id,Name,Address,Email,Description\n");
  for (let first = 0; first < records; first += 1000) {
    let text = "";
    for (let id = first; id < first + 1000; id++) {
      text += `${id},Zoë ${id},"1 ""Main"" St\nTown ${id}",user${id}@example.com,"${"some words, ".repeat(12)}"\n`;
    }
    if (!out.write(text)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
}

describe.skipIf(!slow)("memory (set CRM_MIGRATE_SLOW=1 to run)", () => {
  it("reads 200 MB with less than 96 MB more than before", async () => {
    const dir = folder({});
    await writeLarge(join(dir, "a.csv"), 1_000_000);
    const source = over(dir, { files: "a.csv" });
    await source.open();
    const before = process.memoryUsage().rss;
    let most = 0;
    let records = 0;
    for await (const batch of source.read({ object: "a", fields: [], from: null, batchSize: 50_000 })) {
      records += batch.size;
      most = Math.max(most, process.memoryUsage().rss);
    }
    expect(records).toBe(1_000_000);
    expect(await source.count("a")).toBe(1_000_000);
    expect((most - before) / 2 ** 20).toBeLessThan(96);
  });
});
