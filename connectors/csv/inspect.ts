/** Looks at one file: encoding, delimiter, header, and where the records begin. */
import { basename, extname } from "node:path";
import { type Dialect, delimiterName, dialectOf } from "../../core/csv/dialect.ts";
import { ConfigError } from "../../core/errors.ts";
import { binaryKind } from "./binary.ts";
import { type FileEncoding, openBytes } from "./bytes.ts";
import { byteOrderMark, detectDelimiter, detectEncoding, detectNewline, sepLine } from "./detect.ts";
import { columnNames } from "./headers.ts";
import { findMixed, type Mixed } from "./mixed.ts";
import type { CsvOptions } from "./options.ts";
import type { ByteOrigin } from "./origin.ts";
import { cellTexts, outline } from "./split.ts";
import { type Survey, surveyFile } from "./survey.ts";

/** A file that can be read, as it was found. */
export interface CsvFile extends FileEncoding, ByteOrigin {
  /** The object's name. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly dialect: Dialect;
  /** Where the first record begins: UTF-8 bytes behind the byte order mark, and the physical line. */
  readonly dataOffset: number;
  readonly dataLine: number;
  readonly survey: Survey;
  /** Set where it is read as Windows-1252 and holds UTF-8, too. */
  readonly mixed?: Mixed | null;
  /** How the file is read, in one line for people. */
  readonly note: string;
}

const SAMPLE = 1 << 20;
const LONG_SAMPLE = 32 << 20;
const EXTENSIONS: Readonly<Record<string, string>> = { ".tsv": "\t", ".tab": "\t", ".psv": "|", ".ssv": ";" };

/**
 * Inspects a file. Throws ConfigError: CSV_EMPTY, CSV_BINARY, CSV_NO_HEADER, CSV_BAD_HEADER, CSV_TOO_MANY_COLUMNS,
 * CSV_ENCODING_MISMATCH.
 */
export async function inspectFile(
  origin: ByteOrigin,
  name: string,
  options: CsvOptions,
  signal: AbortSignal,
): Promise<CsvFile> {
  const { path } = origin;
  const survey = await surveyFile(origin, signal);
  const raw = await sample(origin, { encoding: "utf-8", bom: 0 }, SAMPLE);
  const encoding = chooseEncoding(path, name, raw.bytes, survey, options);
  const text = await headerSample(origin, encoding, options);
  const kind = binaryKind(raw.bytes, text.bytes);
  if (kind !== null) {
    throw fail(
      "CSV_BINARY",
      path,
      `${name}: expected text, got ${kind}`,
      "Export it as CSV, or leave it out of `files`.",
    );
  }
  if (!/[^\s\0]/.test(text.bytes.toString("latin1"))) {
    throw fail(
      "CSV_EMPTY",
      path,
      `${name} is empty: expected a line with column names`,
      "Export it again, or leave it out of `files`.",
    );
  }

  const sep = sepLine(text.bytes);
  const skipped = skipLines(text.bytes, options.header - 1, sep?.length ?? 0);
  const body = text.bytes.subarray(skipped.offset);
  const preferred = EXTENSIONS[extname(origin.entry?.name ?? path).toLowerCase()] ?? null;
  const delimiter =
    options.delimiter ?? sep?.delimiter ?? detectDelimiter(body, { quote: options.quote, final: text.all, preferred });
  const dialect = dialectOf(delimiter, options.quote);

  const found = outline(body, dialect, { maxRecords: 1, final: text.all });
  const header = found.records[0];
  const headerLine = skipped.line + (header?.line ?? 1) - 1;
  if (header === undefined) {
    throw fail(
      "CSV_NO_HEADER",
      path,
      text.all
        ? `${name}: expected column names on line ${options.header}, got the end of the file`
        : `${name}: expected column names on line ${headerLine}, got a record of more than ${LONG_SAMPLE >> 20} MiB`,
      "Set `header` to the line with the column names, or check `quote`.",
    );
  }
  if (header.kind !== "ragged") {
    throw fail(
      "CSV_BAD_HEADER",
      path,
      `${name}, line ${headerLine}: the quotes around the column names do not match`,
      "Repair the line, or set `header`, `quote` or `delimiter`.",
      headerLine,
    );
  }
  if (header.cells > options.maxColumns) {
    throw fail(
      "CSV_TOO_MANY_COLUMNS",
      path,
      `${name}: expected at most ${options.maxColumns} columns, got ${header.cells}`,
      "Set `delimiter` if the guess is wrong, or raise `maxColumns`.",
      headerLine,
    );
  }
  const cells = cellTexts(body.subarray(header.start, header.end), dialect, options.maxColumns, 1000);
  const { columns, notes } = columnNames(cells);
  const nuls = encoding.encoding.startsWith("utf-16") ? 0 : survey.nuls;
  const mixed = await findMixed(origin, encoding.encoding, survey.utf8);
  return {
    ...encoding,
    ...origin,
    mixed,
    name,
    columns,
    dialect,
    dataOffset: skipped.offset + found.at,
    dataLine: skipped.line + found.line - 1,
    survey,
    note: [
      `${encodingText(encoding)}, ${delimiterName(delimiter)}, ${detectNewline(text.bytes.subarray(0, SAMPLE))}, ${columns.length} ${columns.length === 1 ? "column" : "columns"}`,
      ...(mixed === null ? [] : [mixedNote(mixed)]),
      ...(headerLine > 1 ? [`header on line ${headerLine}`] : []),
      ...notes,
      ...(nuls > 0 ? [`${nuls} NUL ${nuls === 1 ? "byte" : "bytes"} left out`] : []),
    ].join("; "),
  };
}

function mixedNote({ line }: Mixed): string {
  return line === null
    ? "WARNING: all of it is valid UTF-8"
    : `WARNING: also holds UTF-8; first other byte on line ${line}`;
}

function chooseEncoding(path: string, name: string, raw: Buffer, survey: Survey, options: CsvOptions): FileEncoding {
  if (options.encoding === null) return detectEncoding(raw, survey.utf8);
  const mark = byteOrderMark(raw);
  if (mark === null) return { encoding: options.encoding, bom: 0 };
  if (mark.encoding !== options.encoding) {
    throw fail(
      "CSV_ENCODING_MISMATCH",
      path,
      `${name}: the file begins with the byte order mark of ${mark.encoding}, but \`encoding\` says ${options.encoding}`,
      "Set `encoding: auto`.",
    );
  }
  return mark;
}

interface Sample {
  readonly bytes: Buffer;
  /** It is the whole file. */
  readonly all: boolean;
}

async function sample(origin: ByteOrigin, encoding: FileEncoding, length: number): Promise<Sample> {
  const source = await openBytes(origin, encoding, 0);
  try {
    const buffer = Buffer.allocUnsafe(length);
    const got = await source.read(buffer, 0, length);
    return { bytes: buffer.subarray(0, got), all: got < length };
  } finally {
    await source.close();
  }
}

/** A sample as UTF-8 that holds the lines before the header and the header, if that is possible within reason. */
async function headerSample(origin: ByteOrigin, encoding: FileEncoding, options: CsvOptions): Promise<Sample> {
  const short = await sample(origin, encoding, SAMPLE);
  if (short.all) return short;
  const { offset } = skipLines(short.bytes, options.header - 1, 0);
  const body = short.bytes.subarray(offset);
  const dialect = dialectOf(options.delimiter ?? ",", options.quote);
  return outline(body, dialect, { maxRecords: 1, final: false }).records.length > 0
    ? short
    : await sample(origin, encoding, LONG_SAMPLE);
}

/** Where the line after `count` lines begins; a `sep=` line of `sep` bytes is skipped on top and counts as a line. */
function skipLines(text: Buffer, count: number, sep: number): { readonly offset: number; readonly line: number } {
  let offset = sep;
  let line = sep > 0 ? 2 : 1;
  for (let skipped = sep > 0 ? 1 : 0; skipped < count && offset < text.length; skipped++) {
    while (offset < text.length && text[offset] !== 10 && text[offset] !== 13) offset++;
    offset += text[offset] === 13 && text[offset + 1] === 10 ? 2 : 1;
    line++;
  }
  return { offset: Math.min(offset, text.length), line };
}

const ENCODING_TEXTS: Readonly<Record<string, string>> = {
  "utf-8": "UTF-8",
  "utf-16le": "UTF-16 LE",
  "utf-16be": "UTF-16 BE",
  "windows-1252": "Windows-1252",
};

function encodingText({ encoding, bom }: FileEncoding): string {
  return (ENCODING_TEXTS[encoding] ?? encoding) + (bom > 0 ? " with BOM" : "");
}

function fail(code: string, path: string, message: string, hint: string, line?: number): ConfigError {
  return new ConfigError(code, message, {
    place: { file: path, ...(line === undefined ? {} : { line }), object: basename(path) },
    hint,
  });
}
