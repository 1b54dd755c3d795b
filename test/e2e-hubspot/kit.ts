/** Migrations of simulated portals: a folder, a database and a portal each; commands run in this process. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createRegistry } from "../../connectors/registry.ts";
import { compilerFor, openSession, type RunOptions, runMigration } from "../../core/engine/index.ts";
import type { Session } from "../../core/engine/session.ts";
import { BUCKETS, type EngineEvent, type RunReport } from "../../core/engine/types.ts";
import { type Reconciliation, reconcile } from "../../core/proof/index.ts";
import { type Ended, migrate, newFolder, readReport, removeFolders, runNames } from "../e2e/kit.ts";
import { testContext } from "../helpers/context.ts";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";
import { type HubspotOptions, type HubspotSim, startHubspot } from "../sim/hubspot/index.ts";

/** What `migrate sandbox hubspot` prints, and what the tests' migration.yaml refers to. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: what the file says
export const SOURCE = '{ accessToken: "${HUBSPOT_TOKEN}", baseUrl: "${HUBSPOT_BASE_URL}" }';

/** Hardly a limit: tests of what is read need not wait for the rate. */
export const UNLIMITED = { tenSeconds: 100_000, secondly: 10_000, search: 1000 };

export const quiet = (): void => undefined;

export interface Place {
  readonly dir: string;
  readonly sim: HubspotSim;
  readonly database: TestDatabase;
  readonly env: Readonly<Record<string, string>>;
  /** `migrate ...args` in the folder. */
  migrate(...args: readonly string[]): Promise<Ended>;
  /** The newest run's `run.json`. */
  lastRun(): RunReport;
  /** The migration opened in this process; closed after the test. */
  session(fromSnapshot?: string | null): Promise<Session>;
  /** `migrate run` in this process; notes (`EngineEvent`s that people are told) go to `notes`. */
  run(options?: RunOptions, fromSnapshot?: string | null): Promise<RunReport>;
  readonly notes: string[];
  /** `migrate reconcile` in this process. */
  reconcile(run?: string | null, fromSnapshot?: string | null): Promise<Reconciliation>;
}

/** Further keys of `source:` (`apiPath: 2026-03`), one YAML flow line without braces, and further lines of migration.yaml. */
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
source: { connector: hubspot, ${SOURCE.slice(1, -1).trim()}${more} }
target: { connector: postgres, url: "\${DATABASE_URL}", schema: crm, model: hotcrm }
limits: ${limits}
${mappings}`,
  );
}

/** A portal, a folder with a migration of it (null: empty), and an empty database, until the test ends. */
export async function place(options: HubspotOptions = {}, settings: Settings | null = {}): Promise<Place> {
  const sim = await startHubspot({ seed: 1, records: 1000, limits: UNLIMITED, ...options });
  const database = await createTestDatabase();
  const dir = newFolder();
  if (settings !== null) writeConfig(dir, settings);
  const env = { DATABASE_URL: database.url, HUBSPOT_BASE_URL: sim.url, HUBSPOT_TOKEN: sim.token() };
  onTestFinished(async () => {
    await sim.close();
    await database.drop();
    removeFolders();
  });
  const open = (fromSnapshot: string | null) =>
    openSession(join(dir, "migration.yaml"), {
      registry: createRegistry(dir),
      context: testContext({ env, now: () => new Date() }),
      fromSnapshot,
    });
  const within = async <T>(fromSnapshot: string | null, work: (session: Session) => Promise<T>): Promise<T> => {
    const session = await open(fromSnapshot);
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  };
  const notes: string[] = [];
  const note = (event: EngineEvent): void => {
    if (event.type === "note") notes.push(event.message);
  };
  return {
    dir,
    sim,
    database,
    env,
    notes,
    migrate: (...args) => migrate(dir, args, env),
    lastRun: () => readReport(dir, runNames(dir).at(-1)!),
    async session(fromSnapshot = null) {
      const session = await open(fromSnapshot);
      onTestFinished(() => session.close());
      return session;
    },
    run: (given = {}, fromSnapshot = null) => within(fromSnapshot, (session) => runMigration(session, given, note)),
    reconcile: (run = null, fromSnapshot = null) =>
      within(fromSnapshot, async (session) =>
        reconcile(session, { run, spotChecks: 25, compile: await compilerFor(session) }),
      ),
  };
}

/** Stages whose buckets do not add up to what was read; empty when all do. */
export function notAddingUp(report: RunReport): readonly string[] {
  return report.objects
    .filter((object) => BUCKETS.reduce((sum, bucket) => sum + object[bucket], 0) !== object.read)
    .map(({ mapping }) => mapping);
}
