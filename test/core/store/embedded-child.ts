/**
 * A command of its own on the embedded database of the folder in argv: starts it, prints one JSON line, and with
 * "hold" stays until it is killed.
 */
import { silentLogger } from "../../../core/log.ts";
import { ensureEmbedded } from "../../../core/store/embedded.ts";

const [dir, hold] = process.argv.slice(2);
const messages: string[] = [];
const log = { ...silentLogger, info: (message: string) => void messages.push(message) };
const { url, started } = await ensureEmbedded(dir!, { log });
process.stdout.write(`${JSON.stringify({ url, started, messages })}\n`);
if (hold === "hold") setInterval(() => undefined, 1000);
