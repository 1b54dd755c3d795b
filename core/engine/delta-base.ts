/** What a delta builds on: the runs that loaded its stages before, and whether source and mappings are still what they were. */
import type pg from "pg";
import { ConfigError, StoppedError } from "../errors.ts";
import type { Stage } from "../mapping/types.ts";
import { diffBase, makeLock } from "./lock.ts";
import { externalSourceOf } from "./merge/plan.ts";
import type { RunOptions } from "./running.ts";
import type { Session } from "./session.ts";
import type { Plan, PlanLock } from "./types.ts";

type Client = Pick<pg.ClientBase, "query">;

/** A stage's newest complete load. */
export interface StageBase {
  readonly mapping: string;
  readonly originId: number;
  readonly run: string;
  readonly lock: PlanLock;
  readonly startedAt: Date;
}

/** Throws ConfigError where the options of a run do not go with a delta. */
export function assertDeltaOptions(session: Session, options: RunOptions): void {
  if ((options.sample ?? null) !== null) {
    throw new ConfigError("DELTA_SAMPLE", "a delta catches up with everything that was loaded: it takes no sample", {
      hint: "Leave --sample out, or rehearse with a full run: migrate run --sample N.",
    });
  }
  if (session.snapshot) {
    throw new ConfigError("DELTA_FROM_SNAPSHOT", "a snapshot does not change: there is nothing to catch up with", {
      hint: "Leave --from-snapshot out, or leave --delta out.",
    });
  }
}

/** The newest complete load of each stage that has one. Runs over a sample do not count. */
export async function basesOf(
  client: Client,
  session: Session,
  stages: readonly Stage[],
): Promise<readonly StageBase[]> {
  const { rows: known } = await client.query<{ runs: string | null; marks: string | null }>(
    "select to_regclass('migrate.run')::text as runs, to_regclass('migrate.watermark')::text as marks",
  );
  if (known[0]!.runs === null) return [];
  // runs of earlier versions kept no marks
  const marked =
    known[0]!.marks === null ? "" : "union all select w.run_id, w.origin_id from migrate.watermark w where w.done";
  const { rows } = await client.query<StageBase & { external: string }>(
    `select distinct on (o.id) o.id as "originId", o.external_source as external, o.mapping, r.name as run, r.lock, r.started_at as "startedAt"
     from (select p.run_id, p.origin_id from migrate.progress p join migrate.run d on d.id = p.run_id
             where p.phase = 'done' and d.status = 'completed' ${marked}) b
       join migrate.run r on r.id = b.run_id join migrate.origin o on o.id = b.origin_id
     where r.kind in ('full', 'delta', 'retry') and r.options ->> 'sample' is null
     order by o.id, r.id desc`,
  );
  const source = session.config.source.name;
  return stages.flatMap(({ mapping }) => {
    const external = externalSourceOf(source, mapping.keyspace);
    const found = rows.find((row) => row.mapping === mapping.id && row.external === external);
    return found === undefined ? [] : [found];
  });
}

/**
 * Throws ConfigError DELTA_NO_BASE where nothing was ever loaded, and StoppedError DELTA_DRIFT with every difference between
 * what the stages were loaded with and now. Differences of the source alone pass where `plan` was made since.
 */
export async function assertBase(
  client: Client,
  session: Session,
  stages: readonly Stage[],
  plan: Pick<Plan, "createdAt"> | null,
): Promise<readonly StageBase[]> {
  const bases = await basesOf(client, session, stages);
  if (bases.length === 0) {
    throw new ConfigError(
      "DELTA_NO_BASE",
      "there is nothing to catch up with: no run has loaded any of these objects completely",
      {
        hint: "Load first with `migrate run`; a run that was interrupted is finished with --resume.",
      },
    );
  }
  const now = makeLock(session);
  const lines = new Set<string>();
  for (const base of bases) {
    const stage = stages.find(({ mapping }) => mapping.id === base.mapping)!;
    const reviewed = plan !== null && Date.parse(plan.createdAt) >= new Date(base.startedAt).getTime();
    for (const line of diffBase(base.lock, now, stage, reviewed)) lines.add(line);
  }
  if (lines.size > 0) {
    throw new StoppedError(
      "DELTA_DRIFT",
      `the source or the mappings are no longer what was loaded with:\n${[...lines].map((line) => `  - ${line}`).join("\n")}`,
      {
        resumable: false,
        hint: "Of changes of the source: adapt the mappings where they need it, make a plan (`migrate plan`), and start again. Of changed mappings: `migrate run` loads everything anew; only what differs is written.",
      },
    );
  }
  return bases;
}
