/** What every command gets: where it runs, how it prints, and how it opens the migration. */
import { dirname, resolve } from "node:path";
import type { ConnectorRegistry } from "../core/connector.ts";
import type { Context } from "../core/context.ts";
import type { OpenOptions } from "../core/engine/open-session.ts";
import type { Session } from "../core/engine/session.ts";
import { InterruptedError } from "../core/errors.ts";
import { createLogger } from "../core/log-winston.ts";
import { createRedactor } from "../core/redact.ts";
import type { Output } from "./output.ts";
import { listenForInterrupt } from "./signals.ts";

export interface App {
  readonly output: Output;
  readonly context: Context;
  readonly cwd: string;
  /** Path of migration.yaml as given (`-c`), and resolved. */
  readonly config: string;
  readonly configFile: string;
  readonly baseDir: string;
  readonly yes: boolean;
  registry(): Promise<ConnectorRegistry>;
  /** Opens the migration, does the work, closes it, also after errors. `connectTarget: false` leaves the target alone. */
  withSession<T>(
    work: (session: Session) => Promise<T>,
    options?: Pick<OpenOptions, "connectTarget" | "fromSnapshot" | "follow" | "files" | "until" | "despiteErrors">,
  ): Promise<T>;
  /** Blanks the secrets of the opened migration. */
  redact(text: string): string;
  dispose(): void;
}

export interface AppOptions {
  readonly output: Output;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: string;
  readonly yes: boolean;
}

export function createApp({ output, cwd, env, config, yes }: AppOptions): App {
  const interrupt = listenForInterrupt((message) => output.alert(message));
  let redact = createRedactor([]);
  const log = createLogger({
    file: null,
    level: "debug",
    secrets: [],
    console: {
      level: output.verbose ? "debug" : output.quiet ? "error" : "info",
      write: (line) => output.alert(output.noteStyle.dim(redact(line))),
    },
  });
  const context: Context = { log, now: () => new Date(), signal: interrupt.signal, env, random: Math.random };
  const configFile = resolve(cwd, config);
  const registry = async (): Promise<ConnectorRegistry> => {
    const { createRegistry } = await import("../connectors/registry.ts");
    return createRegistry(dirname(configFile));
  };
  return {
    output,
    context,
    cwd,
    config,
    configFile,
    baseDir: dirname(configFile),
    yes,
    registry,
    withSession: async (work, options = {}) => {
      const { openSession } = await import("../core/engine/index.ts");
      const opening = openSession(configFile, { registry: await registry(), context, ...options });
      const session = await opening.catch((error: unknown) => {
        // whatever the interruption broke on the way
        throw context.signal.aborted ? new InterruptedError() : error;
      });
      redact = createRedactor(session.config.secrets);
      try {
        return await work(session);
      } finally {
        await session.close();
      }
    },
    redact: (text) => redact(text),
    dispose: interrupt.dispose,
  };
}
