/** Settings whose value is one of a few words, among them `null`, or something else that the caller takes. */
import { didYouMean } from "../nearest.ts";
import type { YamlNode } from "../yaml.ts";
import { type ProblemList, wrongType } from "../yaml-read.ts";

/** The text of a scalar, where `null` and `~` are the word "null"; null (noted) for nothing, lists and maps. */
export function readWord(node: YamlNode | null, problems: ProblemList, what: string): string | null {
  if (node === null) return null;
  if (node.text === null || (node.text === "" && !node.quoted)) return wrongType(node, problems, what, "a text");
  return node.value === null && !node.quoted ? "null" : node.text;
}

/** One of `words`; else YAML_WRONG_VALUE with the nearest. */
export function readPolicy<const Word extends string>(
  node: YamlNode | null,
  problems: ProblemList,
  what: string,
  words: readonly Word[],
): Word | null {
  const text = readWord(node, problems, what);
  if (text === null) return null;
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  const message = `${what}: expected ${words.join(", ")}, got "${text}"`;
  problems.error("YAML_WRONG_VALUE", message, node!.place, didYouMean(text, words));
  return null;
}
