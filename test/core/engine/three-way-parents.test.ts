/** References that both sides changed, where the record that the source means is there, comes later, or never comes. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Migration, migration } from "./kit.ts";

/** Each is that of a field of its own, so that one migration shows them all. */
const POLICIES = ["source", "target", "newest", "review"] as const;
type Policy = (typeof POLICIES)[number];

interface Kind {
  readonly child: string;
  readonly parent: string;
  /** References are set after the rows: which side is newer cannot be told. */
  readonly afterwards: boolean;
}

const KINDS: Readonly<Record<string, Kind>> = {
  "into the same table": { child: "account", parent: "account", afterwards: false },
  "into a table that comes before": { child: "contact", parent: "account", afterwards: false },
  "into a table that comes afterwards": { child: "account", parent: "contact", afterwards: true },
};

const fieldsOf = (prefix: string, object: string) =>
  POLICIES.map((policy) => `${prefix}_${policy}: { type: reference, lookup: ${object} }`).join(", ");
const MODEL = `version: 1
name: own
order: [account, contact]
objects:
  account:
    fields: { name: text, ${fieldsOf("account", "account")}, ${fieldsOf("contact", "contact")} }
  contact:
    fields: { name: text, main_id: { type: reference, lookup: account }, ${fieldsOf("account", "account")} }
`;
const OLD = "2024-01-01T00:00:00Z";
const [EARLY, LATE] = ["2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"];

interface Play {
  readonly m: Migration;
  /** A delta of a child that says this parent; `there`: the parents, besides A and U, that the source has. Returns its name. */
  delta(parent: string, there?: readonly string[], changed?: string): Promise<string>;
  /** Users give the child another parent. */
  edit(parent: string): Promise<void>;
  /** Key of the child's parent in the target, by policy. */
  parents(): Promise<Record<string, unknown>>;
  /** Decision, and keys or texts of both sides, of the conflicts of the last run, by policy. */
  conflicts(): Promise<Record<string, string>>;
}

/** A child C whose parent is `first`; parents A and U. */
async function play({ child, parent }: Kind, first = "A"): Promise<Play> {
  const lookups = POLICIES.map(
    (policy) =>
      `  ${parent}_${policy}: { from: Parent, lookup: ${parent}, missing: "null", conflicts: ${policy}, blank: clear }\n`,
  ).join("");
  const mapping = (object: string) =>
    `object: ${object}\nsource: ${object}s.csv\nkey: Id\nfields:\n  name: Name\n  updated_at: Changed\n${
      object === "contact" ? "  main_id: { from: Main, lookup: account }\n" : ""
    }${object === child ? lookups : ""}`;
  const files = (says: string, there: readonly string[], changed: string) => {
    const children = [`C,Child,${changed},${says},`];
    const parents = ["A", "U", ...there].map((key) => `${key},Parent ${key},${OLD},,`);
    const lists = child === parent ? { [child]: [...children, ...parents] } : { [child]: children, [parent]: parents };
    return Object.entries({ contact: [`X,Else,${OLD},,`], ...lists }).map(
      ([object, rows]) => [`${object}s.csv`, ["Id,Name,Changed,Parent,Main", ...rows].join("\n")] as const,
    );
  };
  const m = await migration({
    model: MODEL,
    config: "conflicts: review\ndelta: { deleted: keep }\n",
    files: Object.fromEntries(files(first, [], OLD)),
    mappings: { account: mapping("account"), contact: mapping("contact") },
  });
  await m.run();
  const keys = new Map<string, string>();
  const learn = async () => {
    for (const [id, key] of await m.sql(`select id::text, external_id from crm.${parent}`))
      keys.set(id as string, key as string);
  };
  const columns = POLICIES.map((policy) => `${parent}_${policy}`);
  return {
    m,
    delta: async (says, there = [], changed = LATE) => {
      for (const [name, content] of files(says, there, changed)) await m.data(name, content);
      const { run } = await m.run({ delta: true });
      await learn();
      return run;
    },
    edit: async (key) => {
      const id = `(select id from crm.${parent} where external_id = $1)`;
      const set = columns.map((column) => `${column} = ${id}`).join(", ");
      const done = await m.sql(`update crm.${child} set ${set}, updated_at = $2 where external_id = 'C' returning 1`, [
        key,
        EARLY,
      ]);
      expect(done).toHaveLength(1);
    },
    parents: async () => {
      await learn();
      const [row] = await m.sql(
        `select ${columns.map((column) => `${column}::text`).join(", ")} from crm.${child} where external_id = 'C'`,
      );
      return Object.fromEntries(POLICIES.map((policy, i) => [policy, keys.get(row![i] as string) ?? null]));
    },
    conflicts: async () =>
      Object.fromEntries(
        (
          await m.sql(
            `select k.policy, k.decision, coalesce(k.reference, k.source ->> k.field), k.target ->> k.field from migrate.conflict k
             where k.run_id = (select max(id) from migrate.run) and k.field like $1 order by k.policy`,
            [`${parent}\\_%`],
          )
        ).map(([policy, decision, source, target]) => [
          policy,
          [decision ?? "open", keys.get(source as string) ?? source, keys.get(target as string) ?? target].join(" "),
        ]),
      ),
  };
}

const all = <Value>(value: (policy: Policy) => Value): Record<string, Value> =>
  Object.fromEntries(POLICIES.map((policy) => [policy, value(policy)]));

const clean = async ({ m }: Play) => {
  const proof = await m.prove(20);
  expect(proof.objects.flatMap(({ problems }) => problems)).toEqual([]);
  expect(proof.spotChecks.filter(({ ok }) => !ok)).toEqual([]);
};

describe.each(Object.entries(KINDS))("a reference %s", (_, kind) => {
  /** Who wins where the source's time is the later one. */
  const winner = (policy: Policy): "source" | "target" | "open" => {
    if (policy === "newest") return kind.afterwards ? "open" : "source";
    return policy === "review" ? "open" : policy;
  };
  const wins = (source: string | null) => all((policy) => (winner(policy) === "source" ? source : "U"));
  const listed = all((policy) => `${winner(policy)} N U`);
  /** Without those that the source has won: of these nothing is left to decide. */
  const left = Object.fromEntries(Object.entries(listed).filter(([, text]) => !text.startsWith("source")));

  test("changed on both sides, the new parent comes in the same delta", async () => {
    const p = await play(kind);
    await p.edit("U");
    await p.delta("N", ["N"]);
    expect(await p.parents()).toEqual(wins("N"));
    expect(await p.conflicts()).toEqual(listed);
    await clean(p);
  });

  test("changed on both sides, the new parent comes with a later delta", async () => {
    const p = await play(kind);
    await p.edit("U");
    await p.delta("N");
    expect(await p.parents()).toEqual(wins(null));
    expect(await p.conflicts()).toEqual(listed);
    await clean(p);
    await p.delta("N", ["N"]);
    expect(await p.parents()).toEqual(wins("N"));
    expect(await p.conflicts()).toEqual(left);
    await clean(p);
  });

  test("changed on both sides, the new parent never comes", async () => {
    const p = await play(kind);
    await p.edit("U");
    const run = await p.delta("N");
    const told = await p.m.sql(
      "select field, reason from migrate.warning where code = 'LOOKUP_MISSING' and value = 'N' order by field",
    );
    for (const [field, reason] of told as [string, string][]) {
      const kept = winner(field.slice(field.lastIndexOf("_") + 1) as Policy) !== "source";
      expect(reason).toMatch(kept ? /; what the target has stays$/ : /; left empty$/);
    }
    expect(told).toHaveLength(POLICIES.length);
    const file = await readFile(join(p.m.folder, "runs", run, "conflicts.csv"), "utf8");
    const lines = file.split("\r\n").map((line) => line.split(",").slice(5));
    for (const policy of POLICIES) {
      const decided = winner(policy) === "open" ? "" : winner(policy);
      expect(lines).toContainEqual([policy, "N", expect.stringMatching(/^\d+$/), decided]);
    }
    const before = await p.m.versions();
    await p.delta("N");
    expect(await p.m.versions()).toEqual(before);
    expect(await p.parents()).toEqual(wins(null));
    expect(await p.conflicts()).toEqual(
      Object.fromEntries(Object.entries(listed).filter(([, text]) => text.startsWith("open"))),
    );
    await clean(p);
    // the source goes back to the parent that it had
    await p.delta("A");
    expect(await p.parents()).toEqual(wins("A"));
    await clean(p);
  });

  test("changed on both sides, to none at the source", async () => {
    const p = await play(kind);
    await p.edit("U");
    await p.delta("");
    const none = all((policy) => (policy === "newest" && kind.afterwards ? "source  U" : `${winner(policy)}  U`));
    expect(await p.conflicts()).toEqual(none);
    await clean(p);
  });

  test("changed by the source alone: to parents that are not there, and that are", async () => {
    const p = await play(kind);
    await p.delta("N");
    expect(await p.parents()).toEqual(all(() => null));
    await clean(p);
    await p.delta("N", ["N"]);
    expect(await p.parents()).toEqual(all(() => "N"));
    await p.delta("M", ["N"]);
    expect(await p.parents()).toEqual(all(() => null));
    await p.delta("U", ["N"]);
    expect(await p.parents()).toEqual(all(() => "U"));
    expect(await p.m.sql("select count(*)::int from migrate.conflict")).toEqual([[0]]);
    await clean(p);
  });

  test("changed by the target alone, the source's parent is there", async () => {
    const p = await play(kind);
    await p.edit("U");
    await p.delta("A", ["N"]);
    expect(await p.parents()).toEqual(all(() => "U"));
    expect(await p.conflicts()).toEqual({});
    await clean(p);
  });

  test("changed by the target alone, the source's parent is not there; then it comes", async () => {
    const p = await play(kind, "N");
    expect(await p.parents()).toEqual(all(() => null));
    await p.edit("U");
    await p.delta("N", [], OLD);
    expect(await p.parents()).toEqual(all(() => "U"));
    expect(await p.conflicts()).toEqual({});
    await clean(p);
    await p.delta("N", ["N"]);
    expect(await p.parents()).toEqual(wins("N"));
    expect(await p.conflicts()).toEqual(listed);
    await clean(p);
  });

  test("newest: the target's time is the later one", async () => {
    const p = await play(kind);
    await p.edit("U");
    await p.delta("N", [], "2024-06-01T00:00:00Z");
    expect((await p.parents()).newest).toBe("U");
    expect((await p.conflicts()).newest).toBe(`${kind.afterwards ? "open" : "target"} N U`);
    await clean(p);
  });
});

test("a row between cycles, which goes in before its parent: decided once, with the parent that is there in the end", async () => {
  const policies = POLICIES.filter((policy) => policy !== "newest");
  const columns = policies.map((policy) => `account_${policy}`);
  const m = await migration({
    model: "introspect",
    config: "delta: { deleted: keep }\n",
    sql: `create schema crm;
      create table crm.account (id integer generated always as identity primary key, name text, top_id integer references crm.account,
        ${columns.map((column) => `${column} integer references crm.account`).join(", ")});
      create function crm.nothing() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger nothing before insert on crm.account for each row execute function crm.nothing()`,
    files: { "accounts.csv": "Id,Name,Parent,Top\nA,Old,,\nU,Users',,\nC,Child,A," },
    mappings: {
      account: `object: account\nsource: accounts.csv\nkey: Id\nfields:\n  name: Name\n  top_id: { from: Top, lookup: account }\n${policies.map((policy) => `  account_${policy}: { from: Parent, lookup: account, missing: "null", conflicts: ${policy} }\n`).join("")}`,
    },
  });
  await m.run();
  await m.sql(
    `update crm.account set ${columns.map((column) => `${column} = (select id from crm.account where name = 'Users''')`).join(", ")} where name = 'Child'`,
  );
  await m.data(
    "accounts.csv",
    "Id,Name,Parent,Top\nA,Old,,\nU,Users',,\nC,Child,N,\nN,New,M,\nM,Its child,N,\nX,Grandchild,C,Y\nY,Its top,X,",
  );
  const report = await m.run({ delta: true });
  const named = (column: string) => `(select p.name from crm.account p where p.id = c.${column})`;
  expect(await m.sql(`select ${columns.map(named).join(", ")} from crm.account c where name = 'Child'`)).toEqual([
    ["New", "Users'", "Users'"],
  ]);
  expect(
    await m.sql(
      `select k.policy, k.decision, p.name from migrate.conflict k left join crm.account p on p.id::text = k.source ->> k.field order by 1`,
    ),
  ).toEqual([
    ["review", null, "New"],
    // when its row went in the parent was not there
    ["source", "source", null],
    ["target", "target", "New"],
  ]);
  expect(report.objects[0]!.conflicts).toBe(3);
  const before = await m.versions();
  await m.run({ delta: true });
  expect(await m.versions()).toEqual(before);
  expect(await m.sql("select policy, count(*)::int from migrate.conflict group by 1 order by 1")).toEqual([
    ["review", 2],
    ["source", 1],
    ["target", 1],
  ]);
});

test("a conflict about a parent that is not there is decided: for the source it is empty until the parent comes", async () => {
  const p = await play(KINDS["into the same table"]!);
  await p.edit("U");
  const run = await p.delta("N");
  const path = join(p.m.folder, "runs", run, "conflicts.csv");
  const [head, ...lines] = (await readFile(path, "utf8")).trimEnd().split("\r\n");
  await writeFile(path, [head, ...lines.map((line) => line.replace(/^(.*,review,.*),$/, "$1,source"))].join("\r\n"));
  await p.m.run({ retry: { run, from: path } });
  expect((await p.parents()).review).toBe(null);
  await p.delta("N");
  expect((await p.parents()).review).toBe(null);
  await p.delta("N", ["N"]);
  expect((await p.parents()).review).toBe("N");
});
