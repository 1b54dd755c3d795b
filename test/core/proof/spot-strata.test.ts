import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { compilerFor, openSession } from "../../../core/engine/index.ts";
import { reconcile } from "../../../core/proof/reconcile.ts";
import { testContext } from "../../helpers/context.ts";
import { migration } from "../engine/kit.ts";

const MODEL = `version: 1
name: own
order: [deal]
objects:
  deal:
    fields:
      name: text
      stage: { type: picklist, options: [open, won] }
      amount: currency
      currency: text
      notes: text
`;

test("records that stand out are looked at, and it is said why; a gap is explained part by part", async () => {
  const plain = Array.from(
    { length: 40 },
    (_, i) => `P${i},Deal ${i},open,${i + 1},EUR,n,2024-01-${10 + (i % 10)}T00:00:00Z`,
  );
  const subject = await migration({
    model: MODEL,
    files: {
      "deals.csv": `Id,Name,Stage,Amount,Code,Notes,Made
BIG,Large,open,-999999.99,EUR,n,2024-02-01T00:00:00Z
LONG,Long,open,1,EUR,${"x".repeat(300)},2024-02-02T00:00:00Z
FAR,Nguyễn Thị Ánh,open,1,EUR,n,2024-02-03T00:00:00Z
BARE,Bare,,,,,2024-02-04T00:00:00Z
OLD,Old,open,1,EUR,n,1999-01-01T00:00:00Z
NEW,New,open,1,EUR,n,2030-01-01T00:00:00Z
WON,Won,won,1,EUR,n,2024-02-05T00:00:00Z
${plain.join("\n")}
BAD,Bad,open,12x,EUR,n,2024-02-05T00:00:00Z
TEST,Left out,open,1,EUR,n,2024-02-05T00:00:00Z
`,
    },
    mappings: {
      deal: `
        object: deal
        source: deals.csv
        key: Id
        filter: "Id != 'TEST'"
        fields: { name: Name, stage: Stage, amount: { from: Amount, currency: Code }, currency: Code, notes: Notes, created_at: Made }
      `,
    },
    config: "limits: { rejects: 0.5 }\n",
  });
  await subject.run();
  await subject.sql("delete from crm.deal where external_id = 'P7'");
  const session = await openSession(join(subject.folder, "migration.yaml"), {
    registry: createRegistry(subject.folder),
    context: testContext(),
  });
  onTestFinished(() => session.close());
  const compile = await compilerFor(session);
  const proof = await reconcile(session, { run: null, spotChecks: 14, compile });
  expect(proof.spotChecks).toHaveLength(14);
  const picked = proof.spotChecks.flatMap(({ key, picked: why }) => (why === undefined ? [] : [[key, why]]));
  expect(picked).toHaveLength(8);
  // the commonest stage comes last; which of its records is chance
  expect(picked.filter(([, why]) => why !== "stage open")).toEqual([
    ["BARE", "most empty fields"],
    ["BIG", "largest amount"],
    ["FAR", "most letters beyond ASCII"],
    ["LONG", "longest text"],
    ["NEW", "newest by created_at"],
    ["OLD", "oldest by created_at"],
    ["WON", "stage won"],
  ]);
  expect(new Set(proof.spotChecks.map(({ key }) => key)).size).toBe(14);

  const { explanations, source, target } = proof.objects[0]!;
  expect([source.count, target.count]).toEqual([49, 46]);
  expect(explanations!.map(({ bucket, count, keys }) => [bucket, count, keys])).toEqual([
    ["filtered", 1, ["TEST"]],
    ["rejected", 1, ["BAD"]],
    ["lost", 1, ["P7"]],
  ]);
  expect(explanations![1]!.reason).toMatch(/^VALUE_NOT_A_NUMBER in amount: /);
  expect(explanations![1]!.next).toContain(`migrate runs records ${proof.run} --bucket rejected --object deal`);

  // without figures nothing is staged: all records are picked by chance
  const bare = await reconcile(session, { run: null, spotChecks: 14, figures: false, compile });
  expect(bare.spotChecks.filter(({ picked: why }) => why !== undefined)).toEqual([]);
  expect(bare.objects[0]!.figures).toBe(undefined);
  expect(bare.levels!.map(({ level, done }) => [level, done])).toEqual([
    [1, true],
    [2, false],
    [3, true],
    [4, false],
    [5, true],
  ]);
});
