/** Cell styles: which number format each has. */
import type { ZipEntry } from "../archive/zip.ts";
import { kindOfFormat, type NumberKind } from "./formats.ts";
import { attribute } from "./xml.ts";
import { readXml } from "./xml-stream.ts";

const MOST_STYLES = 1 << 17;

/** Kind of number by style index. */
export async function readStyles(entry: ZipEntry, path: string): Promise<readonly NumberKind[]> {
  const codes = new Map<number, string>();
  const formats: number[] = [];
  let inCells = false;
  let inFormats = false;
  await readXml(
    entry.stream(),
    {
      start(name, attributes) {
        if (name === "cellXfs") inCells = true;
        else if (name === "numFmts") inFormats = true;
        else if (name === "numFmt" && inFormats && codes.size < MOST_STYLES) {
          codes.set(Number(attribute(attributes, "numFmtId")), attribute(attributes, "formatCode") ?? "");
        } else if (name === "xf" && inCells && formats.length < MOST_STYLES) {
          formats.push(Number(attribute(attributes, "numFmtId") ?? 0));
        }
      },
      end(name) {
        if (name === "cellXfs") inCells = false;
        else if (name === "numFmts") inFormats = false;
      },
      text() {},
    },
    { path, part: entry.name },
  );
  return formats.map((id) => kindOfFormat(id, codes.get(id)));
}
