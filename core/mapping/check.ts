/** Checks mappings whole, against source and target, and resolves every default. Nothing is read or written. */
import type { SourceCapabilities } from "../connector.ts";
import type { Place, Problem } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { EXTERNAL_ID, type ModelObject, type SourceObject, type SourceSchema, type TargetModel } from "../schema.ts";
import { createProblems, type ProblemList } from "../yaml-read.ts";
import { checkAssociation } from "./check-association.ts";
import { withCurrencies } from "./check-currency.ts";
import { checkField } from "./check-field.ts";
import { checkKey, checkMatch, checkMerges } from "./check-key.ts";
import { warnSharedKeyspaces } from "./check-keyspace.ts";
import { findSources, type SourceColumns, sourceColumns } from "./check-source.ts";
import { identify } from "./identify.ts";
import { mappingSetHash } from "./meaning.ts";
import { targetText } from "./named-lookup.ts";
import { requiredCycle } from "./order.ts";
import { EXPECT_FILTERED, EXPECT_MERGED, EXPECT_REJECT } from "./parse-cases.ts";
import type { RawMapping, RawMappings, RawPicklist } from "./raw.ts";
import type { FieldMapping, MappingSet, ObjectMapping } from "./types.ts";

export interface CheckOptions {
  readonly sourceSchema: SourceSchema;
  /** Name of a source object as the schema has it; null: unknown. Default: exact names. */
  readonly resolveSource?: (name: string) => string | null;
  readonly model: TargetModel;
  readonly capabilities: SourceCapabilities;
}

export interface CheckedMappings {
  /** Usable only when no problem is an error. */
  readonly set: MappingSet;
  readonly problems: readonly Problem[];
}

/** What the checks of one mapping share. */
export interface CheckScope {
  readonly mapping: RawMapping;
  readonly object: ModelObject;
  readonly model: TargetModel;
  readonly columns: SourceColumns;
  /** Objects that some mapping loads, and `object/keyspace` of each. */
  readonly loaded: ReadonlySet<string>;
  readonly picklists: ReadonlyMap<string, RawPicklist>;
  readonly blankMeansNothing: boolean;
  readonly problems: ProblemList;
}

/** Checks everything and tells every problem at once; codes are listed in docs/errors.md under MAPPING_. */
export function checkMappings(raw: RawMappings, options: CheckOptions): CheckedMappings {
  const problems = createProblems();
  const loaded = new Set(
    raw.mappings.flatMap(({ object, keyspace }) => [
      object,
      ...(keyspace === null ? [] : [targetText({ object, keyspace })]),
    ]),
  );
  const checked: ObjectMapping[] = [];
  for (const mapping of raw.mappings) {
    const resolve = options.resolveSource ?? ((name: string) => name);
    const sources = findSources(mapping, options.sourceSchema, resolve, problems);
    const object = options.model.objects.get(mapping.object);
    if (object === undefined) {
      const known = [...options.model.objects.keys()];
      const list = known.length <= 40 ? `; it has: ${known.join(", ")}` : "";
      const message = `the target model has no object "${mapping.object}"${list}`;
      problems.error("MAPPING_UNKNOWN_OBJECT", message, mapping.at("object"), didYouMean(mapping.object, known));
      continue;
    }
    const scope: CheckScope = {
      mapping,
      object,
      model: options.model,
      columns: sourceColumns(sources, problems),
      loaded,
      picklists: raw.picklists,
      blankMeansNothing: options.capabilities.blankMeansNothing,
      problems,
    };
    checked.push(checkMapping(scope, sources));
  }
  const mappings = identify(checked, problems);
  warnSharedKeyspaces(mappings, options.sourceSchema, options.capabilities, problems);
  const cycle = requiredCycle(mappings);
  if (cycle !== null) {
    problems.error(
      "MAPPING_REQUIRED_CYCLE",
      `required lookups form a cycle: ${cycle.join(" -> ")}; none of them can be loaded first`,
      mappings.find((mapping) => mapping.object === cycle[0])!.place,
      "Make one of these lookups optional: take required: true off it.",
    );
  }
  const ownersFile = raw.ownersFile ?? null;
  const set = { mappings, owners: raw.owners, ownersFile, fingerprint: mappingSetHash(mappings, raw.owners) };
  return { set, problems: problems.all };
}

function checkMapping(scope: CheckScope, sources: readonly SourceObject[]): ObjectMapping {
  const { mapping, object, columns, problems } = scope;
  const fields = withCurrencies(
    mapping.fields.map((field) => checkField(field, scope)).filter((field) => field !== null),
    scope,
  );
  const key = checkKey(scope, sources);
  for (const column of mapping.filter?.columns ?? []) {
    columns.require(column, mapping.at("filter"), `${mapping.object}: filter`);
  }
  checkMerges(key, scope);
  const associations = mapping.associations.map((association) => checkAssociation(association, scope));
  if (mapping.mode !== "update") checkRequired(fields, object, mapping, problems);
  checkMatch(fields, scope);
  checkCases(fields, scope);
  checkNewest(mapping, fields, problems);
  return {
    id: "",
    file: mapping.file,
    object: mapping.object,
    sources: sources.map((source) => source.name),
    ...key,
    mode: mapping.mode ?? "upsert",
    ...(mapping.conflicts === null ? {} : { conflicts: mapping.conflicts }),
    match: mapping.match ?? [EXTERNAL_ID],
    ...(mapping.matchIn.length === 0 ? {} : { matchIn: mapping.matchIn }),
    duplicates: mapping.duplicates ?? "reject",
    keyspace: mapping.keyspace,
    filter: mapping.filter,
    ...(mapping.aliases === null ? {} : { aliases: mapping.aliases }),
    ...mergedInto(mapping, sources),
    ...(mapping.deleted === null ? {} : { deleted: mapping.deleted }),
    fields,
    associations,
    cases: mapping.cases,
    place: mapping.place,
  };
}

/** `conflicts: newest` compares times. */
function checkNewest(mapping: RawMapping, fields: readonly FieldMapping[], problems: ProblemList): void {
  if (fields.some(({ target }) => target === "updated_at")) return;
  const field = fields.find(({ conflicts }) => conflicts === "newest");
  if (mapping.conflicts !== "newest" && field === undefined) return;
  problems.error(
    "CONFLICTS_NEWEST",
    `${mapping.object}: conflicts: newest compares updated_at, which is not mapped`,
    mapping.conflicts === "newest" ? mapping.at("conflicts") : field!.place,
    "Map updated_at from the source's time of modification, or use source, target or review.",
  );
}

/** As written, else as the source declares it: what was merged into another record is not to be loaded as one of its own. */
function mergedInto(mapping: RawMapping, sources: readonly SourceObject[]): { readonly mergedInto?: string } {
  if (mapping.mergedInto !== null) return { mergedInto: mapping.mergedInto };
  const [only, ...others] = new Set(sources.map((source) => source.mergedInto));
  return only === undefined || others.length > 0 ? {} : { mergedInto: only };
}

/** It is written, and what is wrong with it was told when the file was parsed. */
const isUnread = (mapping: RawMapping, name: string): boolean => mapping.unread?.includes(name) === true;

/** Fields that the model requires must be mapped; of each `requireAny` group at least one. */
function checkRequired(
  fields: readonly FieldMapping[],
  object: ModelObject,
  mapping: RawMapping,
  problems: ProblemList,
): void {
  const mapped = new Set(fields.flatMap((field) => (field.custom ? [] : [field.target, field.lookup?.typeInto ?? ""])));
  // what is mapped wrongly is told already
  for (const field of mapping.fields) mapped.add(field.target);
  for (const target of mapping.unread ?? []) mapped.add(target);
  if (isUnread(mapping, "fields")) return;
  const place: Place = mapping.at("fields");
  const missing = [...object.fields.values()].filter((field) => field.required && !mapped.has(field.name));
  const names = missing.map((field) => field.name);
  if (object.idDefault === null && !object.idAlways && !mapped.has(object.idColumn)) names.push(object.idColumn);
  for (const name of new Set(names)) {
    const message = `${mapping.object}.${name} is required and not mapped`;
    problems.error("MAPPING_REQUIRED_FIELD", message, place, `Add ${name}: with a source field or a value.`);
  }
  for (const group of object.requireAny) {
    if (group.some((name) => mapped.has(name))) continue;
    const message = `${mapping.object}: at least one of ${group.join(", ")} is required, and none is mapped`;
    problems.error("MAPPING_REQUIRED_FIELD", message, place, `Map ${group[0]}.`);
  }
}

function checkCases(fields: readonly FieldMapping[], scope: CheckScope): void {
  const { mapping, columns, problems } = scope;
  const unread = mapping.unread ?? [];
  const targets = new Set([
    ...fields.map((field) => field.target),
    ...unread,
    EXPECT_REJECT,
    EXPECT_FILTERED,
    EXPECT_MERGED,
  ]);
  for (const { name, input, expect, place } of mapping.cases) {
    for (const column of Object.keys(input)) columns.require(column, place, `${mapping.object}: case ${name}`);
    for (const target of Object.keys(expect)) {
      if (targets.has(target)) continue;
      const message = `${mapping.object}: case ${name}: no mapped field "${target}"`;
      problems.error("MAPPING_CASE_INVALID", message, place, didYouMean(target, targets));
    }
  }
}
