/** Finds the fields that a query names. */
import type { Field, FieldType, Value } from "../org/field.ts";
import type { Org, Table } from "../org/org.ts";
import type { Path } from "./ast.ts";
import { noColumn, soqlError } from "./errors.ts";

/** What relationship fields with several targets offer, whatever the target. */
const NAME_FIELDS: Readonly<Record<string, FieldType>> = {
  Id: "id",
  Name: "string",
  FirstName: "string",
  LastName: "string",
  Email: "email",
  Phone: "phone",
  Title: "string",
  Username: "string",
  Alias: "string",
  IsActive: "boolean",
  Type: "picklist",
};

export interface Column {
  /** As the API spells it: `Owner.Name`. */
  readonly name: string;
  readonly path: readonly string[];
  readonly type: FieldType;
  /** null for the pseudo fields of polymorphic relationships. */
  readonly field: Field | null;
  /** Reference fields that lead to the row that holds the last part. */
  readonly steps: readonly string[];
  read(index: number): Value;
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** A visible field by name in any case. */
export function fieldOf(org: Org, table: Table, name: string): Field | undefined {
  const exact = table.field(name) ?? table.object.fields.find((field) => same(field.name, name));
  return exact !== undefined && org.fieldVisible(table.object.name, exact.name) ? exact : undefined;
}

export interface At {
  readonly table: Table;
  readonly index: number;
}

/** Follows a reference field; null where it is empty or its row is gone for good. */
export function follow(org: Org, at: At, step: string): At | null {
  const field = at.table.field(step);
  if (field === undefined) return null;
  const id = at.table.value(field, at.index);
  return typeof id === "string" ? org.find(id) : null;
}

/** Reads the last part of a path from the row it leads to. */
export function readLast(org: Org, at: At, name: string, polymorphic: boolean): Value {
  if (polymorphic && name === "Type") return at.table.object.name;
  if (name === "Id") return org.idIn(at.table, at.index);
  const field = at.table.field(name);
  return field === undefined ? null : at.table.value(field, at.index);
}

export function column(org: Org, root: Table, soql: string, { path: asked, at }: Path): Column {
  let path = asked;
  if (path.length > 1 && same(path[0]!, root.object.name)) path = path.slice(1);
  let table: Table | null = root;
  const steps: string[] = [];
  const spelled: string[] = [];
  for (const part of path.slice(0, -1)) {
    const holder: Table | null = table;
    const step: Field | undefined = holder?.object.fields.find(
      (field) =>
        field.relationshipName !== null &&
        same(field.relationshipName, part) &&
        org.fieldVisible(holder.object.name, field.name),
    );
    const target: Table | null | undefined =
      step?.referenceTo.length === 1 ? org.visibleTable(step.referenceTo[0]!) : null;
    if (step === undefined || target === undefined) {
      throw soqlError(
        "INVALID_FIELD",
        soql,
        at,
        `Didn't understand relationship '${part}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
      );
    }
    steps.push(step.name);
    spelled.push(step.relationshipName!);
    table = target;
  }
  const last = path.at(-1)!;
  if (table === null) {
    const name = Object.keys(NAME_FIELDS).find((known) => same(known, last));
    if (name === undefined) throw noColumn(soql, at, last, "Name");
    return made(org, root, steps, [...spelled, name], NAME_FIELDS[name]!, null);
  }
  const field = fieldOf(org, table, last);
  if (field === undefined) throw noColumn(soql, at, last, table.object.name);
  return made(org, root, steps, [...spelled, field.name], field.type, field);
}

function made(
  org: Org,
  root: Table,
  steps: readonly string[],
  path: readonly string[],
  type: FieldType,
  field: Field | null,
): Column {
  const last = path.at(-1)!;
  const read =
    steps.length === 0 && field !== null
      ? field.name === "Id"
        ? (index: number) => org.idIn(root, index)
        : root.reader(field)
      : (index: number): Value => {
          let at: At | null = { table: root, index };
          for (const step of steps) {
            at = follow(org, at, step);
            if (at === null) return null;
          }
          return readLast(org, at, last, field === null);
        };
  return { name: path.join("."), path, type, field, steps, read };
}
