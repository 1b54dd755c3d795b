/** A label for people from a technical name: `closed_won` -> `Closed Won`, `LastActivityDate` -> `Last Activity Date`. */
export function labelOf(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[_\-\s]+/)
    .filter((word) => word !== "");
  if (words.length === 0) return name;
  return words
    .map((word) => (ACRONYMS.has(word) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1)))
    .join(" ");
}

const ACRONYMS = new Set(["id", "url", "sku", "sla", "vat", "sic", "naics", "ip", "roi", "hr"]);
