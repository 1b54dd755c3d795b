/** Everything a command works with: opened, checked, and closed together. */
import type { MigrationConfig } from "../config-types.ts";
import type { SourceConnector, TargetModule } from "../connector.ts";
import type { Context } from "../context.ts";
import type { Problem } from "../errors.ts";
import type { DateOrders } from "../mapping/date-order.ts";
import type { MappingSet, ObjectMapping, Stage } from "../mapping/types.ts";
import type { SourceSchema, TargetModel } from "../schema.ts";
import type { SnapshotSource } from "../snapshot/index.ts";
import type { Database } from "../store/database.ts";

export interface Session {
  readonly config: MigrationConfig;
  readonly context: Context;
  readonly source: SourceConnector;
  readonly sourceSchema: SourceSchema;
  readonly database: Database;
  readonly target: TargetModule;
  readonly model: TargetModel;
  readonly mappings: MappingSet;
  /** What the check of the mappings warned about. */
  readonly mappingWarnings: readonly Problem[];
  /** Errors of mapping files whose mappings are not among `mappings`; see OpenOptions.despiteErrors. Absent: none. */
  readonly mappingErrors?: readonly Problem[];
  readonly stages: readonly Stage[];
  /** The mappings without the dates of `scope`; absent: they have none. */
  readonly unsliced?: readonly ObjectMapping[];
  /** Set where a snapshot is loaded instead of the source: `source` then is this. */
  readonly snapshot?: SnapshotSource | null;
  /** Orders of dates that a plan's whole columns decided; see mapping/date-order.ts. Absent: none. */
  readonly dateOrders?: DateOrders;
  /** A single file as a source, to be opened and closed by the caller. */
  readonly openFile: (path: string) => Promise<SourceConnector>;
  /** `runs/` beside migration.yaml. */
  readonly runsDir: string;
  close(): Promise<void>;
}
