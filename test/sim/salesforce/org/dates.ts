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

const two = Array.from({ length: 60 }, (_, at) => String(at).padStart(2, "0"));

/** Milliseconds since 1970, cut to seconds. */
export function instantText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const day = Math.floor(seconds / 86_400);
  const rest = seconds - day * 86_400;
  const hour = (rest / 3600) | 0;
  return `${dayText(day)}T${two[hour]}:${two[((rest / 60) | 0) % 60]}:${two[rest % 60]}.000Z`;
}
