/** Names made comparable: `BillingPostalCode`, `Billing Postal Code` and `billing_postal_code__c` are the same words. */

/** Lower-case words joined by `_`: camel case split, `__c` and namespace prefixes gone, punctuation dropped. */
export function normalise(name: string): string {
  return name
    .replace(/^[A-Za-z0-9]{2,15}__(?=[A-Za-z])(?!c$|r$|pc$)/i, "")
    .replace(/__(?:c|r|pc|x)$/i, "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1_$2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1_$2")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "");
}

/** English plural to singular, well enough for object names. */
export function singular(word: string): string {
  if (/(?:ss|us|is|series)$/.test(word)) return word;
  if (/ies$/.test(word)) return word.replace(/ies$/, "y");
  if (/(?:ches|shes|xes|sses)$/.test(word)) return word.replace(/es$/, "");
  return word.replace(/s$/, "");
}

const NOISE = new Set([
  "hubspot",
  "hs",
  "salesforce",
  "sf",
  "sfdc",
  "pipedrive",
  "zoho",
  "dynamics",
  "crm",
  "export",
  "exported",
  "extract",
  "dump",
  "all",
  "my",
  "data",
  "list",
  "table",
  "tbl",
  "report",
  "final",
  "new",
  "copy",
  "csv",
  "xlsx",
]);

/** The words of a file, sheet or object name that say what it holds: no extension, vendor, date or numbering. */
export function objectWords(name: string): string {
  const base = name
    .replace(/^.*[\\/]/, "")
    .replace(/\.(?:csv|tsv|tab|psv|ssv|txt|xlsx|xlsm|xls|ods|parquet|jsonl|ndjson|zip)(?:\.gz)?(?=#|$)/gi, "");
  const sheet = base.includes("#") ? base.slice(base.lastIndexOf("#") + 1) : base;
  const words = normalise(sheet)
    .split("_")
    .filter((word) => !NOISE.has(word) && !/^v?\d+$/.test(word));
  if (words.length === 0) return "";
  words.push(singular(words.pop()!));
  return words.join("_");
}

/** Removes one of the prefixes (each followed by `_`), or null when none is there or nothing would be left. */
export function withoutPrefix(words: string, prefixes: Iterable<string>): string | null {
  for (const prefix of prefixes) {
    if (words.startsWith(`${prefix}_`) && words.length > prefix.length + 1) return words.slice(prefix.length + 1);
  }
  return null;
}
