/** The objects of a portal, as mappings name them. */

/** A standard type of record. */
export interface StandardType {
  /** As paths and mappings name it. */
  readonly name: string;
  readonly singular: string;
  readonly label: string;
  /** `0-1`: paths and answers may use it instead of the name. */
  readonly id: string;
}

const type = (name: string, singular: string, label: string, id: string): StandardType => ({
  name,
  singular,
  label,
  id,
});

export const STANDARD_TYPES: readonly StandardType[] = [
  type("companies", "company", "Companies", "0-2"),
  type("contacts", "contact", "Contacts", "0-1"),
  type("leads", "lead", "Leads", "0-136"),
  type("deals", "deal", "Deals", "0-3"),
  type("tickets", "ticket", "Tickets", "0-5"),
  type("products", "product", "Products", "0-7"),
  type("line_items", "line_item", "Line items", "0-8"),
  type("quotes", "quote", "Quotes", "0-14"),
  type("calls", "call", "Calls", "0-48"),
  type("emails", "email", "E-mails", "0-49"),
  type("meetings", "meeting", "Meetings", "0-47"),
  type("notes", "note", "Notes", "0-46"),
  type("tasks", "task", "Tasks", "0-27"),
  type("communications", "communication", "Communications", "0-18"),
  type("postal_mail", "postal_mail", "Postal mail", "0-116"),
];

/** Types whose records may have files attached, in the order in which `files` reads them. */
export const ENGAGEMENTS = ["calls", "emails", "meetings", "notes", "tasks", "communications", "postal_mail"] as const;

/** What a file is said to belong to: the first of these that its engagement is associated with. */
export const RELATED = ["deals", "companies", "contacts", "tickets"] as const;

export const OWNERS = "owners";
export const FILES = "files";

/** What an object of a mapping stands for. Types are as paths name them: `contacts`, `p123_car`. */
export type HubspotObject =
  | { readonly kind: "records"; readonly name: string; readonly type: string }
  | { readonly kind: "owners"; readonly name: string }
  | { readonly kind: "files"; readonly name: string }
  /** `labelled`: only the pairs that have a label in this direction. */
  | {
      readonly kind: "pairs";
      readonly name: string;
      readonly from: string;
      readonly to: string;
      readonly labelled: boolean;
    };

/** Ends the name of a pair's object that holds the labelled ones only: `companies_to_contacts.labels`. */
const LABELS = ".labels";

/**
 * The ways to cut `contacts_to_companies` (or `companies_to_contacts.labels`) into two types; several where a type's own name
 * has `_to_` in it.
 */
export function pairsIn(object: string): { readonly from: string; readonly to: string; readonly labelled: boolean }[] {
  const labelled = object.endsWith(LABELS);
  const name = labelled ? object.slice(0, -LABELS.length) : object;
  const found: { from: string; to: string; labelled: boolean }[] = [];
  for (let at = name.indexOf("_to_"); at >= 0; at = name.indexOf("_to_", at + 1)) {
    const from = name.slice(0, at);
    const to = name.slice(at + 4);
    if (from !== "" && to !== "") found.push({ from, to, labelled });
  }
  return found;
}

export const pairName = (from: string, to: string, labelled = false): string =>
  `${from}_to_${to}${labelled ? LABELS : ""}`;

/** The object of a pair of types, as named by them. */
export const pairObject = (from: string, to: string, labelled = false): HubspotObject & { readonly kind: "pairs" } => ({
  kind: "pairs",
  name: pairName(from, to, labelled),
  from,
  to,
  labelled,
});

/** `associations.companies` and `associations.companies.ids`: the type, and whether all ids are meant; null: another field. */
export function associationField(field: string): { readonly to: string; readonly all: boolean } | null {
  const found = /^associations\.(.+?)(\.ids)?$/.exec(field);
  return found === null ? null : { to: found[1]!, all: found[2] !== undefined };
}

/** Columns of the objects that are no records. */
export const OWNER_COLUMNS = [
  "id",
  "email",
  "firstName",
  "lastName",
  "type",
  "userId",
  "userIdIncludingInactive",
  "isActive",
  "archived",
  "createdAt",
  "updatedAt",
  "teams",
] as const;

export const PAIR_COLUMNS = ["id", "from_id", "to_id", "label", "type_id", "category", "is_primary"] as const;

export const FILE_COLUMNS = [
  "id",
  "file_id",
  "engagement_type",
  "engagement_id",
  "name",
  "extension",
  "type",
  "size",
  "url",
  "access",
  "path",
  "createdAt",
  "updatedAt",
  "related_id",
  "related_type",
] as const;
