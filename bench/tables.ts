/** The reference's tables: the same as migrate's own, by construction. */
import type pg from "pg";

const OURS = "bench_crm";
const REFERENCE = "bench_ref";
const TEMPLATE = "bench_template";
/** In the order of their foreign keys. */
const TABLES = ["user", "product", "campaign", "contract", "account", "contact", "lead", "opportunity"] as const;

/** Copies columns, defaults, constraints and indexes of the tables that migrate made, and keeps their foreign keys as text. */
export async function rememberTables(client: pg.Client): Promise<readonly string[]> {
  await client.query(`drop schema if exists ${TEMPLATE} cascade; create schema ${TEMPLATE}`);
  const { rows: existing } = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = $1",
    [OURS],
  );
  const names = existing.map(({ name }) => name);
  for (const table of TABLES.filter((name) => names.includes(name))) {
    await client.query(`create table ${TEMPLATE}."${table}" (like ${OURS}."${table}" including all)`);
  }
  const { rows } = await client.query<{ table: string; name: string; definition: string }>(
    `select c.relname as table, k.conname as name, pg_get_constraintdef(k.oid) as definition
     from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class r on r.oid = k.confrelid
     join pg_namespace n on n.oid = c.relnamespace
     where k.contype = 'f' and n.nspname = $1 and c.relname in ('user', 'account', 'contact') order by c.relname, k.conname`,
    [OURS],
  );
  return rows.map(({ table, name, definition }) => {
    const here = definition.replace(`REFERENCES ${OURS}.`, `REFERENCES ${REFERENCE}.`);
    return `alter table ${REFERENCE}."${table}" add constraint "${name}" ${here}`;
  });
}

/** Empties the reference's side: the tables anew, with indexes and foreign keys, as they are before a first load. */
export async function resetReference(client: pg.Client, foreignKeys: readonly string[]): Promise<void> {
  await client.query(`drop schema if exists ${REFERENCE} cascade; create schema ${REFERENCE}`);
  const { rows } = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = $1",
    [TEMPLATE],
  );
  for (const { name } of rows) {
    await client.query(`create table ${REFERENCE}."${name}" (like ${TEMPLATE}."${name}" including all)`);
  }
  for (const statement of foreignKeys) await client.query(statement);
}

/** Empties our side: target tables and everything that migrate remembers. */
export async function resetOurs(client: pg.Client): Promise<void> {
  await client.query(`drop schema if exists ${OURS} cascade; drop schema if exists migrate cascade`);
}

export async function dropAll(client: pg.Client): Promise<void> {
  for (const schema of [OURS, REFERENCE, TEMPLATE, "migrate"])
    await client.query(`drop schema if exists ${schema} cascade`);
}

/** Rows of one side that the other has not, references compared by the old ids: 0 when both did the same work. */
export async function differences(client: pg.Client): Promise<number> {
  const content = (schema: string) => `
    select c.external_id, c.first_name, c.last_name, c.salutation, c.email, c.phone, c.mobile, c.title, c.department, c.mailing_street,
      c.mailing_city, c.mailing_state, c.mailing_postal_code, c.mailing_country, c.lead_source, c.do_not_call, c.email_opt_out,
      c.birthdate, c.last_contacted_date, c.description, a.external_id as account, u.external_id as owner, a.annual_revenue
    from ${schema}.contact c left join ${schema}.account a on a.id = c.account_id left join ${schema}."user" u on u.id = c.owner_id`;
  const { rows } = await client.query<{ n: string }>(
    `select (select count(*) from (${content(OURS)} except all ${content(REFERENCE)}) q)
          + (select count(*) from (${content(REFERENCE)} except all ${content(OURS)}) q) as n`,
  );
  return Number(rows[0]!.n);
}
