/** From a file of any kind to its tables. */
import { basename, extname } from "node:path";
import type { Context } from "../../core/context.ts";
import { zipOfTexts } from "./archive/texts.ts";
import { openZip } from "./archive/zip.ts";
import { csvTable } from "./csv-table.ts";
import { fileError, unsupported } from "./fail.ts";
import { inspectFile } from "./inspect.ts";
import { jsonlTable } from "./jsonl/jsonl-table.ts";
import { kindOfFile } from "./kinds.ts";
import { type CsvOptions, headerOf } from "./options.ts";
import { parquetTable } from "./parquet/parquet-table.ts";
import { surveyFile } from "./survey.ts";
import type { Container, Member, Table } from "./table.ts";
import { odsContent, odsSheets } from "./workbook/ods.ts";
import type { Sheet } from "./workbook/rows.ts";
import { findHeader, sheetTable } from "./workbook/sheet-table.ts";
import { xlsSheets } from "./workbook/xls.ts";
import { workbookPart, xlsxSheets } from "./workbook/xlsx.ts";

/** Looks into a file. Throws ConfigError FILE_CORRUPT, FILE_ENCRYPTED, FILE_LIMIT, FILE_UNSUPPORTED. */
export async function openContainer(path: string, options: CsvOptions, context: Context): Promise<Container> {
  const { signal } = context;
  const { decimal } = options;
  switch (await kindOfFile(path)) {
    case "text":
      return single(async (name) =>
        csvTable(await inspectFile({ path }, name, withHeader(options, path, null), signal), options, context),
      );
    case "jsonl":
      return single((name) => jsonlTable(path, name, { ...options, signal }));
    case "parquet":
      return single((name) => parquetTable(path, name, { ...options, signal }));
    case "json":
      throw unsupported(
        path,
        "expected a table, got a JSON document",
        "JSON Lines are read, one record a line, with the extension .jsonl: jq -c '.[]' records.json > records.jsonl",
      );
    case "html":
      throw unsupported(
        path,
        "expected a workbook, got a web page or XML saved under a workbook's name",
        "Open it in a spreadsheet program and save it as .xlsx, or export CSV instead.",
      );
    case "xls":
      return await workbook(path, "Excel 97 workbook", await xlsSheets(path, decimal, signal), options, context);
    case "zip":
      return await zipped(path, options, context);
  }
}

async function zipped(path: string, options: CsvOptions, context: Context): Promise<Container> {
  const { signal } = context;
  const { decimal, maxRecordBytes: longest, maxSharedTextBytes } = options;
  const zip = await openZip(path, options);
  const part = await workbookPart(zip);
  if (part !== null && /\.bin$/i.test(part)) {
    throw unsupported(path, "binary workbooks (.xlsb) are not read", "Save it as .xlsx.");
  }
  if (part !== null && /\.xml$/i.test(part)) {
    const sheets = await xlsxSheets(zip, part, { decimal, longest, maxSharedTextBytes });
    return await workbook(path, "Excel workbook", sheets, options, context);
  }
  const content = odsContent(zip);
  if (content !== null) {
    return await workbook(
      path,
      "OpenDocument workbook",
      await odsSheets(zip, content, { decimal, longest }, signal),
      options,
      context,
    );
  }
  if (/^\.(?:xl|ods)/i.test(extname(path))) {
    throw unsupported(
      path,
      "expected a workbook, got another archive",
      "Give archives of CSV files the extension .zip.",
    );
  }
  return zipOfTexts(zip, options, context);
}

/** The options with the header line that is told for this file. */
function withHeader(options: CsvOptions, path: string, member: string | null): CsvOptions {
  return { ...options, header: headerOf(options, path, member) };
}

function single(open: (name: string) => Promise<Table>): Container {
  return { members: [{ id: null, hidden: false, open }], problems: [] };
}

/** Sheets without cells are left out, unless there is no other. */
async function workbook(
  path: string,
  kind: string,
  sheets: readonly Sheet[],
  options: CsvOptions,
  { signal, log }: Context,
): Promise<Container> {
  let hash: Promise<string> | null = null;
  const fingerprint = () => {
    hash ??= surveyFile({ path }, signal).then(({ size, sha256 }) => `${size}:${sha256}`);
    return hash;
  };
  const { maxColumns, maxRecordBytes } = options;
  const members: Member[] = [];
  for (const sheet of sheets) {
    const from = headerOf(options, path, sheet.name);
    const known = sheet.hidden ? null : await findHeader(sheet, from, signal);
    if (!sheet.hidden && known === null) continue;
    members.push({
      id: sheet.name,
      hidden: sheet.hidden,
      async open(name) {
        const found = known ?? (await findHeader(sheet, from, signal));
        if (found === null) throw noHeader(path, name, from);
        return sheetTable(sheet, found, {
          path,
          name,
          kind,
          maxColumns,
          maxRecordBytes,
          fingerprint: await fingerprint(),
          signal,
          log,
        });
      },
    });
  }
  if (members.length === 0) throw noHeader(path, basename(path), options.header);
  return { members, problems: [] };
}

function noHeader(path: string, name: string, header: number) {
  return header > 1
    ? fileError(
        "CSV_NO_HEADER",
        path,
        `${name}: expected column names in row ${header}, got the end of the sheet`,
        "Set `header` to the row with the column names.",
      )
    : fileError(
        "CSV_EMPTY",
        path,
        `${name} is empty: expected a row with column names`,
        "Export it again, or leave it out of `files`.",
      );
}
