/** What the first steps tell people to type is what the other tests here run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import salesforce from "../../connectors/salesforce/index.ts";
import { packageRoot } from "../../core/paths.ts";
import { SOURCE } from "./kit.ts";

it.each(["README.md", "docs/tutorial-salesforce.md"])(
  "%s: sandbox, init, check, plan, dry run, run, reconcile",
  (file) => {
    const text = readFileSync(join(packageRoot(), file), "utf8");
    const commands = [...text.matchAll(/^ {4}npx migrate (.*?)(?: {2,}#.*)?$/gm)].map(([, command]) => command!);
    const first = commands.indexOf("sandbox salesforce > .env");
    const steps = commands.slice(first).filter((command) => !command.includes("--from-snapshot"));
    expect(steps.slice(0, 7)).toEqual([
      "sandbox salesforce > .env",
      "init --source salesforce",
      "check",
      "plan",
      "run --dry-run",
      "run",
      "reconcile",
    ]);
  },
);

it("a draft's options are those that the sandbox's variables fill", () => {
  expect(salesforce.usualOptions).toBe(SOURCE);
});
