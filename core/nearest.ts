import { distance } from "fastest-levenshtein";

/** Upper bound of what is compared: names are short, and the input may be hostile. */
const LONGEST = 100;

/**
 * The candidate that `name` was most likely meant to be, or null when none is close: at most a third of its letters
 * differ (two at least, case and `_`, `-`, space ignored). Ties go to the first candidate.
 */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  const wanted = normal(name);
  if (wanted === "" || wanted.length > LONGEST) return null;
  let best: string | null = null;
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const known = normal(candidate);
    if (known.length > LONGEST) continue;
    const far = distance(wanted, known);
    if (far < least && far < Math.max(wanted.length, known.length)) {
      best = candidate;
      least = far;
    }
  }
  return best;
}

/** `did you mean "name"?` for messages, or null. */
export function didYouMean(name: string, candidates: Iterable<string>): string | null {
  const found = nearest(name, candidates);
  return found === null ? null : `did you mean "${found}"?`;
}

function normal(name: string): string {
  return name.toLowerCase().replace(/[_\-\s]/g, "");
}
