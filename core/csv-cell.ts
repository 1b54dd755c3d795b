/** Cells of CSV files that people open in spreadsheets. */

/** Quoted where needed; what a spreadsheet would take for a formula gets an apostrophe in front. */
export function csvCell(text: string | null): string {
  if (text === null) return "";
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+([.,]\d+)*$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
