/** Bulk API 2.0 query jobs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, empty, failure, json, notFound } from "../http/answer.ts";
import { refusal } from "../http/query.ts";
import { idSpace } from "../ids.ts";
import type { SalesforceOptions } from "../options.ts";
import type { Org } from "../org/org.ts";
import { mix } from "../random.ts";
import { SoqlError } from "../soql/errors.ts";
import { parse } from "../soql/parse.ts";
import { type Plan, plan } from "../soql/plan.ts";
import { checkBulk } from "./check.ts";
import { DELIMITERS } from "./csv.ts";
import { type Spool, spool } from "./spool.ts";

type State = "UploadComplete" | "InProgress" | "JobComplete" | "Failed" | "Aborted";

interface Job {
  readonly id: string;
  readonly operation: "query" | "queryAll";
  readonly object: string;
  readonly query: string;
  readonly created: number;
  readonly version: number;
  readonly lineEnding: string;
  readonly columnDelimiter: string;
  state: State;
  polls: number;
  result: Spool | null;
  error: string | null;
  changed: number;
}

export interface Jobs {
  create(body: string, version: number): Answer;
  get(id: string): Answer;
  list(base: string, locator: string | null): Answer;
  results(id: string, search: URLSearchParams, gzip: boolean): Answer;
  pages(id: string, search: URLSearchParams, version: number, base: string): Answer;
  abort(id: string, body: string): Answer;
  remove(id: string): Answer;
  /** Jobs made so far. */
  readonly made: () => number;
  close(): Promise<void>;
}

const instant = (ms: number): string => new Date(ms).toISOString().replace("Z", "+0000");
const unknownJob = notFound;
const ENDINGS: Readonly<Record<string, string>> = { LF: "\n", CRLF: "\r\n" };

export function createJobs(org: Org, options: SalesforceOptions): Jobs {
  const now = options.now ?? Date.now;
  const seed = options.seed ?? 1;
  const settings = options.bulk ?? {};
  const [uploaded, inProgress] = settings.polls ?? [1, 1];
  const ids = idSpace("750", "Q1");
  const jobs = new Map<string, Job>();
  const results = new Map<string, Promise<Spool>>();
  let folder: Promise<string> | null = null;
  let files = 0;
  let serial = 0;
  let closed = false;

  const info = (job: Job): Record<string, unknown> => ({
    id: job.id,
    operation: job.operation,
    object: job.object,
    createdById: org.userId,
    createdDate: instant(job.created),
    systemModstamp: instant(job.changed),
    state: job.state,
    concurrencyMode: "Parallel",
    contentType: "CSV",
    apiVersion: job.version,
    ...(job.state === "UploadComplete" ? {} : { jobType: "V2Query" }),
    lineEnding: job.lineEnding,
    columnDelimiter: job.columnDelimiter,
    ...(job.state === "UploadComplete"
      ? {}
      : {
          numberRecordsProcessed: job.result?.rows ?? 0,
          retries: job.state === "Failed" ? 15 : 0,
          totalProcessingTime: job.changed - job.created,
          isPkChunkingSupported: true,
        }),
    ...(job.error === null ? {} : { errorMessage: job.error }),
  });

  /** Equal queries on an unchanged org share a file. */
  const start = (job: Job, made: Plan): void => {
    const key = JSON.stringify([org.version, job.operation, job.query, job.columnDelimiter, job.lineEnding]);
    let result = results.get(key);
    if (result === undefined) {
      folder ??= mkdtemp(join(tmpdir(), "salesforce-sim-"));
      const name = `${files++}.csv`;
      result = folder.then((path) =>
        spool(made, join(path, name), DELIMITERS[job.columnDelimiter]!, ENDINGS[job.lineEnding]!, () => closed),
      );
      results.set(key, result);
    }
    result.then(
      (done) => {
        job.result = done;
      },
      (error: unknown) => {
        job.error = closed ? null : String(error);
        job.state = "Failed";
      },
    );
  };

  const advance = (job: Job): void => {
    if (job.state !== "UploadComplete" && job.state !== "InProgress") return;
    job.polls++;
    job.changed = now();
    if (job.polls <= uploaded) return;
    job.state = "InProgress";
    if (job.polls <= uploaded + inProgress) return;
    const end = settings.fail?.({ object: job.object, query: job.query }) ?? null;
    if (job.error !== null) job.state = "Failed";
    else if (end !== null) job.state = end;
    else if (job.result !== null) job.state = "JobComplete";
  };

  /** Rows of the page that starts at a row; the same each time, so that a locator may be asked again. */
  const pageRows = (asked: number, from: number): number => {
    const most = settings.maxPageRows ?? 250_000;
    const rows = Math.max(1, Math.min(asked, most));
    const uneven = settings.unevenPages ?? true;
    return uneven && from > 0 && mix(seed, from) % 3 === 0 ? Math.ceil(rows * 0.7) : rows;
  };

  const locatorOf = (job: Job, row: number): string => Buffer.from(`${row}:${job.id}:1`).toString("base64url");
  const rowOf = (job: Job, locator: string | null): number | null => {
    if (locator === null || locator === "") return 0;
    const [, row, id] = /^(\d+):(\w+):1$/.exec(Buffer.from(locator, "base64url").toString()) ?? [];
    return id === job.id && Number(row) < (job.result?.rows ?? 0) ? Number(row) : null;
  };
  const complete = (job: Job): Answer | null =>
    job.state === "JobComplete"
      ? null
      : failure(400, "INVALIDJOBSTATE", `Unable to get query results: the job is in state ${job.state}.`);

  return {
    create(body, version) {
      try {
        const asked = JSON.parse(body) as Record<string, string | undefined>;
        const operation = asked.operation;
        if (operation !== "query" && operation !== "queryAll")
          return failure(400, "INVALIDJOB", `Invalid operation: ${operation}`);
        const columnDelimiter = asked.columnDelimiter ?? "COMMA";
        const lineEnding = asked.lineEnding ?? "LF";
        if ((asked.contentType ?? "CSV") !== "CSV") return failure(400, "INVALIDJOB", "Content type must be CSV");
        if (!(columnDelimiter in DELIMITERS) || !(lineEnding in ENDINGS))
          return failure(400, "INVALIDJOB", "Invalid columnDelimiter or lineEnding");
        const query = parse(asked.query ?? "");
        checkBulk(org, query, settings.unsupported ?? []);
        let error: string | null = null;
        let made: Plan | null = null;
        try {
          made = plan(org, query, {
            all: operation === "queryAll",
            ...(options.query?.timeouts && { timeouts: options.query.timeouts }),
          });
        } catch (thrown) {
          if (!(thrown instanceof SoqlError) || thrown.errorCode !== "QUERY_TIMEOUT") throw thrown;
          error = `${thrown.errorCode}: ${thrown.message} The query was retried more than fifteen times.`;
        }
        const job: Job = {
          id: ids.id(serial++),
          operation,
          object: org.table(query.from.name)!.object.name,
          query: query.soql,
          created: now(),
          version,
          lineEnding,
          columnDelimiter,
          state: "UploadComplete",
          polls: 0,
          result: null,
          error,
          changed: now(),
        };
        jobs.set(job.id, job);
        if (made !== null) start(job, made);
        return json(info(job));
      } catch (error) {
        if (error instanceof SyntaxError) return failure(400, "JSON_PARSER_ERROR", error.message);
        return refusal(error);
      }
    },
    get(id) {
      const job = jobs.get(id);
      if (job === undefined) return unknownJob();
      advance(job);
      return json(info(job));
    },
    list(base, locator) {
      const all = [...jobs.values()];
      const from = Number(locator ?? 0);
      const page = all.slice(from, from + 1000);
      const done = from + page.length >= all.length;
      return json({
        done,
        records: page.map(info),
        nextRecordsUrl: done ? null : `${base}/jobs/query?queryLocator=${from + page.length}`,
      });
    },
    results(id, search, gzip) {
      const job = jobs.get(id);
      if (job === undefined) return unknownJob();
      const early = complete(job);
      if (early !== null) return early;
      const from = rowOf(job, search.get("locator"));
      if (from === null)
        return failure(400, "INVALID_LOCATOR", "The locator is invalid or does not belong to this job.");
      const result = job.result!;
      const asked = search.get("maxRecords");
      const rows = pageRows(asked === null ? (settings.pageRows ?? 100_000) : Number(asked), from);
      const to = Math.min(result.rows, from + rows);
      return {
        status: 200,
        type: "text/csv",
        headers: {
          "Sforce-NumberOfRecords": String(to - from),
          "Sforce-Locator": to < result.rows ? locatorOf(job, to) : "null",
        },
        body: result.page(from, to, from === 0 || (settings.repeatHeader ?? true)),
        gzip,
      };
    },
    pages(id, search, version, base) {
      const job = jobs.get(id);
      if (job === undefined) return unknownJob();
      if (version !== job.version)
        return failure(409, "API_ERROR", `Use the API version that created the job: ${job.version}.0.`);
      const early = complete(job);
      if (early !== null) return early;
      let from = rowOf(job, search.get("queryLocator"));
      if (from === null)
        return failure(400, "INVALID_LOCATOR", "The locator is invalid or does not belong to this job.");
      const urls: { resultUrl: string }[] = [];
      const path = `${base}/jobs/query/${job.id}`;
      while (urls.length < 5 && from < job.result!.rows) {
        urls.push({ resultUrl: `${path}/results?locator=${locatorOf(job, from)}` });
        from = Math.min(job.result!.rows, from + pageRows(settings.pageRows ?? 100_000, from));
      }
      const done = from >= job.result!.rows;
      return json({
        resultPages: urls,
        nextRecordsUrl: done ? null : `${path}/resultPages?queryLocator=${locatorOf(job, from)}`,
        done,
      });
    },
    abort(id, body) {
      const job = jobs.get(id);
      if (job === undefined) return unknownJob();
      if (!/"state"\s*:\s*"Aborted"/.test(body))
        return failure(400, "INVALIDJOBSTATE", "Only state Aborted can be set");
      if (job.state !== "UploadComplete" && job.state !== "InProgress")
        return failure(400, "INVALIDJOBSTATE", `Aborting already Completed Job not allowed: ${job.state}`);
      job.state = "Aborted";
      job.changed = now();
      return json(info(job));
    },
    remove(id) {
      const job = jobs.get(id);
      if (job === undefined) return unknownJob();
      if (job.state === "UploadComplete" || job.state === "InProgress")
        return failure(400, "INVALIDJOBSTATE", `Deletion of a job in state ${job.state} is not allowed.`);
      jobs.delete(id);
      return empty();
    },
    made: () => serial,
    async close() {
      closed = true;
      await Promise.allSettled(results.values());
      if (folder !== null) await rm(await folder, { recursive: true, force: true });
    },
  };
}
