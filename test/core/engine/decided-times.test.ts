/** A decision about a conflict changes the row now: where the source says when a record was changed, that is no difference. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { decideConflicts, openSession } from "../../../core/engine/index.ts";
import { noteRun } from "../../../core/engine/run-rows.ts";
import { testContext } from "../../helpers/context.ts";
import { migration } from "./kit.ts";

test("a row is proven after a decision, and after the next delta, although its time is later than the source's", async () => {
  const m = await migration({
    files: { "accounts.csv": "Id,Name,Changed\nA1,Acme,2024-01-01T00:00:00Z\nA2,Beta,2024-01-01T00:00:00Z" },
    mappings: {
      account: "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name, updated_at: Changed }",
    },
    config: "conflicts: review\n",
  });
  await m.run();
  await m.sql("update crm.account set name = 'Edited' where external_id = 'A1'");
  await m.data("accounts.csv", "Id,Name,Changed\nA1,Acme Ltd,2024-02-01T00:00:00Z\nA2,Beta,2024-01-01T00:00:00Z");
  await m.run({ delta: true });
  const session = await openSession(join(m.folder, "migration.yaml"), {
    registry: createRegistry(m.folder),
    context: testContext(),
  });
  const client = await session.database.connect();
  try {
    await client.query("begin");
    const [[run]] = (await m.sql("select max(id)::text from migrate.run")) as [[string]];
    await noteRun(client, run);
    const [[targetId]] = (await m.sql("select id::text from crm.account where external_id = 'A1'")) as [[string]];
    const decided = await decideConflicts(client, session.model, run, [
      { object: "account", mapping: "account<accounts.csv", targetId, field: "name", decision: "source" },
    ]);
    expect(decided).toMatchObject([{ key: "A1", result: "applied" }]);
    await client.query("commit");
  } finally {
    client.release();
    await session.close();
  }
  expect(await m.sql("select name, updated_at > '2024-02-01' from crm.account where external_id = 'A1'")).toEqual([
    ["Acme Ltd", true],
  ]);
  const proof = await m.prove(5);
  expect(proof.objects.map(({ ok, problems }) => [ok, problems])).toEqual([[true, []]]);
  expect(await readFile(join(m.folder, "runs", proof.run, "reconciliation.json"), "utf8")).toContain('"ok": true');
  await m.run({ delta: true });
  expect((await m.prove(5)).objects.map(({ ok, problems }) => [ok, problems])).toEqual([[true, []]]);
});
