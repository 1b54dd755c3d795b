/** Runs the command line: within this process, or as people do, a process of its own. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { dispatch } from "../../cli/dispatch.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface CommandOptions {
  /** The checkout's root if absent. */
  readonly cwd?: string;
  /** Added to an environment without DATABASE_URL, colours and CI. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface CliOptions extends CommandOptions {
  /** Milliseconds after which the process is killed. */
  readonly timeout?: number;
  /** Called with what stdout holds so far, to talk to what runs and to end it. */
  readonly onStdout?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** Called with what stderr holds so far, to send signals at a certain point. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

export interface CliResult {
  /** null: killed by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Compiled code of processes that start one after another, which saves each of them a part of its start. */
export const COMPILED = { NODE_COMPILE_CACHE: `${root}node_modules/.cache/crm-migrate-test` };

function environment(added: CommandOptions["env"]): Readonly<Record<string, string | undefined>> {
  const { DATABASE_URL: _url, NO_COLOR: _color, CI: _ci, ...inherited } = process.env;
  return { ...inherited, ...added };
}

/**
 * `migrate ...args` within this process: everything that a process of its own does but for starting and ending it, in a
 * fraction of the time. For signals, and for the process itself, there is `runCli`.
 */
export async function command(args: readonly string[], options: CommandOptions = {}): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  const code = await dispatch(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    cwd: options.cwd ?? root,
    env: environment(options.env),
  });
  return { code, stdout, stderr };
}

/** `migrate ...args`, from source, as a process of its own. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = spawn(`${root}node_modules/.bin/node`, [`${root}cli/main.ts`, ...args], {
    cwd: options.cwd ?? root,
    env: { ...COMPILED, ...environment(options.env) },
    timeout: options.timeout ?? 100_000,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    options.onStdout?.(stdout, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    options.onStderr?.(stderr, (signal) => child.kill(signal));
  });
  child.stdin.end();
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
