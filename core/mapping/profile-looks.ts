/** What a single text looks like. Generous: the real parsing is done by the value types. */

/**
 * `slashed`: a day-first or month-first date that can be either; `dmy` / `mdy` only when the other is impossible.
 * `comma` / `point`: a number whose decimal sign is clear ("1,234" is not). `leadingZero`: digits that would lose a zero as a number.
 */
export type Look =
  | "boolean"
  | "integer"
  | "decimal"
  | "comma"
  | "point"
  | "leadingZero"
  | "ymd"
  | "dmy"
  | "mdy"
  | "slashed"
  | "datetime"
  | "email"
  | "url"
  | "phone"
  | "json";

const BOOLEAN = /^(?:true|false|yes|no|y|n|t|f|1|0)$/i;
const INTEGER = /^[-+]?(?:0|[1-9]\d{0,17})$/;
const GROUPED = /^[-+]?\p{Sc}?\s?\d{1,3}(?:[,.'\u00a0\u202f ]\d{3})+(?:[.,]\d+)?$/u;
const DECIMAL = /^[-+]?\p{Sc}?\s?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?\s?(?:\p{Sc}|%)?$/u;
const COMMA = /^[-+]?(?:\d+|\d{1,3}(?:[. \u00a0\u202f']\d{3})+),(?:\d{1,2}|\d{4,})$/;
const POINT = /^[-+]?(?:\d+|\d{1,3}(?:[, \u00a0\u202f']\d{3})+)\.(?:\d{1,2}|\d{4,})$/;
const LEADING_ZERO = /^0\d+$/;
const YMD = /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}/;
const SLASHED = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{2}|\d{4})(?=$|[ T,])/;
const TIME = /[T ]\d{1,2}:\d{2}/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/;
const URL_LIKE = /^(?:https?:\/\/\S+|www\.\S+\.\S+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:\/\S*)?)$/i;
const PHONE = /^\+?[\d\s().\-/]{6,}(?:(?:x|ext\.?)\s?\d+)?$/i;

export function looksOf(value: string): readonly Look[] {
  const looks: Look[] = [];
  if (value.length > 400) {
    if (value.startsWith("{") || value.startsWith("[")) looks.push("json");
    return looks;
  }
  if (value.length <= 5 && BOOLEAN.test(value)) looks.push("boolean");
  // most texts begin with a letter: none of them is a number, a date or a phone number
  const figures = !LETTER_FIRST.test(value);
  if (figures) addFigures(value, looks);
  if (value.includes("@") && EMAIL.test(value)) looks.push("email");
  else if ((value.includes(".") || value.includes("://")) && URL_LIKE.test(value)) looks.push("url");
  if (figures && PHONE.test(value) && !YMD.test(value)) looks.push("phone");
  if (/^[[{]/.test(value)) looks.push("json");
  return looks;
}

const LETTER_FIRST = /^[A-Za-z]/;

function addFigures(value: string, looks: Look[]): void {
  if (INTEGER.test(value)) looks.push("integer");
  if (LEADING_ZERO.test(value)) looks.push("leadingZero");
  else if (DECIMAL.test(value) || GROUPED.test(value)) looks.push("decimal");
  if (COMMA.test(value)) looks.push("comma");
  else if (POINT.test(value)) looks.push("point");
  if (YMD.test(value)) looks.push(TIME.test(value) ? "datetime" : "ymd");
  const slashed = SLASHED.exec(value);
  if (slashed === null) return;
  const first = Number(slashed[1]);
  const second = Number(slashed[3]);
  if (first <= 12 && second <= 12) looks.push("slashed");
  else if (first <= 31 && second <= 12) looks.push("dmy");
  else if (first <= 12 && second <= 31) looks.push("mdy");
  if (TIME.test(value)) looks.push("datetime");
}
