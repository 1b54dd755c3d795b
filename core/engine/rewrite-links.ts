/** Rewrites links to the source's records inside texts of the target, as a run of its own that can be rolled back. */
import { join } from "node:path";
import type pg from "pg";
import type { RecordLinks } from "../connector.ts";
import { ConfigError } from "../errors.ts";
import type { ModelField, ModelObject } from "../schema.ts";
import { assertWritable, dbError } from "../store/database.ts";
import { lockTarget } from "../store/lock.ts";
import { ident, literal, table } from "../store/quote.ts";
import { migrateState } from "../store/state-migrations.ts";
import { hashOfColumns, hashSql } from "../store/written.ts";
import { idsSql } from "./id-crosswalk.ts";
import { knownSql } from "./known-rows.ts";
import { setUpLane } from "./lane.ts";
import { idsIn, type LeftLink, type LinkTarget, type LinkTemplates, rewriteText } from "./link-texts.ts";
import { hasLedger } from "./merge/plan.ts";
import { type RewriteCount, type RewriteReport, rewriteReport } from "./rewrite-report.ts";
import { makeRunFolder, runName, writeCsv, writeRunReport } from "./run-files.ts";
import { createRun, isRunKnown, noteRun, setRunStatus } from "./run-rows.ts";
import type { Session } from "./session.ts";

export const LINKS_FILE = "links.csv";
const PAGE = 2_000;

export interface RewriteOptions {
  /** `object.field`; null: every text that mappings fill. */
  readonly fields: readonly string[] | null;
  readonly templates: LinkTemplates;
  /** Hosts of the old system's addresses, besides those that the connector knows. */
  readonly hosts: readonly string[];
  readonly dryRun: boolean;
}

/** A text of an object. */
interface TextField {
  readonly name: string;
  readonly field: ModelField;
}

interface Origin {
  readonly id: number;
  /** See `migrate.origin.columns`. */
  readonly columns: readonly string[] | null;
}

interface Work {
  readonly client: pg.ClientBase;
  readonly session: Session;
  readonly options: RewriteOptions;
  readonly links: RecordLinks;
  readonly runId: string;
  readonly crosswalk: readonly string[];
  readonly counts: Map<string, RewriteCount>;
  readonly left: (readonly string[])[];
}

/** One text that changes. */
interface Change {
  readonly id: string;
  readonly field: string;
  readonly text: string;
}

/**
 * Rewrites them in one transaction: all or nothing. Rows get before-images; what was rewritten is noted, so that proofs explain
 * it, and deltas keep it as long as the source does not change the text. Links that stay are in `links.csv` of the run's folder.
 * Throws ConfigError LINKS_HOST, LINKS_FIELD, LINKS_TEMPLATE, LINKS_REFUSED, IDS_NONE.
 */
export async function rewriteLinks(session: Session, options: RewriteOptions): Promise<RewriteReport> {
  const { config, database, context, runsDir, source } = session;
  const known = source.recordLinks?.() ?? { hosts: [] };
  const links = { ...known, hosts: [...known.hosts, ...options.hosts] };
  assertUsable(options, links);
  const wanted = textsOf(session, options.fields);
  await assertWritable(database, config.target.schema);
  const guard = await database.connect();
  const client = await database.connect();
  try {
    const lock = await lockTarget(guard, config.target.schema);
    try {
      await setUpLane(client, config.target.schema);
      await client.query("set synchronous_commit = on");
      await assertLoaded(client);
      await client.query("begin");
      await migrateState(client, { inTransaction: true });
      const startedAt = context.now();
      const run = await makeRunFolder(runsDir, runName(startedAt, "rewrite"), (each) => isRunKnown(client, each));
      const runId = await createRun(client, {
        name: run,
        kind: "rewrite",
        migration: config.name,
        source: config.source.name,
        options: { only: null, sample: null, schema: config.target.schema },
        lock: await lastLock(client, config.name),
        startedAt,
      });
      await noteRun(client, runId);
      const objects = await present(client, session, [...wanted.keys()]);
      const crosswalk = (await present(client, session, mappedObjects(session))).map((each) => idsSql(session, each));
      const work: Work = { client, session, options, links, runId, crosswalk, counts: new Map(), left: [] };
      for (const object of objects) {
        context.signal.throwIfAborted();
        await rewriteObject(work, object, wanted.get(object)!);
      }
      await setRunStatus(client, runId, "completed", context.now());
      await client.query(options.dryRun ? "rollback" : "commit");
      const report = rewriteReport(session, run, startedAt, options.dryRun, work.counts);
      if (work.left.length > 0) await writeCsv(join(runsDir, run, LINKS_FILE), leftLines(work.left));
      await writeRunReport(runsDir, report);
      return report;
    } finally {
      await client.query("rollback").catch(() => undefined);
      await lock.release();
    }
  } catch (error) {
    throw dbError(error);
  } finally {
    guard.release(true);
    client.release(true);
  }
}

function assertUsable({ templates }: RewriteOptions, { hosts }: RecordLinks): void {
  for (const template of [templates.link, templates.plain]) {
    if (template === null || /\{(id|source_id)\}/.test(template)) continue;
    throw new ConfigError("LINKS_TEMPLATE", `expected {id} or {source_id} in the template, got "${template}"`, {
      hint: "For example: --link 'https://crm.example.com/{object}/{id}'.",
    });
  }
  if (hosts.length > 0) return;
  throw new ConfigError("LINKS_HOST", "this source does not tell what addresses of its records look like", {
    hint: "Name the old system's host: --host crm.example.com.",
  });
}

const mappedObjects = ({ model, mappings }: Session): ModelObject[] =>
  [...model.objects.values()].filter(({ name }) => mappings.mappings.some((mapping) => mapping.object === name));

/** Texts per object: those that are asked for, else all that mappings fill. */
function textsOf(session: Session, fields: readonly string[] | null): ReadonlyMap<ModelObject, readonly TextField[]> {
  const found = new Map<ModelObject, TextField[]>();
  for (const object of mappedObjects(session)) {
    const mapped = session.mappings.mappings.filter((mapping) => mapping.object === object.name);
    const names = new Set(
      mapped.flatMap((mapping) => mapping.fields.filter(({ custom }) => !custom)).map((each) => each.target),
    );
    const texts = [...names].flatMap((name): TextField[] => {
      const field = object.fields.get(name);
      const isText = field !== undefined && /^(text|character varying|citext)\b(?!.*\[\])/.test(field.columnType);
      return isText && field.type !== "email" && field.type !== "phone" ? [{ name, field }] : [];
    });
    if (texts.length > 0) found.set(object, texts);
  }
  if (fields === null) return found;
  const chosen = new Map<ModelObject, TextField[]>();
  const unknown: string[] = [];
  for (const wanted of fields) {
    const [name, field] = wanted.split(".");
    const [object, texts] = [...found].find(([each]) => each.name === name) ?? [];
    const text = texts?.find((each) => each.name === field);
    if (object === undefined || text === undefined) unknown.push(wanted);
    else chosen.set(object, [...(chosen.get(object) ?? []), text]);
  }
  if (unknown.length === 0) return chosen;
  const all = [...found].flatMap(([object, texts]) => texts.map(({ name }) => `${object.name}.${name}`));
  throw new ConfigError("LINKS_FIELD", `expected texts that mappings fill, got ${unknown.join(", ")}`, {
    hint: `There are ${all.slice(0, 20).join(", ")}${all.length > 20 ? ", ..." : ""}.`,
  });
}

async function assertLoaded(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ found: string | null }>("select to_regclass('migrate.origin')::text as found");
  if (rows[0]!.found !== null) return;
  throw new ConfigError("IDS_NONE", "expected loaded records, found none: nothing has been loaded into this target", {
    hint: "Load first: migrate run.",
  });
}

/** The plan's lock of the migration's newest run: a run must have one. */
async function lastLock(client: pg.ClientBase, migration: string) {
  const { rows } = await client.query("select lock from migrate.run where migration = $1 order by id desc limit 1", [
    migration,
  ]);
  if (rows[0] !== undefined) return rows[0].lock;
  throw new ConfigError("IDS_NONE", "expected loaded records, found none: this migration has not loaded anything", {
    hint: "Load first: migrate run.",
  });
}

/** Objects whose table is there. */
async function present(
  client: pg.ClientBase,
  { model }: Session,
  objects: readonly ModelObject[],
): Promise<ModelObject[]> {
  const names = objects.map((object) => table(model.schema, object.table));
  const { rows } = await client.query<{ found: string | null }>(
    "select to_regclass(name)::text as found from unnest($1::text[]) with ordinality as n(name, at) order by at",
    [names],
  );
  return objects.filter((_, at) => rows[at]!.found !== null);
}

async function rewriteObject(work: Work, object: ModelObject, texts: readonly TextField[]): Promise<void> {
  const { client, session, options } = work;
  const name = table(session.model.schema, object.table);
  const id = `t.${ident(object.idColumn)}`;
  const source = literal(session.config.source.name);
  const { rows: origins } = await client.query<Origin>(
    `select id, columns from migrate.origin where object = $1
       and (external_source = ${source} or starts_with(external_source, ${source} || '/'))`,
    [object.name],
  );
  // a cursor takes no parameters
  const ids = `array[${origins.map((origin) => Number(origin.id)).join(", ")}]::int[]`;
  const own = `exists (select from migrate.origin o join ${knownSql(object)} where o.id = any(${ids}))`;
  const some = texts.map(({ field }) => {
    const value = `t.${ident(field.column)}`;
    return options.templates.plain === null ? `strpos(lower(${value}), '://') > 0` : `${value} is not null`;
  });
  const columns = texts.map(({ field }, n) => `, t.${ident(field.column)}::text as c${n}`).join("");
  await client.query(
    `declare links no scroll cursor for select ${id}::text as id${columns} from ${name} t where (${some.join(" or ")}) and ${own}`,
  );
  for (;;) {
    const { rows } = await client.query<Record<string, string | null> & { id: string }>(`fetch ${PAGE} from links`);
    const changes = await changesOf(work, object, texts, rows);
    if (changes.length > 0) await write(work, object, name, texts, origins, changes);
    if (rows.length < PAGE) break;
  }
  await client.query("close links");
}

async function changesOf(
  work: Work,
  object: ModelObject,
  texts: readonly TextField[],
  rows: readonly (Record<string, string | null> & { readonly id: string })[],
): Promise<Change[]> {
  const { links, options, left } = work;
  const values = rows.flatMap((row) => texts.flatMap((_, n) => row[`c${n}`] ?? []));
  const ids = new Set(values.flatMap((text) => idsIn(text, links, options.templates)));
  const known = await targetsOf(work, [...ids]);
  const changes: Change[] = [];
  for (const row of rows) {
    for (const [n, { name }] of texts.entries()) {
      const text = row[`c${n}`];
      if (text === null || text === undefined) continue;
      const result = rewriteText(text, links, options.templates, known);
      const count = countOf(work, object.name, name);
      count.links += result.rewritten;
      count.left += result.left.length;
      for (const each of result.left) left.push([object.name, row.id, name, each.link, WHY[each.why]]);
      if (result.text === text) continue;
      count.rows++;
      changes.push({ id: row.id, field: name, text: result.text });
    }
  }
  return changes;
}

const WHY: Readonly<Record<LeftLink["why"], string>> = {
  unknown: "no loaded record has such an id",
  ambiguous: "several loaded records have this id, and the address does not tell which is meant",
};

function countOf({ counts }: Work, object: string, field: string): RewriteCount {
  const name = `${object}.${field}`;
  const count = counts.get(name) ?? { rows: 0, links: 0, left: 0 };
  counts.set(name, count);
  return count;
}

/** Where ids of the source lead to. */
async function targetsOf({ client, crosswalk }: Work, ids: readonly string[]): Promise<Map<string, LinkTarget[]>> {
  const known = new Map<string, LinkTarget[]>();
  if (ids.length === 0) return known;
  for (const sql of crosswalk) {
    const { rows } = await client.query<LinkTarget>(
      `select source_object as "sourceObject", source_id as "sourceId", target_object as object, target_id as id
         from (${sql}) u where source_id = any($1)`,
      [ids],
    );
    for (const row of rows) known.set(row.sourceId, [...(known.get(row.sourceId) ?? []), row]);
  }
  return known;
}

/** Writes the texts, with the rows as they were and a note of what was there by right. */
async function write(
  work: Work,
  object: ModelObject,
  name: string,
  texts: readonly TextField[],
  origins: readonly Origin[],
  changes: readonly Change[],
): Promise<void> {
  const { client, runId } = work;
  const id = `t.${ident(object.idColumn)}`;
  const all = [...new Set(changes.map((change) => change.id))];
  const ofRows = `${id} = any($2::text[]::${object.idType}[])`;
  await client.query(
    `insert into migrate.before_image (run_id, origin_id, object, target_id, row, was)
     select $1, (select min(o.id) from migrate.origin o join ${knownSql(object)} where o.id = any($3)), $4, ${id}::text, to_jsonb(t), t.xmin
       from ${name} t where ${ofRows}`,
    [runId, all, origins.map((origin) => origin.id), object.name],
  );
  for (const { name: field, field: model } of texts) {
    const own = changes.filter((change) => change.field === field);
    if (own.length === 0) continue;
    const hash = hashOfColumns([hashSql(`t.${ident(model.column)}`, model.columnType)]);
    const noted: { readonly origin: number; readonly place: number; readonly ids: readonly string[] }[] = [];
    for (const { id: origin, columns } of origins) {
      const place = columns?.findLastIndex((entry) => entry.startsWith(`${field} `)) ?? -1;
      if (place < 0) continue;
      // what somebody edited, and no run has seen, stays an edit
      const { rows } = await client.query<{ id: string }>(
        `select ${id}::text as id from migrate.origin o join ${name} t on o.id = $1 and ${ofRows} join ${knownSql(object)}
          where l.written[${place + 1}] = ${hash} or exists (select from migrate.kept_edit e
            where e.origin_id = o.id and e.target_id = ${id}::text and e.field = $3 and e.target = ${hash})`,
        [origin, own.map((change) => change.id), field],
      );
      noted.push({ origin, place, ids: rows.map((row) => row.id) });
    }
    await client
      .query(
        `update ${name} t set ${ident(model.column)} = x.text
           from unnest($1::text[], $2::text[]) x(id, text) where ${id} = x.id::${object.idType}`,
        [own.map((change) => change.id), own.map((change) => change.text)],
      )
      .catch((error: unknown) => {
        throw refused(`${object.name}.${field}`, error);
      });
    for (const { origin, place, ids } of noted) {
      if (ids.length === 0) continue;
      await client.query(
        `insert into migrate.kept_edit as e (origin_id, target_id, field, run_id, reason, source, target)
         select o.id, ${id}::text, $3, $4, 'rewritten', coalesce(l.written[${place + 1}], 0), ${hash}
           from migrate.origin o join ${name} t on o.id = $1 and ${ofRows} join ${knownSql(object)}
         on conflict (origin_id, target_id, field) do update set run_id = excluded.run_id, target = excluded.target`,
        [origin, ids, field, runId],
      );
    }
  }
  await carry(work, object, name, all);
}

/** Values that the target does not take are told by their field; other errors are what they are. */
function refused(field: string, error: unknown): unknown {
  const { code, message } = error as { code?: string; message: string };
  if (!/^(22|23|P0|44)/.test(code ?? "")) return error;
  return new ConfigError("LINKS_REFUSED", `${field}: the target refused a rewritten text: ${message}`, {
    hint: "Nothing was changed. Leave the field out with --fields, or choose a shorter --link.",
    cause: error,
  });
}

/** Whoever knew these rows as they were knows them as they are: nobody has edited them. */
async function carry(
  { client, runId }: Work,
  object: ModelObject,
  name: string,
  ids: readonly string[],
): Promise<void> {
  const id = `t.${ident(object.idColumn)}`;
  const [state, own] = hasLedger(object)
    ? [
        "migrate.ledger",
        `l.target_id = ${id} and l.origin_id in (select o.id from migrate.origin o where o.object = $3)`,
      ]
    : ["migrate.id_map", `l.target_id = ${id}::text and l.object = $3`];
  await client.query(
    `update ${state} l set version = t.xmin from ${name} t
       join migrate.before_image b on b.run_id = $1 and b.object = $3 and b.target_id = ${id}::text
      where ${id} = any($2::text[]::${object.idType}[]) and ${own} and l.version = b.was`,
    [runId, ids, object.name],
  );
}

async function* leftLines(left: readonly (readonly string[])[]): AsyncIterable<readonly string[]> {
  yield ["_object", "_target_id", "_field", "_link", "_reason"];
  yield* left;
}
