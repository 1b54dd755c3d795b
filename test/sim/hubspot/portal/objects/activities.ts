/** Calls, meetings, tasks. */
import { properties } from "../property.ts";
import { pick, type Rows, type Seed } from "../seed.ts";
import { instant } from "../world.ts";
import { activityProperties, activityValues } from "./activity.ts";
import { html, longText } from "./names.ts";

const DISPOSITIONS =
  "9d9162e7-6cf3-4944-bf63-4dff82258764:Busy,f240bbac-87c9-4f6e-bf70-924b57d47db7:Connected,73a0d17f-1163-4015-bdd5-ec830791da20:No answer";

const CALL_PROPERTIES = properties(`
hs_call_title|Call Title|string.text|call
hs_call_body|Call notes|string.html|call
hs_call_duration|Call duration|number.number|call
hs_call_direction|Call direction|enumeration.select|call||INBOUND:Inbound,OUTBOUND:Outbound
hs_call_disposition|Call outcome|enumeration.select|call|e|${DISPOSITIONS}
hs_call_status|Call status|enumeration.select|call||COMPLETED:Completed,BUSY:Busy,NO_ANSWER:No Answer,FAILED:Failed
hs_call_from_number|From Number|string.phonenumber|call
hs_call_to_number|To Number|string.phonenumber|call
hs_call_recording_url|Recording URL|string.text|call
hs_call_source|Call Source|enumeration.select|call|e|INTEGRATIONS_PLATFORM:Integrations platform
hs_activity_type|Call and meeting type|enumeration.select|call||Discovery call:Discovery call,Follow up:Follow up
${activityProperties("call")}
`);

export function calls(seed: Seed): Rows {
  const { world } = seed;
  const throwOf = world.dice("calls");
  const text = longText(seed, "calls.body");
  return {
    properties: CALL_PROPERTIES,
    values(index) {
      const body = index % 4 === 3 ? null : html(text(index));
      return {
        hs_call_title: index % 11 === 10 ? null : `Call ${index} – „Nachfrage“`,
        hs_call_body: body,
        hs_call_duration: index % 5 === 4 ? null : String(throwOf(index, 3_600_000)),
        hs_call_direction: pick(["INBOUND", "OUTBOUND"], throwOf(index + 1, 2)),
        hs_call_disposition: index % 3 === 0 ? "f240bbac-87c9-4f6e-bf70-924b57d47db7" : null,
        hs_call_status: pick(["COMPLETED", "BUSY", "NO_ANSWER", "FAILED"], throwOf(index + 2, 4)),
        hs_call_from_number: "+16175550100",
        hs_call_to_number: index % 2 === 0 ? `+4930${String(1_000_000 + index)}` : null,
        hs_call_recording_url: index % 9 === 0 ? `https://recordings.example/${index}.m4a` : null,
        hs_activity_type: index % 6 === 0 ? "Discovery call" : null,
        ...activityValues(seed, "calls", index, body),
      };
    },
  };
}

const MEETING_PROPERTIES = properties(`
hs_meeting_title|Meeting name|string.text|meeting
hs_meeting_body|Attendee description|string.html|meeting
hs_internal_meeting_notes|Internal meeting notes|string.html|meeting
hs_meeting_start_time|Start time|datetime.date|meeting
hs_meeting_end_time|End time|datetime.date|meeting
hs_meeting_location|Meeting location|string.text|meeting
hs_meeting_location_type|Location type|enumeration.select|meeting||PHONE:Phone call,ADDRESS:Address,CUSTOM:Custom
hs_attendee_owner_ids|Attendee owners|enumeration.checkbox|meeting|e
hs_meeting_external_url|External URL|string.text|meeting
hs_meeting_outcome|Meeting outcome|enumeration.select|meeting||SCHEDULED:Scheduled,COMPLETED:Completed,RESCHEDULED:Rescheduled,NO_SHOW:No show,CANCELED:Canceled
hs_activity_type|Call and meeting type|enumeration.select|meeting||Discovery call:Discovery call,Follow up:Follow up
${activityProperties("meeting")}
`);

export function meetings(seed: Seed): Rows {
  const { world } = seed;
  const throwOf = world.dice("meetings");
  const text = longText(seed, "meetings.body");
  return {
    properties: MEETING_PROPERTIES,
    values(index) {
      const body = index % 3 === 0 ? html(text(index)) : null;
      const common = activityValues(seed, "meetings", index, body);
      const start = Date.parse(common.hs_timestamp ?? "");
      return {
        hs_meeting_title: `Meeting ${index}: ${index % 2 === 0 ? "Kick-off" : "Review"}`,
        hs_meeting_body: body,
        hs_internal_meeting_notes: index % 5 === 0 ? "<p>Bring the contract</p>" : null,
        hs_meeting_start_time: index % 30 === 29 ? null : instant(start),
        hs_meeting_end_time: index % 15 === 14 ? null : instant(start + (1 + (index % 4)) * 1_800_000),
        hs_meeting_location: index % 4 === 0 ? "Raum 3, 2. Stock" : null,
        hs_meeting_location_type: index % 4 === 0 ? "ADDRESS" : null,
        hs_attendee_owner_ids:
          index % 3 === 1
            ? [...new Set([0, 1].map((at) => pick(seed.owners, throwOf(index + at, 997)).id))].join(";")
            : null,
        hs_meeting_external_url: index % 4 === 1 ? `https://meet.example/${index}` : null,
        hs_meeting_outcome: pick(["SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED"], throwOf(index, 5)),
        hs_activity_type: index % 6 === 0 ? "Follow up" : null,
        ...common,
      };
    },
  };
}

const TASK_PROPERTIES = properties(`
hs_task_subject|Task Title|string.text|task
hs_task_body|Notes|string.html|task
hs_task_status|Task Status|enumeration.select|task||NOT_STARTED:Not started,IN_PROGRESS:In progress,WAITING:Waiting,COMPLETED:Completed,DEFERRED:Deferred
hs_task_priority|Priority|enumeration.select|task||NONE:None,LOW:Low,MEDIUM:Medium,HIGH:High
hs_task_type|Task Type|enumeration.select|task||TODO:To-do,CALL:Call,EMAIL:Email,LINKED_IN:LinkedIn,MEETING:Meeting
hs_task_completion_date|Completed at|datetime.date|task|r
hs_task_is_completed|Is completed|number.calculation_equation|task|cr
hs_task_reminders|Reminders|string.text|task
hs_queue_membership_ids|Queue|enumeration.checkbox|task|e
hs_repeat_status|Repeat|enumeration.select|task|e
${activityProperties("task")}
`);

export function tasks(seed: Seed): Rows {
  const { world } = seed;
  const throwOf = world.dice("tasks");
  const text = longText(seed, "tasks.body");
  return {
    properties: TASK_PROPERTIES,
    values(index) {
      const body = index % 2 === 0 ? html(text(index)) : null;
      const common = activityValues(seed, "tasks", index, body);
      const status = pick(["NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED"], throwOf(index, 5));
      const due = Date.parse(common.hs_timestamp ?? "");
      return {
        hs_task_subject: index % 45 === 9 ? null : `Task ${index}: ${index % 3 === 0 ? "rückrufen" : "send offer"}`,
        hs_task_body: body,
        hs_task_status: status,
        hs_task_priority: index % 4 === 3 ? null : pick(["NONE", "LOW", "MEDIUM", "HIGH"], throwOf(index + 1, 4)),
        hs_task_type: pick(["TODO", "CALL", "EMAIL"], throwOf(index + 2, 3)),
        hs_task_completion_date: status === "COMPLETED" ? instant(due - 3_600_000) : null,
        hs_task_is_completed: status === "COMPLETED" ? "1" : "0",
        hs_task_reminders: index % 6 === 0 ? String(due - 900_000) : null,
        ...common,
      };
    },
  };
}
