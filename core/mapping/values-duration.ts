/** Durations to the text PostgreSQL prints for an interval (`intervalstyle = postgres`). */
import { ConfigError } from "../errors.ts";
import { show } from "./numbers.ts";
import type { Failure } from "./values-types.ts";

/** Microseconds, or days, or months of what a bare number counts. */
const UNITS: Readonly<Record<string, { readonly micros?: bigint; readonly days?: number; readonly months?: number }>> =
  {
    ms: { micros: 1000n },
    s: { micros: 1_000_000n },
    min: { micros: 60_000_000n },
    h: { micros: 3_600_000_000n },
    d: { days: 1 },
    w: { days: 7 },
    months: { months: 1 },
    years: { months: 12 },
  };
/** Whole numbers of days and months at most: an interval holds them as 32-bit integers. */
const MOST = 99_999_999;
const ISO =
  /^([-+])?P(?!$)(?:(-?\d{1,5})Y)?(?:(-?\d{1,6})M)?(?:(-?\d{1,6})W)?(?:(-?\d{1,7})D)?(?:T(?=[-\d])(?:(-?\d{1,9})H)?(?:(-?\d{1,9})M)?(?:(-?\d{1,12})(?:[.,](\d{1,6}))?S)?)?$/i;
const CLOCK = /^(-)?(\d{1,7}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?$/;

/**
 * Throws ConfigError FORMAT_INVALID when `format` is not a unit. A bare number counts `format` (ms, s, min, h, d, w, months,
 * years); default ms. Fractions of units of time are taken where they are whole microseconds.
 */
export function durationParser(format: string | null): (text: string) => string | Failure {
  const unit = UNITS[format ?? "ms"];
  if (unit === undefined) {
    throw new ConfigError(
      "FORMAT_INVALID",
      `expected a unit (${Object.keys(UNITS).join(", ")}), got ${JSON.stringify(format)}`,
    );
  }
  return (source) => {
    const text = source.trim();
    const bare = bareNumber(text, unit);
    if (bare !== null) return bare;
    const clock = CLOCK.exec(text);
    if (clock !== null && Number(clock[3]) < 60 && Number(clock[4] ?? 0) < 60) {
      const micros = time(clock[2], clock[3], clock[4], clock[5]);
      return intervalText(0, 0, clock[1] === undefined ? micros : -micros);
    }
    const iso = ISO.exec(text);
    if (iso === null) {
      return {
        code: "VALUE_NOT_A_DURATION",
        reason: `expected PnYnMnDTnHnMnS, hh:mm:ss or a number of ${format ?? "ms"}, got ${show(source)}`,
      };
    }
    const sign = iso[1] === "-" ? -1 : 1;
    const months = Number(iso[2] ?? 0) * 12 + Number(iso[3] ?? 0);
    const days = Number(iso[4] ?? 0) * 7 + Number(iso[5] ?? 0);
    return intervalText(sign * months, sign * days, BigInt(sign) * time(iso[6], iso[7], iso[8], iso[9]));
  };
}

/** null: not a number, or not one that the unit can be counted in. */
function bareNumber(text: string, unit: (typeof UNITS)[string]): string | null {
  const match = /^(-)?(\d{1,15})(?:[.,](\d{1,9}))?$/.exec(text);
  if (match === null) return null;
  const [, minus, whole, fraction = ""] = match;
  const sign = minus === undefined ? 1 : -1;
  if (unit!.micros !== undefined) {
    const scaled = BigInt(whole! + fraction) * unit!.micros;
    const parts = 10n ** BigInt(fraction.length);
    return scaled % parts === 0n ? intervalText(0, 0, (BigInt(sign) * scaled) / parts) : null;
  }
  const size = Number(whole);
  if (size > MOST || /[1-9]/.test(fraction)) return null;
  return intervalText(sign * size * (unit!.months ?? 0), sign * size * (unit!.days ?? 0), 0n);
}

function time(hours = "0", minutes = "0", seconds = "0", fraction = ""): bigint {
  const part = BigInt(fraction.padEnd(6, "0"));
  const whole = (BigInt(hours) * 60n + BigInt(minutes)) * 60n + BigInt(seconds);
  return whole * 1_000_000n + (seconds.startsWith("-") ? -part : part);
}

/** As `EncodeInterval` of PostgreSQL (src/backend/utils/adt/datetime.c) writes it. */
export function intervalText(months: number, days: number, micros: bigint): string {
  const parts: string[] = [];
  let before = false;
  const add = (value: number, unit: string): void => {
    if (value === 0) return;
    parts.push(`${before && value > 0 ? "+" : ""}${value} ${unit}${value === 1 ? "" : "s"}`);
    before = value < 0;
  };
  add(Math.trunc(months / 12), "year");
  add(months % 12, "mon");
  add(days, "day");
  if (micros !== 0n || parts.length === 0) {
    const size = micros < 0n ? -micros : micros;
    const seconds = size / 1_000_000n;
    const fraction = size % 1_000_000n;
    const two = (value: bigint): string => String(value).padStart(2, "0");
    const sign = micros < 0n ? "-" : before ? "+" : "";
    const decimals = fraction === 0n ? "" : `.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
    parts.push(`${sign}${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}${decimals}`);
  }
  return parts.join(" ");
}
