/** `migrate rollback` in the command tree. */
import type { Command } from "commander";
import type { Chosen } from "./action.ts";
import type { RollbackFlags } from "./commands/rollback.ts";

export function rollbackCommand(
  program: Command,
  chosen: Chosen,
  examples: (...lines: readonly string[]) => string,
): void {
  program
    .command("rollback")
    .description("undo a run: delete what it inserted, restore what it updated or deleted")
    .argument("<run>", "the run")
    .option("--dry-run", "the real statements on the real target, rolled back")
    .addHelpText(
      "after",
      examples("migrate rollback 20261121T233000Z-full --dry-run", "migrate rollback 20261121T233000Z-full"),
    )
    .action((run: string, flags: RollbackFlags) =>
      chosen(async (app) => (await import("./commands/rollback.ts")).rollback(app, run, flags)),
    );
}
