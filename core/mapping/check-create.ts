/** `create: true`: fields that get a column of their own where the model has none. */
import type { FieldType, ModelField, ModelObject } from "../schema.ts";
import type { ProblemList } from "../yaml-read.ts";
import type { RawField } from "./raw.ts";

/** What PostgreSQL keeps of a name, in bytes. */
const NAME_BYTES = 63;
/** Columns that every table has, and that no other may be called. */
const SYSTEM_COLUMNS = new Set(["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"]);
/** References need a foreign key, and an object that they refer to: the model says those. */
const NOT_CREATED: readonly FieldType[] = ["reference", "owner", "file"];

/** The type of the column to be made. */
export const createdType = ({ type, picklist }: Pick<RawField, "type" | "picklist">): FieldType =>
  type ?? (picklist === null ? "text" : "picklist");

/** Why no column can be made for the field; null: it can. */
export function createRefusal(field: RawField): string | null {
  const { target } = field;
  if (field.custom) return "expected a name without custom.: what is created is no custom field";
  if (target.trim() !== target || /\p{Cc}/u.test(target))
    return "the name has white space at its ends or control characters";
  const bytes = Buffer.byteLength(target);
  if (bytes > NAME_BYTES) return `a column's name has at most ${NAME_BYTES} bytes, this one has ${bytes}`;
  if (SYSTEM_COLUMNS.has(target)) return "PostgreSQL has a column of this name in every table";
  const type = createdType(field);
  if (field.lookup !== null || field.owner === true || NOT_CREATED.includes(type))
    return `fields of type ${field.owner === true ? "owner" : field.lookup !== null ? "reference" : type} need the model to say what they refer to: extend the model`;
  return null;
}

/** False where it cannot be made: MAPPING_CREATE_INVALID, or MAPPING_CREATE_CONFLICT where another mapping makes it with another type, is noted. */
export function checkCreate(field: RawField, object: ModelObject, what: string, problems: ProblemList): boolean {
  const refusal = createRefusal(field);
  const made: ModelField | undefined = object.fields.get(field.target);
  if (refusal !== null) {
    problems.error("MAPPING_CREATE_INVALID", `${what}: create: ${refusal}`, field.at("create"));
  } else if (made?.created === true && made.type !== createdType(field)) {
    const message = `${what}: create: another mapping makes this field as ${made.type}, this one as ${createdType(field)}`;
    problems.error("MAPPING_CREATE_CONFLICT", message, field.at("create"), "Give both the same type.");
  } else return true;
  return false;
}
