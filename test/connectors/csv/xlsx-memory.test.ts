import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { crc32, createDeflateRaw } from "node:zlib";
import { describe, expect, it } from "vitest";
import { folder } from "./files.ts";
import { xlsxOf } from "./xlsx-writer.ts";

const soak = process.env.SOAK === "1";
const ROWS = 1_000_000;

/** A workbook of ROWS records with ten columns: half of the texts shared and unique, numbers, dates. */
async function writeLarge(path: string): Promise<void> {
  const sheet = `${path}.sheet`;
  const strings = `${path}.strings`;
  const packed = [await pack(sheet, sheetXml()), await pack(strings, stringsXml())];
  // The small parts come from the writer of small workbooks; the two large ones are put behind them by hand.
  const small = xlsxOf({ sheets: [{ name: "Contacts", data: "" }], formats: [14] });
  const { local, central, count } = without(small, ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"]);
  const out = createWriteStream(path);
  let offset = local.length;
  out.write(local);
  const directory = [central];
  for (const [index, { file, size, crc }] of packed.entries()) {
    const name = Buffer.from(index === 0 ? "xl/worksheets/sheet1.xml" : "xl/sharedStrings.xml");
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc, 10);
    fields.writeUInt32LE(statSync(file).size, 14);
    fields.writeUInt32LE(size, 18);
    fields.writeUInt16LE(name.length, 22);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), fields, entry, name]));
    out.write(Buffer.concat([Buffer.from("PK\x03\x04"), fields, name]));
    const handle = await open(file);
    for await (const chunk of handle.createReadStream()) if (!out.write(chunk)) await once(out, "drain");
    offset += 30 + name.length + statSync(file).size;
  }
  const all = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(count + 2, 8);
  end.writeUInt16LE(count + 2, 10);
  end.writeUInt32LE(all.length, 12);
  end.writeUInt32LE(offset, 16);
  out.end(Buffer.concat([all, end]));
  await once(out, "finish");
}

async function pack(file: string, pieces: Generator<string>) {
  const deflate = createDeflateRaw({ level: 1 });
  const out = createWriteStream(file);
  deflate.pipe(out);
  let size = 0;
  let crc = 0;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    size += bytes.length;
    crc = crc32(bytes, crc);
    if (!deflate.write(bytes)) await once(deflate, "drain");
  }
  deflate.end();
  await once(out, "finish");
  return { file, size, crc };
}

const NAMES = ["Id", "First", "Last", "Email", "City", "Amount", "Score", "Born", "Active", "Note"];

function* sheetXml(): Generator<string> {
  yield `<?xml version="1.0"?><worksheet><sheetData><row r="1">${NAMES.map((name) => `<c t="str"><v>${name}</v></c>`).join("")}</row>`;
  for (let first = 0; first < ROWS; first += 1000) {
    let text = "";
    for (let n = first; n < first + 1000; n++) {
      const r = n + 2;
      text += `<row r="${r}" spans="1:10"><c r="A${r}"><v>${n}</v></c><c r="B${r}" t="s"><v>${n % 1000}</v></c><c r="C${r}" t="s"><v>${n % 777}</v></c><c r="D${r}" t="s"><v>${1000 + n}</v></c><c r="E${r}" t="s"><v>${n % 333}</v></c><c r="F${r}"><v>${(n % 1e6) / 100}</v></c><c r="G${r}"><v>${n % 97}</v></c><c r="H${r}" s="1"><v>${20000 + (n % 20000)}</v></c><c r="I${r}" t="b"><v>${n % 2}</v></c><c r="J${r}" t="s"><v>${ROWS + 1000 + n}</v></c></row>`;
    }
    yield text;
  }
  yield "</sheetData></worksheet>";
}

function* stringsXml(): Generator<string> {
  yield `<?xml version="1.0"?><sst uniqueCount="${2 * ROWS + 1000}">`;
  let text = "";
  for (let n = 0; n < 2 * ROWS + 1000; n++) {
    text += `<si><t>${n < 1000 ? `Name ${n}` : n < ROWS + 1000 ? `person${n}@example.com` : `A note of some length, no. ${n}, Zoë`}</t></si>`;
    if (text.length > 1 << 16) {
      yield text;
      text = "";
    }
  }
  yield `${text}</sst>`;
}

function without(zip: Buffer, names: readonly string[]) {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  let count = 0;
  for (let at = zip.readUInt32LE(zip.length - 6); zip.readUInt32LE(at) === 0x02014b50; ) {
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength);
    const from = zip.readUInt32LE(at + 42);
    const length = 30 + nameLength + zip.readUInt32LE(at + 20);
    if (!names.includes(name)) {
      const entry = Buffer.from(zip.subarray(at, at + 46 + nameLength));
      entry.writeUInt32LE(offset, 42);
      central.push(entry);
      local.push(zip.subarray(from, from + length));
      offset += length;
      count++;
    }
    at += 46 + nameLength;
  }
  return { local: Buffer.concat(local), central: Buffer.concat(central), count };
}

describe.skipIf(!soak)("memory (set SOAK=1 to run)", () => {
  it(`reads an .xlsx of ${ROWS} records and two million shared texts in less than 512 MB`, {
    timeout: 1_200_000,
  }, async () => {
    const dir = folder({});
    await writeLarge(join(dir, "a.xlsx"));
    const script = join(dir, "read.mts");
    const at = (path: string) => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href);
    writeFileSync(
      script,
      `import csv from ${at("connectors/csv/index.ts")};
import { silentLogger } from ${at("core/log.ts")};
const context = { log: silentLogger, now: () => new Date(), signal: new AbortController().signal, env: {}, random: Math.random };
const source = csv.create({ files: "a.xlsx" }, ${JSON.stringify(dir)}, context);
const start = performance.now();
await source.open();
const opened = performance.now();
let records = 0;
let cells = 0;
for await (const batch of source.read({ object: "a", fields: [], from: null, batchSize: 50_000 })) {
  records += batch.size;
  cells += batch.size * batch.columns.length;
}
const seconds = (performance.now() - opened) / 1000;
console.log(JSON.stringify({ records, cells, open: (opened - start) / 1000, seconds, cpu: process.cpuUsage().user / 1e6, mb: process.resourceUsage().maxRSS / 1024 }));
`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
    expect(stderr).toBe("");
    const found = JSON.parse(stdout) as Record<string, number>;
    console.info(`${statSync(join(dir, "a.xlsx")).size >> 20} MB`, found);
    expect(found).toMatchObject({ records: ROWS, cells: 10 * ROWS });
    expect(found.mb).toBeLessThan(512);
  });
});
