/** Runs and snapshots: what is recorded of a source, and whether a snapshot holds what the stages need. */
import { ConfigError, type Problem } from "../errors.ts";
import type { Stage } from "../mapping/types.ts";
import { recording, snapshotDir, valueOptions } from "../snapshot/index.ts";
import { columnsOf } from "./plan.ts";
import type { Session } from "./session.ts";

/** Fields to read of an object: all that the mappings name and, unless the source says `snapshotFields: mapped`, all it describes but files. */
function fieldsToKeep(session: Session, object: string): readonly string[] {
  const mapped = session.mappings.mappings.filter((mapping) => mapping.sources.includes(object)).flatMap(columnsOf);
  const described =
    session.config.source.options.snapshotFields === "mapped"
      ? []
      : (session.sourceSchema.objects.find(({ name }) => name === object)?.fields ?? [])
          .filter((field) => field.type !== "file")
          .map((field) => field.name);
  return [...new Set([...mapped, ...described])];
}

/** The session with a source that is recorded into the run's folder; the session itself where nothing is kept (files, snapshots). */
export function recordRun(session: Session, run: string): Session {
  const { source, config, context } = session;
  if (source.capabilities.snapshot !== true) return session;
  const about = {
    run,
    connector: config.source.connector,
    source: config.source.name,
    takenAt: context.now().toISOString(),
    blankMeansNothing: source.capabilities.blankMeansNothing,
    ...(source.capabilities.uniqueIds === true ? { uniqueIds: true } : {}),
    options: valueOptions(config.source.options),
    schema: session.sourceSchema,
  };
  const fields = (object: string) => fieldsToKeep(session, object);
  const dir = snapshotDir(session.runsDir, run);
  return { ...session, source: recording(source, { dir, about, fields, signal: context.signal }) };
}

/**
 * Throws ConfigError with everything that the stages need and the session's snapshot does not hold, and TerminalError
 * SNAPSHOT_DAMAGED where any of it is damaged; nothing without a snapshot.
 */
export async function assertSnapshotHolds(session: Session, stages: readonly Stage[]): Promise<void> {
  const { snapshot } = session;
  if (snapshot === undefined || snapshot === null) return;
  const problems: Problem[] = [];
  for (const { mapping } of stages) {
    for (const source of mapping.sources) {
      const found = await snapshot.assertHolds(source, [...new Set(columnsOf(mapping))]).then(
        () => [],
        (error: unknown) => {
          if (error instanceof ConfigError) return error.problems;
          throw error;
        },
      );
      for (const problem of found) problems.push({ ...problem, place: { ...mapping.place, object: mapping.object } });
    }
  }
  if (problems.length > 0) throw ConfigError.of(problems);
  for (const source of new Set(stages.flatMap(({ mapping }) => mapping.sources))) await snapshot.verify(source);
}
