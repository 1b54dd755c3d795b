/** Values that stay text or become a flag: booleans, e-mail, URL, UUID, lists. */
import { halfWidth } from "./half-width.ts";
import { show } from "./numbers.ts";
import type { Failure, Parsed } from "./values-types.ts";

/** English first; then German, French, Spanish, Portuguese, Italian, Dutch, Swedish and Japanese, as people and Excel write it. */
const TRUE: ReadonlySet<string> = new Set(
  "true yes y 1 t on x checked ✓ ✔ ☑ ja j wahr oui vrai sí si s verdadero sim verdadeiro sì vero waar sant はい 真".split(
    " ",
  ),
);
const FALSE: ReadonlySet<string> = new Set(
  "false no n 0 f off unchecked ☐ nein falsch non faux falso não nao nee onwaar nej falskt いいえ 偽".split(" "),
);

/** True for null, empty and white space alone: nothing was said. */
export const isBlank = (text: string | null): boolean => text === null || text === "" || text.trim() === "";

export function parseBoolean(text: string): string | Failure {
  const word = halfWidth(text.trim().slice(0, 20).normalize("NFC")).toLowerCase();
  if (TRUE.has(word)) return "true";
  if (FALSE.has(word)) return "false";
  return {
    code: "VALUE_NOT_A_BOOLEAN",
    reason: `expected true/false, yes/no, y/n, 1/0, t/f, on/off or x, got ${show(text)}`,
  };
}

const EMAIL = /^[^\s@"(),:;<>[\]\\]{1,64}@(?![-.])[^\s@"(),:;<>[\]\\]+\.[^\s@"(),:;<>[\]\\.]{2,}$/;

/** One address, trimmed, its case kept. */
export function parseEmail(text: string): string | Failure {
  const trimmed = text.trim();
  if (trimmed.length <= 254 && EMAIL.test(trimmed) && !trimmed.includes("..")) return trimmed;
  return { code: "VALUE_NOT_AN_EMAIL", reason: `expected one e-mail address, got ${show(text)}` };
}

const HOST =
  /^[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?(?:\.[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?)+\.?(?::\d{1,5})?(?:[/?#]\S*)?$/u;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s/]\S*$/;

/** `https://...`, or a host with an optional path; trimmed, nothing is added. */
export function parseUrl(text: string): string | Failure {
  const trimmed = text.trim();
  if (trimmed.length <= 8192 && (SCHEME.test(trimmed) || (hostLength(trimmed) <= 253 && HOST.test(trimmed))))
    return trimmed;
  return {
    code: "VALUE_NOT_A_URL",
    reason: `expected a web address such as https://acme.com or acme.com, got ${show(text)}`,
  };
}

function hostLength(text: string): number {
  const end = text.search(/[/?#]/);
  return end < 0 ? text.length : end;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function parseUuid(text: string): string | Failure {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/^\{(.*)\}$/, "$1");
  const dashed = /^[0-9a-f]{32}$/.test(plain)
    ? `${plain.slice(0, 8)}-${plain.slice(8, 12)}-${plain.slice(12, 16)}-${plain.slice(16, 20)}-${plain.slice(20)}`
    : plain;
  if (UUID.test(dashed)) return dashed;
  return { code: "VALUE_NOT_A_UUID", reason: `expected a UUID, got ${show(text)}` };
}

/** Splits a multi-select cell; `;` as Salesforce and HubSpot write it. Blank parts are dropped, repeated ones kept once. */
export function splitList(text: string): string[] {
  return [...new Set(text.split(";").map((part) => part.trim()))].filter((part) => part !== "");
}

/** A one-dimensional array as PostgreSQL prints it: `{a,"b c"}`. */
export function arrayText(items: readonly string[]): string {
  const quoted = items.map((item) =>
    item === "" || /[ \t\n\r\v\f{},"\\]/.test(item) || item.toLowerCase() === "null"
      ? `"${item.replace(/["\\]/g, "\\$&")}"`
      : item,
  );
  return `{${quoted.join(",")}}`;
}

/** The items of what `arrayText` wrote. */
export function arrayItems(text: string): string[] {
  const items: string[] = [];
  let item = "";
  let quoted = false;
  for (let at = 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\\") item += text[++at];
    else if (char === '"') quoted = !quoted;
    else if (!quoted && (char === "," || char === "}")) {
      if (text.length > 2) items.push(item);
      item = "";
    } else item += char;
  }
  return items;
}

/** Checks a text against a limit in characters, as PostgreSQL counts them (code points). */
export function checkLength(text: string, maxLength: number): Parsed {
  if (text.length <= maxLength) return text;
  let count = 0;
  for (const _ of text) count++;
  if (count <= maxLength) return text;
  return { code: "VALUE_TOO_LONG", reason: `expected at most ${maxLength} characters, got ${count}: ${show(text)}` };
}
