/**
 * Writes the benchmark's files: users.csv, accounts.csv and contacts.csv (22 columns, about 490 bytes a row, newlines and
 * quotes in addresses). Deterministic: the same sizes give the same bytes. Streaming: memory does not grow with the size.
 */
import { once } from "node:events";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";

export interface Sizes {
  readonly contacts: number;
  readonly accounts: number;
  readonly users: number;
}

/** The sizes of a benchmark of `contacts` contacts: a tenth as many accounts, 50 users. */
export function sizesFor(contacts: number): Sizes {
  return { contacts, accounts: Math.max(10, Math.floor(contacts / 10)), users: 50 };
}

const FIRST = [
  "Anna",
  "Bora",
  "Chloé",
  "Dmitri",
  "Elif",
  "Františka",
  "Giulia",
  "Hiro",
  "Inés",
  "João",
  "Kirsten",
  "Linh",
  "Mehmet",
  "Nguyễn",
  "Olga",
  "Priya",
];
const LAST = [
  "Müller",
  "Smith",
  "O'Neill",
  "Trần",
  "Novák",
  "García",
  "Kowalski",
  "Tanaka",
  "Øvergård",
  "Rossi",
  "Papadopoulos",
  "Lefèvre",
  "van der Berg",
  "Singh",
];
const CITIES = ["Berlin", "München", "Praha", "Hà Nội", "São Paulo", "New York", "Osaka", "Kraków", "Lyon", "Leeds"];
const COUNTRIES = [
  "Germany",
  "Germany",
  "Czechia",
  "Vietnam",
  "Brazil",
  "United States",
  "Japan",
  "Poland",
  "France",
  "United Kingdom",
];
const STATES = ["BE", "BY", "10", "HN", "SP", "NY", "27", "12", "ARA", "LDS"];
const TITLES = ["CEO", "Head of Sales", "Buyer, EMEA", "Engineer", 'Assistant to the "boss"', "Consultant"];
const SOURCES = ["web", "referral", "event", "webinar", "partner", "advertisement", "social", "other"];
const DEPARTMENTS = ["executive", "sales", "marketing", "engineering", "support", "finance", "hr", "operations"];
const WORDS =
  "renewal of the framework agreement was discussed at length and postponed until the new budget has been approved by both boards".split(
    " ",
  );

/** xorshift32: fast, and the same everywhere. */
function randomOf(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const pad = (value: number, width: number) => String(value).padStart(width, "0");
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
const day = (value: number) => `${1950 + (value % 50)}-${pad(1 + (value % 12), 2)}-${pad(1 + (value % 28), 2)}`;
const moment = (value: number) =>
  `20${pad(10 + (value % 15), 2)}-${pad(1 + (value % 12), 2)}-${pad(1 + (value % 28), 2)}T${pad(value % 24, 2)}:${pad(value % 60, 2)}:${pad(value % 59, 2)}Z`;

async function write(file: string, rows: Iterable<string>): Promise<void> {
  const stream = createWriteStream(file, { highWaterMark: 1 << 22 });
  const parts: string[] = [];
  let size = 0;
  for (const row of rows) {
    parts.push(row);
    size += row.length;
    if (size < 1 << 20) continue;
    if (!stream.write(parts.join(""))) await once(stream, "drain");
    parts.length = 0;
    size = 0;
  }
  stream.end(parts.join(""));
  await finished(stream);
}

function* users(count: number): Iterable<string> {
  yield "Id,Name,Email\n";
  for (let n = 0; n < count; n++) yield `005${pad(n, 9)},User ${n},user${n}@bench.example\n`;
}

function* accounts({ accounts, users }: Sizes): Iterable<string> {
  const random = randomOf(11);
  yield "Id,Name,Phone,Website,AnnualRevenue,NumberOfEmployees,BillingCity,BillingCountry,OwnerEmail\n";
  for (let n = 0; n < accounts; n++) {
    const r = random();
    const place = r % CITIES.length;
    yield `001${pad(n, 12)},"Company ${n}, ${CITIES[place]}",+49 30 ${pad(r % 10_000_000, 7)},https://company${n}.example,${r % 90_000_000}.${pad(r % 100, 2)},${r % 50_000},${CITIES[place]},${COUNTRIES[place]},user${r % users}@bench.example\n`;
  }
}

function* contacts({ contacts, accounts, users }: Sizes): Iterable<string> {
  const random = randomOf(7);
  yield "Id,FirstName,LastName,Salutation,Email,Phone,MobilePhone,Title,Department,MailingStreet,MailingCity,MailingState,MailingPostalCode,MailingCountry,LeadSource,DoNotCall,HasOptedOutOfEmail,Birthdate,LastContacted,Description,AccountId,OwnerEmail\n";
  for (let n = 0; n < contacts; n++) {
    const r = random();
    const s = random();
    const place = s % CITIES.length;
    const street = `${1 + (r % 400)} "${LAST[s % LAST.length]}" Street\nBuilding ${r % 90}, Floor ${s % 30}`;
    const words: string[] = [];
    for (let w = 0; w < 34; w++) words.push(WORDS[(r + w * (1 + (s % 7))) % WORDS.length]!);
    yield `003${pad(n, 12)},${FIRST[r % FIRST.length]},${LAST[s % LAST.length]},${r % 2 === 0 ? "mr" : "ms"},contact${n}@company${r % accounts}.example,+49 30 ${pad(r % 10_000_000, 7)},${s % 3 === 0 ? "" : `+49 170 ${pad(s % 10_000_000, 7)}`},${quoted(TITLES[r % TITLES.length]!)},${DEPARTMENTS[s % DEPARTMENTS.length]},${quoted(street)},${CITIES[place]},${STATES[place]},${pad(s % 100_000, 5)},${COUNTRIES[place]},${SOURCES[r % SOURCES.length]},${r % 5 === 0},${s % 9 === 0},${day(r)},${moment(s)},${quoted(`${words.join(" ")}; "${n}"`)},001${pad(r % accounts, 12)},user${s % users}@bench.example\n`;
  }
}

/** Writes the three files into `folder`. */
export async function generate(folder: string, sizes: Sizes): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await write(join(folder, "users.csv"), users(sizes.users));
  await write(join(folder, "accounts.csv"), accounts(sizes));
  await write(join(folder, "contacts.csv"), contacts(sizes));
}
