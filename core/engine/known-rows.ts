/** What the state knows of a row of the target. */
import type { ModelObject } from "../schema.ts";
import { ident } from "../store/quote.ts";
import { hasLedger } from "./merge/plan.ts";

/** SQL of the state's row `l` that knows row `t` of the origin `o`. */
export function knownSql(object: ModelObject): string {
  const id = `t.${ident(object.idColumn)}`;
  return hasLedger(object)
    ? `migrate.ledger l on l.origin_id = o.id and l.target_id = ${id}`
    : `migrate.id_map l on l.origin_id = o.id and l.object = o.object and l.kind in ('row', 'match') and l.target_id = ${id}::text`;
}
