import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { ReadRequest, SourceConnector } from "../../../core/connector.ts";
import type { Position } from "../../../core/record.ts";
import { snapshotSource, valueOptions } from "../../../core/snapshot/index.ts";
import { readAll } from "../../connectors/read-all.ts";
import { type MemoryData, memorySource } from "../../helpers/memory-source.ts";
import { recorded, temporary } from "./worlds.ts";

const COLUMNS = ["Id", "Name", "Note"];
const ROWS: (string | null)[][] = Array.from({ length: 10 }, (_, index) => [
  String(index + 1),
  `Name "${index + 1}"\n`,
  index % 3 === 0 ? null : index % 3 === 1 ? "" : "Ä\\",
]);
const DATA = (): MemoryData => ({ Account: { columns: COLUMNS, key: "Id", rows: ROWS.map((row) => [...row]) } });

/** A source that notes where it was asked to read from, and for which fields. */
function watched(data: MemoryData = DATA()): SourceConnector & { readonly asked: ReadRequest[] } {
  const source = memorySource(data);
  const asked: ReadRequest[] = [];
  return {
    ...source,
    asked,
    read(request) {
      asked.push(request);
      return source.read(request);
    },
  };
}

/** Takes `batches` batches of two records and leaves, as an engine that fails; gives the last position. */
async function takeSome(
  source: SourceConnector,
  batches: number,
  from: Position | null = null,
): Promise<Position | null> {
  let last: Position | null = from;
  let taken = 0;
  for await (const batch of source.read({ object: "Account", fields: [], from, batchSize: 2 })) {
    last = batch.next;
    if (++taken === batches) break;
  }
  return last;
}

const file = (dir: string, name: string) => join(dir, "Account", name);
const lines = (dir: string) => readFileSync(file(dir, "manifest.ndjson"), "utf8").trimEnd().split("\n");
const rest = (source: SourceConnector, from: Position | null) => readAll(source, "Account", { from, batchSize: 2 });
const whole = async (dir: string) =>
  (await readAll(await snapshotSource(dir, new AbortController().signal), "Account")).rows;

describe("what is kept", () => {
  test("a record is a line of JSON: nulls stay null, blanks blank", async () => {
    const dir = temporary();
    await rest(await recorded(watched(), dir), null);
    const text = gunzipSync(readFileSync(file(dir, "00001.ndjson.gz"))).toString();
    expect(
      text
        .split("\n")
        .slice(0, 3)
        .map((line) => JSON.parse(line)),
    ).toEqual([
      [1, "1", 'Name "1"\n', null],
      [2, "2", 'Name "2"\n', ""],
      [3, "3", 'Name "3"\n', "Ä\\"],
    ]);
  });

  test("the manifest tells columns, blocks and the end", async () => {
    const dir = temporary();
    await rest(await recorded(watched(), dir), null);
    const manifest = lines(dir).map((line) => JSON.parse(line));
    expect(manifest[0]).toMatchObject({ columns: COLUMNS });
    expect(manifest.slice(1, -1).map(({ file: name, rows, bad, next }) => [name, rows, bad, next])).toEqual(
      [2, 4, 6, 8, 10].map((row) => ["00001.ndjson.gz", 2, 0, { row }]),
    );
    expect(manifest.at(-1)).toEqual({ end: true, records: 10 });
  });

  test("the source is asked for all fields that the caller names, every time", async () => {
    const source = watched();
    const dir = temporary();
    const recorder = await recorded(source, dir, undefined, () => ["Id", "Note"]);
    for await (const _ of recorder.read({ object: "Account", fields: ["Name"], from: null, batchSize: 5 }));
    expect(source.asked.map(({ fields }) => fields)).toEqual([["Name", "Id", "Note"]]);
  });

  test("of the options only those that say how values are written", () => {
    expect(
      valueOptions({ auth: { clientSecret: "s" }, loginUrl: "https://u:p@host", timezone: "UTC", nulls: [""] }),
    ).toEqual({
      timezone: "UTC",
      nulls: [""],
    });
  });

  test("a large batch becomes several blocks, of which the last one alone can be gone on from", async () => {
    const dir = temporary();
    const long = "x".repeat(1 << 20);
    const rows = Array.from({ length: 12 }, (_, index) => [String(index), long, null]);
    const source = memorySource({ Account: { columns: COLUMNS, key: "Id", rows } });
    await readAll(await recorded(source, dir), "Account");
    const blocks = lines(dir)
      .slice(1, -1)
      .map((line) => JSON.parse(line));
    expect(blocks.map(({ rows: count, next }) => [count, next])).toEqual([
      [4, null],
      [4, null],
      [4, { row: 12 }],
    ]);
    expect(await whole(dir)).toEqual(rows);
  });
});

describe("an object is read from the source once", () => {
  test("a second reading comes from the disk", async () => {
    const source = watched();
    const recorder = await recorded(source, temporary());
    const first = await rest(recorder, null);
    expect(await rest(recorder, null)).toEqual(first);
    expect(source.asked).toHaveLength(1);
  });

  test("so do single records of it, with the numbers that they had", async () => {
    const source = watched();
    const dir = temporary();
    const recorder = await recorded({ ...source, fetch: () => expect.fail("the source was asked") }, dir);
    await rest(recorder, null);
    const found: [number, string][] = [];
    for await (const batch of recorder.fetch({
      object: "Account",
      fields: ["Name"],
      key: ["Id"],
      keys: [["7"], ["99"]],
    })) {
      for (let record = 0; record < batch.size; record++)
        found.push([
          batch.lines[record]!,
          batch.data.toString("utf8", batch.starts[record * 3]!, batch.ends[record * 3]!),
        ]);
    }
    expect(found).toEqual([[7, "7"]]);
  });
});

describe("going on after an interruption", () => {
  test("the engine is behind the record: the disk gives what is there, the source the rest", async () => {
    const dir = temporary();
    await takeSome(await recorded(watched(), dir), 3);
    const source = watched();
    const result = await rest(await recorded(source, dir), { snapshotRecords: 2 });
    expect(result.rows).toEqual(ROWS.slice(2));
    expect(result.lines).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    expect(source.asked.map(({ from }) => from)).toEqual([{ row: 6 }]);
    expect(await whole(dir)).toEqual(ROWS);
  });

  test.each([
    [
      "the last line of the manifest is cut off",
      (dir: string) =>
        truncateSync(file(dir, "manifest.ndjson"), readFileSync(file(dir, "manifest.ndjson")).length - 9),
    ],
    [
      "bytes without a line stand at the end of the file",
      (dir: string) => writeFileSync(file(dir, "00001.ndjson.gz"), "half a block", { flag: "a" }),
    ],
    [
      "the last block never reached the disk",
      (dir: string) =>
        truncateSync(file(dir, "00001.ndjson.gz"), readFileSync(file(dir, "00001.ndjson.gz")).length - 3),
    ],
    ["nothing reached the disk", (dir: string) => truncateSync(file(dir, "00001.ndjson.gz"), 0)],
  ])("killed, and %s: nothing comes twice, nothing is left out", async (_, harm) => {
    const dir = temporary();
    const position = await takeSome(await recorded(watched(), dir), 3);
    expect(position).toEqual({ snapshotRecords: 6 });
    harm(dir);
    const result = await rest(await recorded(watched(), dir), position);
    expect(result.rows).toEqual(ROWS.slice(6));
    expect(result.lines).toEqual([7, 8, 9, 10]);
    expect(await whole(dir)).toEqual(ROWS);
  });

  test("batches of another size after the restart are cut where the engine stands", async () => {
    const dir = temporary();
    const position = await takeSome(await recorded(watched(), dir), 3);
    truncateSync(file(dir, "00001.ndjson.gz"), 10);
    const result = await readAll(await recorded(watched(), dir), "Account", { from: position, batchSize: 4 });
    expect(result.sizes).toEqual([2, 2]);
    expect(result.rows).toEqual(ROWS.slice(6));
    expect(await whole(dir)).toEqual(ROWS);
  });

  test("a complete record is no longer bound to the source", async () => {
    const dir = temporary();
    const source = watched();
    const recorder = await recorded(source, dir);
    const before = await recorder.fingerprint("Account");
    await rest(recorder, null);
    const changed = await recorded(watched({ Account: { columns: COLUMNS, key: "Id", rows: [] } }), dir);
    expect(await changed.fingerprint("Account")).toBe(before);
    expect((await rest(changed, { snapshotRecords: 8 })).rows).toEqual(ROWS.slice(8));
  });
});

describe("failures", () => {
  test("a folder that cannot be written to stops the run, resumable", async () => {
    const dir = join(temporary(), "file");
    writeFileSync(dir, "");
    await expect(rest(await recorded(watched(), dir), null)).rejects.toMatchObject({
      code: "SNAPSHOT_UNWRITABLE",
      exitCode: 4,
    });
  });

  test("a changed byte is found when it is read, and the file named", async () => {
    const dir = temporary();
    await rest(await recorded(watched(), dir), null);
    const path = file(dir, "00001.ndjson.gz");
    const bytes = readFileSync(path);
    bytes[bytes.length - 20]! ^= 1;
    writeFileSync(path, bytes);
    await expect(whole(dir)).rejects.toMatchObject({ code: "SNAPSHOT_DAMAGED", place: { file: path } });
  });

  test("a missing file is found", async () => {
    const dir = temporary();
    await rest(await recorded(watched(), dir), null);
    truncateSync(file(dir, "00001.ndjson.gz"), 0);
    await expect(whole(dir)).rejects.toMatchObject({ code: "SNAPSHOT_DAMAGED" });
    expect(readdirSync(join(dir, "Account")).sort()).toEqual(["00001.ndjson.gz", "manifest.ndjson"]);
  });

  test("what is not there is told by name", async () => {
    const dir = temporary();
    const data = { ...DATA(), Contact: { columns: ["Id"], key: "Id", rows: [] } };
    await takeSome(await recorded(watched(data), dir), 1);
    const snapshot = await snapshotSource(dir, new AbortController().signal);
    await expect(snapshot.count("Account")).rejects.toMatchObject({ code: "SNAPSHOT_INCOMPLETE" });
    await expect(snapshot.count("Contact")).rejects.toMatchObject({ code: "SNAPSHOT_OBJECT_MISSING" });
    await rest(await recorded(watched(data), dir), { snapshotRecords: 2 });
    await expect(snapshot.assertHolds("Account", ["Name", "Fax", "Sic"])).rejects.toMatchObject({
      code: "SNAPSHOT_COLUMN_MISSING",
      message: "the snapshot of run 20261121T233000Z-full does not hold the fields Fax, Sic of Account",
    });
    await snapshot.assertHolds("Account", COLUMNS);
  });
});
