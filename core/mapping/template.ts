/** Templates such as `{FirstName} {LastName}`. */
import type { FieldInput } from "./types.ts";

type Part = Extract<FieldInput, { kind: "template" }>["parts"][number];

/**
 * Fills a template. Blank columns leave nothing, and white space they leave doubled or at the ends goes too;
 * null when all columns are blank. A template without columns is its own text.
 */
export function fillTemplate(parts: readonly Part[], cell: (column: string) => string | null): string | null {
  let text = "";
  let columns = 0;
  let blank = 0;
  for (const part of parts) {
    if ("text" in part) {
      text += part.text;
      continue;
    }
    columns++;
    const value = cell(part.column);
    if (value === null) blank++;
    else text += value;
  }
  if (blank === 0) return text;
  return blank === columns ? null : text.trim().replace(/ {2,}/g, " ");
}
