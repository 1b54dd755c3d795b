/** A CRM as CSV files with everything that a run has to hold back, defer, merge or reject; seeded, of any size. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../helpers/context.ts";

export interface CrmSize {
  /** Contacts; the other objects are in proportion: records in all are about twice as many. */
  readonly contacts: number;
  readonly seed?: number;
}

const quote = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const lines = (header: string, rows: readonly (readonly string[])[]): string =>
  `${[header, ...rows.map((row) => row.map(quote).join(","))].join("\n")}\n`;

/** Writes `<dir>/data/*.csv`. The same size and seed give the same bytes. */
export function writeCrmFiles(dir: string, { contacts, seed = 7 }: CrmSize): void {
  const random = seededRandom(seed);
  const pick = (count: number): number => Math.floor(random() * count);
  const chance = (share: number): boolean => random() < share;
  const date = (from: number): string =>
    new Date(Date.UTC(from + pick(5), pick(12), 1 + pick(28))).toISOString().slice(0, 10);
  const users = 40;
  const accounts = Math.ceil(contacts / 5);
  const deals = Math.ceil(contacts / 2.5);
  const tasks = Math.ceil(contacts / 2.5);
  const email = (user: number): string => `user${user}@crm.example`;

  const data = join(dir, "data");
  mkdirSync(data, { recursive: true });
  const write = (name: string, header: string, rows: readonly (readonly string[])[]): void =>
    writeFileSync(join(data, `${name}.csv`), lines(header, rows));

  // everybody's boss stands further down
  write(
    "users",
    "Id,Name,Email,Boss",
    Array.from({ length: users }, (_, i) => [
      `U${i}`,
      `User ${i}`,
      email(i),
      i < users - 1 ? `U${i + 1 + pick(users - 1 - i)}` : "",
    ]),
  );

  // children before parents, several levels deep; pairs that own each other; parents that do not exist
  write(
    "accounts",
    "Id,Name,Parent,MainContact,Revenue,Currency,Street,Owner,Created,Loyalty",
    Array.from({ length: accounts }, (_, i) => {
      let parent = "";
      if (i % 500 === 100) parent = `A${i + 1}`;
      else if (i % 500 === 101) parent = `A${i - 1}`;
      else if (i % 400 === 50) parent = "A-nowhere";
      else if (chance(0.4) && i < accounts - 1) parent = `A${i + 1 + pick(Math.min(accounts - 1 - i, 300))}`;
      return [
        `A${i}`,
        i % 90 === 5 ? `Company "${i}", Ltd.` : `Company ${i}`,
        parent,
        chance(0.5) ? `C${pick(contacts)}` : "",
        chance(0.8) ? `${pick(9_000_000)}.${10 + pick(90)}` : "",
        ["EUR", "USD", "CZK"][pick(3)]!,
        i % 7 === 0 ? `Main street ${i}\nback yard` : `Main street ${i}`,
        email(pick(users)),
        `${date(2015)}T10:20:30Z`,
        String(i).padStart(8, "0"),
      ];
    }),
  );

  const people: string[][] = [];
  for (let i = 0; i < contacts; i++) {
    const row = [
      `C${i}`,
      `First${i % 500}`,
      `Last${i}`,
      i % 700 === 300 ? "not an address" : `c${i}@mail.example`,
      i % 800 === 400 ? "A-nowhere" : chance(0.9) ? `A${pick(accounts)}` : "",
      chance(0.2) && i < contacts - 1 ? `C${i + 1 + pick(Math.min(contacts - 1 - i, 2000))}` : "",
      i % 900 === 450 ? "1980-02-31" : date(1960),
      email(pick(users)),
      i % 11 === 0 ? `says "hello"\nthen =SUM(A1) and é 漢字` : "",
      chance(0.02) ? "1" : "0",
    ];
    people.push(row);
    // exported a second time, later: the last one counts
    if (i % 250 === 20) people.push([...row.slice(0, 1), `Renamed${i}`, ...row.slice(2)]);
  }
  write("contacts", "Id,First,Last,Email,Account,ReportsTo,Birthday,Owner,Remarks,Deleted", people);

  // nothing of them has to be looked for in the target: a first fill may take a shorter way
  write(
    "cases",
    "No,Subject,Account,Contact,Status,Owner,Opened",
    Array.from({ length: deals }, (_, i) => [
      i % 800 === 90 ? `K${i - 1}` : `K${i}`,
      `Case ${i}`,
      i % 300 === 17 ? "A-nowhere" : chance(0.9) ? `A${pick(accounts)}` : "",
      i % 500 === 9 ? "C-nowhere" : chance(0.5) ? `C${pick(contacts)}` : "",
      ["new", "closed"][pick(2)]!,
      email(pick(users)),
      chance(0.9) ? `${date(2019)}T08:00:00Z` : "",
    ]),
  );

  const stages = ["prospecting", "qualification", "proposal", "negotiation", "Won", "Lost"];
  const sales: string[][] = [];
  for (let i = 0; i < deals; i++) {
    const row = [
      `D${i}`,
      `Deal ${i}`,
      chance(0.95) ? `A${pick(accounts)}` : "",
      chance(0.7) ? `C${pick(contacts)}` : "",
      i % 600 === 200 ? "Woon" : stages[pick(stages.length)]!,
      i % 650 === 100 ? "=12 thousand" : `${pick(100_000)}.50`,
      ["EUR", "USD"][pick(2)]!,
      date(2020),
      Array.from({ length: pick(3) }, () => `C${pick(contacts)}`).join(";"),
      email(pick(users)),
    ];
    sales.push(row);
    if (i % 450 === 30) sales.push(row);
  }
  write("deals", "Id,Name,Account,Contact,Stage,Amount,Currency,Closing,Stakeholders,Owner", sales);

  write(
    "tasks",
    "Id,Subject,About,Status,Due,Owner",
    Array.from({ length: tasks }, (_, i) => [
      `T${i}`,
      i % 750 === 40 ? "" : `Call ${i}`,
      [`A${pick(accounts)}`, `C${pick(contacts)}`, `D${pick(deals)}`, "X-nowhere", ""][i % 97 === 0 ? 3 : pick(5) % 5]!,
      ["not_started", "completed"][pick(2)]!,
      date(2021),
      email(pick(users)),
    ]),
  );
}

const MAPPINGS: Readonly<Record<string, string>> = {
  user: `object: user
source: users
key: Id
fields:
  name: Name
  email: Email
  manager_id: { from: Boss, lookup: user }
`,
  account: `object: account
source: accounts
key: Id
fields:
  name: Name
  parent_id: { from: Parent, lookup: account, missing: null }
  primary_contact_id: { from: MainContact, lookup: contact, missing: null }
  annual_revenue: { from: Revenue, type: currency, currency: Currency }
  billing_street: Street
  owner_id: { from: Owner, owner: true }
  created_at: Created
  custom.loyalty: { from: Loyalty, type: text }
`,
  contact: `object: contact
source: contacts
key: Id
filter: "Deleted != 1"
duplicates: last
fields:
  first_name: First
  last_name: Last
  email: Email
  account_id: { from: Account, lookup: account }
  reports_to_id: { from: ReportsTo, lookup: contact, missing: null }
  birthdate: Birthday
  description: Remarks
  owner_id: { from: Owner, owner: true }
`,
  opportunity: `object: opportunity
source: deals
key: Id
fields:
  name: Name
  account_id: { from: Account, lookup: account }
  primary_contact_id: { from: Contact, lookup: contact, missing: null }
  stage: { from: Stage, picklist: opportunity_stage }
  amount: { from: Amount, type: currency, currency: Currency }
  close_date: Closing
  owner_id: { from: Owner, owner: true }
associations:
  - { to: contact, from: Stakeholders, separator: ";", label: { value: stakeholder } }
picklists:
  opportunity_stage:
    values: { Won: closed_won, Lost: closed_lost }
    unmapped: reject
`,
  case: `object: case
source: cases
key: "No"
fields:
  case_number: "No"
  subject: Subject
  account_id: { from: Account, lookup: account }
  contact_id: { from: Contact, lookup: contact, missing: null }
  status: Status
  owner_id: { from: Owner, owner: true }
  created_at: Opened
`,
  task: `object: task
source: tasks
key: Id
fields:
  subject: { from: Subject, required: true }
  status: Status
  due_date: Due
  related_id: { from: About, lookup: [account, opportunity, contact], typeInto: related_type, missing: null }
  owner_id: { from: Owner, owner: true }
`,
};

export interface CrmConfig {
  /** Share of rejects above which the run is not clean. */
  readonly rejects?: number;
  /** Added to migration.yaml. */
  readonly more?: string;
}

/** Writes `<dir>/migration.yaml` and its mappings; the target is `DATABASE_URL`, schema crm. */
export function writeCrmConfig(dir: string, { rejects = 0.05, more = "" }: CrmConfig = {}): void {
  mkdirSync(join(dir, "mappings"), { recursive: true });
  writeFileSync(
    join(dir, "migration.yaml"),
    `version: 1
name: crm
source: { connector: csv, files: ./data, dates: ymd }
target: { connector: postgres, url: "\${DATABASE_URL:-}", schema: crm, model: hotcrm }
mappings: ./mappings
owners: ./owners.yaml
limits: { rejects: ${rejects} }
reconcile: { tolerance: 0, spotChecks: 10 }
${more}`,
  );
  writeFileSync(join(dir, "owners.yaml"), "match: email\nunmatched: stop\n");
  for (const [name, text] of Object.entries(MAPPINGS)) writeFileSync(join(dir, "mappings", `${name}.yaml`), text);
}
