/** One type's records: rows made when asked for, edits on top of them. */
import type { Rows, Seed } from "./seed.ts";
import type { ObjectType, PortalRecord } from "./types.ts";
import { instant } from "./world.ts";

export type State = "live" | "archived" | "gone";

interface Edit {
  readonly properties: Map<string, string | null>;
  createdAt: number | null;
  updatedAt: number | null;
  archivedAt: number | null;
  visibleAt: number;
  state: State | null;
  /** What search has until `visibleAt`; null: nothing. */
  before: PortalRecord | null;
}

export class Table {
  readonly type: ObjectType;
  /** Key of the type inside the portal. */
  readonly key: string;
  readonly rows: Rows;
  readonly #seed: Seed;
  readonly #owner: (index: number) => string | null;
  readonly #edits = new Map<number, Edit>();
  /** Seeded properties that are no more (null) or have another name. */
  readonly #renamed = new Map<string, string | null>();
  readonly #counts: Record<State, number>;
  /** Records ever made. */
  size: number;
  /** Of them, seeded. */
  readonly seeded: number;

  constructor(seed: Seed, type: ObjectType, key: string, rows: Rows, owner: (index: number) => string | null) {
    this.#seed = seed;
    this.type = type;
    this.key = key;
    this.rows = rows;
    this.#owner = owner;
    this.seeded = seed.world.size(key);
    this.size = this.seeded;
    const { world } = seed;
    this.#counts = {
      live: world.total(key, "live"),
      archived: world.total(key, "archived"),
      gone: world.total(key, "merged"),
    };
  }

  id(index: number): string {
    return this.#seed.world.ids(this.key).id(index);
  }

  /** -1 where there never was such a record. */
  index(id: string): number {
    return this.#seed.world.ids(this.key).index(id, this.size);
  }

  /** First index with a greater id. */
  after(id: string): number {
    return this.#seed.world.ids(this.key).after(id);
  }

  count(state: State): number {
    return this.#counts[state];
  }

  state(index: number): State {
    const edited = this.#edits.get(index)?.state;
    if (edited !== undefined && edited !== null) return edited;
    const fate = this.#seed.world.fate(this.key, index);
    return fate === "merged" ? "gone" : fate;
  }

  /** `lean`: without the properties that are not always written. */
  record(index: number, lean = false): PortalRecord {
    const { world } = this.#seed;
    const edit = this.#edits.get(index);
    const state = this.state(index);
    const seeded = index < this.seeded;
    const created = edit?.createdAt ?? world.created(this.key, Math.min(index, this.seeded - 1));
    const updated = edit?.updatedAt ?? world.changed(this.key, index);
    const properties: Record<string, string | null> = seeded && !lean ? this.rows.values(index) : {};
    if (seeded && !lean) {
      properties.hubspot_owner_id = this.#owner(index);
      const merged = world.origins(this.key, index).filter((at) => world.fate(this.key, at) === "merged");
      if (merged.length > 0) properties.hs_merged_object_ids = merged.map((at) => this.id(at)).join(";");
    }
    for (const [name, now] of this.#renamed) {
      if (now !== null && properties[name] !== undefined) properties[now] = properties[name];
      delete properties[name];
    }
    if (edit !== undefined && !lean) for (const [name, value] of edit.properties) properties[name] = value;
    properties.hs_object_id = this.id(index);
    properties[this.type.created] = instant(created);
    properties[this.type.modified] = instant(updated);
    return {
      id: properties.hs_object_id ?? this.id(index),
      properties,
      createdAt: instant(created),
      updatedAt: instant(updated),
      archived: state === "archived",
      archivedAt: state === "archived" ? instant(edit?.archivedAt ?? updated + 86_400_000) : null,
      visibleAt: edit?.visibleAt ?? 0,
    };
  }

  edit(
    index: number,
    properties: Readonly<Record<string, string | null>>,
    times: { readonly at: number; readonly visibleAt: number; readonly now: number },
  ): void {
    const known = this.#edits.get(index);
    // while search has not caught up, it keeps what it had
    const fresh = index >= this.seeded && known?.updatedAt === null;
    const lagging = known !== undefined && known.visibleAt > times.now;
    const before = lagging ? known.before : fresh || times.visibleAt <= times.now ? null : this.record(index);
    const edit = this.#edit(index);
    edit.before = before;
    if (index >= this.seeded) edit.createdAt ??= times.at;
    edit.updatedAt = times.at;
    edit.visibleAt = times.visibleAt;
    for (const [name, value] of Object.entries(properties)) edit.properties.set(name, value);
  }

  /** Changes values without a trace. */
  recalculate(index: number, properties: Readonly<Record<string, string | null>>): void {
    const edit = this.#edit(index);
    for (const [name, value] of Object.entries(properties)) edit.properties.set(name, value);
  }

  before(index: number): PortalRecord | null {
    return this.#edits.get(index)?.before ?? null;
  }

  /** Index of a new record, live and without properties. */
  add(): number {
    const index = this.size++;
    this.#counts.live++;
    this.#edit(index).state = "live";
    return index;
  }

  become(index: number, state: State, at: number): void {
    const before = this.state(index);
    if (before === state) return;
    this.#counts[before]--;
    this.#counts[state]++;
    const edit = this.#edit(index);
    edit.state = state;
    if (state === "archived") edit.archivedAt = at;
  }

  /** Moves all values of a property to another name; null forgets them. */
  rename(name: string, now: string | null): void {
    for (const { properties } of this.#edits.values()) {
      const value = properties.get(name);
      if (value === undefined) continue;
      properties.delete(name);
      if (now !== null) properties.set(now, value);
    }
    const before = [...this.#renamed].find(([, current]) => current === name)?.[0] ?? name;
    this.#renamed.set(before, now);
  }

  #edit(index: number): Edit {
    let edit = this.#edits.get(index);
    if (edit === undefined) {
      edit = {
        properties: new Map(),
        createdAt: null,
        updatedAt: null,
        archivedAt: null,
        visibleAt: 0,
        state: null,
        before: null,
      };
      this.#edits.set(index, edit);
    }
    return edit;
  }
}
