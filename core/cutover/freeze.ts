/** Proves that nothing changed in the source after the freeze began. */
import { join } from "node:path";
import type { TouchedRecord } from "../changes.ts";
import type { SourceConnector } from "../connector.ts";
import { csvCell } from "../engine/run-files.ts";
import type { Session } from "../engine/session.ts";
import { StoppedError } from "../errors.ts";
import { writeWhole } from "../private-files.ts";

/** What was seen of the source when the freeze began. */
export interface Freeze {
  /** ISO instant by the source's own clock. */
  readonly at: string;
  /** Source object -> fingerprint of its content; of sources that do not tell what changed. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

export interface Violation extends TouchedRecord {
  readonly object: string;
}

/** How many of the touched records are named in the error, and at most kept per object. */
const SHOWN = 10;
const LISTED = 10_000;

const objectsOf = ({ stages }: Pick<Session, "stages">): readonly string[] => [
  ...new Set(stages.flatMap(({ mapping }) => mapping.sources)),
];

/** The instant, by the source's clock where it has one. */
const clockOf = async (source: SourceConnector, now: Date): Promise<string> =>
  (await source.changes?.now?.()) ?? now.toISOString();

/** Begins the freeze; `at`: it began then, says the user. */
export async function beginFreeze(session: Session, at: string | null): Promise<Freeze> {
  const { source, context } = session;
  const fingerprints = new Map<string, string>();
  if (source.changes === undefined) {
    for (const object of objectsOf(session)) fingerprints.set(object, await source.fingerprint(object));
  }
  return { at: at ?? (await clockOf(source, context.now())), fingerprints };
}

/** Everything that was touched since the freeze began; empty: it was kept. */
export async function violations(
  session: Session,
  freeze: Freeze,
): Promise<{ readonly count: number; readonly records: readonly Violation[] }> {
  const { source, context } = session;
  let count = 0;
  const records: Violation[] = [];
  for (const object of objectsOf(session)) {
    if (source.changes === undefined) {
      if ((await source.fingerprint(object)) === freeze.fingerprints.get(object)) continue;
      count++;
      records.push({ object, id: object, how: "changed", at: context.now().toISOString(), by: null });
      continue;
    }
    const touched = await source.changes.touchedSince(object, freeze.at, LISTED);
    count += touched.count;
    for (const record of touched.records) records.push({ object, ...record });
  }
  return { count, records };
}

const line = ({ object, id, how, at, by }: Violation): string =>
  id === object
    ? `  - ${object} was ${how}`
    : `  - ${object} ${id} was ${how} at ${at}${by === null ? "" : ` by ${by}`}`;

/**
 * Throws StoppedError FREEZE_VIOLATED (exit code 4) with the records and who changed them, all of which stand in
 * `freeze-violations.csv` of the run's folder, too.
 */
export async function assertFrozen(session: Session, freeze: Freeze, run: string): Promise<void> {
  const { count, records } = await violations(session, freeze);
  if (count === 0) return;
  const rows = records.map(({ object, id, how, at, by }) => [object, id, how, at, by].map(csvCell).join(","));
  await writeWhole(
    join(session.runsDir, run, "freeze-violations.csv"),
    `\uFEFFobject,id,how,at,by\r\n${rows.map((row) => `${row}\r\n`).join("")}`,
  );
  const more = count > SHOWN ? [`  - and ${count - SHOWN} more: see freeze-violations.csv of run ${run}`] : [];
  const what = count === 1 ? "1 record was touched" : `${count} records were touched`;
  throw new StoppedError(
    "FREEZE_VIOLATED",
    `the source was to be frozen since ${freeze.at}, and ${what} after that:\n${[...records.slice(0, SHOWN).map(line), ...more].join("\n")}`,
    {
      hint: "Stop who still writes to the source, then go on with `migrate cutover next`: it loads these changes and proves the freeze anew.",
    },
  );
}
