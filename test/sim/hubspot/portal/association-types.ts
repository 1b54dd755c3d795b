/** The types of associations by direction. Ids of HubSpot's own are those of its SDK's table, except where noted. */
import type { AssociationType } from "./types.ts";

const own = (typeId: number, label: string | null = null): AssociationType => ({
  category: "HUBSPOT_DEFINED",
  typeId,
  label,
});
const user = (typeId: number, label: string | null): AssociationType => ({ category: "USER_DEFINED", typeId, label });

const app = (typeId: number, label: string): AssociationType => ({ category: "INTEGRATOR_DEFINED", typeId, label });

/** A type and what it is called seen from the other side; null: the other side does not see it. */
export interface Pair {
  readonly there: AssociationType;
  readonly back: AssociationType | null;
}
const pair = (there: AssociationType, back: AssociationType | null): Pair => ({ there, back });
const both = (there: number, back: number): Pair => pair(own(there), own(back));
const primary = (there: number, back: number): Pair => pair(own(there, "Primary"), own(back, "Primary"));

/** `from>to`: the first is the type without a label. Numbers of user-defined types are numbers of HubSpot's own elsewhere. */
const FIXED: Readonly<Record<string, Readonly<Record<string, Pair>>>> = {
  "contacts>companies": {
    plain: both(279, 280),
    primary: primary(1, 2),
    contractor: pair(user(3, "Contractor of"), user(4, "Contractor")),
    billing: pair(user(13, "Billing contact of"), user(14, "Billing contact")),
    decides: pair(user(19, "Decision maker"), user(20, "Decision maker")),
    ledger: pair(app(41, "Ledger contact of"), app(42, "Ledger contact")),
  },
  "companies>companies": {
    plain: both(450, 450),
    parent: pair(own(14, "Parent Company"), own(13, "Child Company")),
    partner: pair(user(25, "Reseller of"), user(26, "Reseller")),
  },
  "contacts>contacts": {
    plain: both(449, 449),
    manager: pair(user(27, "Reports to"), user(28, "Manager of")),
  },
  "deals>contacts": {
    plain: both(3, 4),
    decides: pair(user(1, "Decision maker"), user(2, "Decision maker")),
    champion: pair(user(5, "Champion"), user(6, "Championed deal")),
  },
  "deals>companies": {
    plain: both(341, 342),
    primary: primary(5, 6),
    partner: pair(user(7, "Partner"), user(8, "Partnered deal")),
  },
  "deals>tickets": { plain: both(27, 28) },
  "deals>deals": { plain: both(451, 451) },
  "deals>line_items": { plain: both(19, 20) },
  "deals>quotes": { plain: both(63, 64) },
  "tickets>contacts": { plain: both(16, 15), reporter: pair(user(9, "Reported by"), user(10, "Reported ticket")) },
  "tickets>companies": { plain: both(339, 340), primary: primary(26, 25) },
  "tickets>tickets": { plain: both(452, 452) },
  "quotes>line_items": { plain: both(67, 68) },
  "quotes>contacts": { plain: both(69, 70), signer: pair(own(702, "Contact Signer"), null) },
  "quotes>companies": { plain: both(71, 72) },
  // leads are not in the SDK's table; these ids are taken from HubSpot's documentation of leads, from memory
  "leads>contacts": { plain: both(608, 609), primary: pair(own(578, "Primary"), own(579, "Primary")) },
  "leads>companies": { plain: both(610, 611) },
  "leads>deals": { plain: pair(own(583), null) },
};

/** What an activity is about: types of `calls>contacts` and of `contacts>calls`. */
const ACTIVITIES: Readonly<Record<string, Readonly<Record<string, readonly [there: number, back: number]>>>> = {
  calls: { contacts: [194, 193], companies: [182, 181], deals: [206, 205], tickets: [220, 219], leads: [597, 596] },
  emails: { contacts: [198, 197], companies: [186, 185], deals: [210, 209], tickets: [224, 223] },
  meetings: { contacts: [200, 199], companies: [188, 187], deals: [212, 211], tickets: [226, 225] },
  notes: { contacts: [202, 201], companies: [190, 189], deals: [214, 213], tickets: [228, 227] },
  tasks: { contacts: [204, 203], companies: [192, 191], deals: [216, 215], tickets: [230, 229], leads: [647, 646] },
  communications: { contacts: [81, 82], companies: [87, 88], deals: [85, 86], tickets: [83, 84] },
  postal_mail: { contacts: [453, 454], companies: [459, 460], deals: [457, 458], tickets: [455, 456] },
};

/** Custom objects' types are all user-defined, those without a label too. */
const CUSTOM: Readonly<Record<string, Readonly<Record<string, Pair>>>> = {
  "car>contacts": { plain: pair(user(61, null), user(62, null)), driver: pair(user(63, "Driver"), user(64, "Drives")) },
  "car>companies": { plain: pair(user(65, null), user(66, null)) },
  "service_visit>car": { plain: pair(user(67, null), user(68, null)) },
  "service_visit>contacts": { plain: pair(user(69, null), user(70, null)) },
  "service_visit>tickets": { plain: pair(user(71, null), user(72, null)) },
};

function activities(): Record<string, Record<string, Pair>> {
  const pairs: Record<string, Record<string, Pair>> = {};
  for (const [from, about] of Object.entries(ACTIVITIES)) {
    for (const [to, [there, back]] of Object.entries(about)) pairs[`${from}>${to}`] = { plain: both(there, back) };
  }
  return pairs;
}

/** `from>to`: the pairs of types that can be associated, each with its types by a name of our own. */
export function associationTypes(customObjects: boolean): Readonly<Record<string, Readonly<Record<string, Pair>>>> {
  return { ...FIXED, ...activities(), ...(customObjects ? CUSTOM : {}) };
}
