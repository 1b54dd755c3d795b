/**
 * Long trials: whole migrations of large simulated systems, compared record by record with what the system holds, without
 * disturbance and with faults. Tells what each command cost. The trials are tests; this starts them with their large sizes.
 *
 *   node bench/soak.ts salesforce                                     20,000 and 500,000 records, two seeds, plain and faulty: hours
 *   node bench/soak.ts salesforce --records 20000 --seed 1 --only plain
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    records: { type: "string" },
    seed: { type: "string" },
    only: { type: "string" },
    file: { type: "string", default: "whole" },
  },
});
const [system = "salesforce"] = positionals;
const file = `test/e2e-${system}/${values.file}.test.ts`;
if (!existsSync(join(root, file))) throw new Error(`there are no long trials ${file}`);
const env = {
  ...process.env,
  SOAK: "1",
  ...(values.records === undefined ? {} : { SOAK_RECORDS: values.records }),
  ...(values.seed === undefined ? {} : { SOAK_SEED: values.seed }),
  ...(values.only === undefined ? {} : { SOAK_ONLY: values.only }),
};
const { status } = spawnSync(
  process.execPath,
  [join(root, "node_modules", "vitest", "vitest.mjs"), "run", "--reporter=verbose", file],
  { cwd: root, env, stdio: "inherit" },
);
process.exitCode = status ?? 1;
