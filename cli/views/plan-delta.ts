/** The part of a plan that is a delta's own: what changed, what is swept, what stays unseen. */
import type { DeltaPlan, DeltaSourcePlan } from "../../core/engine/types.ts";
import { count, oneLine } from "../format.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";

const HOW: Readonly<Record<DeltaSourcePlan["mode"], string>> = {
  changed: "what changed",
  whole: "whole",
  skip: "not read",
};

const number = (value: number | null): string => (value === null ? "" : count(value));

/** A row per source object, with the calls of each sweep, then a sentence for everything that is out of the ordinary. */
export function deltaPlanLines(delta: DeltaPlan, style: Style): string[] {
  const rows = delta.sources.map((source) => [
    source.object,
    oneLine(source.source, 40),
    HOW[source.mode],
    source.since ?? "",
    number(source.records),
    number(source.calls),
    number(source.sweeps.deleted),
    number(source.sweeps.derived),
    number(source.sweeps.associations),
  ]);
  const lines = [
    style.bold("What a delta reads"),
    ...table(
      [
        { title: "object" },
        { title: "source" },
        { title: "read" },
        { title: "since" },
        { title: "records", align: "right" },
        { title: "calls", align: "right" },
        { title: "deleted", align: "right" },
        { title: "derived", align: "right" },
        { title: "links", align: "right" },
      ],
      rows,
      { title: style.bold },
    ),
    style.dim("deleted, derived, links: calls of each sweep over the keys, computed fields and links of all records;"),
    style.dim(
      "one reading serves all sweeps of an object, so it costs the largest of the three; empty: off, or not needed",
    ),
  ];
  const reasons = delta.sources.flatMap(({ why }) => (why === null ? [] : [why]));
  if (reasons.length > 0) lines.push("", ...reasons.map((why) => `- ${why}`));
  if (delta.unseen.length > 0) lines.push("", ...delta.unseen.map((line) => style.yellow(`- ${line}`)));
  return lines;
}
