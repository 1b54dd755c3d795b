/** Two connections see one state of the target, and share the pieces of the records: each is compared once, by one of them. */
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { CompiledMapping } from "../../../core/mapping/compiled.ts";
import { ProofTables } from "../../../core/proof/proof-tables.ts";
import { openSecondView } from "../../../core/proof/second-view.ts";
import { StagedRows } from "../../../core/proof/staged.ts";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";

const COMPILED = { columns: [] } as unknown as CompiledMapping;

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
  await test.database.query("create table held as select 1 as n");
});
afterAll(() => test.drop());

/** The first connection in its transaction, and the second one. */
async function views() {
  const client = await test.database.connect();
  const first = new ProofTables(client);
  await client.query("begin isolation level repeatable read");
  const second = await openSecondView(test.database, first);
  onTestFinished(async () => {
    await client.query("rollback");
    client.release(true);
    await second?.end(true);
  });
  return { first, second: second! };
}

const keysOf = async (client: pg.ClientBase, table: string): Promise<string[]> =>
  (await client.query<{ key: string }>(`select key from ${table} order by line`)).rows.map(({ key }) => key);

describe("the second connection", () => {
  it("sees what the first one sees, and nothing that came later", async () => {
    const { second } = await views();
    await test.database.query("insert into held values (2)");
    expect(await second.tables.rows("select n from held")).toEqual([{ n: 1 }]);
    await test.database.query("delete from held where n = 2");
  });

  it("is given back as it was", async () => {
    const { second } = await views();
    await second.tables.client.query("create temp table proof_target (key text)");
    await second.end(false);
    const { rows } = await test.database.query("select to_regclass('pg_temp.proof_target') as there");
    expect(rows).toEqual([{ there: null }]);
    second.end = async () => undefined;
  });

  it("is done without where there is none", async () => {
    const { first } = await views();
    const none = { ...test.database, connect: () => Promise.reject(new Error("too many connections")) };
    expect(await openSecondView(none, first)).toBeNull();
  });
});

describe("pieces", () => {
  /** Stages `count` keys, four to a piece, while the first connection is busy with something else. `odd`: keys that do not agree. */
  async function share(count: number, odd: readonly string[]) {
    const { first, second } = await views();
    const compared = { first: [] as string[][], second: [] as string[][], handed: 0 };
    const staged = new StagedRows(first, 1, { exactUpTo: 0, copyBytes: 1, pieceBytes: 1 });
    await staged.create(COMPILED);
    await staged.create(COMPILED, second.tables.client);
    staged.begin(true, async (rows) => {
      const keys = await keysOf(first.client, staged.table);
      expect(keys).toHaveLength(rows);
      compared.first.push(keys);
    });
    staged.share(second.tables, async (rows) => {
      const keys = await keysOf(second.tables.client, staged.table);
      expect(keys).toHaveLength(rows);
      if (keys.some((key) => odd.includes(key))) return false;
      compared.second.push(keys);
      return true;
    });
    const busy = Promise.withResolvers<void>();
    first.background.add(1 << 20, () => busy.promise);
    for (let n = 0; n < count; n++) {
      const { out } = staged;
      out.row(3);
      out.int8(n);
      out.text(`K${n}`);
      out.null();
      if (n % 4 === 3) {
        staged.flush();
        // as long as another source of records would take
        if (n % 8 === 7) await second.tables.background.drain();
      }
    }
    staged.sendRest();
    await second.tables.background.drain();
    busy.resolve();
    staged.end();
    await first.background.drain();
    return compared;
  }
  const all = (count: number): string[] => Array.from({ length: count }, (_, n) => `K${n}`).sort();

  it("go to the connection for which less waits", async () => {
    const { first, second } = await share(40, []);
    expect(second.flat()).toHaveLength(40);
    expect(first.flat()).toEqual([]);
  });

  it("that do not agree go to the first one; each record is compared once", async () => {
    const { first, second } = await share(42, ["K5", "K22"]);
    expect(first).toEqual([
      ["K4", "K5", "K6", "K7"],
      ["K20", "K21", "K22", "K23"],
    ]);
    expect([...first, ...second].flat().sort()).toEqual(all(42));
  });

  it("all go to the first one after some that did not agree", async () => {
    const { first, second } = await share(80, all(80));
    expect(second).toEqual([]);
    expect(first.flat().sort()).toEqual(all(80));
    // those that it got at once are compared as they are, too
    expect(first.length).toBe(20);
  });
});
