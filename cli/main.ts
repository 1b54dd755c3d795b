#!/usr/bin/env node
/** Entry of the command line. Compiled code is kept in the user's own cache folder, so that commands start in half the time. */
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/** A folder that cannot be written is no error: everything is compiled anew, then. */
enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "crm-migrate"));
await import("./command-line.ts");
