/** `key:` and `match:` of a mapping: how a record is told apart, and how it is recognised in the target. */

import type { YamlNode } from "../yaml.ts";
import { isPresent, type ProblemList, readBoolean, readKnown, readText, readTextOrTexts } from "../yaml-read.ts";
import { readTransforms } from "./parse-field.ts";
import type { RawMapping } from "./raw.ts";
import type { MatchSpec } from "./types.ts";

/** `key: Id`, a list, `{ from: Domain, transform: domain }`, or `{ content: true }`. `mapping` names it in messages. */
export function readKey(
  node: YamlNode | null,
  problems: ProblemList,
  mapping: string,
): Pick<RawMapping, "key" | "keyTransform" | "contentKey"> {
  const what = `${mapping}: key`;
  if (node?.kind !== "map") {
    return { key: readTextOrTexts(node, problems, what), keyTransform: [], contentKey: false };
  }
  readKnown(node, problems, what, ["from", "transform", "content"]);
  const from = node.get("from");
  const contentKey = readBoolean(node.get("content"), problems, `${what}: content`) ?? false;
  if (contentKey === isPresent(from)) {
    const message = `${what}: expected from (a source field, or several), or content: true`;
    problems.error("MAPPING_MISSING_KEY", message, node.place);
  }
  return {
    key: contentKey ? null : readTextOrTexts(from, problems, `${what}: from`),
    keyTransform: readTransforms(node.get("transform"), problems, what),
    contentKey,
  };
}

/** A field, or a list of fields and `{ field: email, in: [email, secondary_email] }`. */
export function readMatch(
  node: YamlNode | null,
  problems: ProblemList,
  mapping: string,
): Pick<RawMapping, "match" | "matchIn"> {
  const what = `${mapping}: match`;
  const matchIn: MatchSpec[] = [];
  if (node?.kind !== "list") return { match: readTextOrTexts(node, problems, what), matchIn };
  const match = node.items().flatMap((item) => {
    if (item.kind !== "map") return readText(item, problems, what) ?? [];
    readKnown(item, problems, what, ["field", "in"]);
    const field = readText(item.get("field"), problems, `${what}: field`);
    const places = readTextOrTexts(item.get("in"), problems, `${what}: in`);
    for (const name of ["field", "in"]) {
      if (item.get(name) === null) problems.error("MAPPING_MISSING_KEY", `${what}: ${name} is missing`, item.place);
    }
    if (field === null || places === null) return [];
    matchIn.push({ field, in: places });
    return field;
  });
  return { match, matchIn };
}
