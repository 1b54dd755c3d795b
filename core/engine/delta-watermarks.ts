/** How far source objects were read: taken before a stage reads, done once everything of the stage is in the target. */
import type pg from "pg";
import type { Watermark } from "../changes.ts";
import type { MigrationConfig } from "../config-types.ts";
import type { Session } from "./session.ts";

type Client = pg.ClientBase;

/** How a delta reads a source object. */
export interface SourceReading {
  readonly source: string;
  readonly mode: "changed" | "whole" | "skip";
  /** Where `changed` begins. */
  readonly since: Watermark | null;
  /** Why not by what changed, in words; null: nothing else was to be expected. */
  readonly why: string | null;
}

/** What part of the source is loaded, as far as it decides which records are in scope. */
export const scopeText = ({ scope }: Pick<MigrationConfig, "scope">): string =>
  scope.since === null && scope.until === null ? "" : `${scope.since ?? ""}..${scope.until ?? ""}`;

/**
 * Takes what this run has not taken yet of the sources and returns all of it. A resumed run gets what it took when it began.
 * Loading a snapshot, the marks are those of the run that made it, where this database knows them.
 */
export async function takeWatermarks(
  client: Client,
  session: Session,
  runId: string,
  originId: number,
  sources: readonly string[],
  whole: boolean,
): Promise<ReadonlyMap<string, Watermark | null>> {
  const { rows } = await client.query<{ source: string; watermark: Watermark | null }>(
    "select source, watermark from migrate.watermark where run_id = $1 and origin_id = $2",
    [runId, originId],
  );
  const taken = new Map(rows.map(({ source, watermark }) => [source, watermark]));
  for (const source of sources) {
    if (taken.has(source)) continue;
    const mark = session.snapshot
      ? await snapshotMark(client, session.snapshot.about.run, source)
      : ((await session.source.changes?.watermark(source)) ?? null);
    taken.set(source, mark);
    await client.query(
      "insert into migrate.watermark (run_id, origin_id, source, watermark, scope, whole) values ($1, $2, $3, $4, $5, $6)",
      [runId, originId, source, mark === null ? null : JSON.stringify(mark), scopeText(session.config), whole],
    );
  }
  return taken;
}

async function snapshotMark(client: Client, run: string, source: string): Promise<Watermark | null> {
  const { rows } = await client.query<{ watermark: Watermark | null }>(
    `select w.watermark from migrate.watermark w join migrate.run r on r.id = w.run_id
     where r.name = $1 and w.source = $2 and w.watermark is not null limit 1`,
    [run, source],
  );
  return rows[0]?.watermark ?? null;
}

/** The run reads all of an object after all. */
export async function markWhole(client: Client, runId: string, originId: number, source: string): Promise<void> {
  await client.query(
    "update migrate.watermark set whole = true where run_id = $1 and origin_id = $2 and source = $3 and not whole",
    [runId, originId, source],
  );
}

/** The stage is complete: a later delta may begin where it began. */
export async function keepWatermarks(client: Client, runId: string, originId: number): Promise<void> {
  await client.query("update migrate.watermark set done = true where run_id = $1 and origin_id = $2", [
    runId,
    originId,
  ]);
}

interface Mark {
  readonly watermark: Watermark | null;
  readonly scope: string;
}

/** The newest mark of an object that an earlier run kept; null: none did. `runId` null: any run. */
export async function lastMark(
  client: Client,
  originId: number,
  source: string,
  runId: string | null,
): Promise<Mark | null> {
  const { rows } = await client.query<Mark>(
    `select watermark, scope from migrate.watermark
     where origin_id = $1 and source = $2 and done and ($3::bigint is null or run_id < $3) order by run_id desc limit 1`,
    [originId, source, runId],
  );
  return rows[0] ?? null;
}

/** Decides how a delta reads an object. `now`: what its source says of it now. */
export function readingOf(
  session: Pick<Session, "config" | "source">,
  source: string,
  base: Mark | null,
  now: Watermark | null,
): SourceReading {
  const { config } = session;
  if (session.source.changes === undefined) return { source, mode: "whole", since: null, why: null };
  const whole = (why: string): SourceReading => ({ source, mode: "whole", since: null, why });
  if (base === null) return whole(`${source} was never loaded by this mapping and is read whole`);
  if (base.scope !== scopeText(config)) return whole(`${source} was loaded with another scope and is read whole`);
  if (now === null) {
    return config.delta.sweeps.associations
      ? whole(`${source} has no timestamps and is read whole`)
      : {
          source,
          mode: "skip",
          since: null,
          why: `${source} has no timestamps and is not read, since delta.sweeps.associations is off: what changed in it stays unseen`,
        };
  }
  if (base.watermark === null) return whole(`it is not known how far ${source} was read; it is read whole`);
  return { source, mode: "changed", since: base.watermark, why: null };
}
