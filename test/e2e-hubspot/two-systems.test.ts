/** A Salesforce org and a HubSpot portal into one database: people, users and companies of both are one row each. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createRegistry } from "../../connectors/registry.ts";
import { compilerFor, openSession, runMigration } from "../../core/engine/index.ts";
import type { Session } from "../../core/engine/session.ts";
import type { RunReport } from "../../core/engine/types.ts";
import { type Reconciliation, reconcile } from "../../core/proof/index.ts";
import { migrate, newFolder, removeFolders } from "../e2e/kit.ts";
import { SOURCE as SALESFORCE } from "../e2e-salesforce/kit.ts";
import { testContext } from "../helpers/context.ts";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";
import { type HubspotSim, startHubspot } from "../sim/hubspot/index.ts";
import { CLIENT_ID, CLIENT_SECRET, type SalesforceSim, startSalesforce } from "../sim/salesforce/index.ts";
import { SOURCE as HUBSPOT, UNLIMITED } from "./kit.ts";

type Name = "salesforce" | "hubspot";

let org: SalesforceSim;
let portal: HubspotSim;
/** Folders as `migrate init` leaves them, with the lines of `match`. */
let template: string;

const env = (): Readonly<Record<string, string>> => ({
  SF_LOGIN_URL: org.url,
  SF_CLIENT_ID: CLIENT_ID,
  SF_CLIENT_SECRET: CLIENT_SECRET,
  HUBSPOT_TOKEN: portal.token(),
  HUBSPOT_BASE_URL: portal.url,
});

/** What a user does: `init`, then one line in each of three mapping files. */
async function init(name: Name, source: string): Promise<void> {
  const ended = await migrate(template, ["init", name, "--source", name, "--source-options", source], env());
  expect(ended.code, ended.stderr + ended.stdout).toBe(0);
  for (const [file, match] of [
    ["user", "email"],
    ["contact", "email"],
    ["account", "domain"],
  ]) {
    const path = join(template, name, "mappings", `${file}.yaml`);
    const text = readFileSync(path, "utf8");
    expect(text).toMatch(/^key: .*$/m);
    writeFileSync(path, text.replace(/^key: .*$/m, `$&\nmatch: [external_id, ${match}]`));
  }
}

beforeAll(async () => {
  org = await startSalesforce({ seed: 1, records: 600 });
  portal = await startHubspot({ seed: 1, records: 600, limits: UNLIMITED });
  template = newFolder();
  await Promise.all([init("salesforce", SALESFORCE), init("hubspot", HUBSPOT)]);
}, 60_000);

afterAll(async () => {
  await org.close();
  await portal.close();
  removeFolders();
});

interface Target {
  readonly database: TestDatabase;
  run(name: Name): Promise<RunReport>;
  proof(name: Name): Promise<Reconciliation>;
  rows(sql: string): Promise<readonly Record<string, unknown>[]>;
}

async function target(): Promise<Target> {
  const dir = newFolder();
  cpSync(template, dir, { recursive: true });
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const within = async <T>(name: Name, work: (session: Session) => Promise<T>): Promise<T> => {
    const session = await openSession(join(dir, name, "migration.yaml"), {
      registry: createRegistry(join(dir, name)),
      context: testContext({ env: { ...env(), DATABASE_URL: database.url }, now: () => new Date() }),
      fromSnapshot: null,
    });
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  };
  return {
    database,
    run: (name) => within(name, (session) => runMigration(session, {}, () => undefined)),
    proof: (name) =>
      within(name, async (session) =>
        reconcile(session, { run: null, spotChecks: 30, compile: await compilerFor(session) }),
      ),
    rows: async (sql) => (await database.database.query(sql)).rows as Record<string, unknown>[],
  };
}

describe.each<[Name, Name]>([
  ["salesforce", "hubspot"],
  ["hubspot", "salesforce"],
])("%s first, then %s", (first, second) => {
  test("one row each", async () => {
    const at = await target();
    const a = await at.run(first);
    console.log(JSON.stringify(a.totals), a.clean);
    const b = await at.run(second);
    console.log(JSON.stringify(b.totals), b.clean);
    for (const o of [...a.objects, ...b.objects])
      if (o.rejected || o.merged || o.updated) console.log(JSON.stringify(o));
    console.log(
      await at.rows("select code, field, value, reason, count(*) from migrate.reject group by 1,2,3,4 limit 30"),
    );
    console.log(
      await at.rows("select object, external_source, kind, count(*) from migrate.id_map group by 1,2,3 order by 1,2,3"),
    );
    for (const n of [first, second]) {
      const p = await at.proof(n);
      console.log(
        n,
        p.ok,
        p.clean,
        p.objects.filter((o) => !o.ok).map((o) => [o.mapping, o.problems]),
      );
      console.log(
        JSON.stringify(
          p.spotChecks.filter((s) => !s.ok).map((s) => [s.object, s.problem, s.fields.filter((f) => !f.ok)]),
        ),
      );
    }
    for (const n of [first, second, first]) {
      const r = await at.run(n);
      console.log(n, JSON.stringify(r.totals));
      for (const o of r.objects) if (o.rejected || o.updated) console.log(JSON.stringify(o));
    }
  }, 120_000);
});
