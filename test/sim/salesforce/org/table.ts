import type { Field, SObject, Value } from "./field.ts";

export type Row = Readonly<Record<string, Value>>;

/** One object's rows. */
export class Table {
  readonly object: SObject;
  readonly #fields: Map<string, Field>;
  readonly #edits = new Map<number, Map<string, Value>>();
  /** Gone for good, or not to be seen yet. */
  readonly #purged = new Set<number>();
  readonly #deleted: Field | undefined;
  readonly #archived: Field | undefined;
  /** Rows, deleted ones included. */
  size: number;

  constructor(object: SObject) {
    this.object = object;
    this.size = object.count;
    this.#fields = new Map(object.fields.map((field) => [field.name, field]));
    this.#deleted = this.#fields.get("IsDeleted");
    const archived = this.#fields.get("IsArchived");
    this.#archived = object.name === "Task" || object.name === "Event" ? archived : undefined;
  }

  field(name: string): Field | undefined {
    return this.#fields.get(name);
  }

  value(field: Field, index: number): Value {
    const edited = this.#edits.get(index);
    if (edited !== undefined) {
      const value = edited.get(field.name);
      if (value !== undefined) return value;
    }
    return index < this.object.count ? field.value(index) : field.type === "boolean" ? false : null;
  }

  /** Reads one field; as fast as the field itself while there are no edits. */
  reader(field: Field): (index: number) => Value {
    return this.#edits.size === 0 ? field.value : (index) => this.value(field, index);
  }

  /** Whether a query sees a row; `all` is queryAll. */
  visible(all: boolean): (index: number) => boolean {
    const purged = this.#purged;
    if (all) return purged.size === 0 ? () => true : (index) => !purged.has(index);
    const deleted = this.#deleted === undefined ? null : this.reader(this.#deleted);
    const archived = this.#archived === undefined ? null : this.reader(this.#archived);
    if (deleted === null) return (index) => !purged.has(index);
    if (archived === null) return (index) => deleted(index) !== true && !purged.has(index);
    return (index) => deleted(index) !== true && archived(index) !== true && !purged.has(index);
  }

  /** Indexes edited or added since the org was seeded. */
  edited(): readonly number[] {
    return [...this.#edits.keys()].sort((a, b) => a - b);
  }

  edit(index: number, values: Row): void {
    const edited = this.#edits.get(index) ?? new Map<string, Value>();
    for (const [name, value] of Object.entries(values)) edited.set(name, value);
    this.#edits.set(index, edited);
  }

  purge(index: number): void {
    this.#purged.add(index);
  }

  /** A row that was purged only until now. */
  show(index: number): void {
    this.#purged.delete(index);
  }

  /** Adds a field, or puts another one in its place; rows hold what its own `value` gives. */
  define(field: Field): void {
    this.#fields.set(field.name, field);
    const fields = this.object.fields as Field[];
    const at = fields.findIndex(({ name }) => name === field.name);
    if (at < 0) fields.push(field);
    else fields[at] = field;
  }
}
