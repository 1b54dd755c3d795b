/** `kill -9` at any moment, then resumed or started anew: the same end state as if nothing had happened. */
import { cpSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../helpers/context.ts";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";
import { writeCrmConfig, writeCrmFiles } from "./crm-files.ts";
import { figures, migrate, newFolder, readReport, rejectFiles, removeFolders, runNames, start } from "./kit.ts";
import { countForeignKeys, dumpDifference, dumpTarget, leftOvers, untilFound, withClient } from "./target.ts";

const soak = process.env.SOAK === "1";
const KILLS = soak ? 100 : 4;
const NEW_RUNS = soak ? 40 : 1;
const random = seededRandom(Number(process.env.SOAK_SEED ?? 20_261_121));
/** Small chunks: many moments between two transactions. */
const CHUNK = soak ? "3000" : "120";
const contacts = soak ? 75_000 : 600;

interface Place {
  readonly dir: string;
  readonly database: TestDatabase;
  readonly env: Readonly<Record<string, string>>;
}

const databases: TestDatabase[] = [];
let template = "";

async function newPlace(): Promise<Place> {
  const dir = newFolder();
  cpSync(template, dir, { recursive: true });
  const database = await createTestDatabase();
  databases.push(database);
  return { dir, database, env: { DATABASE_URL: database.url, MIGRATE_CHUNK_RECORDS: CHUNK } };
}

async function discard({ database }: Place): Promise<void> {
  await database.drop();
  databases.splice(databases.indexOf(database), 1);
}

/** The newest run that the database knows and that is not finished; null: none. */
async function unfinished({ database }: Place): Promise<string | null> {
  return withClient(database.url, async (client) => {
    const { rows: there } = await client.query("select to_regclass('migrate.run') as found");
    if ((there[0] as { found: string | null }).found === null) return null;
    const { rows } = await client.query<{ name: string; status: string }>(
      "select name, status from migrate.run order by id desc limit 1",
    );
    return rows[0]?.name ?? null;
  });
}

let expected: {
  readonly ms: number;
  readonly dump: ReadonlyMap<string, readonly string[]>;
  readonly keys: number;
  readonly figures: Readonly<Record<string, unknown>>;
  readonly rejects: Readonly<Record<string, string>>;
};

beforeAll(async () => {
  template = newFolder();
  writeCrmFiles(template, { contacts });
  writeCrmConfig(template);
  const place = await newPlace();
  // a process, as those that are killed: how long it takes tells when
  const ended = await start(place.dir, ["run", "--json"], place.env).ended;
  expect(ended).toMatchObject({ code: 0 });
  const [run] = runNames(place.dir);
  expected = {
    ms: ended.ms,
    dump: await dumpTarget(place.database.url),
    keys: await countForeignKeys(place.database.url),
    figures: figures(readReport(place.dir, run!)),
    rejects: rejectFiles(place.dir, run!),
  };
  expect(await leftOvers(place.database.url, expected.keys)).toEqual([]);
  await discard(place);
}, 600_000);

afterAll(async () => {
  for (const database of databases) await database.drop();
  removeFolders();
});

/** Everything that must hold once the last run has ended. */
async function verify(place: Place, run: string, resumed: boolean, prove = true): Promise<void> {
  const report = readReport(place.dir, run);
  expect(report).toMatchObject({ status: "completed", error: null });
  for (const object of report.objects) {
    const { inserted, updated, unchanged, deleted, merged, filtered, rejected } = object;
    expect(inserted + updated + unchanged + deleted + merged + filtered + rejected, object.mapping).toBe(object.read);
  }
  expect(dumpDifference(expected.dump, await dumpTarget(place.database.url))).toEqual([]);
  expect(await leftOvers(place.database.url, expected.keys)).toEqual([]);
  expect(rejectFiles(place.dir, run)).toEqual(expected.rejects);
  // a resumed run says what an undisturbed one says
  if (resumed) expect(figures(report)).toEqual(expected.figures);
  if (!prove) return;
  const proof = await migrate(place.dir, ["reconcile", run, "--json"], place.env);
  expect(proof.code, proof.stderr).toBe(0);
}

/** Starts or resumes, kills after `ms`; the run's name once it ended by itself, null when it was killed. */
async function attempt(place: Place, ms: number): Promise<string | null> {
  const name = await unfinished(place);
  const running = start(place.dir, ["run", "--json", ...(name === null ? [] : ["--resume", name])], place.env);
  const alarm = setTimeout(() => running.child.kill("SIGKILL"), ms);
  const ended = await running.ended;
  clearTimeout(alarm);
  if (ended.code === null) return null;
  // killed after it had said that it was done, before the process ended
  if (ended.code === 2 && name !== null && ended.stderr.includes("RUN_COMPLETED")) return name;
  expect(ended.code, ended.stderr).toBe(0);
  return (await unfinished(place))!;
}

describe("kill -9", () => {
  it(`${KILLS} times at random moments, resumed each time`, async () => {
    let kills = 0;
    while (kills < KILLS) {
      const place = await newPlace();
      for (;;) {
        const moment = kills < KILLS ? 200 + random() * expected.ms * 0.6 : 600_000;
        const run = await attempt(place, moment);
        if (run === null) kills++;
        else {
          await verify(place, run, true);
          break;
        }
      }
      await discard(place);
    }
  }, 3_600_000);

  it(`${NEW_RUNS} times at random moments, then a new run instead of resuming`, async () => {
    for (let round = 0; round < NEW_RUNS; round++) {
      const place = await newPlace();
      const running = start(place.dir, ["run"], place.env);
      await sleep(expected.ms * (0.2 + 0.75 * random()));
      running.child.kill("SIGKILL");
      await running.ended;
      const ended = await migrate(place.dir, ["run", "--json"], place.env);
      expect(ended.code, ended.stderr).toBe(0);
      await verify(place, (await unfinished(place))!, false);
      await discard(place);
    }
  }, 3_600_000);

  const origin = "join migrate.origin o on o.id = p.origin_id";
  const moments: Readonly<Record<string, string>> = {
    "while foreign keys are away": `select 1 from migrate.progress p ${origin} where o.object = 'contact' and p.phase = 'reading' and p.chunk >= 2`,
    "while rows are held": "select 1 from migrate.progress where phase = 'holding'",
    "before deferred references are set": `select 1 from migrate.progress p ${origin} where o.object = 'task' and p.phase = 'done'`,
    "between two objects' deferred references":
      "select 1 where not exists (select from migrate.deferred d join migrate.origin o on o.id = d.origin_id where o.object = 'account') and exists (select from migrate.progress p join migrate.origin o on o.id = p.origin_id where o.object = 'task' and p.phase = 'done')",
    "after the last commit, before run.json says so": "select 1 from migrate.run where status = 'completed'",
  };

  for (const [title, condition] of Object.entries(moments)) {
    for (const how of ["resumed", "then a new run"] as const) {
      // the lean run of every day leaves out what the random moments show as well
      if (how === "then a new run" && !soak && !/held|deferred/.test(title)) continue;
      it(`${title}, ${how}`, async () => {
        const place = await newPlace();
        const running = start(place.dir, ["run"], place.env);
        await withClient(place.database.url, async (client) => {
          await untilFound(client, condition, running.alive);
        });
        running.child.kill("SIGKILL");
        // the moment after the last commit is short: the process may have ended by itself
        const killed = (await running.ended).code === null;
        expect(killed || title.startsWith("after the last"), "killed in time").toBe(true);
        const name = (await unfinished(place))!;
        const args = how === "resumed" ? ["--resume", name] : [];
        const ended = await migrate(place.dir, ["run", "--json", ...args], place.env);
        if (ended.code === 2) expect(ended.stderr).toContain("is completed: there is nothing to resume");
        else expect(ended.code, ended.stderr).toBe(0);
        await verify(place, (await unfinished(place))!, how === "resumed", soak);
        await discard(place);
      }, 600_000);
    }
  }
});
