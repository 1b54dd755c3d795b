/** Bulk API 2.0 query jobs: made and watched here; jsforce deletes jobs that take longer than it likes to wait. */
import { TerminalError, TransientError } from "../../core/errors.ts";
import { sleep } from "../../core/retry.ts";
import type { Api, Operation } from "./api.ts";

export interface Job {
  readonly id: string;
  /** Records in its results, as the server says. */
  readonly records: number;
  /** When the server made it; null: not told. */
  readonly createdAt: string | null;
}

/** The server gave up on a job: a narrower one may do. */
export const JOB_FAILED = "SALESFORCE_JOB_FAILED";

interface JobInfo {
  readonly id: string;
  readonly state: string;
  readonly createdDate?: string;
  readonly numberRecordsProcessed?: number;
  readonly retries?: number;
  readonly errorMessage?: string;
}

/**
 * Runs a query as a job until its results are ready. Throws TerminalError JOB_FAILED or SALESFORCE_JOB_TIMEOUT; ConfigError
 * when the query is refused. The job stays at the server, for seven days, so that reading its results can be resumed.
 */
export async function runJob(api: Api, soql: string, operation: Operation, what: string): Promise<Job> {
  const { signal, log } = api.context;
  const order = { operation, query: soql, contentType: "CSV", columnDelimiter: "COMMA", lineEnding: "LF" };
  const made = await api.call(`${what}: new job`, (client) => client.request<JobInfo>("POST", "/jobs/query", order));
  log.debug(`${what}: job ${made.id}`, { job: made.id });
  const deadline = Date.now() + api.options.jobTimeoutMs;
  let wait = api.tuning.pollMs;
  try {
    for (;;) {
      const info = await api.call(`${what}: job ${made.id}`, (client) =>
        client.request<JobInfo>("GET", `/jobs/query/${made.id}`),
      );
      switch (info.state) {
        case "JobComplete":
          return {
            id: made.id,
            records: Number(info.numberRecordsProcessed ?? Number.NaN),
            createdAt: info.createdDate ?? made.createdDate ?? null,
          };
        case "Failed":
          throw failed(what, info);
        case "Aborted":
          throw new TerminalError("SALESFORCE_JOB_ABORTED", `${what}: somebody aborted job ${made.id}`, {
            hint: "Resume: a new job will be made.",
          });
        case "UploadComplete":
        case "InProgress":
          break;
        default:
          throw new TransientError(
            "SALESFORCE_UNAVAILABLE",
            `${what}: job ${made.id} is in an unknown state ${info.state}`,
          );
      }
      if (Date.now() > deadline) {
        throw new TerminalError(
          "SALESFORCE_JOB_TIMEOUT",
          `${what}: job ${made.id} is not done after ${api.options.jobTimeoutMs / 1000} s`,
          {
            hint: "Raise source.jobTimeout, or lower source.chunkRecords.",
          },
        );
      }
      await sleep(wait, signal);
      wait = Math.min(api.tuning.pollMaxMs, wait * 1.5);
    }
  } catch (error) {
    if (signal.aborted) signal.throwIfAborted();
    await abortJob(api, made.id);
    throw error;
  }
}

/** Stops a job that nobody waits for any more; says nothing when that fails. */
export async function abortJob(api: Api, id: string): Promise<void> {
  const abort = (client: { request<T>(method: "PATCH", path: string, body: object): Promise<T> }) =>
    client.request("PATCH", `/jobs/query/${id}`, { state: "Aborted" });
  await api.call(`abort job ${id}`, abort).catch(() => undefined);
}

function failed(what: string, { id, retries, errorMessage }: JobInfo): TerminalError {
  const reason = errorMessage ?? (retries === undefined ? "no reason given" : `no reason given, ${retries} retries`);
  return new TerminalError(JOB_FAILED, `${what}: the server gave up on job ${id} (${reason})`, {
    hint: "Lower source.chunkRecords, or read with `transport: rest`.",
  });
}
