/** Commands that exist already and say that they come in a later version. */
import type { Command } from "commander";
import type { Chosen } from "./action.ts";
import { comesLater } from "./later.ts";

export function laterCommands(program: Command, chosen: Chosen): void {
  program
    .command("retry")
    .description("load the rejects of a run again (comes in a later version)")
    .argument("<run>", "the run")
    .option("--from <file>", "an edited reject file")
    .action(() =>
      chosen(async () =>
        comesLater(
          "`migrate retry`",
          "Change the mapping or the file and run `migrate run` again: what is loaded stays unchanged.",
        ),
      ),
    );

  program
    .command("rollback")
    .description("undo a run (comes in a later version)")
    .argument("<run>", "the run")
    .action(() =>
      chosen(async () => comesLater("`migrate rollback`", "The rows as they were are kept in migrate.before_image.")),
    );

  const ids = program.command("ids").description("the id crosswalk");
  ids
    .command("export")
    .description("source ids and target ids as a file (comes in a later version)")
    .action(() =>
      chosen(async () =>
        comesLater("`migrate ids export`", "Every target table holds external_source and external_id beside id."),
      ),
    );
}
