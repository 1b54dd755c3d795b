/** `migrate retry`: what is tried again, and how its stages read it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import type { SourceConnector } from "../connector.ts";
import { ConfigError } from "../errors.ts";
import type { CompiledMapping } from "../mapping/compiled.ts";
import type { Stage } from "../mapping/types.ts";
import { cellText } from "../record.ts";
import type { ConflictDecision } from "./decide-conflicts.ts";
import { dueKeys } from "./delta-due.ts";
import type { StageReading } from "./delta-stage.ts";
import { inTransaction, type Lane } from "./lane.ts";
import { makeLock } from "./lock.ts";
import { externalSourceOf, type MergePlan } from "./merge/plan.ts";
import { holdTable } from "./merge/resolve.ts";
import { planStage } from "./plan.ts";
import { holdsDecisions, readDecisions } from "./retry-decisions.ts";
import { type RejectedMapping, type RetryRecord, rejectedKeys, rejectedMappings, rejectsOf } from "./retry-records.ts";
import { type EditedFile, NOTES, noteRetried, plain, type Retried, retryReads } from "./retry-source.ts";
import { findRun } from "./run-rows.ts";
import type { Running } from "./running.ts";
import type { Session } from "./session.ts";
import type { Plan, RunReport } from "./types.ts";

/** What the user asks for. */
export interface RetryOptions {
  /** The run whose rejects are loaded again. */
  readonly run: string;
  /** An edited reject file, absolute; null: the records are read from the source again. */
  readonly from: string | null;
}

/** What is tried again, opened. */
export interface Retry extends RetryOptions {
  readonly runId: string;
  /** Records that the run has read: rejects that are left are a share of them. */
  readonly read: number;
  readonly mappings: readonly RejectedMapping[];
  readonly edited: EditedFile | null;
  /** What a conflict file decides; null: rejects are loaded again. */
  readonly decisions: readonly ConflictDecision[] | null;
  close(): Promise<void>;
}

type Client = Pick<pg.ClientBase, "query">;

/**
 * Looks the run and the file up. Throws ConfigError RUN_UNKNOWN, RETRY_DRY_RUN, RETRY_ROLLED_BACK, RETRY_NOTHING,
 * RETRY_NOT_REJECTS, RETRY_UNKNOWN_RECORDS.
 */
export async function openRetry(client: Client, session: Session, options: RetryOptions): Promise<Retry> {
  const query = client.query.bind(client) as Parameters<typeof rejectedMappings>[0];
  const row = await findRun(client as pg.ClientBase, options.run);
  const text = await readFile(join(session.runsDir, options.run, "run.json"), "utf8").catch(() => null);
  const report = text === null ? null : (JSON.parse(text) as RunReport);
  if (row === null || row.migration !== session.config.name) {
    if (report?.dryRun === true) {
      throw new ConfigError("RETRY_DRY_RUN", `${options.run} was a dry run: nothing of it was kept`, {
        hint: "Do it again with `migrate run --dry-run`.",
      });
    }
    throw new ConfigError("RUN_UNKNOWN", `the target's database knows no run ${options.run} of this migration`, {
      hint: "See `migrate runs list`.",
    });
  }
  if ((row.status as string) === "rolled back") {
    throw new ConfigError("RETRY_ROLLED_BACK", `run ${row.name} was rolled back: nothing of it is left to retry`, {
      hint: "Load again with `migrate run`.",
    });
  }
  const read = report?.totals.read ?? 0;
  const file = options.from === null ? null : await openFileOf(session, options.from);
  if (file !== null && holdsDecisions(file.columns)) {
    try {
      const decisions = await readDecisions(file.source, file.object, options.from!, session);
      return { ...options, runId: row.id, read, mappings: [], edited: null, decisions, close: async () => undefined };
    } finally {
      await file.source.close();
    }
  }
  const all = await rejectedMappings(query, row.id);
  const known = new Set(session.stages.map(({ mapping }) => mapping.id));
  const mappings = all.filter(({ mapping }) => known.has(mapping));
  if (mappings.length === 0) {
    await file?.source.close();
    throw new ConfigError("RETRY_NOTHING", `run ${row.name} rejected no record that a mapping still reads`, {
      hint: "See `migrate runs show RUN`; records that wait for others are loaded by `migrate run --delta`.",
    });
  }
  return {
    ...options,
    runId: row.id,
    read,
    mappings,
    edited: file === null ? null : await editedFile(query, file, row.id, row.name),
    decisions: null,
    close: async () => file?.source.close(),
  };
}

interface OpenFile {
  readonly path: string;
  readonly source: SourceConnector;
  readonly object: string;
  readonly columns: readonly string[];
}

async function openFileOf(session: Session, path: string): Promise<OpenFile> {
  const source = await session.openFile(path);
  try {
    await source.open();
    const { objects } = await source.describe();
    const [object] = objects;
    return { path, source, object: object!.name, columns: object!.fields.map(({ name }) => name) };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function editedFile(
  query: Parameters<typeof rejectedKeys>[0],
  { path, source, object, columns }: OpenFile,
  runId: string,
  run: string,
): Promise<EditedFile> {
  try {
    if (!columns.includes("_key")) {
      throw new ConfigError("RETRY_NOT_REJECTS", `expected a reject file with a column _key, ${path} has none`, {
        place: { file: path },
        hint: "Edit a file of the run's rejects/ folder and leave its columns that begin with _ as they are.",
      });
    }
    const keys = await rejectedKeys(
      query,
      runId,
      columns.filter((name) => !NOTES.has(name)),
    );
    const unknown: string[] = [];
    let rows = 0;
    for await (const batch of source.read({ object, fields: [], from: null, batchSize: 5_000 })) {
      const at = batch.columns.indexOf("_key");
      const all = [
        ...Array.from({ length: batch.size }, (_, row) => cellText(batch, row, at) ?? ""),
        ...batch.bad.map(({ cells }) => cells[at] ?? ""),
      ];
      rows += all.length;
      for (const key of all) if (!keys.has(plain(key))) unknown.push(plain(key));
    }
    if (unknown.length > 0) {
      const shown = unknown.slice(0, 5).map((key) => (key === "" ? "an empty one" : key));
      throw new ConfigError(
        "RETRY_UNKNOWN_RECORDS",
        `${path}: run ${run} rejected no record with ${unknown.length === 1 ? "this _key" : `these ${unknown.length} _keys`}: ${shown.join(", ")}${unknown.length > 5 ? "..." : ""}`,
        {
          place: { file: path },
          hint: "Leave the column _key as the run wrote it; new records belong into the source's own files.",
        },
      );
    }
    if (rows === 0) {
      throw new ConfigError("RETRY_NOTHING", `${path} has no rows`, {
        place: { file: path },
        hint: "Edit a file of the run's rejects/ folder.",
      });
    }
    return { source, object, rejectOf: (key) => keys.get(key) ?? null };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Stages with rejects, and those whose records wait for others. */
export async function stagesToRetry(client: Client, session: Session, retry: Retry): Promise<readonly Stage[]> {
  const { rows } = await client.query<{ mapping: string; external: string }>(
    `select o.mapping, o.external_source as external from migrate.origin o
     where exists (select from migrate.waiting w where w.origin_id = o.id)`,
  );
  const source = session.config.source.name;
  if (retry.decisions !== null) {
    const decided = new Set(retry.decisions.map(({ mapping }) => mapping));
    return session.stages.filter(({ mapping }) => decided.has(mapping.id));
  }
  const rejected = new Set(retry.mappings.map(({ mapping }) => mapping));
  return session.stages.filter(
    ({ mapping }) =>
      rejected.has(mapping.id) ||
      rows.some((row) => row.mapping === mapping.id && row.external === externalSourceOf(source, mapping.keyspace)),
  );
}

/** The plan of a retry: that of the run, with what is tried again; dates are read as that run has read them. */
export async function retryPlan(session: Session, retry: Retry): Promise<Plan> {
  const text = await readFile(join(session.runsDir, retry.run, "plan.json"), "utf8").catch(() => null);
  const earlier = text === null ? null : (JSON.parse(text) as Plan);
  const counts = new Map(retry.mappings.map(({ mapping, count }) => [mapping, count]));
  return {
    version: 1,
    name: session.config.name,
    createdAt: session.context.now().toISOString(),
    source: session.config.source.connector,
    target: session.config.target.connector,
    scope: `what run ${retry.run} rejected${retry.from === null ? "" : `, as edited in ${retry.from}`}`,
    stages: session.stages.map((stage) =>
      planStage(session, stage, { count: counts.get(stage.mapping.id) ?? 0, filtered: 0 }),
    ),
    picklists: earlier?.picklists ?? [],
    owners: earlier?.owners ?? [],
    tables: { create: [], extend: [] },
    apiCalls: null,
    etaSeconds: null,
    ...(earlier?.dates === undefined ? {} : { dates: earlier.dates }),
    content: earlier?.content ?? {},
    lock: makeLock(session),
  };
}

/** How a stage of a retry reads: its rejects, then the records that waited for what came with them. */
export async function retryReading(
  running: Running,
  plan: MergePlan,
  compiled: CompiledMapping,
  lane: Lane,
): Promise<StageReading> {
  const retry = running.retry!;
  const { client } = lane;
  const query = client.query.bind(client) as Parameters<typeof rejectsOf>[0];
  const rejected = retry.mappings.find(({ mapping }) => mapping === plan.mapping.id);
  if (retry.edited === null && rejected !== undefined && rejected.taken > 0) {
    running.onEvent({
      type: "note",
      message: `${plan.mapping.id}: ${rejected.taken === 1 ? "1 record with a key that is taken is" : `${rejected.taken} records with keys that are taken are`} not tried again: give them keys of their own in the reject file`,
    });
  }
  const note = (retried: readonly Retried[]): Promise<void> =>
    inTransaction(lane, () =>
      noteRetried(client, { runId: running.runId, ofRun: retry.runId, originId: plan.originId }, retried),
    );
  const reads = retryReads({
    mapping: plan.mapping,
    compiled,
    source: running.session.source,
    edited: retry.edited,
    records: (offset, limit): Promise<readonly RetryRecord[]> =>
      rejected === undefined ? Promise.resolve([]) : rejectsOf(query, retry.runId, rejected.originId, offset, limit),
    note,
  });
  const hold = plan.lookups.some((lookup) => lookup.kind === "self") ? holdTable(plan.originId) : null;
  return {
    parts: plan.mapping.sources.map((object) => ({ object, read: rejected === undefined ? null : reads, alone: true })),
    due: dueKeys({ plan, hold, sweep: null, narrow: false, onFound: () => undefined }),
    narrow: [],
    whole: false,
    first: false,
    settled: async () => undefined,
  };
}
