/**
 * What every source that can tell what changed must do, as tests: a mirror that is kept up to date by deltas alone equals the
 * source after every step, whatever happens there.
 */
import { afterEach, describe, expect, it } from "vitest";
import type { ChangeTracking, GoneRecord, Watermark } from "../../core/changes.ts";
import type { SourceConnector } from "../../core/connector.ts";
import type { Clock } from "../sim/clock.ts";
import { collect, readAll } from "./read-all.ts";

/** One object of a simulated system, and what can happen to its records. */
export interface ChangeWorld {
  readonly source: SourceConnector;
  readonly clock: Clock;
  readonly object: string;
  readonly key: string;
  /** `key` is the first one. */
  readonly fields: readonly string[];
  /** One of the fields: computed by the system. */
  readonly computed: string;
  /** Milliseconds after which every change shows. */
  readonly lateMs: number;
  /** What a full read should give now, by key: everything shows that is due. */
  truth(): Map<string, readonly (string | null)[]>;
  /** Live records that the mutations may be done to, in the order of keys. */
  live(): readonly string[];
  create(text: string, lateMs?: number): string;
  edit(id: string, text: string, lateMs?: number): void;
  /** Changes the computed field. */
  recalculate(id: string, text: string): void;
  remove(id: string): void;
  restore(id: string): void;
  /** Deletes for good: nothing that can be asked for is left of it. */
  purge(id: string): void;
  /** Merges one into the other; returns the survivor's id. */
  merge(winner: string, loser: string): string;
  dispose(): Promise<void>;
}

export interface WorldOptions {
  /** Seconds; absent: the connector's own. */
  readonly settle?: number;
  readonly overlap?: number;
  /** Records of the object, about. */
  readonly records: number;
}

export interface ChangesConformance {
  readonly name: string;
  make(options: WorldOptions): Promise<ChangeWorld>;
  /** Records that change at once where one timestamp is tested; what the system gives at once is less. */
  readonly many: number;
  /** A variant of another suite: only what may differ. */
  readonly brief?: boolean;
}

/** A copy of an object, kept as a delta engine keeps its target. */
export class Mirror {
  readonly rows = new Map<string, readonly (string | null)[]>();
  readonly #world: ChangeWorld;
  readonly #changes: ChangeTracking;
  #since: Watermark | null = null;

  constructor(world: ChangeWorld) {
    this.#world = world;
    this.#changes = world.source.changes!;
  }

  async full(): Promise<void> {
    const { source, object, fields } = this.#world;
    const watermark = await this.#changes.watermark(object);
    this.#take((await readAll(source, object, { fields })).rows);
    this.#since = watermark;
  }

  /** Ids that came by their timestamp, in the order in which they came, and what became of those that are gone. */
  async delta({ batchSize = 1000, sweep = true } = {}): Promise<{ changed: string[]; gone: readonly GoneRecord[] }> {
    const { source, object, fields, key } = this.#world;
    const watermark = await this.#changes.watermark(object);
    const since = JSON.parse(JSON.stringify(this.#since)) as Watermark;
    const { columns, rows } = await collect(this.#changes.changed({ object, fields, since, from: null, batchSize }));
    const changed = rows.map((row) => row[columns.indexOf(key)]!);
    expect(new Set(changed).size, "each record once").toBe(changed.length);
    this.#take(this.#ordered(columns, rows));
    let gone: readonly GoneRecord[] = [];
    if (sweep) {
      const derived = await this.#changes.derived(object, fields);
      const narrow = await readAll(source, object, { fields: [key, ...derived] });
      const there = new Set(narrow.rows.map((row) => row[narrow.columns.indexOf(key)]!));
      const missing = [...this.rows.keys()].filter((id) => !there.has(id));
      gone = missing.length === 0 ? [] : await this.#changes.gone(object, missing);
      expect(gone.map(({ id }) => id).sort(), "all that are missing are gone, each once").toEqual(missing.sort());
      for (const { id } of gone) this.rows.delete(id);
      const stale = narrow.rows.filter((row) => {
        const known = this.rows.get(row[narrow.columns.indexOf(key)]!);
        return derived.some((field) => known?.[fields.indexOf(field)] !== row[narrow.columns.indexOf(field)]);
      });
      const keys = [
        ...new Set([
          ...stale.map((row) => row[narrow.columns.indexOf(key)]!),
          ...[...there].filter((id) => !this.rows.has(id)),
        ]),
      ];
      if (keys.length > 0) {
        const found = await collect(source.fetch({ object, fields, key: [key], keys: keys.map((id) => [id]) }));
        this.#take(this.#ordered(found.columns, found.rows));
      }
    }
    this.#since = watermark;
    return { changed, gone };
  }

  #ordered(columns: readonly string[], rows: readonly (readonly (string | null)[])[]): (string | null)[][] {
    const at = this.#world.fields.map((field) => columns.indexOf(field));
    return rows.map((row) => at.map((index) => row[index]!));
  }

  #take(rows: readonly (readonly (string | null)[])[]): void {
    for (const row of rows) this.rows.set(row[0]!, row.slice(0, this.#world.fields.length));
  }
}

/** Rows in the order of keys, for comparison. */
const sorted = (rows: ReadonlyMap<string, readonly (string | null)[]>) =>
  [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);

const HOUR = 3_600_000;

/** Declares the suite. */
export function testChanges({ name, make, many, brief = false }: ChangesConformance): void {
  describe(`${name}: what changed`, () => {
    const worlds: ChangeWorld[] = [];
    const whole = brief ? it.skip : it;
    const begin = async (options: Partial<WorldOptions> = {}): Promise<{ world: ChangeWorld; mirror: Mirror }> => {
      const world = await make({ records: 60, ...options });
      worlds.push(world);
      world.clock.set("2026-11-20T12:00:00Z");
      await world.source.open();
      const mirror = new Mirror(world);
      await mirror.full();
      return { world, mirror };
    };
    const equal = (world: ChangeWorld, mirror: Mirror) => expect(sorted(mirror.rows)).toEqual(sorted(world.truth()));
    /** Later: long enough that everything shows and nothing of before comes again. */
    const later = ({ clock }: ChangeWorld) => clock.advance(3 * HOUR);

    afterEach(async () => {
      for (const world of worlds.splice(0)) {
        await world.source.close();
        await world.dispose();
      }
    });

    whole("tells the source's own time, and a watermark behind it", async () => {
      const { world } = await begin();
      const { now, watermark } = world.source.changes!;
      expect(await now!()).toBe("2026-11-20T12:00:00.000Z");
      const { at } = (await watermark(world.object))!;
      expect(Date.parse(at)).toBeLessThanOrEqual(world.clock.now() - world.lateMs);
    });

    whole("nothing comes when nothing changed", async () => {
      const { world, mirror } = await begin();
      later(world);
      expect(await mirror.delta()).toEqual({ changed: [], gone: [] });
      equal(world, mirror);
    });

    whole("edited and new records come, and no others", async () => {
      const { world, mirror } = await begin();
      later(world);
      const [one, other] = world.live();
      world.edit(one!, "edited");
      world.edit(other!, "edited, too");
      const made = world.create("new");
      world.clock.advance(world.lateMs);
      expect((await mirror.delta({ sweep: false })).changed.sort()).toEqual([one, other, made].sort());
      equal(world, mirror);
      later(world);
      // the watermark was settled: they come once more, and then no more
      expect((await mirror.delta({ sweep: false })).changed).toHaveLength(3);
      expect((await mirror.delta({ sweep: false })).changed).toEqual([]);
    });

    whole("a record that is edited twice between deltas comes once, as it is", async () => {
      const { world, mirror } = await begin();
      later(world);
      const [one] = world.live();
      world.edit(one!, "first");
      world.clock.advance(1000);
      world.edit(one!, "second");
      world.clock.advance(world.lateMs);
      expect((await mirror.delta()).changed).toEqual([one]);
      equal(world, mirror);
    });

    whole("computed fields are named, and found by a narrow sweep", async () => {
      const { world, mirror } = await begin();
      expect(await world.source.changes!.derived(world.object, world.fields)).toContain(world.computed);
      expect(await world.source.changes!.derived(world.object, [world.key])).toEqual([]);
      later(world);
      const [one] = world.live();
      world.recalculate(one!, "7");
      expect((await mirror.delta({ sweep: false })).changed).toEqual([]);
      await mirror.delta();
      equal(world, mirror);
    });

    it("deleted, erased and merged records are gone or lead on; restored ones come back", async () => {
      const { world, mirror } = await begin();
      const [deleted, erased, winner, loser, back] = world.live() as [string, string, string, string, string];
      world.remove(back);
      later(world);
      await mirror.delta();
      equal(world, mirror);
      world.remove(deleted);
      world.purge(erased);
      const survivor = world.merge(winner, loser);
      world.restore(back);
      later(world);
      const { gone } = await mirror.delta();
      equal(world, mirror);
      expect(gone.find(({ id }) => id === erased)).toEqual({
        id: erased,
        how: "unknown",
        mergedInto: null,
        at: null,
        by: null,
      });
      expect(["deleted", "archived"]).toContain(gone.find(({ id }) => id === deleted)!.how);
      const asked = await world.source.changes!.gone(world.object, [loser, back, world.live().at(-1)!]);
      expect(asked).toMatchObject([{ id: loser, how: "merged", mergedInto: survivor }]);
      expect(world.live()).toContain(back);
    });

    whole("rows that show late are not lost", async () => {
      const { world, mirror } = await begin();
      later(world);
      const [one] = world.live();
      world.edit(one!, "late", world.lateMs);
      const made = world.create("late and new", world.lateMs);
      world.clock.advance(world.lateMs - 1);
      const { changed } = await mirror.delta({ sweep: false });
      expect(changed).not.toContain(one);
      expect(changed).not.toContain(made);
      world.clock.advance(1);
      expect((await mirror.delta({ sweep: false })).changed.sort()).toEqual([one, made].sort());
      equal(world, mirror);
    });

    whole("without settle time and overlap they would be: the world is late indeed", async () => {
      const { world, mirror } = await begin({ settle: 0, overlap: 0 });
      later(world);
      const [one] = world.live();
      world.edit(one!, "late", world.lateMs);
      world.clock.advance(world.lateMs - 1);
      await mirror.delta({ sweep: false });
      world.clock.advance(1);
      expect(sorted(mirror.rows)).not.toEqual(sorted(world.truth()));
      later(world);
      expect((await mirror.delta({ sweep: false })).changed).toEqual([]);
      expect(sorted(mirror.rows)).not.toEqual(sorted(world.truth()));
    });

    it("any number of records with one timestamp, changed again within it: none lost, none doubled", async () => {
      const { world, mirror } = await begin({ records: many, settle: 0, overlap: 0 });
      world.clock.set("2026-11-21T10:00:00.250Z");
      const ids = world.live().slice(0, many);
      expect(ids).toHaveLength(many);
      for (const id of ids) world.edit(id, "first", 0);
      const before = await mirror.delta({ sweep: false, batchSize: 37 });
      expect(before.changed).toHaveLength(ids.length);
      equal(world, mirror);
      for (const id of ids) world.edit(id, "second", 0);
      const after = await mirror.delta({ sweep: false });
      expect(after.changed.sort()).toEqual([...ids].sort());
      equal(world, mirror);
    }, 900_000);

    whole("goes on after every batch", async () => {
      const { world } = await begin();
      const since = (await world.source.changes!.watermark(world.object))!;
      later(world);
      for (const id of world.live().slice(0, 9)) world.edit(id, "edited");
      world.clock.advance(world.lateMs);
      const request = { object: world.object, fields: world.fields, since, batchSize: 2 };
      const all = await collect(world.source.changes!.changed({ ...request, from: null }));
      expect(all.rows).toHaveLength(9);
      expect(Math.max(...all.sizes)).toBe(2);
      for (const stop of all.stops) {
        const from = JSON.parse(JSON.stringify(stop.next)) as typeof stop.next;
        const rest = await collect(world.source.changes!.changed({ ...request, from }));
        expect(rest.rows).toEqual(all.rows.slice(stop.rows));
        expect(rest.lines).toEqual(all.lines.slice(stop.rows));
      }
    });

    whole("tells who touched what after an instant, at once", async () => {
      const { world } = await begin();
      later(world);
      const [edited, deleted] = world.live();
      const at = await world.source.changes!.now!();
      expect(await world.source.changes!.touchedSince(world.object, at, 10)).toEqual({ count: 0, records: [] });
      world.clock.advance(2000);
      world.edit(edited!, "after the freeze", 0);
      const made = world.create("after the freeze", 0);
      world.remove(deleted!);
      const { count, records } = await world.source.changes!.touchedSince(world.object, at, 10);
      expect(count).toBe(3);
      expect(Object.fromEntries(records.map(({ id, how }) => [id, how]))).toEqual({
        [edited!]: "changed",
        [made]: "created",
        [deleted!]: "deleted",
      });
      for (const record of records) expect(Date.parse(record.at)).toBeGreaterThanOrEqual(Date.parse(at));
      const first = await world.source.changes!.touchedSince(world.object, at, 1);
      expect([first.count, first.records.length]).toEqual([3, 1]);
    });

    whole("says what a delta costs, the sweeps apart", async () => {
      const { world } = await begin();
      const { watermark, cost } = world.source.changes!;
      const since = (await watermark(world.object))!;
      later(world);
      world.edit(world.live()[0]!, "edited");
      world.clock.advance(world.lateMs);
      const [told] = await cost([{ object: world.object, fields: world.fields, since }]);
      expect(told).toMatchObject({ object: world.object, changed: 1 });
      expect(told!.calls).toBeGreaterThan(0);
      expect(told!.sweeps.deleted).toBeGreaterThan(0);
      expect(told!.sweeps.derived).toBeGreaterThan(0);
    });

    it("random rounds of everything: the mirror equals the source after each", async () => {
      const { world, mirror } = await begin();
      let state = 12_345;
      const dice = (below: number): number => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return (state >>> 8) % below;
      };
      const bin: string[] = [];
      for (let round = 0; round < (brief ? 2 : 5); round++) {
        for (let step = 0; step < 8; step++) {
          const live = world.live();
          const one = live[dice(live.length)]!;
          const other = live[dice(live.length)]!;
          const late = dice(2) * dice(world.lateMs);
          const text = `round ${round} step ${step}`;
          const kind = dice(8);
          if (kind <= 2) world.edit(one, text, late);
          else if (kind === 3) world.create(text, late);
          else if (kind === 4) world.recalculate(one, String(dice(90)));
          else if (kind === 5 && live.length > 10) {
            world.remove(one);
            bin.push(one);
          } else if (kind === 6 && one !== other && live.length > 10) world.merge(one, other);
          else if (kind === 7 && bin.length > 0) world.restore(bin.splice(dice(bin.length), 1)[0]!);
          world.clock.advance(dice(30) * 1000);
        }
        await mirror.delta({ batchSize: 5 });
        // once more when everything shows
        world.clock.advance(world.lateMs);
        await mirror.delta();
        equal(world, mirror);
        if (dice(2) === 1) later(world);
      }
    });
  });
}
