import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import fc from "fast-check";
import pg from "pg";
import { from } from "pg-copy-streams";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fieldHash } from "../../../core/engine/merge/written.ts";
import { hashField, hashId } from "../../../core/engine/value-hash.ts";
import type { StageType } from "../../../core/mapping/compiled.ts";
import { CopyWriter } from "../../../core/store/copy-writer.ts";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

const hashSql = (type: string): string => fieldHash({ columns: [{ column: "v", type }] }, ["v"]);

/** Hashes by this program of what is written, and by the server of what it has stored. */
async function both(stage: StageType, type: string, writes: readonly ((out: CopyWriter) => void)[]) {
  await client.query(`drop table if exists t; create temporary table t (n int8, v ${type})`);
  const out = new CopyWriter(32);
  const ours: number[] = [];
  writes.forEach((write, index) => {
    out.row(2);
    out.int8(index);
    const at = out.length;
    write(out);
    ours.push(hashField(stage, out.buffer, at));
  });
  await pipeline(Readable.from([Buffer.from(out.finish())]), client.query(from("copy t from stdin (format binary)")));
  const { rows } = await client.query(`select ${hashSql(type)} as h from t order by n`);
  return { ours, theirs: rows.map((row) => row.h as number) };
}

async function expectEqual(stage: StageType, type: string, writes: readonly ((out: CopyWriter) => void)[]) {
  const { ours, theirs } = await both(stage, type, writes);
  expect(ours).toEqual(theirs);
  return ours;
}

describe("hashes of written values are the server's", () => {
  test("texts of every length, and null", async () => {
    const texts = Array.from({ length: 60 }, (_, n) => "aé漢z€09 _".repeat(6).slice(0, n));
    const random = fc.sample(fc.string({ unit: "grapheme", maxLength: 200 }), { numRuns: 300, seed: 7 });
    const all = [...texts, ...random].map((value) => value.replaceAll("\0", ""));
    const hashes = await expectEqual("text", "text", [
      ...all.map((value) => (out: CopyWriter) => out.text(value)),
      (out) => out.null(),
    ]);
    expect(hashes.at(-1)).toBe(0);
  });

  test("integers and ids", async () => {
    const values = [
      0n,
      1n,
      -1n,
      42n,
      -42n,
      4_294_967_295n,
      4_294_967_296n,
      -4_294_967_297n,
      9_007_199_254_740_991n,
      -(2n ** 63n),
      2n ** 63n - 1n,
    ];
    await expectEqual(
      "int8",
      "bigint",
      values.map((value) => (out: CopyWriter) => out.int8(value)),
    );
    const { theirs } = await both(
      "int8",
      "bigint",
      [1, 77, 4_294_967_301].map((value) => (out: CopyWriter) => out.int8(value)),
    );
    expect([1, 77, 4_294_967_301].map(hashId)).toEqual(theirs);
  });

  test("decimals; equal numbers have one hash whatever their scale, opposite ones have two", async () => {
    const values = [
      "0",
      "0.00",
      "1",
      "1.0",
      "-1",
      "10",
      "10000",
      "0.0001",
      "123456789.123456789",
      "-123456789.123456789",
      "100000000",
      "0.5",
      "5000",
    ];
    const random = fc
      .sample(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), { numRuns: 200, seed: 3 })
      .map((n, i) => {
        const digits = (n < 0n ? -n : n).toString().padStart(12, "0");
        return `${n < 0n ? "-" : ""}${digits.slice(0, -(i % 9 || 12))}.${digits.slice(-(i % 9 || 12))}`;
      });
    const hashes = await expectEqual(
      "numeric",
      "numeric",
      [...values, ...random].map((value) => (out: CopyWriter) => out.numeric(value.replace(/^(-?)\./, "$10."))),
    );
    expect(hashes[2]).toBe(hashes[3]);
    expect(hashes[2]).not.toBe(hashes[4]);
    expect(hashes[0]).not.toBe(0);
  });

  test("booleans, dates, times, arrays of texts", async () => {
    expect(
      await expectEqual("bool", "boolean", [(out) => out.bool(false), (out) => out.bool(true), (out) => out.null()]),
    ).toEqual([1, 2, 0]);
    await expectEqual(
      "date",
      "date",
      [-700_000, 0, 1, 20_000].map((days) => (out: CopyWriter) => out.date(days)),
    );
    await expectEqual(
      "timestamptz",
      "timestamp with time zone",
      [0, 1, -62_000_000_000_000, 1_700_000_000_123].map((ms, us) => (out: CopyWriter) => out.timestamptz(ms, us)),
    );
    await expectEqual(
      "text[]",
      "text[]",
      [[], ["a"], ["a", "b"], ["", "漢字 and more than twelve bytes"]].map(
        (list) => (out: CopyWriter) => out.textArray(list),
      ),
    );
  });

  test("types that the server alone hashes have one of null and one of a value", async () => {
    const cases: [string, string, string][] = [
      ["jsonb", `'{"a":1,"b":2}'`, `'{"b":2,"a":1.0}'`],
      ["json", `'{"a":1}'`, `'{"a":1}'`],
      ["uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"],
      ["character varying(20)", "'x'", "'x'"],
      ["numeric(12,2)", "1.5", "1.50"],
      ["integer", "5", "5"],
      ["smallint", "5", "5"],
      ["double precision", "0.1", "0.10"],
      ["interval", "'1 day'", "'24 hours'"],
      ["time without time zone", "'10:00'", "'10:00:00'"],
      ["point", "'(1,2)'", "'(1.0,2)'"],
      ["bigint[]", "'{1,2}'", "'{1, 2}'"],
      ["money", "'1.5'", "'1.50'"],
      ["character(5)", "'ab'", "'ab   '"],
    ];
    for (const [type, one, same] of cases) {
      const { rows } = await client.query(
        `select a, b, n from (select (select ${hashSql(type)} from (values (${one}::${type})) x(v)) as a,
          (select ${hashSql(type)} from (values (${same}::${type})) x(v)) as b, (select ${hashSql(type)} from (values (null::${type})) x(v)) as n) y`,
      );
      expect({ type, ...rows[0] }).toEqual({ type, a: rows[0].a, b: rows[0].a, n: 0 });
      expect(rows[0].a, type).not.toBe(0);
    }
  });
});
