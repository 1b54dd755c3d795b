/**
 * References to records of the same chunk: ids are given out before anything is written, so that one INSERT holds parents and
 * children in any order. What becomes of a record whose parent is not written is settled on the `resolved` table alone.
 */
import type pg from "pg";
import { ident } from "../../store/quote.ts";
import { type Sql, type Statement, statement } from "../sql.ts";
import { elsewhere } from "./lookups.ts";
import { type LookupPlan, type MergePlan, RESOLVED, STAGE } from "./plan.ts";
import type { SelfPolicy } from "./resolve.ts";

/**
 * Temporary table of the references that the target does not answer: who refers (`line`), by which lookup, to which row of the
 * chunk (`parent`; null: to none), and the record of another key space that is meant when that row does not go in (`other`).
 */
export const PARENTS = "migrate_parents";

/** Verdicts of rows that are, or are about to be, in the target. */
const THERE = "('i', 'x', 'u', 'm', 'n')";

const run = (client: pg.ClientBase, { text, values }: Statement) => client.query(text, values);

interface SelfLookup {
  readonly lookup: LookupPlan;
  readonly index: number;
}

const selfLookups = (plan: MergePlan): SelfLookup[] =>
  plan.lookups.map((lookup, index) => ({ lookup, index })).filter(({ lookup }) => lookup.kind === "self");

/** What a parent that is not there makes of the record once all is read; null: nothing, the field is left empty. */
function fate(plan: MergePlan, { lookup }: SelfLookup): "r" | "f" | null {
  if (plan.sample?.tree.has(plan.object.name) === true) return "f";
  return lookup.missing === "reject" ? "r" : null;
}

const possible = new WeakMap<MergePlan, boolean>();

/**
 * True where ids can be given out before the rows are written, and where nothing but foreign keys looks for the parents:
 * triggers of others' tables may want to see them.
 */
export async function familiesTogether(client: pg.ClientBase, plan: MergePlan): Promise<boolean> {
  const known = possible.get(plan);
  if (known !== undefined) return known;
  const mapped = plan.values.some((column) => column.field!.model!.column === plan.object.idColumn);
  let together = selfLookups(plan).length > 0 && (mapped || plan.object.idDefault !== null);
  if (together && !plan.model.managed) {
    const { rows } = await client.query<{ free: boolean }>(
      `select not exists (select from pg_trigger where tgrelid = $1::text::regclass and not tgisinternal and tgenabled <> 'D')
         and not exists (select from pg_rewrite where ev_class = $1::text::regclass)
         and coalesce(has_sequence_privilege(pg_get_serial_sequence($1::text, $2::text), 'usage'), true) as free`,
      [plan.table, plan.object.idColumn],
    );
    together = rows[0]!.free;
  }
  possible.set(plan, together);
  return together;
}

function parentRows(plan: MergePlan, policy: SelfPolicy, self: SelfLookup, sql: Sql): string {
  const { lookup, index } = self;
  const reference = `s.${ident(lookup.column.name)}`;
  const other = policy === "decide" ? (elsewhere(plan, lookup, reference, sql) ?? "null::text") : "null::text";
  const before = plan.lookups.slice(0, index).map(({ field }) => field.target);
  // a record that fails by a later field fails by this one first
  const failing = `r.verdict = 'r' and r.code in ('LOOKUP_MISSING', 'LOOKUP_AMBIGUOUS') and r.field <> all(${sql.param(before, "text[]")})`;
  return `select r.line, ${index}, p.line, ${other}
    from ${RESOLVED} r join ${STAGE} s on s.line = r.line left join ${RESOLVED} p on p.key = ${reference}
    where r.${ident(`m_${lookup.column.name}`)} and (r.verdict in ('i', 'x') or (${failing}))`;
}

/** Fills PARENTS from `resolved`; returns how many references it holds. */
export async function findParents(client: pg.ClientBase, plan: MergePlan, policy: SelfPolicy): Promise<number> {
  await client.query(
    `create temp table if not exists ${PARENTS} (line int8 not null, lookup int4 not null, parent int8, other text)`,
  );
  await client.query(`create index if not exists ${PARENTS}_parent on ${PARENTS} (parent)`);
  await client.query(`truncate ${PARENTS}`);
  const found = await run(
    client,
    statement(
      (sql) =>
        `insert into ${PARENTS} ${selfLookups(plan)
          .map((self) => parentRows(plan, policy, self, sql))
          .join(" union all ")}`,
    ),
  );
  return found.rowCount ?? 0;
}

/**
 * Gives `verdict` to all rows that refer, by `lookups`, to `seeds`, to what refers to those, and so on; returns their lines.
 * The index on `parent` leads from row to row: how deep families are does not matter.
 */
async function spread(
  client: pg.ClientBase,
  verdict: string,
  lookups: readonly number[],
  seeds: (sql: Sql) => string,
): Promise<string[]> {
  const { text, values } = statement((sql) => {
    const which = sql.param(lookups, "int4[]");
    return `with recursive hit (line) as (
        select e.line from ${PARENTS} e left join ${RESOLVED} p on p.line = e.parent
          where e.lookup = any(${which}) and ${seeds(sql)}
        union
        select c.line from hit h cross join lateral (
          select e.line from ${PARENTS} e where e.parent = h.line and e.other is null and e.lookup = any(${which}) offset 0) c)
      update ${RESOLVED} r set verdict = ${sql.param(verdict, "text")} from hit where hit.line = r.line returning r.line`;
  });
  const { rows } = await client.query<{ line: string }>(text, values);
  return rows.map(({ line }) => line);
}

/** Tells what the first of the parents that are not there is, for rejected rows. */
async function tellMissing(client: pg.ClientBase, plan: MergePlan, lines: readonly string[]): Promise<void> {
  const killing = selfLookups(plan).filter((self) => fate(plan, self) !== null);
  await run(
    client,
    statement((sql) => {
      const pick = (value: (self: SelfLookup) => string): string =>
        `case d.lookup ${killing.map((self) => `when ${self.index} then ${value(self)}`).join(" ")} end`;
      return `update ${RESOLVED} r set code = 'LOOKUP_MISSING',
          field = ${pick(({ lookup }) => sql.param(lookup.field.target, "text"))},
          value = ${pick(({ lookup }) => `s.${ident(lookup.column.name)}`)},
          detail = ${pick(({ lookup }) => sql.param(`${lookup.objects.map(({ name }) => name).join(" or ")} by ${lookup.by ?? "external id"}`, "text"))}
        from (select distinct on (e.line) e.line, e.lookup from ${PARENTS} e left join ${RESOLVED} p on p.line = e.parent
          where e.line = any(${sql.param(lines, "int8[]")}) and e.other is null
            and e.lookup = any(${sql.param(
              killing.map(({ index }) => index),
              "int4[]",
            )})
            and (p.line is null or p.verdict not in ${THERE}) order by e.line, e.lookup) d
        join ${STAGE} s on s.line = d.line
        where r.line = d.line`;
    }),
  );
}

/** Rows whose parent is not written: held while there is more to read, else what the mapping says. */
async function spreadMissing(
  client: pg.ClientBase,
  plan: MergePlan,
  policy: SelfPolicy,
  seeds: (sql: Sql) => string,
): Promise<readonly string[]> {
  const selfs = selfLookups(plan);
  if (policy !== "decide") {
    const all = selfs.map(({ index }) => index);
    return spread(client, "h", all, seeds);
  }
  const killing = selfs.filter((self) => fate(plan, self) !== null);
  if (killing.length === 0) return [];
  const verdict = fate(plan, killing[0]!)!;
  const which = killing.map(({ index }) => index);
  const lines = await spread(client, verdict, which, seeds);
  if (lines.length > 0 && verdict === "r") await tellMissing(client, plan, lines);
  return lines;
}

/** Settles which rows go in together with their parents, which wait (`h`, `l`), and which do not go in at all. */
export async function settleFamilies(client: pg.ClientBase, plan: MergePlan, policy: SelfPolicy): Promise<void> {
  await spreadMissing(
    client,
    plan,
    policy,
    () => `e.other is null and (p.line is null or p.verdict not in ('i', 'x', 'u', 'm', 'n', 'l'))`,
  );
  const later = await client.query(`select 1 from ${RESOLVED} where verdict = 'l' limit 1`);
  if (later.rowCount === 0) return;
  const all = selfLookups(plan).map(({ index }) => index);
  await spread(client, "l", all, () => "p.verdict = 'l'");
}

/** Sets the references to rows of the chunk by the ids given out; of `lines` alone when they are told. */
export async function fillParents(
  client: pg.ClientBase,
  plan: MergePlan,
  lines: readonly string[] | null = null,
): Promise<void> {
  const selfs = selfLookups(plan);
  const only = (alias: string, sql: Sql) =>
    lines === null ? "" : ` and ${alias}.line = any(${sql.param(lines, "int8[]")})`;
  for (const { lookup, index } of selfs) {
    const [id, missing] = [ident(`r_${lookup.column.name}`), ident(`m_${lookup.column.name}`)];
    await run(
      client,
      statement(
        (sql) => `update ${RESOLVED} r set ${id} = v.id::${lookup.targetType}, ${missing} = v.id is null
          from (select e.line, coalesce(p.tid::text, e.other) as id from ${PARENTS} e
            left join ${RESOLVED} p on p.line = e.parent and p.verdict in ${THERE} where e.lookup = ${index}${only("e", sql)}) v
          where v.line = r.line and r.verdict in ('i', 'x')`,
      ),
    );
  }
  const left = selfs.map(({ lookup }) => `r.${ident(`m_${lookup.column.name}`)}`).join(" or ");
  await run(
    client,
    statement((sql) => `update ${RESOLVED} r set whole = false where whole and (${left})${only("r", sql)}`),
  );
}

/** After the target refused `line`: what refers to it, directly or not, no longer goes in with it. */
export async function parentRefused(
  client: pg.ClientBase,
  plan: MergePlan,
  policy: SelfPolicy,
  line: string,
): Promise<void> {
  const gone = await spreadMissing(
    client,
    plan,
    policy,
    (sql) => `e.other is null and e.parent = ${sql.param(line, "int8")} and e.line <> e.parent`,
  );
  const { rows } = await client.query<{ line: string }>(
    `select line from ${PARENTS} where parent = any($1::int8[]) and line <> all($2::int8[])`,
    [[line, ...gone], gone],
  );
  if (rows.length > 0)
    await fillParents(
      client,
      plan,
      rows.map((row) => row.line),
    );
}

/** Rows in a cycle of which the target refused something: they wait to be written one by one, and so does what refers to them. */
export async function cycleRefused(client: pg.ClientBase, plan: MergePlan, lines: readonly string[]): Promise<void> {
  await client.query(`update ${RESOLVED} set verdict = 'h' where line = any($1::int8[])`, [lines]);
  const all = selfLookups(plan).map(({ index }) => index);
  await spread(client, "h", all, (sql) => `e.parent = any(${sql.param(lines, "int8[]")})`);
}
