/** Deterministic numbers: the same seed, salt and index give the same value, in any order, with no state. */

/** 32-bit hash of a text, for salts. */
export function salt(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** 32 random bits. */
export function mix(seed: number, index: number): number {
  let hash = (seed ^ Math.imul(index + 1, 0x9e3779b1)) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A generator for one purpose: `(index, below)` gives a whole number under `below`. */
export type Dice = (index: number, below: number) => number;

export function dice(seed: number, purpose: string): Dice {
  const own = mix(seed, salt(purpose));
  return (index, below) => mix(own, index) % below;
}

/** A sequence of numbers in [0, 1): for faults, whose order is the order of requests. */
export function sequence(seed: number): () => number {
  let at = 0;
  return () => mix(seed, at++) / 2 ** 32;
}
