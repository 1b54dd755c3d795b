/** JSON values as cells. */

/** A number as it is written, digit for digit. */
class Written {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  /** For values inside lists and objects: the same digits again. */
  toJSON(): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.source);
  }
}

/** Parses JSON with numbers kept as they are written. Throws SyntaxError. */
export function numbersAsWritten(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === "number" ? new Written(context?.source ?? String(value)) : value,
  );
}

/** True for an object of named fields; a bare number, list or text is none. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Written);

/** The cell of a field: JSON null and missing fields say nothing in their own ways; lists and objects stay JSON. */
export function cellOf(value: Readonly<Record<string, unknown>>, name: string, decimal: string): string | null {
  if (!Object.hasOwn(value, name)) return "";
  const cell = value[name];
  if (cell === null) return null;
  if (typeof cell === "string") return cell.replaceAll("\0", "");
  if (typeof cell === "boolean") return cell ? "true" : "false";
  if (cell instanceof Written) return plain(cell.source, decimal);
  return JSON.stringify(cell);
}

/** Digits with the source's decimal sign; only numbers written with an exponent are written out. */
function plain(source: string, decimal: string): string {
  const text = /e/i.test(source) ? withoutExponent(source) : source;
  return decimal === "." ? text : text.replace(".", decimal);
}

function withoutExponent(source: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?e([-+]?\d+)$/i.exec(source);
  if (parts === null || Math.abs(Number(parts[4])) > 400) return source;
  const [, sign, whole, fraction = "", exponent] = parts;
  const digits = whole! + fraction;
  const point = whole!.length + Number(exponent);
  const all = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0");
  const at = Math.max(1, point);
  const tail = all.slice(at).replace(/0+$/, "");
  const head = all.slice(0, at).replace(/^0+(?=\d)/, "");
  return `${sign}${head}${tail === "" ? "" : `.${tail}`}`;
}
