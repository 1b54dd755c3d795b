/** The proof, as the command line uses it. */
export { type ReconcileOptions, reconcile } from "./reconcile.ts";
export {
  type ReportData,
  renderHtml,
  renderMarkdown,
  rewriteReport,
  writeRecordFiles,
  writeReports,
} from "./report.ts";
export { compareRuns } from "./report-compare.ts";
export type { Comparison } from "./report-comparison.ts";
export { type RejectSummary, readReportData, type WarningSummary } from "./report-data.ts";
export type { ObjectProof, ProofEvent, Reconciliation, SpotCheck, SumCheck } from "./types.ts";
export { type Verdict, verdict } from "./verdict.ts";
