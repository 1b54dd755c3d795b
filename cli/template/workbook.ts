/**
 * A workbook to be filled in: a sheet per object with a frozen header, required columns marked, columns typed as text where a
 * spreadsheet program would otherwise change what is written, drop-downs, and an example row.
 * Format: ECMA-376 part 1, SpreadsheetML, as little of it as that takes. Drop-downs take their values from a hidden sheet: a list
 * beside the cell may have 255 characters at most, and no comma in a value.
 */

import type { TemplateColumn } from "./columns.ts";
import { excelDate } from "./excel-date.ts";
import { type ZipPart, zip } from "./zip.ts";

export interface TemplateSheet {
  readonly name: string;
  readonly columns: readonly TemplateColumn[];
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const LAST_ROW = 1_048_576;
const LISTS = "lists";
/** Of a prompt beside a cell, and of its title. */
const PROMPT = 255;
const PROMPT_TITLE = 32;

/** Styles of cells, by their place in `cellXfs`. */
const STYLE = { plain: 0, head: 1, required: 2, one: 3, text: 4, date: 5, datetime: 6 } as const;

/** The workbook as bytes; the same sheets give the same bytes. */
export function templateWorkbook(sheets: readonly TemplateSheet[]): Buffer {
  const lists: { readonly header: string; readonly values: readonly string[] }[] = [];
  const list = (header: string, values: readonly string[]): number => lists.push({ header, values }) - 1;
  const texts = sheets.map((sheet, index) => sheetXml(sheet, index === 0, list));
  const names = sheetNames(sheets.map(({ name }) => name));
  const hidden = lists.length > 0;
  const all = hidden ? [...texts, listsXml(lists)] : texts;
  const parts: ZipPart[] = [
    { name: "[Content_Types].xml", text: contentTypes(all.length) },
    {
      name: "_rels/.rels",
      text: `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    },
    { name: "xl/workbook.xml", text: workbookXml(names, hidden) },
    { name: "xl/_rels/workbook.xml.rels", text: relationsXml(all.length) },
    { name: "xl/styles.xml", text: stylesXml() },
    ...all.map((text, index) => ({ name: `xl/worksheets/sheet${index + 1}.xml`, text })),
  ];
  return zip(parts);
}

function sheetXml(
  { columns }: TemplateSheet,
  selected: boolean,
  list: (header: string, values: readonly string[]) => number,
): string {
  const cols = columns
    .map(({ header, type }, index) => {
      const width = Math.min(40, Math.max(12, header.length + 3));
      return `<col min="${index + 1}" max="${index + 1}" width="${width}" style="${columnStyle(type)}" customWidth="1"/>`;
    })
    .join("");
  const head = columns.map(({ header, required }, index) =>
    textCell(index, 1, header, required === "yes" ? STYLE.required : required === "one" ? STYLE.one : STYLE.head),
  );
  const row = columns.map(({ example, type }, index) => exampleCell(index, example, type));
  const validations = columns.flatMap((column, index) => {
    const prompt = `<dataValidation allowBlank="1" showInputMessage="1" promptTitle="${attribute(column.header, PROMPT_TITLE)}" prompt="${attribute(column.help, PROMPT)}" sqref="${cellName(index, 1)}"/>`;
    if (column.choices === null) return [prompt];
    const at = columnName(list(column.header, column.choices));
    const strict = column.open ? "" : ' showErrorMessage="1" errorStyle="warning"';
    return [
      prompt,
      `<dataValidation type="list" allowBlank="1"${strict} sqref="${cellName(index, 2)}:${cellName(index, LAST_ROW)}"><formula1>${LISTS}!$${at}$2:$${at}$${column.choices.length + 1}</formula1></dataValidation>`,
    ];
  });
  return `${HEAD}<worksheet xmlns="${MAIN}"><dimension ref="A1:${cellName(columns.length - 1, 2)}"/><sheetViews><sheetView${selected ? ' tabSelected="1"' : ""} workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews><cols>${cols}</cols><sheetData><row r="1">${head.join("")}</row><row r="2">${row.join("")}</row></sheetData><dataValidations count="${validations.length}">${validations.join("")}</dataValidations></worksheet>`;
}

function listsXml(lists: readonly { readonly header: string; readonly values: readonly string[] }[]): string {
  const rows: string[] = [];
  const longest = Math.max(...lists.map(({ values }) => values.length));
  for (let row = 0; row <= longest; row++) {
    const cells = lists.flatMap(({ header, values }, index) => {
      const text = row === 0 ? header : values[row - 1];
      return text === undefined ? [] : [textCell(index, row + 1, text, STYLE.text)];
    });
    rows.push(`<row r="${row + 1}">${cells.join("")}</row>`);
  }
  return `${HEAD}<worksheet xmlns="${MAIN}"><sheetData>${rows.join("")}</sheetData></worksheet>`;
}

function exampleCell(column: number, text: string, type: TemplateColumn["type"]): string {
  if (text === "") return "";
  const style = columnStyle(type);
  const number = type === "date" || type === "datetime" ? excelDate(text) : numeric(type) ? text : null;
  if (number === null) return textCell(column, 2, text, style);
  return `<c r="${cellName(column, 2)}" s="${style}"><v>${number}</v></c>`;
}

const numeric = (type: TemplateColumn["type"]): boolean =>
  type === "integer" || type === "decimal" || type === "currency" || type === "percent";

/** Numbers and dates as such; all else as text, so that 00501 keeps its zeros and 1-2 is no date. */
function columnStyle(type: TemplateColumn["type"]): number {
  if (type === "date") return STYLE.date;
  if (type === "datetime") return STYLE.datetime;
  return numeric(type) ? STYLE.plain : STYLE.text;
}

function stylesXml(): string {
  const fill = (color: string): string =>
    `<fill><patternFill patternType="solid"><fgColor rgb="${color}"/><bgColor indexed="64"/></patternFill></fill>`;
  const xf = (format: number, font: number, filled: number): string =>
    `<xf numFmtId="${format}" fontId="${font}" fillId="${filled}" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"/>`;
  const font = (inside: string): string => `<font>${inside}<sz val="11"/><name val="Calibri"/><family val="2"/></font>`;
  // in the order of STYLE; 49 is text
  const xfs = [xf(0, 0, 0), xf(49, 1, 2), xf(49, 1, 3), xf(49, 1, 4), xf(49, 0, 0), xf(164, 0, 0), xf(165, 0, 0)];
  return `${HEAD}<styleSheet xmlns="${MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts><fonts count="2">${font("")}${font("<b/>")}</fonts><fills count="5"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>${fill("FFE7E6E6")}${fill("FFF8CBAD")}${fill("FFFFE699")}</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="${xfs.length}">${xfs.join("")}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`;
}

function workbookXml(names: readonly string[], hidden: boolean): string {
  const sheet = (name: string, id: number, state = ""): string =>
    `<sheet name="${attribute(name)}" sheetId="${id}"${state} r:id="rId${id}"/>`;
  const sheets = names.map((name, index) => sheet(name, index + 1));
  if (hidden) sheets.push(sheet(LISTS, names.length + 1, ' state="hidden"'));
  return `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><bookViews><workbookView activeTab="0"/></bookViews><sheets>${sheets.join("")}</sheets></workbook>`;
}

function relationsXml(sheets: number): string {
  const all = Array.from(
    { length: sheets },
    (_, index) =>
      `<Relationship Id="rId${index + 1}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${index + 1}.xml"/>`,
  );
  const styles = `<Relationship Id="rId${sheets + 1}" Type="${OFFICE}/styles" Target="styles.xml"/>`;
  return `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${all.join("")}${styles}</Relationships>`;
}

function contentTypes(sheets: number): string {
  const part = (name: string, type: string): string =>
    `<Override PartName="/xl/${name}.xml" ContentType="${TYPE}.${type}+xml"/>`;
  const all = Array.from({ length: sheets }, (_, index) => part(`worksheets/sheet${index + 1}`, "worksheet"));
  return `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${part("workbook", "sheet.main")}${part("styles", "styles")}${all.join("")}</Types>`;
}

/** Names as spreadsheet programs take them: up to 31 characters, without `[]:*?/\` and apostrophes, no two alike. */
function sheetNames(names: readonly string[]): readonly string[] {
  const taken = new Set([LISTS]);
  return names.map((name) => {
    const base = name.replace(/[[\]:*?/\\']/g, "_").slice(0, 28);
    let found = base;
    for (let number = 2; taken.has(found.toLowerCase()); number++) found = `${base}_${number}`;
    taken.add(found.toLowerCase());
    return found;
  });
}

function textCell(column: number, row: number, text: string, style: number): string {
  return `<c r="${cellName(column, row)}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${xmlText(text)}</t></is></c>`;
}

const cellName = (column: number, row: number): string => `${columnName(column)}${row}`;

/** 0 is A, 26 is AA. */
function columnName(index: number): string {
  let name = "";
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
}

const NAMED: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** XML text; what XML cannot say is left out. */
function xmlText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "")
    .replace(/[&<>"]/g, (character) => NAMED[character]!);
}

/** The value of an attribute, of so many characters at most. */
function attribute(text: string, most = 255): string {
  return xmlText(text.length > most ? `${text.slice(0, most - 3)}...` : text).replaceAll("\n", "&#10;");
}
