/** The log file: JSON lines, secrets blanked. The only file that knows winston. */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import winston from "winston";
import { MigrateError } from "./errors.ts";
import type { Logger } from "./log.ts";
import { createRedactor } from "./redact.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogOptions {
  /** Appended to; its folder is created. null: no file. */
  readonly file: string | null;
  /** Lowest level written to the file. */
  readonly level: LogLevel;
  /** Blanked wherever they appear, however encoded. */
  readonly secrets: readonly string[];
  /** Also gets every message of this level or above, as one readable line, redacted. Printing is the caller's. */
  readonly console?: { readonly level: LogLevel; readonly write: (line: string) => void };
  /** Clock of the `time` field. */
  readonly now?: () => Date;
}

const RANK: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

/** Lines are `{"time","level","message",...data}`. After `close()` everything is on its way to the disk. */
export function createLogger(options: LogOptions): Logger & { close(): Promise<void> } {
  const redact = createRedactor(options.secrets);
  const now = options.now ?? (() => new Date());
  const file = options.file === null ? null : openFile(options.file);
  const logger =
    file === null
      ? null
      : winston.createLogger({ level: options.level, levels: RANK, format: lineFormat(redact), transports: [file] });
  // a log that cannot be written (disk full) must not end the run
  logger?.on("error", () => undefined);
  const log = (level: LogLevel, message: string, data: Readonly<Record<string, unknown>> = {}): void => {
    // data that has one of our own names keeps it, one level down
    const clash = "time" in data || "level" in data || "message" in data;
    logger?.log({ ...(clash ? { data } : data), level, message, time: now().toISOString() });
    const { console } = options;
    if (console !== undefined && RANK[level] <= RANK[console.level]) console.write(redact(message));
  };
  let closing: Promise<void> | null = null;
  return {
    debug: (message, data) => log("debug", message, data),
    info: (message, data) => log("info", message, data),
    warn: (message, data) => log("warn", message, data),
    error: (message, data) => log("error", message, data),
    close: () => {
      closing ??= end(logger, file);
      return closing;
    },
  };
}

function openFile(path: string): winston.transports.FileTransportInstance {
  mkdirSync(dirname(path), { recursive: true });
  return new winston.transports.File({ filename: path, options: { flags: "a", mode: 0o600 } });
}

async function end(
  logger: winston.Logger | null,
  file: winston.transports.FileTransportInstance | null,
): Promise<void> {
  if (logger === null || file === null) return;
  const finished = once(file, "finish").catch(() => undefined);
  logger.end();
  await finished;
}

/** One JSON line; `time`, `level` and `message` first. */
function lineFormat(redact: (text: string) => string): winston.Logform.Format {
  return winston.format.printf(({ time, level, message, ...data }) => {
    const line = { time, level, message, ...data };
    return JSON.stringify(plain(line, redact, new Set()));
  });
}

/** A copy of `value` that JSON can hold, every string in it redacted, keys included. */
function plain(value: unknown, redact: (text: string) => string, above: Set<object>): unknown {
  if (typeof value === "string") return redact(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return `<${value.length} bytes>`;
  if (above.has(value)) return "<circular>";
  above.add(value);
  try {
    if (value instanceof Error) return plain(errorData(value), redact, above);
    if (Array.isArray(value)) return value.map((item) => plain(item, redact, above));
    if (value instanceof Map) return plain(Object.fromEntries(value), redact, above);
    if (value instanceof Set) return plain([...value], redact, above);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [redact(key), plain(item, redact, above)]));
  } finally {
    above.delete(value);
  }
}

function errorData(error: Error): Record<string, unknown> {
  const code = error instanceof MigrateError ? error.code : (error as { code?: unknown }).code;
  return {
    name: error.name,
    ...(code === undefined ? {} : { code }),
    message: error.message,
    ...(error instanceof MigrateError ? { place: error.place, hint: error.hint } : {}),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  };
}
