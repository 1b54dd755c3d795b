/** The only way out: results on stdout, everything else on stderr; with --json one document on stdout and nothing more. */
import { createStyle, type Style } from "./style.ts";

/** The part of a stream that printing needs. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** False with --no-color. */
  readonly color: boolean;
}

export interface Output extends OutputOptions {
  /** Style of what is printed by `print`. */
  readonly style: Style;
  /** Style of what is printed by `note`. */
  readonly noteStyle: Style;
  /** stderr is a terminal that can be painted over: progress bars. */
  readonly live: boolean;
  readonly columns: number;
  /** Lines of the result. With --json they go to stderr. */
  print(lines: readonly string[] | string): void;
  /** Lines beside the result, on stderr; nothing with --quiet. */
  note(lines: readonly string[] | string): void;
  /** Errors and warnings, on stderr, also with --quiet. */
  alert(lines: readonly string[] | string): void;
  /** The one document of --json; does nothing without it. */
  document(value: unknown): void;
  /** Raw text to stderr: the progress bars. */
  raw(text: string): void;
}

/** `env` decides with the streams: NO_COLOR and TERM=dumb mean no colours, CI no bars. */
export function createOutput(
  options: OutputOptions,
  stdout: Sink,
  stderr: Sink,
  env: Readonly<Record<string, string | undefined>>,
): Output {
  const plain = !options.color || (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  const text = (lines: readonly string[] | string): string => {
    const all = typeof lines === "string" ? lines : lines.join("\n");
    return all.endsWith("\n") ? all : `${all}\n`;
  };
  const result = options.json ? stderr : stdout;
  return {
    ...options,
    style: createStyle(!plain && result.isTTY === true),
    noteStyle: createStyle(!plain && stderr.isTTY === true),
    live: stderr.isTTY === true && !options.quiet && env.TERM !== "dumb" && (env.CI ?? "") === "",
    columns: stderr.columns === undefined || stderr.columns === 0 ? 80 : stderr.columns,
    print: (lines) => {
      if (lines.length > 0 && !(options.json && options.quiet)) result.write(text(lines));
    },
    note: (lines) => {
      if (lines.length > 0 && !options.quiet) stderr.write(text(lines));
    },
    alert: (lines) => {
      if (lines.length > 0) stderr.write(text(lines));
    },
    document: (value) => {
      if (options.json) stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    raw: (piece) => {
      stderr.write(piece);
    },
  };
}
