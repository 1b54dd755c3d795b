/** Writes small .xlsx workbooks as XML, for tests: whatever Excel could have written, and what it could not. */
import { type ZipPart, zipOf } from "./zip-writer.ts";

export interface SheetSpec {
  readonly name: string;
  readonly state?: "hidden" | "veryHidden";
  /** The content of `sheetData`, or rows of values. */
  readonly data: string | readonly (readonly unknown[])[];
  /** What follows `sheetData`. */
  readonly after?: string;
}

export interface BookSpec {
  readonly sheets: readonly SheetSpec[];
  /** Content of `si` elements. */
  readonly strings?: readonly string[];
  /** Number formats; style 0 is General, style n the n-th of them. Numbers are built-in formats. */
  readonly formats?: readonly (string | number)[];
  readonly date1904?: boolean;
  /** Added to the parts, or put in their place. */
  readonly parts?: readonly ZipPart[];
}

const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const RELS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';

export function xlsxOf(spec: BookSpec): Buffer {
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
  const parts: ZipPart[] = [
    { name: "[Content_Types].xml", data: `${head}<Types/>` },
    {
      name: "_rels/.rels",
      data: `${head}<Relationships ${RELS}><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    },
    {
      name: "xl/workbook.xml",
      data: `${head}<workbook ${MAIN} xmlns:r="${OFFICE}"><workbookPr${spec.date1904 === true ? ' date1904="1"' : ""}/><sheets>${spec.sheets
        .map(
          ({ name, state }, index) =>
            `<sheet name="${escapeXml(name)}" sheetId="${index + 1}"${state === undefined ? "" : ` state="${state}"`} r:id="rId${index + 1}"/>`,
        )
        .join("")}</sheets></workbook>`,
    },
    {
      name: "xl/_rels/workbook.xml.rels",
      data: `${head}<Relationships ${RELS}>${spec.sheets
        .map(
          (_, index) =>
            `<Relationship Id="rId${index + 1}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${index + 1}.xml"/>`,
        )
        .join(
          "",
        )}<Relationship Id="rIdS" Type="${OFFICE}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rIdT" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
    },
    {
      name: "xl/sharedStrings.xml",
      data: `${head}<sst ${MAIN}>${(spec.strings ?? []).map((text) => `<si>${text}</si>`).join("")}</sst>`,
    },
    { name: "xl/styles.xml", data: `${head}${styles(spec.formats ?? [])}` },
    ...spec.sheets.map(({ data, after }, index) => ({
      name: `xl/worksheets/sheet${index + 1}.xml`,
      data: `${head}<worksheet ${MAIN}><sheetData>${typeof data === "string" ? data : rowsXml(data)}</sheetData>${after ?? ""}</worksheet>`,
    })),
  ];
  const own = new Map((spec.parts ?? []).map((part) => [part.name, part]));
  return zipOf([
    ...parts.map((part) => own.get(part.name) ?? part),
    ...(spec.parts ?? []).filter(({ name }) => !parts.some((part) => part.name === name)),
  ]);
}

/** Rows of inline texts, numbers and booleans; null and undefined are no cells. */
export function rowsXml(rows: readonly (readonly unknown[])[]): string {
  return rows
    .map((cells, row) => {
      const xml = cells.map((value, column) => cellXml(value, `${letters(column)}${row + 1}`)).join("");
      return `<row r="${row + 1}">${xml}</row>`;
    })
    .join("");
}

function cellXml(value: unknown, reference: string): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return `<c r="${reference}"><v>${value}</v></c>`;
  if (typeof value === "boolean") return `<c r="${reference}" t="b"><v>${value ? 1 : 0}</v></c>`;
  return `<c r="${reference}" t="inlineStr"><is><t xml:space="preserve">${escapeXml(String(value))}</t></is></c>`;
}

function styles(formats: readonly (string | number)[]): string {
  const ids = formats.map((format, index) => (typeof format === "number" ? format : 164 + index));
  const own = formats.flatMap((format, index) =>
    typeof format === "string" ? [`<numFmt numFmtId="${164 + index}" formatCode="${escapeXml(format)}"/>`] : [],
  );
  const xfs = [0, ...ids].map((id) => `<xf numFmtId="${id}"/>`).join("");
  return `<styleSheet ${MAIN}><numFmts>${own.join("")}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${xfs}</cellXfs></styleSheet>`;
}

function letters(column: number): string {
  return column < 26
    ? String.fromCharCode(65 + column)
    : `${letters(Math.floor(column / 26) - 1)}${letters(column % 26)}`;
}

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
