/** Exact decimal numbers as text: parsed from what files hold, multiplied, rounded and compared without floats. */
import { halfWidth } from "./half-width.ts";
import type { Failure } from "./values-types.ts";

/** PostgreSQL's numeric: digits before and after the point. */
const MAX_WHOLE = 131_072;
const MAX_SCALE = 16_383;

const AFFIX = String.raw`(?:[A-Z]{3}|[A-Za-z]{0,3}\p{Sc}(?:[A-Z]{1,3})?|kr\.?|zł|Kč|Ft|lei|лв\.?|Fr\.?|Rs\.?)`;
/** k, M and B stand at the digits; apart from them only before a symbol that no B$ can be mistaken for. */
const UNIT = String.raw`(?<unit>[KkMB]|MM|\s[KkM](?=\p{Sc})|\s?(?:mn|bn|Mio\.?|Mrd\.?|mln\.?|mrd\.?|million|billion))`;
const SHAPE = new RegExp(
  String.raw`^(?<open>\()?\s?(?<sign>[-+−])?\s?(?:(?!(?:[Kk]|MM?)\p{Sc})${AFFIX}\s?)?(?<inner>[-+−])?\s?` +
    String.raw`(?<digits>(?:[\d.,][\d.,'’\u00a0\u202f\u2009 ]*)?\d[.,]?)(?:[eE](?<exponent>[-+]?\d{1,6}))?` +
    String.raw`(?:${UNIT})?\s?(?<percent>%)?(?:\s?${AFFIX})?\s?(?<tail>-)?\s?(?<close>\))?$`,
  "u",
);
/** Powers of ten of the units, by their first letters in lower case. */
const POWERS: readonly (readonly [RegExp, number])[] = [
  [/^k/i, 3],
  [/^(?:mm?|mn|mio|mln|million)\.?$/i, 6],
  [/^b/i, 9],
  [/^mrd/i, 9],
];
/** Longer texts must be bare digits. */
const LONG = 120;
const WIDE = /[\uff00-\uff5e]/;
const BARE = /^[-+]?\d+(?:[.,]\d+)?$/;

/**
 * Reads a number as people and systems write it and gives its canonical text, `-?digits[.digits]`, with every digit and the
 * scale as written. Currency symbols and codes may surround it, parentheses or a trailing minus mean negative, groups must be
 * consistent. `342.09K`, `1.5M` and `2 bn` are thousands, millions and billions. Scientific notation is written out; a
 * spreadsheet's shortened number (1.23457E+14) is refused. `percent`: a percent sign is dropped; see `hasPercent`.
 */
export function parseDecimal(text: string, decimal: "." | ",", percent = false): string | Failure {
  const given = text.trim();
  const trimmed = WIDE.test(given) && given.length <= LONG ? halfWidth(given) : given;
  const match = trimmed.length > LONG && !BARE.test(trimmed) ? null : SHAPE.exec(trimmed);
  if (match === null) return notANumber(text);
  const {
    open,
    sign,
    inner,
    digits,
    exponent,
    unit,
    tail,
    close,
    percent: percentSign,
  } = match.groups as Record<string, string>;
  if ((open === undefined) !== (close === undefined)) return notANumber(text);
  if (percentSign !== undefined && (!percent || unit !== undefined)) return notANumber(text);
  if (unit !== undefined && exponent !== undefined) return notANumber(text);
  const signs = [sign, inner, tail].filter((part) => part !== undefined);
  if (signs.length > 1 || (signs.length === 1 && open !== undefined)) return notANumber(text);
  const plain = ungroup(digits!.trim(), decimal);
  if (plain === null) {
    const other = decimal === "." ? "," : ".";
    const hint = ungroup(digits!.trim(), other) === null ? "" : `; with "${other}" as decimal mark it would be one`;
    return notANumber(text, `with "${decimal}" as decimal mark${hint}`);
  }
  let { whole, fraction } = plain;
  if (exponent !== undefined) {
    const shift = Number(exponent);
    if (/E\+\d/.test(trimmed) && shift >= 11 && shift > fraction.length) {
      return {
        code: "VALUE_NOT_EXACT",
        reason: `${show(text)} lacks digits: a spreadsheet has shortened it; export it as text`,
      };
    }
    if (Math.abs(shift) > MAX_SCALE) return outOfRange(text, "a number of at most 131072 digits");
    ({ whole, fraction } = shiftPoint(whole, fraction, shift));
  }
  if (unit !== undefined) {
    const power = POWERS.find(([name]) => name.test(unit.trim()))![1];
    ({ whole, fraction } = shiftPoint(whole, fraction, power));
  }
  whole = whole.replace(/^0+(?=\d)/, "") || "0";
  if (whole.length > MAX_WHOLE || fraction.length > MAX_SCALE)
    return outOfRange(text, "a number of at most 131072 digits");
  const negative =
    (open !== undefined || (signs[0] !== undefined && signs[0] !== "+")) && /[1-9]/.test(whole + fraction);
  return (negative ? "-" : "") + whole + (fraction === "" ? "" : `.${fraction}`);
}

/** A whole number within the bounds; `12.0` counts, `12.5` does not. */
export function parseInteger(text: string, decimal: "." | ",", min: bigint, max: bigint): string | Failure {
  const parsed = parseDecimal(text, decimal);
  if (typeof parsed !== "string") {
    return parsed.code === "VALUE_NOT_A_NUMBER" ? { ...parsed, code: "VALUE_NOT_AN_INTEGER" } : parsed;
  }
  const dot = parsed.indexOf(".");
  if (dot >= 0 && /[1-9]/.test(parsed.slice(dot))) {
    return { code: "VALUE_NOT_AN_INTEGER", reason: `expected a whole number, got ${show(text)}` };
  }
  const whole = dot < 0 ? parsed : parsed.slice(0, dot);
  if (whole.length > 20 || BigInt(whole) < min || BigInt(whole) > max) return outOfRange(text, `${min} to ${max}`);
  return whole;
}

/** A canonical number times ten to the power of `places` (0 or more), exact; no zeros are added behind the point. */
export function shiftDecimal(text: string, places: number): string {
  const negative = text.startsWith("-");
  const [given = "0", decimals = ""] = (negative ? text.slice(1) : text).split(".");
  const { whole, fraction } = shiftPoint(given, decimals, places);
  const size = (whole.replace(/^0+(?=\d)/, "") || "0") + (fraction === "" ? "" : `.${fraction}`);
  return negative ? `-${size}` : size;
}

/** True when a text that `parseDecimal` takes as a percentage has its sign. */
export const hasPercent = (text: string): boolean => /[%\uff05]/.test(text);

/** `a * b`, exact; the scale is the sum of both without trailing zeros beyond the larger of the two. */
export function multiplyExact(a: string, b: string): string {
  const left = units(a);
  const right = units(b);
  const scale = left.scale + right.scale;
  return trimScale(fromUnits(left.value * right.value, scale), Math.max(left.scale, right.scale));
}

/** Rounds half away from zero, as PostgreSQL does, to exactly `scale` digits after the point (negative: tens, hundreds). */
export function roundExact(text: string, scale: number): string {
  const { value, scale: from } = units(text);
  if (scale >= from) return fromUnits(value * 10n ** BigInt(scale - from), scale);
  const step = 10n ** BigInt(from - scale);
  const magnitude = value < 0n ? -value : value;
  const rounded = (magnitude + step / 2n) / step;
  const signed = value < 0n ? -rounded : rounded;
  return scale >= 0 ? fromUnits(signed, scale) : fromUnits(signed * 10n ** BigInt(-scale), 0);
}

/** One text per number: no trailing zeros after the point, no negative zero. `5.00` and `5` give `5`. */
export function normalizeDecimal(text: string): string {
  return trimScale(text, 0);
}

/** Checks numeric(precision, scale): rounds to the scale as PostgreSQL would (`rounded` tells), refuses what does not fit. */
export function fitNumeric(
  text: string,
  precision: number,
  scale: number,
): { text: string; rounded: boolean } | Failure {
  const fitted = roundExact(text, Math.max(scale, 0));
  const whole = fitted.replace("-", "").split(".")[0]!;
  if (whole !== "0" && whole.length > precision - scale) {
    return outOfRange(
      text,
      `at most ${precision - scale} digits before the decimal mark (numeric(${precision},${scale}))`,
    );
  }
  return { text: fitted, rounded: normalizeDecimal(fitted) !== normalizeDecimal(text) };
}

export const outOfRange = (text: string, expected: string): Failure => ({
  code: "VALUE_OUT_OF_RANGE",
  reason: `expected ${expected}, got ${show(text)}`,
});

/** A value quoted for a message, cut to a readable length. */
export function show(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

function notANumber(text: string, detail = ""): Failure {
  return {
    code: "VALUE_NOT_A_NUMBER",
    reason: `expected a number${detail === "" ? "" : ` ${detail}`}, got ${show(text)}`,
  };
}

const GROUPS =
  /^(?:\d+|\d{1,3}(?:(?<mark>[.,'’\u00a0\u202f\u2009 ])\d{3})(?:\k<mark>\d{3})*|\d{1,2}(?:,\d{2})+,\d{3})$/u;

/** Takes the group marks out; null when they are inconsistent. */
function ungroup(digits: string, decimal: "." | ","): { whole: string; fraction: string } | null {
  const at = digits.indexOf(decimal);
  if (at >= 0 && digits.indexOf(decimal, at + 1) >= 0) return null;
  const before = at < 0 ? digits : digits.slice(0, at);
  const fraction = at < 0 ? "" : digits.slice(at + 1);
  if (!/^\d*$/.test(fraction)) return null;
  if (before === "") return fraction === "" ? null : { whole: "0", fraction };
  if (!GROUPS.test(before)) return null;
  return { whole: before.replace(/\D/gu, ""), fraction };
}

function shiftPoint(whole: string, fraction: string, shift: number): { whole: string; fraction: string } {
  if (shift >= 0) {
    const moved = fraction.slice(0, shift).padEnd(shift, "0");
    return { whole: whole + moved, fraction: fraction.slice(shift) };
  }
  const padded = whole.padStart(-shift + 1, "0");
  const at = padded.length + shift;
  return { whole: padded.slice(0, at), fraction: padded.slice(at) + fraction };
}

function units(text: string): { value: bigint; scale: number } {
  const dot = text.indexOf(".");
  if (dot < 0) return { value: BigInt(text), scale: 0 };
  return { value: BigInt(text.slice(0, dot) + text.slice(dot + 1)), scale: text.length - dot - 1 };
}

function fromUnits(value: bigint, scale: number): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, "0");
  const at = digits.length - scale;
  return (negative ? "-" : "") + digits.slice(0, at) + (scale === 0 ? "" : `.${digits.slice(at)}`);
}

function trimScale(text: string, least: number): string {
  const dot = text.indexOf(".");
  let end = text.length;
  if (dot >= 0) {
    while (end > dot + 1 + least && text.charCodeAt(end - 1) === 48) end--;
    if (end === dot + 1) end = dot;
  }
  const cut = text.slice(0, end);
  return /[1-9]/.test(cut) ? cut : cut.replace("-", "");
}
