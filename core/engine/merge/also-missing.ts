/** What else is wrong with records that were rejected for a reference: every other one that leads nowhere, so that one look mends all. */
import type pg from "pg";
import type { RecordProblem } from "../../mapping/compiled.ts";
import { ident } from "../../store/quote.ts";
import { statement } from "../sql.ts";
import { type LookupPlan, type MergePlan, RESOLVED, STAGE } from "./plan.ts";

/** What a lookup looks for, in words. */
const soughtBy = ({ objects, by }: LookupPlan): string =>
  `${objects.map(({ name }) => name).join(" or ")} by ${by ?? "external id"}`;

/**
 * Line -> further problems, for rows of `resolved` that were rejected because of a reference. Parents in the own object are left out:
 * they may only not be there yet. `reasonOf` makes the sentence.
 */
export async function alsoMissing(
  client: pg.ClientBase,
  plan: MergePlan,
  reasonOf: (code: string, detail: string) => string,
): Promise<ReadonlyMap<string, readonly RecordProblem[]>> {
  const lookups = plan.lookups.filter(
    ({ kind, missing }) => kind !== "deferred" && kind !== "self" && missing === "reject",
  );
  const found = new Map<string, RecordProblem[]>();
  if (lookups.length < 2) return found;
  const { text, values } = statement((sql) => {
    const rows = lookups.map(
      (lookup, index) =>
        `(${index}, r.${ident(`m_${lookup.column.name}`)}, ${sql.param(lookup.field.target, "text")}, s.${ident(lookup.column.name)}::text)`,
    );
    return `select r.line::text as line, v.at, v.field, v.value from ${RESOLVED} r join ${STAGE} s on s.line = r.line
      cross join lateral (values ${rows.join(", ")}) v(at, missing, field, value)
      where r.verdict = 'r' and r.code = 'LOOKUP_MISSING' and v.missing and v.field <> r.field order by r.line, v.at`;
  });
  const { rows } = await client.query<{ line: string; at: number; field: string; value: string }>(text, values);
  for (const { line, at, field, value } of rows) {
    const problems = found.get(line) ?? [];
    problems.push({
      code: "LOOKUP_MISSING",
      field,
      value,
      reason: reasonOf("LOOKUP_MISSING", soughtBy(lookups[at]!)),
    });
    found.set(line, problems);
  }
  return found;
}
