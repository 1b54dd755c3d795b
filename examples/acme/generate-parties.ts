/** Users, products, accounts, contacts, leads. */
import { csv, type Dice, date, id, moment, money, type Row } from "./tools.ts";
import { COMPANY, FAMILY, GIVEN, JOBS, PLACES, type Place, SECTORS, SENTENCES, SUFFIX } from "./words.ts";

export interface Product {
  readonly code: string;
  /** Whole units of 100 minor units, per currency. */
  readonly price: number;
}
export interface Party {
  readonly id: string;
  readonly place: Place;
}
export interface Person extends Party {
  readonly account: string | null;
  readonly mail: string;
  readonly name: string;
}

/** What later files may refer to: records that a clean migration loads. */
export interface Parties {
  readonly files: ReadonlyMap<string, string>;
  /** E-mail addresses as they stand in owner columns. */
  readonly owners: readonly string[];
  readonly products: readonly Product[];
  readonly accounts: readonly Party[];
  readonly contacts: readonly Person[];
  readonly leads: readonly string[];
}

const SOURCES = ["Web", "Word of mouth", "Trade fair", "Webinar", "Partner", "Advert", "Cold call", ""] as const;
const ascii = (text: string) =>
  text
    .normalize("NFD")
    .replace(/[^a-zA-Z]/g, "")
    .toLowerCase();

function users(random: Dice): { rows: Row[]; owners: string[] } {
  const teams = ["Sales EMEA", "Sales AMER", "Sales APAC", "Support", "Marketing"];
  const rows: Row[] = [];
  const owners: string[] = [];
  for (let n = 1; n <= 36; n++) {
    const given = GIVEN[(n * 7) % GIVEN.length]!;
    const family = FAMILY[(n * 5) % FAMILY.length]!;
    const mail = `${ascii(given) || "user"}.${ascii(family) || "acme"}${n}@acme.example`;
    const left = n % 9 === 0;
    rows.push({
      UserId: id("USR", n),
      FirstName: given,
      LastName: family,
      Email: mail,
      JobTitle: random.pick(["Account Executive", "Sales Manager", "Support Agent", "Marketing Manager"]),
      Team: teams[n % teams.length]!,
      // the boss of user 1 stands further down in the file
      ReportsTo: n === 1 ? id("USR", 20) : n === 20 ? "" : id("USR", n < 20 ? 1 : 20),
      Active: left ? "no" : "yes",
    });
    owners.push(mail);
  }
  // two who are in no user file any more: owners.yaml says who took over
  owners.push("gone.forever@acme.example", "old.rep@acme-legacy.example");
  return { rows, owners };
}

function products(random: Dice, owners: readonly string[]): { rows: Row[]; products: Product[] } {
  const families = ["Licence", "Device", "Service", "Subscription", "Support plan"];
  const list: Product[] = [];
  const rows = Array.from({ length: 48 }, (_, at): Row => {
    const code = `SKU-${String(at + 1).padStart(4, "0")}`;
    const price = 5 + random.below(240) * 5;
    list.push({ code, price });
    return {
      ProductCode: code,
      ProductName: `${random.pick(["Basic", "Plus", "Pro", "Ultra 🚀", "Mini", "Señor"])} ${random.pick(["Router", "Suite", "Care", "Cloud", "Training"])} ${at + 1}`,
      Family: families[at % families.length]!,
      About: random.chance(30) ? "" : random.pick(SENTENCES),
      ListPrice: money(price * 100, "EUR"),
      Cost: money(price * 55, "EUR"),
      Currency: "EUR",
      Sold: at % 8 === 7 ? "0" : "1",
      Manager: random.chance(40) ? owners[random.below(30)]! : "",
    };
  });
  return { rows, products: list };
}

/** Accounts with parents several levels deep, two of them each other's parent, in shuffled order. */
function accounts(
  random: Dice,
  owners: readonly string[],
): { rows: Row[]; accounts: Party[]; mainContactOf: (at: number) => string } {
  const count = 500;
  const list: Party[] = [];
  const mainContactOf = (at: number) => (at % 3 === 0 ? id("CON", at + 1) : "");
  const rows = Array.from({ length: count }, (_, at): Row => {
    const place = random.pick(PLACES);
    list.push({ id: id("ACC", at + 1), place });
    const name = `${COMPANY[at % COMPANY.length]} ${place.city} ${SUFFIX[(at * 3) % SUFFIX.length]}${at >= 240 ? ` ${at}` : ""}`;
    let parent = "";
    if (at === 100) parent = id("ACC", 102);
    else if (at === 101) parent = id("ACC", 101);
    else if (at > 0 && at < 8)
      parent = id("ACC", at); // a chain of eight
    else if (at > 20 && random.chance(22)) parent = id("ACC", 1 + random.below(at));
    const slug = `${ascii(COMPANY[at % COMPANY.length]!) || "company"}${at + 1}`;
    return {
      AccountId: id("ACC", at + 1),
      AccountName: name,
      Kind: random.pick(["Customer", "Customer", "Prospect", "Partner", "Former customer"]),
      Sector: random.pick(SECTORS),
      ParentAccount: parent,
      MainContact: mainContactOf(at),
      Revenue: random.chance(12)
        ? ""
        : money(
            (1000 + random.below(900_000)) * (place.currency === "JPY" ? 1000 : 100) + random.below(100),
            place.currency,
          ),
      Currency: place.currency,
      Employees: random.chance(10) ? "" : 1 + random.below(9000),
      Phone: `${place.dial}${String(1000 + random.below(9000))}`,
      Web: random.chance(15) ? "" : `https://www.${slug}.example`,
      Street: `${1 + random.below(200)} ${random.pick(["Main St", "Hlavní", "Lê Lợi", "شارع الشيخ", "銀座", "Rue de l'Église", '"Old" Road'])}${random.chance(20) ? "\nBuilding B, 3rd floor" : ""}`,
      City: place.city,
      Region: place.region,
      PostCode: place.postcode,
      Country: place.country,
      Loyalty: random.chance(40) ? String(random.below(999_999)).padStart(8, "0") : "",
      Owner: random.pick(owners),
      CreatedAt: moment(random.below(700), random.below(600)),
    };
  });
  return { rows: random.shuffle(rows), accounts: list, mainContactOf };
}

function contacts(
  random: Dice,
  owners: readonly string[],
  accounts: readonly Party[],
): { rows: Row[]; contacts: Person[] } {
  const list: Person[] = [];
  const rows: Row[] = [];
  for (let n = 1; n <= 900; n++) {
    // The first contacts belong to the account of the same number, so that main contacts are at home.
    const account = n <= 500 ? accounts[n - 1]! : random.chance(8) ? null : random.pick(accounts);
    const place = account?.place ?? random.pick(PLACES);
    const given = random.pick(GIVEN);
    const family = random.pick(FAMILY);
    let mail = `${ascii(given) || "c"}.${ascii(family) || "x"}.${n}@${random.pick(["mail", "corp", "inbox"])}.example`;
    let birthday = random.chance(60) ? "" : date(-8000 - random.below(9000));
    let accountId = account?.id ?? "";
    let deleted = "0";
    const broken = n > 880;
    if (n === 881 || n === 882) mail = `${ascii(family) || "x"}.at.nowhere`;
    if (n === 883) birthday = "31.02.1980";
    if (n === 884 || n === 885) accountId = "ACC-99999";
    if (n > 885) deleted = "1"; // in the old system's waste bin: filtered out
    if (!broken) list.push({ id: id("CON", n), place, account: accountId || null, mail, name: `${given} ${family}` });
    rows.push({
      ContactId: id("CON", n),
      Salutation: random.pick(["Mr.", "Ms.", "Dr.", ""]),
      GivenName: given,
      FamilyName: family,
      Mail: n % 50 === 0 ? "" : random.chance(10) ? ` ${mail.toUpperCase()} ` : mail,
      Mail2: n % 50 === 0 ? mail : "",
      Phone: random.chance(20) ? "" : `${place.dial}${String(1000 + random.below(9000))}`,
      Mobile: "",
      JobTitle: random.pick(JOBS),
      Department: random.pick([
        "Management",
        "Sales",
        "Marketing",
        "Engineering",
        "Support",
        "Finance",
        "HR",
        "Operations",
        "",
      ]),
      AccountId: accountId,
      ReportsTo: n > 40 && n <= 880 && random.chance(15) ? id("CON", 1 + random.below(n <= 700 ? n + 100 : n - 1)) : "",
      Street: random.chance(40) ? "" : `${1 + random.below(99)} Station Road`,
      City: place.city,
      PostCode: place.postcode,
      Country: place.country,
      Source: random.pick(SOURCES),
      NoCalls: random.chance(8) ? "yes" : "no",
      NoMail: random.chance(12) ? "yes" : "no",
      Birthday: birthday,
      Owner: random.pick(owners),
      Remarks: random.chance(70) ? "" : random.pick(SENTENCES),
      Deleted: deleted,
    });
  }
  // exported twice after a change: the later row is the right one
  for (const n of [60, 161, 262, 363, 464])
    rows.push({ ...rows[n - 1]!, Mobile: "+420 777 123 456", Remarks: "number changed" });
  return { rows, contacts: list };
}

function leads(
  random: Dice,
  owners: readonly string[],
  accounts: readonly Party[],
  contacts: readonly Person[],
): { rows: Row[]; leads: string[] } {
  const list: string[] = [];
  const rows = Array.from({ length: 350 }, (_, at): Row => {
    const n = at + 1;
    const place = random.pick(PLACES);
    const given = random.pick(GIVEN);
    const family = random.pick(FAMILY);
    const converted = n % 10 === 0;
    const target = converted ? contacts[n]! : null;
    const bad = n > 347;
    if (!bad) list.push(id("LEA", n));
    return {
      LeadId: id("LEA", n),
      Salutation: random.pick(["Mr.", "Ms.", "Dr.", ""]),
      GivenName: given,
      FamilyName: family,
      CompanyName: `${random.pick(COMPANY)} ${random.pick(SUFFIX)}`,
      Mail: n === 348 ? "call me" : `lead${n}@prospect.example`,
      Phone: random.chance(30) ? "" : `${place.dial}${String(1000 + random.below(9000))}`,
      Country: place.country,
      Sector: random.pick(SECTORS),
      Status: converted ? "Converted" : random.pick(["Open", "Open", "Contacted", "Qualified", "Dead"]),
      Source: random.pick(SOURCES),
      Stars: 1 + random.below(5),
      Estimate:
        n === 349 ? "about 5k" : random.chance(30) ? "" : money((1 + random.below(900)) * 10_000, place.currency),
      Currency: place.currency,
      ConvertedAccount: target?.account ?? (converted ? random.pick(accounts).id : ""),
      ConvertedContact: target?.id ?? "",
      ConvertedOn: converted ? moment(400 + random.below(300), random.below(600)) : "",
      NextContact: n === 350 ? "30.30.2023" : random.chance(60) ? "" : date(700 + random.below(300)),
      Owner: random.pick(owners),
      Remarks: random.chance(60) ? "" : random.pick(SENTENCES),
    };
  });
  return { rows, leads: list };
}

export function parties(random: Dice): Parties {
  const staff = users(random);
  const goods = products(random, staff.owners);
  const companies = accounts(random, staff.owners);
  const people = contacts(random, staff.owners, companies.accounts);
  const prospects = leads(random, staff.owners, companies.accounts, people.contacts);
  return {
    files: new Map([
      ["users.csv", csv(staff.rows)],
      ["products.csv", csv(goods.rows)],
      ["accounts.csv", csv(companies.rows, { bom: true })],
      ["contacts.csv", csv(people.rows, { eol: "\r\n" })],
      ["leads.csv", csv(prospects.rows)],
    ]),
    owners: staff.owners,
    products: goods.products,
    accounts: companies.accounts,
    contacts: people.contacts,
    leads: prospects.leads,
  };
}
