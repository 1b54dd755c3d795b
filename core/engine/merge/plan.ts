/** What the merge statements of one stage need to know; fixed for the stage. */
import type { CompiledMapping, StageColumn } from "../../mapping/compiled.ts";
import { type Fold, foldOf } from "../../mapping/fold.ts";
import { targetText } from "../../mapping/named-lookup.ts";
import type { FieldMapping, LookupSpec, LookupTarget, Missing, ObjectMapping, Stage } from "../../mapping/types.ts";
import { EXTERNAL_ID, EXTERNAL_SOURCE, type ModelObject, type TargetModel } from "../../schema.ts";
import { ident, table } from "../../store/quote.ts";
import { tellsMerges } from "../alias-notes.ts";
import { type ThreeWay, type WrittenField, writtenFields } from "./written.ts";

export type LookupKind =
  /** Join on the referenced table's external id. */
  | "direct"
  /** Join on a temporary key -> id table built when the stage begins: by a field, polymorphic, several sources. */
  | "map"
  /** The stage's own table, looked at live: parents first. */
  | "self"
  /** Filled in after a later stage. */
  | "deferred";

export interface LookupPlan {
  readonly column: StageColumn;
  readonly field: FieldMapping;
  readonly kind: LookupKind;
  readonly objects: readonly ModelObject[];
  readonly by: string | null;
  /** How values are compared. */
  readonly fold: Fold;
  readonly missing: Missing;
  /** Target column and its type. */
  readonly target: string;
  readonly targetType: string;
  /** Target column that takes the referenced object's name. */
  readonly typeTarget: string | null;
  /** External sources that the referenced records may have come from. */
  readonly sources: readonly string[];
  /** What a reference may mean; `objects` and `sources` are all of theirs. */
  readonly targets: readonly LookupTargetPlan[];
}

export interface LookupTargetPlan {
  readonly object: ModelObject;
  readonly sources: readonly string[];
  /** What stands before the key in the reference, with its colon; "": nothing. */
  readonly tag: string;
}

export interface AssociationPlan {
  readonly index: number;
  readonly to: ModelObject;
  readonly refs: StageColumn;
  readonly labels: StageColumn | null;
  /** How the other end is found. */
  readonly lookup: LookupPlan;
  /** The other end is an object of an earlier stage and must be there: else the record is rejected. */
  readonly rejects: boolean;
}

/** Another mapping of the same source that loads records with the same external source into the same object. */
export interface Rival {
  readonly originId: number;
  readonly mapping: string;
}

export interface MergePlan {
  readonly runId: string;
  readonly originId: number;
  readonly sourceName: string;
  readonly externalSource: string;
  /** Records that these loaded are theirs: a key of this mapping that meets one is a duplicate. Empty for `mode: update`. */
  readonly rivals: readonly Rival[];
  readonly mapping: ObjectMapping;
  readonly object: ModelObject;
  readonly model: TargetModel;
  readonly compiled: CompiledMapping;
  /** Quoted name of the target table. */
  readonly table: string;
  readonly values: readonly StageColumn[];
  readonly custom: StageColumn | null;
  readonly lookups: readonly LookupPlan[];
  readonly associations: readonly AssociationPlan[];
  /** Ledger rows by target id; otherwise (no external_id, or ids that are not numbers) rows of the id map. */
  readonly ledger: boolean;
  /** Fields other than the external id that recognise existing records. */
  readonly matchFields: readonly StageColumn[];
  /** Objects whose ids may lead to the row of another record, although a row of their own is left from earlier. */
  readonly shadowed: ReadonlySet<string>;
  /** Other origins of the same object, of this source or another: they may know the same rows. */
  readonly neighbours: readonly number[];
  /** Only what belongs to sampled trees is loaded; null: everything. */
  readonly sample: SamplePlan | null;
  /** Fields whose hashes are kept as they are written. */
  readonly written: readonly WrittenField[];
  /** Edits of the target count; null: the source is the truth. */
  readonly threeWay: ThreeWay | null;
  /** Links that a record no longer names go away. */
  readonly dropsLinks: boolean;
}

export interface SamplePlan {
  /** This stage's object is the root of the trees: its first `limit` records without parent are taken. */
  readonly root: boolean;
  readonly limit: number;
  /** Objects that belong to trees, this one included when it does. */
  readonly tree: ReadonlySet<string>;
}

const INTEGER_IDS = new Set(["bigint", "integer", "smallint"]);

/** True when target rows of the object carry their external id and a numeric id: the ledger can refer to them. */
export function hasLedger(object: ModelObject): boolean {
  return object.hasExternalId && INTEGER_IDS.has(object.idType);
}

/** `source name[/keyspace]`: what external_source holds for a mapping's records. */
export function externalSourceOf(sourceName: string, keyspace: string | null): string {
  return keyspace === null ? sourceName : `${sourceName}/${keyspace}`;
}

/** External sources that records of `object` may have; the plain source name when nothing maps it. */
export function sourcesOf(mappings: readonly ObjectMapping[], object: string, sourceName: string): string[] {
  const found = new Set(
    mappings.filter((mapping) => mapping.object === object).map((m) => externalSourceOf(sourceName, m.keyspace)),
  );
  if (found.size === 0) found.add(sourceName);
  return [...found].sort();
}

export interface MergePlanInput {
  readonly runId: string;
  readonly originId: number;
  readonly sourceName: string;
  readonly stage: Stage;
  readonly compiled: CompiledMapping;
  readonly model: TargetModel;
  readonly mappings: readonly ObjectMapping[];
  readonly sample: SamplePlan | null;
  /** Objects that have rows in the id map besides their own external ids; true: merged records among them. */
  readonly aliased: ReadonlyMap<string, boolean>;
  readonly rivals: readonly Rival[];
  readonly neighbours: readonly number[];
  /** `origin.columns`. */
  readonly columns: readonly string[];
  /** Absent: null. */
  readonly threeWay?: ThreeWay | null;
  /** Absent: false. */
  readonly dropsLinks?: boolean;
}

/** Mappings that may load the same keys into the same object; those that only update take nothing away from others. */
export function rivalsOf(mapping: ObjectMapping, mappings: readonly ObjectMapping[]): ObjectMapping[] {
  if (mapping.mode === "update") return [];
  return mappings.filter(
    (other) =>
      other.id !== mapping.id &&
      other.object === mapping.object &&
      other.keyspace === mapping.keyspace &&
      other.mode !== "update",
  );
}

/** The lookup that an association amounts to: a key -> id table of the object at its other end. */
function planAssociation(input: MergePlanInput, refs: StageColumn, labels: StageColumn | null): AssociationPlan {
  const { stage, model, mappings, sourceName, sample } = input;
  const association = stage.mapping.associations[refs.index]!;
  const to = model.objects.get(association.to)!;
  const sources = sourcesOf(mappings, association.to, sourceName);
  const sampled = sample !== null && (sample.root || sample.tree.has(stage.mapping.object));
  return {
    index: refs.index,
    to,
    refs,
    labels,
    lookup: {
      column: refs,
      field: null as never,
      kind: "map",
      objects: [to],
      by: association.by,
      fold: association.by === null ? "exact" : foldOf([to], association.by),
      missing: association.missing,
      target: "",
      targetType: to.idType,
      typeTarget: null,
      sources,
      targets: [{ object: to, sources, tag: "" }],
    },
    rejects:
      association.missing === "reject" &&
      !stage.deferredAssociations.includes(refs.index) &&
      !(sampled && sample.tree.has(association.to)),
  };
}

function planLookup(input: MergePlanInput, column: StageColumn): LookupPlan {
  const { stage, model } = input;
  const field = column.field!;
  const spec = field.lookup!;
  const objects = spec.objects.map((name) => model.objects.get(name)!);
  const targets = targetsOf(input, spec);
  const sources = [...new Set(targets.flatMap((target) => target.sources))];
  const own = spec.objects.includes(stage.mapping.object);
  let kind: LookupKind = "map";
  if (
    stage.deferred.includes(field.target) ||
    (own && (spec.by !== null || objects.length > 1 || spec.targets !== undefined))
  )
    kind = "deferred";
  else if (own) kind = "self";
  else if (
    objects.length === 1 &&
    spec.by === null &&
    sources.length === 1 &&
    targets.every(({ tag }) => tag === "") &&
    objects[0]!.hasExternalId &&
    !input.aliased.has(spec.objects[0]!)
  ) {
    kind = "direct";
  }
  const typeField = spec.typeInto ?? field.model?.typeField ?? null;
  const object = model.objects.get(stage.mapping.object)!;
  return {
    column,
    field,
    kind,
    objects,
    by: spec.by,
    fold: spec.by === null ? "exact" : foldOf(objects, spec.by),
    missing: spec.missing,
    target: field.model!.column,
    targetType: field.model!.columnType,
    typeTarget: typeField === null ? null : (object.fields.get(typeField)?.column ?? null),
    sources,
    targets,
  };
}

/** Targets of a lookup; the same one only once. */
function targetsOf({ model, mappings, sourceName }: MergePlanInput, spec: LookupSpec): LookupTargetPlan[] {
  const plain = spec.objects.map((object): LookupTarget => ({ name: null, object, keyspace: null }));
  const byText = new Map<string, LookupTargetPlan>();
  for (const target of spec.targets ?? plain) {
    const { name, object, keyspace } = target;
    byText.set(targetText(target), {
      object: model.objects.get(object)!,
      sources: keyspace === null ? sourcesOf(mappings, object, sourceName) : [externalSourceOf(sourceName, keyspace)],
      tag: name === null ? "" : `${targetText(target)}:`,
    });
  }
  return [...byText.values()];
}

/** Works out the joins of a stage. */
export function planMerge(input: MergePlanInput): MergePlan {
  const { stage, compiled, model } = input;
  const mapping = stage.mapping;
  const object = model.objects.get(mapping.object)!;
  const columns = compiled.columns;
  const byTarget = new Map(columns.filter((c) => c.role === "value").map((c) => [c.target, c]));
  return {
    runId: input.runId,
    originId: input.originId,
    sourceName: input.sourceName,
    rivals: input.rivals,
    neighbours: input.neighbours,
    externalSource: externalSourceOf(input.sourceName, mapping.keyspace),
    mapping,
    object,
    model,
    compiled,
    table: table(model.schema, object.table),
    values: columns.filter((column) => column.role === "value"),
    custom: columns.find((column) => column.role === "custom") ?? null,
    lookups: columns.filter((column) => column.role === "lookup").map((column) => planLookup(input, column)),
    associations: columns
      .filter((column) => column.role === "association")
      .map((refs) =>
        planAssociation(
          input,
          refs,
          columns.find((column) => column.role === "label" && column.index === refs.index) ?? null,
        ),
      ),
    ledger: hasLedger(object),
    matchFields: mapping.match
      .filter((name) => name !== EXTERNAL_ID && name !== EXTERNAL_SOURCE)
      .map((name) => byTarget.get(name))
      .filter((column) => column !== undefined),
    sample: input.sample,
    written: writtenFields(compiled, object, input.columns),
    threeWay: input.threeWay ?? null,
    dropsLinks: input.dropsLinks ?? false,
    shadowed: new Set([
      ...[...input.aliased].filter(([, merged]) => merged).map(([name]) => name),
      ...input.mappings.filter(tellsMerges).map((other) => other.object),
    ]),
  };
}

/** The value of a staging column, cast to the target column's type where PostgreSQL would not do it by assignment. */
export function stagedValue(column: StageColumn, alias = "s"): string {
  const reference = `${alias}.${ident(column.name)}`;
  const type = column.field?.model?.columnType ?? null;
  if (type === null || column.type !== "text") return reference;
  if (type === "text" || type === "citext" || type.startsWith("character")) return reference;
  return `${reference}::${type}`;
}

/** Staged rows by their lines, or by the order in which `resolved` has them; both ends included. */
export interface LineRange {
  readonly by?: "line" | "place";
  readonly from: string;
  readonly to: string;
}

/** ` and alias.line between ...`; nothing without a range, or where the range is one of `resolved` (alias `r`) alone. */
export function within(
  alias: string,
  range: LineRange | null,
  sql: { param(value: unknown, type?: string): string },
): string {
  if (range === null || (range.by === "place" && alias !== "r")) return "";
  return ` and ${alias}.${range.by ?? "line"} between ${sql.param(range.from, "int8")} and ${sql.param(range.to, "int8")}`;
}

/** Name of the temporary tables of a lane. */
export const STAGE = "migrate_stage";
export const RESOLVED = "migrate_resolved";

/** Name of the temporary key -> id table of a lookup. */
export function lookupTable(lookup: LookupPlan): string {
  return `migrate_lookup_${lookup.column.name}`;
}
