/** Migrations of simulated orgs: a folder, a database and an org each; commands run in this process. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createRegistry } from "../../connectors/registry.ts";
import { openSession } from "../../core/engine/index.ts";
import type { Session } from "../../core/engine/session.ts";
import { BUCKETS, type RunReport } from "../../core/engine/types.ts";
import { type Ended, migrate, newFolder, readReport, removeFolders, runNames } from "../e2e/kit.ts";
import { testContext } from "../helpers/context.ts";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type SalesforceOptions,
  type SalesforceSim,
  startSalesforce,
} from "../sim/salesforce/index.ts";

/** What `migrate sandbox salesforce` prints, and what the tests' migration.yaml refers to. */
export const SOURCE =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what the file says
  '{ loginUrl: "${SF_LOGIN_URL}", auth: { flow: client-credentials, clientId: "${SF_CLIENT_ID}", clientSecret: "${SF_CLIENT_SECRET}" } }';

export interface Place {
  readonly dir: string;
  readonly sim: SalesforceSim;
  readonly database: TestDatabase;
  readonly env: Readonly<Record<string, string>>;
  /** `migrate ...args` in the folder. */
  migrate(...args: readonly string[]): Promise<Ended>;
  /** The newest run's `run.json`. */
  lastRun(): RunReport;
  /** The migration opened in this process; closed after the test. */
  session(fromSnapshot?: string | null): Promise<Session>;
}

/** Further keys of `source:` (`bulkThreshold: 300`), one YAML flow line without braces, and further lines of migration.yaml. */
export interface Settings {
  readonly source?: string;
  readonly limits?: string;
  readonly mappings?: string;
}

/** Writes a migration.yaml that uses the shipped mappings. */
export function writeConfig(dir: string, { source = "", limits = "{}", mappings = "" }: Settings = {}): void {
  const more = source === "" ? "" : `, ${source}`;
  writeFileSync(
    join(dir, "migration.yaml"),
    `version: 1
name: acme
source: { connector: salesforce, ${SOURCE.slice(1, -1).trim()}${more} }
target: { connector: postgres, url: "\${DATABASE_URL}", schema: crm, model: hotcrm }
limits: ${limits}
${mappings}`,
  );
}

/** An org, an empty folder and an empty database, until the test ends. */
export async function place(options: SalesforceOptions = {}): Promise<Place> {
  const sim = await startSalesforce({ seed: 1, records: 1000, ...options });
  const database = await createTestDatabase();
  const dir = newFolder();
  const env = {
    DATABASE_URL: database.url,
    SF_LOGIN_URL: sim.url,
    SF_CLIENT_ID: CLIENT_ID,
    SF_CLIENT_SECRET: CLIENT_SECRET,
  };
  onTestFinished(async () => {
    await sim.close();
    await database.drop();
    removeFolders();
  });
  return {
    dir,
    sim,
    database,
    env,
    migrate: (...args) => migrate(dir, args, env),
    lastRun: () => readReport(dir, runNames(dir).at(-1)!),
    async session(fromSnapshot = null) {
      const context = testContext({ env, now: () => new Date() });
      const opened = await openSession(join(dir, "migration.yaml"), {
        registry: createRegistry(dir),
        context,
        fromSnapshot,
      });
      onTestFinished(() => opened.close());
      return opened;
    },
  };
}

/** Stages whose buckets do not add up to what was read; empty when all do. */
export function notAddingUp(report: RunReport): readonly string[] {
  return report.objects
    .filter((object) => BUCKETS.reduce((sum, bucket) => sum + object[bucket], 0) !== object.read)
    .map(({ mapping }) => mapping);
}
