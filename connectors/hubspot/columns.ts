/** The columns of a read: which properties are asked for, and what is made of the answers. */
import { ConfigError } from "../../core/errors.ts";
import { didYouMean } from "../../core/nearest.ts";
import { mainTarget, type Target } from "./associations.ts";
import { plainValue, valueKind } from "./cells.ts";
import type { Metadata, StageField } from "./metadata.ts";
import { associationField } from "./objects.ts";
import type { WireRecord } from "./read-wire.ts";

/** What a record is associated with, by type. */
export type Associated = ReadonlyMap<string, ReadonlyMap<string, readonly Target[]>>;

type Cell = (record: WireRecord, associated: Associated) => string | null;

export interface Columns {
  readonly type: string;
  /** Of the batches; `id` is the first one. */
  readonly names: readonly string[];
  /** Properties to ask for. */
  readonly properties: readonly string[];
  /** Types whose associations are needed. */
  readonly associated: readonly string[];
  cells(record: WireRecord, associated: Associated): (string | null)[];
}

/** Fields that every record has besides its properties. */
const OWN: Readonly<Record<string, Cell>> = {
  id: ({ id }) => id,
  createdAt: ({ createdAt }) => createdAt,
  updatedAt: ({ updatedAt }) => updatedAt,
  archived: ({ archived }) => String(archived),
  archivedAt: ({ archivedAt }) => archivedAt,
};

/** Throws ConfigError HUBSPOT_UNKNOWN_FIELD with every field that the portal does not show. */
export async function resolveColumns(type: string, fields: readonly string[], metadata: Metadata): Promise<Columns> {
  const kinds = new Map(
    (await metadata.properties(type)).map((property) => [property.name, valueKind(property.type, property.fieldType)]),
  );
  const properties = new Set<string>();
  const associated = new Set<string>();
  const cells = new Map<string, Cell>([["id", OWN.id!]]);
  const unknown: string[] = [];
  for (const name of new Set(fields)) {
    const own = Object.hasOwn(OWN, name) ? OWN[name] : undefined;
    const kind = kinds.get(name);
    const association = associationField(name);
    if (own !== undefined) cells.set(name, own);
    else if (kind !== undefined) {
      properties.add(name);
      cells.set(name, (record) => plainValue(record.properties[name], kind));
    } else if (association !== null) {
      const to = await metadata.typeOf(association.to);
      if (to === null) {
        unknown.push(name);
        continue;
      }
      associated.add(to);
      cells.set(name, associationCell(to, association.all));
    } else {
      const staged = name.includes(".") ? stageCell(name, await metadata.stages(type)) : null;
      if (staged === null) unknown.push(name);
      else {
        properties.add(staged.property);
        cells.set(name, staged.cell);
      }
    }
  }
  if (unknown.length > 0) throw unknownFields(type, unknown, [...kinds.keys()]);
  const getters = [...cells.values()];
  return {
    type,
    names: [...cells.keys()],
    properties: [...properties],
    associated: [...associated],
    cells: (record, found) => getters.map((cell) => cell(record, found)),
  };
}

function associationCell(to: string, all: boolean): Cell {
  return ({ id }, associated) => {
    const targets = associated.get(to)?.get(id);
    if (!all) return mainTarget(targets);
    return targets === undefined || targets.length === 0 ? null : targets.map(({ toId }) => toId).join(";");
  };
}

/** `dealstage.label`, `dealstage.probability`, `dealstage.isClosed`, `pipeline.label`. */
function stageCell(name: string, fields: readonly StageField[]): { property: string; cell: Cell } | null {
  const at = name.lastIndexOf(".");
  const property = name.slice(0, at);
  const what = name.slice(at + 1);
  for (const { stage, pipeline, stages, pipelines } of fields) {
    const of = (record: WireRecord) => plainValue(record.properties[property], "text") ?? "";
    if (property === pipeline && what === "label") {
      return { property, cell: (record) => pipelines.get(of(record)) ?? null };
    }
    if (property === stage && (what === "label" || what === "probability" || what === "isClosed")) {
      return { property, cell: (record) => stages.get(of(record))?.[what] ?? null };
    }
  }
  return null;
}

export function unknownFields(object: string, names: readonly string[], known: readonly string[]): ConfigError {
  const near = names.length === 1 ? didYouMean(names[0]!, known) : null;
  return new ConfigError(
    "HUBSPOT_UNKNOWN_FIELD",
    `the portal shows no field ${names.map((name) => `"${name}"`).join(", ")} in ${object}${near === null ? "" : `; ${near}`}`,
    {
      place: { object, field: names[0]! },
      hint: "Was it renamed or deleted? Mappings name properties by their internal names; sensitive ones need a scope of their own.",
    },
  );
}
