/** Numbers of spreadsheets as text: as they were typed, with the source's decimal sign. */

/** A double as plain digits, never `7.58E8`. 15 digits: what spreadsheets keep of what is typed; the rest is noise of binary. */
export function plainNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const text = String(Number(value.toPrecision(15)));
  return text.includes("e") ? writtenOut(text) : text === "-0" ? "0" : text;
}

/**
 * The text of a stored number. Whole numbers that are written out stay digit for digit, whatever their length: programs
 * other than Excel store long ids so. null: it is no number.
 */
export function storedNumber(raw: string): string | null {
  if (/^-?(?:0|[1-9]\d*)$/.test(raw)) return raw === "-0" ? "0" : raw;
  if (!/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(raw)) return null;
  const value = Number(raw);
  return Number.isFinite(value) ? plainNumber(value) : null;
}

/** `1.5e-7` as 0.00000015: every digit and no other. */
export function writtenOut(text: string): string {
  const [, sign, whole, fraction = "", exponent] = /^(-?)(\d+)(?:\.(\d+))?e([-+]?\d+)$/.exec(text)!;
  const digits = whole! + fraction;
  const point = whole!.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${"0".repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
