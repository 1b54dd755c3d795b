/** Days since the end of 1899, as spreadsheet programs count dates from March 1900 on. */
const DAY_MS = 86_400_000;
const BEGIN = Date.UTC(1899, 11, 30);

/** `2026-01-31`, `2026-01-31T09:30:00Z` as the number that a cell holds. */
export function excelDate(iso: string): string {
  return String((Date.parse(iso) - BEGIN) / DAY_MS);
}
