/**
 * Writes `data/*.csv`: the export of "Acme", an imaginary company with an old CRM. Seeded: the same bytes every time.
 * What it hides on purpose, and how the mappings deal with it, is listed in README.md.
 *
 *   node examples/acme/generate.ts
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { activities } from "./generate-activities.ts";
import { parties } from "./generate-parties.ts";
import { sales } from "./generate-sales.ts";
import { dice } from "./tools.ts";

/** File name -> content, in no particular order. */
export function acmeFiles(): ReadonlyMap<string, string> {
  const random = dice(20_240_309);
  const people = parties(random);
  const deals = sales(random, people);
  return new Map([...people.files, ...deals.files, ...activities(random, people, deals).files]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(dirname(fileURLToPath(import.meta.url)), "data");
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of acmeFiles()) writeFileSync(join(folder, name), content);
}
