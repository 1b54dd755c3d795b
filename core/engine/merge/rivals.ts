/** Keys that another mapping of the same source loaded: found before anything of the record is looked at. */
import { ident } from "../../store/quote.ts";
import type { Sql } from "../sql.ts";
import type { MergePlan } from "./plan.ts";

/** SQL over `s`, `t0` (row by its external id), `im` (id map) and `t1` (its row). */
export interface RivalJoin {
  readonly join: string;
  /** True for a record whose key is taken. */
  readonly taken: string;
  /** The mapping that loaded it, as text. */
  readonly mapping: string;
}

/** What `how` says of a record whose key another mapping's record has. */
export const TAKEN = "taken";

/**
 * null when no other mapping may load the same keys. Where both know the row (an earlier version let them), it is of the
 * mapping that is known longer, so that every run decides alike.
 */
export function rivalJoin(plan: MergePlan, sql: Sql): RivalJoin | null {
  if (plan.rivals.length === 0) return null;
  const origins = sql.param(
    plan.rivals.map(({ originId }) => originId),
    "int4[]",
  );
  const names = sql.param(
    plan.rivals.map(({ mapping }) => mapping),
    "text[]",
  );
  const id = ident(plan.object.idColumn);
  const own = sql.param(plan.originId, "int4");
  const owner = plan.ledger
    ? `select g.origin_id from migrate.ledger g where g.origin_id = any(${origins}) and g.target_id = t0.${id}
        and (g.origin_id < ${own} or not exists (select from migrate.ledger w where w.origin_id = ${own} and w.target_id = t0.${id}))
      order by 1 limit 1`
    : `select im.origin_id where im.origin_id = any(${origins}) and im.kind = 'row' and t1.${id} is not null`;
  return {
    join: `left join lateral (${owner}) rival on true`,
    taken: "rival.origin_id is not null",
    mapping: `(${names})[array_position(${origins}, rival.origin_id)]`,
  };
}
