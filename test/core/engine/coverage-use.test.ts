import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { plainStyle } from "../../../cli/style.ts";
import { picklistLines } from "../../../cli/views/plan.ts";
import { createRegistry } from "../../../connectors/registry.ts";
import { makePlan, openSession } from "../../../core/engine/index.ts";
import { testContext } from "../../helpers/context.ts";
import { migration } from "./kit.ts";

const MODEL = `version: 1
name: own
order: [user, deal]
objects:
  user:
    fields: { name: text, email: email }
  deal:
    fields:
      name: text
      record_type: text
      pipeline: text
      stage: { type: picklist, options: [open, closed_won, closed_lost] }
      amount: currency
      currency: text
      owner_id: owner
`;

test("values, record types, pipelines and owners are told with their last use and the open amounts behind them", async () => {
  const subject = await migration({
    model: MODEL,
    owners: "match: email\nunmatched: reject\n",
    files: {
      "users.csv": "Id,Name,Mail\nU1,Ann,ann@x.example\n",
      "deals.csv": `Id,Name,Type,Line,Stage,Amount,Code,Owner,Made,Changed
D1,One,New,West,Open,0.10,EUR,ann@x.example,2024-01-01T00:00:00Z,2024-05-01T12:00:00Z
D2,Two,New,West,Open,0.20,EUR,gone@x.example,2024-06-01T00:00:00Z,
D3,Three,Renewal,West,Maybe,5,USD,ann@x.example,2023-01-01T00:00:00Z,2023-02-01T00:00:00Z
D4,Four,Renewal,,Won,1000,EUR,ann@x.example,2020-01-01T00:00:00Z,2022-01-01T00:00:00Z
`,
    },
    mappings: {
      user: "object: user\nsource: users.csv\nkey: Id\nfields: { name: Name, email: Mail }\n",
      deal: `
        object: deal
        source: deals.csv
        key: Id
        fields:
          name: Name
          record_type: Type
          pipeline: Line
          stage: { from: Stage, picklist: { values: { Won: closed_won }, unmapped: reject } }
          amount: { from: Amount, currency: Code }
          currency: Code
          owner_id: { from: Owner, owner: true }
          created_at: Made
          updated_at: Changed
      `,
    },
  });
  const session = await openSession(join(subject.folder, "migration.yaml"), {
    registry: createRegistry(subject.folder),
    context: testContext(),
  });
  onTestFinished(() => session.close());
  const plan = await makePlan(session, () => undefined, { strict: false });
  const eur = [{ currency: "EUR", amount: "0.30" }];
  const usd = [{ currency: "USD", amount: "5" }];
  expect(plan.picklists).toEqual([
    {
      mapping: "deal<deals.csv",
      object: "deal",
      field: "record_type",
      kind: "record type",
      values: [
        { value: "New", count: 2, target: "New", how: "same", lastUse: "2024-06-01T00:00:00Z", openAmounts: eur },
        {
          value: "Renewal",
          count: 2,
          target: "Renewal",
          how: "same",
          lastUse: "2023-02-01T00:00:00Z",
          openAmounts: usd,
        },
      ],
    },
    {
      mapping: "deal<deals.csv",
      object: "deal",
      field: "pipeline",
      kind: "pipeline",
      values: [
        {
          value: "West",
          count: 3,
          target: "West",
          how: "same",
          lastUse: "2024-06-01T00:00:00Z",
          openAmounts: [...eur, ...usd],
        },
      ],
    },
    {
      mapping: "deal<deals.csv",
      object: "deal",
      field: "stage",
      kind: "stage",
      values: [
        { value: "Open", count: 2, target: "open", how: "same", lastUse: "2024-06-01T00:00:00Z", openAmounts: eur },
        { value: "Maybe", count: 1, target: null, how: "reject", lastUse: "2023-02-01T00:00:00Z", openAmounts: usd },
        { value: "Won", count: 1, target: "closed_won", how: "mapped", lastUse: "2022-01-01T00:00:00Z" },
      ],
    },
  ]);
  expect(plan.owners).toMatchObject([
    { owner: "ann@x.example", count: 3, lastUse: "2024-05-01T12:00:00Z" },
    {
      owner: "gone@x.example",
      count: 1,
      lastUse: "2024-06-01T00:00:00Z",
      openAmounts: [{ currency: "EUR", amount: "0.20" }],
    },
  ]);
  const lines = picklistLines(plan.picklists.slice(2), { style: plainStyle, verbose: false });
  expect(lines).toEqual([
    "Picklists",
    "  deal.stage: 3 stages in 4 records, 1 value to look at, 1 record",
    "    Maybe  1  records are rejected  last used 2023-02-01, USD 5 open",
  ]);
});
