/** What commands of long trials cost: time, memory, calls, and which statements kept the database busy. */
import { readFileSync } from "node:fs";
import { type Ended, start } from "../e2e/kit.ts";
import type { Place } from "./kit.ts";

export interface Figures {
  readonly command: string;
  readonly seconds: number;
  /** The kernel's high-water mark of the command's process, seen every second; null where there is no /proc. */
  readonly peakMb: number | null;
  /** Resident memory as time went by, evenly spaced. */
  readonly mb: readonly number[];
  /** Calls that the org counted meanwhile. */
  readonly calls: number;
  readonly slow: readonly { readonly seconds: number; readonly statement: string }[];
}

const EVERY_MS = 1000;
/** Statements that run longer are told. */
const SLOW_SECONDS = 4;
const MOST_SAMPLES = 24;

const memory = (pid: number | undefined, of: "VmHWM" | "VmRSS"): number | null => {
  try {
    const [, kb] = new RegExp(`^${of}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kb === undefined ? null : Math.round(Number(kb) / 1024);
  } catch {
    return null;
  }
};

const thin = (samples: readonly number[]): readonly number[] => {
  const step = Math.max(1, Math.ceil(samples.length / MOST_SAMPLES));
  return samples.filter((_, at) => at % step === 0);
};

/** Runs `migrate ...args`, and watches it. */
export async function measured(at: Place, ...args: readonly string[]): Promise<Ended & { readonly figures: Figures }> {
  const calls = at.sim.stats.apiCalls;
  const running = start(at.dir, args, at.env);
  let peakMb: number | null = null;
  const mb: number[] = [];
  const slow = new Map<string, number>();
  const look = async (): Promise<void> => {
    peakMb = memory(running.child.pid, "VmHWM") ?? peakMb;
    const now = memory(running.child.pid, "VmRSS");
    if (now !== null) mb.push(now);
    const { rows } = await at.database.database.query<{ statement: string; seconds: number }>(
      `select left(regexp_replace(query, '\\s+', ' ', 'g'), 300) as statement, extract(epoch from clock_timestamp() - query_start)::float8 as seconds
       from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state = 'active'
       and query !~* '^\\s*copy' and clock_timestamp() - query_start > make_interval(secs => $1)`,
      [SLOW_SECONDS],
    );
    for (const { statement, seconds } of rows) slow.set(statement, Math.max(seconds, slow.get(statement) ?? 0));
  };
  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look).catch(() => undefined);
  }, EVERY_MS);
  try {
    const ended = await running.ended;
    const figures: Figures = {
      command: args.join(" "),
      seconds: Math.round(ended.ms / 100) / 10,
      peakMb,
      mb: thin(mb),
      calls: at.sim.stats.apiCalls - calls,
      slow: [...slow]
        .sort(([, one], [, other]) => other - one)
        .map(([statement, seconds]) => ({ seconds: Math.round(seconds), statement })),
    };
    return { ...ended, figures };
  } finally {
    clearInterval(timer);
    await looking;
  }
}
