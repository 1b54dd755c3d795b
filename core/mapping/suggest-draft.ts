/**
 * A whole first draft: source objects and what their values look like in, mappings out. It must work as it is:
 * what cannot work is left out, with the reason; what is uncertain is kept, with a comment.
 */
import { counted } from "../counted.ts";
import type { ModelField, ModelObject, TargetModel } from "../schema.ts";
import type { ColumnProfile } from "./profile.ts";
import { suggestFields } from "./suggest-fields.ts";
import { type KeySuggestion, suggestKey } from "./suggest-keys.ts";
import { isOwnerField, type LookupTarget, lookupFields, suggestLookups } from "./suggest-lookups.ts";
import { normalise } from "./suggest-names.ts";
import type { LeftOut } from "./suggest-objects.ts";
import { type OwnerColumn, ownerRule, suggestOwners } from "./suggest-owners.ts";
import { fillRequired } from "./suggest-required.ts";
import type { Draft, DraftField, DraftMapping, DraftPicklist, ProfiledAssignment } from "./suggest-types.ts";
import { customType, dateOrder, decimalSign, matchOptions } from "./suggest-values.ts";

interface Prepared {
  readonly assignment: ProfiledAssignment;
  readonly object: ModelObject;
  readonly key: KeySuggestion;
  readonly target: LookupTarget;
}

/** Columns that the source system keeps for itself. */
const SYSTEM_COLUMNS = new Set(["is_deleted", "system_modstamp", "last_viewed_date", "last_referenced_date"]);

export function draftMappings(assignments: readonly ProfiledAssignment[], model: TargetModel): Draft {
  const leftOut: LeftOut[] = [];
  let prepared = assignments.flatMap((assignment) => {
    const ready = prepare(assignment, model);
    if (typeof ready !== "string") return [ready];
    for (const source of assignment.sources) leftOut.push({ source: source.name, reason: ready });
    return [];
  });
  // leaving one file out takes away what others refer to: start over until nothing changes
  for (;;) {
    const results = prepared.map((entry) => ({ entry, draft: draftOne(entry, prepared, model) }));
    const failed = results.filter(({ draft }) => typeof draft === "string");
    if (failed.length === 0) {
      const drafted = results.map(({ draft }) => draft as Drafted);
      const owners = drafted.flatMap((draft) => draft.owners);
      const match = ownerRule(owners);
      return {
        mappings: drafted.map(({ mapping }) => mapping),
        leftOut,
        owners: owners.length === 0 ? null : { match, reason: owners.find((owner) => owner.match === match)!.reason },
        dates: dateOrder(prepared.map((entry) => entry.assignment.profile)),
        decimal: decimalSign(prepared.map((entry) => entry.assignment.profile)),
      };
    }
    for (const { entry, draft } of failed) {
      for (const source of entry.assignment.sources) leftOut.push({ source: source.name, reason: draft as string });
    }
    prepared = results.filter(({ draft }) => typeof draft !== "string").map(({ entry }) => entry);
  }
}

function prepare(assignment: ProfiledAssignment, model: TargetModel): Prepared | string {
  const object = model.objects.get(assignment.object)!;
  const key = suggestKey(assignment.object, assignment.profile, assignment.sources[0]!.key);
  if (key === null) return `looks like ${assignment.object}, but no column identifies a record`;
  const named = suggestFields([...assignment.profile.columns.values()], object, plainFields(object, model));
  const unique = new Map<string, string>();
  for (const suggestion of named) {
    const profile = assignment.profile.columns.get(suggestion.column)!;
    const type = object.fields.get(suggestion.field)!.type;
    const nearlyUnique = profile.filled > 0 && profile.distinct >= 0.9 * profile.filled;
    if (nearlyUnique && ["text", "email", "url", "phone"].includes(type))
      unique.set(suggestion.column, suggestion.field);
  }
  const target = {
    object: assignment.object,
    source: assignment.sources[0]!.name,
    key: key.columns.length === 1 ? key.columns[0]! : null,
    profile: assignment.profile,
    unique,
  };
  return { assignment, object, key, target };
}

/** Fields that a column may be copied into; owners and lookups have rules of their own. */
export function plainFields(object: ModelObject, model: TargetModel): readonly ModelField[] {
  const lookups = new Set(lookupFields(object, model).map((field) => field.name));
  const typeFields = new Set([...object.fields.values()].map((field) => field.typeField));
  return [...object.fields.values()].filter(
    (field) =>
      !lookups.has(field.name) &&
      !typeFields.has(field.name) &&
      !isOwnerField(field) &&
      field.lookup === null &&
      field.name !== "external_id" &&
      field.name !== "external_source",
  );
}

interface Drafted {
  readonly mapping: DraftMapping;
  readonly owners: readonly OwnerColumn[];
}

function draftOne(entry: Prepared, all: readonly Prepared[], model: TargetModel): Drafted | string {
  const { assignment, object, key } = entry;
  const columns = [...assignment.profile.columns.values()];
  const users = all.find((other) => other.assignment.object === "user") ?? null;
  const owners = suggestOwners(columns, object, users?.target ?? null);
  const free = columns.filter((column) => !owners.some((owner) => owner.column === column.column));
  const single = key.columns.length === 1 ? key.columns[0]! : null;
  const targets = all.filter((other) => other.assignment.keyspace === null).map((other) => other.target);
  const lookups = suggestLookups(
    free.filter((column) => column.column !== single),
    object,
    model,
    targets,
  );
  const taken = new Set(lookups.map((lookup) => lookup.column));
  const named = suggestFields(
    free.filter((column) => !taken.has(column.column)),
    object,
    plainFields(object, model),
  );

  const blankIsFalse = falseIsBlank(columns, object, named);
  const fields = new Map<string, DraftField>();
  const picklists: DraftPicklist[] = [];
  for (const suggestion of named) {
    const field = object.fields.get(suggestion.field)!;
    const column = assignment.profile.columns.get(suggestion.column)!;
    fields.set(
      field.name,
      plainField(object, field, column, suggestion.fits, suggestion.reason, picklists, blankIsFalse),
    );
  }
  for (const lookup of lookups) {
    fields.set(lookup.field, {
      target: lookup.field,
      custom: false,
      from: lookup.column,
      type: null,
      lookup: { objects: lookup.objects, by: lookup.by, typeInto: lookup.typeInto },
      missingNull: lookup.coverage < 1 && !object.fields.get(lookup.field)!.required,
      ...(lookup.spelled === undefined ? {} : { values: lookup.spelled }),
      note: lookup.reason,
    });
  }
  for (const owner of owners) {
    fields.set(owner.field, {
      target: owner.field,
      custom: false,
      from: owner.column,
      type: null,
      owner: true,
      note: owner.reason,
    });
  }
  const problem = fillRequired(object, fields, columns, key.columns[0]!);
  if (problem !== null) return `looks like ${object.name}, but ${problem}`;
  const columnsLeftOut = customFields(object, fields, columns, single, blankIsFalse);
  const order = [...object.fields.keys()];
  const sorted = [...fields.values()].sort((a, b) => {
    if (a.custom !== b.custom) return a.custom ? 1 : -1;
    return a.custom ? 0 : order.indexOf(a.target) - order.indexOf(b.target);
  });
  return {
    owners,
    mapping: {
      object: object.name,
      sources: assignment.sources.map((source) => source.name),
      reason: assignment.reason,
      records: assignment.profile.records,
      complete: assignment.profile.complete,
      key: key.columns,
      keyReason: key.reason,
      keyUnique: single === null || (assignment.profile.columns.get(single)?.unique ?? true),
      keyspace: assignment.keyspace,
      filter: assignment.filter ?? null,
      fields: sorted,
      picklists,
      columnsLeftOut,
    },
  };
}

function plainField(
  object: ModelObject,
  field: ModelField,
  column: ColumnProfile,
  fit: number,
  reason: string,
  picklists: DraftPicklist[],
  blankIsFalse: boolean,
): DraftField {
  const notes: string[] = [];
  if (normalise(column.column) !== field.name && reason === "synonym") notes.push("synonym");
  const base = { target: field.name, custom: false, from: column.column, type: null };
  if (fit < 1) {
    const odd = column.filled - Math.round(fit * column.filled);
    notes.push(
      odd === 1
        ? `1 of ${counted(column.filled, "value")} does not look like ${field.type}: it becomes null, with a warning`
        : `${odd} of ${column.filled} values do not look like ${field.type}: they become null, with a warning`,
    );
  }
  const note = notes.length === 0 ? null : notes.join("; ");
  if ((field.type === "picklist" || field.type === "multipicklist") && field.options !== null && column.filled > 0) {
    const name = `${object.name}_${field.name}`;
    picklists.push({
      name,
      field: field.name,
      values: matchOptions(column, field),
      complete: column.valuesComplete,
    });
    return { ...base, picklist: name, note };
  }
  if (field.type === "boolean" && isTrueOrBlank(column) && (column.filled > 0 || blankIsFalse)) {
    const seen = column.filled > 0 ? "only true or empty" : "always empty; the file writes true or nothing";
    return { ...base, default: "false", note: `${seen}: empty means false` };
  }
  return { ...base, ...(fit < 1 ? { onErrorNull: true } : {}), note };
}

/** Adds every other column that holds something as a custom field; returns the columns left out. */
function customFields(
  object: ModelObject,
  fields: Map<string, DraftField>,
  columns: readonly ColumnProfile[],
  key: string | null,
  blankIsFalse: boolean,
): readonly { readonly column: string; readonly reason: string }[] {
  const used = new Set([...fields.values()].map((field) => field.from));
  const leftOut: { column: string; reason: string }[] = [];
  for (const column of columns) {
    if (used.has(column.column)) continue;
    if (column.column === key) continue;
    const words = normalise(column.column);
    if (SYSTEM_COLUMNS.has(words)) leftOut.push({ column: column.column, reason: "the source's own" });
    else if (blankIsFalse && FLAG.test(column.column) && isTrueOrBlank(column)) {
      const target = customName(words, object, fields);
      fields.set(target, {
        target,
        custom: true,
        from: column.column,
        type: "boolean",
        default: "false",
        note: "empty means false",
      });
    } else if (column.filled === 0) leftOut.push({ column: column.column, reason: "empty" });
    else {
      const target = customName(words, object, fields);
      const type = customType(column);
      fields.set(target, {
        target,
        custom: true,
        from: column.column,
        type,
        ...(type === "boolean" && isTrueOrBlank(column) ? { default: "false" } : {}),
        note: null,
      });
    }
  }
  return leftOut;
}

/** API names that Salesforce gives to check boxes. */
const FLAG = /^(?:Is|Has)(?=[A-Z])/;

/** Some cells are empty, and the others (if there are any) all say true. */
function isTrueOrBlank(column: ColumnProfile): boolean {
  return column.blank > 0 && [...column.values.keys()].every((value) => /^(?:1|true|yes|y|t|x)$/i.test(value));
}

/** True when the file writes a false as an empty cell: at least one column that is boolean by its field or name does. */
function falseIsBlank(
  columns: readonly ColumnProfile[],
  object: ModelObject,
  named: readonly { readonly column: string; readonly field: string }[],
): boolean {
  const flags = new Set(
    named.filter(({ field }) => object.fields.get(field)!.type === "boolean").map(({ column }) => column),
  );
  return columns.some(
    (column) => (flags.has(column.column) || FLAG.test(column.column)) && column.filled > 0 && isTrueOrBlank(column),
  );
}

function customName(words: string, object: ModelObject, fields: ReadonlyMap<string, DraftField>): string {
  return columnName(words, new Set([...object.fields.keys(), ...fields.keys()]));
}

/** Columns that every table has. */
const RESERVED = ["id", "external_id", "external_source", "created_at", "updated_at", "custom"];

/** A name for a custom field that is not taken: the column's words, else with `source_` before them. */
export function columnName(column: string, taken: ReadonlySet<string>): string {
  const words = normalise(column);
  const base = /^[a-z]/.test(words) ? words : `field_${words}`;
  const reserved = (name: string): boolean => taken.has(name) || RESERVED.includes(name);
  if (!reserved(base)) return base;
  for (let number = 1; ; number++) {
    const name = number === 1 ? `source_${base}` : `source_${base}_${number}`;
    if (!reserved(name)) return name;
  }
}
