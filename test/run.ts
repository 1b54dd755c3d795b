/**
 * `npm test`: types, lint, generated files, then every test. Each check counts as one; the tests are counted from
 * vitest's own report. Ends with a line `N passed, N failed`. Arguments go to vitest: `npm test -- test/mapping`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name: string) => join(root, "node_modules", ".bin", name);
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };

function run(title: string, command: string, args: readonly string[]): boolean {
  console.log(`\n== ${title}`);
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  if (result.error !== undefined) console.log(String(result.error));
  return result.status === 0;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly success: boolean;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

let passed = 0;
let failed = 0;
const failures: string[] = [];
const count = (title: string, ok: boolean) => {
  if (ok) passed++;
  else {
    failed++;
    failures.push(title);
  }
};

// Every script `check:*` of package.json: types, lint, and what the generators check.
for (const name of Object.keys(scripts).filter((script) => script.startsWith("check:"))) {
  count(name, run(name, "npm", ["run", "--silent", name]));
}

const folder = mkdtempSync(join(tmpdir(), "crm-migrate-test-"));
const report = join(folder, "vitest.json");
const clean = run("tests", bin("vitest"), [
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
]);
if (existsSync(report)) {
  const result = JSON.parse(readFileSync(report, "utf8")) as VitestReport;
  passed += result.numPassedTests;
  failed += result.numFailedTests;
  // A file that cannot be loaded has no tests, and an error between tests belongs to none: neither may pass unseen.
  const broken = result.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  failed += broken;
  if (result.numFailedTests + broken > 0) failures.push("tests");
  else if (!clean) count("tests (an error outside of a test)", false);
} else count("tests (vitest left no report)", false);
rmSync(folder, { recursive: true, force: true });

if (failures.length > 0) console.log(`\nfailed: ${failures.join(", ")}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
