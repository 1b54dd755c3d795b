/** What the source really holds: picklist values and owners with counts, and what the mapping makes of them. One pass per source object. */
import { blankTest } from "../mapping/compile-blank.ts";
import { compileField, type FieldEvaluator } from "../mapping/compile-field.ts";
import type { CompiledMapping, OwnerResolver } from "../mapping/compiled.ts";
import type { FieldDates } from "../mapping/date-order.ts";
import { OWNER_OBJECT } from "../mapping/order.ts";
import type { TargetUser } from "../mapping/owners.ts";
import { picklistResolver } from "../mapping/picklists.ts";
import type { FieldMapping, ObjectMapping, Stage } from "../mapping/types.ts";
import { isFailure, isKept } from "../mapping/values-types.ts";
import { cellText, type RecordBatch } from "../record.ts";
import { compileOptions, compileStage } from "./compile-stage.ts";
import { type RecordUse, Use, type UseReader, useReader } from "./coverage-use.ts";
import { DateScans, undeclaredDates } from "./date-orders.ts";
import type { Owner } from "./owner-directory.ts";
import type { Session } from "./session.ts";
import type { OwnerCoverage, PicklistCoverage, ValueCoverage } from "./types.ts";

/** Distinct values kept per field; a picklist with more is no picklist. */
const DISTINCT_LIMIT = 10_000;

export interface StageScan {
  readonly mapping: ObjectMapping;
  readonly count: number;
  readonly filtered: number;
  readonly picklists: readonly { readonly field: FieldMapping; readonly values: ReadonlyMap<string, Use> }[];
  readonly owners: ReadonlyMap<string, Use>;
  /** Stages that load users: who they will be. */
  readonly users: readonly TargetUser[];
  /** Keys of the first records, KEY_SAMPLE at most, without those that the filter leaves out. */
  readonly keys: readonly string[];
  /** Date fields whose order nobody declared. */
  readonly dates: readonly FieldDates[];
}

/** Keys that are compared with those that the target holds. */
const KEY_SAMPLE = 1000;

const NOBODY: OwnerResolver = { resolve: () => null };

interface Tally {
  readonly field: FieldMapping;
  readonly evaluator: FieldEvaluator;
  readonly counts: Map<string, Use>;
}

/** Notes the text that an owner is resolved by, after `values` and transforms. */
function ownerProbe(): OwnerResolver & { last: string | null } {
  const probe = {
    last: null as string | null,
    resolve(text: string): string | null {
      probe.last = text;
      return null;
    },
  };
  return probe;
}

/** Fields that say what kind of record one is, whatever their type. */
const KINDS: Readonly<Record<string, NonNullable<PicklistCoverage["kind"]>>> = {
  record_type: "record type",
  pipeline: "pipeline",
};

const kindOf = ({ custom, target }: FieldMapping): PicklistCoverage["kind"] =>
  custom ? undefined : Object.hasOwn(KINDS, target) ? KINDS[target] : target === "stage" ? "stage" : undefined;

/** True when the field's values are worth counting. */
const isCounted = (field: FieldMapping): boolean =>
  field.owner ||
  field.picklist !== null ||
  field.type === "picklist" ||
  (kindOf(field) !== undefined && field.lookup === null);

/** Reads a stage's sources once. Records that the filter leaves out count as filtered only; merged ones are only counted. */
export async function scanStage(session: Session, stage: Stage, onRead: (read: number) => void): Promise<StageScan> {
  const { mapping } = stage;
  const probe = ownerProbe();
  const options = compileOptions(session, mapping, probe);
  const blank = blankTest(options.nulls);
  const fields = mapping.fields.filter((field) => isCounted(field) && field.input.kind !== "value");
  // what a plan does not count it does not ask for: columns may cost calls of their own
  const undeclared = undeclaredDates(session, mapping);
  const uses = fields.length === 0 ? null : useReader(mapping, options, session.sourceSchema);
  const counted = [...new Set([...fields, ...undeclared, ...(uses?.fields ?? [])])];
  const needed = mapping.object === OWNER_OBJECT ? mapping : { ...mapping, fields: counted, associations: [] };
  const dates = new DateScans(undeclared);
  const compiled = compileStage(session, needed, NOBODY);
  const counts = fields.map(() => new Map<string, Use>());
  const owners = new Map<string, Use>();
  const users: TargetUser[] = [];
  const keys: string[] = [];
  let count = 0;
  let filtered = 0;
  for (const object of mapping.sources) {
    const request = { object, fields: compiled.reads, from: null, batchSize: 50_000 };
    for await (const batch of session.source.read(request)) {
      count += batch.size + batch.bad.length;
      const tallies = fields.map((field, index): Tally => {
        return {
          field,
          evaluator: compileField(field, options),
          counts: counts[index]!,
        };
      });
      dates.bind(batch.columns);
      filtered += scanBatch(session, mapping, compiled, batch, tallies, uses, dates, blank.text, users, keys);
      onRead(count);
    }
  }
  const picklists: { field: FieldMapping; values: ReadonlyMap<string, Use> }[] = [];
  for (const [index, field] of fields.entries()) {
    if (!field.owner) {
      picklists.push({ field, values: counts[index]! });
      continue;
    }
    const evaluator = compileField(field, options);
    for (const [text, n] of counts[index]!) {
      probe.last = null;
      evaluator.evaluate(text === "" ? null : text);
      if (probe.last !== null) useOf(owners, probe.last).join(n);
    }
  }
  return { mapping, count, filtered, picklists, owners, users, keys, dates: dates.results(mapping) };
}

function useOf(uses: Map<string, Use>, value: string): Use {
  const use = uses.get(value) ?? new Use();
  uses.set(value, use);
  return use;
}

const NO_USE: RecordUse = { last: null, currency: "", amount: null };

function scanBatch(
  session: Session,
  mapping: ObjectMapping,
  compiled: CompiledMapping,
  batch: RecordBatch,
  tallies: readonly Tally[],
  uses: UseReader | null,
  dates: DateScans,
  isBlankText: (text: string | null) => boolean,
  users: TargetUser[],
  keys: string[],
): number {
  let filtered = 0;
  const positions = new Map(batch.columns.map((name, index) => [name, index]));
  const isUsers = mapping.object === OWNER_OBJECT;
  const bound = compiled.bind(batch.columns);
  let record = 0;
  const cell = (column: string): string | null => {
    const text = cellText(batch, record, positions.get(column) ?? -1);
    return isBlankText(text) ? null : text;
  };
  for (record = 0; record < batch.size; record++) {
    if (mapping.mergedInto !== undefined && cell(mapping.mergedInto) !== null) continue;
    if (mapping.filter !== null && !mapping.filter.test(cell)) {
      filtered++;
      continue;
    }
    const use = uses?.read(cell) ?? NO_USE;
    for (const tally of tallies) {
      const text = tally.evaluator.read(cell) ?? "";
      if (tally.counts.size < DISTINCT_LIMIT || tally.counts.has(text)) useOf(tally.counts, text).add(use);
    }
    dates.add(batch, record, isBlankText);
    if (keys.length < KEY_SAMPLE) {
      const key = bound.key(batch, record);
      if (key !== null) keys.push(key);
    }
    if (isUsers) {
      const user = plannedUser(session, bound.explain(batch, record));
      if (user !== null) users.push(user);
    }
  }
  return filtered;
}

function plannedUser(
  session: Session,
  explained: ReturnType<ReturnType<CompiledMapping["bind"]>["explain"]>,
): TargetUser | null {
  if (explained.outcome.kind !== "staged") return null;
  const value = (name: string) => explained.fields.find((field) => field.field.target === name)?.value ?? null;
  const parts = [value("first_name"), value("last_name")].filter((part) => part !== null).join(" ");
  const hasName = session.model.objects.get(OWNER_OBJECT)!.fields.has("name");
  return {
    id: `new:${explained.key}`,
    email: value("email"),
    name: (hasName ? value("name") : null) ?? value("full_name") ?? (parts === "" ? null : parts),
    externalId: explained.key,
    active: value("is_active") !== "false",
  };
}

/** What becomes of each picklist value of a stage. */
export function picklistCoverage(session: Session, scan: StageScan): PicklistCoverage[] {
  const options = compileOptions(session, scan.mapping, NOBODY);
  return scan.picklists.map(({ field, values }) => {
    const evaluator = compileField(field, options);
    const resolve = picklistResolver(field.picklist, field.model?.options ?? null);
    // without a list of values every text is one
    const plain = field.picklist === null && (field.model?.options ?? null) === null;
    const covered: ValueCoverage[] = [];
    for (const [text, use] of values) {
      if (text === "") continue;
      const { count } = use;
      const more = use.figures();
      const result = evaluator.evaluate(text);
      const direct = resolve(text);
      if (result === null) covered.push({ value: text, count, target: null, how: "null", ...more });
      else if (isFailure(result)) {
        const stops = "stop" in result || field.picklist?.unmapped === "stop";
        const how = stops
          ? "stop"
          : field.picklist?.unmapped === "null" || field.onError === "null"
            ? "null"
            : "reject";
        covered.push({ value: text, count, target: null, how, ...more });
      } else {
        const target = isKept(result) ? result.text : result;
        const how =
          target === null
            ? "null"
            : direct.kind === "value"
              ? direct.how === "kept" && plain
                ? "same"
                : direct.how
              : "mapped";
        covered.push({ value: text, count, target, how, ...more });
      }
    }
    covered.sort((a, b) => b.count - a.count || a.value.localeCompare(b.value));
    const kind = kindOf(field);
    return {
      mapping: scan.mapping.id,
      object: scan.mapping.object,
      field: field.target,
      ...(kind === undefined ? {} : { kind }),
      values: covered,
    };
  });
}

/** What becomes of each owner, over all stages. */
export function ownerCoverage(owner: Owner, scans: readonly StageScan[]): OwnerCoverage[] {
  const totals = new Map<string, Use>();
  for (const scan of scans) for (const [text, use] of scan.owners) useOf(totals, text).join(use);
  const list: OwnerCoverage[] = [];
  for (const [text, use] of totals) {
    const { count } = use;
    const more = use.figures();
    const found = owner.look(text);
    if (found.kind === "user") {
      list.push({
        owner: text,
        count,
        target: found.user.name ?? found.user.email ?? found.user.externalId,
        how: found.how,
        ...more,
      });
    } else if (found.kind === "problem") {
      const { code, given, users } = found;
      const problem = { code, ...(given === undefined ? {} : { given }), ...(users === undefined ? {} : { users }) };
      list.push({ owner: text, count, target: null, how: found.policy, problem, ...more });
    } else if (found.kind === "invite") list.push({ owner: text, count, target: found.text, how: "invite", ...more });
    else list.push({ owner: text, count, target: null, how: "null", ...more });
  }
  return list.sort((a, b) => b.count - a.count || a.owner.localeCompare(b.owner));
}
