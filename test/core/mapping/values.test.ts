import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { civilFromDays, dateText, daysFromCivil, timestampText } from "../../../core/mapping/dates.ts";
import { sameValue, stageType, type ValueSpec, valueParser } from "../../../core/mapping/values.ts";
import { intervalText } from "../../../core/mapping/values-duration.ts";
import { parseJson } from "../../../core/mapping/values-json.ts";
import { arrayItems, arrayText, checkLength } from "../../../core/mapping/values-text.ts";
import { isFailure, isKept } from "../../../core/mapping/values-types.ts";
import { zoneClock } from "../../../core/mapping/values-zone.ts";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";
import { typeExamples } from "./types-doc.ts";

const UTC = { timezone: "UTC", dates: "auto", decimal: "." } as const;
const spec = (over: Partial<ValueSpec>): ValueSpec => ({
  type: "text",
  columnType: null,
  maxLength: null,
  format: null,
  country: null,
  ...over,
});

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

/** What PostgreSQL prints for the texts cast to the type. */
async function printed(type: string, texts: readonly string[]): Promise<string[]> {
  const { rows } = await client.query(
    `select x::${type}::text as v from unnest($1::text[]) with ordinality u(x, o) order by o`,
    [texts],
  );
  return rows.map((row) => row.v);
}

describe("examples of docs/types.md", () => {
  const examples = typeExamples();
  it("are many", () => expect(examples.length).toBeGreaterThan(150));
  it.each(examples)("$title", ({ value, spec, source, gives, code }) => {
    const result = valueParser(spec, source)(value);
    if (code !== null) expect(result).toEqual({ code, reason: expect.stringMatching(/^(expected |").*/s) });
    else expect(isKept(result) ? result.text : result).toBe(gives);
  });

  it("give the same in every time zone of the process", () => {
    const script = `
      import { typeExamples } from "./test/core/mapping/types-doc.ts";
      import { valueParser } from "./core/mapping/values.ts";
      console.log(JSON.stringify(typeExamples().map(({ value, spec, source }) => valueParser(spec, source)(value))));`;
    const results = ["UTC", "Asia/Tokyo", "America/Los_Angeles"].map((TZ) =>
      execFileSync(process.execPath, ["--input-type=module", "-e", script], {
        cwd: fileURLToPath(new URL("../../..", import.meta.url)),
        env: { ...process.env, TZ },
        encoding: "utf8",
      }),
    );
    expect(new Set(results).size).toBe(1);
  });
});

describe("canonical text is PostgreSQL's", () => {
  const column: Record<string, string> = {
    integer: "int8",
    decimal: "numeric",
    percent: "numeric",
    boolean: "boolean",
    date: "date",
    datetime: "timestamptz",
    duration: "interval",
    json: "jsonb",
  };
  it.each(Object.keys(column))("%s", async (type) => {
    const texts = typeExamples()
      .filter((example) => example.spec.type === type && example.spec.columnType === null && example.gives !== null)
      .map((example) => example.gives!);
    expect(texts.length).toBeGreaterThan(2);
    expect(await printed(column[type]!, texts)).toEqual(texts);
  });

  it("intervals of every sign", async () => {
    const parts = fc.sample(
      fc.tuple(
        fc.integer({ min: -30, max: 30 }),
        fc.integer({ min: -40, max: 40 }),
        fc.bigInt({ min: -90_000_000_000n, max: 90_000_000_000n }),
      ),
      { numRuns: 300, seed: 7 },
    );
    const texts = [...parts, [0, 0, 0n], [-1, 1, 1n], [1, -1, 0n], [0, 1, -1n], [-12, 0, 5n]].map(
      ([months, days, micros]) => intervalText(months as number, days as number, micros as bigint),
    );
    expect(await printed("interval", texts)).toEqual(texts);
  });

  it("arrays of awkward texts, there and back", async () => {
    const lists = fc.sample(
      fc.array(fc.string({ unit: fc.constantFrom("a", " ", ",", "{", "}", '"', "\\", "é", "\n", "N", "U", "L") }), {
        maxLength: 5,
      }),
      { numRuns: 300, seed: 7 },
    );
    const { rows } = await client.query(
      "select (select array_agg(e order by o)::text from jsonb_array_elements_text(l) with ordinality x(e, o)) as v from unnest($1::jsonb[]) with ordinality u(l, n) order by n",
      [lists.map((list) => JSON.stringify(list))],
    );
    expect(lists.map((list) => (list.length === 0 ? null : arrayText(list)))).toEqual(rows.map((row) => row.v));
    expect(lists.map((list) => arrayItems(arrayText(list)))).toEqual(lists);
  });

  it("json of every shape", async () => {
    const values = fc
      .sample(fc.jsonValue({ maxDepth: 4 }), { numRuns: 300, seed: 7 })
      .map((value) => JSON.stringify(value));
    const texts = [
      '{"b":1,"a":2,"a":3}',
      '{"é":1,"zz":2,"z":3}',
      "1e3",
      "-0",
      "1.50E-2",
      "[]",
      "{}",
      '{"__proto__":1}',
      ...values,
    ];
    const ours = texts.map((text) => parseJson(text));
    for (const [index, text] of ours.entries()) {
      if (isFailure(text)) await expect(printed("jsonb", [texts[index]!])).rejects.toThrow();
      else expect([texts[index], text]).toEqual([texts[index], (await printed("jsonb", [texts[index]!]))[0]]);
    }
  });

  it("refuses json that jsonb cannot hold", () => {
    for (const text of [
      '"\\ud800"',
      '{"\\u0000":1}',
      `${"[".repeat(600)}${"]".repeat(600)}`,
      "[".repeat(200_000),
      "1e999999",
    ]) {
      expect(parseJson(text)).toMatchObject({ code: "VALUE_NOT_JSON" });
    }
  });

  it("dates and times over ten thousand years", async () => {
    const days = fc.sample(fc.integer({ min: daysFromCivil(1, 1, 1), max: daysFromCivil(9999, 12, 31) }), {
      numRuns: 500,
      seed: 7,
    });
    expect(await printed("date", days.map(dateText))).toEqual(days.map(dateText));
    const { rows } = await client.query(
      "select x - date '1970-01-01' as d from unnest($1::date[]) with ordinality u(x, o) order by o",
      [days.map(dateText)],
    );
    expect(rows.map((row) => row.d)).toEqual(days);
    const times = days.map((day, index) =>
      timestampText(day * 86_400_000 + index * 98_765, index % 3 === 0 ? 0 : index),
    );
    expect(await printed("timestamptz", times)).toEqual(times);
  });
});

it("civilFromDays is the inverse of daysFromCivil, BC included", () => {
  fc.assert(
    fc.property(fc.integer({ min: -3_000_000, max: 3_000_000 }), (days) => {
      const { year, month, day } = civilFromDays(days);
      return daysFromCivil(year, month, day) === days;
    }),
  );
});

describe("time zones", () => {
  it.each([
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
    "America/Sao_Paulo",
  ])("%s agrees with PostgreSQL at every quarter of an hour around its changes", async (name) => {
    const zone = zoneClock(name);
    const starts = [
      "2011-12-28",
      "2018-02-16",
      "2018-11-03",
      "2024-03-09",
      "2024-03-30",
      "2024-04-05",
      "2024-10-05",
      "2024-10-26",
      "2024-11-02",
      "1999-12-31",
    ];
    const walls = starts.flatMap((start) => {
      const [y, m, d] = start.split("-").map(Number) as [number, number, number];
      return Array.from({ length: 4 * 24 * 3 }, (_, i) => daysFromCivil(y, m, d) * 86_400_000 + i * 900_000);
    });
    const ours = walls.map((wall) => timestampText(zone.toUtc(wall), 0));
    // PostgreSQL takes the second of a doubled hour and, in a gap, the offset before it: compare where both are unique
    const { rows } = await client.query(
      `select (w at time zone $2)::text as utc, ((w at time zone $2) at time zone $2) = w
             and (((w at time zone $2) - interval '1 hour') at time zone $2) <> w
             and (((w at time zone $2) - interval '30 minutes') at time zone $2) <> w as plain
           from unnest($1::timestamp[]) with ordinality u(w, o) order by o`,
      [walls.map((wall) => timestampText(wall, 0).replace("+00", "")), name],
    );
    const plain = rows.map((row, index) => ({ index, ...row })).filter((row) => row.plain);
    expect(plain.length).toBeGreaterThan(walls.length * 0.95);
    expect(plain.map((row) => ours[row.index])).toEqual(plain.map((row) => row.utc));
  });

  it("takes fixed offsets, refuses unknown names", () => {
    expect(timestampText(zoneClock("+02:00").toUtc(0), 0)).toBe("1969-12-31 22:00:00+00");
    expect(timestampText(zoneClock("UTC+5:30").toUtc(0), 0)).toBe("1969-12-31 18:30:00+00");
    expect(() => zoneClock("Mars/Olympus")).toThrow(expect.objectContaining({ code: "TIMEZONE_UNKNOWN" }));
  });
});

it("every decimal that is printed plainly is taken as it is", () => {
  const parse = valueParser(spec({ type: "decimal" }), UTC);
  const plain = fc
    .tuple(fc.boolean(), fc.bigInt({ min: 1n, max: 10n ** 40n }), fc.nat(20))
    .map(([negative, digits, scale]) => {
      const text = digits.toString().padStart(scale + 1, "0");
      const cut = text.length - scale;
      return (negative ? "-" : "") + text.slice(0, cut) + (scale === 0 ? "" : `.${text.slice(cut)}`);
    });
  fc.assert(fc.property(plain, (text) => parse(text) === text));
});

it("never throws, whatever comes", () => {
  const types = [
    "integer",
    "decimal",
    "percent",
    "boolean",
    "date",
    "datetime",
    "duration",
    "email",
    "phone",
    "url",
    "json",
  ] as const;
  const parsers = types.map((type) => valueParser(spec({ type, country: type === "phone" ? "US" : null }), UTC));
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      for (const parse of parsers) parse(text);
    }),
    { numRuns: 300 },
  );
});

it("answers long and hostile texts at once", () => {
  const types = ["integer", "decimal", "boolean", "date", "datetime", "duration", "email", "url"] as const;
  const hostile = [
    " ".repeat(100_000),
    "1 ".repeat(50_000),
    "9".repeat(100_000),
    "a.".repeat(50_000),
    `$${" ".repeat(90)}x`,
    "1,".repeat(60),
    `a@${"a.".repeat(50_000)}`,
    `a${"-".repeat(50_000)}`,
    `1${" ".repeat(50_000)}x`,
  ];
  const began = performance.now();
  for (const type of types) for (const text of hostile) valueParser(spec({ type }), UTC)(`x${text}`);
  for (const type of types) for (const text of hostile) valueParser(spec({ type }), UTC)(text);
  expect(performance.now() - began).toBeLessThan(2000);
});

it("warns about what it rounds and about phones it keeps", () => {
  expect(valueParser(spec({ type: "currency", columnType: "numeric(10,2)" }), UTC)("1.005")).toEqual({
    text: "1.01",
    warning: {
      code: "VALUE_ROUNDED",
      reason: '"1.005" was rounded to 2 digits after the decimal mark, as numeric(10,2) holds it',
    },
  });
  expect(valueParser(spec({ type: "phone", country: "US" }), UTC)("12")).toEqual({
    text: "12",
    warning: { code: "VALUE_PHONE_KEPT", reason: '"12" is not a phone number of US; kept as it is' },
  });
});

it("says what was expected, what came, what to do", () => {
  const reason = (type: ValueSpec["type"], text: string, source = {}) => {
    const result = valueParser(spec({ type }), { ...UTC, ...source })(text);
    return isFailure(result) ? result.reason : result;
  };
  expect(reason("decimal", "1,5")).toBe(
    'expected a number with "." as decimal mark; with "," as decimal mark it would be one, got "1,5"',
  );
  expect(reason("date", "03/04/2024")).toBe(
    '"03/04/2024" can be read in several ways; set "dates: dmy", "mdy" or "ymd" for the source, or "format:" for the field',
  );
  expect(reason("date", "x", { dates: "dmy" })).toBe('expected a date as day/month/year or YYYY-MM-DD, got "x"');
  expect(reason("boolean", "maybe")).toBe('expected true/false, yes/no, y/n, 1/0, t/f, on/off or x, got "maybe"');
  expect(reason("integer", "y".repeat(80))).toBe(`expected a number, got "${"y".repeat(57)}..."`);
});

it("counts characters as PostgreSQL does", () => {
  expect(checkLength("😀😀😀", 3)).toBe("😀😀😀");
  expect(checkLength("😀😀😀", 2)).toEqual({
    code: "VALUE_TOO_LONG",
    reason: 'expected at most 2 characters, got 3: "😀😀😀"',
  });
});

it("refuses formats and countries that do not exist, when the mapping is compiled", () => {
  const make = (over: Partial<ValueSpec>) => () => valueParser(spec(over), UTC);
  expect(make({ type: "date", format: "dd.MM" })).toThrow(expect.objectContaining({ code: "FORMAT_INVALID" }));
  expect(make({ type: "date", format: "dd.MM.yyyy QQ" })).toThrow(/knows no token "QQ"/);
  expect(make({ type: "date", format: "dd.MM.yyyy d" })).toThrow(/has "d" twice/);
  expect(make({ type: "duration", format: "days" })).toThrow(expect.objectContaining({ code: "FORMAT_INVALID" }));
  expect(make({ type: "phone", country: "XX" })).toThrow(expect.objectContaining({ code: "COUNTRY_UNKNOWN" }));
});

it("compares stored values: numbers by value, the rest exactly", () => {
  expect(sameValue("5", "5.00", "numeric(10,2)")).toBe(true);
  expect(sameValue("0.10", "0.1", "numeric")).toBe(true);
  expect(sameValue("-0.0", "0", "numeric")).toBe(true);
  expect(sameValue("100", "1", "numeric")).toBe(false);
  expect(sameValue("12345678901234567890.1", "12345678901234567890.2", "numeric")).toBe(false);
  expect(sameValue("1.10", "1.1", "double precision")).toBe(true);
  expect(sameValue("5", "5.00", "text")).toBe(false);
  expect(sameValue(null, null, "text")).toBe(true);
  expect(sameValue(null, "", "text")).toBe(false);
  expect(sameValue("ab  ", "ab", "character(4)")).toBe(true);
});

it("stages by column type", () => {
  const types = [
    "bigint",
    "integer",
    "numeric(10,2)",
    "boolean",
    "date",
    "timestamp with time zone",
    "timestamp(3) with time zone",
    "timestamp without time zone",
    "jsonb",
    "json",
    "text[]",
    "uuid",
    "text",
    "character varying(80)",
    "citext",
    "interval",
    "double precision",
  ];
  expect(types.map(stageType)).toEqual([
    "int8",
    "text",
    "numeric",
    "bool",
    "date",
    "timestamptz",
    "timestamptz",
    "text",
    "jsonb",
    "text",
    "text[]",
    "uuid",
    "text",
    "text",
    "text",
    "text",
    "text",
  ]);
});
