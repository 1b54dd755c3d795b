/** The fast path from bytes, the cache and the slow path stage the same values: what PostgreSQL decodes is what `explain` says. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import fc from "fast-check";
import pg from "pg";
import { from } from "pg-copy-streams";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileMapping } from "../../../core/mapping/compile.ts";
import type { CompileOptions, MapWarning } from "../../../core/mapping/compiled.ts";
import type { FieldMapping } from "../../../core/mapping/types.ts";
import { sameValue } from "../../../core/mapping/values.ts";
import { CopyWriter } from "../../../core/store/copy-writer.ts";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";
import { batch, call, field, mapping, options } from "./compile-kit.ts";
import { typeExamples } from "./types-doc.ts";

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

const picklist = {
  name: "stage",
  values: new Map([
    ["Web", "web"],
    ["Phone", "phone"],
  ]),
  unmapped: "keep",
} as const;
const lookup = { objects: ["account"], by: null, missing: "reject", typeInto: null } as const;
const FIELDS: readonly FieldMapping[] = [
  field("text"),
  field("short", "text", { columnType: "character varying(5)" }),
  field("integer", "integer"),
  field("int4", "integer", { columnType: "integer" }),
  field("int2", "integer", { columnType: "smallint" }),
  field("decimal", "decimal"),
  field("money", "currency", { columnType: "numeric(8,2)" }),
  field("percent", "percent"),
  field("float", "decimal", { columnType: "double precision" }),
  field("boolean", "boolean"),
  field("date", "date"),
  field("format", "date", { format: "d.M.yyyy" }),
  field("datetime", "datetime"),
  field("local", "datetime", { columnType: "timestamp without time zone" }),
  field("duration", "duration"),
  field("email", "email"),
  field("short_email", "email", { model: { maxLength: 12 } }),
  field("phone", "phone"),
  field("phone_us", "phone", { country: "US" }),
  field("url", "url"),
  field("free_pick", "picklist"),
  field("picklist", "picklist", { picklist }),
  field("picks", "multipicklist"),
  field("json", "json"),
  field("uuid", "text", { columnType: "uuid" }),
  field("lookup", "reference", { lookup }),
  field("values", "text", {
    values: new Map([
      ["a", "b"],
      ["", "blank"],
    ]),
    transform: [call("trim"), call("upper")],
  }),
  field("default", "boolean", { default: "false" }),
  field("template", "text", {
    input: { kind: "template", parts: [{ column: "text" }, { text: "/" }, { column: "short" }] },
  }),
  field("owner", "owner"),
].map((each) => ({ ...each, onError: "null" as const }));

/** Plain values and odd ones of every kind; each field gets all of them. */
const pool = [
  ...typeExamples().map((example) => example.value),
  "",
  " ",
  "\u00a0",
  "#N/A",
  " #N/A",
  "a",
  "A ",
  "-",
  "-0",
  "+5",
  "0",
  "00",
  "1",
  "-1",
  "10000",
  "9999.9999",
  "123456.78",
  "123456789.12",
  "1234567890123456",
  "999999999",
  "2147483647",
  "-2147483648",
  "32767",
  "9999",
  "99999",
  "1.",
  ".",
  "1.2.3",
  "0.000012",
  "100000000.00000001",
  "-0.0",
  "tRuE",
  "FALSE",
  "\u0014",
  "2024-02-30",
  "2024-02-29",
  "29/02/2024",
  "12/13/2024",
  "1745-01-01",
  "1700-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999999Z",
  "2024-01-01T00:00:00.1",
  "2024-01-01 1:02",
  "2024-01-01T01:02:03+0530",
  "2024-01-01T01:02:03-05",
  "2024-01-01T01:02:03.123456-05:00",
  "2024-01-01T01:02:60Z",
  "2024-01-01T",
  "2024-01-01x",
  "2024-10-27T02:15:00",
  "2024-03-31T02:15:00",
  "2255-01-01T00:00:00Z",
  "a@b.co",
  "a@.b.co",
  "a..b@c.de",
  "@b.co",
  "a@b.c",
  "a@-b.co",
  "A@B.CO ",
  "http://x",
  "https://a",
  "http:///x",
  "https://acme.com/ü",
  "http://a b",
  "web",
  "Web",
  " phone",
  "naïve",
  "日本語日本",
  "日本語日本語",
  "x".repeat(300),
  '{"a":[1,2]}',
  "00112233445566778899aabbccddeeff",
];
/** Random cells beside those of the pool; more of them in the long trials. */
const RANDOM = process.env.SOAK === "1" ? 700 : 200;
const shapes = [
  fc.stringMatching(/^-?[0-9]{1,12}(\.[0-9]{1,8})?$/),
  fc.stringMatching(
    /^[0-9]{4}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9](:[0-5][0-9](\.[0-9]{1,7})?)?(Z|[+-][01][0-9]:?[0-5][0-9])?)?$/,
  ),
  fc.stringMatching(/^[0-3][0-9][/.-][01][0-9][/.-][12][0-9]{3}$/),
  fc.stringMatching(/^[a-z.]{1,5}@[a-z.-]{1,6}\.[a-z]{1,3}$/),
  fc.stringMatching(/^https?:\/\/[a-z./ ]{0,6}$/),
  fc.string({ unit: "grapheme", maxLength: 8 }).map((text) => text.replaceAll("\0", "")),
];
const VARIANTS: readonly [string, Partial<CompileOptions>][] = [
  ["auto, point, UTC", { nulls: ["", "#N/A"] }],
  ["dmy, comma, Berlin", { dates: "dmy", decimal: ",", timezone: "Europe/Berlin" }],
  ["mdy, point, New York", { dates: "mdy", timezone: "America/New_York", blankMeansNothing: false }],
];

describe.each(VARIANTS)("%s", (_, variant) => {
  const owners = {
    resolve: (text: string) =>
      text.length % 3 === 0 ? String(text.length) : text.length % 3 === 1 ? null : { code: "NO", reason: "no" },
  };
  const compileOptions = options({ owners, ...variant });
  const columns = ["id", ...FIELDS.filter((each) => each.input.kind === "from").map((each) => each.target)];

  it("stages what explain says", async () => {
    const cells = [...pool, ...fc.sample(fc.oneof(...shapes), { numRuns: RANDOM, seed: 20 })];
    // twice, so that the second time the cache answers
    const records = batch(
      columns,
      [...cells, ...cells].map((cell, index) =>
        Object.fromEntries(columns.map((column) => [column, column === "id" ? `k${index}` : cell])),
      ),
    );
    const compiled = compileMapping(mapping(FIELDS), compileOptions);
    const bound = compiled.bind(records.columns);
    const out = new CopyWriter(100);
    const warnings: MapWarning[] = [];
    for (let i = 0; i < records.size; i++)
      expect(bound.map(records, i, bound.key(records, i), out, warnings).kind).toBe("staged");

    const types = compiled.columns.map(({ name, type }) => `${name} ${type}`).join(", ");
    await client.query(
      `drop table if exists staging; create temporary table staging (line int8, key text, hash uuid, ${types})`,
    );
    await pipeline(
      Readable.from([Buffer.from(out.finish())]),
      client.query(from("copy staging from stdin (format binary)")),
    );
    const { rows } = await client.query({
      text: `select line::int, key, ${compiled.columns.map(({ name }) => `${name}::text`).join(", ")} from staging order by line`,
      rowMode: "array",
    });
    expect(rows).toHaveLength(records.size);
    const fresh = compiled.bind(records.columns);
    for (let i = 0; i < records.size; i++) {
      const { key, fields } = fresh.explain(records, i);
      expect(rows[i]!.slice(0, 2)).toEqual([i + 2, key]);
      const staged = FIELDS.map((each, at) => [each.target, rows[i]![at + 2]]);
      const explained = fields.map(({ field: each, value }, at) => {
        // numeric(8,2): the column adds the zeros
        const printed = rows[i]![at + 2];
        return [each.target, sameValue(value, printed, each.model!.columnType) ? printed : value];
      });
      // comparing as text first is ten times faster
      if (JSON.stringify(staged) === JSON.stringify(explained)) continue;
      expect(staged, `cell ${JSON.stringify(cells[i % cells.length])}`).toEqual(explained);
    }
  });

  it("rejects what explain rejects, for the same reasons", () => {
    const strict = FIELDS.map((each) => ({ ...each, onError: "reject" as const, required: true }));
    const cells = [...pool, ...fc.sample(fc.oneof(...shapes), { numRuns: RANDOM / 2, seed: 21 })];
    for (const each of strict) {
      const compiled = compileMapping(mapping([each]), compileOptions);
      const records = batch(
        compiled.reads,
        cells.map((cell, index) =>
          Object.fromEntries(compiled.reads.map((column) => [column, column === "id" ? `k${index}` : cell])),
        ),
      );
      const bound = compiled.bind(records.columns);
      const out = new CopyWriter(100);
      for (let i = 0; i < records.size; i++) {
        const outcome = bound.map(records, i, `k${i}`, out, []);
        const { outcome: explained } = bound.explain(records, i);
        if (JSON.stringify(outcome) === JSON.stringify(explained)) continue;
        expect([each.target, cells[i], outcome]).toEqual([each.target, cells[i], explained]);
      }
    }
  });
});

it("staged text can be cast to its column by the merge", async () => {
  const casts = FIELDS.filter((each) => ["int4", "int2", "float", "local", "duration", "short"].includes(each.target));
  const cells = [...pool, ...fc.sample(fc.oneof(...shapes), { numRuns: 500, seed: 22 })];
  const compiled = compileMapping(mapping(casts), options({ dates: "dmy" }));
  const records = batch(
    compiled.reads,
    cells.map((cell, index) =>
      Object.fromEntries(compiled.reads.map((column) => [column, column === "id" ? `k${index}` : cell])),
    ),
  );
  const bound = compiled.bind(records.columns);
  let checked = 0;
  for (const [at, each] of casts.entries()) {
    const values = cells.flatMap((_, i) => bound.explain(records, i).fields[at]!.value ?? []);
    const type = each.model!.columnType;
    const { rows } = await client.query(
      `select x::${type}::text as v from unnest($1::text[]) with ordinality u(x, o) order by o`,
      [values],
    );
    rows.forEach((row, i) => {
      expect(sameValue(row.v, values[i]!, type), `${type}: ${values[i]} came back as ${row.v}`).toBe(true);
    });
    checked += values.length;
  }
  expect(checked).toBeGreaterThan(500);
});
