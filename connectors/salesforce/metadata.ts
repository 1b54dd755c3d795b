/** What the org says of itself, asked for once: its objects, and the fields of those that somebody needs. */
import { ConfigError, hasCode, TerminalError } from "../../core/errors.ts";
import { didYouMean } from "../../core/nearest.ts";
import type { SourceField } from "../../core/schema.ts";
import type { Api } from "./api.ts";
import type { DescribedField, DescribedObject, ListedObject } from "./client.ts";
import { CRM_OBJECTS, readable } from "./objects.ts";
import { isReadable, sourceField, type ValueKind, valueKind } from "./schema.ts";

export interface Metadata {
  /** Objects that can be read. */
  objects(): Promise<readonly ListedObject[]>;
  /** The org's name of an object, whatever the case; null: unknown or hidden. */
  nameOf(object: string): Promise<string | null>;
  /** Asked once, or anew when `fresh`. Throws ConfigError SALESFORCE_UNKNOWN_OBJECT. */
  describe(object: string, fresh?: boolean): Promise<DescribedObject>;
  /** The field that a dotted path leads to (`Owner.Name`, `PricebookEntry.Product2Id`); null: there is none. */
  follow(object: string, path: string): Promise<FoundField | null>;
  /** Forgets everything. */
  forget(): void;
}

export interface FoundField {
  readonly kind: ValueKind;
  readonly field: SourceField;
}

/** Fields of `Name`, the object that stands for a reference to one of several objects. */
const NAME_FIELDS: Readonly<Record<string, string>> = {
  Id: "id",
  Name: "string",
  FirstName: "string",
  LastName: "string",
  Alias: "string",
  Email: "email",
  Phone: "phone",
  Title: "string",
  Type: "string",
  Username: "string",
  UserRoleId: "id",
  ProfileId: "id",
  IsActive: "boolean",
};

const DEEPEST = 5;

export function createMetadata(api: Api): Metadata {
  let list: Promise<readonly ListedObject[]> | null = null;
  const described = new Map<string, Promise<DescribedObject>>();

  function objects(): Promise<readonly ListedObject[]> {
    if (list !== null) return list;
    const asked = api.call("list of objects", (client) => client.listObjects()).then(readable);
    list = asked;
    asked.catch(() => {
      list = null;
    });
    return asked;
  }

  async function nameOf(object: string): Promise<string | null> {
    const known = await objects();
    if (known.some(({ name }) => name === object)) return object;
    return known.find(({ name }) => name.toLowerCase() === object.toLowerCase())?.name ?? null;
  }

  async function describe(object: string, fresh = false): Promise<DescribedObject> {
    const name = await nameOf(object);
    if (name === null) throw unknownObject(object, await objects());
    const known = described.get(name);
    if (known !== undefined && !fresh) return await known;
    const asked = api
      .call(`description of ${name}`, (client) => client.describe(name))
      .catch((error: unknown) => {
        throw hasCode(error, "SALESFORCE_NOT_FOUND") ? unknownObject(object, []) : error;
      });
    described.set(name, asked);
    asked.catch(() => described.delete(name));
    const found = await asked;
    if (!Array.isArray(found.fields)) {
      throw new TerminalError("SALESFORCE_UNEXPECTED_ANSWER", `the description of ${name} has no fields`);
    }
    return found;
  }

  async function follow(object: string, path: string): Promise<FoundField | null> {
    const steps = path.split(".");
    if (steps.length > DEEPEST + 1) return null;
    let at = await describe(object);
    let label = "";
    for (const [index, step] of steps.slice(0, -1).entries()) {
      const field = at.fields.find((candidate) => candidate.relationshipName === step);
      if (field === undefined) return null;
      label += `${field.label.replace(/ ID$/, "")} `;
      const [only] = field.referenceTo;
      if (field.referenceTo.length !== 1 || only === undefined) {
        return index === steps.length - 2 ? nameField(path, label, steps.at(-1)!) : null;
      }
      if ((await nameOf(only)) === null) return null;
      at = await describe(only);
    }
    const last = at.fields.find((candidate) => candidate.name === steps.at(-1));
    if (last === undefined || !isReadable(last)) return null;
    return { kind: valueKind(last.type), field: sourceField(last, path, `${label}${last.label}`) };
  }

  return {
    objects,
    nameOf,
    describe,
    follow,
    forget() {
      list = null;
      described.clear();
    },
  };
}

function nameField(path: string, label: string, name: string): FoundField | null {
  const type = NAME_FIELDS[name];
  if (type === undefined) return null;
  const field: DescribedField = {
    name,
    label: name,
    type,
    calculated: false,
    compoundFieldName: null,
    referenceTo: [],
    relationshipName: null,
    picklistValues: [],
  };
  return { kind: valueKind(type), field: sourceField(field, path, `${label}${name}`) };
}

export const HIDDEN_OBJECTS =
  "Salesforce does not list objects that the user may not read, nor those of features that are switched off: if it exists, ask an administrator for Read permission on the object.";

export function hiddenFields(object: string): string {
  return `Salesforce leaves fields out that field-level security hides: if it exists, ask an administrator to give the integration user Read access to it (a permission set, Object Settings, ${object}, Field Permissions).`;
}

function unknownObject(object: string, known: readonly ListedObject[]): ConfigError {
  // a hidden standard object is not the next best one
  const near = CRM_OBJECTS.includes(object)
    ? null
    : didYouMean(
        object,
        known.map(({ name }) => name),
      );
  return new ConfigError(
    "SALESFORCE_UNKNOWN_OBJECT",
    `the org shows no object "${object}"${near === null ? "" : `; ${near}`}`,
    { place: { object }, hint: HIDDEN_OBJECTS },
  );
}
