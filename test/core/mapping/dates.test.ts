/** Dates and times as people in several languages write them: what Intl prints is read back, whatever the day. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dateText, daysFromCivil, parseDate, parseDateTime } from "../../../core/mapping/dates.ts";
import { monthNames, monthNumber } from "../../../core/mapping/dates-months.ts";
import { compileFormat } from "../../../core/mapping/values-format.ts";
import { zoneClock } from "../../../core/mapping/values-zone.ts";

const UTC = zoneClock("UTC");
const LOCALES = ["en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "pt-BR", "it-IT", "nl-NL", "sv-SE", "ja-JP"];
const days = fc.integer({ min: daysFromCivil(1000, 1, 1), max: daysFromCivil(9999, 12, 31) });
/** Two-digit years mean these. */
const nearDays = fc.integer({ min: daysFromCivil(1970, 1, 1), max: daysFromCivil(2069, 12, 31) });

describe.each(LOCALES)("months as %s writes them", (locale) => {
  it.each(["long", "medium"] as const)("%s", (dateStyle) => {
    const format = new Intl.DateTimeFormat(locale, { dateStyle, timeZone: "UTC", calendar: "gregory" });
    // some write their medium dates in figures
    const order = /^\d\d\.\d\d\./.test(format.format(0)) ? "dmy" : "auto";
    fc.assert(
      fc.property(days, (day) => {
        const text = format.format(day * 86_400_000);
        expect([text, parseDate(text, order)]).toEqual([text, dateText(day)]);
      }),
      { numRuns: 120, examples: Array.from({ length: 12 }, (_, month) => [daysFromCivil(2024, month + 1, 3)]) },
    );
  });

  it("alone", () => {
    for (const month of ["long", "short"] as const) {
      const format = new Intl.DateTimeFormat(locale, { month, timeZone: "UTC" });
      if (locale === "ja-JP") continue;
      for (let index = 0; index < 12; index++) {
        const name = format.format(Date.UTC(2024, index, 1));
        expect([name, monthNumber(name)]).toEqual([name, index + 1]);
      }
    }
  });
});

it("no name of a month means two", () => {
  const names = monthNames();
  expect(names.length).toBeGreaterThan(100);
  for (const [name, month] of names) expect([name, monthNumber(name.toUpperCase())]).toEqual([name, month]);
});

it.each(["/", "-", "."])("figures with %s in every declared order, there and back", (mark) => {
  const parts = (day: number) => dateText(day).split("-") as [string, string, string];
  fc.assert(
    fc.property(days, (day) => {
      const [y, m, d] = parts(day);
      expect(parseDate([d, m, y].join(mark), "dmy")).toBe(dateText(day));
      expect(parseDate([m, d, y].join(mark), "mdy")).toBe(dateText(day));
      expect(parseDate([Number(d), Number(m), y].join(mark), "dmy")).toBe(dateText(day));
      for (const order of ["dmy", "mdy", "ymd", "auto"] as const) {
        expect(parseDate([y, m, d].join(mark), order)).toBe(dateText(day));
      }
    }),
  );
  fc.assert(
    fc.property(nearDays, (day) => {
      const [y, m, d] = parts(day);
      expect(parseDate([d, m, y.slice(2)].join(mark), "dmy")).toBe(dateText(day));
      expect(parseDate([m, d, y.slice(2)].join(mark), "mdy")).toBe(dateText(day));
      expect(parseDate([y.slice(2), m, d].join(mark), "ymd")).toBe(dateText(day));
    }),
  );
});

it("without a declared order nothing is guessed: the one reading that is possible, or a refusal", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 31 }),
      fc.integer({ min: 1, max: 31 }),
      fc.integer({ min: 1000, max: 9999 }),
      (a, b, year) => {
        const readings = new Set(
          (["dmy", "mdy"] as const)
            .map((order) => parseDate(`${a}/${b}/${year}`, order))
            .filter((r) => typeof r === "string"),
        );
        const result = parseDate(`${a}/${b}/${year}`, "auto");
        if (readings.size === 1) expect(result).toBe([...readings][0]);
        else expect(result).toMatchObject({ code: readings.size === 2 ? "VALUE_DATE_AMBIGUOUS" : "VALUE_NOT_A_DATE" });
      },
    ),
  );
});

it("UNIX milliseconds and seconds, to the last digit", () => {
  const milliseconds = compileFormat("ms");
  const seconds = compileFormat("s");
  fc.assert(
    fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
      const iso = new Date(ms).toISOString();
      const [date, time] = [iso.slice(-24, -14), iso.slice(-13, -1)];
      const micros =
        (Number(time.slice(0, 2)) * 3600 + Number(time.slice(3, 5)) * 60 + Number(time.slice(6))) * 1_000_000;
      const wall = milliseconds(String(ms));
      if ("code" in wall) throw new Error(wall.reason);
      expect(dateText(daysFromCivil(wall.year, wall.month, wall.day))).toBe(date);
      expect(wall.micros).toBe(Math.round(micros));
      const sign = ms < 0 ? "-" : "";
      const size = String(Math.abs(ms)).padStart(4, "0");
      expect(seconds(`${sign}${size.slice(0, -3)}.${size.slice(-3)}`)).toEqual(wall);
    }),
  );
  expect(milliseconds("253402300800000")).toMatchObject({ code: "VALUE_NOT_A_DATE" });
  expect(seconds("soon")).toMatchObject({
    code: "VALUE_NOT_A_DATE",
    reason: 'expected seconds since 1970, got "soon"',
  });
});

it("times of a day in figures, am and pm, and Japanese", () => {
  const minutes = fc.integer({ min: 0, max: 24 * 60 - 1 });
  fc.assert(
    fc.property(minutes, (minute) => {
      const [hour, rest] = [Math.floor(minute / 60), String(minute % 60).padStart(2, "0")];
      const expected = `2024-01-23 ${String(hour).padStart(2, "0")}:${rest}:00+00`;
      const twelve = hour % 12 === 0 ? 12 : hour % 12;
      for (const time of [
        `${hour}:${rest}`,
        `${twelve}:${rest} ${hour < 12 ? "AM" : "PM"}`,
        `${twelve}:${rest}${hour < 12 ? "am" : "pm"}`,
        `${twelve}:${rest} ${hour < 12 ? "a. m." : "p. m."}`,
        `${hour}h${rest}`,
        `${hour}.${rest}`,
      ]) {
        expect([time, parseDateTime(`2024-01-23 ${time}`, "auto", UTC)]).toEqual([time, expected]);
      }
      const japanese = `${hour < 12 ? "午前" : "午後"}${hour % 12}時${Number(rest)}分`;
      expect(parseDateTime(`2024年1月23日 ${japanese}`, "auto", UTC)).toBe(expected);
    }),
  );
});

it("a date with anything behind it that is no time is refused", () => {
  for (const text of [
    "5 Jan 2024 or so",
    "2024-01-05 25:00",
    "2024-01-05 13 PM",
    "about 5 Jan 2024",
    "2024年1月5日頃",
    "2024年1月5日 25時",
    "Jan 2024",
    "5/Jan",
    "1/2/3",
    "01/02/203",
    "2024-1-5-6",
  ]) {
    expect([text, parseDate(text, "dmy")]).toEqual([text, expect.objectContaining({ code: "VALUE_NOT_A_DATE" })]);
  }
});
