/** Problems, grouped by the file they lie in, in order of line. */
import { type Problem, placeText } from "../../core/errors.ts";
import { counted, oneLine } from "../format.ts";
import type { Style } from "../style.ts";

export function problemLines(problems: readonly Problem[], style: Style): string[] {
  const groups = new Map<string, Problem[]>();
  for (const problem of problems) {
    const file = problem.place.file ?? "";
    const group = groups.get(file);
    if (group === undefined) groups.set(file, [problem]);
    else group.push(problem);
  }
  const lines: string[] = [];
  for (const [file, group] of groups) {
    const several = group.length > 1 && file !== "";
    if (lines.length > 0) lines.push("");
    if (several) lines.push(style.bold(file));
    const sorted = [...group].sort(
      (a, b) => (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0),
    );
    for (const problem of sorted) lines.push(...one(problem, several, style));
  }
  return lines;
}

function one(problem: Problem, inGroup: boolean, style: Style): string[] {
  const word = problem.severity === "error" ? style.red("error") : style.yellow("warning");
  const { file, line, column, ...rest } = problem.place;
  const inside = placeText(rest);
  const position = [line, column].filter((part) => part !== undefined).join(":");
  const at = inGroup
    ? [position === "" ? "" : `line ${position}`, inside].filter((part) => part !== "").join(", ")
    : placeText(problem.place);
  const indent = inGroup ? "  " : "";
  const [first = "", ...more] = problem.message.split("\n").map((text) => oneLine(text, 2000));
  const lines = [`${indent}${word} ${style.dim(problem.code)}${at === "" ? "" : ` ${style.cyan(at)}`}`];
  for (const text of [first, ...more]) lines.push(`${indent}  ${text}`);
  if (problem.hint !== null) lines.push(`${indent}  ${style.dim(problem.hint)}`);
  return lines;
}

/** `2 errors and 1 warning`. */
export function problemCounts(problems: readonly Problem[]): string {
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const warnings = problems.length - errors;
  return [errors > 0 ? counted(errors, "error") : "", warnings > 0 ? counted(warnings, "warning") : ""]
    .filter((text) => text !== "")
    .join(" and ");
}
