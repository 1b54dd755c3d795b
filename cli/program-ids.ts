/** `migrate ids` in the command tree. */
import { type Command, Option } from "commander";
import type { Chosen } from "./action.ts";
import type { IdsFlags } from "./commands/ids-export.ts";
import type { RewriteFlags } from "./commands/ids-rewrite.ts";
import { list } from "./lists.ts";

export function idsCommands(program: Command, chosen: Chosen, examples: (...lines: readonly string[]) => string): void {
  const ids = program
    .command("ids")
    .description("the id crosswalk")
    .addHelpText(
      "after",
      examples(
        "migrate ids export --out ids.csv",
        "migrate ids export --format parquet --out ids.parquet",
        "migrate ids rewrite --link 'https://crm.example.com/{object}/{id}' --dry-run",
      ),
    );
  ids
    .command("export")
    .description("which record of the source is which row of the target, ids of merged records included")
    .option("--object <objects>", "of these target objects only, separated by commas", list)
    .addOption(
      new Option("--format <format>", "default: by the name of the file, else csv").choices(["csv", "parquet"]),
    )
    .option("--out <file>", "the file; default: stdout")
    .addHelpText(
      "after",
      examples(
        "migrate ids export --out ids.csv",
        "migrate ids export --object account,contact --format parquet --out ids.parquet",
      ),
    )
    .action((options: IdsFlags) =>
      chosen(async (app) => (await import("./commands/ids-export.ts")).idsExport(app, options)),
    );
  ids
    .command("rewrite")
    .description("make links to old records, inside texts, lead to the rows of the target")
    .requiredOption("--link <template>", "the new address, with {object}, {id} and {source_id}")
    .option("--plain <template>", "what bare ids of 15 or 18 characters become; default: they stay")
    .option(
      "--fields <fields>",
      "these texts only: object.field, separated by commas; default: all that mappings fill",
      list,
    )
    .option("--host <hosts>", "further hosts of the old system, separated by commas", list)
    .option("--dry-run", "the real statements on the real target, rolled back")
    .addHelpText(
      "after",
      examples(
        "migrate ids rewrite --link 'https://crm.example.com/{object}/{id}' --dry-run",
        "migrate ids rewrite --link 'https://crm.example.com/{object}/{id}' --fields task.description,note.content",
        "migrate ids rewrite --link 'https://crm.example.com/{object}/{id}' --plain '{object} {id}' --host old.example.com",
      ),
    )
    .action((flags: RewriteFlags) =>
      chosen(async (app) => (await import("./commands/ids-rewrite.ts")).idsRewrite(app, flags)),
    );
}
