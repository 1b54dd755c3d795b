/** Which columns of the target hold which properties of the portal, and what their values become. */

import type { Portal } from "../sim/hubspot/index.ts";
import { calls, communications, emails, files, meetings, notes, postalMail, tasks } from "./truth-activities.ts";
import { custom as ofAdministrators } from "./truth-custom.ts";
import { companies, contacts, leads, owners } from "./truth-people.ts";
import { deals, lineItems, products, quotes, tickets } from "./truth-sales.ts";
import type { Columns, Row } from "./truth-values.ts";

export interface Spec {
  /** In the portal. */
  readonly name: string;
  readonly table: string;
  readonly keyspace?: string;
  /** Tells the rows of this spec from others of the same table and keyspace; SQL about `t`. */
  readonly where?: string;
  /** Of an object that administrators made. */
  readonly own?: true;
  rows(portal: Portal): Iterable<Row>;
  columns(portal: Portal): Columns;
}

export const SPECS: readonly Spec[] = [
  owners,
  products,
  companies,
  contacts,
  leads,
  deals,
  lineItems("opportunity_line_item", "deals"),
  quotes,
  lineItems("quote_line_item", "quotes"),
  tickets,
  calls,
  meetings,
  emails,
  tasks,
  communications,
  postalMail,
  notes,
  files,
  ...ofAdministrators,
];
