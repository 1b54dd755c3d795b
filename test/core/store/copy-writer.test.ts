import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from } from "pg-copy-streams";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { daysFromCivil } from "../../../core/mapping/dates.ts";
import { CopyWriter } from "../../../core/store/copy-writer.ts";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("set time zone 'UTC'");
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

/** Copies one row per write into a column of the type and gives what PostgreSQL prints, in order. */
async function stored(type: string, writes: readonly ((out: CopyWriter) => void)[]): Promise<(string | null)[]> {
  await client.query(`drop table if exists t; create temporary table t (n int8, v ${type})`);
  // small: every buffer has to grow
  const out = new CopyWriter(32);
  writes.forEach((write, index) => {
    out.row(2);
    out.int8(index);
    write(out);
  });
  expect(out.rows).toBe(writes.length);
  await pipeline(Readable.from([Buffer.from(out.finish())]), client.query(from("copy t from stdin (format binary)")));
  const { rows } = await client.query("select v::text from t order by n");
  return rows.map((row) => row.v);
}

describe("numeric", () => {
  const exact = [
    "0",
    "0.00",
    "1",
    "-1",
    "10",
    "9999",
    "10000",
    "100000000",
    "12345678",
    "0.1",
    "0.0001",
    "0.00001",
    "0.000000000000000000001",
    "-0.00001000",
    "99999999.9999",
    "10000.0001",
    "123.4500",
    "873607.15",
    "30024968.0",
    "-5.5",
    "1234567890123456789012345678901234567890",
    "-1234567890123456789012345678901234567890.123456789012345678901234567890",
    "100000000000000000000000000000000000000000000000.0",
    `1${"0".repeat(300)}`,
    `0.${"0".repeat(300)}1`,
  ];
  it("keeps every digit and the scale", async () => {
    expect(
      await stored(
        "numeric",
        exact.map((text) => (out) => out.numeric(text)),
      ),
    ).toEqual(exact);
  });

  it("has no negative zero, and drops leading zeros", async () => {
    const texts = ["-0", "-0.00", "007.50", "000"];
    expect(
      await stored(
        "numeric",
        texts.map((text) => (out) => out.numeric(text)),
      ),
    ).toEqual(["0", "0.00", "7.50", "0"]);
  });

  it("is equal to PostgreSQL's own parsing, so that sums and indexes agree", async () => {
    await stored(
      "numeric",
      exact.map((text) => (out) => out.numeric(text)),
    );
    const { rows } = await client.query(
      "select count(*)::int as n from t join unnest($1::text[]) with ordinality u(x, o) on u.o = t.n + 1 where t.v = u.x::numeric and hash_numeric(t.v) = hash_numeric(u.x::numeric)",
      [exact],
    );
    expect(rows).toEqual([{ n: exact.length }]);
  });
});

it("int8: bounds, negative numbers, beyond 32 bits", async () => {
  const values = [
    0,
    1,
    -1,
    255,
    256,
    2 ** 31,
    -(2 ** 31),
    2 ** 32,
    -(2 ** 32) - 1,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ];
  const big = [9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n, 5n];
  const printed = await stored(
    "int8",
    [...values, ...big].map((value) => (out) => out.int8(value)),
  );
  expect(printed).toEqual([...values, ...big].map(String));
});

it("bool and null", async () => {
  expect(await stored("bool", [(out) => out.bool(true), (out) => out.bool(false), (out) => out.null()])).toEqual([
    "true",
    "false",
    null,
  ]);
});

it("date: before 1970, BC, year 9999", async () => {
  const days = [
    0,
    -1,
    10_957,
    daysFromCivil(1582, 10, 15),
    daysFromCivil(1, 1, 1),
    daysFromCivil(0, 12, 31),
    daysFromCivil(-4712, 1, 1),
    daysFromCivil(9999, 12, 31),
    daysFromCivil(2024, 2, 29),
  ];
  expect(
    await stored(
      "date",
      days.map((day) => (out) => out.date(day)),
    ),
  ).toEqual([
    "1970-01-01",
    "1969-12-31",
    "2000-01-01",
    "1582-10-15",
    "0001-01-01",
    "0001-12-31 BC",
    "4713-01-01 BC",
    "9999-12-31",
    "2024-02-29",
  ]);
});

it("timestamptz: microseconds, before 1970 and 2000, far years", async () => {
  const at = (y: number, m: number, d: number, ms = 0): number => daysFromCivil(y, m, d) * 86_400_000 + ms;
  const values: [number, number][] = [
    [0, 0],
    [-1, 999],
    [at(2000, 1, 1) - 1, 1],
    [at(2024, 2, 29, 86_399_999), 999],
    [at(1, 1, 1), 0],
    [at(1700, 5, 5, 1), 7],
    [at(9999, 12, 31, 86_399_999), 999],
    [at(2254, 7, 7), 1],
  ];
  expect(
    await stored(
      "timestamptz",
      values.map(
        ([ms, us]) =>
          (out) =>
            out.timestamptz(ms, us),
      ),
    ),
  ).toEqual([
    "1970-01-01 00:00:00+00",
    "1969-12-31 23:59:59.999999+00",
    "1999-12-31 23:59:59.999001+00",
    "2024-02-29 23:59:59.999999+00",
    "0001-01-01 00:00:00+00",
    "1700-05-05 00:00:00.001007+00",
    "9999-12-31 23:59:59.999999+00",
    "2254-07-07 00:00:00.000001+00",
  ]);
});

it("text from strings and from bytes", async () => {
  const texts = ["", "a", "short text", "x".repeat(1000), 'naïve 日本語 😀\n"quoted"\t\\'];
  const bytes = texts.map((text) => Buffer.from(`..${text}..`));
  const printed = await stored("text", [
    ...texts.map((text) => (out: CopyWriter) => out.text(text)),
    ...bytes.map((data) => (out: CopyWriter) => out.bytes(data, 2, data.length - 2)),
  ]);
  expect(printed).toEqual([...texts, ...texts]);
});

it("text[]: empty, one, many, awkward ones", async () => {
  const lists = [[], ["a"], ["a", "b c", "", "null", 'q"u\\o', "{x}", "é"]];
  expect(
    await stored(
      "text[]",
      lists.map((list) => (out) => out.textArray(list)),
    ),
  ).toEqual(["{}", "{a}", '{a,"b c","","null","q\\"u\\\\o","{x}",é}']);
});

it("jsonb and uuid", async () => {
  expect(await stored("jsonb", [(out) => out.jsonb('{"b":1.50,"a":"é"}'), (out) => out.jsonb("null")])).toEqual([
    '{"a": "é", "b": 1.50}',
    "null",
  ]);
  const id = Buffer.from("00112233445566778899aabbccddeeff0011", "hex");
  expect(await stored("uuid", [(out) => out.uuid(id)])).toEqual(["00112233-4455-6677-8899-aabbccddeeff"]);
});

it("rows can be taken back", () => {
  const out = new CopyWriter(16);
  const start = out.length;
  out.row(1);
  out.text("gone");
  out.length = start;
  out.rows = 0;
  out.row(1);
  out.text("kept");
  const bytes = out.finish();
  expect(bytes.subarray(start).toString("hex")).toBe(`0001${"00000004"}${Buffer.from("kept").toString("hex")}ffff`);
});
