/** What a target holds, in a form that can be compared between databases. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { ident, literal, table } from "../../core/store/quote.ts";

interface Key {
  readonly table: string;
  readonly column: string;
  readonly target: string;
  readonly validated: boolean;
}

/** Opens a connection of its own, and closes it. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Asks until a query has a row, or `going` is false; a pause between, for what it waits for shares the processors. True: found. */
export async function untilFound(
  client: pg.Client,
  query: string,
  going: () => boolean,
  pauseMs = 3,
): Promise<boolean> {
  while (going()) {
    const found = await client.query(query).catch(() => ({ rowCount: 0 }));
    if (found.rowCount === 1) return true;
    await sleep(pauseMs);
  }
  return false;
}

async function foreignKeys(client: pg.Client, schema: string): Promise<readonly Key[]> {
  const { rows } = await client.query<Key>(
    `select r.relname as table, a.attname as column, f.relname as target, c.convalidated as validated
     from pg_constraint c join pg_class r on r.oid = c.conrelid join pg_class f on f.oid = c.confrelid
       join pg_namespace n on n.oid = r.relnamespace
       join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
     where c.contype = 'f' and n.nspname = $1 order by 1, 2`,
    [schema],
  );
  return rows;
}

/**
 * Every row of every table as text, ordered; ids are replaced by the external ids of what they refer to, and moments
 * that the load itself set are left out. Two loads of the same data are equal, whatever ids they gave.
 */
export async function dumpTarget(url: string, schema = "crm"): Promise<ReadonlyMap<string, readonly string[]>> {
  return withClient(url, async (client) => {
    await client.query("set timezone = 'UTC'");
    const keys = await foreignKeys(client, schema);
    const { rows: columns } = await client.query<{ table: string; columns: string[] }>(
      `select c.relname as table, array_agg(a.attname::text order by a.attnum) as columns
       from pg_class c join pg_attribute a on a.attrelid = c.oid join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = $1 and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped group by 1 order by 1`,
      [schema],
    );
    const external = (name: string, id: string) =>
      `(select coalesce(x.external_source || ':' || x.external_id, '?') from ${table(schema, name)} x where x.id = ${id})`;
    const dump = new Map<string, readonly string[]>();
    for (const { table: name, columns: all } of columns) {
      const key = new Map(keys.filter((each) => each.table === name).map((each) => [each.column, each.target]));
      const parts = all
        .filter((column) => column !== "id" && column !== "updated_at")
        .map((column) => {
          const value = `t.${ident(column)}`;
          const target = key.get(column);
          const type = column.replace(/_id$/, "_type");
          const object = column === "from_id" ? "from_object" : column === "to_id" ? "to_object" : type;
          if (column === "created_at") return `case when ${value} < now() - interval '1 year' then ${value}::text end`;
          if (target !== undefined) return external(target, value);
          if (/_id$/.test(column) && column !== "external_id" && all.includes(object)) {
            const cases = columns
              .filter((each) => each.columns.includes("external_id"))
              .map((each) => `when ${literal(each.table)} then ${external(each.table, value)}`);
            return `case t.${ident(object)} ${cases.join(" ")} end`;
          }
          return `${value}::text`;
        });
      const { rows } = await client.query<{ row: string }>(
        `select jsonb_build_array(${parts.join(", ")})::text as row from ${table(schema, name)} t order by 1`,
      );
      if (rows.length > 0)
        dump.set(
          name,
          rows.map((row) => row.row),
        );
    }
    return dump;
  });
}

/** Lines that differ between two dumps, a few of them; empty when they are equal. */
export function dumpDifference(
  expected: ReadonlyMap<string, readonly string[]>,
  actual: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const lines: string[] = [];
  for (const name of new Set([...expected.keys(), ...actual.keys()])) {
    const count = new Map<string, number>();
    for (const row of expected.get(name) ?? []) count.set(row, (count.get(row) ?? 0) + 1);
    for (const row of actual.get(name) ?? []) count.set(row, (count.get(row) ?? 0) - 1);
    const off = [...count].filter(([, times]) => times !== 0);
    if (off.length === 0) continue;
    lines.push(`${name}: ${off.length} rows differ`);
    for (const [row, times] of off.slice(0, 6)) lines.push(`  ${times > 0 ? "missing" : "too many"} ${row}`);
  }
  return lines;
}

/** What must not be left behind by a run that ended: hold tables, deferred references, keys missing or not validated. */
export async function leftOvers(url: string, expectedKeys: number, schema = "crm"): Promise<readonly string[]> {
  return withClient(url, async (client) => {
    const found: string[] = [];
    const { rows: tables } = await client.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'migrate' and c.relkind = 'r' and c.relname ~ '^(hold|stage)'`,
    );
    for (const { name } of tables) found.push(`table migrate.${name}`);
    const { rows: deferred } = await client.query<{ n: number }>("select count(*)::int as n from migrate.deferred");
    if (deferred[0]!.n > 0) found.push(`${deferred[0]!.n} deferred references`);
    const keys = await foreignKeys(client, schema);
    if (keys.length !== expectedKeys) found.push(`${keys.length} foreign keys instead of ${expectedKeys}`);
    for (const key of keys) if (!key.validated) found.push(`foreign key ${key.table}.${key.column} is not validated`);
    const { rows: outcomes } = await client.query<{ mapping: string; read: number; kept: number }>(
      `select o.mapping, (p.counts->>'read')::int as read,
         coalesce((select sum(x.count) from migrate.outcome x where x.run_id = p.run_id and x.origin_id = p.origin_id), 0)::int as kept
       from migrate.progress p join migrate.origin o on o.id = p.origin_id join migrate.run r on r.id = p.run_id
       where r.status = 'completed'`,
    );
    for (const row of outcomes)
      if (row.kept !== row.read) found.push(`${row.mapping}: ${row.read} read, ${row.kept} outcomes`);
    return found;
  });
}

export async function countForeignKeys(url: string, schema = "crm"): Promise<number> {
  return withClient(url, async (client) => (await foreignKeys(client, schema)).length);
}

/** xmin and ctid of every row of every table: changes with any write. */
export async function rowVersions(url: string, schema = "crm"): Promise<ReadonlyMap<string, string>> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind = 'r' order by 1",
      [schema],
    );
    const versions = new Map<string, string>();
    for (const { name } of rows) {
      const found = await client.query<{ v: string }>(
        `select count(*) || ' ' || coalesce(md5(string_agg(t.id || ' ' || t.xmin || ' ' || t.ctid, ',' order by t.ctid)), '') as v from ${table(schema, name)} t`,
      );
      versions.set(name, found.rows[0]!.v);
    }
    return versions;
  });
}

/** A checksum of every table outside of the system's schemas, and of what the catalogs say about all that is there. */
export async function checksums(url: string): Promise<Readonly<Record<string, string>>> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ schema: string; name: string }>(
      `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1, 2`,
    );
    const sums: Record<string, string> = {};
    const sum = async (label: string, query: string): Promise<void> => {
      const found = await client.query<{ v: string }>(
        `select count(*) || ' ' || coalesce(md5(string_agg(x, ',' order by x)), '') as v from (${query}) q(x)`,
      );
      sums[label] = found.rows[0]!.v;
    };
    for (const { schema, name } of rows) await sum(`${schema}.${name}`, `select t::text from ${table(schema, name)} t`);
    const ours = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";
    await sum("schemas", `select nspname::text from pg_namespace n where ${ours}`);
    await sum(
      "columns",
      `select concat_ws('|', n.nspname, c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull)
       from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid where ${ours}`,
    );
    await sum(
      "constraints",
      `select concat_ws('|', n.nspname, c.conname, pg_get_constraintdef(c.oid), c.convalidated)
       from pg_constraint c join pg_namespace n on n.oid = c.connamespace where ${ours}`,
    );
    return sums;
  });
}
