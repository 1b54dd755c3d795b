/** The command tree: names, arguments, flags, help. Commands load when they are called. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Argument, Command } from "commander";
import { packageRoot } from "../core/paths.ts";
import type { Chosen } from "./action.ts";
import type { ReconcileFlags } from "./commands/reconcile.ts";
import type { ReportFlags } from "./commands/report.ts";
import type { SandboxFlags } from "./commands/sandbox.ts";
import { list } from "./lists.ts";
import { whole } from "./numbers.ts";
import { cutoverCommands } from "./program-cutover.ts";
import { idsCommands } from "./program-ids.ts";
import { mapCommands } from "./program-map.ts";
import { retryCommand } from "./program-retry.ts";
import { rollbackCommand } from "./program-rollback.ts";
import { runsCommands } from "./program-runs.ts";
import { SANDBOXES } from "./sandboxes.ts";

function version(): string {
  const text = readFileSync(join(packageRoot(), "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;
}

/** Builds the tree. `chosen` is called with what the arguments ask for; wrong arguments throw CommanderError. */
export function createProgram(chosen: Chosen): Command {
  const program = new Command("migrate");
  program
    .description("Moves a whole CRM into PostgreSQL and proves that nothing was lost.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help, or a command's")
    .helpCommand("help [command]", "print a command's help")
    .option("-c, --config <file>", "the migration", "migration.yaml")
    .option("--json", "one JSON document on stdout, everything else on stderr")
    .option("--yes", "overwrite files without asking; let a delta delete more than limits.deletes")
    .option("--quiet", "results and errors only")
    .option("--verbose", "more detail, and the stack of unexpected errors")
    .option("--no-color", "no colours (also: NO_COLOR=1, or no terminal)")
    .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
    .exitOverride()
    .addHelpText(
      "after",
      `${examples(
        "migrate init moving --source csv --files 'exports/*.csv'",
        "migrate check -c moving/migration.yaml",
        "migrate run --dry-run",
      )}

Exit codes: 0 done and clean; 1 unexpected failure; 2 usage, configuration or mapping error, nothing
written; 3 finished but not clean; 4 stopped on purpose, can be resumed; 130 interrupted.`,
    );

  program
    .command("init")
    .description("write migration.yaml and mapping files suggested from the source's headers and values")
    .argument("[dir]", "folder to write into", ".")
    .requiredOption("--source <connector>", "where records come from: csv, hubspot, salesforce")
    .option(
      "--files <glob...>",
      "the files, for file sources: one or several, a quoted pattern, or a folder",
      collect,
      [],
    )
    .option(
      "--source-options <yaml>",
      "options of other sources, as they shall stand in migration.yaml; default: the usual log-in, by environment variables",
    )
    .addHelpText(
      "after",
      examples(
        "migrate init moving --source csv --files 'exports/*.csv'",
        "migrate init --source csv --files ./data",
        "migrate init --source hubspot",
        "migrate init --source salesforce --source-options '{ auth: { flow: sf-cli } }'",
      ),
    )
    .action((dir: string, options: { source: string; files: string[]; sourceOptions?: string }) =>
      chosen(async (app) => (await import("./commands/init.ts")).init(app, { dir, ...options })),
    );

  program
    .command("check")
    .description("check both sides, the mappings and the values, and show every problem at once")
    .addHelpText("after", examples("migrate check", "migrate check --json"))
    .action(() => chosen(async (app) => (await import("./commands/check.ts")).check(app)));

  program
    .command("plan")
    .description("show the stages in order with counts, values and owners, and write the lock plan.json")
    .option("--delta", "what a delta would read, and what each of its sweeps costs")
    .addHelpText(
      "after",
      examples("migrate plan", "migrate plan --verbose    # every picklist value and owner", "migrate plan --delta"),
    )
    .action((options: { delta?: boolean }) =>
      chosen(async (app) => (await import("./commands/plan.ts")).plan(app, options.delta === true)),
    );

  program
    .command("run")
    .description("move the records")
    .option("--dry-run", "the real statements on the real target, rolled back")
    .option("--only <objects>", "these target objects only, separated by commas", list)
    .option("--sample <n>", "only N accounts with everything that belongs to them", whole(1))
    .option("--resume <run>", "go on with a run that was stopped or killed")
    .option("--plan <file>", "refuse when anything differs from this plan (default: plan.json where there is one)")
    .option("--delta", "catch up: only what changed, went or was merged since the last run")
    .option("--from-snapshot <run>", "load what that run has read, without reading the source again")
    .option("--name <text>", "what you call the run; shown in `migrate runs`")
    .option("--like <run>", "repeat that run: with its --only, --sample and --files, and the mappings as they are now")
    .option(
      "--files <file...>",
      "with --like: files to read in place of those of that run, by name, or as CONTACTS.CSV=FILE; only what reads them is loaded",
    )
    .addHelpText(
      "after",
      examples(
        "migrate run --dry-run",
        "migrate run --only user,account --sample 20",
        "migrate run --delta",
        "migrate run --resume 20261121T233000Z-full",
        "migrate run --from-snapshot 20261121T233000Z-full --dry-run",
        "migrate run --like 20261121T233000Z-full --files new/contacts.csv --name 'December'",
      ),
    )
    .action((options: RunFlags) => {
      return chosen(async (app) => (await import("./commands/run.ts")).run(app, options));
    });

  program
    .command("reconcile")
    .description("prove a run: count and read the source again, compare, write the report")
    .argument("[run]", "the run; default: the last one that was not a dry run")
    .option("--spot-checks <n>", "how many records to compare field by field", whole(0))
    .option("--fields", "compare every field of every record, and list every difference")
    .option("--no-figures", "leave out the figures of single fields: no temporary copy of the records in the database")
    .option("--from-snapshot <run>", "compare with what that run has read, without reading the source again")
    .addHelpText(
      "after",
      examples(
        "migrate reconcile",
        "migrate reconcile --fields",
        "migrate reconcile 20261121T233000Z-full --spot-checks 50",
        "migrate reconcile --fields --from-snapshot 20261121T233000Z-full",
      ),
    )
    .action((run: string | undefined, options: ReconcileFlags) =>
      chosen(async (app) => (await import("./commands/reconcile.ts")).reconcileRun(app, run ?? null, options)),
    );

  program
    .command("report")
    .description("write report.html and report.md of a run again, from the files it left")
    .argument("[run]", "the run; default: the last one that was not a dry run")
    .option("--open", "open it in the browser")
    .option(
      "--compare <runs...>",
      "lay two runs side by side: compare.html and compare.md in the folder of the later one",
    )
    .addHelpText(
      "after",
      examples(
        "migrate report",
        "migrate report 20261121T233000Z-full --open",
        "migrate report --compare 20261121T233000Z-full 20261128T220000Z-full",
      ),
    )
    .action((run: string | undefined, options: ReportFlags) =>
      chosen(async (app) => (await import("./commands/report.ts")).report(app, run ?? null, options)),
    );

  runsCommands(program, chosen, examples);
  mapCommands(program, chosen, examples);

  const db = program
    .command("db")
    .description("the embedded database")
    .addHelpText("after", examples("migrate db", 'psql "$(migrate db url)"', "migrate db stop"));
  db.command("status", { isDefault: true })
    .description("where it is and whether it runs")
    .action(() => chosen(async (app) => (await import("./commands/db.ts")).status(app)));
  db.command("url")
    .description("its URL, with the password; starts it when it is there and does not run")
    .action(() => chosen(async (app) => (await import("./commands/db.ts")).url(app)));
  db.command("stop")
    .description("stop it")
    .action(() => chosen(async (app) => (await import("./commands/db.ts")).stop(app)));

  program
    .command("sandbox")
    .description("a local stand-in for a system, for trials; runs until Ctrl-C")
    .addArgument(new Argument("<system>", "what it stands in for").choices(Object.keys(SANDBOXES)))
    .option("--seed <n>", "which data", whole(0))
    .option("--records <n>", "how many", whole(1))
    .option("--port <n>", "port on 127.0.0.1; default: a free one", whole(1))
    .addHelpText(
      "after",
      examples("migrate sandbox salesforce --records 20000 > .env", "migrate sandbox hubspot > .env"),
    )
    .action((system: string, flags: SandboxFlags) =>
      chosen(async (app) => (await import("./commands/sandbox.ts")).sandbox(app, system, flags)),
    );

  retryCommand(program, chosen, examples);
  cutoverCommands(program, chosen, examples);
  idsCommands(program, chosen, examples);
  rollbackCommand(program, chosen, examples);

  program
    .command("completion")
    .description("print the completion script of a shell")
    .argument("[shell]", "bash, zsh or fish; default: yours")
    .addHelpText(
      "after",
      examples(
        "migrate completion bash >> ~/.bashrc",
        "migrate completion zsh > ~/.zfunc/_migrate    # with fpath+=~/.zfunc before compinit",
        "migrate completion fish > ~/.config/fish/completions/migrate.fish",
      ),
    )
    .action((shell?: string) =>
      chosen(async (app) => (await import("./commands/completion.ts")).completion(app, program, shell ?? null)),
    );

  return program;
}

export interface RunFlags {
  readonly dryRun?: boolean;
  readonly only?: string[];
  readonly sample?: number;
  readonly resume?: string;
  readonly plan?: string;
  readonly delta?: boolean;
  readonly fromSnapshot?: string;
  readonly name?: string;
  readonly like?: string;
  readonly files?: string[];
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
