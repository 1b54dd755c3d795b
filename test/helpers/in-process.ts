/** Runs the command line in the test's own process: the same tree of commands and the same code, without the start of a process. */
import type { Action } from "../../cli/action.ts";
import { createApp } from "../../cli/app.ts";
import { reportFailure } from "../../cli/failure.ts";
import { createOutput } from "../../cli/output.ts";
import { createProgram } from "../../cli/program.ts";
import type { CliResult } from "./cli.ts";

/** `migrate ...args` in a folder; `env` is the whole environment. */
export async function inProcess(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  const flag = (name: string): boolean => args.includes(name);
  const output = createOutput(
    { json: flag("--json"), quiet: flag("--quiet"), verbose: flag("--verbose"), color: false },
    { write: (text) => (stdout += text) },
    { write: (text) => (stderr += text) },
    {},
  );
  let action: Action | null = null;
  const program = createProgram((chosen) => {
    action = chosen;
  });
  await program.parseAsync([...args], { from: "user" });
  const { config, yes } = program.opts<{ config: string; yes?: boolean }>();
  const app = createApp({ output, cwd: options.cwd, env: options.env ?? {}, config, yes: yes === true });
  try {
    return { code: await (action as unknown as Action)(app), stdout, stderr };
  } catch (error) {
    const code = reportFailure(app.context.signal.aborted ? app.context.signal.reason : error, output, app.redact);
    return { code, stdout, stderr };
  } finally {
    app.dispose();
  }
}
