/** `migrate check`: everything that would stop a run, at once. Writes nothing. */
import { ConfigError, MigrateError, type Problem } from "../errors.ts";
import { runCases } from "../mapping/cases.ts";
import { shippedSources } from "../mapping/load.ts";
import { OWNER_OBJECT } from "../mapping/order.ts";
import { assertWritable } from "../store/database.ts";
import { compileStage } from "./compile-stage.ts";
import { dateProblems } from "./date-orders.ts";
import { lostValues } from "./lost-values.ts";
import { columnsBySource, coverageProblems, makePlan } from "./plan.ts";
import type { Session } from "./session.ts";
import type { EngineEvent, Plan } from "./types.ts";

/** What an error says, as problems. */
function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ConfigError) return error.problems;
  if (error instanceof MigrateError) {
    return [{ code: error.code, message: error.message, place: error.place, hint: error.hint, severity: "error" }];
  }
  throw error;
}

/** Objects that the shipped mappings read, those of the migration do not, and the source does not show. */
async function hiddenBesides({ config, source, mappings }: Session): Promise<Problem[]> {
  // shipped ones that are used themselves tell what they leave out
  if (config.mappings === null || source.capabilities.snapshot !== true) return [];
  const read = new Set(mappings.mappings.flatMap(({ sources }) => sources));
  const besides = [...(await shippedSources(config.source.connector))].filter(([name]) => !read.has(name));
  if (besides.length === 0) return [];
  const { hidden = {}, hiddenObjects } = await source.describe(new Map(besides));
  return Object.entries(hidden).map(([object, lacking]) => ({
    code: "MAPPING_LEFT_OUT",
    message: `${object}: may not be read, ${lacking}; no mapping of this migration reads it`,
    place: { object },
    hint: hiddenObjects ?? null,
    severity: "warning",
  }));
}

/** False where the mapping of users may be among those that the session does without: who is found among them is not known then. */
const usersKnown = ({ mappingErrors, mappings }: Session): boolean =>
  mappingErrors === undefined || mappings.mappings.some(({ object }) => object === OWNER_OBJECT);

export interface Checked {
  readonly problems: readonly Problem[];
  /** What the whole source says; null: it could not be made. */
  readonly plan: Plan | null;
}

/**
 * Checks permissions, tables, `cases:` of the mappings, and the coverage of picklists and owners; with the warnings of
 * the mappings themselves, and the errors of those that the session does without. Other errors of configuration, source and
 * mappings were thrown by `openSession` already.
 */
export async function checkWhole(
  session: Session,
  onEvent: (event: EngineEvent) => void = () => undefined,
): Promise<Checked> {
  let made: Plan | null = null;
  const { mappingErrors = [] } = session;
  const problems: Problem[] = [
    ...mappingErrors,
    ...session.mappingWarnings.filter((problem) => problem.severity === "warning"),
  ];
  const collect = async (check: () => unknown): Promise<void> => {
    try {
      await check();
    } catch (error) {
      problems.push(...problemsOf(error));
    }
  };
  await collect(() => assertWritable(session.database, session.config.target.schema));
  await collect(() => {
    const { failures } = runCases(session.mappings, (mapping) =>
      compileStage(session, mapping, { resolve: (text) => text }),
    );
    for (const failure of failures) {
      problems.push({
        code: "CASE_FAILED",
        message: `case "${failure.name}": ${failure.field}: expected ${failure.expected}, got ${failure.got}`,
        place: failure.place,
        hint: "Mend the mapping, or the case.",
        severity: "error",
      });
    }
  });
  await collect(async () => {
    const quiet = (event: EngineEvent) => (event.type === "note" ? undefined : onEvent(event));
    const plan = await makePlan(session, quiet, { strict: false });
    made = plan;
    // dates that nobody can read stop nothing, but somebody has to say how they are meant
    const warnings = (plan.warnings ?? []).filter(({ code }) => !code.startsWith("DATES_"));
    problems.push(
      ...warnings,
      ...dateProblems(session, plan.dates ?? [], "error"),
      ...coverageProblems(session, usersKnown(session) ? plan : { ...plan, owners: [] }),
      ...lostValues(session, plan),
    );
  });
  await collect(async () => problems.push(...((await session.source.check?.(columnsBySource(session))) ?? [])));
  await collect(async () => problems.push(...(await hiddenBesides(session))));
  return { problems, plan: made };
}

/** The problems alone. */
export async function checkSession(
  session: Session,
  onEvent?: (event: EngineEvent) => void,
): Promise<readonly Problem[]> {
  return (await checkWhole(session, onEvent)).problems;
}
