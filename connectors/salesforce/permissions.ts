/** What `migrate check` tells of a Salesforce user beyond the fields: permissions that hide records, and limits. */
import type { Problem } from "../../core/errors.ts";
import { ConfigError } from "../../core/errors.ts";
import type { Api } from "./api.ts";
import type { Limits } from "./client.ts";

const FILES = new Set(["ContentVersion", "ContentDocument", "ContentDocumentLink", "ContentNote"]);

/** Warnings; `objects` are those that are migrated, `encrypted` fields of theirs that mappings read (`Invoice__c.Tax_Number__c`). */
export async function checkPermissions(
  api: Api,
  objects: readonly string[],
  encrypted: readonly string[],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const warn = (code: string, message: string, hint: string) =>
    problems.push({ code, message, place: {}, hint, severity: "warning" });
  const session = await api.session();
  const granted = session.userId === null ? null : await grantedTo(api, session.userId);
  if (granted === null) {
    warn(
      "SALESFORCE_PERMISSIONS_UNKNOWN",
      "whether the user may see every record could not be found out",
      'Make sure that it has "View All Data" (and "Query All Files" when files are migrated): records that it may not see are missing without a trace.',
    );
  } else {
    if (!granted.viewAllData) {
      warn(
        "SALESFORCE_NO_VIEW_ALL_DATA",
        'the user does not have "View All Data": records that are not shared with it are neither read nor counted',
        'Ask an administrator for a permission set with "View All Data".',
      );
    }
    if (!granted.queryAllFiles && objects.some((object) => FILES.has(object))) {
      warn(
        "SALESFORCE_NO_QUERY_ALL_FILES",
        'the user does not have "Query All Files": files and notes of others are neither read nor counted',
        'Ask an administrator for a permission set with "Query All Files".',
      );
    }
  }
  if (encrypted.length > 0 && !(session.userId !== null && (await seesEncrypted(api, session.userId)))) {
    warn(
      "SALESFORCE_MASKED",
      `the user does not have "View Encrypted Data", as far as it is told: values of ${encrypted.join(", ")} come masked (*****6789) and are lost`,
      'Ask an administrator for a permission set with "View Encrypted Data", or take the fields out of the mappings.',
    );
  }
  const limits: Limits = await api.call("limits", (client) => client.limits());
  const calls = limits.DailyApiRequests;
  if (calls !== undefined) {
    const free = calls.Remaining - Math.ceil(calls.Max * (1 - api.options.apiShare));
    if (free < calls.Max * 0.1) {
      warn(
        "SALESFORCE_FEW_CALLS_LEFT",
        `${Math.max(0, free).toLocaleString("en")} API calls are left for this migration today, of ${calls.Max.toLocaleString("en")}`,
        "Run later (calls are counted over 24 hours), or raise limits.api.",
      );
    }
  }
  const jobs = limits.DailyBulkV2QueryJobs;
  if (jobs !== undefined && jobs.Remaining < objects.length) {
    warn(
      "SALESFORCE_FEW_JOBS_LEFT",
      `${jobs.Remaining} Bulk query jobs are left today, of ${jobs.Max}`,
      "Run later, or set `transport: rest`.",
    );
  }
  return problems;
}

/** False as well where the user may not look at its own permissions. */
async function seesEncrypted(api: Api, user: string): Promise<boolean> {
  const granted = await grants(api, user, ["PermissionsViewEncryptedData"]);
  return granted?.("PermissionsViewEncryptedData") ?? false;
}

/** null: the user may not look at its own permissions. */
async function grantedTo(api: Api, user: string) {
  const any = await grants(api, user, ["PermissionsViewAllData", "PermissionsQueryAllFiles"]);
  return any === null
    ? null
    : { viewAllData: any("PermissionsViewAllData"), queryAllFiles: any("PermissionsQueryAllFiles") };
}

/** Whether any of the user's permission sets and its profile grants a permission. */
async function grants(api: Api, user: string, names: readonly string[]): Promise<((name: string) => boolean) | null> {
  const fields = names.map((name) => `PermissionSet.${name}`);
  try {
    const { records } = await api.query(
      `SELECT ${fields.join(",")} FROM PermissionSetAssignment WHERE AssigneeId = '${user.replace(/\W/g, "")}'`,
    );
    return (name) =>
      records.some((record) => (record.PermissionSet as Readonly<Record<string, unknown>> | null)?.[name] === true);
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}
