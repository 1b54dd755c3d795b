/**
 * The two exports of docs/tutorial-csv.md, from an empty folder to a proof: `init`, at most ten lines of YAML by hand, and every line
 * that the tutorial shows is one that the command says. Times, names of runs and database starts aside.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { command } from "../helpers/cli.ts";
import { createTestDatabase } from "../helpers/database.ts";
import { needsShared, sharedDir } from "../helpers/shared.ts";

const text = readFileSync(new URL("../../docs/tutorial-csv.md", import.meta.url), "utf8");
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface Step {
  readonly command: readonly string[];
  /** Lines that it must say, in this order. */
  readonly said: readonly string[];
}

interface Edit {
  readonly file: string;
  readonly lines: readonly string[];
}

/** Console blocks and edited files of a section, as they follow one another. */
function stepsOf(title: string): readonly (Step | Edit)[] {
  const start = text.indexOf(`## ${title}`);
  const end = text.indexOf("\n## ", start + 3);
  const section = text.slice(start, end < 0 ? undefined : end);
  const steps: (Step | Edit)[] = [];
  for (const [, kind, body] of section.matchAll(/```(console|yaml)\n([\s\S]*?)```/g)) {
    if (kind === "yaml") {
      const [first, ...lines] = body!.trimEnd().split("\n");
      steps.push({ file: first!.replace(/^# /, ""), lines });
      continue;
    }
    for (const part of body!.split(/^\$ /m).slice(1)) {
      const [line, ...said] = part.trimEnd().split("\n");
      const words = line!.split(" ");
      if (words[0] === "migrate")
        steps.push({ command: words.slice(1), said: said.filter((line) => line.trim() !== "...") });
    }
  }
  return steps;
}

/** Without what differs from run to run. */
const plain = (line: string): string =>
  line
    .replace(/\d{8}T\d{6}Z/g, "RUN")
    .replace(/ in [\d.]+ s\b/g, " in N s")
    .replace(/\s+/g, " ")
    .trim();

/** Puts the lines in: over the commented line of the same beginning where there is one, else as a new file. Returns their number. */
function edit(folder: string, { file, lines }: Edit): number {
  const path = join(folder, file);
  if (!existsSync(path)) {
    writeFileSync(path, `${lines.join("\n")}\n`);
    return lines.length;
  }
  let yaml = readFileSync(path, "utf8");
  for (const line of lines) {
    const name = line.slice(0, line.lastIndexOf(":") + 1).trim();
    const commented = yaml.split("\n").find((candidate) => candidate.trim().startsWith(`# ${name}`));
    expect(commented, `${file}: a line for ${name}`).toBeDefined();
    yaml = yaml.replace(commented!, line);
  }
  writeFileSync(path, yaml);
  return lines.length;
}

describe.skipIf(sharedDir() === null)(needsShared("tutorial"), () => {
  test.each([
    ["7. An export of HubSpot, from beginning to end", "hubspot-dummy"],
    ["8. An export of Salesforce, from beginning to end", "sfdc-data-cloud-workshop"],
  ])("%s", async (title, data) => {
    const db = await createTestDatabase();
    const folder = mkdtempSync(join(tmpdir(), "migrate-tutorial-"));
    folders.push(folder);
    try {
      cpSync(join(sharedDir()!, "data", data), join(folder, "exports"), { recursive: true });
      let edited = 0;
      const commands: string[] = [];
      for (const step of stepsOf(title)) {
        if ("file" in step) {
          edited += edit(folder, step);
          continue;
        }
        commands.push(step.command[0]!);
        const done = await command(step.command, { cwd: folder, env: { DATABASE_URL: db.url } });
        expect(done.code, `${step.command.join(" ")}: ${done.stderr}`).toBe(0);
        const lines = `${done.stdout}\n${done.stderr}`.split("\n").map(plain);
        let at = -1;
        for (const said of step.said.filter((line) => line !== "")) {
          const next = lines.indexOf(plain(said), at + 1);
          expect(next >= 0 ? said : `not said: ${said}`).toBe(said);
          at = next;
        }
      }
      expect(commands).toEqual(["init", "check", "plan", "run", "run", "reconcile"]);
      expect(edited).toBeGreaterThan(0);
      expect(edited).toBeLessThanOrEqual(10);
    } finally {
      await db.drop();
    }
  });
});
