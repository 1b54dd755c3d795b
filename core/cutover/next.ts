/** `migrate cutover next`: does the next stage, with its gates. */
import { checkSession, compilerFor, dateOrdersOfRun, runMigration, type Session } from "../engine/index.ts";
import type { EngineEvent, RunReport } from "../engine/types.ts";
import { ConfigError, InterruptedError, StoppedError } from "../errors.ts";
import { reconcile, rewriteReport, writeRecordFiles } from "../proof/index.ts";
import type { ProofEvent, Reconciliation } from "../proof/types.ts";
import { migrateState } from "../store/state-migrations.ts";
import { assertStages, readBoard, writeBoard } from "./board.ts";
import { assertFrozen, beginFreeze, type Freeze } from "./freeze.ts";
import { beforeGate, checkGate, runGates } from "./gates.ts";
import { beginAttempt, endAttempt, noteRun } from "./state.ts";
import type { AttemptStatus, Board, BoardStage, Gate } from "./types.ts";

export interface NextOptions {
  /** The stage, as `chooseStage` gave it. */
  readonly stage: BoardStage;
  /** When the source was frozen, ISO; null: now, by the source's clock. Of stages with `freeze: true`. */
  readonly freezeAt: string | null;
  readonly onEvent: (event: EngineEvent | ProofEvent) => void;
}

/** What a stage came to. */
export interface StageResult {
  readonly stage: string;
  readonly status: AttemptStatus;
  readonly run: string | null;
  readonly gates: readonly Gate[];
  readonly report: RunReport | null;
  readonly proof: Reconciliation | null;
  readonly board: Board;
}

/**
 * The stage that is to be done: the first that is not passed; `again`: the last `repeat: true` stage that was passed.
 * Throws ConfigError CUTOVER_DONE, CUTOVER_NOTHING_TO_REPEAT.
 */
export function chooseStage(board: Board, again: boolean): BoardStage {
  if (again) {
    const repeatable = board.stages.filter(({ repeat, attempts }) => repeat && attempts.length > 0).at(-1);
    if (repeatable !== undefined) return repeatable;
    throw new ConfigError("CUTOVER_NOTHING_TO_REPEAT", "no stage with `repeat: true` has been done yet", {
      hint: "Leave --repeat out: `migrate cutover next`.",
    });
  }
  const next = board.stages.find(({ current }) => current);
  if (next !== undefined) return next;
  throw new ConfigError("CUTOVER_DONE", "every stage of the cutover is passed", {
    hint: "Sign what is not signed yet: `migrate cutover sign-off`. A catch-up is repeated with `migrate cutover next --repeat`.",
  });
}

const labelOf = (stage: string, attempt: string): string => `cutover ${stage} (${attempt})`;

/** The run of an earlier attempt at the stage, where it can still go on; it is known by its label. */
async function runToResume({ database, config }: Session, stage: BoardStage): Promise<string | null> {
  const last = stage.attempts.at(-1);
  if (last === undefined || last.status === "passed") return null;
  const { rows } = await database.query<{ name: string }>(
    `select r.name from migrate.run r
     where r.migration = $1 and r.options -> 'about' ->> 'label' = $2 and r.status in ('running', 'interrupted', 'stopped', 'failed')
       and not exists (select from migrate.run later where later.source = r.source and later.id > r.id)
     order by r.id desc limit 1`,
    [config.name, labelOf(stage.name, last.id)],
  );
  return rows[0]?.name ?? null;
}

async function runNamed({ database, config }: Session, label: string): Promise<string | null> {
  const { rows } = await database.query<{ name: string }>(
    "select name from migrate.run where migration = $1 and options -> 'about' ->> 'label' = $2 order by id desc limit 1",
    [config.name, label],
  );
  return rows[0]?.name ?? null;
}

/** Conflicts that nobody has decided. */
async function openConflicts({ database, config }: Session): Promise<number> {
  const { rows } = await database.query<{ n: string }>(
    `select count(*) as n from migrate.kept_edit k join migrate.origin o on o.id = k.origin_id
     where k.reason = 'review' and (o.external_source = $1 or starts_with(o.external_source, $1 || '/'))`,
    [config.source.name],
  );
  return Number(rows[0]!.n);
}

/**
 * Checks, runs (or resumes), reconciles and judges the stage of an open session, whose scope is the stage's. What the gates
 * found is kept, whatever it was. Throws what a run throws; StoppedError FREEZE_VIOLATED; ConfigError of a stage whose turn it
 * is not: nothing was written then.
 */
export async function runStageOfCutover(session: Session, options: NextOptions): Promise<StageResult> {
  const { config, database, context, runsDir } = session;
  assertStages(config);
  const client = await database.connect();
  try {
    await migrateState(client);
  } finally {
    client.release();
  }
  const before = await readBoard(config, database.query, runsDir, context.now());
  const stage = before.stages.find(({ name }) => name === options.stage.name)!;
  const gates: Gate[] = [beforeGate(before, stage)];
  if (!gates[0]!.ok) {
    throw new ConfigError("CUTOVER_NOT_YET", `stage ${stage.name}: ${gates[0]!.found}`, {
      hint: "Do the stages in order: `migrate cutover next`.",
    });
  }
  gates.push(checkGate(await checkSession(session, options.onEvent)));
  const resume = await runToResume(session, stage);
  const freeze = stage.freeze ? await beginFreeze(session, options.freezeAt) : null;
  const attempt = await begin(session, stage, resume, freeze);
  const end = async (status: AttemptStatus): Promise<Board> => {
    await endAttempt(database.query, attempt, status, gates, context.now());
    const board = await readBoard(config, database.query, runsDir, context.now());
    await writeBoard(runsDir, board);
    return board;
  };
  if (!gates.at(-1)!.ok) {
    const board = await end("failed");
    return { stage: stage.name, status: "failed", run: null, gates, report: null, proof: null, board };
  }
  const label = labelOf(stage.name, attempt);
  let report: RunReport;
  let proof: Reconciliation;
  try {
    report = await runMigration(
      session,
      { only: stage.objects, delta: stage.delta, resume, about: { label } },
      options.onEvent,
    );
    await noteRun(database.query, attempt, report.run);
    proof = await reconcile(session, {
      run: report.run,
      spotChecks: config.reconcile.spotChecks,
      compile: await compilerFor({ ...session, dateOrders: await dateOrdersOfRun(runsDir, report.run) }),
      onEvent: options.onEvent,
    });
    gates.push(...runGates(report, proof, config.limits.rejects, await openConflicts(session), stage.freeze));
    if (freeze !== null) {
      await assertFrozen(session, freeze, report.run);
      gates.push({ gate: "freeze", ok: true, found: `nothing was changed in the source since ${freeze.at}` });
    }
  } catch (error) {
    const run = resume ?? (await runNamed(session, label).catch(() => null));
    if (run !== null) await noteRun(database.query, attempt, run).catch(() => undefined);
    const stopped = error instanceof StoppedError || error instanceof InterruptedError;
    const what = (error as Error).message.split("\n")[0]!;
    const isFreeze = error instanceof StoppedError && error.code === "FREEZE_VIOLATED";
    gates.push({ gate: isFreeze ? "freeze" : "run", ok: false, found: what });
    await end(stopped ? "stopped" : "failed").catch(() => undefined);
    throw error;
  }
  const status = gates.every(({ ok }) => ok) ? "passed" : "failed";
  const board = await end(status);
  await writeRecordFiles(database.query, runsDir, report.run);
  await rewriteReport(runsDir, report.run, context.now());
  return { stage: stage.name, status, run: report.run, gates, report, proof, board };
}

/** A resumed run keeps the label of the attempt that began it: the attempt goes on, too. */
async function begin(
  { database, config, context }: Session,
  stage: BoardStage,
  resume: string | null,
  freeze: Freeze | null,
): Promise<string> {
  const client = await database.connect();
  try {
    if (resume !== null) {
      const { id } = stage.attempts.at(-1)!;
      await client.query(
        "update migrate.cutover_attempt set status = 'running', finished_at = null, freeze_at = $2 where id = $1",
        [id, freeze?.at ?? null],
      );
      return id;
    }
    return await beginAttempt(client, config.name, stage.name, context.now(), freeze?.at ?? null);
  } finally {
    client.release();
  }
}
