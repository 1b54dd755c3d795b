/** What a simulated org is like and how its server behaves. */
import type { IncomingMessage } from "node:http";

/** Editions and switches; objects and fields that need one are absent without it. */
export interface Features {
  readonly quotes: boolean;
  readonly contactsToMultipleAccounts: boolean;
  readonly sharedActivities: boolean;
  readonly notes: boolean;
  readonly personAccounts: boolean;
  readonly multiCurrency: boolean;
  /** State and country picklists: `BillingCountryCode`, `BillingStateCode`. */
  readonly stateCountry: boolean;
  /** Some records hold picklist values that describe does not list. */
  readonly unknownPicklist: boolean;
  /** The integration user's permissions "View All Data" and "Query All Files". */
  readonly viewAllData: boolean;
  readonly queryAllFiles: boolean;
}

export const ALL_FEATURES: Features = {
  quotes: true,
  contactsToMultipleAccounts: true,
  sharedActivities: true,
  notes: true,
  personAccounts: true,
  multiCurrency: true,
  stateCountry: true,
  unknownPicklist: false,
  viewAllData: true,
  queryAllFiles: true,
};

export type FaultKind =
  | "serverError"
  | "maintenance"
  | "cutBefore"
  | "cutMidBody"
  /** Ends early, as if complete. */
  | "truncated"
  | "expired"
  | "concurrentLimit"
  | "dailyLimit"
  | "slow"
  | "queryTimeout"
  | "invalidLocator";

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
  readonly soql: string | null;
  /** Body as text ("" where there is none). */
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
}

export interface SalesforceOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Records in all, about; default 20,000. */
  readonly records?: number;
  /** Exact numbers for single objects (`{ Contact: 1_000_000 }`); person accounts' contacts come on top. */
  readonly counts?: Readonly<Record<string, number>>;
  readonly port?: number;
  /** Host to listen on and to print in URLs; default 127.0.0.1. */
  readonly host?: string;
  /** How long an access token lives; default two hours. */
  readonly tokenSeconds?: number;
  /** Newest API version; default 66. */
  readonly apiVersionMax?: number;
  readonly features?: Partial<Features>;
  /** Field-level security of the integration user: fields by object, or "*" for the whole object. */
  readonly hide?: Readonly<Record<string, readonly string[] | "*">>;
  /** Share of requests that fail, 0 to 1, seeded; see `faultKinds`. */
  readonly faultRate?: number;
  readonly faultKinds?: readonly FaultKind[];
  readonly faults?: readonly ScriptedFault[];
  /** Daily API requests; default 100,000. */
  readonly dailyRequests?: number;
  /** Requests served at once before 403; default 1,000. */
  readonly concurrentRequests?: number;
  /** Added to each answer. */
  readonly latencyMs?: number;
  /** Length of request URI that is refused with 414; default 16,384. */
  readonly maxUri?: number;
  readonly query?: {
    /** Rows per REST page; default 2,000. */
    readonly pageSize?: number;
    /** Locators end after this many milliseconds; default two days. */
    readonly locatorMs?: number;
    /** Cursors kept; older ones end. Default 50. */
    readonly cursors?: number;
    /** Objects that refuse a second page. */
    readonly noQueryMore?: readonly string[];
    /** Queries (REST and Bulk) whose object has more than `rows` rows in the Id window time out. */
    readonly timeouts?: Readonly<Record<string, number>>;
  };
  readonly bulk?: {
    /** Polls that answer UploadComplete, then InProgress, before JobComplete; default 1 and 1. */
    readonly polls?: readonly [uploadComplete: number, inProgress: number];
    /** Rows per page where the client does not say, and at most; default 100,000 and 250,000. */
    readonly pageRows?: number;
    readonly maxPageRows?: number;
    /** Pages after the first may be smaller than asked for: on where true. Default true. */
    readonly unevenPages?: boolean;
    /** Header row on each page; default true. */
    readonly repeatHeader?: boolean;
    /** Objects that Bulk does not know. */
    readonly unsupported?: readonly string[];
    /** Jobs that end Failed or Aborted. */
    readonly fail?: (job: { readonly object: string; readonly query: string }) => "Failed" | "Aborted" | null;
    /** gzip where the client accepts it; default true. */
    readonly gzip?: boolean;
  };
  /** Ids that one answer of the log of deletions holds, at most; default 600,000. */
  readonly deletedMost?: number;
  /** Called before each request is served: lets a test edit the org in the middle of a read. */
  readonly onRequest?: (request: FaultRequest) => void;
  /** Time of the server; default Date.now. */
  readonly now?: () => number;
  /** The fixed secrets that the token endpoint accepts. */
  readonly clientId?: string;
  readonly clientSecret?: string;
}
