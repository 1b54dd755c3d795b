/** Japanese dates and times: 2024年1月5日, 令和6年1月5日, 15時30分. */
import type { CivilParts, ClockParts } from "./dates-forms.ts";

const DATE =
  /^(?:(令和|平成|昭和|大正|明治)(\d{1,2}|元)|(\d{4}))年 ?(\d{1,2})月 ?(\d{1,2})日(?: ?[(（][日月火水木金土][)）])?/;
const TIME = /^ ?(午前|午後)? ?(\d{1,2})(?:時(?:(\d{1,2})分(?:(\d{1,2})秒)?)?|:(\d{2})(?::(\d{2}))?)$/;
/** The year before the first of each era; a year of an era is taken as written, whether the era lasted so long or not. */
const ERAS: Readonly<Record<string, number>> = { 令和: 2018, 平成: 1988, 昭和: 1925, 大正: 1911, 明治: 1867 };

/** Reads the date at the start of the text; null: there is none. */
export function japaneseDate(text: string): CivilParts | null {
  const match = DATE.exec(text);
  if (match === null) return null;
  const [all, era, ofEra, year, month, day] = match;
  const western = era === undefined ? Number(year) : ERAS[era]! + (ofEra === "元" ? 1 : Number(ofEra));
  return { year: western, month: Number(month), day: Number(day), length: all.length };
}

/** The time behind such a date; null: it is none. 午前 and 午後 count from 0 or from 12. */
export function japaneseTime(rest: string): ClockParts | null {
  const match = TIME.exec(rest);
  if (match === null) return null;
  const [, half, hours, minute, second, colonMinute, colonSecond] = match;
  const [mm, ss] = [Number(minute ?? colonMinute ?? "0"), Number(second ?? colonSecond ?? "0")];
  let hh = Number(hours);
  if (half !== undefined) {
    if (hh > 12) return null;
    hh = (hh % 12) + (half === "午後" ? 12 : 0);
  }
  if (hh > 23 || mm > 59 || ss > 59) return null;
  return { micros: ((hh * 60 + mm) * 60 + ss) * 1_000_000, offset: null };
}
