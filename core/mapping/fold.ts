/** How values of target fields are compared where they find records: `by` of lookups and associations, and `match`. */
import type { ModelObject } from "../schema.ts";

/** exact; case: without it and outer spaces; name: without case and with one space wherever there are some; domain: the host alone. */
export type Fold = "exact" | "case" | "name" | "domain";

/** Fields that name records for people. */
const NAMES = /(^|_)(name|title|subject)$/;
const DOMAINS = /(^|[_.])domain$/;

/** How the field of this name is compared; of several objects the first that does not compare exactly says it. */
export function foldOf(objects: readonly ModelObject[], field: string): Fold {
  if (DOMAINS.test(field) && field.startsWith("custom.")) return "domain";
  for (const object of objects) {
    const model = object.fields.get(field);
    if (model === undefined) continue;
    if (DOMAINS.test(model.name)) return "domain";
    if (model.type === "email" || model.type === "url") return "case";
    if (model.type === "text" && NAMES.test(model.name)) return "name";
  }
  return "exact";
}

/** SQL of a text as it is compared. */
export function folded(fold: Fold, text: string): string {
  switch (fold) {
    case "exact":
      return text;
    case "case":
      return `lower(btrim(${text}))`;
    case "name":
      return `lower(btrim(regexp_replace(${text}, '[\\s\\u00a0]+', ' ', 'g')))`;
    case "domain":
      return `substring(regexp_replace(lower(btrim(${text})), '^(?:[a-z][a-z0-9+.-]*://)?(?:[^@/]*@)?(?:www\\.)?', '') from '^[^/:?#]*')`;
  }
}

/** A text as it is compared. */
export function foldedText(fold: Fold, text: string): string {
  switch (fold) {
    case "exact":
      return text;
    case "case":
      return text.trim().toLowerCase();
    case "name":
      return text.replace(/\s+/g, " ").trim().toLowerCase();
    case "domain":
      return text
        .trim()
        .toLowerCase()
        .replace(/^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^@/]*@)?(?:www\.)?/, "")
        .replace(/[/:?#].*$/s, "");
  }
}
