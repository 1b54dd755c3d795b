/** Files with what people's records say: whatever the umask, nobody but their owner may read them. */
import { rename, writeFile } from "node:fs/promises";

/** Modes of files, and of the folders that they lie in. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;

/** Writes a file so that it is either the old or the new one, never half of it, and only the owner reads it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  // one that was left behind keeps the mode that it has
  await writeFile(partial, text, { mode: PRIVATE_FILE });
  await rename(partial, path);
}
