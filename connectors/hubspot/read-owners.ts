/** Reads the users and queues that records belong to: active ones, then deactivated ones, each once. */
import type { RecordBatch } from "../../core/record.ts";
import type { Api, Json, JsonObject } from "./api.ts";
import { OWNER_COLUMNS } from "./objects.ts";
import { createCutter } from "./read-cut.ts";
import { numberIn, type ReadPlan, textIn } from "./read-records.ts";
import { byNumber, isObject, listOf, nextOf, pagingStuck, resultsOf, textOf } from "./read-wire.ts";

const PAGE = 100;

/** Cells in the order of OWNER_COLUMNS. */
export type OwnerRow = readonly (string | null)[];

/** All owners, in the order of ids: there are never more than fit into memory. */
export async function listOwners(api: Api): Promise<readonly OwnerRow[]> {
  const rows = new Map<string, OwnerRow>();
  for (const archived of [false, true]) {
    let after: string | null = null;
    for (;;) {
      const query: Record<string, string | number | boolean> = { limit: PAGE, archived };
      if (after !== null) query.after = after;
      const answer = await api.get(api.paths.owners(), query);
      for (const owner of resultsOf(answer, "owners")) {
        const id = textOf(owner.id);
        // one that is deactivated meanwhile comes in both lists
        if (id !== null && !rows.has(id)) rows.set(id, ownerRow(id, owner, archived));
      }
      const next = nextOf(answer);
      if (next === null) break;
      if (next === after) throw pagingStuck("owners", next);
      after = next;
    }
  }
  return [...rows].sort(([one], [other]) => byNumber(one, other)).map(([, row]) => row);
}

export async function* readOwners({ api, from, batchSize }: ReadPlan): AsyncGenerator<RecordBatch> {
  const last = textIn(from, "last");
  const cutter = createCutter(OWNER_COLUMNS, batchSize, numberIn(from, "line"));
  let at = last;
  for (const row of await listOwners(api)) {
    if (last !== null && byNumber(row[0]!, last) <= 0) continue;
    cutter.add(row);
    at = row[0]!;
    if (!cutter.full) continue;
    yield cutter.cut({ last: at, line: cutter.line });
    api.context.signal.throwIfAborted();
  }
  if (!cutter.empty) yield cutter.cut({ last: at, line: cutter.line });
}

function ownerRow(id: string, owner: JsonObject, listedArchived: boolean): OwnerRow {
  const archived = typeof owner.archived === "boolean" ? owner.archived : listedArchived;
  const cells: Record<(typeof OWNER_COLUMNS)[number], string | null> = {
    id,
    email: textOf(owner.email),
    firstName: textOf(owner.firstName),
    lastName: textOf(owner.lastName),
    type: textOf(owner.type),
    userId: textOf(owner.userId),
    userIdIncludingInactive: textOf(owner.userIdIncludingInactive),
    isActive: String(!archived),
    archived: String(archived),
    createdAt: textOf(owner.createdAt),
    updatedAt: textOf(owner.updatedAt),
    teams: teamNames(owner.teams),
  };
  return OWNER_COLUMNS.map((name) => cells[name]);
}

/** Names joined by `;`, the primary team first. */
function teamNames(teams: Json | undefined): string | null {
  const list = listOf(teams).filter(isObject);
  const names = [...list.filter(({ primary }) => primary === true), ...list.filter(({ primary }) => primary !== true)];
  const text = names.flatMap(({ name }) => textOf(name) ?? []).join(";");
  return text === "" ? null : text;
}
