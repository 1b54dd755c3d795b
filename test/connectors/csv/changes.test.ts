import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readAll } from "../read-all.ts";
import { folder, over, problemsOf } from "./files.ts";

it("fingerprints by size and SHA-256", async () => {
  const text = "Id\n1\n";
  const source = over(folder({ "a.csv": text }));
  expect(await source.fingerprint("a")).toBe(`5:${createHash("sha256").update(text).digest("hex")}`);
});

it("looks again at a file that was replaced while the connector is open", async () => {
  const dir = folder({ "a.csv": "Id\n1\n" });
  const source = over(dir);
  await source.open();
  expect(await source.count("a")).toBe(1);
  writeFileSync(join(dir, "a.csv"), "Name;Id\nx;1\ny;2\n");
  expect(await source.count("a")).toBe(2);
  expect((await readAll(source, "a")).columns).toEqual(["Name", "Id"]);
  rmSync(join(dir, "a.csv"));
  expect(await problemsOf(() => source.count("a"))).toMatchObject([
    { code: "CSV_UNREADABLE", message: "a.csv: cannot be read any more (ENOENT)" },
  ]);
});
