/** After a crash of the machine the last blocks may be listed and yet not be on the disk. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type ObjectLog, resumable, upTo } from "./manifest.ts";
import { readBlock } from "./reader.ts";

/** The log without blocks of its last file whose bytes are not those that were written. A complete log is left as it is. */
export async function soundLog(log: ObjectLog): Promise<ObjectLog> {
  const last = log.blocks.at(-1);
  if (log.complete || last === undefined) return log;
  const path = join(log.dir, last.file);
  const first = log.blocks.findIndex((block) => block.file === last.file);
  const file = await open(path).catch(() => null);
  if (file === null) return resumable(upTo(log, first));
  try {
    for (const [index, block] of log.blocks.entries()) {
      if (index < first) continue;
      const sound = await readBlock(file, path, block).then(
        () => true,
        () => false,
      );
      if (!sound) return resumable(upTo(log, index));
    }
    return log;
  } finally {
    await file.close();
  }
}
