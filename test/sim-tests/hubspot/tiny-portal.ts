/** A portal of a few records, all in memory and known by heart: for tests of the server alone. */
import type {
  Association,
  AssociationType,
  ObjectType,
  OwnerRecord,
  Portal,
  PortalRecord,
  Property,
} from "../../sim/hubspot/portal/types.ts";

const type = (name: string, singular: string, id: string, custom = false): ObjectType => ({
  name,
  singular,
  id,
  custom,
  scope: custom ? "crm.objects.custom.read" : `crm.objects.${name}.read`,
  modified: name === "contacts" ? "lastmodifieddate" : "hs_lastmodifieddate",
  created: custom ? "hs_createdate" : "createdate",
});

export const CONTACTS = type("contacts", "contact", "0-1");
export const COMPANIES = type("companies", "company", "0-2");
export const DEALS = type("deals", "deal", "0-3");
export const LINES = type("line_items", "line_item", "0-8");
export const CARS = type("p77_car", "car", "2-123", true);
const TYPES = [CONTACTS, COMPANIES, DEALS, LINES, CARS];

const property = (name: string, kind: string, more: Partial<Property> = {}): Property => ({
  name,
  label: name,
  type: kind,
  fieldType: "text",
  archived: false,
  dataSensitivity: "non_sensitive",
  ...more,
});

const common = (type: ObjectType): Property[] => [
  property("hs_object_id", "number"),
  property(type.created, "datetime"),
  property(type.modified, "datetime"),
];

const PROPERTIES: Readonly<Record<string, readonly Property[]>> = {
  contacts: [
    ...common(CONTACTS),
    property("email", "string"),
    property("firstname", "string"),
    property("lastname", "string"),
    property("score", "number"),
    property("iban", "string", { dataSensitivity: "sensitive" }),
    property("old_fax", "string", { archived: true }),
  ],
  companies: [...common(COMPANIES), property("name", "string"), property("domain", "string")],
  deals: [...common(DEALS), property("amount", "number"), property("dealname", "string")],
  line_items: [...common(LINES), property("name", "string")],
  p77_car: [...common(CARS), property("plate", "string")],
};

/** Beyond 2^53: digits get lost where it is read as a number. */
export const LARGE_ID = "9007199254740993";

const UNLABELLED = (typeId: number): AssociationType => ({ category: "HUBSPOT_DEFINED", typeId, label: null });
const LABELS: Readonly<Record<string, readonly AssociationType[]>> = {
  "contacts>companies": [
    UNLABELLED(279),
    { category: "HUBSPOT_DEFINED", typeId: 1, label: "Primary" },
    { category: "USER_DEFINED", typeId: 36, label: "Billing contact" },
  ],
  "companies>contacts": [UNLABELLED(280), { category: "HUBSPOT_DEFINED", typeId: 2, label: "Primary" }],
  "deals>line_items": [UNLABELLED(19)],
};

const OWNERS: readonly OwnerRecord[] = [1, 2, 3].map((number) => ({
  id: String(number),
  email: `owner${number}@acme.example`,
  firstName: "Owner",
  lastName: String(number),
  type: "PERSON",
  userId: number === 3 ? null : number + 100,
  userIdIncludingInactive: number + 100,
  archived: number === 3,
  createdAt: "2020-01-01T00:00:00Z",
  updatedAt: "2020-01-02T00:00:00Z",
  teams: [],
}));

const iso = (day: number): string => `2026-01-${String(day).padStart(2, "0")}T08:00:00Z`;

/** `contacts` contacts with ids 1001, 1002...; two companies; one deal with 1,200 line items; a car. Contact 1002 is archived. */
export function tinyPortal({ contacts = 7, visibleAt = 0 } = {}): Portal {
  const rows = new Map<ObjectType, PortalRecord[]>(TYPES.map((type) => [type, []]));
  const add = (
    type: ObjectType,
    id: string,
    day: number,
    properties: Record<string, string | null>,
    archived = false,
  ) =>
    rows.get(type)!.push({
      id,
      properties,
      createdAt: iso(day),
      updatedAt: iso(day + 1),
      archived,
      archivedAt: archived ? iso(day + 2) : null,
      visibleAt,
    });
  for (let at = 1; at <= contacts; at++) {
    const email = `person${at}@acme.example`;
    const firstname = at === 3 ? null : `Person ${at}`;
    add(CONTACTS, String(1000 + at), 1 + (at % 20), { email, firstname, score: String(at), iban: `DE${at}` }, at === 2);
  }
  add(COMPANIES, "2001", 1, { name: "Acme", domain: "acme.example" });
  add(COMPANIES, LARGE_ID, 2, { name: "Initech", domain: null });
  add(DEALS, "3001", 1, { amount: "0.40000000000000002220446049250313080847263336181640625", dealname: "Big" });
  add(CARS, "5001", 1, { plate: "B-AB 1" });
  for (let at = 0; at < 1200; at++) add(LINES, String(4000 + at), 1, { name: `Line ${at}` });

  const links = new Map<string, readonly Association[]>([
    [
      "contacts:1001>companies",
      [
        { toId: "2001", types: [...LABELS["contacts>companies"]!, UNLABELLED(279)] },
        { toId: LARGE_ID, types: [UNLABELLED(279)] },
      ],
    ],
    ["companies:2001>contacts", [{ toId: "1001", types: LABELS["companies>contacts"]! }]],
    [
      "deals:3001>line_items",
      Array.from({ length: 1200 }, (_, at) => ({ toId: String(4000 + at), types: [UNLABELLED(19)] })),
    ],
  ]);
  const named = (name: string) =>
    TYPES.find((type) => [type.name, type.singular, type.id, type.name.replace(/^p77_/, "")].includes(name));
  const never = (): never => {
    throw new Error("not in the tiny portal");
  };
  return {
    options: {},
    account: { portalId: 77, timeZone: "Europe/Berlin", companyCurrency: "EUR" },
    types: TYPES,
    type: named,
    properties: (type) => PROPERTIES[type.name]!,
    pipelines: (type) => (type === DEALS ? [{ id: "default", label: "Sales", stages: [{ id: "won" }] }] : []),
    owners: OWNERS,
    schemas: [{ objectTypeId: "2-123", fullyQualifiedName: "p77_car" }],
    file: (id) => (id === "9001" ? { id, name: "offer", extension: "pdf", size: 10, type: "DOCUMENT" } : undefined),
    list: (type, { archived, after, limit }) =>
      rows
        .get(type)!
        .filter((row) => row.archived === archived && (after === null || BigInt(row.id) > BigInt(after)))
        .slice(0, limit),
    // 1000 was merged into 1001
    record: (type, id) => rows.get(type)!.find((row) => row.id === (type === CONTACTS && id === "1000" ? "1001" : id)),
    count: (type, options) => rows.get(type)!.filter((row) => row.archived === (options?.archived ?? false)).length,
    associations: (from, id, to) =>
      LABELS[`${from.name}>${to.name}`] === undefined ? null : (links.get(`${from.name}:${id}>${to.name}`) ?? []),
    labels: (from, to) => LABELS[`${from.name}>${to.name}`] ?? null,
    write: never,
    recalculate: never,
    indexed: () => null,
    restore: never,
    archive: never,
    erase: never,
    merge: never,
    associate: never,
    dissociate: never,
    defineProperty: never,
    definePipelines: never,
  };
}
