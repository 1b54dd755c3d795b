/** The plan's lock: what must be the same when the run begins. */
import { createHash } from "node:crypto";
import { canonical, mappingHash, ownersHash } from "../mapping/meaning.ts";
import type { ObjectMapping, Stage } from "../mapping/types.ts";
import { FIELD_TYPES, type PicklistOption, type SourceField, type SourceSchema } from "../schema.ts";
import type { Session } from "./session.ts";
import type { PlanLock } from "./types.ts";

const hash = (value: unknown): string => createHash("sha256").update(canonical(value)).digest("hex").slice(0, 32);

/** Fields as the lock keeps them. */
const fieldsIn = (fields: readonly SourceField[]): string[] =>
  fields.map((field) => (field.type === null ? field.name : `${field.name}: ${field.type}`)).sort();

/** What the source says of a value: its label, and what a stage means. */
function saidOf({ value, label, stage }: PicklistOption): string {
  const parts = label === value ? [] : [`"${label}"`];
  if (stage !== undefined) {
    parts.push(`in ${stage.pipeline}`);
    if (stage.probability !== null) parts.push(`probability ${stage.probability}`);
    if (stage.isClosed !== null) parts.push(stage.isClosed ? "closed" : "open");
  }
  return parts.join(", ");
}

/** Columns of a mapping whose values a picklist translates. */
const listedColumns = (mapping: ObjectMapping): string[] =>
  mapping.fields.flatMap(({ picklist, type, input }) =>
    input.kind === "from" && (picklist !== null || type === "picklist" || type === "multipicklist")
      ? input.columns
      : [],
  );

/** Of each source object the values of fields that mappings read as picklists, with what the source says of them. */
function valuesIn(session: Session): Record<string, Record<string, Record<string, string>>> {
  const values: Record<string, Record<string, Record<string, string>>> = {};
  for (const object of session.sourceSchema.objects) {
    const mappings = session.stages
      .map(({ mapping }) => mapping)
      .filter(({ sources }) => sources.includes(object.name));
    const listed = new Set(mappings.flatMap(listedColumns));
    const fields = object.fields.filter(({ name, options }) => listed.has(name) && (options ?? []).length > 0);
    if (fields.length === 0) continue;
    values[object.name] = Object.fromEntries(
      fields.map(({ name, options }) => [name, Object.fromEntries(options!.map((each) => [each.value, saidOf(each)]))]),
    );
  }
  return values;
}

/** Fingerprints of the source's schema, the mappings, the owners, the model and the options (secrets left out). */
export function makeLock(session: Session): PlanLock {
  const used = new Set(session.stages.flatMap((stage) => stage.mapping.sources));
  const schema: Record<string, readonly string[]> = {};
  for (const object of session.sourceSchema.objects) {
    if (used.has(object.name)) schema[object.name] = fieldsIn(object.fields);
  }
  const { config, model } = session;
  const secrets = new Set(config.secrets);
  const options = Object.fromEntries(
    Object.entries(config.source.options).filter(([, value]) => typeof value !== "string" || !secrets.has(value)),
  );
  return {
    schema,
    values: valuesIn(session),
    mappings: Object.fromEntries(
      session.stages.map((stage) => [stage.mapping.id, mappingHash(stage.mapping).slice(0, 32)]),
    ),
    owners: ownersHash(session.mappings.owners).slice(0, 32),
    model: hash([
      model.name,
      model.schema,
      [...model.objects.values()].map((object) => [object.name, [...object.fields.values()]]),
    ]),
    options: hash([config.source.connector, config.source.name, options, config.scope]),
    whole: {
      mappings: Object.fromEntries(
        (session.unsliced ?? session.mappings.mappings).map((mapping) => [
          mapping.id,
          mappingHash(mapping).slice(0, 32),
        ]),
      ),
      options: hash([config.source.connector, config.source.name, options]),
    },
  };
}

/**
 * What differs between a stage's load and now, one line each; a scope that differs is no difference: what it adds is read whole.
 * `reviewed`: the source may have changed, somebody has looked at it.
 */
export function diffBase(base: PlanLock, now: PlanLock, stage: Stage, reviewed: boolean): readonly string[] {
  const part = { stages: [stage] };
  const { id } = stage.mapping;
  const [before, after] = [partOf(base, part), partOf(now, part)];
  const lines = reviewed ? [] : [...diffSchema(before.schema, after.schema), ...diffValues(before, after)];
  const then = before.whole;
  const here = after.whole;
  if (then === undefined || here === undefined) {
    if (before.mappings[id] !== after.mappings[id]) lines.push(`mapping ${id}: changed`);
  } else {
    if (then.mappings[id] !== here.mappings[id]) lines.push(`mapping ${id}: changed`);
    if (then.options !== here.options) lines.push("source options: changed");
  }
  if (before.owners !== after.owners) lines.push("owners: changed");
  if (before.model !== after.model) lines.push("target model: changed");
  return lines;
}

/** The part of a lock that concerns what `only` reads: source objects, and mappings by id. */
export function partOf(lock: PlanLock, only: Pick<Session, "stages">): PlanLock {
  const sources = new Set(only.stages.flatMap(({ mapping }) => mapping.sources));
  const mappings = new Set(only.stages.map(({ mapping }) => mapping.id));
  const kept = <Value>(all: Readonly<Record<string, Value>>, names: ReadonlySet<string>): Record<string, Value> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name)));
  return {
    ...lock,
    schema: kept(lock.schema, sources),
    ...(lock.values === undefined ? {} : { values: kept(lock.values, sources) }),
    mappings: kept(lock.mappings, mappings),
  };
}

/** What differs between the plan and now, one line each; empty when nothing does. */
export function diffLock(planned: PlanLock, now: PlanLock): readonly string[] {
  const lines = [...diffSchema(planned.schema, now.schema), ...diffValues(planned, now)];
  for (const mapping of new Set([...Object.keys(planned.mappings), ...Object.keys(now.mappings)])) {
    if (planned.mappings[mapping] === undefined) lines.push(`mapping ${mapping}: new since the plan`);
    else if (now.mappings[mapping] === undefined) lines.push(`mapping ${mapping}: no longer there`);
    else if (planned.mappings[mapping] !== now.mappings[mapping]) lines.push(`mapping ${mapping}: changed`);
  }
  if (planned.owners !== now.owners) lines.push("owners: changed");
  if (planned.model !== now.model) lines.push("target model: changed");
  if (planned.options !== now.options) lines.push("source options or scope: changed");
  return lines;
}

function diffSchema(planned: PlanLock["schema"], now: PlanLock["schema"]): string[] {
  const lines: string[] = [];
  for (const object of new Set([...Object.keys(planned), ...Object.keys(now)])) {
    const before = planned[object];
    const after = now[object];
    if (before === undefined) lines.push(`source ${object}: new since the plan`);
    else if (after === undefined) lines.push(`source ${object}: no longer there`);
    else {
      const gone = before.filter((field) => !after.includes(field));
      const added = after.filter((field) => !before.includes(field));
      if (gone.length > 0) lines.push(`source ${object}: columns gone: ${gone.join(", ")}`);
      if (added.length > 0) lines.push(`source ${object}: new columns: ${added.join(", ")}`);
    }
  }
  return lines;
}

/** Values of fields that both have; plans of earlier versions say nothing of values. */
function diffValues(planned: PlanLock, now: PlanLock): string[] {
  const lines: string[] = [];
  if (planned.values === undefined || now.values === undefined) return lines;
  const said = (value: string, text: string) => `"${value}"${text === "" ? "" : ` (${text})`}`;
  for (const [object, fields] of Object.entries(planned.values)) {
    for (const [field, before] of Object.entries(fields)) {
      const after = now.values[object]?.[field];
      if (after === undefined) continue;
      const where = `source ${object}.${field}`;
      for (const [value, text] of Object.entries(before)) {
        const then = after[value];
        if (then === undefined) lines.push(`${where}: value gone: ${said(value, text)}`);
        else if (then !== text) lines.push(`${where}: value changed: ${said(value, text)} is now ${said(value, then)}`);
      }
      for (const [value, text] of Object.entries(after))
        if (!Object.hasOwn(before, value)) lines.push(`${where}: new value: ${said(value, text)}`);
    }
  }
  return lines;
}

/** How the source differs from what the plan saw, as far as `sources` go: objects that are gone, fields gone and new. */
export function diffSource(planned: PlanLock, schema: SourceSchema, sources: ReadonlySet<string>): readonly string[] {
  const there = new Map(schema.objects.map(({ name, fields }) => [name, fieldsIn(fields)]));
  const names = Object.keys(planned.schema).filter((name) => sources.has(name));
  return diffSchema(
    Object.fromEntries(names.map((name) => [name, planned.schema[name]!])),
    Object.fromEntries(names.flatMap((name) => (there.has(name) ? [[name, there.get(name)!] as const] : []))),
  );
}

/** `schema` with the objects and fields besides that the plan saw: mappings that were sound then are sound with it. */
export function asPlanned(schema: SourceSchema, planned: PlanLock): SourceSchema {
  const objects = new Map(schema.objects.map((object) => [object.name, object]));
  for (const [name, lines] of Object.entries(planned.schema)) {
    const object = objects.get(name) ?? { name, label: name, fields: [] };
    const known = new Set(object.fields.map((field) => field.name));
    const before = lines.map(fieldOf).filter((field) => !known.has(field.name));
    objects.set(name, { ...object, fields: [...object.fields, ...before] });
  }
  return { ...schema, objects: [...objects.values()] };
}

/** `Name: type`, or a name alone, which may hold a colon, too. */
function fieldOf(line: string): SourceField {
  const cut = line.lastIndexOf(": ");
  const type = FIELD_TYPES.find((each) => each === line.slice(cut + 2));
  if (cut < 0 || type === undefined) return { name: line, label: line, type: null };
  return { name: line.slice(0, cut), label: line.slice(0, cut), type };
}
