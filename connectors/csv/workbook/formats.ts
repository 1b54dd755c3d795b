/** Number formats: what a cell's number means. */

/** `digits` holds a mask such as 00000: leading zeros belong to the number (postal codes). */
export type NumberKind = "number" | "date" | "time" | "datetime" | "elapsed" | { readonly digits: string };

/** Built-in formats of Excel that show dates or times; 27 to 36 and 50 to 58 do in East Asian versions. */
const BUILT_IN: Readonly<Record<number, NumberKind>> = {
  14: "date",
  15: "date",
  16: "date",
  17: "date",
  18: "time",
  19: "time",
  20: "time",
  21: "time",
  22: "datetime",
  45: "time",
  46: "elapsed",
  47: "time",
};
for (const [from, to] of [
  [27, 31],
  [34, 36],
  [50, 58],
] as const) {
  for (let id = from; id <= to; id++) (BUILT_IN as Record<number, NumberKind>)[id] = "date";
}
for (const id of [32, 33]) (BUILT_IN as Record<number, NumberKind>)[id] = "time";

/** Kind of a format by its number, or by its code where the workbook defines it. */
export function kindOfFormat(id: number, code: string | undefined): NumberKind {
  return code === undefined ? (BUILT_IN[id] ?? "number") : kindOfCode(code);
}

/** Kind of a format code such as `dd/mm/yyyy` or `[h]:mm`. */
export function kindOfCode(code: string): NumberKind {
  if (/^0[0-]*0$/.test(code)) return { digits: code };
  const first = firstSection(code);
  if (/\[(?:h+|m+|s+)\]/i.test(first)) return "elapsed";
  const plain = first.replace(/\[[^\]]*\]/g, "");
  if (/general|standard/i.test(plain)) return "number";
  const letters = plain.replace(/am\/pm|a\/p/gi, "h").toLowerCase();
  const date = /[yd]/.test(letters);
  const time = /[hs]/.test(letters);
  if (date && time) return "datetime";
  if (date) return "date";
  if (time) return "time";
  return /m/.test(letters) && !/[0#?]/.test(letters) ? "date" : "number";
}

/** The section for positive numbers, without literals: texts in quotes, escaped and padding characters. */
function firstSection(code: string): string {
  let out = "";
  for (let p = 0; p < code.length; p++) {
    const c = code[p]!;
    if (c === ";") break;
    if (c === '"') {
      const close = code.indexOf('"', p + 1);
      if (close < 0) break;
      p = close;
    } else if (c === "\\" || c === "_" || c === "*") p++;
    else if (c === "[") {
      const close = code.indexOf("]", p);
      if (close < 0) break;
      out += code.slice(p, close + 1);
      p = close;
    } else out += c;
  }
  return out;
}
