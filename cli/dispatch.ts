/** The command line without the process around it: parses, dispatches, tells the exit code. */
import { CommanderError } from "commander";
import type { Action } from "./action.ts";
import { createApp } from "./app.ts";
import { reportFailure } from "./failure.ts";
import { createOutput, type OutputOptions, type Sink } from "./output.ts";
import { createProgram } from "./program.ts";

/** What surrounds a command. */
export interface Surroundings {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A flag of the program, found before the arguments are parsed: errors in them must be printed, too. */
const has = (args: readonly string[], flag: string): boolean => {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes(flag);
};

const same = (text: string): string => text;

/** Runs `migrate ...args`; resolves to the exit code, also after errors, which it prints. */
export async function dispatch(args: readonly string[], { stdout, stderr, cwd, env }: Surroundings): Promise<number> {
  const options: OutputOptions = {
    json: has(args, "--json"),
    quiet: has(args, "--quiet"),
    verbose: has(args, "--verbose"),
    color: !has(args, "--no-color"),
  };
  const output = createOutput(options, stdout, stderr, env);
  let action: Action | null = null;
  const program = createProgram((chosen) => {
    action = chosen;
  });
  for (const command of [program, ...program.commands, ...program.commands.flatMap((child) => child.commands)]) {
    command.configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => undefined,
    });
  }
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // no command given: its help has been printed
    if (error instanceof CommanderError && error.code === "commander.help") {
      if (!output.json) return 2;
      return reportFailure(new CommanderError(2, "migrate.noCommand", "expected a command, got none"), output, same);
    }
    return reportFailure(error, output, same);
  }
  if (action === null) return 0;
  const { config, yes } = program.opts<{ config: string; yes?: boolean }>();
  const app = createApp({ output, cwd, env, config, yes: yes === true });
  try {
    return await (action as Action)(app);
  } catch (error) {
    return reportFailure(app.context.signal.aborted ? app.context.signal.reason : error, output, app.redact);
  } finally {
    app.dispose();
  }
}
