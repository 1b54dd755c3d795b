/** What became of records that are not there any more: the recycle bin tells, and the log of deletions. */
import type { GoneRecord } from "../../core/changes.ts";
import { mapLimited } from "../../core/limiter.ts";
import type { Api } from "./api.ts";
import { stampOf } from "./changes-stamp.ts";
import { deletionsSince } from "./deletions.ts";
import { isId, toLongId } from "./ids.ts";
import type { Metadata } from "./metadata.ts";
import { MASTER, NEEDS_DOCUMENT } from "./objects.ts";
import { quoted, select } from "./soql.ts";
import { plainDatetime } from "./values.ts";

const IDS_PER_QUERY = 200;
/** Winners of merges that were merged themselves, one after another. */
const LONGEST_CHAIN = 50;

interface State {
  readonly deleted: boolean;
  readonly master: string | null;
  readonly at: string | null;
  readonly by: string | null;
}

/** As `ChangeTracking.gone`: records that are there after all are left out. */
export async function goneRecords(
  api: Api,
  metadata: Metadata,
  object: string,
  ids: readonly string[],
): Promise<GoneRecord[]> {
  const described = await metadata.describe(object);
  const asked = new Map([...new Set(ids)].map((id) => [toLongId(id), id]));
  const columns = await columnsOf(metadata, described.name);
  const states = new Map<string, State>();
  // links are not found by their ids
  if (described.name !== NEEDS_DOCUMENT) {
    let wanted = [...asked.keys()];
    for (let round = 0; wanted.length > 0 && round < LONGEST_CHAIN; round++) {
      const found = await statesOf(api, described.name, columns, wanted);
      for (const [id, state] of found) states.set(id, state);
      const winners = [...found.values()].flatMap(({ deleted, master }) => (deleted && master !== null ? master : []));
      wanted = [...new Set(winners)].filter((id) => !states.has(id));
    }
  }
  const unseen = [...asked.keys()].filter((id) => !states.has(id));
  const logged =
    unseen.length === 0 ? new Map<string, string>() : await deletionsSince(api, metadata, described.name, 0);
  return [...asked].flatMap(([id, given]): GoneRecord[] => {
    const state = states.get(id);
    if (state === undefined) {
      const at = logged.get(id) ?? null;
      return [{ id: given, how: at === null ? "unknown" : "deleted", mergedInto: null, at, by: null }];
    }
    if (!state.deleted) return [];
    const winner = winnerOf(states, state);
    return [{ id: given, how: winner === null ? "deleted" : "merged", mergedInto: winner, at: state.at, by: state.by }];
  });
}

/** The record at the end of the chain of merges. */
function winnerOf(states: ReadonlyMap<string, State>, { master }: State): string | null {
  let winner = master;
  for (let steps = 0; winner !== null && steps < LONGEST_CHAIN; steps++) {
    const next = states.get(winner);
    if (next === undefined || !next.deleted || next.master === null) break;
    winner = next.master;
  }
  return winner;
}

interface StateColumns {
  readonly names: readonly string[];
  readonly stamp: string | null;
  readonly deletable: boolean;
}

async function columnsOf(metadata: Metadata, object: string): Promise<StateColumns> {
  const described = await metadata.describe(object);
  const stamp = stampOf(described);
  const own = ["IsDeleted", MASTER, "LastModifiedById"].filter((name) =>
    described.fields.some((field) => field.name === name),
  );
  const by = (await metadata.follow(object, "LastModifiedBy.Name")) === null ? [] : ["LastModifiedBy.Name"];
  return {
    names: ["Id", ...(stamp === null ? [] : [stamp]), ...own, ...by],
    stamp,
    deletable: own.includes("IsDeleted"),
  };
}

async function statesOf(
  api: Api,
  object: string,
  { names, stamp, deletable }: StateColumns,
  ids: readonly string[],
): Promise<Map<string, State>> {
  const groups: string[][] = [];
  const possible = ids.filter(isId);
  for (let at = 0; at < possible.length; at += IDS_PER_QUERY) groups.push(possible.slice(at, at + IDS_PER_QUERY));
  const states = new Map<string, State>();
  await mapLimited(groups, api.options.concurrency, async (group) => {
    const soql = select(names, object, `Id IN (${group.map(quoted).join(",")})`);
    let page = await api.query(soql, deletable ? "queryAll" : "query");
    for (;;) {
      for (const record of page.records) {
        const at = stamp === null ? null : textOf(record[stamp]);
        const master = textOf(record[MASTER]);
        states.set(toLongId(String(record.Id)), {
          deleted: record.IsDeleted === true,
          master: master === null ? null : toLongId(master),
          at: at === null ? null : plainDatetime(at),
          by: userOf(record, "LastModifiedBy"),
        });
      }
      if (page.done || page.nextRecordsUrl === null) return;
      page = await api.more(page.nextRecordsUrl);
    }
  });
  return states;
}

const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** Name of who made or changed a record, else the id. */
export function userOf(
  record: Readonly<Record<string, unknown>>,
  relation: "CreatedBy" | "LastModifiedBy",
): string | null {
  const user = record[relation] as Readonly<Record<string, unknown>> | null | undefined;
  return textOf(user?.Name) ?? textOf(record[`${relation}Id`]);
}
