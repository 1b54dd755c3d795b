/** Phone numbers by country, through libphonenumber-js. */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";
import { ConfigError } from "../errors.ts";
import { show } from "./numbers.ts";
import type { Parse } from "./values-types.ts";

/** In place of a country: only numbers that name theirs, with `+`, are read; others are kept as they are. */
export const WORLD = "+";

const EXTENSION =
  /[\s,;]*(?:durchwahl|nebenstelle|apparat|poste|ramal|interno|toestel|anknytning|内線)[\s.:]*(?=\d{1,7}\s*$)/i;

/**
 * E.164 with the extension after ` x` (`+18316052433 x72946`). Numbers that do not fit the country's lengths are kept as they
 * are, with a warning: a phone number is never lost. Without a country nothing is changed.
 * Throws ConfigError COUNTRY_UNKNOWN.
 */
export function phoneParser(country: string | null): Parse {
  if (country === null) return (text) => text;
  if (country === WORLD) return international;
  if (!isSupportedCountry(country)) {
    throw new ConfigError("COUNTRY_UNKNOWN", `expected an ISO 3166 country code, got ${JSON.stringify(country)}`, {
      hint: "Write two capital letters such as US, DE or GB.",
    });
  }
  const code: CountryCode = country;
  return (text) => read(text, `a phone number of ${country}`, code);
}

const international: Parse = (text) => (/^\s*[+＋]/.test(text) ? read(text, "an international phone number") : text);

function read(text: string, expected: string, code?: CountryCode): ReturnType<Parse> {
  const plain = text.length > 250 ? "" : text.normalize("NFKC").replace(EXTENSION, " ext. ");
  const phone = parsePhoneNumberFromString(plain, code);
  if (phone?.isPossible() !== true) {
    return { text, warning: { code: "VALUE_PHONE_KEPT", reason: `${show(text)} is not ${expected}; kept as it is` } };
  }
  return phone.ext === undefined ? phone.number : `${phone.number} x${phone.ext}`;
}
