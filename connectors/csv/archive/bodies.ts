/** Bodies in Salesforce's exports: `Attachments/00P...`, `Documents/015...`, `ContentVersion/068...` beside the CSV files. */
import { createHash } from "node:crypto";
import { basename, dirname, extname, join } from "node:path";
import type { Problem } from "../../../core/errors.ts";
import { cellText, type RecordBatch } from "../../../core/record.ts";
import { warning } from "../fail.ts";
import type { Table } from "../table.ts";
import { joinCells } from "./join-cells.ts";
import type { ZipEntry } from "./zip.ts";

/** A file in an archive that is named by a record's id. */
export interface Body {
  /** The first 15 characters of the id: they are enough, as long as their case counts. */
  readonly id: string;
  /** The last folder on its way, lower case. */
  readonly folder: string;
  /** `WE_00D_1.zip/Attachments/00P...` */
  readonly path: string;
  /** Its name in the archive. */
  readonly entry: string;
  /** Unpacked bytes. */
  readonly size: number;
  readonly crc32: number;
}

const SHORT = 15;
const LONG = 18;
const NAMED_BY_ID = /^[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?$/;
const EXAMPLES = 3;

/** Columns that records with bodies have besides their own. */
const COLUMNS = [
  { name: "body.path", label: "Body: path", note: "where the body lies: archive/folder/id" },
  { name: "body.size", label: "Body: size", note: "bytes of the body, unpacked" },
  { name: "body.crc32", label: "Body: CRC-32", note: "checksum of the body, eight hexadecimal digits" },
] as const;

/** Columns of tables with bodies that say how long the body is. */
const LENGTHS = new Set(["bodylength", "contentsize"]);

/** null: the entry's name is no id, or it is in no folder. */
export function bodyOf(archive: string, { name, size, crc32 }: ZipEntry): Body | null {
  const id = basename(name);
  const folder = basename(dirname(name)).toLowerCase();
  if (!NAMED_BY_ID.test(id) || folder === ".") return null;
  return { id: id.slice(0, SHORT), folder, path: `${basename(archive)}/${name}`, entry: name, size, crc32 };
}

/** Whether a body belongs to the records of a file: `Attachments/...` and `Attachment/...` to those of `Attachment.csv`. */
export function belongsTo({ folder }: Body, member: string): boolean {
  const stem = basename(member, extname(member)).toLowerCase();
  return folder === stem || folder === `${stem}s`;
}

/**
 * Archives of one export have names that differ in the number at the end (`WE_00D_1.zip`, `WE_00D_2.zip`); what comes
 * before it, with the folder.
 */
export function exportOf(archive: string): string {
  return join(
    dirname(archive),
    basename(archive)
      .toLowerCase()
      .replace(/_\d+\.zip$/, "_#.zip"),
  );
}

/**
 * The table with a path, size and checksum for each record that has a body, blank for others. The table as it is where
 * there are no bodies, no column `Id`, or columns of these names already.
 */
export function withBodies(table: Table, bodies: readonly Body[]): Table {
  const key = table.columns.findIndex((name) => name.toLowerCase() === "id");
  const taken = COLUMNS.some(({ name }) => table.columns.includes(name));
  if (bodies.length === 0 || key < 0 || taken) return table;
  const byId = new Map<string, Body>();
  const again: Body[] = [];
  for (const body of bodies) {
    if (byId.has(body.id)) again.push(body);
    else byId.set(body.id, body);
  }
  const bodyIn = (batch: RecordBatch, record: number) => find(byId, batch, record, key);
  return {
    ...table,
    columns: [...table.columns, ...COLUMNS.map(({ name }) => name)],
    fields: [...table.fields, ...COLUMNS.map((column) => ({ ...column, type: null }))],
    note: `${table.note}; ${byId.size} ${byId.size === 1 ? "body" : "bodies"}`,
    fingerprint: `${table.fingerprint}:${digest(bodies)}`,
    async *read(request) {
      for await (const batch of table.read(request)) {
        yield joinCells(
          batch,
          COLUMNS.map(({ name }) => name),
          (record) => cells(bodyIn(batch, record)),
        );
      }
    },
    async problems() {
      return [...(await table.problems()), ...(await faults(table, byId, again, bodyIn))];
    },
  };
}

const cells = (body: Body | undefined): readonly string[] =>
  body === undefined ? [] : [body.path, String(body.size), body.crc32.toString(16).padStart(8, "0")];

function find(byId: ReadonlyMap<string, Body>, batch: RecordBatch, record: number, key: number): Body | undefined {
  const id = cellText(batch, record, key);
  return id?.length === SHORT || id?.length === LONG ? byId.get(id.slice(0, SHORT)) : undefined;
}

function digest(bodies: readonly Body[]): string {
  const hash = createHash("sha256");
  for (const { path, size, crc32 } of bodies) hash.update(`${path}\0${size}\0${crc32}\n`);
  return hash.digest("hex").slice(0, 16);
}

/** What does not fit together; reads the table. */
async function faults(
  table: Table,
  byId: ReadonlyMap<string, Body>,
  again: readonly Body[],
  bodyIn: (batch: RecordBatch, record: number) => Body | undefined,
): Promise<Problem[]> {
  const { name, path } = table;
  const left = new Set(byId.values());
  const length = table.columns.findIndex((column) => LENGTHS.has(column.toLowerCase()));
  const wrong = new Found();
  const missing = new Found();
  for await (const batch of table.read({ from: null, batchSize: 10_000 })) {
    for (let record = 0; record < batch.size; record++) {
      const body = bodyIn(batch, record);
      if (body !== undefined) left.delete(body);
      const told = length < 0 ? "" : (cellText(batch, record, length) ?? "");
      if (!/^\d+$/.test(told)) continue;
      const line = `line ${batch.lines[record]}`;
      if (body === undefined) {
        if (Number(told) > 0) missing.add(line);
      } else if (Number(told) !== body.size) wrong.add(`${line}: ${told} bytes told, ${body.size} found`);
    }
  }
  const unused = new Found();
  for (const body of left) unused.add(body.path);
  const twice = new Found();
  for (const body of again) twice.add(body.path);
  const told: Problem[] = [];
  const tell = (code: string, found: Found, what: string, hint: string) => {
    if (found.count > 0) told.push(warning(code, path, `${name}: ${what}: ${found.text()}`, hint));
  };
  tell(
    "ARCHIVE_BODY_SIZE",
    wrong,
    `bodies are not as long as column "${table.columns[length]}" says`,
    "Export them again: the bodies may be cut off.",
  );
  tell(
    "ARCHIVE_BODY_MISSING",
    missing,
    `records have no body, but column "${table.columns[length]}" says that they should`,
    "Name all archives of the export in `files`.",
  );
  tell(
    "ARCHIVE_BODY_UNUSED",
    unused,
    "bodies are of no record in the file",
    "Their records were deleted, or are not in this export.",
  );
  tell(
    "ARCHIVE_BODY_TWICE",
    twice,
    "records have more than one body; the first is taken, these are not",
    "Name the archives of one export only.",
  );
  return told;
}

/** How often something was found, and the first few examples. */
class Found {
  count = 0;
  readonly #examples: string[] = [];

  add(example: string): void {
    this.count++;
    if (this.#examples.length < EXAMPLES) this.#examples.push(example);
  }

  text(): string {
    return `${this.count} (${this.#examples.join("; ")}${this.count > EXAMPLES ? "; ..." : ""})`;
  }
}
