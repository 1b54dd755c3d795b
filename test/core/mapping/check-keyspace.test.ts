import { expect, it } from "vitest";
import { warnSharedKeyspaces } from "../../../core/mapping/check-keyspace.ts";
import type { SourceSchema } from "../../../core/schema.ts";
import { createProblems } from "../../../core/yaml-read.ts";
import { account, check, told } from "./kit.ts";

const second = (rest: string) => account("", rest).replace("source: accounts.csv", "source: leads.csv");
const WARNED = (line: string) =>
  `m2.yaml:${line} MAPPING_SHARED_KEYSPACE account: account<accounts.csv and account<leads.csv share a key space: where both have a record of the same key, only that of the first is loaded | Give one of the two a \`keyspace:\` of its own, unless the keys cannot be the same.`;

it.each([
  ["", [WARNED("1:1")]],
  ["mode: insert\n", [WARNED("1:1")]],
  ["mode: update\n", []],
  ["keyspace: people\n", []],
])("two mappings into one object, the second with %j", (rest, expected) => {
  const { problems } = check([account(""), second(rest)]);
  expect(told(problems).filter((line) => line.includes("KEYSPACE"))).toEqual(expected);
});

it("parts of one source, by filter, have the same keys", () => {
  const part = (type: string) => account("", `filter: "Type = '${type}'"\n`);
  expect(told(check([part("a"), part("b")]).problems)).toEqual([]);
});

it("ids that a source gives only once cannot meet, other keys can", () => {
  const { set } = check([account(""), second("")]);
  const warned = (key: string, uniqueIds: boolean) => {
    const problems = createProblems();
    const objects = set.mappings.map(({ sources }) => ({ name: sources[0]!, key, fields: [] }));
    const capabilities = { blankMeansNothing: true, fetchByKey: false, uniqueIds };
    warnSharedKeyspaces(set.mappings, { objects } as unknown as SourceSchema, capabilities, problems);
    return problems.all.length;
  };
  expect([warned("Id", true), warned("Id", false), warned("Number", true)]).toEqual([0, 1, 1]);
});
