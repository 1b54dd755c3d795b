/** Calls, meetings, e-mails, tasks, messages, letters, notes, and the files attached to them. */
import type { Portal } from "../sim/hubspot/index.ts";
import type { Spec } from "./truth-objects.ts";
import { owner, stamps } from "./truth-people.ts";
import {
  always,
  bool,
  type Columns,
  choice,
  date,
  firstLinked,
  firstOf,
  held,
  instant,
  iso,
  linkedTo,
  number,
  plain,
  poly,
  type Row,
  records,
  ref,
  text,
} from "./truth-values.ts";

const RELATED = ["opportunity", "case", "account"];

/** What all activities that are tasks or events have. */
function about(portal: Portal, type: string): Columns {
  return {
    related: poly(
      "related_id",
      "related_type",
      RELATED,
      firstLinked(portal, type, { deals: "opportunity", tickets: "case", companies: "account" }),
    ),
    who: poly(
      "who_id",
      "who_type",
      ["contact", "lead"],
      firstLinked(portal, type, { contacts: "contact", leads: "lead" }),
    ),
    account_id: ref("account_id", "account", linkedTo(portal, type, "companies")),
    ...owner,
    ...stamps("hs_createdate"),
  };
}

const activity = (type: string, table: string, columns: Columns): Spec => ({
  name: type,
  table,
  keyspace: type,
  rows: (portal) => records(portal, type),
  columns: (portal) => ({ ...columns, ...about(portal, type) }),
});

const minutes = (row: Row): string | null => {
  const value = held(row, "hs_call_duration");
  return value === null ? null : String(Math.round(Number(value) / 60_000));
};

export const calls = activity("calls", "event", {
  subject: text(
    "subject",
    firstOf("hs_call_title", () => "(no subject)"),
  ),
  description: plain("description", "hs_call_body"),
  type: always("type", "call"),
  record_type: text("record_type", "hs_activity_type"),
  status: choice(
    "status",
    { COMPLETED: "held", BUSY: "no_show", NO_ANSWER: "no_show", FAILED: "cancelled" },
    "hs_call_status",
  ),
  outcome: choice("outcome", { "f240bbac-87c9-4f6e-bf70-924b57d47db7": "Connected" }, "hs_call_disposition"),
  start_datetime: instant("start_datetime", "hs_timestamp"),
  duration_minutes: number("duration_minutes", minutes),
  call_duration: {
    actual: "(extract(epoch from (t.custom->>'call_duration')::interval) * 1000)::bigint::text",
    expected: (row) => held(row, "hs_call_duration"),
  },
  direction: text("custom.direction", "hs_call_direction"),
  call_from: text("custom.call_from", "hs_call_from_number"),
  call_to: text("custom.call_to", "hs_call_to_number"),
  recording_url: text("custom.recording_url", "hs_call_recording_url"),
});

export const meetings = activity("meetings", "event", {
  subject: text("subject", "hs_meeting_title"),
  description: plain("description", "hs_meeting_body"),
  type: always("type", "meeting"),
  record_type: text("record_type", "hs_activity_type"),
  status: choice(
    "status",
    { SCHEDULED: "planned", RESCHEDULED: "planned", COMPLETED: "held", NO_SHOW: "no_show", CANCELED: "cancelled" },
    "hs_meeting_outcome",
  ),
  outcome: text("outcome", "hs_meeting_outcome"),
  outcome_notes: plain("outcome_notes", "hs_internal_meeting_notes"),
  start_datetime: instant("start_datetime", firstOf("hs_meeting_start_time", "hs_timestamp")),
  end_datetime: instant("end_datetime", "hs_meeting_end_time"),
  location: text("location", "hs_meeting_location"),
  meeting_url: text("meeting_url", "hs_meeting_external_url"),
  attendee_owner_ids: text("custom.attendee_owner_ids", "hs_attendee_owner_ids"),
});

/** Logged messages are tasks that are done. */
const done = {
  status: always("status", "completed"),
  is_completed: always("is_completed", "true"),
  due_date: date("due_date", "hs_timestamp"),
  completed: {
    actual: `to_char(t.completed_date, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    expected: (row: Row) => iso(row.values.hs_timestamp!),
  },
};

export const emails = activity("emails", "task", {
  ...done,
  subject: text(
    "subject",
    firstOf("hs_email_subject", () => "(no subject)"),
  ),
  description: plain("description", firstOf("hs_email_html", "hs_email_text")),
  type: always("type", "email"),
  direction: text("direction", "hs_email_direction"),
  outcome: text("outcome", "hs_email_status"),
  email_from: text("email_from", "hs_email_from_email"),
  email_to: text("email_to", "hs_email_to_email"),
  email_cc: text("email_cc", "hs_email_cc_email"),
  email_bcc: text("custom.email_bcc", "hs_email_bcc_email"),
  thread_id: text("custom.thread_id", "hs_email_thread_id"),
  message_id: text("custom.message_id", "hs_email_message_id"),
});

export const communications = activity("communications", "task", {
  ...done,
  subject: text("subject", "hs_communication_channel_type"),
  description: plain("description", "hs_communication_body"),
  type: always("type", "other"),
  channel: text("custom.channel", "hs_communication_channel_type"),
});

export const postalMail = activity("postal_mail", "task", {
  ...done,
  subject: always("subject", "Postal mail"),
  description: plain("description", "hs_postal_mail_body"),
  type: always("type", "other"),
});

const TASK_STATUS = {
  NOT_STARTED: "not_started",
  IN_PROGRESS: "in_progress",
  WAITING: "waiting",
  COMPLETED: "completed",
  DEFERRED: "deferred",
};

export const tasks = activity("tasks", "task", {
  subject: text(
    "subject",
    firstOf("hs_task_subject", () => "(no subject)"),
  ),
  description: plain("description", "hs_task_body"),
  status: choice("status", TASK_STATUS, "hs_task_status"),
  priority: choice(
    "priority",
    { LOW: "low", NONE: "normal", MEDIUM: "normal", HIGH: "high" },
    "hs_task_priority",
    undefined,
    "normal",
  ),
  type: choice("type", { TODO: "other", CALL: "call", EMAIL: "email" }, "hs_task_type"),
  due_date: date("due_date", "hs_timestamp"),
  due_time: instant("custom.due_time", "hs_timestamp"),
  reminder_date: instant("reminder_date", "hs_task_reminders"),
  completed_date: instant("completed_date", "hs_task_completion_date"),
  is_completed: bool("is_completed", ({ values }) => String(values.hs_task_status === "COMPLETED")),
});

export const notes: Spec = {
  name: "notes",
  table: "note",
  rows: (portal) => records(portal, "notes"),
  columns: (portal) => ({
    body: plain("body", "hs_note_body", "(no text)"),
    author_id: ref("author_id", "user", "hubspot_owner_id"),
    ...owner,
    related: poly(
      "related_id",
      "related_type",
      ["opportunity", "case", "lead", "contact", "account"],
      firstLinked(portal, "notes", {
        deals: "opportunity",
        tickets: "case",
        leads: "lead",
        contacts: "contact",
        companies: "account",
      }),
    ),
    ...stamps("hs_timestamp"),
  }),
};

const CARRIERS = ["calls", "emails", "meetings", "notes", "tasks"];
const OBJECTS = { deals: "opportunity", companies: "account", contacts: "contact", tickets: "case" };

export const files: Spec = {
  name: "files",
  table: "file",
  *rows(portal) {
    for (const type of CARRIERS) {
      const related = firstLinked(portal, type, OBJECTS);
      for (const activity of records(portal, type)) {
        for (const id of activity.values.hs_attachment_ids?.split(";") ?? []) {
          const file = Object.entries(portal.file(id) ?? {}).map(([name, value]) => [
            name,
            value === null ? null : String(value),
          ]);
          yield {
            id: `${id}:${type}:${activity.id}`,
            values: {
              ...Object.fromEntries(file),
              file: id,
              engagement: type,
              of: activity.id,
              related: related(activity),
            },
          };
        }
      }
    }
  },
  columns: () => ({
    name: text(
      "name",
      firstOf("name", () => "(no name)"),
    ),
    extension: text("extension", "extension"),
    content_type: text("content_type", "type"),
    size: number("size", "size"),
    url: text("url", "url"),
    path: text("path", "path"),
    is_private: bool("is_private", ({ values }) =>
      values.access ? String(!["PUBLIC_INDEXABLE", "PUBLIC_NOT_INDEXABLE"].includes(values.access)) : null,
    ),
    related: poly("related_id", "related_type", Object.values(OBJECTS), (row) => held(row, "related")),
    file_id: text("custom.file_id", "file"),
    engagement_type: text("custom.engagement_type", "engagement"),
    engagement_id: text("custom.engagement_id", "of"),
    created_at: {
      ...instant("created_at", "createdAt"),
      actual: `case when t.url is not null then ${instant("created_at", "createdAt").actual} end`,
    },
  }),
};
