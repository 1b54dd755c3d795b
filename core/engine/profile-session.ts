/** Profiles of whole files: what every column holds, and what the mappings make of every record. Reads each source object once. */
import { blankTest } from "../mapping/compile-blank.ts";
import { refersToKey } from "../mapping/inputs.ts";
import { type ColumnProfile, ColumnScan, share } from "../mapping/profile.ts";
import { type Kind, KindTally } from "../mapping/profile-kinds.ts";
import { type ColumnUse, SignScan } from "../mapping/profile-signs.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import { cellText } from "../record.ts";
import type { FieldType, SourceObject } from "../schema.ts";
import { type MappingProfile, MappingScan } from "./profile-mapping.ts";
import type { Session } from "./session.ts";
import type { EngineEvent } from "./types.ts";

export interface ColumnReport {
  readonly column: string;
  /** What at least nine in ten of its values look like; `empty` without any. */
  readonly looksLike: FieldType | "empty";
  readonly filled: number;
  readonly blank: number;
  readonly distinct: number;
  /** False: `distinct` is an estimate. */
  readonly distinctExact: boolean;
  readonly examples: readonly string[];
  readonly maxLength: number;
  /** Target fields that read it: `contact.email`. */
  readonly becomes: readonly string[];
}

export interface SourceProfile {
  readonly object: string;
  /** Records read, those included that could not be. */
  readonly records: number;
  readonly bad: number;
  readonly columns: readonly ColumnReport[];
  /** Signs in mapped columns that their values are not what they seem; `field` is the column. */
  readonly signs: readonly Kind[];
  readonly mappings: readonly MappingProfile[];
}

/** Distinct values counted exactly over all columns of a file, and those that are kept to be shown. */
const SKETCHED = 1_000_000;
const KEPT = 100_000;
const BATCH = 10_000;

/** Profiles every source object that a stage reads. Only for sources where reading costs nothing: files. */
export async function profileSession(
  session: Session,
  onEvent: (event: EngineEvent) => void = () => undefined,
): Promise<SourceProfile[]> {
  const mappings = session.stages.map(({ mapping }) => mapping);
  const scans = new Map(mappings.map((mapping) => [mapping.id, new MappingScan(session, mapping)]));
  const profiles: SourceProfile[] = [];
  for (const name of new Set(mappings.flatMap(({ sources }) => sources))) {
    const object = session.sourceSchema.objects.find((candidate) => candidate.name === name);
    if (object === undefined) continue;
    const readers = mappings.filter(({ sources }) => sources.includes(name));
    const used = readers.map(({ id }) => scans.get(id)!);
    const last = readers.filter(({ sources }) => sources.at(-1) === name);
    const profile = await profileOne(session, object, used, onEvent);
    // a mapping that reads several objects is told once, with the last of them
    profiles.push({ ...profile, mappings: last.map(({ id }) => scans.get(id)!.result()) });
  }
  return profiles;
}

async function profileOne(
  session: Session,
  object: SourceObject,
  scans: readonly MappingScan[],
  onEvent: (event: EngineEvent) => void,
): Promise<Omit<SourceProfile, "mappings">> {
  const { options } = session.config.source;
  const fields = object.fields.map(({ name }) => name);
  const blank = blankTest((options.nulls as readonly string[] | undefined) ?? [""]);
  const decimal = (options.decimal as "." | "," | undefined) ?? ".";
  const tally = new KindTally();
  const cap = (total: number, least: number, most: number): number =>
    Math.max(least, Math.min(most, Math.floor(total / Math.max(1, fields.length))));
  const columns = fields.map((name) => {
    const use = useOf(
      name,
      scans.map(({ mapping }) => mapping),
    );
    return {
      scan: new ColumnScan(name, cap(KEPT, 10, 500), cap(SKETCHED, 200, 50_000)),
      signs: use === null ? null : new SignScan(name, use, decimal, tally),
    };
  });
  let records = 0;
  let bad = 0;
  for await (const batch of session.source.read({ object: object.name, fields, from: null, batchSize: BATCH })) {
    const at = fields.map((name) => batch.columns.indexOf(name));
    for (let record = 0; record < batch.size; record++) {
      const line = batch.lines[record]!;
      for (let index = 0; index < columns.length; index++) {
        const text = at[index]! < 0 ? null : cellText(batch, record, at[index]!);
        const { scan, signs } = columns[index]!;
        if (blank.text(text)) {
          scan.add(null, NONE);
          continue;
        }
        scan.add(text, NONE);
        signs?.add(text!, line, batch.ascii);
      }
    }
    for (const scan of scans) scan.add(batch);
    records += batch.size + batch.bad.length;
    bad += batch.bad.length;
    onEvent({ type: "progress", mapping: scans[0]!.mapping.id, read: records, total: null });
  }
  for (const { signs } of columns) signs?.finish();
  return {
    object: object.name,
    records,
    bad,
    columns: columns.map(({ scan }) => columnReport(scan.result(), scans)),
    signs: tally.kinds(),
  };
}

const NONE: ReadonlySet<string> = new Set();

function columnReport(profile: ColumnProfile, scans: readonly MappingScan[]): ColumnReport {
  return {
    column: profile.column,
    looksLike: looksLike(profile),
    filled: profile.filled,
    blank: profile.blank,
    distinct: profile.distinct,
    distinctExact: profile.sketch.exact,
    examples: profile.examples.map((text) => (text.length <= 80 ? text : `${text.slice(0, 80)}…`)),
    maxLength: profile.maxLength,
    becomes: scans.flatMap(({ mapping }) => becomes(profile.column, mapping)),
  };
}

/** Target fields that a mapping fills from the column, the key and links included. */
function becomes(column: string, mapping: ObjectMapping): string[] {
  const { object, key, fields, associations } = mapping;
  const targets = fields.filter(({ input }) => readsColumn(input, column)).map(({ target }) => `${object}.${target}`);
  const links = associations.filter(({ from }) => from === column).map(({ to }) => `${object} -> ${to}`);
  return [...(key.includes(column) ? [`${object} (key)`] : []), ...targets, ...links];
}

function readsColumn(input: ObjectMapping["fields"][number]["input"], column: string): boolean {
  if (input.kind === "from") return input.columns.includes(column);
  return input.kind === "template" && input.parts.some((part) => "column" in part && part.column === column);
}

/** null: no mapping uses the column. */
function useOf(column: string, mappings: readonly ObjectMapping[]): ColumnUse | null {
  const types = new Set<FieldType>();
  let used = false;
  let key = false;
  let translated = false;
  for (const mapping of mappings) {
    if (mapping.key.includes(column)) used = true;
    for (const { from, by } of mapping.associations) {
      if (from === column) used = true;
      if (from === column && by !== null) key = true;
    }
    for (const { input, type, lookup, values, transform, picklist } of mapping.fields) {
      if (!readsColumn(input, column)) continue;
      used = true;
      if (lookup !== null && !refersToKey(lookup)) key = true;
      if (type === "multipicklist") types.add(type);
      if (values !== null || transform.length > 0 || picklist !== null) translated = true;
      else if (input.kind === "from") types.add(type);
    }
  }
  return used ? { types, key, translated } : null;
}

const LOOKS = [
  ["email", ["email"]],
  ["json", ["json"]],
  ["datetime", ["datetime"]],
  ["date", ["ymd", "dmy", "mdy", "slashed"]],
  ["integer", ["integer"]],
  ["decimal", ["decimal"]],
  ["url", ["url"]],
  ["phone", ["phone"]],
] as const;

function looksLike(profile: ColumnProfile): ColumnReport["looksLike"] {
  if (profile.filled === 0) return "empty";
  if (share(profile, "boolean") >= 0.9 && share(profile, "integer") < 1) return "boolean";
  if (profile.looks.leadingZero > 0 && share(profile, "email") < 0.9)
    return share(profile, "phone") >= 0.9 ? "phone" : "text";
  for (const [type, looks] of LOOKS) {
    let count = 0;
    for (const look of looks) count += profile.looks[look];
    if (count / profile.filled >= 0.9) return type;
  }
  return "text";
}
