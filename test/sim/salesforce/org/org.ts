/** An org: its objects and their rows. */

import { instantOf } from "../../clock.ts";
import { DecimalSum } from "../numbers.ts";
import { ALL_FEATURES, type Features } from "../options.ts";
import { instantText } from "./dates.ts";
import type { ChildRelationship, Field, Value } from "./field.ts";
import { accounts } from "./objects/accounts.ts";
import { activities } from "./objects/activities.ts";
import { contents } from "./objects/content.ts";
import { customs } from "./objects/custom.ts";
import { engagement } from "./objects/engagement.ts";
import { people } from "./objects/people.ts";
import { sales } from "./objects/sales.ts";
import { type Row, Table } from "./table.ts";
import { createWorld, type World } from "./world.ts";

export { type Row, Table } from "./table.ts";

export interface OrgOptions {
  readonly seed?: number;
  readonly records?: number;
  readonly counts?: Readonly<Record<string, number>>;
  readonly features?: Partial<Features>;
  readonly hide?: Readonly<Record<string, readonly string[] | "*">>;
  readonly now?: () => number;
}

export interface CountOptions {
  /** Deleted, merged and archived rows too. Default false. */
  readonly deleted?: boolean;
  readonly where?: (row: (field: string) => Value) => boolean;
}

export interface SumOptions extends CountOptions {
  /** Sums by the values of another field. */
  readonly by?: string;
}

/** Who changed a row and when, and how late it shows. */
export interface Touch {
  /** User; default: the integration's own. */
  readonly by?: string;
  /** Default: now. Stamps are cut to seconds. */
  readonly at?: number | string;
  /** Milliseconds after `at` until the API shows it; default 0. */
  readonly lateMs?: number;
}

export interface Merge extends Touch {
  /** Whether rows that referred to the loser are stamped when they are made to refer to the winner; default stamped. */
  readonly children?: "stamped" | "silent";
}

interface Late {
  readonly due: number;
  show(): void;
}

export class Org {
  readonly world: World;
  readonly tables: ReadonlyMap<string, Table>;
  /** Goes up with each edit. */
  version = 0;
  readonly #hide: Readonly<Record<string, readonly string[] | "*">>;
  readonly #now: () => number;
  readonly #byPrefix = new Map<string, Table>();
  readonly #names = new Map<string, string>();
  /** Changes that do not show yet. */
  #late: Late[] = [];
  readonly #destroyed: { readonly object: string; readonly id: string; readonly at: string }[] = [];

  constructor(options: OrgOptions = {}) {
    this.world = createWorld(
      options.seed ?? 1,
      options.records ?? 20_000,
      { ...ALL_FEATURES, ...options.features },
      options.counts,
    );
    this.#hide = options.hide ?? {};
    this.#now = options.now ?? Date.now;
    const objects = [people, sales, accounts, engagement, activities, contents, customs].flatMap((make) =>
      make(this.world),
    );
    this.tables = new Map(objects.map((object) => [object.name, new Table(object)]));
    for (const table of this.tables.values()) {
      this.#names.set(table.object.name.toLowerCase(), table.object.name);
      const { prefix, idOf, count } = table.object;
      if (prefix !== null && idOf === null && count > 0) this.#byPrefix.set(prefix, table);
    }
  }

  get organizationId(): string {
    return this.world.id("Organization", 0);
  }

  /** The user that runs the integration. */
  get userId(): string {
    return this.world.id("User", 0);
  }

  /** Lets everything show that is due by now. */
  settle(): void {
    if (this.#late.length === 0) return;
    const now = this.#now();
    const due = this.#late.filter((one) => one.due <= now);
    if (due.length === 0) return;
    this.#late = this.#late.filter((one) => one.due > now);
    for (const one of due) one.show();
    this.version++;
  }

  /** Rows of an object that were deleted and are not in the recycle bin, as the log of deletions has them. */
  destroyed(object: string): readonly { readonly id: string; readonly at: string }[] {
    return this.#destroyed.filter((one) => one.object === object);
  }

  /** The table by name, in any case; undefined where there is none. */
  table(name: string): Table | undefined {
    return this.tables.get(name) ?? this.tables.get(this.#names.get(name.toLowerCase()) ?? "");
  }

  /** Objects that the integration user may see. */
  visibleTable(name: string): Table | undefined {
    const table = this.table(name);
    return table === undefined || this.#hide[table.object.name] === "*" ? undefined : table;
  }

  visibleTables(): Table[] {
    return [...this.tables.values()].filter((table) => this.#hide[table.object.name] !== "*");
  }

  fieldVisible(object: string, field: string): boolean {
    const hidden = this.#hide[object];
    return hidden === undefined || (hidden !== "*" && !hidden.includes(field));
  }

  visibleFields(table: Table): readonly Field[] {
    return table.object.fields.filter((field) => this.fieldVisible(table.object.name, field.name));
  }

  children(name: string): ChildRelationship[] {
    return this.visibleTables().flatMap(({ object }) =>
      object.fields
        .filter((field) => field.referenceTo.includes(name))
        .map((field) => ({
          child: object.name,
          field: field.name,
          name: field.name === "AccountId" || field.name === "ParentId" ? object.labelPlural.replaceAll(" ", "") : null,
        })),
    );
  }

  /** Where a row is by its id; null where no object has it. */
  find(id: string): { readonly table: Table; readonly index: number } | null {
    const table = this.#byPrefix.get(id.slice(0, 3));
    if (table === undefined) return null;
    const index = this.world.space(table.object.name).index(id);
    return index < 0 || index >= table.size ? null : { table, index };
  }

  /** The index of an id in one table, -1 where it is not there. */
  indexIn(table: Table, id: string): number {
    const { idOf, name } = table.object;
    const index = this.world.space(idOf?.object ?? name).index(id) - (idOf?.offset ?? 0);
    return index < 0 || index >= table.size ? -1 : index;
  }

  idIn(table: Table, index: number): string {
    const { idOf, name } = table.object;
    return this.world.id(idOf?.object ?? name, index + (idOf?.offset ?? 0));
  }

  /** Rows as they are, hidden fields included; compound addresses and bytes left out. */
  *truth(object: string, options: { readonly deleted?: boolean } = {}): Generator<Row> {
    this.settle();
    const table = this.#table(object);
    const fields = table.object.fields.filter((field) => field.type !== "address" && field.type !== "base64");
    const sees = table.visible(options.deleted ?? false);
    for (let index = 0; index < table.size; index++) {
      if (!sees(index)) continue;
      const row: Record<string, Value> = {};
      for (const field of fields)
        row[field.name] = field.name === "Id" ? this.idIn(table, index) : table.value(field, index);
      yield row;
    }
  }

  /** One row by id, deleted or not; null where it is not there. */
  row(id: string): Row | null {
    this.settle();
    const at = this.find(id);
    if (at === null) return null;
    const row: Record<string, Value> = {};
    for (const field of at.table.object.fields) {
      if (field.type !== "address" && field.type !== "base64") row[field.name] = at.table.value(field, at.index);
    }
    return row;
  }

  count(object: string, options: CountOptions = {}): number {
    let count = 0;
    for (const _ of this.#rows(object, options)) count++;
    return count;
  }

  /** Exact sums as plain decimal texts; key "" without `by`, and for rows where that field is null. */
  sums(object: string, field: string, options: SumOptions = {}): Record<string, string> {
    const table = this.#table(object);
    const summed = this.#field(table, field);
    const by = options.by === undefined ? null : this.#field(table, options.by);
    const sums = new Map<string, DecimalSum>();
    for (const index of this.#rows(object, options)) {
      const value = table.value(summed, index);
      if (typeof value !== "number") continue;
      const key = by === null ? "" : String(table.value(by, index) ?? "");
      let sum = sums.get(key);
      if (sum === undefined) {
        sum = new DecimalSum(summed.scale);
        sums.set(key, sum);
      }
      sum.add(value);
    }
    return Object.fromEntries([...sums].sort().map(([key, sum]) => [key, sum.text()]));
  }

  /** Changes fields of a row and stamps it. */
  update(id: string, values: Row, touch: Touch = {}): void {
    const at = this.#find(id);
    const stamp = this.#stamp(touch);
    const stamps = { LastModifiedDate: stamp, LastModifiedById: touch.by ?? this.userId, SystemModstamp: stamp };
    this.#show(touch, () => at.table.edit(at.index, { ...stamps, ...values }));
  }

  /** What formulas and roll-ups do: values change, no stamp tells. */
  recalculate(id: string, values: Row): void {
    const at = this.#find(id);
    this.#show({}, () => at.table.edit(at.index, values));
  }

  /** Adds a row; fields not named are null or false. Returns its id. */
  insert(object: string, values: Row, touch: Touch = {}): string {
    const table = this.#table(object);
    const stamp = this.#stamp(touch);
    const index = table.size;
    const id = this.idIn(table, index);
    const by = touch.by ?? this.userId;
    table.edit(index, {
      Id: id,
      CreatedDate: stamp,
      CreatedById: by,
      LastModifiedDate: stamp,
      LastModifiedById: by,
      SystemModstamp: stamp,
      ...values,
    });
    table.size = index + 1;
    table.purge(index);
    this.#show(touch, () => table.show(index));
    return id;
  }

  /** Into the recycle bin; `masterId` makes it the loser of a merge. */
  remove(id: string, masterId: string | null = null, touch: Touch = {}): void {
    this.update(id, masterId === null ? { IsDeleted: true } : { IsDeleted: true, MasterRecordId: masterId }, touch);
  }

  /**
   * What deleting a row does in an org: rows that cannot be without it go, too, other references to it are emptied. Members
   * of campaigns leave nothing in the recycle bin.
   */
  delete(id: string, { children = "silent", ...touch }: Merge = {}): void {
    const at = this.#find(id);
    const binless = at.table.object.name === "CampaignMember" || at.table.field("IsDeleted") === undefined;
    if (binless) this.destroy(id, touch);
    else this.remove(id, null, touch);
    const stamp = children === "silent" ? {} : { SystemModstamp: this.#stamp(touch) };
    for (const table of this.tables.values()) {
      const references = table.object.fields.filter(
        ({ type, name }) => type === "reference" && name !== "MasterRecordId",
      );
      const sees = table.visible(true);
      const gone = table.field("IsDeleted");
      for (let index = 0; index < table.size; index++) {
        if (!sees(index) || (gone !== undefined && table.value(gone, index) === true)) continue;
        const emptied = references.filter((field) => table.value(field, index) === id);
        if (emptied.length === 0) continue;
        const owned = emptied.some(({ nillable }) => !nillable) || table.object.name === "CampaignMember";
        if (owned) this.delete(this.idIn(table, index), { children, ...touch });
        else {
          const values = Object.fromEntries(emptied.map(({ name }) => [name, null]));
          table.edit(index, { ...values, ...stamp });
        }
      }
    }
    this.version++;
  }

  /** Out of the recycle bin, back to where it was. */
  restore(id: string, touch: Touch = {}): void {
    this.update(id, { IsDeleted: false }, touch);
  }

  /** Deleted without a recycle bin, or emptied out of it: only the log of deletions tells. */
  destroy(id: string, touch: Touch = {}): void {
    const at = this.#find(id);
    const stamp = this.#stamp(touch);
    this.#show(touch, () => {
      at.table.purge(at.index);
      this.#destroyed.push({ object: at.table.object.name, id, at: stamp });
    });
  }

  /** Gone without a trace. */
  purge(id: string): void {
    const at = this.#find(id);
    this.#show({}, () => at.table.purge(at.index));
  }

  /** Merges a row into another: what referred to the loser refers to the winner, the loser is left in the recycle bin. */
  merge(winner: string, loser: string, merge: Merge = {}): void {
    const stamp = this.#stamp(merge);
    this.#show(merge, () => {
      for (const table of this.tables.values()) {
        const references = table.object.fields.filter(
          ({ type, name }) => type === "reference" && name !== "MasterRecordId",
        );
        for (let index = 0; index < table.size; index++) {
          const moved = references.filter((field) => table.value(field, index) === loser);
          if (moved.length === 0) continue;
          const values = Object.fromEntries(moved.map(({ name }) => [name, winner]));
          table.edit(index, merge.children === "silent" ? values : { ...values, SystemModstamp: stamp });
        }
      }
    });
    this.remove(loser, winner, merge);
    this.update(winner, {}, merge);
  }

  /** Adds a field to an object, or puts another one in its place. */
  addField(object: string, field: Field): void {
    this.#table(object).define(field);
    this.version++;
  }

  #stamp({ at }: Touch): string {
    return instantText(at === undefined ? this.#now() : instantOf(at));
  }

  #show({ at, lateMs = 0 }: Touch, show: () => void): void {
    this.version++;
    const now = this.#now();
    const due = (at === undefined ? now : instantOf(at)) + lateMs;
    if (lateMs === 0 || due <= now) show();
    else this.#late.push({ due, show });
  }

  *#rows(object: string, options: CountOptions): Generator<number> {
    this.settle();
    const table = this.#table(object);
    const sees = table.visible(options.deleted ?? false);
    for (let index = 0; index < table.size; index++) {
      if (!sees(index)) continue;
      if (options.where?.((name) => table.value(this.#field(table, name), index)) === false) continue;
      yield index;
    }
  }

  #table(name: string): Table {
    const table = this.table(name);
    if (table === undefined) throw new RangeError(`the org has no object ${name}`);
    return table;
  }

  #field(table: Table, name: string): Field {
    const field = table.field(name);
    if (field === undefined) throw new RangeError(`${table.object.name} has no field ${name}`);
    return field;
  }

  #find(id: string): { readonly table: Table; readonly index: number } {
    const at = this.find(id);
    if (at === null) throw new RangeError(`no row has the id ${id}`);
    return at;
  }
}
