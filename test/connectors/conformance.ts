/**
 * What every source connector must do, as tests. A connector's own test calls `testConnector` with a way to make it over
 * known data, and adds its quirks in `additionalTests`. See docs/writing-a-connector.md.
 */

import { isAscii } from "node:buffer";
import { afterEach, describe, expect, it } from "vitest";
import type { SourceConnector } from "../../core/connector.ts";
import type { Context } from "../../core/context.ts";
import { ConfigError } from "../../core/errors.ts";
import { testContext } from "../helpers/context.ts";
import { collect, readAll } from "./read-all.ts";

/** What one object holds, in the order in which it is read. */
export interface TruthObject {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Records that cannot be read. */
  readonly bad?: readonly { readonly line: number; readonly code: string }[];
  /** Columns that identify a row. */
  readonly key: readonly string[];
}

/** A connector over the truth's data, in a world of its own. */
export interface World {
  readonly source: SourceConnector;
  /** Changes the content of an object at the source. */
  change(object: string): Promise<void>;
  dispose(): Promise<void>;
}

export interface ConformanceOptions {
  readonly name: string;
  make(context: Context): Promise<World>;
  /** At least two objects; at least one of them with five rows or more. */
  readonly truth: readonly TruthObject[];
  readonly additionalTests?: (world: (context?: Context) => Promise<World>) => void;
}

/** Declares the suite. */
export function testConnector({ name, make, truth, additionalTests }: ConformanceOptions): void {
  describe(`${name}: source connector conformance`, () => {
    const worlds: World[] = [];
    const world = async (context: Context = testContext()): Promise<World> => {
      const made = await make(context);
      worlds.push(made);
      await made.source.open();
      return made;
    };
    afterEach(async () => {
      for (const made of worlds.splice(0)) {
        await made.source.close();
        await made.dispose();
      }
    });
    const longest = truth.reduce((one, other) => (other.rows.length > one.rows.length ? other : one));

    it("is given a truth that can show something", () => {
      expect(truth.length).toBeGreaterThanOrEqual(2);
      expect(longest.rows.length).toBeGreaterThanOrEqual(5);
    });

    it("describes its objects and their fields", async () => {
      const { source } = await world();
      const { objects } = await source.describe();
      for (const object of truth) {
        const described = objects.find((candidate) => candidate.name === object.name);
        expect(described, `object ${object.name}`).toBeDefined();
        expect(described!.fields.map((field) => field.name)).toEqual(expect.arrayContaining([...object.columns]));
      }
    });

    for (const object of truth) {
      describe(object.name, () => {
        /** Rows in the truth's columns; a connector may return more columns. */
        const inTruthOrder = (columns: readonly string[], rows: readonly (readonly (string | null)[])[]) => {
          const at = object.columns.map((column) => columns.indexOf(column));
          expect(at, "columns of the batch").not.toContain(-1);
          return rows.map((row) => at.map((index) => row[index]));
        };
        const fields = object.columns;
        const bad = object.bad ?? [];

        it("reads exactly the truth, in a stable order", async () => {
          const { source } = await world();
          const first = await readAll(source, object.name, { fields });
          if (object.rows.length > 0) expect(inTruthOrder(first.columns, first.rows)).toEqual(object.rows);
          else expect(first.rows).toEqual([]);
          expect(first.bad.map(({ line, code }) => ({ line, code }))).toEqual(bad);
          const second = await readAll(source, object.name, { fields });
          expect(second).toEqual(first);
        });

        it("numbers its records upwards", async () => {
          const { source } = await world();
          const { lines, bad: found } = await readAll(source, object.name, { fields });
          for (const numbers of [lines, found.map(({ line }) => line)]) {
            for (let index = 1; index < numbers.length; index++) {
              expect(numbers[index]!).toBeGreaterThan(numbers[index - 1]!);
            }
          }
        });

        it("counts good and bad records at the source", async () => {
          const { source } = await world();
          expect(await source.count(object.name)).toBe(object.rows.length + bad.length);
          expect(await source.count(object.name)).toBe(object.rows.length + bad.length);
        });

        it.each([1, 2, 3])("keeps batches to %i records and resumes after each", async (batchSize) => {
          const { source } = await world();
          const whole = await readAll(source, object.name, { fields, batchSize });
          expect(Math.max(0, ...whole.sizes)).toBeLessThanOrEqual(batchSize);
          for (const stop of whole.stops) {
            const from = JSON.parse(JSON.stringify(stop.next)) as typeof stop.next;
            expect(from).toEqual(stop.next);
            const rest = await readAll(source, object.name, { fields, batchSize, from });
            expect(rest.rows).toEqual(whole.rows.slice(stop.rows));
            expect(rest.lines).toEqual(whole.lines.slice(stop.rows));
            expect(rest.bad).toEqual(whole.bad.slice(stop.bad));
          }
        });

        it("fetches records by key", async () => {
          const { source } = await world();
          const keyOf = (row: readonly (string | null)[]) =>
            object.key.map((k) => row[object.columns.indexOf(k)] ?? "");
          const wanted = object.rows.filter((_, index) => index % 2 === 0);
          const keys = [...wanted.map(keyOf), object.key.map(() => "no such key")];
          const found = await collect(source.fetch({ object: object.name, fields, key: object.key, keys }));
          const rows = found.rows.length === 0 ? [] : inTruthOrder(found.columns, found.rows);
          expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(
            new Set(wanted.map((row) => JSON.stringify(row))),
          );
          expect(rows).toHaveLength(wanted.length);
        });

        it("tells by its fingerprint that the content changed", async () => {
          const { source, change } = await world();
          const before = await source.fingerprint(object.name);
          expect(await source.fingerprint(object.name)).toBe(before);
          await change(object.name);
          expect(await source.fingerprint(object.name)).not.toBe(before);
        });
      });
    }

    it("gives the same fingerprint and position to another connector over the same data", async () => {
      const one = await world();
      const other = await world();
      expect(await other.source.fingerprint(longest.name)).toBe(await one.source.fingerprint(longest.name));
      const { stops, rows } = await readAll(one.source, longest.name, { fields: longest.columns, batchSize: 2 });
      const from = stops[0]!.next;
      const rest = await readAll(other.source, longest.name, { fields: longest.columns, from });
      expect(rest.rows).toEqual(rows.slice(stops[0]!.rows));
    });

    it("keeps the promises of a batch", async () => {
      const { source } = await world();
      const { name: object, columns: fields } = longest;
      for await (const batch of source.read({ object, fields, from: null, batchSize: 2 })) {
        const cells = batch.size * batch.columns.length;
        expect(batch.starts.length).toBeGreaterThanOrEqual(cells);
        expect(batch.ends.length).toBeGreaterThanOrEqual(cells);
        if (batch.ascii) expect(isAscii(batch.data)).toBe(true);
        for (let cell = 0; cell < cells; cell++) {
          if (batch.starts[cell]! < 0) continue;
          expect(batch.ends[cell]!).toBeGreaterThanOrEqual(batch.starts[cell]!);
          expect(batch.ends[cell]!).toBeLessThanOrEqual(batch.data.length);
          expect(batch.data.subarray(batch.starts[cell]!, batch.ends[cell]!).includes(0), "NUL in a cell").toBe(false);
        }
      }
    });

    it("reads two objects at the same time", async () => {
      const { source } = await world();
      const [one, other] = await Promise.all(
        truth.slice(0, 2).map((object) => readAll(source, object.name, { fields: object.columns, batchSize: 1 })),
      );
      expect(one!.rows).toHaveLength(truth[0]!.rows.length);
      expect(other!.rows).toHaveLength(truth[1]!.rows.length);
    });

    it("can be left in the middle and read again", async () => {
      const { source } = await world();
      for await (const _ of source.read({ object: longest.name, fields: longest.columns, from: null, batchSize: 1 }))
        break;
      expect((await readAll(source, longest.name, { fields: longest.columns })).rows).toHaveLength(longest.rows.length);
    });

    it("ends with the signal's reason when it is aborted", async () => {
      const controller = new AbortController();
      const reason = new Error("stopped by the test");
      const { source } = await world(testContext({ signal: controller.signal }));
      const reading = source.read({ object: longest.name, fields: longest.columns, from: null, batchSize: 1 });
      let batches = 0;
      const run = async () => {
        for await (const _ of reading) {
          batches++;
          controller.abort(reason);
        }
      };
      await expect(run()).rejects.toBe(reason);
      expect(batches).toBe(1);
    });

    it("refuses an unknown object with a ConfigError", async () => {
      const { source } = await world();
      const unknown = "no such object";
      await expect(readAll(source, unknown)).rejects.toBeInstanceOf(ConfigError);
      await expect(source.count(unknown)).rejects.toBeInstanceOf(ConfigError);
      await expect(source.fingerprint(unknown)).rejects.toBeInstanceOf(ConfigError);
    });

    it("closes twice without harm, also when nothing was opened", async () => {
      const { source } = await world();
      await source.close();
      await source.close();
      const made = await make(testContext());
      worlds.push(made);
      await made.source.close();
    });

    additionalTests?.(world);
  });
}
