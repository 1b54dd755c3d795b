/** Temporary tables of one reconciliation: what the runs say of every key, and what the source holds now. */
import type pg from "pg";
import type { CopyWriter } from "../store/copy-writer.ts";
import { Background, COPY_BYTES, Waiting } from "./background.ts";

/** Buckets whose record is in the target after the run. */
export const LOADED_BUCKETS: ReadonlySet<string> = new Set(["inserted", "updated", "unchanged"]);
export const LOADED_SQL = "bucket in ('inserted', 'updated', 'unchanged')";
/** Keys of the loaded records of the origin `$1`, each once; `locateLoaded` comes first. */
export const LOADED_KEYS = "select key from proof_loaded where $1::integer is not null";
/** SQL: keys by number and two sums of 64-bit hashes. Equal ones are of the same keys. */
export const KEY_SUMS = "count(*) || ' ' || sum(hashtextextended(key, 0)) || ' ' || sum(hashtextextended(key, 1))";
/** Tables of which each mapping has its own: only those of the mapping in use bear these names. */
const OF_A_MAPPING = ["proof_target", "proof_loaded", "proof_kept", "proof_deleted", "proof_open"];

/** How often a key was loaded, rejected or merged, and left out by filter, sample or mode. */
export interface KeyState {
  readonly loaded: number;
  readonly excluded: number;
  readonly filtered: number;
}

/** What the second reading found of a record. */
export const SEEN = { loaded: 0, excluded: 1, filtered: 2, rejected: 3 } as const;
export type Seen = (typeof SEEN)[keyof typeof SEEN];

/** Uses one connection, which must not be used for anything else until `drop`. */
export class ProofTables {
  readonly client: pg.ClientBase;
  /** What waits for this and other connections of the proof. */
  readonly waiting: Waiting;
  readonly background: Background;
  #out: CopyWriter;
  #links: CopyWriter;
  readonly #origins = new Set<number>();
  #current: number | null = null;
  #outcomes: Promise<ReadonlyMap<number, ReadonlyMap<string, number>>> | null = null;
  /** Origins with keys that `states` must look up. */
  #withStates = new Set<number>();
  readonly #withShared = new Set<number>();

  constructor(client: pg.ClientBase, waiting = new Waiting()) {
    this.client = client;
    this.waiting = waiting;
    this.background = new Background(waiting);
    this.#out = this.background.writer();
    this.#links = this.background.writer();
  }

  /**
   * Keeps temporary tables of some size in the server's memory: pieces of records are dropped before they are ever written. It is
   * refused to a connection that has had such tables before, and is not needed.
   */
  async makeRoom(): Promise<void> {
    await this.client.query("set temp_buffers = '128MB'").catch(() => undefined);
  }

  async rows<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row & pg.QueryResultRow>(sql, [...values])).rows;
  }

  /** Settings for statements over all records of an object. */
  async settle(): Promise<void> {
    // joins over all keys of an object stay in memory up to about a million of them; then they go to disk
    await this.client.query("set work_mem = '64MB'");
    // statements of hundreds of expressions take longer to compile than to run
    await this.client.query("set jit = off");
  }

  /** `allStates`: a sample was run, so keys without an outcome are not missing but out of the sample. */
  async create(runs: ReadonlyMap<number, readonly string[]>, allStates: boolean): Promise<void> {
    await this.drop();
    await this.settle();
    const listed = `select o.origin_id, o.run_id, u.key collate "C" as key, o.bucket
        from migrate.outcome o
       join unnest($1::integer[], $2::bigint[]) as r(origin_id, run_id) on r.origin_id = o.origin_id and r.run_id = o.run_id
       cross join lateral unnest(o.keys) as u(key)`;
    // a later run of the chain has the last word on a key; within one run a key may have several outcomes (duplicates)
    const latest = [...runs.values()].every((ids) => ids.length === 1)
      ? listed
      : `select origin_id, run_id, key, bucket
             from (select *, max(run_id) over (partition by origin_id, key) as last from (${listed}) l) m
            where run_id = last or coalesce(key, '') = ''`;
    await this.client.query('create temp table proof_key (origin_id integer, key text collate "C", bucket text)');
    await this.client.query(`insert into proof_key select origin_id, key, bucket from (${latest}) k`, [
      [...runs].flatMap(([origin, ids]) => ids.map(() => origin)),
      [...runs.values()].flat(),
    ]);
    await this.client.query("analyze proof_key");
    await this.client.query(
      'create temp table proof_gone (origin_id integer, key text collate "C", target_id text collate "C", how text, done text, reason text)',
    );
    const gone = await this.rows<{ there: string | null }>("select to_regclass('migrate.gone')::text as there");
    if (gone[0]!.there !== null) {
      await this.client.query(
        "insert into proof_gone select origin_id, key, target_id, how, done, reason from migrate.gone where origin_id = any($1)",
        [[...runs.keys()]],
      );
    }
    await this.client.query("analyze proof_gone");
    // most often every record was loaded: then no key has a state that matters
    const buckets = [...(await this.#allOutcomes()).values()].flatMap((of) => [...of.keys()]);
    const odd = "bucket in ('rejected', 'merged', 'filtered')";
    const some = buckets.some((bucket) => bucket === "rejected" || bucket === "merged" || bucket === "filtered");
    const which = allStates
      ? "true"
      : some
        ? `exists (select from proof_key x where x.origin_id = k.origin_id and x.key = k.key and x.${odd})`
        : "false";
    await this.client.query(
      `create temp table proof_state as
         select origin_id, key, count(*) filter (where ${LOADED_SQL})::integer as loaded,
                count(*) filter (where bucket in ('rejected', 'merged'))::integer as excluded,
                count(*) filter (where bucket = 'filtered')::integer as filtered
           from proof_key k where coalesce(key, '') <> '' and ${which}
          group by origin_id, key`,
    );
    await this.client.query("create index on proof_state (origin_id, key)");
    await this.client.query(
      'create temp table proof_seen (origin_id bigint, state bigint, key text collate "C", refs text[])',
    );
    await this.client.query(
      'create temp table proof_link (origin_id bigint, which bigint, key text collate "C", reference text, label text)',
    );
    await this.client.query(
      'create temp table proof_shared (origin_id integer, key text collate "C", primary key (origin_id, key))',
    );
    await this.client.query(
      'create temp table proof_difference (origin_id integer, key text collate "C", id text, field text, kind text, source text, target text, explained text)',
    );
    await this.client.query("analyze proof_state");
    const known = await this.rows<{ origin_id: number }>("select distinct origin_id from proof_state");
    this.#withStates = new Set(known.map((row) => row.origin_id));
  }

  /** Outcomes of an origin, by bucket, those without a key aside; `changed` makes them be counted anew. */
  async outcomes(origin: number): Promise<ReadonlyMap<string, number>> {
    return (await this.#allOutcomes()).get(origin) ?? new Map();
  }

  /** `proof_key` was changed. */
  changed(): void {
    this.#outcomes = null;
  }

  #allOutcomes(): Promise<ReadonlyMap<number, ReadonlyMap<string, number>>> {
    this.#outcomes ??= this.#countOutcomes();
    return this.#outcomes;
  }

  async #countOutcomes(): Promise<ReadonlyMap<number, ReadonlyMap<string, number>>> {
    const rows = await this.rows<{ origin_id: number; bucket: string; n: string }>(
      "select origin_id, bucket, count(*) as n from proof_key where coalesce(key, '') <> '' group by 1, 2",
    );
    const byOrigin = Map.groupBy(rows, ({ origin_id }) => origin_id);
    return new Map([...byOrigin].map(([id, of]) => [id, new Map(of.map(({ bucket, n }) => [bucket, Number(n)]))]));
  }

  /** Of them, those of records that were loaded. */
  async loadedOutcomes(origin: number): Promise<number> {
    const buckets = await this.outcomes(origin);
    return [...LOADED_BUCKETS].reduce((sum, bucket) => sum + (buckets.get(bucket) ?? 0), 0);
  }

  /** Records that runs met of the origins, of several mappings the most: what reading their source again may give. */
  async met(origins: readonly number[]): Promise<number> {
    const sums: number[] = [];
    for (const origin of origins)
      sums.push([...(await this.outcomes(origin)).values()].reduce((sum, count) => sum + count, 0));
    return Math.max(0, ...sums);
  }

  /** States of a batch of keys; keys without one are left out. */
  async states(origin: number, keys: readonly (string | null)[]): Promise<ReadonlyMap<string, KeyState>> {
    const found = new Map<string, KeyState>();
    if (!this.#withStates.has(origin)) return found;
    const wanted = keys.filter((key) => key !== null);
    const rows = await this.rows<KeyState & { key: string }>(
      "select key, loaded, excluded, filtered from proof_state where origin_id = $1 and key = any($2)",
      [origin, wanted],
    );
    for (const { key, ...state } of rows) found.set(key, state);
    return found;
  }

  /**
   * Lines of rows that the runs rejected although another row of their key was loaded, by key: of records whose rows are several.
   */
  async rejectedLines(origin: number, runIds: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
    const rows = await this.rows<{ key: string; lines: string[] }>(
      `select j.key, array_agg(j.line::text) as lines from migrate.reject j
         join proof_state s on s.origin_id = j.origin_id and s.key = j.key collate "C" and s.loaded > 0
        where j.run_id = any($2) and j.origin_id = $1 group by j.key`,
      [origin, [...runIds]],
    );
    return new Map(rows.map(({ key, lines }) => [key, new Set(lines.map(Number))]));
  }

  /** The origin has keys that `shared` must look up. */
  expectShared(origin: number): void {
    this.#withShared.add(origin);
  }

  /** Of a batch of keys those whose row is a record of another source, too. */
  async shared(origin: number, keys: readonly (string | null)[]): Promise<ReadonlySet<string>> {
    if (!this.#withShared.has(origin)) return new Set();
    const rows = await this.rows<{ key: string }>(
      "select key from proof_shared where origin_id = $1 and key = any($2)",
      [origin, keys.filter((key) => key !== null)],
    );
    return new Set(rows.map(({ key }) => key));
  }

  /** Notes a record of the second reading. `refs`: what it says per reference of the mapping, "" for nothing; none of them: []. */
  addSeen(origin: number, state: Seen, key: string, refs: readonly string[]): void {
    const out = this.#out;
    out.row(4);
    out.int8(origin);
    out.int8(state);
    out.text(key);
    out.textArray(refs);
  }

  /** Notes a link that a record names. `which`: index into the mapping's associations. */
  addLink(origin: number, which: number, key: string, reference: string, label: string): void {
    const out = this.#links;
    out.row(5);
    out.int8(origin);
    out.int8(which);
    out.text(key);
    out.text(reference);
    out.text(label);
  }

  /** Sends what was noted, when there is enough of it or `all` is asked for. */
  flush(all: boolean): void {
    this.#out = this.#send(this.#out, "proof_seen", all);
    this.#links = this.#send(this.#links, "proof_link", all);
  }

  #send(out: CopyWriter, table: string, all: boolean): CopyWriter {
    const due = out.rows > 0 && (all || out.length >= COPY_BYTES);
    if (due) this.background.add(out.length, () => this.background.send(this.client, table, out));
    if (all) this.background.add(0, async () => void (await this.client.query(`analyze ${table}`)));
    return due ? this.background.writer() : out;
  }

  /** Makes the tables of a mapping those that statements name. */
  async use(origin: number): Promise<void> {
    if (this.#current === origin) return;
    const before = this.#current;
    const away = before === null ? [] : OF_A_MAPPING.map((name) => [name, `${name}_${before}`] as const);
    const back = OF_A_MAPPING.map((name) => [`${name}_${origin}`, name] as const);
    await this.client.query(
      [...away, ...back].map(([from, to]) => `alter table if exists pg_temp.${from} rename to ${to}`).join("; "),
    );
    this.#current = origin;
    this.#origins.add(origin);
  }

  /**
   * Runs statements that join the records of one mapping. The planner knows the keys of all mappings together, takes those of
   * one for a few, and would compare each of them with every row that they may refer to.
   */
  async whole<T>(work: () => Promise<T>): Promise<T> {
    await this.client.query("set enable_nestloop = off");
    const result = await work();
    await this.client.query("reset enable_nestloop");
    return result;
  }

  /** Leaves the connection as it was. */
  async drop(): Promise<void> {
    const own = [...this.#origins].flatMap((origin) => OF_A_MAPPING.map((name) => `${name}_${origin}`));
    const others = [...OF_A_MAPPING, ...own].map((name) => `, pg_temp.${name}`).join("");
    await this.client.query("reset work_mem");
    await this.client.query("reset enable_nestloop");
    await this.client.query("reset jit");
    await this.client.query(
      `drop table if exists pg_temp.proof_key, pg_temp.proof_state, pg_temp.proof_seen, pg_temp.proof_link, pg_temp.proof_end, pg_temp.proof_shared, pg_temp.proof_lead, pg_temp.proof_edited, pg_temp.proof_gone, pg_temp.proof_difference, pg_temp.proof_told, pg_temp.proof_pair, pg_temp.proof_unmet, pg_temp.proof_renamed${others}`,
    );
  }
}
