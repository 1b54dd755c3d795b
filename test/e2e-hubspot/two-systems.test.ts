/** A Salesforce org and a HubSpot portal into one database: people, users and companies that both know are one row each. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createRegistry } from "../../connectors/registry.ts";
import { compilerFor, openSession, runMigration } from "../../core/engine/index.ts";
import type { Session } from "../../core/engine/session.ts";
import type { RunReport } from "../../core/engine/types.ts";
import { reconcile } from "../../core/proof/index.ts";
import { migrate, newFolder, removeFolders } from "../e2e/kit.ts";
import { rowVersions } from "../e2e/target.ts";
import { SOURCE as SALESFORCE } from "../e2e-salesforce/kit.ts";
import { testContext } from "../helpers/context.ts";
import { createTestDatabase } from "../helpers/database.ts";
import { type HubspotSim, startHubspot } from "../sim/hubspot/index.ts";
import { CLIENT_ID, CLIENT_SECRET, type Row, type SalesforceSim, startSalesforce } from "../sim/salesforce/index.ts";
import { SOURCE as HUBSPOT, notAddingUp, UNLIMITED } from "./kit.ts";
import { records } from "./truth-values.ts";

type Name = "salesforce" | "hubspot";
const NAMES: readonly Name[] = ["salesforce", "hubspot"];
const SHARED = ["user", "account", "contact"] as const;
type Shared = (typeof SHARED)[number];

let org: SalesforceSim;
let portal: HubspotSim;
/** Both migrations as `migrate init` leaves them. */
let drafts: string;

const env = (): Readonly<Record<string, string>> => ({
  SF_LOGIN_URL: org.url,
  SF_CLIENT_ID: CLIENT_ID,
  SF_CLIENT_SECRET: CLIENT_SECRET,
  HUBSPOT_TOKEN: portal.token(),
  HUBSPOT_BASE_URL: portal.url,
});

beforeAll(async () => {
  org = await startSalesforce({ seed: 1, records: 250, counts: { Account: 110 } });
  portal = await startHubspot({ seed: 1, records: 350, limits: UNLIMITED });
  drafts = newFolder();
  const ended = await Promise.all(
    NAMES.map((name) => {
      const source = name === "salesforce" ? SALESFORCE : HUBSPOT;
      return migrate(drafts, ["init", name, "--source", name, "--source-options", source], env());
    }),
  );
  for (const { code, stderr, stdout } of ended) expect(code, stderr + stdout).toBe(0);
}, 600_000);

afterAll(async () => {
  await org.close();
  await portal.close();
  removeFolders();
});

interface Target {
  readonly url: string;
  run(name: Name): Promise<RunReport>;
  /** `migrate reconcile`; fails where it would not end with 0. */
  prove(name: Name): Promise<void>;
  rows<T>(sql: string): Promise<readonly T[]>;
}

/** Folders of both migrations and an empty database. `lines`: what is added below `key:` of the three mapping files, beside `match`. */
async function target(lines: Partial<Record<Name, string>> = {}): Promise<Target> {
  const dir = newFolder();
  cpSync(drafts, dir, { recursive: true });
  for (const name of NAMES) {
    for (const [object, field] of [
      ["user", "email"],
      ["contact", "email"],
      ["account", "domain"],
    ]) {
      const path = join(dir, name, "mappings", `${object}.yaml`);
      const text = readFileSync(path, "utf8");
      expect(text).toMatch(/^key: .*$/m);
      const more = [`match: [external_id, ${field}]`, ...(lines[name] === undefined ? [] : [lines[name]])];
      writeFileSync(path, text.replace(/^key: .*$/m, `$&\n${more.join("\n")}`));
    }
  }
  const { url, database, drop } = await createTestDatabase();
  onTestFinished(drop);
  const within = async <T>(name: Name, work: (session: Session) => Promise<T>): Promise<T> => {
    const session = await openSession(join(dir, name, "migration.yaml"), {
      registry: createRegistry(join(dir, name)),
      context: testContext({ env: { ...env(), DATABASE_URL: url }, now: () => new Date() }),
      fromSnapshot: null,
    });
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  };
  return {
    url,
    async run(name) {
      const report = await within(name, (session) => runMigration(session, {}, () => undefined));
      expect(report).toMatchObject({ status: "completed", clean: true, totals: { rejected: 0 } });
      expect(notAddingUp(report)).toEqual([]);
      return report;
    },
    prove: (name) =>
      within(name, async (session) => {
        const proof = await reconcile(session, {
          run: null,
          spotChecks: 60,
          figures: SOAK,
          compile: await compilerFor(session),
        });
        expect(proof.objects.flatMap(({ mapping, problems }) => problems.map((text) => [mapping, text]))).toEqual([]);
        expect(proof.spotChecks.filter(({ ok }) => !ok)).toEqual([]);
        expect(proof).toMatchObject({ ok: true, clean: true });
      }),
    rows: async <T>(sql: string) => (await database.query(sql)).rows as T[],
  };
}

/** Figures of every field are compared in the long trials. */
const SOAK = process.env.SOAK === "1";

const live = (object: string): readonly Row[] => [...org.org.truth(object)];
const lower = (value: unknown): string | null => (typeof value === "string" ? value.toLowerCase() : null);
const domain = (value: unknown): string | null => /^(?:www\.)?(company\d+\.example)$/.exec(String(value))?.[1] ?? null;

/** Ids of what both systems hold, as `salesforce:ID hubspot:ID`; from the systems' own data. */
function inBoth(): Readonly<Record<Shared, readonly string[]>> {
  const { owners } = portal.portal;
  const pairs = (
    ours: Iterable<readonly [string | null, unknown]>,
    theirs: Iterable<readonly [string | null, string]>,
  ): string[] => {
    const known = new Map([...theirs].filter(([value]) => value !== null));
    return [...ours]
      .flatMap(([value, id]) => {
        const other = value === null ? undefined : known.get(value);
        return other === undefined ? [] : [`hubspot:${other} salesforce:${id}`];
      })
      .sort();
  };
  return {
    user: pairs(
      live("User").map(({ Email, Id }) => [lower(Email), Id]),
      owners.map(({ email, id }) => [lower(email), id]),
    ),
    account: pairs(
      live("Account").map(({ Website, Id }) => [domain(Website), Id]),
      [...records(portal.portal, "companies")].map(({ id, values }) => [domain(values.domain ?? values.website), id]),
    ),
    contact: pairs(
      live("Contact").map(({ Email, Id }) => [lower(Email), Id]),
      [...records(portal.portal, "contacts")].map(({ id, values }) => [lower(values.email), id]),
    ),
  };
}

/** `names`: all ids of each row of the three objects, as `hubspot:ID salesforce:ID`. */
const NAMES_OF = `names as (
  select object, id, string_agg(distinct name, ' ' order by name) as names from (
    ${SHARED.map((object) => `select '${object}' as object, id, external_source || ':' || external_id as name from crm."${object}"`).join(" union all ")}
    union all select object, target_id::bigint, external_source || ':' || external_id from migrate.id_map where kind in ('row', 'match')) n
  group by 1, 2)`;

/** Child (its ids) -> parent (its ids), of every reference to the three objects. */
async function links({ rows }: Target): Promise<readonly string[]> {
  const own = (table: string) =>
    (SHARED as readonly string[]).includes(table)
      ? `(select names from names c where c.object = '${table}' and c.id = t.id)`
      : "t.external_source || ':' || t.external_id";
  const fields = [
    ["opportunity", "account_id", "'account'"],
    ["opportunity", "owner_id", "'user'"],
    ["account", "owner_id", "'user'"],
    ["account", "parent_id", "'account'"],
    ["contact", "account_id", "'account'"],
    ["case", "contact_id", "'contact'"],
    ["case", "account_id", "'account'"],
    ["task", "related_id", "t.related_type"],
    ["association", "from_id", "t.from_object"],
    ["association", "to_id", "t.to_object"],
  ];
  const found = await rows<{ link: string }>(
    `with ${NAMES_OF} ${fields
      .map(
        ([table, column, object]) =>
          `select '${table} ' || ${own(table!)} || ' ${column} ' || p.names as link from crm."${table}" t
             join names p on p.object = ${object} and p.id = t.${column}`,
      )
      .join(" union all ")} order by 1`,
  );
  return found.map(({ link }) => link);
}

/** What both hold, but for ids: the same whichever system came first. */
const values = ({ rows }: Target) =>
  rows(
    `with ${NAMES_OF} ${SHARED.map(
      (
        object,
      ) => `select '${object} ' || names as row, (select jsonb_object_agg(key, value order by key) from jsonb_each(to_jsonb(t))
          where key !~ '(^|_)id$' and key <> 'external_source') as fields
        from crm."${object}" t join names n on n.object = '${object}' and n.id = t.id where names like '% %'`,
    ).join(" union all ")} order by 1`,
  );

const unchanged = { inserted: 0, updated: 0, merged: 0, rejected: 0 };

/** One row each, with both ids; every reference of either system leads to it. */
async function expectTogether(at: Target, second: RunReport): Promise<void> {
  const both = inBoth();
  const together = await at.rows<{ object: Shared; names: string }>(
    `with ${NAMES_OF} select object, names from names where names like '% %' order by 1, 2`,
  );
  for (const object of SHARED) {
    expect(both[object].length, object).toBeGreaterThan(1);
    expect(together.filter((row) => row.object === object).map(({ names }) => names)).toEqual(both[object]);
    const met = second.objects
      .filter((each) => each.object === object)
      .reduce((sum, { updated, unchanged: same }) => sum + updated + same, 0);
    expect([object, met]).toEqual([object, both[object].length]);
  }
  // the id map holds both ids of each, as `migrate ids export` would give them
  const [{ n }] = (await at.rows<{ n: number }>(
    `select count(*)::int as n from migrate.id_map where kind in ('row', 'match') and object in ('user', 'account', 'contact')`,
  )) as [{ n: number }];
  expect(n).toBe(2 * SHARED.reduce((sum, object) => sum + both[object].length, 0));
}

/** References of both systems' children, against the systems' own data. */
function expectChildren(found: readonly string[]): void {
  const { account } = inBoth();
  const names = new Map(account.flatMap((pair) => pair.split(" ").map((name) => [name, pair] as const)));
  const known = new Set(found);
  const ours = live("Opportunity").filter(({ AccountId }) => AccountId !== null);
  const theirs = [...records(portal.portal, "deals")].flatMap(({ id }) =>
    portal.portal
      .associations(portal.portal.type("deals")!, id, portal.portal.type("companies")!)!
      .map(({ toId }) => [id, toId] as const),
  );
  for (const list of [
    ours.map(({ AccountId }) => `salesforce:${AccountId}`),
    theirs.map(([, toId]) => `hubspot:${toId}`),
  ])
    expect(list.filter((name) => names.has(name)).length).toBeGreaterThan(5);
  for (const { Id, AccountId } of ours) {
    const name = `salesforce:${AccountId}`;
    expect(known).toContain(`opportunity salesforce:${Id} account_id ${names.get(name) ?? name}`);
  }
  const ends = new Set(found.flatMap((link) => / to_id (.*)$/.exec(link)?.[1] ?? []));
  for (const [, toId] of theirs) expect(ends).toContain(names.get(`hubspot:${toId}`) ?? `hubspot:${toId}`);
}

test("Salesforce leads, HubSpot fills gaps: one row each, with both ids, and every reference leads to it", async () => {
  const at = await target({ salesforce: "blank: ignore", hubspot: "overwrite: if-empty" });
  await at.run("salesforce");
  await expectTogether(at, await at.run("hubspot"));
  await at.prove("hubspot");
  expectChildren(await links(at));
}, 600_000);

// the second order takes as long as the first
test.runIf(SOAK)(
  "Salesforce leads, HubSpot fills gaps: both orders end in the same rows",
  async () => {
    const ends: { readonly links: readonly string[]; readonly values: readonly unknown[] }[] = [];
    for (const order of [NAMES, NAMES.toReversed()]) {
      const at = await target({ salesforce: "blank: ignore", hubspot: "overwrite: if-empty" });
      await at.run(order[0]!);
      await expectTogether(at, await at.run(order[1]!));
      for (const name of order) await at.prove(name);
      const end = { links: await links(at), values: await values(at) };
      expectChildren(end.links);
      ends.push(end);
    }
    expect(ends[1]!.values).toEqual(ends[0]!.values);
    expect(ends[1]!.links).toEqual(ends[0]!.links);
  },
  600_000,
);

test.runIf(SOAK)(
  "with match alone the second writes over the first; both are proven, and runs without a change write nothing",
  async () => {
    const at = await target();
    await at.run("salesforce");
    await expectTogether(at, await at.run("hubspot"));
    for (const name of NAMES) await at.prove(name);
    const before = await rowVersions(at.url);
    for (const name of NAMES) expect((await at.run(name)).totals).toMatchObject(unchanged);
    expect(await rowVersions(at.url)).toEqual(before);
    for (const name of NAMES) await at.prove(name);
  },
  600_000,
);
