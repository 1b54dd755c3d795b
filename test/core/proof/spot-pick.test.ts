/** Random records of many: any of them, each once, with its row. */
import { expect, it, onTestFinished } from "vitest";
import { ProofTables } from "../../../core/proof/proof-tables.ts";
import { pickSpots } from "../../../core/proof/spot-pick.ts";
import { createTestDatabase } from "../../helpers/database.ts";

/** Numbers from 0 to 1, the same for a seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

it.each([300, 30_000])("of %i loaded records", async (loaded) => {
  const test = await createTestDatabase();
  const client = await test.database.connect();
  onTestFinished(async () => {
    client.release(true);
    await test.drop();
  });
  const tables = new ProofTables(client);
  await client.query(`
    create temp table proof_key (origin_id integer, key text collate "C", bucket text);
    create temp table proof_target (key text collate "C", id bigint, later text, fresh boolean);
    create temp table proof_deleted (key text collate "C");
    insert into proof_key select 1, 'K' || n, 'inserted' from generate_series(1, ${loaded}) n;
    insert into proof_key select 1, 'R' || n, 'rejected' from generate_series(1, 5000) n;
    insert into proof_key select 2, 'O' || n, 'inserted' from generate_series(1, 5000) n;
    insert into proof_target select key, substr(key, 2)::bigint from proof_key where key like 'K%';
    create index on proof_target (key)`);
  const odd = [
    { key: "K7", why: "longest text" },
    { key: "R7", why: "oldest" },
  ];
  const pick = (seed: number) => pickSpots(tables, { origin: 1 }, odd, loaded, 20, randomOf(seed));
  const spots = await pick(1);
  expect(spots).toHaveLength(20);
  expect(new Set(spots.map(({ key }) => key)).size).toBe(20);
  for (const { key, id, bucket, later } of spots)
    expect([key.charAt(0), id, bucket, later]).toEqual(["K", key.slice(1), "inserted", null]);
  expect(spots.filter(({ why }) => why !== undefined)).toMatchObject([{ key: "K7", why: "longest text" }]);
  const others = await pick(2);
  expect(others).toHaveLength(20);
  expect(others).not.toEqual(spots);
  expect(await pick(1)).toEqual(spots);
  // not the first ones only: among twenty of so many, some are from each half
  const numbers = spots.map(({ id }) => Number(id));
  expect([Math.min(...numbers) < loaded / 2, Math.max(...numbers) > loaded / 2]).toEqual([true, true]);
});
