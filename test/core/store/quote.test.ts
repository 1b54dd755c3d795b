import { afterAll, beforeAll, expect, it } from "vitest";
import { ident, literal, table } from "../../../core/store/quote.ts";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

it("quotes", () => {
  expect(ident('a"b')).toBe('"a""b"');
  expect(table("s.x", 'T"')).toBe('"s.x"."T"""');
  expect(literal("it's")).toBe("'it''s'");
  expect(literal("a\\b")).toBe("E'a\\\\b'");
  expect(() => ident("a\0b")).toThrow(RangeError);
  expect(() => literal("a\0b")).toThrow(RangeError);
});

it.each(["plain", 'a"b', "it's", "back\\slash", "Ünï ", '"; drop table x; --'])(
  "PostgreSQL reads %j back as it was",
  async (text) => {
    const { rows } = await test.database.query(`select ${literal(text)} as ${ident(text)}`);
    expect(rows).toEqual([{ [text]: text }]);
  },
);
