/** Single values of `migration.yaml`, with what is wrong about them. */
import { cutoverStageKeys } from "./config-keys.ts";
import type { CutoverStage } from "./config-types.ts";
import type { Place } from "./errors.ts";
import { type OptionValues, readOptions } from "./read-options.ts";
import type { YamlNode } from "./yaml.ts";
import { isPresent, type ProblemList, readKnown, wrongType } from "./yaml-read.ts";

/** The text; null where there is none. */
export function textOf(values: OptionValues, name: string): string | null {
  const value = values[name];
  return typeof value === "string" ? value : null;
}

/** Notes CONFIG_INVALID at the node, else at `place`. */
export function invalid(
  problems: ProblemList,
  node: YamlNode | null,
  place: Place,
  message: string,
  hint?: string,
): void {
  problems.error("CONFIG_INVALID", message, node?.place ?? place, hint ?? null);
}

/** Notes names that files, folders and keys could not carry. */
export function checkName(name: string, what: string, node: YamlNode | null, problems: ProblemList): void {
  if (!isPresent(node) || /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u.test(name)) return;
  invalid(problems, node, node.place, `${what}: expected letters, digits, ".", "_", "-" (at most 100), got "${name}"`);
}

/** A share from 0 to 1; notes what is none. */
export function readShare(
  top: OptionValues,
  root: YamlNode,
  section: string,
  key: string,
  problems: ProblemList,
): number {
  const value = (top[section] as OptionValues | undefined)?.[key];
  if (typeof value !== "number") return 0;
  if (value < 0 || value > 1) {
    const node = root.get(section)?.get(key) ?? null;
    invalid(
      problems,
      node,
      root.place,
      `${section}.${key}: expected a share from 0 to 1, got ${value}`,
      "Write 0.01 for 1 %.",
    );
  }
  return value;
}

/** A date or a moment as written; null: none, or noted as wrong. */
export function readDate(
  values: OptionValues,
  key: string,
  section: YamlNode | null,
  problems: ProblemList,
): string | null {
  const value = textOf(values, key);
  if (value === null) return null;
  const match = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[-+]\d\d:?\d\d))?$/.exec(value);
  const day = match === null ? Number.NaN : Date.parse(`${match[1]}T00:00:00Z`);
  if (!Number.isNaN(day) && new Date(day).toISOString().startsWith(match![1]!) && !Number.isNaN(Date.parse(value)))
    return value;
  const node = section?.get(key) ?? null;
  invalid(
    problems,
    node,
    node?.place ?? {},
    `${key}: expected a date such as 2020-01-31 or 2020-01-31T00:00:00Z, got "${value}"`,
  );
  return null;
}

/** `cutover.stages`. */
export function readStages(node: YamlNode | null, problems: ProblemList): readonly CutoverStage[] {
  if (!isPresent(node)) return [];
  const list = readKnown(node, problems, "cutover", ["stages"])?.get("stages") ?? null;
  if (!isPresent(list)) return [];
  if (list.kind !== "list") {
    wrongType(list, problems, "cutover.stages", "a list");
    return [];
  }
  return list.items().map((item, index) => {
    const values = readOptions(item, cutoverStageKeys, problems, `cutover.stages[${index}]`, item.place);
    return {
      name: textOf(values, "name") ?? "",
      objects: (values.objects as readonly string[] | undefined) ?? null,
      until: readDate(values, "until", item, problems),
      delta: values.delta === true,
      repeat: values.repeat === true,
      freeze: values.freeze === true,
    };
  });
}
