/** Single values of YAML as people write them. */

const PLAIN = /^[\p{L}_][\p{L}\p{N}_ ./+-]*$/u;
const WORDS = new Set(["true", "false", "yes", "no", "on", "off", "null", "y", "n", "none"]);

/** A text as a YAML scalar that is that text in block and flow collections: plain where that is safe, else quoted. */
export function scalar(text: string): string {
  if (PLAIN.test(text) && !text.endsWith(" ") && !WORDS.has(text.toLowerCase())) return text;
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (letter) => {
    return `\\u${letter.codePointAt(0)!.toString(16).padStart(4, "0")}`;
  });
}

export function flowList(items: readonly string[]): string {
  return `[${items.map(scalar).join(", ")}]`;
}

/** `{ from: Amount, type: currency }`; values are YAML already. */
export function flowMap(entries: readonly (readonly [string, string])[]): string {
  return `{ ${entries.map(([key, value]) => `${scalar(key)}: ${value}`).join(", ")} }`;
}

/** A comment on one line: what comes from data must not end it. */
export function comment(text: string): string {
  return `# ${text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ")}`;
}

/** Lines `key: value   # comment`, the comments below each other where the values are short. */
export function aligned(
  rows: readonly { readonly text: string; readonly note: string | null }[],
  indent: number,
): string[] {
  const longest = Math.max(0, ...rows.filter((row) => row.note !== null).map((row) => row.text.length));
  const column = Math.min(longest, 60);
  return rows.map(({ text, note }) => {
    const padded = note === null ? text : `${text.padEnd(column)}  ${comment(note)}`;
    return " ".repeat(indent) + padded;
  });
}
