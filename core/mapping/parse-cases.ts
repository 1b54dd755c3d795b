/** `cases:` of a mapping. */
import type { YamlNode } from "../yaml.ts";
import { isPresent, type ProblemList, readBoolean, readEntries, readKnown, readText, wrongType } from "../yaml-read.ts";
import { caseKeys, names } from "./keys.ts";
import type { MappingCase } from "./types.ts";

/**
 * Key of `expect` that holds the code of an expected reject, the one that says that the filter leaves the record out, and the
 * one that names the record which this one was merged into.
 */
export const EXPECT_REJECT = "reject";
export const EXPECT_FILTERED = "filtered";
export const EXPECT_MERGED = "merged";

/** Of these, a case has exactly one. */
const OUTCOMES = ["expect", EXPECT_REJECT, EXPECT_FILTERED, EXPECT_MERGED];

/** Reads the list; each case has an input and exactly one of expect, reject, filtered, merged. */
export function parseCases(node: YamlNode | null, problems: ProblemList, mapping: string): MappingCase[] {
  if (!isPresent(node)) return [];
  const what = `${mapping}: cases`;
  if (node.kind !== "list") {
    wrongType(node, problems, what, "a list of maps with input and expect");
    return [];
  }
  return node.items().flatMap((item, index) => {
    if (readKnown(item, problems, what, names(caseKeys)) === null) return [];
    const given = OUTCOMES.filter((name) => item.get(name) !== null);
    const input = readValues(item.get("input"), problems, `${what}: input`);
    if (item.get("input") === null || given.length !== 1) {
      const message = `${what}: expected input and one of ${OUTCOMES.join(", ")}`;
      problems.error("MAPPING_CASE_INVALID", message, item.place);
      return [];
    }
    const expect = readExpected(item, problems, what);
    if (input === null || expect === null) return [];
    const name = readText(item.get("name"), problems, `${what}: name`) ?? `case ${index + 1}`;
    return [{ name, input, expect, place: item.place }];
  });
}

function readExpected(item: YamlNode, problems: ProblemList, what: string): MappingCase["expect"] | null {
  const code = readText(item.get("reject"), problems, `${what}: reject`);
  if (code !== null) return { [EXPECT_REJECT]: code };
  if (readBoolean(item.get("filtered"), problems, `${what}: filtered`) === true) return { [EXPECT_FILTERED]: true };
  const into = readText(item.get("merged"), problems, `${what}: merged`);
  if (into !== null) return { [EXPECT_MERGED]: into };
  return readValues(item.get("expect"), problems, `${what}: expect`);
}

/** Texts as written; null and nothing are null. */
function readValues(node: YamlNode | null, problems: ProblemList, what: string): Record<string, string | null> | null {
  const entries = readEntries(node, problems, what);
  if (entries === null) return null;
  const values: Record<string, string | null> = {};
  for (const { key, node: value } of entries) {
    if (value.text === null) wrongType(value, problems, `${what}: ${key}`, "a text or null");
    else values[key] = value.value === null && !value.quoted ? null : value.text;
  }
  return values;
}
