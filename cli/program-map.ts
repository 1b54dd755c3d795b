/** `migrate map` in the command tree. */
import { type Command, Option } from "commander";
import type { Chosen } from "./action.ts";
import { list } from "./lists.ts";

export function mapCommands(program: Command, chosen: Chosen, examples: (...lines: readonly string[]) => string): void {
  const map = program
    .command("map")
    .description("help with the mapping: suggestions, values, owners, templates")
    .addHelpText(
      "after",
      examples(
        "migrate map suggest contact",
        "migrate map values opportunity.stage",
        "migrate map owners",
        "migrate map template account,contact --format xlsx",
      ),
    );
  map
    .command("suggest")
    .description("target fields for source columns that are not mapped yet")
    .argument("[object]", "of this target object only")
    .action((object?: string) =>
      chosen(async (app) => (await import("./commands/map-suggest.ts")).mapSuggest(app, object ?? null)),
    );
  map
    .command("values")
    .description("the picklist values found, with counts and what they become")
    .argument("[field]", "one object, or one object.field")
    .option("--fill", "write what is missing into the mapping files, to be completed there")
    .action((field: string | undefined, options: { fill?: boolean }) =>
      chosen(async (app) =>
        (await import("./commands/map-values.ts")).mapValues(app, field ?? null, options.fill === true),
      ),
    );
  map
    .command("owners")
    .description("the owners found, with counts and the users they become")
    .action(() => chosen(async (app) => (await import("./commands/map-owners.ts")).mapOwners(app)));
  map
    .command("template")
    .description("example files with the headers that a target object takes")
    .argument("<objects>", "target objects, separated by commas", list)
    .addOption(
      new Option("--format <format>", "csv: a file per object; xlsx: a workbook with drop-downs, a sheet per object")
        .choices(["csv", "xlsx"])
        .default("csv"),
    )
    .option("--out <dir>", "folder to write into", ".")
    .action((objects: string[], options: { format: "csv" | "xlsx"; out: string }) =>
      chosen(async (app) => (await import("./commands/map-template.ts")).mapTemplate(app, objects, options)),
    );
}
