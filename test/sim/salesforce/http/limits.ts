/** GET /limits and /limits/recordCount. */
import type { SalesforceOptions } from "../options.ts";
import type { Org } from "../org/org.ts";

const FIXED: Readonly<Record<string, number>> = {
  ActiveScratchOrgs: 3,
  AnalyticsExternalDataSizeMB: 40_960,
  ConcurrentAsyncGetReportInstances: 200,
  ConcurrentSyncReportRuns: 20,
  DailyAnalyticsDataflowJobExecutions: 60,
  DailyAsyncApexExecutions: 250_000,
  DailyBulkApiBatches: 15_000,
  DailyBulkV2QueryFileStorageMB: 976_562,
  DailyDurableGenericStreamingApiEvents: 10_000,
  DailyDurableStreamingApiEvents: 10_000,
  DailyGenericStreamingApiEvents: 10_000,
  DailyStandardVolumePlatformEvents: 10_000,
  DailyStreamingApiEvents: 10_000,
  DailyWorkflowEmails: 1000,
  DataStorageMB: 10_240,
  DurableStreamingApiConcurrentClients: 20,
  FileStorageMB: 10_240,
  HourlyAsyncReportRuns: 1200,
  HourlyDashboardRefreshes: 200,
  HourlyODataCallout: 1000,
  HourlySyncReportRuns: 500,
  HourlyTimeBasedWorkflow: 1000,
  MassEmail: 5000,
  MonthlyPlatformEvents: 5000,
  Package2VersionCreates: 6,
  PermissionSets: 1500,
  SingleEmail: 5000,
  StreamingApiConcurrentClients: 20,
};

const DAILY_QUERY_JOBS = 10_000;

export const dailyRequests = (options: SalesforceOptions): number => options.dailyRequests ?? 100_000;

export function limits(options: SalesforceOptions, used: number, jobs: number): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [name, most] of Object.entries(FIXED)) all[name] = { Max: most, Remaining: most };
  const most = dailyRequests(options);
  all.DailyApiRequests = { Max: most, Remaining: Math.max(0, most - used) };
  all.DailyBulkV2QueryJobs = { Max: DAILY_QUERY_JOBS, Remaining: Math.max(0, DAILY_QUERY_JOBS - jobs) };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Cached counts, behind the truth; objects counted as empty are left out. */
export function recordCount(org: Org, names: string | null): Record<string, unknown> {
  const tables =
    names === null ? org.visibleTables() : names.split(",").flatMap((name) => org.visibleTable(name) ?? []);
  return {
    sObjects: tables
      .map((table) => ({ count: Math.floor(table.object.count * 0.9), name: table.object.name }))
      .filter((entry) => entry.count > 0),
  };
}
