/** Links of files, which the org only tells document by document. */
import { expect, it } from "vitest";
import { cellText, type RecordBatch } from "../../../core/record.ts";
import { lab, truth } from "./kit.ts";

async function rowsOf(batches: AsyncIterable<RecordBatch>, columns: readonly string[]): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  for await (const batch of batches) {
    for (let record = 0; record < batch.size; record++)
      rows.push(columns.map((name) => cellText(batch, record, batch.columns.indexOf(name))));
  }
  return rows.sort(([one], [other]) => (one! < other! ? -1 : 1));
}

it("single links are found by their id, with the document's own columns", async () => {
  const { sim, source } = await lab({ records: 3000 });
  const connector = source();
  await connector.open();
  const object = "ContentDocumentLink";
  const all = truth(sim.org, object, ["Id", "ContentDocumentId", "LinkedEntityId"]);
  const wanted = [all[0]!, all[3]!, all.at(-1)!];
  const fields = ["ContentDocument.FileType", "LinkedEntityId"];
  const keys = [...wanted.map(([id]) => [id!]), ["06A000000000000AAA"], ["nonsense"]];
  const found = await rowsOf(connector.fetch({ object, fields, key: ["Id"], keys }), [
    "Id",
    "LinkedEntityId",
    "ContentDocument.FileType",
  ]);
  expect(found).toEqual(wanted.map(([id, document, entity]) => [id, entity, String(sim.org.row(document!)!.FileType)]));
});

it("a document that several records share: the record of its first link is the one", async () => {
  const { sim, source } = await lab({ records: 3000 });
  const connector = source();
  await connector.open();
  const links = truth(sim.org, "ContentDocumentLink", ["Id", "ContentDocumentId", "LinkedEntityId"]);
  const first = new Map<string, string>();
  const count = new Map<string, number>();
  for (const [, document, entity] of links) {
    if (entity!.startsWith("005")) continue;
    count.set(document!, (count.get(document!) ?? 0) + 1);
    if (!first.has(document!)) first.set(document!, entity!);
  }
  expect([...count.values()].filter((records) => records > 1).length).toBeGreaterThan(3);
  const read = connector.read({
    object: "ContentVersion",
    fields: ["ContentDocumentId", "LinkedRecord.Id"],
    from: null,
    batchSize: 1000,
  });
  const rows = await rowsOf(read, ["Id", "ContentDocumentId", "LinkedRecord.Id"]);
  expect(rows.map(([, , record]) => record)).toEqual(rows.map(([, document]) => first.get(document!) ?? null));
});
