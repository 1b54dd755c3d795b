/** Tables of which others inherit: places are not one table's own there, so rows are found by their ids. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { compilerFor, openSession } from "../../../core/engine/index.ts";
import { reconcile } from "../../../core/proof/reconcile.ts";
import { testContext } from "../../helpers/context.ts";
import { migration } from "../engine/kit.ts";

test("records are proven, all at once and piece by piece, and a changed one is told", async () => {
  const records = Array.from({ length: 60 }, (_, n) => `A${n},Account ${n},${n % 7 === 0 ? "" : `City ${n}`}`);
  const m = await migration({
    files: { "accounts.csv": `Id,Name,City\n${records.join("\n")}\n` },
    mappings: { account: "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name, industry: City }" },
  });
  await m.run();
  await m.sql("create table crm.other_account () inherits (crm.account)");
  const session = await openSession(join(m.folder, "migration.yaml"), {
    registry: createRegistry(m.folder),
    context: testContext(),
  });
  onTestFinished(() => session.close());
  const compile = await compilerFor(session);
  const prove = (pieces: object) => reconcile(session, { run: null, spotChecks: 3, fields: true, compile, pieces });
  const small = { exactUpTo: 0, copyBytes: 1, pieceBytes: 1 };
  for (const pieces of [{}, small])
    expect((await prove(pieces)).objects.map(({ ok, problems }) => [ok, problems])).toEqual([[true, []]]);
  await m.sql("update crm.account set industry = 'Elsewhere' where external_id = 'A5'");
  for (const pieces of [{}, small]) {
    const { objects } = await prove(pieces);
    expect(objects[0]!.fields!.differences).toMatchObject([
      { key: "A5", field: "industry", source: "City 5", target: "Elsewhere" },
    ]);
  }
});
