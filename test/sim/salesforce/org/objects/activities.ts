/** Tasks, events and the people related to them. */
import { audit, currencyCode, pick, recordId, sobject } from "../common.ts";
import { DAY, dayText, instantText } from "../dates.ts";
import { area, auto, bool, date, datetime, type Field, int, other, picklist, ref, type SObject } from "../field.ts";
import { SENTENCES } from "../words.ts";
import type { World } from "../world.ts";
import { ownerOrQueue } from "./people.ts";

const POLYMORPHIC = { polymorphicForeignKey: true, namePointing: true } as const;
/** What activities may be about; real orgs list 58 to 80 objects. */
const WHAT = [
  "Account",
  "Asset",
  "AssetRelationship",
  "Campaign",
  "Case",
  "ContactRequest",
  "Contract",
  "Image",
  "Invoice__c",
  "ListEmail",
  "Location",
  "Opportunity",
  "Order",
  "Product2",
  "Quote",
  "ReturnOrder",
  "ServiceAppointment",
  "Solution",
  "WorkOrder",
];

interface Links {
  who(index: number): { readonly object: "Contact" | "Lead"; readonly index: number } | null;
  what(index: number): { readonly object: string; readonly index: number } | null;
}

/** Who and what an activity is about. A lead excludes a what. */
function links(world: World, object: string): Links {
  const throwOf = world.dice(`${object}.Links`);
  const who: Links["who"] = (index) => {
    if (index % 4 < 2)
      return { object: "Contact", index: 2 * throwOf(index, Math.max(1, Math.floor(world.contacts / 2))) };
    if (index % 4 === 2)
      return { object: "Lead", index: 2 * throwOf(index, Math.max(1, Math.floor(world.count("Lead") / 2))) };
    return null;
  };
  return {
    who,
    what(index) {
      if (index % 4 === 2) return null;
      const kind = ["Account", "Opportunity", "Case", "Invoice__c", null][index % 5];
      if (kind === null || kind === undefined) return null;
      const at = throwOf(index + 1, world.count(kind));
      return { object: kind, index: kind === "Account" ? world.business(at) : world.live(kind, at) };
    },
  };
}

const idOf = (world: World, link: { object: string; index: number } | null): string | null =>
  link === null ? null : world.id(link.object, link.index);

/** Over a year old and closed: hidden from plain queries. */
const archived = (index: number): boolean => index % 10 === 9;

function accountOf(world: World, at: Links, index: number): string | null {
  const what = at.what(index);
  if (what?.object === "Account") return world.id("Account", what.index);
  const who = at.who(index);
  if (who?.object !== "Contact") return null;
  const home = world.accountOf(who.index);
  return home < 0 ? null : world.id("Account", home);
}

/** Created instants; archived rows are old. */
function createdOf(world: World, object: string): (index: number) => number {
  const created = world.created(object);
  return (index) => (archived(index) ? Math.min(created(index), world.until - 500 * DAY) : created(index));
}

function shared(world: World, object: string, at: Links, created: (index: number) => number): Field[] {
  const fields = audit(world, object).map((field) => {
    if (field.name === "CreatedById" || field.name === "LastModifiedById") return field;
    const text = (index: number) => instantText(created(index));
    return { ...field, value: (index: number) => (archived(index) ? text(index) : field.value(index)) };
  });
  return [
    auto(ref("AccountId", "Account ID", "Account", (index) => accountOf(world, at, index))),
    auto(bool("IsDeleted", "Deleted", (index) => world.gone(object, index))),
    ...currencyCode(world, () => "USD"),
    ...fields,
    auto(bool("IsArchived", "Archived", archived)),
  ];
}

const TASK_STATUS = ["Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred"];
const SUBJECTS = ["Call", "Send Letter", "Send Quote", "Other", 'Rückruf "dringend"'];

function subject(get: Field["value"]): Field {
  return other("Subject", "Subject", "combobox", get, {
    length: 255,
    picklist: SUBJECTS.map((value) => ({ value })),
    extra: { nameField: true },
  });
}

function who(world: World, at: Links): Field[] {
  return [
    ref("WhoId", "Name ID", ["Contact", "Lead"], (index) => idOf(world, at.who(index)), { extra: POLYMORPHIC }),
    ref(
      "WhatId",
      "Related To ID",
      WHAT.filter((name) => name !== "Quote" || world.features.quotes),
      (index) => idOf(world, at.what(index)),
      { extra: POLYMORPHIC },
    ),
  ];
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

/** Every fourth activity has a contact: relation `n` belongs to one of those, first its main contact, then others. */
function relation(world: World, kind: "Task" | "Event"): SObject {
  const name = `${kind}Relation`;
  const count = world.count(name);
  const at = links(world, kind);
  const half = Math.max(1, Math.floor(world.contacts / 2));
  const each = 2;
  const activities = Math.max(1, Math.floor((world.count(kind) + 3) / 4));
  const activity = (index: number) => 4 * (Math.floor(index / each) % activities);
  const round = (index: number) => Math.floor(index / (each * activities));
  const contact = (index: number) => {
    const main = at.who(activity(index))!.index;
    return index % each === 0 && round(index) === 0
      ? main
      : 2 * ((main / 2 + (index % each) + each * round(index)) % half);
  };
  const gone = (index: number) => world.gone(kind, activity(index));
  return sobject(
    world,
    name,
    `${kind} Relation`,
    [
      recordId(world, name, `${kind} Relation`),
      ref(
        "RelationId",
        "Relation ID",
        kind === "Task" ? ["Account", "Contact", "Lead"] : ["Account", "Calendar", "Contact", "Lead", "User"],
        (index) => world.id("Contact", contact(index)),
        { extra: POLYMORPHIC },
      ),
      ref(`${kind}Id`, `${kind} ID`, kind, (index) => world.id(kind, activity(index)), { nillable: false }),
      bool("IsWhat", "Is What", () => false),
      ...(kind === "Event"
        ? [
            bool("IsParent", "Is Parent", (index) => index % each === 0),
            bool("IsInvitee", "Is Invitee", (index) => index % each !== 0),
            picklist(
              "Status",
              "Response",
              ["New", "Declined", "Accepted", "Uninvited", "Maybe"],
              (index) => (index % each === 0 ? null : pick(["New", "Accepted", "Declined"], index)),
              { length: 40 },
            ),
          ]
        : []),
      ...audit(world, name),
      auto(bool("IsDeleted", "Deleted", gone)),
    ],
    { count },
  );
}

export function activities(world: World): SObject[] {
  return [
    task(world),
    event(world),
    ...(world.features.sharedActivities ? [relation(world, "Task")] : []),
    relation(world, "Event"),
  ];
}
