/** Pairs of the portal's records compared with the rows of `association`: every pair, every label, from the portal itself. */
import type pg from "pg";
import { table } from "../../core/store/quote.ts";
import type { Portal } from "../sim/hubspot/index.ts";
import { external, MIGRATION, records, SCHEMA } from "./truth-values.ts";

/** Pairs of types whose associations are read from this side: all of them, with a label or without. */
const PAIRS = [
  "companies companies",
  "contacts companies",
  "contacts contacts",
  "deals companies",
  "deals contacts",
  "deals deals",
  "deals tickets",
  "leads companies",
  "leads contacts",
  "leads deals",
  "quotes companies",
  "quotes contacts",
  "tickets companies",
  "tickets contacts",
  "tickets tickets",
];
/** Those of custom objects, as `migrate init` finds them. */
const OWN_PAIRS = [
  "car contacts",
  "car companies",
  "car service_visit",
  "service_visit contacts",
  "service_visit tickets",
];

/** Pairs of types that are read from this side, too, for their labels. */
const LABELLED = [
  "companies contacts",
  "companies deals",
  "companies leads",
  "companies quotes",
  "companies tickets",
  "contacts deals",
  "contacts leads",
  "contacts quotes",
  "contacts tickets",
  "tickets deals",
];
const OWN_LABELLED = [
  "contacts car",
  "companies car",
  "service_visit car",
  "contacts service_visit",
  "tickets service_visit",
];

const OBJECTS: Readonly<Record<string, string>> = {
  companies: "account",
  contacts: "contact",
  deals: "opportunity",
  tickets: "case",
  leads: "lead",
  quotes: "quote",
  calls: "event",
  meetings: "event",
  emails: "task",
  tasks: "task",
  communications: "task",
  postal_mail: "task",
  notes: "note",
  car: "cars",
  service_visit: "service_visits",
};
const ACTIVITIES = ["calls", "meetings", "emails", "tasks", "communications", "postal_mail", "notes"];
const ABOUT = ["contacts", "companies", "deals", "tickets", "leads"];

/** `object from>object to label primary type category id`, one line for each row that there should be. */
function* expectedRows(portal: Portal, custom: boolean): Generator<string> {
  const pairs = [...PAIRS, ...(custom ? OWN_PAIRS : [])].map((pair) => ({ pair, labelled: false }));
  const others = [...LABELLED, ...(custom ? OWN_LABELLED : [])].map((pair) => ({ pair, labelled: true }));
  for (const { pair, labelled } of [...pairs, ...others]) {
    const [from = "", to = ""] = pair.split(" ");
    const [type, other] = [portal.type(from)!, portal.type(to)!];
    for (const { id } of records(portal, from)) {
      for (const { toId, types } of portal.associations(type, id, other) ?? []) {
        const builtIn = types.filter(({ category, label }) => category === "HUBSPOT_DEFINED" && label === "Primary");
        const labels = types.filter((each) => each.label !== null && !builtIn.includes(each));
        const told = labels.length > 0 || labelled ? labels : types.filter(({ label }) => label === null);
        // a type that comes twice is one
        const rows = new Map(told.map((each) => [each.typeId, each]));
        for (const { typeId, label, category } of rows.values()) {
          const line = [label, builtIn.length > 0, typeId, category, `${id}:${toId}:${typeId}`];
          yield `${OBJECTS[from]} ${MIGRATION}${from === "leads" ? "/leads" : ""} ${id}>${OBJECTS[to]} ${toId} ${line.join(" ")}`;
        }
      }
    }
  }
  for (const from of ACTIVITIES) {
    const type = portal.type(from)!;
    const source = from === "notes" ? MIGRATION : `${MIGRATION}/${from}`;
    for (const { id } of records(portal, from)) {
      for (const to of ABOUT) {
        for (const { toId } of portal.associations(type, id, portal.type(to)!) ?? [])
          yield `${OBJECTS[from]} ${source} ${id}>${OBJECTS[to]} ${toId}  false   `;
      }
    }
  }
}

/** Compares all pairs; returns how many rows there should be. */
export async function associationDifferences(
  client: pg.Client,
  portal: Portal,
  custom: boolean,
  found: string[],
): Promise<number> {
  const ends = [...new Set(Object.values(OBJECTS))].filter(
    (name) => custom || !["cars", "service_visits"].includes(name),
  );
  const end = (side: "from" | "to", what: (name: string) => string) =>
    `case t.${side}_object ${ends.map((name) => `when '${name}' then ${what(name)}`).join(" ")} end`;
  const sourceOfFrom = (name: string) =>
    `(select x.external_source from ${table(SCHEMA, name)} x where x.id = t.from_id)`;
  const { rows } = await client.query<{ row: string }>(
    `select format('%s %s %s>%s %s %s %s %s %s %s', t.from_object, ${end("from", sourceOfFrom)}, ${end("from", (name) => external(name, "t.from_id"))},
       t.to_object, ${end("to", (name) => external(name, "t.to_id"))}, t.label, coalesce(t.is_primary, false)::text,
       t.custom->>'type_id', t.custom->>'category', t.external_id) as row from ${table(SCHEMA, "association")} t`,
  );
  const count = new Map<string, number>();
  let expected = 0;
  for (const line of expectedRows(portal, custom)) {
    expected++;
    count.set(line, (count.get(line) ?? 0) + 1);
  }
  for (const { row } of rows) {
    const left = (count.get(row) ?? 0) - 1;
    if (left === 0) count.delete(row);
    else count.set(row, left);
  }
  const off = [...count].map(([line, times]) => `${times > 0 ? "missing" : "too many"}: ${line}`);
  if (off.length > 0)
    found.push(`associations: ${off.length} differences`, ...off.slice(0, 8).map((line) => `  ${line}`));
  return expected;
}
