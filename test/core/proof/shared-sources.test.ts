import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { plainStyle } from "../../../cli/style.ts";
import { reconcileLines } from "../../../cli/views/reconcile.ts";
import { createRegistry } from "../../../connectors/registry.ts";
import { compilerFor, openSession } from "../../../core/engine/index.ts";
import { reconcile } from "../../../core/proof/reconcile.ts";
import { renderHtml } from "../../../core/proof/report.ts";
import { readReportData } from "../../../core/proof/report-data.ts";
import { figures, verdict } from "../../../core/proof/verdict.ts";
import { testContext } from "../../helpers/context.ts";
import { migration } from "../engine/kit.ts";

/** Records of one object by their kind: deals, quotes, both, neither. */
const PARTS = (object: string, kind: string) =>
  `object: ${object}\nsource: parts.csv\nkey: Id\nfilter: "Kind = '${kind}' or Kind = 'both'"\nfields: { name: Name }\n`;

test("a source object that two mappings read counts each of its records once", async () => {
  const subject = await migration({
    files: {
      "accounts.csv": "Id,Name\nA1,One\n",
      "parts.csv": "Id,Name,Kind\nP1,a,deal\nP2,b,deal\nP3,c,quote\nP4,d,both\nP5,e,none\nP6,,quote\n",
    },
    mappings: {
      account: "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name }\n",
      contact: PARTS("contact", "deal"),
      deal: PARTS("deal", "quote").replace("name: Name", "name: { from: Name, required: true }"),
    },
  });
  const { run } = await subject.run();
  const session = await openSession(join(subject.folder, "migration.yaml"), {
    registry: createRegistry(subject.folder),
    context: testContext(),
  });
  onTestFinished(() => session.close());
  const proof = await reconcile(session, { run: null, spotChecks: 0, compile: await compilerFor(session) });
  expect(proof.sharedSources).toEqual([
    {
      source: "parts.csv",
      mappings: ["contact<parts.csv", "deal<parts.csv"],
      count: 6,
      loaded: 4,
      merged: 0,
      filtered: 1,
      rejected: 1,
      deleted: 0,
      twice: 1,
    },
  ]);
  const line =
    "parts.csv: 6 records, read by 2 mappings (contact<parts.csv, deal<parts.csv); 1 taken by none of them, 1 by more than one.";
  expect(proof.notes).toEqual([line]);
  expect(reconcileLines(proof, plainStyle)).toContain(line);
  const data = await readReportData(join(session.runsDir, run), new Date());
  expect(figures(data)).toMatchObject({ source: 7, loaded: 5, filtered: 1, rejected: 1, unexplained: 0 });
  expect(verdict(data).sentence).toContain("7 records");
  expect(renderHtml(data)).toContain("All<small>what several mappings read is in each of their rows</small>");
  expect(renderHtml(data)).toContain("1 taken by none of them, 1 by more than one.");
});
