#!/usr/bin/env node
/** Entry of the command line. Compiled code is kept in the user's own cache folder, so that commands start in half the time. */
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  // nothing else is loaded: older ones do not even understand it
  process.stderr.write(
    `migrate needs Node.js 22.18 or newer, this is ${process.versions.node} (${process.execPath}).\nInstall a newer one, or call it with npx.\n`,
  );
  process.exit(2);
}
/** A folder that cannot be written is no error: everything is compiled anew, then. */
module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "crm-migrate"));
await import("./command-line.ts");
