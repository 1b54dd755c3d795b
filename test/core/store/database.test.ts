import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

it("gives exact text", async () => {
  const { rows } = await test.database.query(
    "select 9007199254740993::int8 as a, 0.10::numeric as b, date '2024-02-29' as c",
  );
  expect(rows).toEqual([{ a: "9007199254740993", b: "0.10", c: "2024-02-29" }]);
});
