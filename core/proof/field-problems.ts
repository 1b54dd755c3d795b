/** What levels 2 to 4 found, in sentences that name the field, the records and both values. */
import { count, many, quoted } from "./format.ts";
import { sameNumber } from "./group-figures.ts";
import type {
  AssociationCheck,
  Difference,
  Finding,
  GroupFigures,
  GroupNumber,
  KeyFinding,
  ObjectProof,
} from "./types.ts";

const NONE: KeyFinding = { count: 0, keys: [] };
/** Fields that are named one by one. */
const FIELDS_TOLD = 20;

const first = ({ keys }: KeyFinding): string => (keys.length === 0 ? "" : `, first ${keys.slice(0, 3).join(", ")}`);

/** Links that are missing, have another label or mark, or that nobody names. */
export function linkProblems({ associations }: Pick<ObjectProof, "associations">): string[] {
  return associations.filter(({ ok }) => !ok).flatMap(problemsOfLinks);
}

function problemsOfLinks(check: AssociationCheck): string[] {
  const { to, relabelled = NONE, additional = NONE, marked = NONE } = check;
  const gone = check.gone ?? { count: check.missing - relabelled.count, keys: [] };
  const problems: string[] = [];
  if (gone.count > 0)
    problems.push(
      `${many(gone.count, "link")} to ${to} ${gone.count === 1 ? "is" : "are"} missing from the target${first(gone)}.`,
    );
  if (relabelled.count > 0)
    problems.push(
      `${many(relabelled.count, "link")} to ${to} ${relabelled.count === 1 ? "has" : "have"} another label than the source says${first(relabelled)}.`,
    );
  if (marked.count > 0)
    problems.push(
      `${many(marked.count, "link")} to ${to} ${marked.count === 1 ? "is" : "are"} primary in one system and not in the other${first(marked)}.`,
    );
  if (additional.count > 0)
    problems.push(
      `${many(additional.count, "link")} to ${to} between records of this source ${additional.count === 1 ? "is" : "are"} in the target that the source does not name${first(additional)}.`,
    );
  return problems;
}

/** Levels 2 and 4: where values were located, they are told; else the figures that differ. */
export function fieldProblems(proof: Pick<ObjectProof, "figures" | "groups" | "fields" | "sums">): Finding[] {
  const { figures = [], groups = [], fields } = proof;
  const summed = new Set(proof.sums.filter(({ ok }) => !ok).map(({ field }) => field));
  const findings: Finding[] = [];
  for (const { field, source, target } of figures.filter(({ ok }) => !ok)) {
    if (summed.has(field)) continue;
    const parts = [
      ...(source.nulls === target.nulls ? [] : [`empty in ${count(source.nulls)} and ${count(target.nulls)} records`]),
      ...(source.distinct === target.distinct
        ? []
        : [`${count(source.distinct)} and ${count(target.distinct)} distinct values`]),
      ...(source.min === target.min ? [] : [`least ${source.min ?? "none"} and ${target.min ?? "none"}`]),
      ...(source.max === target.max ? [] : [`greatest ${source.max ?? "none"} and ${target.max ?? "none"}`]),
    ];
    const how = parts.length === 0 ? "as many, with other values" : `source and target: ${parts.join("; ")}`;
    const advice = fields === undefined ? " migrate reconcile --fields lists them." : "";
    findings.push({ level: 2, problem: `The values of ${field} differ (${how}).${advice}` });
  }
  for (const problem of groupProblems(groups, summed)) findings.push({ level: 2, problem });
  if (fields !== undefined) {
    const values = fields.differences.filter(({ kind, explained }) => kind === "value" && explained === null);
    for (const { field, count: n } of fields.byField.slice(0, FIELDS_TOLD)) {
      const one = values.find((difference) => difference.field === field);
      if (one !== undefined) findings.push({ level: 4, problem: valueProblem(field, n, one) });
    }
    // the file and the list hold what the sentences leave out
    if (fields.differing > 0 && !findings.some(({ level }) => level === 4))
      findings.push({ level: 4, problem: `${many(fields.differing, "difference")} in ${fields.file ?? "the list"}.` });
  }
  return findings;
}

function valueProblem(field: string, n: number, { key, source, target }: Difference): string {
  const [one, other] = quoted(source, target);
  const values = `${key}: ${one} at the source, ${other} in the target`;
  return n === 1 ? `${field} of ${values}.` : `${count(n)} values of ${field} differ, first ${values}.`;
}

/** The number fields of a group that are not what they should be; `summed`: told already. */
function wrongNumbers({ source, target }: GroupFigures, summed: ReadonlySet<string>): string[] {
  return Object.entries(source.numbers).flatMap(([field, number]) => {
    const other = target.numbers[field]!;
    const same = (["sum", "min", "max"] as const).every((name) => sameNumber(number[name], other[name]));
    return summed.has(field) || (same && number.nulls === other.nulls) ? [] : [field];
  });
}

/** The first figure of a number field that differs. */
function numberWords(source: GroupNumber, target: GroupNumber): string {
  const and = (name: "sum" | "min" | "max"): string => `${source[name] ?? "none"} and ${target[name] ?? "none"}`;
  if (!sameNumber(source.sum, target.sum)) return `sums up to ${and("sum")}`;
  if (source.nulls !== target.nulls) return `is empty in ${count(source.nulls)} and ${count(target.nulls)} records`;
  return sameNumber(source.min, target.min) ? `is at most ${and("max")}` : `is at least ${and("min")}`;
}

function groupProblems(groups: readonly GroupFigures[], summed: ReadonlySet<string>): string[] {
  const wrong = groups.filter(
    (group) => !group.ok && (group.source.count !== group.target.count || wrongNumbers(group, summed).length > 0),
  );
  return [...Map.groupBy(wrong, ({ by }) => by)].map(([by, list]) => {
    const told = list.slice(0, 3).map((group) => {
      const { value, label, source, target } = group;
      const name = label ?? value ?? "none";
      if (source.count !== target.count) return `${name}: ${count(source.count)} and ${count(target.count)} records`;
      const field = wrongNumbers(group, summed)[0]!;
      return `${name}: ${field} ${numberWords(source.numbers[field]!, target.numbers[field]!)}`;
    });
    const more = list.length > 3 ? `; and ${count(list.length - 3)} more` : "";
    return `By ${by}, source and target differ: ${told.join("; ")}${more}.`;
  });
}
