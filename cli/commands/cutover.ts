/** `migrate cutover`: status, next, sign-off, bundle, verify. */
import { relative, resolve } from "node:path";
import type { TargetSession } from "../../core/engine/index.ts";
import { ConfigError } from "../../core/errors.ts";
import type { App } from "../app.ts";
import { createProgress } from "../progress.ts";
import { boardLines, gateLines, verifiedLines } from "../views/cutover.ts";

async function withTarget<T>(app: App, work: (target: TargetSession) => Promise<T>): Promise<T> {
  const { openTarget } = await import("../../core/engine/index.ts");
  const target = await openTarget(app.configFile, { registry: await app.registry(), context: app.context });
  try {
    return await work(target);
  } finally {
    await target.close();
  }
}

const readBoardOf = async (app: App) => {
  const { readBoard } = await import("../../core/cutover/index.ts");
  return withTarget(app, ({ config, database, runsDir }) =>
    readBoard(config, database.query, runsDir, app.context.now()),
  );
};

export async function status(app: App): Promise<number> {
  const { output } = app;
  const board = await readBoardOf(app);
  output.document(board);
  if (!output.json) output.print(boardLines(board, output.style));
  if (board.done) output.note(["", "Every stage is passed and signed."]);
  else
    output.note([
      "",
      board.next === null ? 'Next: migrate cutover sign-off --as "Name, role"' : "Next: migrate cutover next",
    ]);
  return 0;
}

export interface NextFlags {
  readonly repeat?: boolean;
  readonly freezeAt?: string;
}

/** An instant as people write it; throws ConfigError CUTOVER_FREEZE_AT. */
function instant(text: string): string {
  const at = Date.parse(text);
  if (!Number.isNaN(at) && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) && /(Z|[+-]\d{2}:?\d{2})$/.test(text))
    return new Date(at).toISOString();
  throw new ConfigError("CUTOVER_FREEZE_AT", `--freeze-at: expected an instant with its time zone, got ${text}`, {
    hint: "Write it like 2026-11-28T18:00:00Z or 2026-11-28T19:00:00+01:00.",
  });
}

export async function next(app: App, flags: NextFlags): Promise<number> {
  const { output } = app;
  const freezeAt = flags.freezeAt === undefined ? null : instant(flags.freezeAt);
  const { chooseStage, runStageOfCutover } = await import("../../core/cutover/index.ts");
  const stage = chooseStage(await readBoardOf(app), flags.repeat === true);
  if (freezeAt !== null && !stage.freeze) {
    throw new ConfigError("CUTOVER_FREEZE_AT", `--freeze-at: stage ${stage.name} does not freeze the source`, {
      hint: "Leave it out, or set `freeze: true` on the stage.",
    });
  }
  output.note(`Stage ${stage.name}`);
  const progress = createProgress(output, Date.now);
  try {
    return await app.withSession(
      async (session) => {
        const result = await runStageOfCutover(session, { stage, freezeAt, onEvent: progress.on });
        progress.end();
        const passed = result.status === "passed";
        output.document({ ...result, report: result.report, proof: undefined });
        if (!output.json) output.print(gateLines(result.stage, passed, result.gates, output.style));
        const { board, run } = result;
        const after =
          board.next === null
            ? 'Every stage is passed. Sign it: migrate cutover sign-off --as "Name, role"'
            : passed
              ? 'Next: migrate cutover sign-off --as "Name, role", then migrate cutover next'
              : "Mend it, then: migrate cutover next";
        const report =
          run === null ? [] : [`Report: ${relative(app.cwd, resolve(app.baseDir, "runs", run, "report.html"))}`];
        output.note(["", ...report, after]);
        if (passed) return 0;
        // nothing was begun: the check found errors
        return run === null ? 2 : 3;
      },
      stage.until === null ? {} : { until: stage.until },
    );
  } finally {
    progress.end();
  }
}

export interface SignFlags {
  readonly as: string;
  readonly remark?: string;
}

export async function sign(app: App, stage: string | null, flags: SignFlags): Promise<number> {
  const { output } = app;
  const { signOff } = await import("../../core/cutover/index.ts");
  const signed = await withTarget(app, ({ config, database, runsDir }) =>
    signOff(config, database.query, runsDir, {
      stage,
      signer: flags.as,
      remark: flags.remark ?? null,
      now: app.context.now(),
    }),
  );
  const { signOff: made, bundle, board } = signed;
  output.document(signed);
  const path = relative(app.cwd, bundle.path);
  if (!output.json) {
    output.print([
      `Stage ${made.stage}, run ${made.run}: signed by ${made.signer}`,
      `Evidence: ${path} (${bundle.files} files)`,
      `Digest: sha256:${bundle.digest}`,
    ]);
  }
  output.note([
    "",
    "Keep the digest apart from the bundle: with it, anyone can tell whether the bundle is still the one that was signed.",
    `  migrate cutover verify ${path} --digest ${bundle.digest.slice(0, 16)}`,
    ...(board.next === null ? [] : ["Next: migrate cutover next"]),
  ]);
  return 0;
}

export async function bundle(app: App, out: string | null): Promise<number> {
  const { output } = app;
  const { writeEvidence } = await import("../../core/cutover/index.ts");
  const path = out === null ? null : resolve(app.cwd, out);
  const made = await withTarget(app, ({ config, database, runsDir }) =>
    writeEvidence(config, database.query, runsDir, "evidence", app.context.now(), path),
  );
  output.document(made);
  if (!output.json)
    output.print([`Evidence: ${relative(app.cwd, made.path)} (${made.files} files)`, `Digest: sha256:${made.digest}`]);
  return 0;
}

/** Needs nothing but the file: neither migration nor database. */
export async function verify(app: App, path: string, digest: string | null): Promise<number> {
  const { output } = app;
  const { verifyBundle } = await import("../../core/cutover/index.ts");
  const verified = await verifyBundle(resolve(app.cwd, path), digest);
  output.document(verified);
  if (!output.json) output.print(verifiedLines(verified, path, output.style));
  if (verified.ok && digest === null)
    output.note([
      "",
      "Compare the digest with the one that was noted when it was signed: whoever makes a whole bundle anew is found out by it alone.",
    ]);
  return verified.ok ? 0 : 3;
}
