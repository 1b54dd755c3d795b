/**
 * From nothing to the report: check, plan, dry run, run, reconcile, and a second run that changes nothing.
 * Uses an embedded PostgreSQL under examples/acme/.migrate and stops it at the end; every demo starts afresh.
 *
 *   npm run demo
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const cli = join(here, "..", "..", "cli", "main.ts");
const config = join(here, "migration.yaml");
// The demo has its own database, whatever the environment says.
const env: NodeJS.ProcessEnv = { ...process.env, DATABASE_URL: "" };

/** Runs `migrate`; ends the demo with the command's exit code when it is not among `expected`. */
function migrate(args: readonly string[], capture = false): string {
  const result = spawnSync(process.execPath, [cli, ...args, "-c", config], {
    env,
    encoding: "utf8",
    stdio: capture ? ["ignore", "pipe", "inherit"] : "inherit",
  });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) {
    console.error(`\nmigrate ${args.join(" ")} ended with ${result.status ?? result.signal}`);
    stop();
    process.exit(result.status ?? 1);
  }
  return result.stdout ?? "";
}

function stop(): void {
  spawnSync(process.execPath, [cli, "db", "stop", "--quiet", "-c", config], { env, stdio: "ignore" });
}

function step(number: number, title: string): void {
  console.log(`\n── ${number}. ${title} ${"─".repeat(Math.max(0, 90 - title.length))}\n`);
}

interface Report {
  readonly run: string;
  readonly totals: Readonly<Record<string, number>>;
}

/** Run ids start with the time: the last by name is the newest. */
function newestRun(): string {
  const runs = readdirSync(join(here, "runs"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return runs
    .map((entry) => entry.name)
    .sort()
    .at(-1)!;
}

process.once("SIGINT", () => {
  stop();
  process.exit(130);
});

if (existsSync(join(here, ".migrate"))) {
  stop();
  rmSync(join(here, ".migrate"), { recursive: true, force: true });
}
if (existsSync(join(here, "runs"))) rmSync(join(here, "runs"), { recursive: true, force: true });

const began = Date.now();
step(1, "migrate check: are source, target and mapping fit for it?");
migrate(["check"]);
step(2, "migrate plan: what happens in which order");
migrate(["plan"]);
step(3, "migrate run --dry-run: the real statements, rolled back");
migrate(["run", "--dry-run"]);
step(4, "migrate run");
migrate(["run"]);
const proven = newestRun();
step(5, "migrate reconcile: the proof");
migrate(["reconcile"]);
step(6, "migrate run, again: nothing may change");
const again = JSON.parse(migrate(["run", "--json", "--quiet"], true)) as Report;
const { inserted = 0, updated = 0, unchanged = 0 } = again.totals;
console.log(`inserted ${inserted}, updated ${updated}, unchanged ${unchanged}`);
stop();

if (inserted + updated > 0) {
  console.error("The second run changed something: that must not happen.");
  process.exit(1);
}
const report = join(here, "runs", proven, "report.html");
console.log(
  `\nDone in ${Math.round((Date.now() - began) / 1000)} s. The proof, for people: ${relative(process.cwd(), report)}`,
);
