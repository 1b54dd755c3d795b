/** Damage done to a target behind the proof's back, and where the proof must find it. */

/** A small company with one of every kind of value, reference and link. */
export const MODEL = `version: 1
name: own
order: [user, account, contact, deal, deal_line, task, file, association]
objects:
  user:
    fields: { name: text, email: email, is_active: boolean }
  account:
    fields:
      name: text
      website: url
      parent_id: { type: reference, lookup: account }
      owner_id: owner
      main_contact_id: { type: reference, lookup: contact }
      revenue: currency
      currency: text
      employees: integer
  contact:
    fields:
      name: text
      email: email
      phone: phone
      notes: text
      account_id: { type: reference, lookup: account }
      birthdate: date
      last_seen: datetime
      opted_out: boolean
      interests: multipicklist
      profile: json
      weight: decimal
      discount: percent
  deal:
    fields:
      name: text
      stage: { type: picklist, options: [open, won, lost] }
      amount: currency
      currency: text
      close_date: date
      owner_id: owner
      account_id: { type: reference, lookup: account }
  deal_line:
    fields: { name: text, deal_id: { type: reference, lookup: deal }, quantity: decimal }
  task:
    fields:
      subject: text
      about_type: text
      about_id: { type: reference, lookup: [account, contact, deal], typeField: about_type }
  file:
    fields: { name: text, deal_id: { type: reference, lookup: deal } }
  association:
    identity: [from_object, from_id, to_object, to_id, label]
    fields:
      from_object: { type: text, required: true }
      from_id: { type: reference, required: true, typeField: from_object, lookup: [user, account, contact, deal, task] }
      to_object: { type: text, required: true }
      to_id: { type: reference, required: true, typeField: to_object, lookup: [user, account, contact, deal, task] }
      label: text
      is_primary: boolean
`;

export const FILES = {
  "users.csv": "Id,Name,Email\nU1,Ann,ann@x.example\nU2,Bob,bob@x.example\n",
  "accounts.csv": `Id,Name,Web,Parent,Owner,Contact,Revenue,Currency,Staff,Region,Score
A1,Acme,https://acme.example,,ann@x.example,C1,1000.50,EUR,10,north,7.25
A2,Acme West,https://west.example,A1,bob@x.example,C2,2000.25,USD,20,south,3
A3,Müller,,,ann@x.example,,,,,,
A4,Delta,,A2,bob@x.example,,300,EUR,30,north,1
`,
  "contacts.csv": `Id,Name,Mail,Phone,Notes,Account,Born,Seen,Out,Likes,Profile,Weight,Discount,Created
C1,Chloé Martin,chloe@x.example,+49 30 1234,"Likes tea, and long talks about the weather",A1,1980-05-17,2024-03-31T10:15:00Z,false,golf;tea;chess,"{""level"": 3, ""tags"": [""a"", ""b""]}",12.125,15,2020-01-02T03:04:05Z
C2,Bob Smith,Bob@x.example,+49 30 5678,,A2,1975-12-31,2024-06-01T23:30:00Z,true,tea,"{""level"": 5}",80.5,20,2020-02-02T03:04:05Z
C3,Nguyễn,,,short,A1,,,,,,,,2020-03-02T03:04:05Z
C4,Dan Ray,dan@x.example,,  padded note ,,1990-01-01,,false,,,70.25,5,2020-04-02T03:04:05Z
`,
  "deals.csv": `Id,Name,Stage,Amount,Currency,Close,Owner,Account,People,Roles
D1,One,Won,100.10,EUR,2024-01-31,ann@x.example,A1,C1;C2,Buyer;User
D2,Two,Open,250.00,EUR,2024-02-28,bob@x.example,A2,C2,Buyer
D3,Three,Lost,-75.25,USD,2024-02-29,ann@x.example,A1,,
D4,Four,Open,900.00,USD,2024-03-15,bob@x.example,,C3,
`,
  "lines.csv": "Id,Name,Deal,Quantity\nL1,Tea,D1,2\nL2,Cups,D1,6\nL3,Pot,D2,1.5\n",
  "tasks.csv": "Id,Subject,About\nT1,Call,A1\nT2,Write,C1\nT3,Meet,D1\n",
  "files.csv": "Id,Name,Deal\nF1,offer.pdf,D1\nF2,terms.pdf,\n",
};

export const MAPPINGS = {
  user: "object: user\nsource: users.csv\nkey: Id\nfields: { name: Name, email: Email }\n",
  account: `
    object: account
    source: accounts.csv
    key: Id
    fields:
      name: Name
      website: Web
      parent_id: { from: Parent, lookup: account }
      owner_id: { from: Owner, owner: true }
      main_contact_id: { from: Contact, lookup: contact }
      revenue: { from: Revenue, currency: Currency }
      currency: Currency
      employees: Staff
      region: { from: Region, type: text }
      score: { from: Score, type: decimal }
  `,
  contact: `
    object: contact
    source: contacts.csv
    key: Id
    fields:
      name: Name
      email: Mail
      phone: Phone
      notes: Notes
      account_id: { from: Account, lookup: account }
      birthdate: Born
      last_seen: Seen
      opted_out: Out
      interests: Likes
      profile: Profile
      weight: Weight
      discount: Discount
      created_at: Created
  `,
  deal: `
    object: deal
    source: deals.csv
    key: Id
    fields:
      name: Name
      stage: Stage
      amount: { from: Amount, currency: Currency }
      currency: Currency
      close_date: Close
      owner_id: { from: Owner, owner: true }
      account_id: { from: Account, lookup: account }
    associations:
      - { to: contact, from: People, label: Roles, separator: ";", primary: true }
  `,
  line: "object: deal_line\nsource: lines.csv\nkey: Id\nfields: { name: Name, deal_id: { from: Deal, lookup: deal }, quantity: Quantity }\n",
  task: "object: task\nsource: tasks.csv\nkey: Id\nfields: { subject: Subject, about_id: { from: About, lookup: [account, contact, deal], typeInto: about_type } }\n",
  file: "object: file\nsource: files.csv\nkey: Id\nfields: { name: Name, deal_id: { from: Deal, lookup: deal } }\n",
};

export interface Damage {
  readonly name: string;
  /** Statements; `{A1}` is the id of the row with that external id. */
  readonly sql: string;
  readonly object: string;
  /** Records that must be named. */
  readonly keys: readonly string[];
  /** null: the record as a whole; `association to contact`: its links. */
  readonly field: string | null;
  /** Levels that promise to find it. */
  readonly levels: readonly (1 | 2 | 3 | 4)[];
  /** Further objects that are not proven either. */
  readonly also?: readonly string[];
  /** Not done together with others. */
  readonly alone?: boolean;
}

const ACCOUNT = (set: string, key: string): string => `update crm.account set ${set} where external_id = '${key}'`;
const CONTACT = (set: string, key: string): string => `update crm.contact set ${set} where external_id = '${key}'`;
const DEAL = (set: string, key: string): string => `update crm.deal set ${set} where external_id = '${key}'`;
const LINK = "from_object = 'deal' and from_id = {D1} and to_id = {C2}";

/** Values that two rows of a table have swapped: every sum, count and extreme stays. */
const swapped = (table: string, column: string, one: string, two: string): string =>
  `update crm.${table} a set ${column} = b.${column} from crm.${table} b
    where (a.external_id, b.external_id) in (('${one}', '${two}'), ('${two}', '${one}'))`;

export const DAMAGES: readonly Damage[] = [
  {
    name: "row deleted",
    sql: "delete from crm.deal_line where external_id = 'L2'",
    object: "deal_line",
    keys: ["L2"],
    field: null,
    levels: [1, 4],
  },
  {
    name: "value swapped between two rows",
    sql: swapped("contact", "weight", "C1", "C2"),
    object: "contact",
    keys: ["C1", "C2"],
    field: "weight",
    levels: [4],
  },
  {
    name: "owner swapped between two rows",
    sql: swapped("deal", "owner_id", "D1", "D2"),
    object: "deal",
    keys: ["D1", "D2"],
    field: "owner_id",
    levels: [2, 4],
    alone: true,
  },
  {
    name: "amount swapped between two stages",
    sql: swapped("deal", "amount", "D1", "D2"),
    object: "deal",
    keys: ["D1", "D2"],
    field: "amount",
    levels: [2, 4],
  },
  {
    name: "decimal rounded",
    sql: CONTACT("weight = round(weight, 2)", "C1"),
    object: "contact",
    keys: ["C1"],
    field: "weight",
    levels: [2, 4],
  },
  {
    name: "time zone shifted",
    sql: CONTACT("last_seen = last_seen + interval '2 hours'", "C2"),
    object: "contact",
    keys: ["C2"],
    field: "last_seen",
    levels: [2, 4],
  },
  {
    name: "date moved by a day",
    sql: DEAL("close_date = close_date + 1", "D3"),
    object: "deal",
    keys: ["D3"],
    field: "close_date",
    levels: [2, 4],
  },
  {
    name: "day and month exchanged",
    sql: CONTACT("birthdate = '1990-01-10'", "C4"),
    object: "contact",
    keys: ["C4"],
    field: "birthdate",
    levels: [2, 4],
  },
  {
    name: "created_at set to the time of the load",
    sql: CONTACT("created_at = now()", "C3"),
    object: "contact",
    keys: ["C3"],
    field: "created_at",
    levels: [2, 4],
  },
  {
    name: "reference moved",
    sql: CONTACT("account_id = {A3}", "C1"),
    object: "contact",
    keys: ["C1"],
    field: "account_id",
    levels: [3, 4],
  },
  {
    name: "reference emptied",
    sql: CONTACT("account_id = null", "C2"),
    object: "contact",
    keys: ["C2"],
    field: "account_id",
    levels: [3, 4],
  },
  {
    name: "reference where the source has none",
    sql: DEAL("account_id = {A1}", "D4"),
    object: "deal",
    keys: ["D4"],
    field: "account_id",
    levels: [3, 4],
  },
  {
    name: "reference to another object",
    sql: "update crm.task set about_type = 'deal' where external_id = 'T2'",
    object: "task",
    keys: ["T2"],
    field: "about_id",
    levels: [3, 4],
  },
  {
    name: "deferred reference lost",
    sql: ACCOUNT("main_contact_id = null", "A2"),
    object: "account",
    keys: ["A2"],
    field: "main_contact_id",
    levels: [3, 4],
  },
  {
    name: "loop of parents",
    sql: ACCOUNT("parent_id = {A4}", "A1"),
    object: "account",
    keys: ["A1"],
    field: "parent_id",
    levels: [3, 4],
  },
  {
    name: "lines re-pointed",
    sql: "update crm.deal_line set deal_id = {D2} where external_id in ('L1', 'L2')",
    object: "deal_line",
    keys: ["L1", "L2"],
    field: "deal_id",
    levels: [3, 4],
  },
  {
    name: "link of a file lost",
    sql: "update crm.file set deal_id = null where external_id = 'F1'",
    object: "file",
    keys: ["F1"],
    field: "deal_id",
    levels: [3, 4],
  },
  {
    name: "label lost",
    sql: `update crm.association set label = null where ${LINK}`,
    object: "deal",
    keys: ["D1"],
    field: "association to contact",
    levels: [3, 4],
  },
  {
    name: "label changed",
    sql: `update crm.association set label = 'Boss' where ${LINK}`,
    object: "deal",
    keys: ["D1"],
    field: "association to contact",
    levels: [3, 4],
  },
  {
    name: "primary mark lost",
    sql: `update crm.association set is_primary = false where ${LINK}`,
    object: "deal",
    keys: ["D1"],
    field: "association to contact",
    levels: [3, 4],
  },
  {
    name: "association added",
    sql: "insert into crm.association (from_object, from_id, to_object, to_id, is_primary) values ('deal', {D3}, 'contact', {C1}, false)",
    object: "deal",
    keys: ["D3"],
    field: "association to contact",
    levels: [3, 4],
  },
  {
    name: "association removed",
    sql: `delete from crm.association where ${LINK}`,
    object: "deal",
    keys: ["D1"],
    field: "association to contact",
    levels: [3, 4],
  },
  {
    name: "picklist changed",
    sql: DEAL("stage = 'won'", "D2"),
    object: "deal",
    keys: ["D2"],
    field: "stage",
    levels: [2, 4],
  },
  {
    name: "duplicate added",
    sql: "insert into crm.contact (external_source, external_id, name, email) select external_source, 'C1-copy', name, email from crm.contact where external_id = 'C1'",
    object: "contact",
    keys: ["C1-copy"],
    field: null,
    levels: [1, 4],
  },
  {
    name: "row of nobody under our name",
    sql: "insert into crm.account (external_source, name) values ('{source}', 'Ghost')",
    object: "account",
    keys: [],
    field: null,
    levels: [1, 4],
  },
  {
    name: "currency changed",
    sql: DEAL("currency = 'USD'", "D1"),
    object: "deal",
    keys: ["D1"],
    field: "currency",
    levels: [2, 4],
  },
  {
    name: "text cut",
    sql: CONTACT("notes = left(notes, 20)", "C1"),
    object: "contact",
    keys: ["C1"],
    field: "notes",
    levels: [2, 4],
  },
  {
    name: "blank at the end",
    sql: CONTACT("notes = notes || ' '", "C3"),
    object: "contact",
    keys: ["C3"],
    field: "notes",
    levels: [2, 4],
  },
  {
    name: "case changed",
    sql: CONTACT("name = upper(name)", "C2"),
    object: "contact",
    keys: ["C2"],
    field: "name",
    levels: [2, 4],
  },
  {
    name: "letters composed another way",
    sql: CONTACT("name = normalize(name, NFD)", "C1"),
    object: "contact",
    keys: ["C1"],
    field: "name",
    levels: [2, 4],
  },
  {
    name: "encoding read wrongly",
    sql: ACCOUNT("name = 'MÃ¼ller'", "A3"),
    object: "account",
    keys: ["A3"],
    field: "name",
    levels: [2, 4],
  },
  {
    name: "empty text where there was none",
    sql: CONTACT("notes = ''", "C2"),
    object: "contact",
    keys: ["C2"],
    field: "notes",
    levels: [2, 4],
  },
  {
    name: "value lost",
    sql: CONTACT("discount = null", "C1"),
    object: "contact",
    keys: ["C1"],
    field: "discount",
    levels: [2, 4],
  },
  {
    name: "yes and no exchanged",
    sql: CONTACT("opted_out = not opted_out", "C2"),
    object: "contact",
    keys: ["C2"],
    field: "opted_out",
    levels: [2, 4],
  },
  {
    name: "no where the source says nothing",
    sql: CONTACT("opted_out = false", "C3"),
    object: "contact",
    keys: ["C3"],
    field: "opted_out",
    levels: [2, 4],
  },
  {
    name: "sign lost",
    sql: DEAL("amount = -amount", "D3"),
    object: "deal",
    keys: ["D3"],
    field: "amount",
    levels: [2, 4],
  },
  {
    name: "a thousand times as much",
    sql: ACCOUNT("revenue = revenue * 1000", "A2"),
    object: "account",
    keys: ["A2"],
    field: "revenue",
    levels: [2, 4],
  },
  {
    name: "percent as a fraction",
    sql: CONTACT("discount = discount / 100", "C2"),
    object: "contact",
    keys: ["C2"],
    field: "discount",
    levels: [2, 4],
  },
  {
    name: "whole number changed",
    sql: ACCOUNT("employees = employees + 1", "A1"),
    object: "account",
    keys: ["A1"],
    field: "employees",
    levels: [2, 4],
  },
  {
    name: "part of an e-mail's case lost",
    sql: CONTACT("email = 'bob@y.example'", "C2"),
    object: "contact",
    keys: ["C2"],
    field: "email",
    levels: [2, 4],
  },
  {
    name: "phone changed",
    sql: CONTACT("phone = replace(phone, '+49', '0')", "C1"),
    object: "contact",
    keys: ["C1"],
    field: "phone",
    levels: [2, 4],
  },
  {
    name: "address of a site changed",
    sql: ACCOUNT("website = 'http://acme.example'", "A1"),
    object: "account",
    keys: ["A1"],
    field: "website",
    levels: [2, 4],
  },
  {
    name: "owner changed",
    sql: DEAL("owner_id = {U2}", "D3"),
    object: "deal",
    keys: ["D3"],
    field: "owner_id",
    levels: [2, 4],
  },
  {
    name: "external id changed",
    sql: CONTACT("external_id = 'C9'", "C4"),
    object: "contact",
    keys: ["C4"],
    field: null,
    levels: [1, 4],
  },
  {
    name: "external ids swapped between two rows",
    sql: "set constraints all deferred; update crm.deal set external_id = 'x' where external_id = 'D1'; update crm.deal set external_id = 'D1' where external_id = 'D2'; update crm.deal set external_id = 'D2' where external_id = 'x'",
    object: "deal",
    keys: ["D1", "D2"],
    field: "amount",
    levels: [4],
    also: ["deal_line", "file", "task"],
    alone: true,
  },
  {
    name: "row given to another source",
    sql: ACCOUNT("external_source = 'other'", "A4"),
    object: "account",
    keys: ["A4"],
    field: null,
    levels: [1, 4],
  },
  {
    name: "custom key dropped",
    sql: ACCOUNT("custom = custom - 'region'", "A2"),
    object: "account",
    keys: ["A2"],
    field: "region",
    levels: [2, 4],
  },
  {
    name: "custom key changed",
    sql: ACCOUNT(`custom = custom || '{"score": 7.5}'`, "A1"),
    object: "account",
    keys: ["A1"],
    field: "score",
    levels: [2, 4],
  },
  {
    name: "custom number as text",
    sql: ACCOUNT(`custom = custom || '{"score": "1"}'`, "A4"),
    object: "account",
    keys: ["A4"],
    field: "score",
    levels: [2, 4],
  },
  {
    name: "element of a list lost",
    sql: CONTACT("interests = array_remove(interests, 'tea')", "C1"),
    object: "contact",
    keys: ["C1"],
    field: "interests",
    levels: [2, 4],
  },
  {
    name: "order of a list changed",
    sql: CONTACT("interests = array['tea', 'golf', 'chess']", "C1"),
    object: "contact",
    keys: ["C1"],
    field: "interests",
    levels: [2, 4],
  },
  {
    name: "JSON changed deep inside",
    sql: CONTACT(`profile = jsonb_set(profile, '{tags,1}', '"c"')`, "C1"),
    object: "contact",
    keys: ["C1"],
    field: "profile",
    levels: [2, 4],
  },
  {
    name: "row overwritten by another one",
    sql: "update crm.contact a set name = b.name, email = b.email, phone = b.phone, notes = b.notes from crm.contact b where a.external_id = 'C4' and b.external_id = 'C1'",
    object: "contact",
    keys: ["C4"],
    field: "name",
    levels: [2, 4],
  },
  {
    name: "date that never comes",
    sql: DEAL("close_date = 'infinity'", "D2"),
    object: "deal",
    keys: ["D2"],
    field: "close_date",
    levels: [2, 4],
  },
  {
    name: "time before all times",
    sql: CONTACT("last_seen = '-infinity'", "C1"),
    object: "contact",
    keys: ["C1"],
    field: "last_seen",
    levels: [2, 4],
  },
  {
    name: "amount that is no number",
    sql: DEAL("amount = 'NaN'", "D2"),
    object: "deal",
    keys: ["D2"],
    field: "amount",
    levels: [2, 4],
  },
];
