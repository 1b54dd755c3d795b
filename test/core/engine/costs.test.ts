/** What a source that counts calls says about its costs and permissions reaches the plan and the check. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { plainStyle } from "../../../cli/style.ts";
import { planLines } from "../../../cli/views/plan.ts";
import postgres from "../../../connectors/postgres/index.ts";
import type { DescribeRequest, ReadEstimate, SourceConnector } from "../../../core/connector.ts";
import { checkSession, makePlan, openSession } from "../../../core/engine/index.ts";
import { testContext } from "../../helpers/context.ts";
import { createTestDatabase } from "../../helpers/database.ts";
import { memoryRegistry, memorySource } from "../../helpers/memory-source.ts";

const MODEL = "version: 1\nname: own\norder: [account]\nobjects:\n  account: { fields: { name: text, city: text } }\n";

async function session(extra: Partial<SourceConnector>) {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), "costs-"));
  await mkdir(join(folder, "mappings"));
  await writeFile(join(folder, "model.yaml"), MODEL);
  await writeFile(
    join(folder, "migration.yaml"),
    `version: 1\nname: test\nsource: { connector: memory }\ntarget: { connector: postgres, url: "${database.url}", schema: crm, model: ./model.yaml }\nmappings: ./mappings\n`,
  );
  await writeFile(
    join(folder, "mappings", "account.yaml"),
    "object: account\nsource: Account\nkey: Id\nfilter: City != 'x'\nfields: { name: Name }\n",
  );
  const source = {
    ...memorySource({ Account: { columns: ["Id", "Name", "City"], key: "Id", rows: [["1", "Acme", "Rome"]] } }),
    ...extra,
  };
  const opened = await openSession(join(folder, "migration.yaml"), {
    registry: memoryRegistry(source, postgres),
    context: testContext(),
  });
  onTestFinished(async () => {
    await opened.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });
  return opened;
}

const costs = (remaining: number | null) => async (): Promise<ReadEstimate> => ({
  calls: 1200,
  seconds: 90,
  remaining,
  max: 15_000,
});

test.each([
  [null, "API calls: about 1,200"],
  [9000, "API calls: about 1,200 for a run; 9,000 are left for this migration today"],
  [
    50,
    "API calls: about 1,200 for a run; 50 are left for this migration today: it will stop on the way (exit code 4) and go on with --resume",
  ],
])("the plan tells the calls; %s left", async (left, line) => {
  const asked: unknown[] = [];
  const opened = await session({
    estimate: (requests) => {
      asked.push(...requests);
      return costs(left)();
    },
  });
  const plan = await makePlan(opened, () => undefined, { costs: true });
  expect(asked).toEqual([{ object: "Account", fields: ["Id", "City", "Name"] }]);
  expect(plan).toMatchObject({ apiCalls: 1200, apiCallsLeft: left, etaSeconds: 91 });
  expect(planLines(plan, { style: plainStyle, verbose: false })).toContain(line);
});

test("only who asks for the costs pays for them", async () => {
  const opened = await session({ estimate: () => Promise.reject(new Error("asked")) });
  const plan = await makePlan(opened, () => undefined);
  expect(plan.apiCalls).toBe(null);
  expect(plan).not.toHaveProperty("apiCallsLeft");
});

test("the check tells what the source warns about", async () => {
  const wanted: DescribeRequest[] = [];
  const warning = {
    code: "MEMORY_SHORT",
    message: "little is left",
    place: {},
    hint: "Wait.",
    severity: "warning",
  } as const;
  const opened = await session({
    check: async (request) => {
      wanted.push(request);
      return [warning];
    },
  });
  expect(await checkSession(opened)).toEqual([warning]);
  expect(wanted).toEqual([new Map([["Account", ["Id", "City", "Name"]]])]);
});
