/** `kill -9` in the middle of a retry and of a delta: resumed, they end as if nothing had happened. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { seededRandom } from "../helpers/context.ts";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";
import { writeCrmConfig, writeCrmFiles } from "./crm-files.ts";
import { figures, migrate, newFolder, readReport, rejectFiles, removeFolders, runNames, start } from "./kit.ts";
import { countForeignKeys, dumpDifference, dumpTarget, leftOvers, withClient } from "./target.ts";

const SOAK = process.env.SOAK === "1";
const random = seededRandom(Number(process.env.SOAK_SEED ?? 20_261_126));
const CONTACTS = SOAK ? 20_000 : 200;
/** Small chunks: many moments between two transactions. */
const CHUNK = SOAK ? "2000" : "40";
const databases: TestDatabase[] = [];

afterAll(async () => {
  for (const database of databases) await database.drop();
  removeFolders();
});

interface Place {
  readonly dir: string;
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Contacts whose address is wrong: they are rejected, and what refers to them waits. */
const spoil = (dir: string): void => {
  const path = join(dir, "data", "contacts.csv");
  writeFileSync(path, readFileSync(path, "utf8").replace(/,(c\d*[1-6])@mail\.example,/g, ",$1 at mail,"));
};

async function loaded(): Promise<Place> {
  const dir = newFolder();
  writeCrmFiles(dir, { contacts: CONTACTS });
  spoil(dir);
  writeCrmConfig(dir, { rejects: 1, more: "delta: { deleted: delete }\n" });
  const database = await createTestDatabase();
  databases.push(database);
  const place = { dir, url: database.url, env: { DATABASE_URL: database.url, MIGRATE_CHUNK_RECORDS: CHUNK } };
  await done(place, ["run"]);
  return place;
}

async function done({ dir, env }: Place, args: readonly string[]): Promise<void> {
  const { code, stderr } = await migrate(dir, [...args, "--json"], env);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
}

/** What is different at the source after each step: the addresses are mended; then much is, and some is gone. */
const STEPS = [
  {
    change: ({ dir }: Place) => writeCrmFiles(dir, { contacts: CONTACTS }),
    command: ({ dir }: Place) => ["retry", runNames(dir)[0]!],
  },
  {
    change: ({ dir }: Place) => writeCrmFiles(dir, { contacts: CONTACTS * 0.9, seed: 8 }),
    command: () => ["run", "--delta"],
  },
] as const;

const chunks = (object: string, phase: string, least: number): string =>
  `select 1 from migrate.progress p join migrate.origin o on o.id = p.origin_id
    where p.run_id = $1 and o.object = '${object}' and p.phase = '${phase}' and p.chunk >= ${least}`;

/** Moments of a run, as the database shows them. */
const MOMENTS: readonly (readonly string[])[] = [
  [chunks("contact", "reading", 2), ...(SOAK ? [chunks("contact", "done", 0)] : [])],
  [
    chunks("account", "holding", 0),
    ...(SOAK ? [chunks("contact", "reading", 2)] : []),
    "select 1 from migrate.gone where run_id = $1",
    ...(SOAK ? [chunks("task", "done", 0)] : []),
  ],
];

/** Starts or resumes; kills at the moment that `wait` ends with true. Whether it was killed. */
async function killed(
  place: Place,
  args: readonly string[],
  wait: (run: string, ask: (sql: string) => Promise<boolean>) => Promise<void>,
): Promise<boolean> {
  const before = runNames(place.dir).length;
  const running = start(place.dir, args, place.env);
  await withClient(place.url, async (client) => {
    const newest = async (): Promise<{ id: string; status: string } | undefined> =>
      (await client.query("select id, status from migrate.run order by id desc limit 1")).rows[0];
    const resumes = args.includes("--resume");
    while (running.alive() && !resumes && runNames(place.dir).length === before)
      await client.query("select pg_sleep(0.005)");
    const runs = runNames(place.dir).length;
    for (;;) {
      if (!running.alive()) return;
      const { rows } = await client.query("select count(*)::int as n from migrate.run");
      if (rows[0].n >= runs) break;
    }
    const { id } = (await newest())!;
    await wait(id, async (sql) => {
      if (!running.alive()) return true;
      const { rowCount } = await client.query(sql, sql.includes("$1") ? [id] : []);
      return rowCount! > 0;
    });
  });
  running.child.kill("SIGKILL");
  return (await running.ended).code === null;
}

const look = async (place: Place) => {
  const run = runNames(place.dir).at(-1)!;
  return {
    dump: await dumpTarget(place.url),
    figures: figures(readReport(place.dir, run)),
    rejects: rejectFiles(place.dir, run),
  };
};

it("retry and delta end the same", { timeout: 3_600_000 }, async () => {
  const calm = await loaded();
  const place = await loaded();
  let kills = 0;
  for (const [at, { change, command }] of STEPS.entries()) {
    change(calm);
    const began = performance.now();
    await done(calm, command(calm));
    const ms = performance.now() - began;
    const expected = await look(calm);
    change(place);
    const runs = runNames(place.dir).length;
    const resume = (): readonly string[] =>
      runNames(place.dir).length === runs ? command(place) : ["run", "--resume", runNames(place.dir).at(-1)!];
    for (const moment of MOMENTS[at]!) {
      const found = await killed(place, resume(), async (_, ask) => {
        while (!(await ask(moment))) await sleep(2);
      });
      if (found) kills++;
    }
    for (let soak = 0; SOAK && soak < 15; soak++) {
      const pause = random() * ms * 0.2;
      await killed(place, resume(), async (_, ask) => void (await ask(`select pg_sleep(${pause / 1000})`)));
    }
    const status = readReport(place.dir, runNames(place.dir).at(-1)!)?.status;
    if (status !== "completed") await done(place, resume());
    const ended = await look(place);
    expect(runNames(place.dir)).toHaveLength(runs + 1);
    expect(dumpDifference(expected.dump, ended.dump)).toEqual([]);
    expect(ended.figures).toEqual(expected.figures);
    expect(ended.rejects).toEqual(expected.rejects);
    expect(await leftOvers(place.url, await countForeignKeys(calm.url))).toEqual([]);
  }
  expect(kills).toBe(MOMENTS.flat().length);
});
