/** Cases, campaign members, tasks, events, notes, files: what hangs on all the rest. */
import type { Parties } from "./generate-parties.ts";
import type { Sales } from "./generate-sales.ts";
import { csv, type Dice, date, id, moment, type Row } from "./tools.ts";
import { SENTENCES } from "./words.ts";

/** One of five kinds of record, as the old system kept it: any id in one column. */
function anything(random: Dice, parties: Parties, sales: Sales, cases: readonly string[]): string {
  const kind = random.below(100);
  if (kind < 30) return random.pick(parties.accounts).id;
  if (kind < 55) return random.pick(sales.deals);
  if (kind < 70) return random.pick(cases);
  if (kind < 85) return random.pick(parties.contacts).id;
  if (kind < 95) return random.pick(parties.leads);
  return "";
}

function cases(random: Dice, parties: Parties): { rows: Row[]; ids: string[] } {
  const ids: string[] = [];
  const rows = Array.from({ length: 260 }, (_, at): Row => {
    const n = at + 1;
    const contact = random.pick(parties.contacts);
    const opened = random.below(900);
    const closed = random.chance(60);
    ids.push(id("CAS", n));
    return {
      CaseNo: id("CAS", n),
      Subject: `${random.pick(["Cannot log in", "Invoice is wrong", "Feature wish", "Máy in không hoạt động", "ログインできない", 'Broken "widget" 😡'])} (${n})`,
      Body: random.pick(SENTENCES),
      // three accounts that nobody exported: declared null, with a warning
      AccountId: n % 90 === 0 ? "ACC-88888" : (contact.account ?? ""),
      ContactMail: random.chance(10) ? "" : contact.mail,
      // parents stand before and after
      ParentCase: random.chance(6) ? id("CAS", 1 + ((at + 37) % 260)) : "",
      Status: closed ? "Closed" : random.pick(["New", "Working", "Waiting for customer", "Escalated"]),
      Priority: random.pick(["P1", "P2", "P3", "P4"]),
      Kind: random.pick(["Question", "Problem", "Wish", ""]),
      Channel: random.pick(["Mail", "Phone", "Web", "Chat"]),
      OpenedAt: moment(opened, random.below(600)),
      ClosedAt: closed ? moment(opened + 1 + random.below(20), random.below(600)) : "",
      Answer: closed ? random.pick(SENTENCES) : "",
      Owner: random.chance(40) ? "queue:Support" : random.pick(parties.owners),
    };
  });
  return { rows, ids };
}

function members(random: Dice, parties: Parties, sales: Sales): Row[] {
  return Array.from({ length: 400 }, (_, at): Row => {
    const lead = random.chance(40);
    const status = random.pick(["Sent", "Sent", "Answered", "Converted", "Unsubscribed"]);
    return {
      MemberId: `M${at + 1}`,
      Campaign: random.pick(sales.campaigns),
      Lead: lead ? random.pick(parties.leads) : "",
      Contact: lead ? "" : random.pick(parties.contacts).id,
      Status: status,
      AnsweredOn: status === "Answered" || status === "Converted" ? moment(random.below(900), random.below(600)) : "",
    };
  });
}

export function activities(
  random: Dice,
  parties: Parties,
  sales: Sales,
): { readonly files: ReadonlyMap<string, string> } {
  const tickets = cases(random, parties);
  const about = () => anything(random, parties, sales, tickets.ids);
  const tasks = Array.from({ length: 420 }, (_, at): Row => {
    const done = random.chance(50);
    return {
      TaskId: `T${at + 1}`,
      Subject:
        at % 140 === 139
          ? ""
          : `${random.pick(["Call back", "Send offer", "Gửi hợp đồng", "契約書を送る", "Prepare demo"])} ${at + 1}`,
      Details: at % 140 === 139 ? "" : random.pick(SENTENCES),
      Status: done ? "Done" : random.pick(["Open", "Started", "Waiting", "Postponed"]),
      Priority: random.pick(["Low", "Normal", "Normal", "High"]),
      Kind: random.pick(["Call", "Mail", "Meeting", "Other"]),
      Due: random.chance(15) ? "" : date(300 + random.below(800)),
      DoneAt: done ? moment(300 + random.below(600), random.below(600)) : "",
      // deleted in the old system long ago: declared null
      About: at % 100 === 99 ? "DEA-66666" : about(),
      Owner: random.pick(parties.owners),
    };
  });
  const events = Array.from({ length: 160 }, (_, at): Row => {
    const day = random.below(1000);
    const start = random.below(500);
    return {
      EventId: `E${at + 1}`,
      Title: `${random.pick(["Meeting", "Demo", "Schůzka", "会議", "Họp"])} ${at + 1}`,
      Kind: random.pick(["Meeting", "Call", "Demo"]),
      Status: random.pick(["Planned", "Held", "Held", "Cancelled"]),
      StartsAt: moment(day, start),
      EndsAt: moment(day, start + 30 + 15 * random.below(5)),
      AllDay: "no",
      Where: random.pick(["Zoom", "Their office", 'Café "Olé", 2nd floor', ""]),
      Summary: random.chance(50) ? "" : random.pick(SENTENCES),
      About: about(),
      Owner: random.pick(parties.owners),
    };
  });
  const notes = Array.from(
    { length: 140 },
    (_, at): Row => ({
      NoteId: `N${at + 1}`,
      Title: random.chance(30) ? "" : `Note ${at + 1}`,
      Body: `${random.pick(SENTENCES)}\n\n${random.pick(SENTENCES)}`,
      About: about(),
      Author: random.pick(parties.owners),
      WrittenAt: moment(random.below(1000), random.below(600)),
    }),
  );
  const files = Array.from({ length: 50 }, (_, at): Row => {
    const type = random.pick([
      ["pdf", "application/pdf"],
      ["docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
      ["png", "image/png"],
    ] as const);
    return {
      FileId: `F${at + 1}`,
      FileName: `${random.pick(["contract", "Angebot", "báo giá", "見積書", "photo 📷"])} ${at + 1}.${type[0]}`,
      MimeType: type[1],
      Bytes: 1000 + random.below(4_000_000),
      Link: `https://files.acme.example/${at + 1}.${type[0]}`,
      About: about(),
      Owner: random.pick(parties.owners),
      UploadedAt: moment(random.below(1000), random.below(600)),
    };
  });
  return {
    files: new Map([
      ["cases.csv", csv(tickets.rows)],
      ["campaign_members.csv", csv(members(random, parties, sales))],
      ["tasks.csv", csv(tasks)],
      ["events.csv", csv(events)],
      ["notes.csv", csv(notes)],
      ["files.csv", csv(files)],
    ]),
  };
}
