/** `migrate.log` of a run: JSON lines of what it did and when; secrets are blanked. */
import { join } from "node:path";
import { MigrateError, placeText } from "../errors.ts";
import type { Logger } from "../log.ts";
import { createLogger } from "../log-winston.ts";
import type { Running } from "./running.ts";
import type { EngineEvent, RunReport } from "./types.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;

/** Tells both. */
function both(first: Logger, second: Logger): Logger {
  const entries = LEVELS.map((level) => [
    level,
    (message: string, data?: Readonly<Record<string, unknown>>) => {
      first[level](message, data);
      second[level](message, data);
    },
  ]);
  return Object.fromEntries(entries) as unknown as Logger;
}

function tell(log: Logger, event: EngineEvent): void {
  if (event.type === "note") log.info(event.message);
  else if (event.type === "stage-start") {
    log.info("stage begins", { mapping: event.mapping, source: event.source, records: event.total });
  } else if (event.type === "stage-end") {
    const { references: _, associations: __, ...figures } = event.report;
    log.info("stage ends", figures);
  } else log.debug("progress", { mapping: event.mapping, read: event.read });
}

/**
 * Runs `work` with everything that happens written into the run's folder, resumed runs appended. `work` gets the run
 * with the log in its context.
 */
export async function logged(running: Running, work: (running: Running) => Promise<RunReport>): Promise<RunReport> {
  const { session } = running;
  const file = createLogger({
    file: join(session.runsDir, running.folder, "migrate.log"),
    level: "info",
    secrets: session.config.secrets,
  });
  const log = both(session.context.log, file);
  file.info(running.resumed ? "run resumed" : "run begins", {
    run: running.folder,
    dryRun: running.dryRun,
    source: session.config.source.connector,
    target: session.database.redacted,
    schema: session.config.target.schema,
    only: running.only,
    sample: running.sample,
  });
  try {
    const report = await work({
      ...running,
      session: { ...session, context: { ...session.context, log } },
      onEvent: (event) => {
        tell(file, event);
        running.onEvent(event);
      },
    });
    file.info("run ends", { status: report.status, clean: report.clean, totals: report.totals });
    return report;
  } catch (error) {
    const known = error instanceof MigrateError ? { code: error.code, place: placeText(error.place) } : {};
    file.error((error as Error).message, known);
    throw error;
  } finally {
    await file.close();
  }
}
