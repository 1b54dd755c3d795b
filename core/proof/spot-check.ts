/** Random records, read anew at the source, mapped again and laid beside what the target holds. */
import type { Query, SourceConnector } from "../connector.ts";
import { StoppedError } from "../errors.ts";
import { isAppended, listItems } from "../mapping/appended.ts";
import type { CompiledMapping, ExplainedField, ExplainedRecord } from "../mapping/compiled.ts";
import { fetchKeys } from "../mapping/fetch-keys.ts";
import { ident, literal } from "../store/quote.ts";
import { customType, sameCustom, sameValue, shown } from "./canonical.ts";
import { KEPT_WORDS } from "./kept.ts";
import type { Place } from "./place.ts";
import { checkReference, type ReferenceView } from "./references.ts";
import type { SpotCheck, SpotField } from "./types.ts";

/** A record to look at: its key, the run's bucket, and its row's id in the target (null: gone). */
export interface Spot {
  readonly key: string;
  readonly bucket: string;
  readonly id: string | null;
  /** Another source that wrote the row later; null: none did. */
  readonly later: string | null;
  /** The run inserted the row, and nobody else knows it: nothing is left to the target. */
  readonly fresh: boolean;
  /** Why it was picked; absent: by chance. */
  readonly why?: string;
}

export interface SpotInput {
  readonly source: SourceConnector;
  readonly view: ReferenceView;
  readonly place: Place;
  readonly compiled: CompiledMapping;
  readonly spots: readonly Spot[];
  /** Fields with edits that a run decided to keep, `field` or `custom.field`; `proof_kept` holds them. Absent: none. */
  readonly kept?: ReadonlySet<string>;
}

/** Checks the records of one mapping, in the order given; `anew` is what `readAnew` gave of them. */
export async function checkSpots(input: SpotInput, anew: ReadonlyMap<string, Anew>): Promise<SpotCheck[]> {
  const checks: SpotCheck[] = [];
  for (const spot of input.spots) checks.push(await checkSpot(input, spot, anew.get(spot.key)));
  return checks;
}

/** Reads records again while the database compares: one after the other, since no object may be read twice at a time. */
export class SpotReader {
  #last: Promise<unknown> = Promise.resolve();

  /** Errors are thrown where the result is awaited. */
  read(input: Pick<SpotInput, "source" | "compiled" | "spots">): Promise<ReadonlyMap<string, Anew>> {
    const result = this.#last.then(() => (input.spots.length === 0 ? new Map<string, Anew>() : readAnew(input)));
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** A record, and the source object that gave it. */
export interface Anew extends ExplainedRecord {
  readonly object: string;
}

/** Reads the records again and explains them; of duplicates the one that the mapping keeps. */
async function readAnew({
  source,
  compiled,
  spots,
}: Pick<SpotInput, "source" | "compiled" | "spots">): Promise<Map<string, Anew>> {
  const { mapping } = compiled;
  const found = new Map<string, Anew>();
  const wanted = new Set(spots.map(({ key }) => key));
  const keys = spots.map(({ key }) => key);
  for (const object of mapping.sources) {
    for await (const batch of fetchKeys(source, compiled, object, keys)) {
      const bound = compiled.bind(batch.columns);
      for (let record = 0; record < batch.size; record++) {
        const key = bound.key(batch, record);
        if (key === null || !wanted.has(key)) continue;
        // of several the first that can be loaded, or the last
        if (found.get(key)?.outcome.kind === "staged" && mapping.duplicates !== "last") continue;
        try {
          found.set(key, { ...bound.explain(batch, record), object });
        } catch (error) {
          if (!(error instanceof StoppedError)) throw error;
        }
      }
    }
  }
  return found;
}

async function checkSpot(input: SpotInput, spot: Spot, record: Anew | undefined): Promise<SpotCheck> {
  const { object, mapping } = input.place;
  const link =
    record !== undefined && mapping.key.length === 1
      ? (input.source.recordLink?.(record.object, spot.key) ?? null)
      : null;
  const base = {
    object: object.name,
    mapping: mapping.id,
    key: spot.key,
    ...(spot.why === undefined ? {} : { picked: spot.why }),
    ...(link === null ? {} : { link }),
  };
  const failed = (problem: string): SpotCheck => ({ ...base, ok: false, problem, fields: [] });
  if (record === undefined) return failed("the source no longer holds this record");
  if (record.outcome.kind === "filtered") return failed("the filter leaves this record out now; the run loaded it");
  if (record.outcome.kind === "merged") {
    return failed(`the record has been merged into ${record.outcome.into} since; the run loaded it`);
  }
  if (record.outcome.kind === "rejected") {
    return failed(`the mapping rejects this record now: ${record.outcome.problems[0]?.reason ?? "no reason given"}`);
  }
  if (spot.id === null) return failed("the target no longer holds this record");
  const row = await readRow(input, record.fields, spot.id);
  if (row === undefined) return failed("the target no longer holds this record");
  const fields: SpotField[] = [];
  for (const [index, field] of record.fields.entries()) {
    const held = { value: row[`c${index}`] ?? null, type: row[`o${index}`] ?? null };
    fields.push(await checkField(input, spot, field, held));
  }
  return { ...base, ok: fields.every(({ ok }) => ok), problem: null, fields };
}

/** Column of a field's value: `c<n>`; of a polymorphic lookup's type, or of a custom value's JSON type: `o<n>`. */
async function readRow(
  { view, place }: SpotInput,
  fields: readonly ExplainedField[],
  id: string,
): Promise<Record<string, string | null> | undefined> {
  const list = fields.flatMap(({ field }, index) => {
    if (field.custom) {
      const name = literal(field.target);
      return [`t.custom ->> ${name} as c${index}`, `jsonb_typeof(t.custom -> ${name}) as o${index}`];
    }
    const column = `t.${ident(field.model?.column ?? field.target)}::text`;
    const typeField = field.lookup?.typeInto ?? field.model?.typeField ?? null;
    const typeColumn = typeField === null ? undefined : place.object.fields.get(typeField)?.column;
    const type = field.lookup !== null && typeColumn !== undefined ? [`t.${ident(typeColumn)}::text as o${index}`] : [];
    return [`${column} as c${index}`, ...type];
  });
  if (list.length === 0) list.push("1");
  const { rows } = await view.query<Record<string, string | null>>(
    `select ${list.join(", ")} from ${place.table} t where t.${place.id} = $1::${place.object.idType}`,
    [id],
  );
  return rows[0];
}

async function checkField(
  { view, place, compiled, kept }: SpotInput,
  spot: Spot,
  { field, source, value: expected }: ExplainedField,
  { value: held, type }: { readonly value: string | null; readonly type: string | null },
): Promise<SpotField> {
  const columnType = field.model?.columnType ?? "text";
  const added = field.appends === true && expected !== null && isAppended(expected);
  const base = {
    field: field.target,
    source,
    expected: added ? listItems(expected).join(";") : shown(columnType, expected),
  };
  let target = shown(columnType, held);
  let ok: boolean;
  let skipped: string | null = null;
  if (field.lookup !== null && !field.custom) {
    const verdict = await checkReference(
      view,
      field,
      expected,
      held,
      type,
      field.lookup.missing !== "reject" || place.mayBeOpen.has(field.target),
    );
    ({ target, ok, skipped } = verdict);
  } else if (added) {
    const items = held === null ? [] : listItems(held);
    ok = listItems(expected).every((item) => items.includes(item));
  } else if (field.custom) {
    const json = customType(field) ?? type;
    ok = sameCustom(field.type, expected, held) && (held === null || json === type);
    // what reads the same is told apart as JSON
    if (!ok && held !== null && type === "string" && json !== type) target = JSON.stringify(held);
  } else ok = sameValue(columnType, expected, held) ?? (await sameInDatabase(view.query, columnType, expected!, held!));
  if (!ok) {
    skipped =
      policy(compiled, place, spot, field.target, field.custom, expected) ??
      (await keptReason(view.query, kept, spot, field.custom ? `custom.${field.target}` : field.target));
    ok = skipped !== null;
  }
  return { ...base, target, ok, skipped };
}

/** Why a run decided that the target's value stays; null: none did. */
async function keptReason(
  query: Query,
  kept: ReadonlySet<string> | undefined,
  { id }: Spot,
  field: string,
): Promise<string | null> {
  if (kept?.has(field) !== true) return null;
  const { rows } = await query<{ reason: string }>(
    `select ${KEPT_WORDS} as reason from proof_kept k where k.id = $1 and k.field = $2`,
    [id, field],
  );
  return rows[0]?.reason ?? null;
}

/** Why the target may rightly hold something else than the mapping makes of the source; null: it may not. */
function policy(
  compiled: CompiledMapping,
  place: Place,
  spot: Spot,
  target: string,
  custom: boolean,
  expected: string | null,
): string | null {
  const { mapping } = compiled;
  const field = mapping.fields.find((other) => other.target === target && other.custom === custom)!;
  if (mapping.mode === "insert" && spot.bucket === "unchanged") return "the record existed (mode: insert)";
  if (field.overwrite !== "always" && !spot.fresh)
    return `the target's own value stays (overwrite: ${field.overwrite})`;
  if (spot.later !== null) return `the row is a record of ${spot.later}, too, which was written later`;
  if (expected !== null) return null;
  if (place.object.hasTimestamps && /^(created|updated)_at$/.test(target))
    return "the source says nothing; the database sets it";
  // it recognises records: those that do not say it have one all the same
  if (!custom && field.model?.column === place.object.idColumn) return "the source says nothing; the database sets it";
  const column = compiled.columns.find((other) => (custom ? other.role === "custom" : other.target === target));
  return column?.keepOnNull === true && !spot.fresh ? "the source says nothing; the target's value stays" : null;
}

async function sameInDatabase(query: Query, type: string, expected: string, target: string): Promise<boolean> {
  const { rows } = await query<{ same: boolean }>(
    `select $1::text::${type} is not distinct from $2::text::${type} as same`,
    [expected, target],
  );
  return rows[0]?.same === true;
}
