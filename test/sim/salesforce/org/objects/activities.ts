/** Tasks and events. */
import { pick, recordId, sobject } from "../common.ts";
import { DAY, dayText, instantText } from "../dates.ts";
import { area, auto, bool, date, datetime, type Field, int, other, picklist, ref, type SObject } from "../field.ts";
import { SENTENCES } from "../words.ts";
import type { World } from "../world.ts";
import { archived, createdOf, links, POLYMORPHIC, shared, who } from "./activity-links.ts";
import { relation } from "./activity-relations.ts";
import { ownerOrQueue } from "./people.ts";

const TASK_STATUS = ["Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred"];

const SUBJECTS = ["Call", "Send Letter", "Send Quote", "Other", 'Rückruf "dringend"'];

function subject(get: Field["value"]): Field {
  return other("Subject", "Subject", "combobox", get, {
    length: 255,
    picklist: SUBJECTS.map((value) => ({ value })),
    extra: { nameField: true },
  });
}

function task(world: World): SObject {
  const at = links(world, "Task");
  const created = createdOf(world, "Task");
  const throwOf = world.dice("Task");
  const status = (index: number) => (archived(index) ? "Completed" : pick(TASK_STATUS, throwOf(index, 50)));
  const closed = (index: number) => status(index) === "Completed";
  const master = (index: number) => index % 97 === 5;
  const day = (index: number) => Math.floor(created(index) / DAY) + 2;
  return sobject(world, "Task", "Task", [
    recordId(world, "Task", "Activity"),
    ...who(world, at),
    subject((index) => `${pick(SUBJECTS, index)} ${index + 1}`),
    date("ActivityDate", "Due Date Only", (index) => (index % 8 === 7 ? null : dayText(day(index)))),
    picklist("Status", "Status", TASK_STATUS, status, { length: 40, nillable: false }),
    picklist(
      "Priority",
      "Priority",
      ["High", "Normal", "Low"],
      (index) => pick(["High", "Normal", "Low"], throwOf(index + 1, 30)),
      { length: 40, nillable: false },
    ),
    auto(
      bool(
        "IsHighPriority",
        "High Priority",
        (index) => pick(["High", "Normal", "Low"], throwOf(index + 1, 30)) === "High",
      ),
    ),
    ref("OwnerId", "Assigned To ID", ["Group", "User"], ownerOrQueue(world, "Task", 30), {
      nillable: false,
      extra: POLYMORPHIC,
    }),
    area("Description", "Description", 32_000, (index) =>
      index % 2 === 0 ? pick(SENTENCES, throwOf(index + 2, 90)) : null,
    ),
    auto(bool("IsClosed", "Closed", closed)),
    auto(
      datetime("CompletedDateTime", "Completed Date", (index) =>
        closed(index) ? instantText(created(index) + DAY) : null,
      ),
    ),
    picklist(
      "TaskSubtype",
      "Task Subtype",
      ["Task", "Email", "ListEmail", "Call"],
      (index) => pick(["Task", "Email", "Call"], throwOf(index + 3, 30)),
      { length: 40, extra: { restrictedPicklist: true } },
    ),
    int("CallDurationInSeconds", "Call Duration", (index) =>
      pick(["Task", "Email", "Call"], throwOf(index + 3, 30)) === "Call" ? throwOf(index + 4, 1800) : null,
    ),
    picklist("CallType", "Call Type", ["Internal", "Inbound", "Outbound"], () => null, { length: 40 }),
    auto(
      ref(
        "RecurrenceActivityId",
        "Recurrence Activity ID",
        "Task",
        (index) => (master(index) ? world.id("Task", index) : master(index - 1) ? world.id("Task", index - 1) : null),
        { relationshipName: null },
      ),
    ),
    bool("IsRecurrence", "Create Recurring Series of Tasks", master),
    date("RecurrenceStartDateOnly", "Recurrence Start", (index) => (master(index) ? dayText(day(index)) : null)),
    date("RecurrenceEndDateOnly", "Recurrence End", (index) => (master(index) ? dayText(day(index) + 90) : null)),
    picklist(
      "RecurrenceType",
      "Recurrence Type",
      ["RecursDaily", "RecursWeekly", "RecursMonthly"],
      (index) => (master(index) ? "RecursWeekly" : null),
      { length: 40 },
    ),
    int("RecurrenceInterval", "Recurrence Interval", (index) => (master(index) ? 1 : null), { extra: {} }),
    bool("IsReminderSet", "Reminder Set", () => false),
    datetime("ReminderDateTime", "Reminder Date/Time", () => null),
    ...shared(world, "Task", at, created),
  ]);
}

function event(world: World): SObject {
  const at = links(world, "Event");
  const created = createdOf(world, "Event");
  const throwOf = world.dice("Event");
  const allDay = (index: number) => index % 12 === 6;
  const start = (index: number) => {
    if (index % 1000 === 13) return Date.UTC(3156, 10, 12, 13);
    const day = Math.floor(created(index) / DAY) + 5;
    return day * DAY + (allDay(index) ? 0 : (8 + throwOf(index, 10)) * 3_600_000);
  };
  const minutes = (index: number) => (allDay(index) ? 1440 : 15 * (1 + throwOf(index + 1, 8)));
  const end = (index: number) => start(index) + minutes(index) * 60_000;
  const dayOf = (ms: number) => dayText(Math.floor(ms / DAY));
  return sobject(world, "Event", "Event", [
    recordId(world, "Event", "Event"),
    ...who(world, at),
    subject((index) => `${pick(["Meeting", "Call", "Demo", "Treffen, Köln"], index)} ${index + 1}`),
    {
      ...picklist("Location", "Location", [], (index) => (index % 3 === 0 ? "Room 5\nUpstairs" : null)),
      type: "string",
    },
    bool("IsAllDayEvent", "All-Day Event", allDay),
    datetime("ActivityDateTime", "Due Date Time", (index) => (allDay(index) ? null : instantText(start(index)))),
    date("ActivityDate", "Due Date Only", (index) => dayOf(start(index))),
    int("DurationInMinutes", "Duration", minutes),
    datetime("StartDateTime", "Start Date Time", (index) => instantText(start(index))),
    datetime("EndDateTime", "End Date Time", (index) => instantText(end(index))),
    auto(date("EndDate", "End Date", (index) => dayOf(end(index)))),
    area("Description", "Description", 32_000, (index) =>
      index % 2 === 0 ? pick(SENTENCES, throwOf(index + 2, 90)) : null,
    ),
    ref("OwnerId", "Assigned To ID", ["Calendar", "User"], world.owner("Event"), {
      nillable: false,
      extra: POLYMORPHIC,
    }),
    bool("IsPrivate", "Private", (index) => index % 40 === 9),
    picklist("ShowAs", "Show Time As", ["Busy", "OutOfOffice", "Free"], () => "Busy", {
      length: 40,
      extra: { restrictedPicklist: true, defaultValue: "Busy" },
    }),
    auto(bool("IsChild", "Is Child", () => false)),
    auto(bool("IsGroupEvent", "Is Group Event", (index) => index % 4 === 0)),
    auto(
      picklist("GroupEventType", "Group Event Type", ["0", "1", "2", "3"], (index) => (index % 4 === 0 ? "1" : "0"), {
        length: 40,
        extra: { restrictedPicklist: true },
      }),
    ),
    auto(ref("RecurrenceActivityId", "Recurrence Activity ID", "Event", () => null, { relationshipName: null })),
    bool("IsRecurrence", "Create Recurring Series of Events", () => false),
    bool("IsReminderSet", "Reminder Set", () => false),
    datetime("ReminderDateTime", "Reminder Date/Time", () => null),
    picklist("EventSubtype", "Event Subtype", ["Event"], () => "Event", {
      length: 40,
      extra: { restrictedPicklist: true },
    }),
    bool("IsRecurrence2", "Repeat", (index) => index % 60 === 17),
    ...shared(world, "Event", at, created),
  ]);
}

export function activities(world: World): SObject[] {
  return [
    task(world),
    event(world),
    ...(world.features.sharedActivities ? [relation(world, "Task")] : []),
    relation(world, "Event"),
  ];
}
