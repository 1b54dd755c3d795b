/** .ods workbooks: one XML part holds all sheets; it is streamed for each. */
import type { Zip, ZipEntry } from "../archive/zip.ts";
import { corrupt, encrypted } from "../fail.ts";
import { OdsCells } from "./ods-cells.ts";
import type { Sheet } from "./rows.ts";
import { attribute } from "./xml.ts";
import { feedXml, readXml } from "./xml-stream.ts";

export interface OdsOptions {
  readonly decimal: string;
  /** Characters of a cell at most. */
  readonly longest: number;
}

/** Whether the archive is a spreadsheet of OpenDocument. */
export function odsContent(zip: Zip): ZipEntry | null {
  const content = zip.entries.find(({ name }) => name === "content.xml") ?? null;
  return content !== null && zip.entries.some(({ name }) => name === "META-INF/manifest.xml" || name === "mimetype")
    ? content
    : null;
}

/** The sheets in their order. Reads the whole document once, for their names. */
export async function odsSheets(
  zip: Zip,
  content: ZipEntry,
  options: OdsOptions,
  signal: AbortSignal,
): Promise<Sheet[]> {
  const { path } = zip;
  await refuseEncrypted(zip);
  const sheets: Sheet[] = [];
  const invisible = new Set<string>();
  let style = "";
  let spreadsheet = false;
  let depth = 0;
  const names = feedXml(
    content.stream(),
    {
      start(name, attributes) {
        if (name === "style") style = attribute(attributes, "name") ?? "";
        else if (name === "table-properties") {
          if (attribute(attributes, "display") === "false") invisible.add(style);
        } else if (name === "spreadsheet") spreadsheet = true;
        else if (name === "table" && depth++ === 0 && spreadsheet) {
          const index = sheets.length;
          sheets.push({
            name: attribute(attributes, "name") ?? `Sheet${index + 1}`,
            hidden: invisible.has(attribute(attributes, "style-name") ?? ""),
            async *rows(tally, signal) {
              const cells = new OdsCells({ ...options, path, table: index }, tally);
              for await (const _ of feedXml(content.stream(), cells, { path, part: content.name })) {
                signal.throwIfAborted();
                const rows = cells.take();
                if (rows.length > 0) yield rows;
                if (cells.done) return;
              }
            },
          });
        }
      },
      end(name) {
        if (name === "table") depth--;
        else if (name === "spreadsheet") spreadsheet = false;
      },
      text() {},
    },
    { path, part: content.name },
  );
  for await (const _ of names) signal.throwIfAborted();
  if (sheets.length === 0) throw corrupt(path, "expected a spreadsheet, got another kind of document or none");
  return sheets;
}

async function refuseEncrypted(zip: Zip): Promise<void> {
  const manifest = zip.entries.find(({ name }) => name === "META-INF/manifest.xml");
  if (manifest === undefined) return;
  let found = false;
  await readXml(
    manifest.stream(),
    {
      start(name) {
        if (name === "encryption-data") found = true;
      },
      end() {},
      text() {},
    },
    { path: zip.path, part: manifest.name },
  );
  if (found) throw encrypted(zip.path);
}
