/** What whole-process benches stand on: the compiled program, a folder of their own, a server. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../core/log.ts";
import { ensureEmbedded, stopEmbedded } from "../core/store/embedded.ts";

/** Builds the program, and calls `bench` with the server's URL (DATABASE_URL's, else an embedded one) and a folder that goes away. Ends the process where the build fails. */
export async function benchPlace(root: string, bench: (url: string, work: string) => Promise<void>): Promise<void> {
  if (spawnSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" }).status !== 0) process.exit(1);
  const work = mkdtempSync(join(tmpdir(), "crm-migrate-bench-"));
  const embedded = (process.env.DATABASE_URL ?? "") === "";
  try {
    await bench(embedded ? (await ensureEmbedded(work, { log: silentLogger })).url : process.env.DATABASE_URL!, work);
  } finally {
    if (embedded) await stopEmbedded(work);
    rmSync(work, { recursive: true, force: true });
  }
}
