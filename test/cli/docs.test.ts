import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { completionScript } from "../../cli/commands/completion.ts";
import { createProgram } from "../../cli/program.ts";

const text = readFileSync(new URL("../../docs/commands.md", import.meta.url), "utf8");

/** Every command with its path, `help` left out. */
function commands(command: Command, path: string): { path: string; command: Command }[] {
  const children = command.commands.filter((child) => child.name() !== "help");
  return [{ path, command }, ...children.flatMap((child) => commands(child, `${path} ${child.name()}`))];
}
const all = commands(
  createProgram(() => undefined),
  "migrate",
);

test.each(all.map(({ path, command }) => [path, command] as const))(
  "docs/commands.md has %s with its flags",
  (path, command) => {
    expect(text).toContain(path);
    const missing = command.options
      .map((option) => option.long!)
      .filter((flag) => !new RegExp(`${flag}(?![\\w-])`).test(text));
    expect(missing).toEqual([]);
  },
);

test("docs/commands.md names no flag and no command that does not exist", () => {
  const flags = new Set(all.flatMap(({ command }) => command.options.map((option) => option.long!)));
  flags.add("--help");
  const named = [...text.matchAll(/(?<![\w-])--[a-z][\w-]*/g)].map((match) => match[0]);
  expect(named.filter((flag) => !flags.has(flag))).toEqual([]);
  const paths = new Set(all.map(({ path }) => path.split(" ").slice(0, 2).join(" ")));
  const used = [...text.matchAll(/\bmigrate ([a-z]+)/g)].map((match) => `migrate ${match[1]}`);
  expect(used.filter((path) => !paths.has(path) && path !== "migrate help")).toEqual([]);
});

test.each(["bash", "zsh", "fish"] as const)("completion for %s knows every command and flag", (shell) => {
  const script = completionScript(
    createProgram(() => undefined),
    shell,
  );
  for (const { command, path } of all) {
    expect(script).toContain(path.split(" ").at(-1)!);
    for (const option of command.options) {
      if (option.long !== "--version")
        expect(script).toContain(shell === "fish" ? `-l ${option.long!.slice(2)} ` : option.long!);
    }
  }
});
