/** Phone numbers by country, through libphonenumber-js. */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";
import { ConfigError } from "../errors.ts";
import { show } from "./numbers.ts";
import type { Parse } from "./values-types.ts";

/**
 * E.164 with the extension after ` x` (`+18316052433 x72946`). Numbers that do not fit the country's lengths are kept as they
 * are, with a warning: a phone number is never lost. Without a country nothing is changed.
 * Throws ConfigError COUNTRY_UNKNOWN.
 */
export function phoneParser(country: string | null): Parse {
  if (country === null) return (text) => text;
  if (!isSupportedCountry(country)) {
    throw new ConfigError("COUNTRY_UNKNOWN", `expected an ISO 3166 country code, got ${JSON.stringify(country)}`, {
      hint: "Write two capital letters such as US, DE or GB.",
    });
  }
  const code: CountryCode = country;
  return (text) => {
    const phone = text.length > 250 ? undefined : parsePhoneNumberFromString(text, code);
    if (phone === undefined || !phone.isPossible()) {
      return {
        text,
        warning: {
          code: "VALUE_PHONE_KEPT",
          reason: `${show(text)} is not a phone number of ${country}; kept as it is`,
        },
      };
    }
    return phone.ext === undefined ? phone.number : `${phone.number} x${phone.ext}`;
  };
}
