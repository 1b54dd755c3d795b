/** What a source connector is. One folder per connector; it imports `core/*.ts` only. */
import type { ChangeTracking } from "./changes.ts";
import type { Context } from "./context.ts";
import type { Problem } from "./errors.ts";
import type { OptionSpec } from "./options.ts";
import type { Position, RecordBatch } from "./record.ts";
import type { SourceSchema, TargetModel } from "./schema.ts";

/** Differences between systems, as data; the engine never asks for a connector's name. */
export interface SourceCapabilities {
  /** True where an empty cell means "nothing said" (files): it does not clear the target unless `blank: clear`. */
  readonly blankMeansNothing: boolean;
  /** True where `fetch` finds records by key without reading everything. */
  readonly fetchByKey: boolean;
  /** True where counting costs as much as reading (files): who reads everything counts on the way. Absent: false. */
  readonly countsByReading?: boolean;
  /** True where reading again costs (APIs): runs keep a snapshot of what they read. Absent: false. */
  readonly snapshot?: boolean;
  /** True where an id is given only once, whatever the object: mappings into one object may share a key space. Absent: false. */
  readonly uniqueIds?: boolean;
}

/** What part of an object is read. */
export interface ReadRequest {
  readonly object: string;
  /** Fields that the mapping needs; a connector may return more, in `batch.columns`. */
  readonly fields: readonly string[];
  /** null: from the beginning; else a `next` of an earlier batch of the same object and fingerprint. */
  readonly from: Position | null;
  /** Records per batch at most; a batch may be smaller. */
  readonly batchSize: number;
}

export interface FetchRequest {
  readonly object: string;
  readonly fields: readonly string[];
  /** Fields that make up the key, and the keys wanted (parts in the same order). */
  readonly key: readonly string[];
  readonly keys: readonly (readonly string[])[];
}

export interface CountOptions {
  /** Every record counted now, whatever that costs. Default false. */
  readonly exact?: boolean;
}

/** What a caller wants described: source objects as mappings name them, each with the fields that mappings name. */
export type DescribeRequest = ReadonlyMap<string, readonly string[]>;

/** What reading costs at a source that counts calls. */
export interface ReadEstimate {
  /** Calls that reading needs, roughly. */
  readonly calls: number;
  readonly seconds: number;
  /** Calls that are left of those this migration may use, and how many there are in all; null: the source does not tell. */
  readonly remaining: number | null;
  readonly max: number | null;
}

/** How addresses of the system's records look, as people paste them into texts. */
export interface RecordLinks {
  /** Hosts; those that end with `.host`, too. */
  readonly hosts: readonly string[];
  /** Parts of an address behind which the id of a record stands, and its source object. Absent: ids are unique by themselves. */
  readonly types?: ReadonlyMap<string, string>;
}

/**
 * A source. The engine calls `open` once, then any of the others, then `close` once, also after errors.
 * Calls for different objects may run concurrently; two reads of one object may not.
 * Errors: ConfigError (options, credentials, missing objects), TransientError (the engine retries), TerminalError.
 */
export interface SourceConnector {
  readonly name: string;
  readonly capabilities: SourceCapabilities;
  /** Checks credentials or files; throws one ConfigError with all problems. */
  open(): Promise<void>;
  /**
   * Objects and fields as the source describes them now. With `wanted`, fields may be left out of objects that are not
   * named in it, and fields that a name alone brings into being (`Owner.Name`) are described when they exist.
   */
  describe(wanted?: DescribeRequest): Promise<SourceSchema>;
  /**
   * Counts the object's records at the source again, each time it is called; bad records included. The figure may be a cheap
   * one that lags behind, unless `exact` is asked for.
   */
  count(object: string, options?: CountOptions): Promise<number>;
  /** Reads everything of the object, in a stable order. Ends early when `context.signal` aborts, by throwing its reason. */
  read(request: ReadRequest): AsyncIterable<RecordBatch>;
  /** Reads single records anew, for spot checks; records not found are left out; order is free. */
  fetch(request: FetchRequest): AsyncIterable<RecordBatch>;
  /** Changes when the object's content may have changed so that positions no longer hold (files: size and hash). */
  fingerprint(object: string): Promise<string>;
  /**
   * Where people see a record in the source system: for reports. null: there is no such address, or it is not known.
   * `key` is the source's own id; called after `open`, costs no call.
   */
  recordLink?(object: string, key: string): string | null;
  /** Addresses of records inside texts; called after `open`, costs no call. Absent: not known. */
  recordLinks?(): RecordLinks;
  /** Where the records come from, when that is not the system itself ("the snapshot of ..."): reports say so. */
  describeOrigin?(): string;
  /** Sources that count calls: what reading these objects once would cost. */
  estimate?(requests: readonly Pick<ReadRequest, "object" | "fields">[]): Promise<ReadEstimate>;
  /** Records of the objects that hold any, roughly, by as few calls as the source allows; without what is no data of a CRM. */
  sizes?(): Promise<ReadonlyMap<string, number>>;
  /** Sources that can tell what changed since they were read; absent: a delta reads everything again. */
  readonly changes?: ChangeTracking;
  /** What `migrate check` should tell beyond the mappings: permissions, limits. Throws as `describe` does. */
  check?(wanted: DescribeRequest): Promise<readonly Problem[]>;
  close(): Promise<void>;
}

/** A file that stands in for the file of a source object. */
export interface ReplacedFile {
  /** The source object, by its name. */
  readonly source: string;
  /** Absolute; a sheet behind `#`. */
  readonly path: string;
}

/** What a connector's module exports as default. */
export interface ConnectorModule {
  readonly name: string;
  readonly summary: string;
  /** Options of `source:` in migration.yaml; validation, docs and JSON Schema come from them. */
  readonly options: readonly OptionSpec[];
  /**
   * What `source:` says in a draft whose user gave no options, in YAML: the usual log-in, with the names of environment
   * variables for what is secret or one's own. Absent: nothing.
   */
  readonly usualOptions?: string;
  /**
   * Sources made of files: options by which `files` are read in the place, and under the names, of the objects that they
   * replace. Paths are absolute. Absent: the source has no files that could be replaced.
   */
  replaceFiles?(
    options: Readonly<Record<string, unknown>>,
    files: readonly ReplacedFile[],
  ): Readonly<Record<string, unknown>>;
  /** `options` are validated values; `baseDir` is the folder of migration.yaml. */
  create(options: Readonly<Record<string, unknown>>, baseDir: string, context: Context): SourceConnector;
}

/** Handed to the engine by the command line; loads lazily. */
export interface ConnectorRegistry {
  readonly names: readonly string[];
  /** Throws ConfigError CONNECTOR_UNKNOWN with the known names. */
  load(name: string): Promise<ConnectorModule>;
  /** A single file (CSV, a workbook...) as a source, every cell as it is written; `path` is absolute. The caller opens and closes it. */
  openFile(path: string, context: Context): Promise<SourceConnector>;
  readonly targetNames: readonly string[];
  loadTarget(name: string): Promise<TargetModule>;
}

/** Runs one parameterised statement; the subset of `pg` that targets need. */
export type Query = <Row extends object = Record<string, unknown>>(
  sql: string,
  values?: readonly unknown[],
) => Promise<{ readonly rows: Row[]; readonly rowCount: number | null }>;

/** A foreign key of a managed table, apart from the table's DDL: the engine may add it after a first fill. */
export interface ForeignKey {
  readonly object: string;
  readonly name: string;
  /** Complete statements, identifiers quoted. `add` validates. */
  readonly add: string;
  readonly drop: string;
}

/** What must be done so that the target can hold the model. Statements only create and add; nothing is dropped or narrowed. */
export interface TableChanges {
  /** Objects whose table is created, and `object.field` added to tables that exist. */
  readonly create: readonly string[];
  readonly extend: readonly string[];
  /** In order, foreign keys not included. */
  readonly statements: readonly string[];
  /** Every foreign key the model asks for, with `missing` where the database does not have it yet. */
  readonly foreignKeys: readonly (ForeignKey & { readonly missing: boolean })[];
}

/** What a target connector's module exports as default. The engine does the loading itself: it is PostgreSQL's SQL. */
export interface TargetModule {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  /** Compares the model with the database. Throws ConfigError when an existing column cannot hold the model's type, all at once. */
  planTables(query: Query, model: TargetModel): Promise<TableChanges>;
  /** Tables, columns, keys and constraints of a schema, as they are. */
  introspect(query: Query, schema: string): Promise<TargetModel>;
}
