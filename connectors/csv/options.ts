/** Options of `source:` with `connector: csv`. */
import { basename, extname } from "node:path";
import { ConfigError, type Problem } from "../../core/errors.ts";
import type { OptionSpec } from "../../core/options.ts";
import { encodingName } from "./decode.ts";

const MOST_LINES = 1_048_576;

export const OPTIONS: readonly OptionSpec[] = [
  {
    name: "files",
    type: "any",
    required: true,
    description: "A folder, a file, a glob, or a list of them; relative to migration.yaml.",
    example: "./data",
  },
  {
    name: "encoding",
    type: "string",
    default: "auto",
    description: "`auto`, or an encoding: utf-8, utf-16le, utf-16be, windows-1252, latin1, or any other WHATWG label.",
    example: "windows-1252",
  },
  {
    name: "delimiter",
    type: "string",
    default: "auto",
    description: '`auto`, or the text between two cells: `,` `;` `|` `"\\t"` or any other (`tab` means a tab).',
    example: ";",
  },
  {
    name: "quote",
    type: "string",
    default: '"',
    description: "The quote around cells, one ASCII character; an empty text for files that do not quote.",
    example: "'",
  },
  {
    name: "header",
    type: "any",
    default: 1,
    description:
      "Line of the file (row of a sheet) that holds the column names; those before it are skipped. A number for all, or one per object.",
    example: { "book.xlsx#Deals": 4 },
  },
  {
    name: "as",
    type: "object",
    default: {},
    description:
      "Other names for files: `contacts-2026-11.csv: contacts.csv` lets mappings that read `contacts.csv` read that file, and takes the place of a file of that name.",
    example: { "contacts-2026-11.csv": "contacts.csv" },
  },
  {
    name: "ragged",
    type: "string",
    values: ["reject", "pad"],
    default: "reject",
    description:
      "Rows with a wrong number of cells: `reject` them, or `pad` short ones with blanks and drop blank cells at the end of long ones.",
  },
  {
    name: "timezone",
    type: "string",
    default: "UTC",
    description: "IANA time zone of times without one.",
    example: "Europe/Berlin",
  },
  {
    name: "dates",
    type: "string",
    values: ["auto", "dmy", "mdy", "ymd"],
    default: "auto",
    description: "Order of day, month and year in dates like 03/04/2025.",
  },
  {
    name: "decimal",
    type: "string",
    values: [".", ","],
    default: ".",
    description: "Decimal sign of numbers.",
  },
  {
    name: "nulls",
    type: "string[]",
    default: [""],
    description: "Cells that mean nothing was said.",
    example: ["", "#N/A"],
  },
  {
    name: "maxColumns",
    type: "integer",
    default: 2000,
    description: "A header with more columns than this is refused.",
  },
  {
    name: "maxRecordBytes",
    type: "integer",
    default: 64 << 20,
    description: "A record (and so a cell) with more bytes than this is rejected; bounds the memory.",
  },
  {
    name: "maxUnpackedBytes",
    type: "integer",
    default: 16 * 2 ** 30,
    description: "A workbook or archive with more unpacked bytes in one of its parts is refused.",
  },
  {
    name: "maxUnpackRatio",
    type: "integer",
    default: 200,
    description: "A workbook or archive with a large part that unpacks to more than so many times its size is refused.",
  },
  {
    name: "maxSharedTextBytes",
    type: "integer",
    default: 256 << 20,
    description: "A workbook whose shared texts need more memory is refused.",
  },
];

export interface CsvOptions {
  readonly files: readonly string[];
  /** WHATWG name; null: detect. */
  readonly encoding: string | null;
  /** null: detect. */
  readonly delimiter: string | null;
  /** "": none. */
  readonly quote: string;
  readonly header: number;
  /** Header lines of single files and sheets, by lower-case name; `header` is that of all others. */
  readonly headers: ReadonlyMap<string, number>;
  /** File, or sheet behind `#` -> the name that it goes by instead of its own. */
  readonly as: ReadonlyMap<string, string>;
  readonly pad: boolean;
  readonly maxColumns: number;
  readonly maxRecordBytes: number;
  /** Decimal sign that numbers of typed formats are given with, so that they are read as those of text files are. */
  readonly decimal: string;
  readonly maxUnpackedBytes: number;
  readonly maxUnpackRatio: number;
  readonly maxSharedTextBytes: number;
}

/** Reads validated option values; what an OptionSpec cannot express is checked here, all at once. */
export function csvOptions(values: Readonly<Record<string, unknown>>): CsvOptions {
  const problems: Problem[] = [];
  const problem = (field: string, expected: string, got: unknown) =>
    problems.push({
      code: "OPTION_INVALID",
      message: `source.${field}: expected ${expected}, got ${JSON.stringify(got) ?? "nothing"}`,
      place: { field },
      hint: null,
      severity: "error",
    });
  const get = (name: string): unknown => values[name] ?? OPTIONS.find((option) => option.name === name)?.default;

  const files = typeof values.files === "string" ? [values.files] : values.files;
  if (!Array.isArray(files) || files.length === 0 || !files.every((file) => typeof file === "string" && file !== "")) {
    problem("files", "a folder, a file, a glob or a list of them", values.files);
  }

  const label = get("encoding");
  const encoding = typeof label === "string" && label !== "auto" ? encodingName(label) : null;
  if (label !== "auto" && encoding === null) problem("encoding", "`auto` or the name of an encoding", label);

  const quote = get("quote");
  if (typeof quote !== "string" || !/^[\x21-\x7e]?$/.test(quote)) {
    problem("quote", "one printable ASCII character or an empty text", quote);
  }

  let delimiter = get("delimiter");
  if (delimiter === "tab" || delimiter === "\\t") delimiter = "\t";
  if (typeof delimiter !== "string" || !(delimiter === "auto" || /^[^\r\n\0]{1,8}$/u.test(delimiter))) {
    problem("delimiter", "`auto` or one to eight characters without a line break", delimiter);
  } else if (quote !== "" && typeof quote === "string" && delimiter !== "auto" && delimiter.includes(quote)) {
    problem("delimiter", "something else than the quote", delimiter);
  }

  const positive = (name: string, most: number): number => {
    const value = get(name);
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most) return value;
    problem(name, `a whole number from 1 to ${most}`, value);
    return 1;
  };
  const { header, headers } = headerLines(get("header"), problem);
  const as = otherNames(get("as"), problem);
  const maxColumns = positive("maxColumns", 100_000);
  const maxRecordBytes = positive("maxRecordBytes", 1 << 29);
  const maxUnpackedBytes = positive("maxUnpackedBytes", 2 ** 40);
  const maxUnpackRatio = positive("maxUnpackRatio", 100_000);
  const maxSharedTextBytes = positive("maxSharedTextBytes", 2 ** 34);
  const ragged = get("ragged");
  if (ragged !== "reject" && ragged !== "pad") problem("ragged", "`reject` or `pad`", ragged);

  if (problems.length > 0) throw ConfigError.of(problems);
  return {
    files: files as string[],
    encoding,
    delimiter: delimiter === "auto" ? null : (delimiter as string),
    quote: quote as string,
    header,
    headers,
    as,
    pad: ragged === "pad",
    maxColumns,
    maxRecordBytes,
    decimal: get("decimal") === "," ? "," : ".",
    maxUnpackedBytes,
    maxUnpackRatio,
    maxSharedTextBytes,
  };
}

/** The header line of a file or a sheet in it: what is told for the name that it goes by counts first. */
export function headerOf(
  { header, headers, as }: Pick<CsvOptions, "header" | "headers" | "as">,
  path: string,
  member: string | null,
): number {
  if (headers.size === 0) return header;
  const files = [basename(path), basename(path, extname(path))];
  const own = member === null ? files : [...files.map((file) => `${file}#${member}`), member, ...files];
  const other = [...own, path, `${path}#${member}`].map((name) => as.get(name)).filter((name) => name !== undefined);
  const names = [...other.flatMap((name) => [name, basename(name), basename(name, extname(name))]), ...own];
  for (const name of names) {
    const own = headers.get(name.toLowerCase());
    if (own !== undefined) return own;
  }
  return header;
}

function otherNames(
  value: unknown,
  problem: (field: string, expected: string, got: unknown) => void,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [file, name] of Object.entries((value ?? {}) as object)) {
    if (typeof name === "string" && name !== "") names.set(file, name);
    else problem(`as.${file}`, "the name that mappings know", name);
  }
  return names;
}

function headerLines(
  value: unknown,
  problem: (field: string, expected: string, got: unknown) => void,
): Pick<CsvOptions, "header" | "headers"> {
  const isLine = (line: unknown): line is number =>
    typeof line === "number" && Number.isInteger(line) && line >= 1 && line <= MOST_LINES;
  const line = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (isLine(line)) return { header: line, headers: new Map() };
  const expected = `a whole number from 1 to ${MOST_LINES}`;
  const headers = new Map<string, number>();
  if (typeof value !== "object" || value === null || Array.isArray(value)) problem("header", expected, value);
  else {
    for (const [name, line] of Object.entries(value)) {
      if (isLine(line)) headers.set(name.toLowerCase(), line);
      else problem(`header.${name}`, expected, line);
    }
  }
  return { header: 1, headers };
}
