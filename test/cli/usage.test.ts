import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../cli/program.ts";
import { command, runCli } from "../helpers/cli.ts";
import { expectGolden } from "../helpers/golden.ts";

const empty = () => mkdtempSync(join(tmpdir(), "migrate-cli-"));

describe("help", () => {
  test("migrate --help", async () => {
    const { code, stdout, stderr } = await runCli(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    expectGolden("help", stdout);
  });

  test("every command's help has the common flags, and examples where there is something to choose", () => {
    const program = createProgram(() => undefined);
    const texts = program.commands
      .filter((command) => command.name() !== "help")
      .map((command) => {
        let text = "";
        command.configureOutput({ writeOut: (part) => (text += part) });
        command.outputHelp();
        return `$ migrate ${command.name()} --help\n\n${text}`;
      });
    for (const text of texts) expect(text).toContain("--config <file>");
    expectGolden("help-commands", texts.join("\n"));
  });

  test("without a command the help goes to stderr, exit 2", async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("Usage: migrate [options] [command]");
  });

  test("without a command and with --json: a usage error", async () => {
    const { code, stdout } = await command(["--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "USAGE", message: "expected a command, got none" } });
  });

  test("the version is the package's", async () => {
    const { version } = await import("../../package.json", { with: { type: "json" } }).then((module) => module.default);
    expect(await runCli(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("wrong usage: exit 2, one message, the nearest name", () => {
  test.each([
    [["pln"], "unknown command 'pln'", "Did you mean plan?"],
    [["run", "--dryrun"], "unknown option '--dryrun'", "Did you mean --dry-run?"],
    [["db", "stp"], "unknown command 'stp'", "Did you mean stop?"],
    [["map", "sugest"], "unknown command 'sugest'", "Did you mean suggest?"],
    [
      ["run", "--sample", "0"],
      "option '--sample <n>' argument '0' is invalid. Expected a whole number, 1 or more",
      "See `migrate --help`.",
    ],
    [
      ["sandbox", "pipedrive"],
      "command-argument value 'pipedrive' is invalid for argument 'system'. Allowed choices are salesforce, hubspot",
      "See `migrate --help`.",
    ],
    [["init"], "required option '--source <connector>' not specified", "See `migrate --help`."],
    [
      ["runs", "records", "R", "--bucket", "lost"],
      "option '--bucket <bucket>' argument 'lost' is invalid. Allowed choices are inserted, updated, unchanged, deleted, merged, filtered, rejected",
      "See `migrate --help`.",
    ],
  ])("migrate %j", async (args, message, hint) => {
    const { code, stdout, stderr } = await command(args);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: `error USAGE\n  ${message}\n  ${hint}\n` });
  });

  test("--json prints the error as the one document", async () => {
    const { code, stdout, stderr } = await runCli(["pln", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: "USAGE",
        message: "unknown command 'pln'",
        problems: [
          { code: "USAGE", message: "unknown command 'pln'", place: {}, hint: "Did you mean plan?", severity: "error" },
        ],
      },
    });
    expect(stderr).toContain("unknown command");
  });

  test("a missing configuration is named, before and after the command", async () => {
    const cwd = empty();
    const expected = { code: 2, stdout: "", stderr: "error CONFIG_MISSING" };
    for (const args of [
      ["-c", "x.yaml", "check"],
      ["check", "-c", "x.yaml"],
      ["check", "--config=x.yaml"],
    ]) {
      const { code, stdout, stderr } = await command(args, { cwd });
      expect({ code, stdout, stderr: stderr.slice(0, 20) }).toEqual(expected);
      expect(stderr).toContain("x.yaml");
    }
  });
});
