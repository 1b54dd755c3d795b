/** argv: lock file, counter file, rounds | "hold". Raises the counter under the lock, without any other protection. */
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { withFileLock } from "../../../core/store/file-lock.ts";

const [lock, counter, rounds] = process.argv.slice(2) as [string, string, string];
if (rounds === "hold") {
  await withFileLock(lock, async () => {
    process.stdout.write("held\n");
    await sleep(600_000);
  });
} else {
  for (let round = 0; round < Number(rounds); round++) {
    await withFileLock(lock, async () => {
      const seen = Number(readFileSync(counter, "utf8"));
      await sleep(3);
      writeFileSync(counter, String(seen + 1));
    });
  }
}
