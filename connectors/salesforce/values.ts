/** Values as text, the same whichever API sent them. */

/**
 * A number as plain decimal text, exactly: `1.39E8` is `139000000`, `15000.0` is `15000`, `12.50` is `12.5`. Text that is
 * no number comes back as it is.
 */
export function plainNumber(text: string): string {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (parts === null) return text;
  const [, sign, whole = "", fraction = "", exponent = "0"] = parts;
  const digits = whole + fraction;
  const shift = Number(exponent);
  if (digits === "" || Math.abs(shift) > 400) return text;
  const point = whole.length + shift;
  const padded = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0");
  const at = point <= 0 ? 1 : point;
  const left = padded.slice(0, at).replace(/^0+(?=\d)/, "");
  const right = padded.slice(at).replace(/0+$/, "");
  const plain = right === "" ? left : `${left}.${right}`;
  return sign === "-" && plain !== "0" ? `-${plain}` : plain;
}

/** `2026-05-01T07:25:37.000+0000` (REST) as `2026-05-01T07:25:37.000Z` (Bulk). */
export function plainDatetime(text: string): string {
  return text.endsWith("+0000") ? `${text.slice(0, -5)}Z` : text.endsWith("+00:00") ? `${text.slice(0, -6)}Z` : text;
}
