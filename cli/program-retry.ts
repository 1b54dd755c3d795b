/** `migrate retry` in the command tree. */
import type { Command } from "commander";
import type { Chosen } from "./action.ts";
import type { RetryFlags } from "./commands/retry.ts";

export function retryCommand(
  program: Command,
  chosen: Chosen,
  examples: (...lines: readonly string[]) => string,
): void {
  program
    .command("retry")
    .description(
      "load the rejects of a run again, after a mapping change or from an edited file; or decide its conflicts",
    )
    .argument("<run>", "the run")
    .option("--from <file>", "an edited file of its rejects/ folder (csv or xlsx), or its conflicts.csv with decisions")
    .option("--dry-run", "the real statements on the real target, rolled back")
    .option("--name <text>", "what you call the run; shown in `migrate runs`")
    .addHelpText(
      "after",
      examples(
        "migrate retry 20261121T233000Z-full",
        "migrate retry 20261121T233000Z-full --from runs/20261121T233000Z-full/rejects/contact.csv",
        "migrate retry 20261128T180000Z-delta --from runs/20261128T180000Z-delta/conflicts.csv",
      ),
    )
    .action((run: string, flags: RetryFlags) =>
      chosen(async (app) => (await import("./commands/retry.ts")).retry(app, run, flags)),
    );
}
