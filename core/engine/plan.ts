/** `migrate plan`: what would be done, in order, with counts; stops on values that nothing maps. Writes nothing. */
import PQueue from "p-queue";
import type { ReadEstimate } from "../connector.ts";
import { counted } from "../counted.ts";
import { ConfigError, type Problem } from "../errors.ts";
import { mergeColumns } from "../mapping/inputs.ts";
import type { TargetUser } from "../mapping/owners.ts";
import type { FieldMapping, Stage } from "../mapping/types.ts";
import { dbError } from "../store/database.ts";
import { ownerCoverage, picklistCoverage, type StageScan, scanStage } from "./coverage.ts";
import { dateProblems, datesText } from "./date-orders.ts";
import { keyWarnings } from "./known-keys.ts";
import { diffLock, makeLock } from "./lock.ts";
import { Owner, readUsers } from "./owner-directory.ts";
import { ownerProblems } from "./owner-problems.ts";
import type { Session } from "./session.ts";
import type { EngineEvent, Plan, PlanStage } from "./types.ts";

/** Sources scanned at the same time: one reads while another maps. */
const SCANS_AT_ONCE = 2;
/** Records per second that a load was measured at, at least; for the estimate alone. */
const USUAL_RATE = 40_000;

const associationOf = (mapping: Stage["mapping"], index: number): string =>
  `association to ${mapping.associations[index]!.to}`;

/** A stage as plans show it. */
export function planStage(session: Session, stage: Stage, scan: Pick<StageScan, "count" | "filtered">): PlanStage {
  const { mapping } = stage;
  // a key of contents reads every column, and maps none
  const mapped = (other: Stage["mapping"]): Stage["mapping"] =>
    other.contentKey === true ? { ...other, key: [] } : other;
  const used = new Set<string>(mapped(mapping).key);
  for (const other of session.mappings.mappings) {
    if (!other.sources.some((source) => mapping.sources.includes(source))) continue;
    for (const column of columnsOf(mapped(other))) used.add(column);
  }
  const columns = session.sourceSchema.objects
    .filter((object) => mapping.sources.includes(object.name))
    .flatMap((object) => object.fields.map((field) => field.name));
  return {
    object: mapping.object,
    source: mapping.sources.join(", "),
    mapping: mapping.id,
    mode: mapping.mode,
    count: scan.count,
    filtered: scan.filtered,
    filter: mapping.filter?.text ?? null,
    deferred: [...stage.deferred, ...stage.deferredAssociations.map((index) => associationOf(mapping, index))],
    missing: Object.fromEntries([
      ...stage.deferred.map((field) => [
        field,
        mapping.fields.find(({ target }) => target === field)?.lookup?.missing ?? "reject",
      ]),
      ...stage.deferredAssociations.map((index) => [associationOf(mapping, index), "association"]),
    ]),
    selfReferences: stage.self,
    custom: mapping.fields.filter((field) => field.custom).map((field) => ({ field: field.target, type: field.type })),
    unmapped: [...new Set(columns)].filter((column) => !used.has(column)),
    fields: mapping.fields.length,
  };
}

/** Source columns that a mapping reads. */
export function columnsOf(mapping: Stage["mapping"]): string[] {
  const columns = [...mapping.key, ...(mapping.filter?.columns ?? []), ...mergeColumns(mapping)];
  for (const { input, lookup } of mapping.fields) {
    if (typeof lookup?.typeFrom === "string") columns.push(lookup.typeFrom);
    if (input.kind === "from") columns.push(...input.columns);
    else if (input.kind === "template") for (const part of input.parts) if ("column" in part) columns.push(part.column);
  }
  for (const association of mapping.associations) {
    columns.push(association.from);
    if (association.label !== null && "column" in association.label) columns.push(association.label.column);
  }
  return columns;
}

/** Source objects that the mappings read, each with the columns that they use. */
export function columnsBySource(session: Session): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const mapping of session.mappings.mappings) {
    for (const source of mapping.sources) {
      found.set(source, [...new Set([...(found.get(source) ?? []), ...columnsOf(mapping)])]);
    }
  }
  return found;
}

/** What the plan leaves out of the source, in words. */
function scopeInWords(
  session: Session,
  stages: readonly Stage[],
  scans: readonly StageScan[],
  sizes: ReadonlyMap<string, number> | null,
): string {
  const parts: string[] = [];
  const { scope } = session.config;
  parts.push(scope.objects === null ? "all mapped objects" : `only ${scope.objects.join(", ")}`);
  const filtered = stages.filter((stage) => stage.mapping.filter !== null);
  parts.push(
    filtered.length === 0
      ? "every record"
      : `every record, except what the filters leave out: ${filtered
          .map((stage) => {
            const { filtered: out } = scans[stages.indexOf(stage)]!;
            return `${stage.mapping.object} where ${stage.mapping.filter!.text}${out === 0 ? "" : ` (${out} left out)`}`;
          })
          .join("; ")}`,
  );
  const mapped = new Set(session.mappings.mappings.flatMap((mapping) => mapping.sources));
  const unread = session.sourceSchema.objects.map((object) => object.name).filter((name) => !mapped.has(name));
  if (sizes !== null) {
    const holding = unread.filter((name) => sizes.has(name));
    const told = holding.map((name) => `${name} (about ${counted(sizes.get(name)!, "record")})`);
    if (told.length > 0) parts.push(`not read, because no mapping uses them: ${told.join(", ")}`);
  } else if (unread.length > 0) parts.push(`not read, because no mapping uses them: ${unread.join(", ")}`);
  return parts.join("; ");
}

/** What the source calls a field's values, where that says more than the value: the label, and a stage's pipeline. */
function optionsOf(session: Session, mapping: Stage["mapping"], field: FieldMapping): ReadonlyMap<string, string[]> {
  const columns = field.input.kind === "from" ? field.input.columns : [];
  const said = new Map<string, string[]>();
  for (const object of session.sourceSchema.objects) {
    if (!mapping.sources.includes(object.name)) continue;
    for (const { name, options } of object.fields) {
      if (!columns.includes(name)) continue;
      for (const { value, label, stage } of options ?? []) {
        const parts = label === value ? [] : [`"${label}"`];
        if (stage !== undefined) parts.push(`of pipeline "${stage.pipeline}"`);
        if (!said.has(value))
          said.set(
            value,
            [parts.join(" ")].filter((text) => text !== ""),
          );
      }
    }
  }
  return said;
}

/** Values and owners that stop the plan, all of them, each with its count. */
export function coverageProblems(session: Session, plan: Pick<Plan, "picklists" | "owners">): Problem[] {
  const problems: Problem[] = [];
  for (const list of plan.picklists) {
    const mapping = session.mappings.mappings.find((candidate) => candidate.id === list.mapping)!;
    const field = mapping.fields.find((candidate) => candidate.target === list.field)!;
    const stops = list.values.filter((value) => value.how === "stop");
    if (stops.length === 0) continue;
    const meaning = optionsOf(session, mapping, field);
    const shown = stops.slice(0, 12).map(({ value, count }) => {
      return `"${value}" (${[...(meaning.get(value) ?? []), counted(count, "record")].join(", ")})`;
    });
    problems.push({
      code: "VALUE_UNMAPPED",
      message: `${list.object}.${list.field}: ${stops.length} ${stops.length === 1 ? "value" : "values"} without a target value: ${shown.join(", ")}${stops.length > 12 ? `, and ${stops.length - 12} more` : ""}`,
      place: field.place,
      hint: `Add them to the picklist's \`values:\` (see \`migrate map values ${list.object}.${list.field}\`), or set \`unmapped: reject | null | keep | <a value>\`.`,
      severity: "error",
    });
  }
  problems.push(...ownerProblems(plan.owners, session.mappings.ownersFile ?? null));
  return problems;
}

/** Target users as they will be when owners are resolved: those that are there, and those that this plan loads. */
async function plannedUsers(session: Session, scans: readonly StageScan[]): Promise<TargetUser[]> {
  const client = await session.database.connect();
  try {
    const there = await readUsers(client, session.model, session.mappings.mappings, session.config.source.name);
    const coming = scans.flatMap((scan) => scan.users);
    const replaced = new Set(coming.map((user) => user.externalId));
    // a user that exists already may be recognised by its e-mail instead of its id
    const byEmail = new Set(coming.map((user) => user.email?.toLowerCase()).filter((email) => email !== undefined));
    const staying = there.filter(
      (user) => !replaced.has(user.externalId) && (user.email === null || !byEmail.has(user.email.toLowerCase())),
    );
    return [...staying, ...coming];
  } finally {
    client.release();
  }
}

/** What reading every mapped object once costs; null: the source does not count calls. */
async function readingCosts(session: Session): Promise<ReadEstimate | null> {
  const fields = columnsBySource(session);
  return (await session.source.estimate?.([...fields].map(([object, names]) => ({ object, fields: names })))) ?? null;
}

/** Fingerprints of the source objects that the stages read. */
export async function contentOf(session: Session): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const name of new Set(session.stages.flatMap((stage) => stage.mapping.sources))) {
    content[name] = await session.source.fingerprint(name);
  }
  return content;
}

/**
 * True when `plan` was made of this very content and still holds: same lock, same fingerprints, and every owner in it is
 * found among the target's users now. Its counts and coverage then need not be worked out again.
 */
export async function stillHolds(session: Session, plan: Plan): Promise<boolean> {
  if (diffLock(plan.lock, makeLock(session)).length > 0) return false;
  const content = await contentOf(session);
  if (Object.keys(content).some((name) => plan.content?.[name] !== content[name])) return false;
  if (plan.owners.length === 0) return true;
  const owner = new Owner(session.mappings.owners, session.model, session.config.source.name);
  owner.use(await plannedUsers(session, []));
  return plan.owners.every(({ owner: text }) => owner.look(text).kind === "user");
}

/** Throws ConfigError with everything that the source does not let read. */
async function assertReadable(session: Session): Promise<void> {
  const problems = (await session.source.check?.(columnsBySource(session))) ?? [];
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw ConfigError.of(errors);
}

export interface MakePlanOptions {
  /** false: return the plan with its stops instead of throwing. Default true. */
  readonly strict?: boolean;
  /** true: asks the source what reading costs, where that counts calls. Default false: asking costs calls, too. */
  readonly costs?: boolean;
  /** true: throws what the source may not read of the mapped objects, too, as `migrate check` says it. Default false. */
  readonly permissions?: boolean;
}

/**
 * Makes the plan: stages in order with counts, coverage of picklists and owners, tables to be made, and the lock.
 * Throws ConfigError with every value and owner that stops it, unless `strict` is false.
 */
export async function makePlan(
  session: Session,
  onEvent: (event: EngineEvent) => void,
  options: MakePlanOptions = {},
): Promise<Plan> {
  const { config, model, target, database, stages } = session;
  if (options.permissions === true) await assertReadable(session);
  const queue = new PQueue({ concurrency: SCANS_AT_ONCE });
  // two reads of one source object at the same time are not allowed
  const busy = new Map<string, Promise<unknown>>();
  const scans = await Promise.all(
    stages.map((stage) => {
      const before = stage.mapping.sources.map((name) => busy.get(name));
      const scan = Promise.all(before).then(() =>
        queue.add(() =>
          scanStage(session, stage, (read) =>
            onEvent({ type: "progress", mapping: stage.mapping.id, read, total: null }),
          ),
        ),
      );
      for (const name of stage.mapping.sources) busy.set(name, scan);
      return scan;
    }),
  );
  try {
    const owner = new Owner(session.mappings.owners, model, config.source.name);
    owner.use(await plannedUsers(session, scans));
    const changes = await target.planTables(database.query, model);
    const dates = scans.flatMap((scan) => scan.dates);
    for (const found of dates) {
      if (found.evidence.state === "decided") onEvent({ type: "note", message: `dates of ${datesText(found)}` });
    }
    const warnings = [...(await keyWarnings(session, scans)), ...dateProblems(session, dates, "warning")];
    for (const { code, message, hint } of warnings) {
      onEvent({ type: "note", message: `warning ${code}: ${message}${hint === null ? "" : `. ${hint}`}` });
    }
    const records = scans.reduce((sum, scan) => sum + scan.count, 0);
    const costs = options.costs === true ? await readingCosts(session) : null;
    const plan: Plan = {
      version: 1,
      name: config.name,
      createdAt: session.context.now().toISOString(),
      source: config.source.connector,
      target: config.target.connector,
      scope: scopeInWords(session, stages, scans, (await session.source.sizes?.()) ?? null),
      stages: stages.map((stage, index) => planStage(session, stage, scans[index]!)),
      picklists: scans.flatMap((scan) => picklistCoverage(session, scan)),
      owners: ownerCoverage(owner, scans),
      tables: { create: changes.create, extend: changes.extend },
      apiCalls: costs?.calls ?? null,
      ...(costs === null ? {} : { apiCallsLeft: costs.remaining }),
      etaSeconds: Math.ceil(records / USUAL_RATE) + (costs?.seconds ?? 0),
      ...(dates.length === 0 ? {} : { dates }),
      ...(warnings.length === 0 ? {} : { warnings }),
      content: await contentOf(session),
      lock: makeLock(session),
    };
    const problems = coverageProblems(session, plan);
    if (problems.length > 0 && options.strict !== false) throw ConfigError.of(problems);
    return plan;
  } catch (error) {
    throw dbError(error);
  }
}
