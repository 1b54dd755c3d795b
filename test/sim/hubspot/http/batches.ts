/** What all batch requests have in common. */
import { mix } from "../../salesforce/random.ts";
import { invalid } from "./answer.ts";
import { refuse } from "./site.ts";

/** In another order than before, the same for the same seed. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const all = [...items];
  for (let at = all.length - 1; at > 0; at--) {
    const other = mix(seed, at) % (at + 1);
    [all[at], all[other]] = [all[other]!, all[at]!];
  }
  return all;
}

/** A list of texts; empty where there is none. */
export const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** `inputs` of a batch, refused where there are none or more than `most`. */
export function inputsOf(body: Record<string, unknown>, most: number, tooMany: string): Record<string, unknown>[] {
  const { inputs } = body;
  if (!Array.isArray(inputs)) return refuse(invalid("Some required fields were not set: [inputs]"));
  if (inputs.length > most) return refuse(invalid(tooMany));
  return inputs.map((input) => (typeof input === "object" && input !== null ? input : { id: input }));
}
