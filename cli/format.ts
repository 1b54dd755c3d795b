/** Numbers, shares, durations and values as people read them. The same in every locale. */

/** `1234567` -> `1,234,567`. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `1 record`, `2,000 records`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A share (0..1) as `12.3 %`; never rounds something to nothing or to everything. */
export function percent(share: number): string {
  if (share === 0) return "0 %";
  if (share === 1) return "100 %";
  if (share < 0.001) return "< 0.1 %";
  if (share > 0.999 && share < 1) return "99.9 %";
  return `${(share * 100).toFixed(1).replace(/\.0$/, "")} %`;
}

/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  if (seconds < 9.95 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A text on one line, control characters visible (a value can hold terminal escapes), at most `length` characters. */
export function oneLine(text: string, length = 60): string {
  const flat = text
    .replace(/\r\n|[\n\r\u2028\u2029]/g, "⏎")
    .replace(/\t/g, " ")
    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
  const letters = [...flat];
  return letters.length <= length ? flat : `${letters.slice(0, length - 1).join("")}…`;
}

/** Columns a text takes on a terminal; colours take none, wide letters two. */
export function width(text: string): number {
  let columns = 0;
  for (const letter of text.replace(/\u001b\[\d+m/g, "")) {
    const code = letter.codePointAt(0)!;
    if (/\p{M}/u.test(letter) || code === 0x200d || (code >= 0xfe00 && code <= 0xfe0f)) continue;
    const wide =
      (code >= 0x1100 && code <= 0x115f) ||
      (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60) ||
      (code >= 0xffe0 && code <= 0xffe6) ||
      (code >= 0x1f300 && code <= 0x1faff);
    columns += wide ? 2 : 1;
  }
  return columns;
}

/** What tells entries of the same target object apart: their sources; "" where there is only one entry of an object. */
export function sourceOfRepeated(
  entries: readonly { readonly object: string; readonly source: string }[],
): readonly string[] {
  const times = new Map<string, number>();
  for (const { object } of entries) times.set(object, (times.get(object) ?? 0) + 1);
  return entries.map(({ object, source }) => (times.get(object)! > 1 ? source : ""));
}
