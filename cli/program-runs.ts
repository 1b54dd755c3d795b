/** `migrate runs` in the command tree. */
import { type Command, Option } from "commander";
import { BUCKETS } from "../core/engine/types.ts";
import type { Chosen } from "./action.ts";

export function runsCommands(
  program: Command,
  chosen: Chosen,
  examples: (...lines: readonly string[]) => string,
): void {
  const runs = program
    .command("runs")
    .description("history of runs, and the records of a bucket")
    .addHelpText(
      "after",
      examples(
        "migrate runs",
        "migrate runs show 20261121T233000Z-full",
        "migrate runs records 20261121T233000Z-full --bucket rejected --object contact",
        "migrate runs records 20261121T233000Z-full --bucket inserted --out inserted.csv",
      ),
    );
  runs
    .command("list", { isDefault: true })
    .description("all runs, newest first")
    .action(() => chosen(async (app) => (await import("./commands/runs.ts")).list(app)));
  runs
    .command("show")
    .description("one run in full")
    .argument("<run>", "the run")
    .action((run: string) => chosen(async (app) => (await import("./commands/runs.ts")).show(app, run)));
  runs
    .command("records")
    .description("the records in a bucket: their keys, one a line, or all of their columns as a file")
    .argument("<run>", "the run")
    .addOption(new Option("--bucket <bucket>", "which records").choices([...BUCKETS]).makeOptionMandatory())
    .option("--object <object>", "of this target object only")
    .option("--out <file>", "write them to FILE.csv or FILE.jsonl, with the columns that they have in the target now")
    .action((run: string, options: { bucket: (typeof BUCKETS)[number]; object?: string; out?: string }) => {
      const object = options.object ?? null;
      if (options.out === undefined)
        return chosen(async (app) => (await import("./commands/runs.ts")).records(app, run, options.bucket, object));
      const wanted = { run, bucket: options.bucket, object, out: options.out };
      return chosen(async (app) => (await import("./commands/runs-export.ts")).exportRecords(app, wanted));
    });
}
