import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it, onTestFinished } from "vitest";
import { testContext } from "../../helpers/context.ts";
import { collect, readAll } from "../read-all.ts";
import { folder, over } from "./files.ts";

function source(columnData: ColumnSource[], options: Record<string, unknown> = {}, write: object = {}) {
  const content = new Uint8Array(
    parquetWriteBuffer({ columnData, ...write } as Parameters<typeof parquetWriteBuffer>[0]),
  );
  const made = over(folder({ "a.parquet": content }), options);
  onTestFinished(() => made.close());
  return made;
}

describe("Parquet", () => {
  it("tells the types of its columns and gives exact values", async () => {
    const made = source([
      { name: "Id", data: [9007199254740993n, 2n, 3n] },
      { name: "Name", data: ["Müller", null, "x\ny"] },
      { name: "Score", data: [0.1, 1e21, -2.5] },
      { name: "Ok", data: [true, false, null] },
      { name: "At", data: [new Date("2024-02-29T08:00:00.250Z"), null, new Date("1969-12-31T23:59:59Z")] },
      { name: "Tags", data: [{ a: [1, "b"] }, null, {}], type: "JSON" },
      { name: "Count", data: [1, 2, 3], type: "INT32" },
    ] as ColumnSource[]);
    const { objects } = await made.describe();
    expect(objects[0]!.note).toBe("Parquet, 7 columns");
    expect(objects[0]!.fields.map(({ name, type }) => [name, type])).toEqual([
      ["Id", "integer"],
      ["Name", "text"],
      ["Score", "decimal"],
      ["Ok", "boolean"],
      ["At", "datetime"],
      ["Tags", "json"],
      ["Count", "integer"],
    ]);
    const { rows, lines } = await readAll(made, "a");
    expect(lines).toEqual([1, 2, 3]);
    expect(rows).toEqual([
      ["9007199254740993", "Müller", "0.1", "true", "2024-02-29T08:00:00.25Z", '{"a":[1,"b"]}', "1"],
      ["2", null, "1000000000000000000000", "false", null, null, "2"],
      ["3", "x\ny", "-2.5", null, "1969-12-31T23:59:59Z", "{}", "3"],
    ]);
  });

  it("keeps decimals digit for digit", async () => {
    const schema = [
      { name: "root", num_children: 2 },
      {
        name: "Amount",
        type: "INT64",
        converted_type: "DECIMAL",
        scale: 2,
        precision: 18,
        repetition_type: "REQUIRED",
      },
      { name: "Day", type: "INT32", converted_type: "DATE", repetition_type: "REQUIRED" },
    ];
    const made = source(
      [
        { name: "Amount", data: [1234567890123456n, -5n, 0n] },
        { name: "Day", data: [new Date("2024-02-29"), new Date("1969-12-31"), new Date(0)] },
      ] as ColumnSource[],
      { decimal: "," },
      { schema },
    );
    expect((await readAll(made, "a")).rows).toEqual([
      ["12345678901234,56", "2024-02-29"],
      ["-0,05", "1969-12-31"],
      ["0,00", "1970-01-01"],
    ]);
  });

  it("resumes across row groups, and ends when it is aborted", async () => {
    const controller = new AbortController();
    const data = Array.from({ length: 7 }, (_, index) => index);
    const content = new Uint8Array(
      parquetWriteBuffer({ columnData: [{ name: "Id", data, type: "INT32" }], rowGroupSize: 3 }),
    );
    const dir = folder({ "a.parquet": content });
    const made = over(dir, {}, testContext({ signal: controller.signal }));
    onTestFinished(() => made.close());
    const whole = await readAll(made, "a", { batchSize: 2 });
    expect(whole.rows.map(([id]) => Number(id))).toEqual(data);
    expect(whole.sizes).toEqual([2, 1, 2, 1, 1]);
    for (const { next, rows } of whole.stops) {
      expect((await readAll(made, "a", { from: next })).rows).toEqual(whole.rows.slice(rows));
    }
    const fetched = made.fetch({ object: "a", fields: [], key: ["Id"], keys: [["5"], ["1"], ["99"]] });
    expect((await collect(fetched)).rows).toEqual([["1"], ["5"]]);
    const before = await made.fingerprint("a");
    writeFileSync(
      join(dir, "a.parquet"),
      new Uint8Array(parquetWriteBuffer({ columnData: [{ name: "Key", data: ["x"] }] })),
    );
    expect(await made.fingerprint("a")).not.toBe(before);
    expect((await readAll(made, "a")).rows).toEqual([["x"]]);
    controller.abort(new Error("stopped"));
    await expect(readAll(made, "a")).rejects.toThrow("stopped");
  });
});
