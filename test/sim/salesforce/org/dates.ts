/** Days and instants of generated rows. Values are texts: `2026-05-01` and `2026-05-01T07:25:37.000Z`, so they compare as texts. */

export const DAY = 86_400_000;
const days = new Map<number, string>();

/** `day` counts from 1970-01-01. */
export function dayText(day: number): string {
  let text = days.get(day);
  if (text === undefined) {
    text = new Date(day * DAY).toISOString().slice(0, 10);
    days.set(day, text);
  }
  return text;
}

/** `T07:25:37.000Z` by second of the day, made when first needed. */
const times: string[] = [];

function timeText(second: number): string {
  const text = new Date(second * 1000).toISOString().slice(10);
  times[second] = text;
  return text;
}

/** Milliseconds since 1970, cut to seconds. */
export function instantText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const day = Math.floor(seconds / 86_400);
  const rest = seconds - day * 86_400;
  return dayText(day) + (times[rest] ?? timeText(rest));
}
