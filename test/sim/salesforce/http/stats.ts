/** What the server has counted. */

export interface Stats {
  requests: number;
  /** By kind: token, query, queryMore, describe, bulkCreate, bulkPoll, bulkResults, blob... */
  readonly kinds: Record<string, number>;
  /** Requests that counted against the daily limit. */
  apiCalls: number;
  unauthorized: number;
  readonly faults: Record<string, number>;
  active: number;
  maxConcurrent: number;
  bytes: number;
  tokens: number;
}

export const newStats = (): Stats => ({
  requests: 0,
  kinds: {},
  apiCalls: 0,
  unauthorized: 0,
  faults: {},
  active: 0,
  maxConcurrent: 0,
  bytes: 0,
  tokens: 0,
});

export const tick = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};
