/** Picklist values that become null because nothing maps them: they stop nothing, and should be known before they are gone. */
import type { Problem } from "../errors.ts";
import type { Session } from "./session.ts";
import type { Plan } from "./types.ts";

const SHOWN = 12;

/** A warning for each field, with the values and how many records have them. */
export function lostValues(session: Session, plan: Pick<Plan, "picklists">): Problem[] {
  const problems: Problem[] = [];
  for (const list of plan.picklists) {
    const mapping = session.mappings.mappings.find(({ id }) => id === list.mapping);
    const field = mapping?.fields.find(({ target }) => target === list.field);
    // what the mapping itself translates to nothing is meant so
    if (field === undefined || (field.picklist?.unmapped !== "null" && field.onError !== "null")) continue;
    const lost = list.values.filter(({ how }) => how === "null");
    if (lost.length === 0) continue;
    const records = lost.reduce((sum, { count }) => sum + count, 0);
    const shown = lost.slice(0, SHOWN).map(({ value, count }) => `"${value}" (${count})`);
    const more = lost.length > SHOWN ? `, and ${lost.length - SHOWN} more` : "";
    problems.push({
      code: "VALUES_BECOME_NULL",
      message: `${list.object}.${list.field}: ${records} ${records === 1 ? "record loses its value" : "records lose their values"}, because no target value is given: ${shown.join(", ")}${more}`,
      place: field.place,
      hint: "Add them to the picklist's `values:`, or keep them as they are: `unmapped: keep`.",
      severity: "warning",
    });
  }
  return problems;
}
