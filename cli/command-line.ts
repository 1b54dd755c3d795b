/** The command line: parses, dispatches, exits. */
import { CommanderError } from "commander";
import type { Action } from "./action.ts";
import { createApp } from "./app.ts";
import { reportFailure } from "./failure.ts";
import { createOutput, type OutputOptions, type Sink } from "./output.ts";
import { createProgram } from "./program.ts";

/** A flag of the program, found before the arguments are parsed: errors in them must be printed, too. */
const has = (args: readonly string[], flag: string): boolean => {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes(flag);
};

const same = (text: string): string => text;

export async function main(args: readonly string[]): Promise<number> {
  const options: OutputOptions = {
    json: has(args, "--json"),
    quiet: has(args, "--quiet"),
    verbose: has(args, "--verbose"),
    color: !has(args, "--no-color"),
  };
  const output = createOutput(options, process.stdout as Sink, process.stderr as Sink, process.env);
  let action: Action | null = null;
  const program = createProgram((chosen) => {
    action = chosen;
  });
  for (const command of [program, ...program.commands, ...program.commands.flatMap((child) => child.commands)]) {
    command.configureOutput({ outputError: () => undefined });
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
  const app = createApp({ output, cwd: process.cwd(), env: process.env, config, yes: yes === true });
  try {
    return await (action as Action)(app);
  } catch (error) {
    return reportFailure(app.context.signal.aborted ? app.context.signal.reason : error, output, app.redact);
  } finally {
    app.dispose();
  }
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // `migrate runs | head`: whoever read has enough
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}

const code = await main(process.argv.slice(2));
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
