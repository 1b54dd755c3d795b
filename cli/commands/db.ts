/** `migrate db`: the embedded database beside migration.yaml. */
import { relative } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import { redactUrl } from "../../core/redact.ts";
import { embeddedStatus, ensureEmbedded, stopEmbedded } from "../../core/store/embedded.ts";
import type { App } from "../app.ts";

export async function status(app: App): Promise<number> {
  const { output } = app;
  const found = await embeddedStatus(app.baseDir);
  const url = found.url === null ? null : redactUrl(found.url);
  output.document({ ...found, url });
  if (output.json) return 0;
  const { style } = output;
  const where = relative(app.cwd, found.dataDir) || found.dataDir;
  if (!found.exists) {
    output.print(`No embedded database here. The first command that needs one makes it: ${where}`);
  } else if (found.running) {
    output.print([
      `${style.green("running")}: ${url}`,
      `process ${found.pid}, since ${found.startedAt?.toISOString() ?? "unknown"}`,
      `data ${where}`,
      `log ${relative(app.cwd, found.logFile)}`,
    ]);
  } else output.print(`stopped: ${where}`);
  return 0;
}

/** The URL with its password, alone on a line. */
export async function url(app: App): Promise<number> {
  const { output } = app;
  if (!(await embeddedStatus(app.baseDir)).exists) {
    throw new ConfigError("EMBEDDED_MISSING", `there is no embedded database in ${app.baseDir}`, {
      hint: "The first command that needs one makes it, for example `migrate check`; or set DATABASE_URL.",
    });
  }
  const { url: found } = await ensureEmbedded(app.baseDir, { log: app.context.log });
  output.document({ url: found });
  if (!output.json) output.print(found);
  return 0;
}

export async function stop(app: App): Promise<number> {
  const { output } = app;
  const stopped = await stopEmbedded(app.baseDir);
  output.document({ stopped });
  if (!output.json) output.print(stopped ? "stopped" : "no embedded database was running here");
  return 0;
}
