/** `delta:` of migration.yaml. */
import type { DeltaConfig } from "./config-types.ts";
import type { OptionValues } from "./read-options.ts";
import type { YamlNode } from "./yaml.ts";
import type { ProblemList } from "./yaml-read.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of `90s`, `10m`, `1h`, `1d`; null: it is none of these. */
function seconds(text: string): number | null {
  const [, amount, unit] = /^(\d{1,9})\s*([smhd])$/.exec(text.trim()) ?? [];
  return amount === undefined ? null : Number(amount) * SECONDS[unit!]!;
}

/** The section with its defaults; notes CONFIG_INVALID for durations that are none. */
export function readDelta(top: OptionValues, node: YamlNode | null, problems: ProblemList): DeltaConfig {
  const values = (top.delta ?? {}) as OptionValues;
  const duration = (key: "settle" | "overlap"): number | null => {
    const text = values[key];
    if (typeof text !== "string") return null;
    const found = seconds(text);
    if (found === null) {
      const message = `delta.${key}: expected a duration such as 90s, 10m or 1h, got "${text}"`;
      problems.error("CONFIG_INVALID", message, node?.get(key)?.place ?? node?.place ?? {});
    }
    return found;
  };
  const sweeps = (values.sweeps ?? {}) as OptionValues;
  return {
    deleted: (values.deleted as DeltaConfig["deleted"] | undefined) ?? null,
    files: values.files === "changes" ? "changes" : "whole",
    settle: duration("settle"),
    overlap: duration("overlap"),
    sweeps: {
      deleted: sweeps.deleted !== false,
      derived: sweeps.derived !== false,
      associations: sweeps.associations !== false,
    },
    resurrect: values.resurrect === true,
  };
}
