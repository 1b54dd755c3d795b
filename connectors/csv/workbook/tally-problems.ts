/** What was met in a sheet, in words. */
import type { Problem } from "../../../core/errors.ts";
import { warning } from "../fail.ts";
import type { Tally } from "./rows.ts";

/** Warnings SHEET_ERRORS, SHEET_UNCOMPUTED and SHEET_MERGED; none where nothing was met. */
export function tallyProblems(tally: Tally, path: string, name: string): Problem[] {
  const problems: Problem[] = [];
  const errors = [...tally.errors].map(([error, count]) => `${count} ${error}`).join(", ");
  if (errors !== "") {
    problems.push(
      warning(
        "SHEET_ERRORS",
        path,
        `${name}: cells with errors are read as blank (${errors}; the first is ${tally.firstError})`,
        "Correct the formulas, or accept the blanks.",
      ),
    );
  }
  if (tally.uncomputed > 0) {
    problems.push(
      warning(
        "SHEET_UNCOMPUTED",
        path,
        `${name}: ${many(tally.uncomputed, "formula")} without a stored result ${tally.uncomputed === 1 ? "is" : "are"} read as blank (the first is ${tally.firstUncomputed})`,
        "Open the workbook in its program and save it: formulas are never computed here.",
      ),
    );
  }
  if (tally.merged > 0) {
    problems.push(
      warning(
        "SHEET_MERGED",
        path,
        `${name}: ${many(tally.merged, "merged range")} (the first at ${tally.firstMerged}): the value is in the first cell, the others are blank`,
        "Undo the merging where each record needs the value.",
      ),
    );
  }
  return problems;
}

function many(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
