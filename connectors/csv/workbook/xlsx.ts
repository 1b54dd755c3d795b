/** .xlsx and .xlsm workbooks: an archive of XML parts, of which one sheet at a time is streamed. */
import { posix } from "node:path";
import type { Zip, ZipEntry } from "../archive/zip.ts";
import { corrupt } from "../fail.ts";
import type { NumberKind } from "./formats.ts";
import type { Sheet, SheetRow, Tally } from "./rows.ts";
import { NO_STRINGS, readStrings, type SharedStrings } from "./strings.ts";
import { readStyles } from "./styles.ts";
import { XlsxCells } from "./xlsx-cells.ts";
import { attribute } from "./xml.ts";
import { feedXml, readXml } from "./xml-stream.ts";

export interface XlsxOptions {
  readonly decimal: string;
  /** Characters of a cell at most. */
  readonly longest: number;
  readonly maxSharedTextBytes: number;
}

const MOST_SHEETS = 2000;
const WORKBOOK = /\/officeDocument$/;

/** The path of the workbook part; null: the archive is no .xlsx. */
export async function workbookPart(zip: Zip): Promise<string | null> {
  const root = find(zip, "_rels/.rels");
  if (root === null) return null;
  const main = (await relations(zip, root, "")).find(({ type }) => WORKBOOK.test(type));
  return main === undefined ? null : main.target;
}

/** The sheets of a workbook with cells, in its order. Shared texts and styles are read when the first sheet is. */
export async function xlsxSheets(zip: Zip, part: string, options: XlsxOptions): Promise<Sheet[]> {
  const { path } = zip;
  const workbook = find(zip, part);
  if (workbook === null) throw corrupt(path, `${part} is missing`);
  const folder = posix.dirname(part);
  const relsPart = find(zip, posix.join(folder, "_rels", `${posix.basename(part)}.rels`));
  const rels = relsPart === null ? [] : await relations(zip, relsPart, folder);
  const found: { name: string; id: string; hidden: boolean }[] = [];
  let date1904 = false;
  let inSheets = false;
  await readXml(
    workbook.stream(),
    {
      start(name, attributes) {
        // Extensions at the end have elements of the same name.
        if (name === "workbookPr") date1904 ||= /^(?:1|true)$/.test(attribute(attributes, "date1904") ?? "");
        else if (name === "sheets") inSheets = true;
        if (name !== "sheet" || !inSheets || found.length >= MOST_SHEETS) return;
        const state = attribute(attributes, "state");
        found.push({
          name: attribute(attributes, "name") ?? "",
          id: relationId(attributes),
          hidden: state === "hidden" || state === "veryHidden",
        });
      },
      end(name) {
        if (name === "sheets") inSheets = false;
      },
      text() {},
    },
    { path, part },
  );

  let shared: Promise<{ strings: SharedStrings; styles: readonly NumberKind[] }> | null = null;
  const load = (signal: AbortSignal) => {
    shared ??= (async () => {
      const byType = (type: RegExp) => {
        const target = rels.find((rel) => type.test(rel.type))?.target;
        return target === undefined ? null : find(zip, target);
      };
      const strings = byType(/\/sharedStrings$/);
      const styles = byType(/\/styles$/);
      const { maxSharedTextBytes, longest } = options;
      return {
        strings: strings === null ? NO_STRINGS : await readStrings(strings, path, maxSharedTextBytes, longest, signal),
        styles: styles === null ? [] : await readStyles(styles, path),
      };
    })();
    shared.catch(() => {
      shared = null;
    });
    return shared;
  };

  const sheets: Sheet[] = [];
  for (const { name, id, hidden } of found) {
    const rel = rels.find((candidate) => candidate.id === id);
    // Charts and dialogs on sheets of their own have no cells.
    if (rel !== undefined && !/\/worksheet$/.test(rel.type)) continue;
    const entry = rel === undefined ? null : find(zip, rel.target);
    if (entry === null) throw corrupt(path, `the sheet ${JSON.stringify(name)} is missing`);
    sheets.push({
      name,
      hidden,
      async *rows(tally: Tally, signal: AbortSignal): AsyncGenerator<readonly SheetRow[]> {
        const { strings, styles } = await load(signal);
        const { decimal, longest } = options;
        const cells = new XlsxCells({ path, strings, styles, date1904, decimal, longest }, tally);
        for await (const _ of feedXml(entry.stream(), cells, { path, part: entry.name })) {
          signal.throwIfAborted();
          const rows = cells.take();
          if (rows.length > 0) yield rows;
        }
      },
    });
  }
  return sheets;
}

interface Relation {
  readonly id: string;
  readonly type: string;
  readonly target: string;
}

/** Relations of a part whose folder is `folder`, targets as paths in the archive. */
async function relations(zip: Zip, entry: ZipEntry, folder: string): Promise<Relation[]> {
  const found: Relation[] = [];
  await readXml(
    entry.stream(),
    {
      start(name, attributes) {
        if (name !== "Relationship" || attribute(attributes, "TargetMode") === "External") return;
        const target = attribute(attributes, "Target") ?? "";
        found.push({
          id: attribute(attributes, "Id") ?? "",
          type: attribute(attributes, "Type") ?? "",
          target: target.startsWith("/") ? target.slice(1) : posix.join(folder, target),
        });
      },
      end() {},
      text() {},
    },
    { path: zip.path, part: entry.name },
  );
  return found;
}

/** `r:id`, whatever its prefix, and not `sheetId`. */
function relationId(attributes: string): string {
  return attribute(attributes, "id") ?? "";
}

function find(zip: Zip, name: string): ZipEntry | null {
  const folded = name.toLowerCase();
  return (
    zip.entries.find((entry) => entry.name === name) ??
    zip.entries.find((entry) => entry.name.toLowerCase() === folded) ??
    null
  );
}
