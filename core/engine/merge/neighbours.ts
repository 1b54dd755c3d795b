/**
 * Rows that several origins know: two systems' records of one person, or mappings that add to each other's rows. Each origin
 * sends what changed at its own source; what another one wrote meanwhile is no reason to write the old values again.
 */
import { ident } from "../../store/quote.ts";
import { type Statement, statement } from "../sql.ts";
import type { MergePlan } from "./plan.ts";

/**
 * After this origin's update: the others know the new version of each row whose version they knew before it. One that did not
 * (someone edited the row by hand) still does not, so that its record is looked at again. `changed`: a table or query as `c` with
 * `tid` (target id) and `was` (xmin before the update). Empty where no other origin loads into the object.
 */
export function carryVersions(plan: MergePlan, changed: string): Statement[] {
  if (plan.neighbours.length === 0) return [];
  const id = ident(plan.object.idColumn);
  const rows = `from ${changed} c join ${plan.table} t on t.${id} = c.tid`;
  return [
    plan.ledger
      ? statement(
          (sql) => `update migrate.ledger l set version = t.xmin ${rows}
            where l.origin_id = any(${sql.param(plan.neighbours, "int4[]")}) and l.target_id = c.tid and l.version = c.was`,
        )
      : statement(
          (sql) => `update migrate.id_map m set version = t.xmin ${rows}
            where m.object = ${sql.param(plan.object.name, "text")} and m.target_id = c.tid::text and m.version = c.was
              and m.origin_id = any(${sql.param(plan.neighbours, "int4[]")})`,
        ),
  ];
}
