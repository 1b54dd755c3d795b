/** `owners.yaml`. */
import { didYouMean } from "../nearest.ts";
import { parseYaml, type YamlNode } from "../yaml.ts";
import { isPresent, type ProblemList, readKnown, readOneOf, readTextMap } from "../yaml-read.ts";
import { names, OWNER_MATCH, OWNER_UNMATCHED, ownersKeys } from "./keys.ts";
import { DEFAULT_OWNERS } from "./owners.ts";
import { readWord } from "./parse-policy.ts";
import type { Owners } from "./types.ts";

/** Problems are noted; YAML_SYNTAX is thrown. An empty file is the defaults. */
export function parseOwners(file: string, text: string, problems: ProblemList): Owners {
  const { root } = parseYaml(file, text);
  if (!isPresent(root) || readKnown(root, problems, "owners", names(ownersKeys)) === null) return DEFAULT_OWNERS;
  const map = readTextMap(root.get("map"), problems, "map") ?? new Map<string, string>();
  return {
    match: readOneOf(root.get("match"), problems, "match", OWNER_MATCH) ?? DEFAULT_OWNERS.match,
    map: new Map([...map].map(([source, target]) => [source.trim().toLowerCase(), target])),
    unmatched:
      readWordOrOwner(root.get("unmatched"), problems, "unmatched", OWNER_UNMATCHED) ?? DEFAULT_OWNERS.unmatched,
    inactive: readWordOrOwner(root.get("inactive"), problems, "inactive", ["keep"]) ?? DEFAULT_OWNERS.inactive,
  };
}

function readWordOrOwner<const Word extends string>(
  node: YamlNode | null,
  problems: ProblemList,
  what: string,
  words: readonly Word[],
): Word | { readonly owner: string } | null {
  const text = readWord(node, problems, what);
  if (text === null) return null;
  const word = words.find((known) => known === text);
  if (word !== undefined) return word;
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return { owner: text };
  const message = `${what}: expected ${words.join(", ")} or an e-mail, got "${text}"`;
  problems.error("YAML_WRONG_VALUE", message, node!.place, didYouMean(text, words));
  return null;
}
