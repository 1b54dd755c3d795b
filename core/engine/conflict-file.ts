/** `conflicts.csv` of a run's folder: what both sides changed, to be decided by people. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { writeCsv } from "./run-files.ts";

export const CONFLICT_FILE = "conflicts.csv";

/** In the folder of a retry: every decision that it was given, and what became of it. */
export const DECISION_FILE = "decisions.csv";

/** Its columns. `decision` is `source`, `target`, or a value of one's own; empty: open. */
export const CONFLICT_COLUMNS = [
  "_object",
  "_mapping",
  "_key",
  "_target_id",
  "_field",
  "_policy",
  "source",
  "target",
  "decision",
] as const;

const PAGE = 5_000;

/** A value as a cell: texts as they are, several columns (a reference and its object) joined, everything else as JSON. */
export function conflictText(values: Readonly<Record<string, unknown>>): string {
  return Object.values(values)
    .filter((value) => value !== null)
    .map((value) => (typeof value === "object" ? JSON.stringify(value) : String(value)))
    .reverse()
    .join(":");
}

async function* lines(client: pg.ClientBase, runId: string): AsyncIterable<readonly (string | null)[]> {
  yield CONFLICT_COLUMNS;
  for (let offset = 0; ; offset += PAGE) {
    const { rows } = await client.query<
      Record<"object" | "mapping" | "key" | "target_id" | "field" | "policy", string> & {
        decision: string | null;
        source: Record<string, unknown>;
        target: Record<string, unknown>;
        reference: string | null;
      }
    >(
      `select o.object, o.mapping, c.key, c.target_id, c.field, c.policy, c.decision, c.source, c.target, c.reference
       from migrate.conflict c join migrate.origin o on o.id = c.origin_id
       where c.run_id = $1 order by c.origin_id, c.key, c.field, c.ctid offset $2 limit $3`,
      [runId, offset, PAGE],
    );
    for (const row of rows) {
      const { object, mapping, key, target_id: id, field, policy, decision, target } = row;
      const source = row.reference ?? conflictText(row.source);
      yield [object, mapping, key, id, field, policy, source, conflictText(target), decision];
    }
    if (rows.length < PAGE) break;
  }
}

/** Writes the file, or takes an older one away where there is no conflict. */
export async function writeConflictFile(client: pg.ClientBase, runId: string, folder: string): Promise<void> {
  const { rows } = await client.query("select 1 from migrate.conflict where run_id = $1 limit 1", [runId]);
  if (rows.length === 0) await rm(join(folder, CONFLICT_FILE), { force: true });
  else await writeCsv(join(folder, CONFLICT_FILE), lines(client, runId));
}
