/** `migrate cutover sign-off`: somebody puts their name to a stage that is passed. */
import { join } from "node:path";
import type { MigrationConfig } from "../config-types.ts";
import type { Query } from "../connector.ts";
import { ConfigError } from "../errors.ts";
import { isSigned, readBoard, writeBoard } from "./board.ts";
import { type Bundle, writeBundle } from "./bundle.ts";
import { signedDecisions, signedFiles } from "./evidence.ts";
import { runsOfCutover } from "./runs.ts";
import { readSignOffs, writeSignOff } from "./state.ts";
import type { Attempt, Board, BoardStage, SignOff } from "./types.ts";

export interface SignOffOptions {
  /** Name of the stage; null: the first that is passed and not signed. */
  readonly stage: string | null;
  /** "Name, role". */
  readonly signer: string;
  readonly remark: string | null;
  readonly now: Date;
}

export interface Signed {
  readonly signOff: SignOff;
  readonly bundle: Bundle;
  readonly board: Board;
}

function stageToSign(board: Board, name: string | null): BoardStage {
  const names = board.stages.map((stage) => stage.name);
  if (name !== null) {
    const found = board.stages.find((stage) => stage.name === name);
    if (found !== undefined) return found;
    throw new ConfigError("CUTOVER_NO_STAGE", `there is no stage ${name}`, { hint: `Stages: ${names.join(", ")}.` });
  }
  const waiting = board.stages.find(
    ({ state, attempts, signOffs }) => state === "passed" && !isSigned(attempts.at(-1)!, signOffs),
  );
  if (waiting !== undefined) return waiting;
  throw new ConfigError("CUTOVER_NOTHING_TO_SIGN", "no stage is passed and waits for a signature", {
    hint: "Do the next stage: `migrate cutover next`.",
  });
}

function passedAttempt(stage: BoardStage): Attempt & { readonly run: string } {
  const last = stage.attempts.at(-1);
  if (last?.status === "passed" && last.run !== null) return { ...last, run: last.run };
  const failed = last?.gates.find(({ ok }) => !ok);
  const why = failed === undefined ? "it has not been done" : `gate ${failed.gate}: ${failed.found}`;
  throw new ConfigError("CUTOVER_NOT_PASSED", `stage ${stage.name} cannot be signed: ${why}`, {
    hint: "Do it with `migrate cutover next`; only what its gates let pass can be signed.",
  });
}

/** File of the bundle: `runs/evidence/<migration>-<stage>-<time>.zip`. */
const bundlePath = (runsDir: string, migration: string, stage: string, now: Date): string =>
  join(
    runsDir,
    "evidence",
    `${`${migration}-${stage}`.replace(/[^A-Za-z0-9_.-]+/g, "-")}-${now.toISOString().replace(/[-:]|\.\d+/g, "")}.zip`,
  );

/**
 * Signs and writes the evidence bundle. Throws ConfigError CUTOVER_NO_SIGNER, CUTOVER_NO_STAGE, CUTOVER_NOTHING_TO_SIGN,
 * CUTOVER_NOT_PASSED.
 */
export async function signOff(
  config: MigrationConfig,
  query: Query,
  runsDir: string,
  options: SignOffOptions,
): Promise<Signed> {
  const signer = options.signer.trim();
  if (signer === "") {
    throw new ConfigError("CUTOVER_NO_SIGNER", "expected who signs, got nothing", {
      hint: 'Say it: migrate cutover sign-off --as "Ada Lovelace, head of sales operations".',
    });
  }
  const before = await readBoard(config, query, runsDir, options.now);
  const stage = stageToSign(before, options.stage);
  const attempt = passedAttempt(stage);
  // who signs, signs what was decided until now
  const runs = await runsOfCutover(query, runsDir, { ...before, done: false });
  const signed = {
    signer,
    remark: options.remark,
    signedAt: options.now.toISOString(),
    files: {
      ...(await signedFiles(runsDir, attempt.run)),
      ...(await signedDecisions(
        runsDir,
        runs.map(({ run }) => run),
      )),
    },
  };
  if (signed.files["reconciliation.json"] === undefined) {
    throw new ConfigError("CUTOVER_NO_PROOF", `the files of run ${attempt.run} are gone: there is nothing to sign`, {
      hint: `Restore runs/${attempt.run} from a backup, or prove the run again: migrate reconcile ${attempt.run}.`,
    });
  }
  await writeSignOff(query, config.name, attempt, signed);
  const board = await readBoard(config, query, runsDir, options.now);
  await writeBoard(runsDir, board);
  const bundle = await writeEvidence(config, query, runsDir, stage.name, options.now);
  return { signOff: { stage: stage.name, run: attempt.run, ...signed }, bundle, board };
}

/** The evidence as it is now, as a new bundle. */
export async function writeEvidence(
  config: MigrationConfig,
  query: Query,
  runsDir: string,
  what: string,
  now: Date,
  path: string | null = null,
): Promise<Bundle> {
  const board = await readBoard(config, query, runsDir, now);
  const signOffs = await readSignOffs(query, config.name);
  const runs = await runsOfCutover(query, runsDir, board);
  return writeBundle(config, runsDir, board, runs, signOffs, path ?? bundlePath(runsDir, config.name, what, now), now);
}
