/** The org's log of deletions: kept for 15 days, also of records that have no recycle bin. */
import { hasCode } from "../../core/errors.ts";
import type { Api } from "./api.ts";
import { TOO_MANY_ROWS } from "./errors.ts";
import { toLongId } from "./ids.ts";
import type { Metadata } from "./metadata.ts";
import { plainDatetime } from "./values.ts";

const MINUTE = 60_000;
/** A little less than what the org keeps: its clock goes on while we ask. */
const KEPT = 15 * 24 * 60 * MINUTE - 5 * MINUTE;

interface Answer {
  readonly deletedRecords?: readonly { readonly id: string; readonly deletedDate: string }[];
}

/**
 * When records were deleted, by id, from an instant on (milliseconds; at most 15 days back); empty for objects without a log.
 * Too many for one answer (600,000) are asked for in pieces.
 */
export async function deletionsSince(
  api: Api,
  metadata: Metadata,
  object: string,
  from: number,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const listed = (await metadata.objects()).find(({ name }) => name === object);
  if (listed?.replicateable !== true) return found;
  const now = await api.serverTime();
  // the log goes by minutes
  const end = now - (now % MINUTE) + 2 * MINUTE;
  const start = Math.max(Math.min(from, now), now - KEPT);
  const pieces: [number, number][] = [[start - (start % MINUTE), end]];
  for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) {
    const [after, before] = piece;
    try {
      for (const { id, deletedDate } of await ask(api, object, after, before)) {
        found.set(toLongId(id), plainDatetime(deletedDate));
      }
    } catch (error) {
      if (hasCode(error, TOO_MANY_ROWS) && before - after >= 2 * MINUTE) {
        const middle = after + Math.floor((before - after) / (2 * MINUTE)) * MINUTE;
        pieces.push([middle, before], [after, middle]);
      } else if (hasCode(error, "SALESFORCE_QUERY_REFUSED", "SALESFORCE_NOT_FOUND", "SALESFORCE_ACCESS_DENIED")) {
        api.context.log.info(`${object}: the log of deletions cannot be read (${(error as Error).message})`, {
          object,
        });
        return found;
      } else throw error;
    }
  }
  return found;
}

async function ask(api: Api, object: string, from: number, to: number): Promise<NonNullable<Answer["deletedRecords"]>> {
  const text = (at: number) => encodeURIComponent(new Date(at).toISOString().replace(".000Z", "+00:00"));
  const path = `/sobjects/${object}/deleted/?start=${text(from)}&end=${text(to)}`;
  const answer = await api.call(`${object}: deletions`, (client) => client.request<Answer>("GET", path));
  return answer.deletedRecords ?? [];
}
