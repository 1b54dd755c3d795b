/** `migrate cutover` in the command tree. */
import type { Command } from "commander";
import type { Chosen } from "./action.ts";
import type { NextFlags, SignFlags } from "./commands/cutover.ts";

export function cutoverCommands(
  program: Command,
  chosen: Chosen,
  examples: (...lines: readonly string[]) => string,
): void {
  const cutover = program
    .command("cutover")
    .description("staged cutover by the stages of migration.yaml, with gates, sign-offs and an evidence bundle")
    .addHelpText(
      "after",
      examples(
        "migrate cutover",
        "migrate cutover next",
        'migrate cutover sign-off --as "Ada Lovelace, head of sales operations"',
        "migrate cutover verify runs/evidence/acme-final-20261128T201500Z.zip",
      ),
    );
  const load = () => import("./commands/cutover.ts");
  cutover
    .command("status", { isDefault: true })
    .description("where it stands, what is left and how long it will take, going by the rehearsals")
    .action(() => chosen(async (app) => (await load()).status(app)));
  cutover
    .command("next")
    .description("check, run and prove the next stage; it is passed when its gates hold")
    .option("--repeat", "the last stage with `repeat: true` once more")
    .option("--freeze-at <instant>", "when the source was frozen; default: now. Of stages with `freeze: true`")
    .action((flags: NextFlags) => chosen(async (app) => (await load()).next(app, flags)));
  cutover
    .command("sign-off")
    .description("put a name to a stage that is passed; writes the evidence bundle")
    .argument("[stage]", "the stage; default: the first that is passed and not signed")
    .requiredOption("--as <signer>", '"Name, role"')
    .option("--remark <text>", "what the signature is to be read with")
    .action((stage: string | undefined, flags: SignFlags) =>
      chosen(async (app) => (await load()).sign(app, stage ?? null, flags)),
    );
  cutover
    .command("bundle")
    .description("write the evidence as it is now, as one zip")
    .option("--out <file>", "default: runs/evidence/")
    .action((flags: { out?: string }) => chosen(async (app) => (await load()).bundle(app, flags.out ?? null)));
  cutover
    .command("verify")
    .description("tell whether an evidence bundle is whole and holds what was signed; needs nothing but the file")
    .argument("<bundle>", "the zip")
    .option("--digest <sha256>", "the digest that was noted when it was written, or its first 12 digits or more")
    .action((bundle: string, flags: { digest?: string }) =>
      chosen(async (app) => (await load()).verify(app, bundle, flags.digest ?? null)),
    );
}
