/** What a simulated portal is like and how its server behaves. */
import type { IncomingMessage } from "node:http";

export type FaultKind =
  /** 500, 502, 503 or 504; gateways answer in HTML. */
  | "serverError"
  /** 521, 523, 524 or 526 from the edge. */
  | "edgeError"
  | "cutBefore"
  | "cutMidBody"
  /** 429 of the ten-second policy, without having been over it. */
  | "tooMany"
  /** 429 of the daily policy. */
  | "daily"
  /** 423, free again after two seconds. */
  | "locked"
  /** 477 with Retry-After. */
  | "migrating"
  /** 401 EXPIRED_AUTHENTICATION. */
  | "expired"
  /** A success without Content-Type. */
  | "untyped"
  | "slow"
  /** batch/read: 207, and some of what was asked for is missing although it exists. */
  | "partial";

/** A fault on demand: the next `times` requests that match are answered with it. */
export interface ScriptedFault {
  readonly kind: FaultKind;
  /** Default 1; Infinity for ever. */
  readonly times?: number;
  /** Matches that go well before the first fault; default 0. */
  readonly after?: number;
  match(request: FaultRequest): boolean;
}

export interface FaultRequest {
  readonly method: string;
  /** Path without the query string. */
  readonly path: string;
  readonly search: URLSearchParams;
  /** Body as text ("" where there is none). */
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
}

export interface HubspotOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Records in all, about; default 20,000. */
  readonly records?: number;
  /** Exact numbers of live records of single types (`{ contacts: 1_000_000 }`), custom ones by their bare name; `owners` too. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Contacts of the largest company, line items of the largest deal; default 12,000 and 350, less where the portal has fewer. */
  readonly largest?: { readonly companyContacts?: number; readonly dealLineItems?: number };
  readonly port?: number;
  /** Host to listen on and to print in URLs; default 127.0.0.1. */
  readonly host?: string;
  /** What the private app's token may read; default: everything. Scopes as HubSpot names them (`crm.objects.deals.read`). */
  readonly scopes?: readonly string[];
  /** How long an OAuth access token lives; default 1800. */
  readonly tokenSeconds?: number;
  /** Custom objects (Enterprise); default true. */
  readonly customObjects?: boolean;
  /** Some records hold option values that the property does not list (any more); default false. */
  readonly unknownOptions?: boolean;
  /** Portals of several currencies; default true. */
  readonly multiCurrency?: boolean;
  readonly limits?: {
    /** Requests per ten seconds, rolling; default 190 (OAuth: 110). 0: unlimited. */
    readonly tenSeconds?: number;
    /** Requests per second; default a tenth of `tenSeconds`, rounded up. 0: unlimited. */
    readonly secondly?: number;
    /** Searches per second; default 5. 0: unlimited. */
    readonly search?: number;
    /** Requests per day; default 650,000. */
    readonly daily?: number;
    /** Used already when the portal starts; default 0. */
    readonly usedToday?: number;
  };
  /** Share of requests that fail, 0 to 1, seeded; see `faultKinds`. */
  readonly faultRate?: number;
  readonly faultKinds?: readonly FaultKind[];
  readonly faults?: readonly ScriptedFault[];
  /** Added to each answer, milliseconds. */
  readonly latencyMs?: number;
  /** Length of request URI that is refused with 414; default 8,192. */
  readonly maxUri?: number;
  /** Search sees a write only after this many milliseconds (and the state before it until then); default 2,000. */
  readonly searchLagMs?: number;
  /** Results behind this one are refused by search; default 10,000. */
  readonly searchMost?: number;
  /** The portal's time; default Date.now. Limits and tokens keep real time. */
  readonly now?: () => number;
}
