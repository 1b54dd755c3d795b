import { describe, expect, it } from "vitest";
import { readAll } from "../read-all.ts";
import { folder, over, problemsOf, readText } from "./files.ts";

describe("limits", () => {
  it("reads a cell of 50 MB", async () => {
    const big = Buffer.alloc(50_000_000, "x");
    const content = Buffer.concat([Buffer.from('Id,Body\n1,a\n2,"'), big, Buffer.from('""\n"\n3,c\n')]);
    const source = over(folder({ "a.csv": content }));
    const sizes: number[] = [];
    for await (const batch of source.read({ object: "a", fields: [], from: null, batchSize: 100 })) {
      for (let row = 0; row < batch.size; row++) sizes.push(batch.ends[row * 2 + 1]! - batch.starts[row * 2 + 1]!);
      expect(batch.bad).toEqual([]);
    }
    expect(sizes).toEqual([1, 50_000_002, 1]);
    expect(await source.count("a")).toBe(3);
  });

  it("rejects a record beyond maxRecordBytes once and goes on at the next line", async () => {
    const long = "y".repeat(9_000_000);
    const { rows, lines, bad } = await readText(`Id,Body\n1,a\n2,${long}\n3,c\n4,"${long}"\n5,e\n`, {
      maxRecordBytes: 100_000,
    });
    expect(rows).toEqual([
      ["1", "a"],
      ["3", "c"],
      ["5", "e"],
    ]);
    expect(lines).toEqual([2, 4, 6]);
    expect(bad.map(({ line, code }) => [line, code])).toEqual([
      [3, "CSV_RECORD_TOO_LARGE"],
      [5, "CSV_RECORD_TOO_LARGE"],
    ]);
    expect(bad[0]!.cells).toEqual(["2", "y".repeat(998)]);
    expect(bad[0]!.reason).toBe(
      "expected a record of at most 100000 bytes, got a longer one: a quote that is never closed, or `maxRecordBytes` is too small; reading went on at the next line",
    );
  });

  it("takes out one line when an unclosed quote would swallow more than maxRecordBytes", async () => {
    const text = `Id,Body\n1,"open\n${Array.from({ length: 50_000 }, (_, index) => `${index + 2},x`).join("\n")}\n`;
    const { rows, bad, lines } = await readText(text, { maxRecordBytes: 10_000 });
    expect(bad.map(({ line, code }) => [line, code])).toEqual([[2, "CSV_RECORD_TOO_LARGE"]]);
    expect(rows).toHaveLength(50_000);
    expect(lines[0]).toBe(3);
  });

  it("reads 1,500 columns", async () => {
    const row = (prefix: string) => Array.from({ length: 1500 }, (_, index) => `${prefix}${index}`);
    const text = [row("c"), ...Array.from({ length: 200 }, (_, index) => row(`${index}-`))]
      .map((cells) => cells.join())
      .join("\n");
    const { object, rows } = await readText(text);
    expect(object.fields).toHaveLength(1500);
    expect(rows).toHaveLength(200);
    expect(rows[199]).toEqual(row("199-"));
  });

  it("refuses more columns than maxColumns", async () => {
    expect(await problemsOf(() => readText(`${"a,".repeat(2000)}b\n`))).toMatchObject([
      {
        code: "CSV_TOO_MANY_COLUMNS",
        message: "a.csv: expected at most 2000 columns, got 2001",
        hint: "Set `delimiter` if the guess is wrong, or raise `maxColumns`.",
      },
    ]);
  });

  it("bounds the cells of a rejected row", async () => {
    const { bad } = await readText(`a,b\n${",".repeat(20_000)}\n`);
    expect(bad[0]!.reason).toBe("expected 2 cells, got 20001");
    expect(bad[0]!.cells).toHaveLength(10_000);
  });

  it("keeps batches to the asked size, bad records included", async () => {
    const source = over(folder({ "a.csv": `a,b\n${"1,2\n3\n".repeat(500)}` }));
    const sizes: number[] = [];
    for await (const batch of source.read({ object: "a", fields: [], from: null, batchSize: 7 }))
      sizes.push(batch.size + batch.bad.length);
    expect(Math.max(...sizes)).toBe(7);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(1000);
    expect((await readAll(source, "a")).bad).toHaveLength(500);
  });

  it("keeps batches to a few MiB", async () => {
    const source = over(folder({ "a.csv": `a,b\n${`1,${"x".repeat(1000)}\n`.repeat(20_000)}` }));
    let largest = 0;
    for await (const batch of source.read({ object: "a", fields: [], from: null, batchSize: 1_000_000 })) {
      largest = Math.max(largest, batch.data.length);
    }
    expect(largest).toBeLessThan(16 << 20);
    expect(largest).toBeGreaterThan(1 << 20);
  });
});
