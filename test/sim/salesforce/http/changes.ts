/** GET /sobjects/X/deleted and /updated. */
import { DAY } from "../org/dates.ts";
import type { Value } from "../org/field.ts";
import type { Org, Table } from "../org/org.ts";
import { type Answer, failure, json } from "./answer.ts";

const rest = (ms: number): string => new Date(ms).toISOString().replace("Z", "+0000");
const MOST = 600_000;

export function changes(
  org: Org,
  table: Table,
  kind: "deleted" | "updated",
  search: URLSearchParams,
  now: number,
  most = MOST,
): Answer {
  const { name, replicateable } = table.object;
  if (!replicateable) return failure(400, "INVALID_TYPE_FOR_OPERATION", `object type ${name} is not replicable`);
  // seconds do not count
  const [start, end] = ["start", "end"].map((key) => {
    const at = Date.parse((search.get(key) ?? "").replace(/ (\d\d:?\d\d)$/, "+$1"));
    return at - (at % 60_000);
  });
  if (start === undefined || end === undefined || Number.isNaN(start) || Number.isNaN(end)) {
    return failure(400, "INVALID_REPLICATION_DATE", "startDate and endDate must be dates");
  }
  if (end - start < 60_000)
    return failure(400, "INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate");
  if (start < now - 15 * DAY - 60_000 && kind === "deleted") {
    return failure(
      400,
      "INVALID_REPLICATION_DATE",
      "startDate before org replication enabled date or more than 15 days ago",
    );
  }
  const stamp = table.field("SystemModstamp");
  const gone = table.field("IsDeleted");
  if (stamp === undefined || gone === undefined)
    return failure(400, "INVALID_TYPE_FOR_OPERATION", `object type ${name} is not replicable`);
  const [from, to] = [new Date(start).toISOString(), new Date(end).toISOString()];
  const within = (value: Value): value is string => typeof value === "string" && value >= from && value < to;
  const sees = table.visible(true);
  const found: { readonly id: string; readonly at: string }[] = [];
  for (let index = 0; index < table.size; index++) {
    if (!sees(index) || (table.value(gone, index) === true) !== (kind === "deleted")) continue;
    const at = table.value(stamp, index);
    if (within(at)) found.push({ id: org.idIn(table, index), at });
  }
  if (kind === "deleted") found.push(...org.destroyed(name).filter(({ at }) => within(at)));
  if (found.length > most) return failure(400, "EXCEEDED_ID_LIMIT", `more than ${most} ids: use a shorter window`);
  const latestDateCovered = rest(Math.min(end, now));
  return kind === "updated"
    ? json({ ids: found.map((one) => one.id), latestDateCovered })
    : json({
        deletedRecords: found.map((one) => ({ id: one.id, deletedDate: one.at.replace("Z", "+0000") })),
        earliestDateAvailable: rest(now - 15 * DAY),
        latestDateCovered,
      });
}
