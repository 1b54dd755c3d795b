/** Losers of merges: their ids lead to the rows of the winners, and to nothing else. */
import { ident, table } from "../../core/store/quote.ts";
import { withClient } from "../e2e/target.ts";
import type { Org, Row } from "../sim/salesforce/index.ts";
import { SCHEMA } from "./truth.ts";

/** Objects whose records can be merged, with their tables. */
const MERGED: Readonly<Record<string, string>> = { Account: "account", Contact: "contact", Lead: "lead" };

export const isLoser = (row: Row): boolean => row.IsDeleted === true && (row.MasterRecordId ?? null) !== null;

/** Records of an object that lost a merge. */
export const losers = (org: Org, object: string): Row[] =>
  org.table(object) === undefined ? [] : [...org.truth(object, { deleted: true })].filter(isLoser);

/** Lines that say where ids of merged records lead astray; empty when all is as the org says. */
export async function mergedDifferences(url: string, org: Org): Promise<readonly string[]> {
  const off: string[] = [];
  await withClient(url, async (client) => {
    for (const [object, name] of Object.entries(MERGED)) {
      const rows = losers(org, object);
      const winners = new Map(rows.map((row) => [String(row.Id), String(row.MasterRecordId)]));
      const end = (id: string): string => (winners.has(id) ? end(winners.get(id)!) : id);
      const found = await client.query<{ id: string; winner: string }>(
        `select m.external_id as id, t.external_id as winner from migrate.id_map m
         join ${table(SCHEMA, name)} t on t.${ident("id")} = m.target_id::bigint where m.object = $1 and m.alias`,
        [name],
      );
      const actual = new Map(found.rows.map(({ id, winner }) => [id, winner]));
      for (const id of winners.keys()) {
        const [leads, should] = [actual.get(id), end(id)];
        actual.delete(id);
        if (leads !== should) off.push(`${object} ${id} leads to ${leads}, not to ${should}`);
      }
      for (const id of actual.keys()) off.push(`${object} ${id} was not merged`);
    }
  });
  return off;
}
