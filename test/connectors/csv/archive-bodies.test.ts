import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { readAll } from "../read-all.ts";
import { type Files, folder, over, problemsOf } from "./files.ts";
import { zipOf } from "./zip-writer.ts";

const hex = (text: string) => crc32(text).toString(16).padStart(8, "0");

const ATTACHMENTS = [
  '"Id","Name","BodyLength"',
  '"00P00000000000aAAA","a.pdf","5"',
  '"00P00000000000AAAQ","b.pdf","7"',
  '"00P000000000003AAA","c.pdf","3"',
  '"00P000000000004AAA","d.pdf","0"',
  '"00P000000000005","Größe.pdf","1"',
  "",
].join("\n");

function open(files: Files) {
  const dir = folder(files);
  const source = over(dir);
  onTestFinished(() => source.close());
  return { dir, source };
}

async function checked(files: Files, object: string) {
  const { source } = open(files);
  const { objects } = await source.describe();
  const found = objects.find(({ name, aliases }) => name === object || aliases?.includes(object));
  const problems = (await source.check?.(new Map([[found!.name, []]]))) ?? [];
  return {
    ...(await readAll(source, object, { batchSize: 2 })),
    object: found!,
    problems: problems.map(({ code, message }) => [code, message]),
  };
}

describe("bodies in archives", () => {
  it("are columns of the records that they are named by, and what does not fit is told", async () => {
    const content = zipOf([
      { name: "Attachment.csv", data: ATTACHMENTS },
      { name: "Account.csv", data: '"Id"\n"00P00000000000aAAA"\n' },
      { name: "Attachments/00P00000000000aAAA", data: "lower" },
      { name: "Attachments/00P00000000000A", data: "UPPER" },
      { name: "Attachments/00P000000000005AAA", data: "x", method: 0 },
      { name: "Attachments/00P000000000009AAA", data: "nobody" },
      { name: "Attachments/readme", data: "no id" },
      { name: "Documents/015000000000001AAA", data: "no table" },
    ]);
    const { columns, rows, object, problems } = await checked({ "WE_00D_1.zip": content }, "Attachment");
    expect(columns).toEqual(["Id", "Name", "BodyLength", "body.path", "body.size", "body.crc32"]);
    expect(object.fields.map(({ name }) => name)).toEqual(columns);
    expect(object.note).toBe("UTF-8, comma, LF, 3 columns; in WE_00D_1.zip; 4 bodies");
    expect(rows).toEqual([
      ["00P00000000000aAAA", "a.pdf", "5", "WE_00D_1.zip/Attachments/00P00000000000aAAA", "5", hex("lower")],
      ["00P00000000000AAAQ", "b.pdf", "7", "WE_00D_1.zip/Attachments/00P00000000000A", "5", hex("UPPER")],
      ["00P000000000003AAA", "c.pdf", "3", "", "", ""],
      ["00P000000000004AAA", "d.pdf", "0", "", "", ""],
      ["00P000000000005", "Größe.pdf", "1", "WE_00D_1.zip/Attachments/00P000000000005AAA", "1", hex("x")],
    ]);
    const table = "WE_00D_1.zip#Attachment.csv";
    expect(problems).toEqual([
      [
        "ARCHIVE_FILES_IGNORED",
        "WE_00D_1.zip: 2 files that are not delimited text are not read (Attachments/readme, Documents/015000000000001AAA)",
      ],
      [
        "ARCHIVE_BODY_SIZE",
        `${table}: bodies are not as long as column "BodyLength" says: 1 (line 3: 7 bytes told, 5 found)`,
      ],
      [
        "ARCHIVE_BODY_MISSING",
        `${table}: records have no body, but column "BodyLength" says that they should: 1 (line 4)`,
      ],
      [
        "ARCHIVE_BODY_UNUSED",
        `${table}: bodies are of no record in the file: 1 (WE_00D_1.zip/Attachments/00P000000000009AAA)`,
      ],
    ]);
    expect((await checked({ "WE_00D_1.zip": content }, "Account")).columns).toEqual(["Id"]);
  });

  it("are found in the other archives of the export, whose change is seen", async () => {
    const table = zipOf([{ name: "ContentVersion.csv", data: "Id,ContentSize\n068000000000001AAA,4\n" }]);
    const bodies = (data: string) => zipOf([{ name: "ContentVersion/068000000000001AAA", data }]);
    const files = {
      "WE_1.ZIP": table,
      "WE_2.ZIP": bodies("four"),
      "XX_2.zip": zipOf([{ name: "a.csv", data: "a\n1\n" }]),
    };
    const { dir, source } = open(files);
    const object = "ContentVersion";
    const before = await source.fingerprint(object);
    const row = ["068000000000001AAA", "4", "WE_2.ZIP/ContentVersion/068000000000001AAA"];
    expect((await readAll(source, object)).rows).toEqual([[...row, "4", hex("four")]]);
    expect(await source.check?.(new Map([["WE_1.ZIP#ContentVersion.csv", []]]))).toEqual([]);
    const found: string[][] = [];
    const request = { object, fields: [], key: ["Id"], keys: [["068000000000001AAA"]] };
    for await (const batch of source.fetch(request)) found.push([...batch.columns]);
    expect(found).toEqual([["Id", "ContentSize", "body.path", "body.size", "body.crc32"]]);

    writeFileSync(join(dir, "new"), bodies("other"));
    renameSync(join(dir, "new"), join(dir, "WE_2.ZIP"));
    expect(await source.fingerprint(object)).not.toBe(before);
    expect((await readAll(source, object)).rows).toEqual([[...row, "5", hex("other")]]);

    const twice = { ...files, "WE_3.ZIP": bodies("again") };
    expect((await checked(twice, object)).problems).toEqual([
      [
        "ARCHIVE_BODY_TWICE",
        "WE_1.ZIP#ContentVersion.csv: records have more than one body; the first is taken, these are not: 1 (WE_3.ZIP/ContentVersion/068000000000001AAA)",
      ],
    ]);
  });

  it("go on at a position, and say nothing where a column has their name", async () => {
    const bodies = [{ name: "Documents/015000000000002", data: "two" }];
    const { source } = open({
      "a.zip": zipOf([{ name: "Document.csv", data: "Id\n015000000000001AAA\n015000000000002AAA\n" }, ...bodies]),
      "b.zip": zipOf([{ name: "Document.csv", data: "Id,body.path\n015000000000002AAA,mine\n" }, ...bodies]),
    });
    const { stops } = await readAll(source, "a.zip#Document.csv", { batchSize: 1 });
    expect((await readAll(source, "a.zip#Document.csv", { from: stops[0]!.next })).rows).toEqual([
      ["015000000000002AAA", "a.zip/Documents/015000000000002", "3", hex("two")],
    ]);
    expect((await readAll(source, "b.zip#Document.csv")).rows).toEqual([["015000000000002AAA", "mine"]]);
  });

  it("are no source on their own", async () => {
    const { source } = open({ "WE_2.zip": zipOf([{ name: "Attachments/00P000000000001AAA", data: "x" }]) });
    expect(await problemsOf(() => source.open())).toMatchObject([{ code: "CSV_NO_FILES" }]);
  });
});
