/** What each level of the proof looked at, when, and what it cannot know: said in the proof itself. */
import type { SourceSchema } from "../schema.ts";
import { count, many } from "./format.ts";
import type { MappingTally } from "./tally.ts";
import type { Finding, LevelReport, ObjectProof, SpotCheck } from "./types.ts";

export interface LevelTimes {
  /** The source is counted, and read. */
  readonly begun: Date;
  /** The target, as one snapshot of the database: what is compared is how it was then. */
  readonly snapshot: Date;
  readonly compared: Date;
  readonly ended: Date;
}

export interface LevelInput {
  readonly times: LevelTimes;
  readonly objects: readonly ObjectProof[];
  readonly spotChecks: readonly SpotCheck[];
  readonly tallies: readonly MappingTally[];
  readonly schema: SourceSchema;
  /** What was read, in words: the source, or a snapshot of it. */
  readonly origin: string;
  readonly figures: boolean;
  readonly fields: boolean;
  /** Dimensions that had too many groups, as `object by owner`. */
  readonly tooMany: readonly string[];
}

const NAMED = 10;

/** Mapped source fields that the source computes: `Account.Score__c`. */
function calculatedFields({ tallies, schema }: LevelInput): string[] {
  const names = new Set<string>();
  for (const { compiled } of tallies) {
    for (const object of schema.objects) {
      if (!compiled.mapping.sources.includes(object.name)) continue;
      for (const field of object.fields) {
        if (field.calculated === true && compiled.reads.includes(field.name)) names.add(`${object.name}.${field.name}`);
      }
    }
  }
  return [...names];
}

/** Values that level 4 did not compare, by object and field. */
function leftToTarget(objects: readonly ObjectProof[]): string {
  const by = objects.flatMap(({ object, fields }) => {
    const left = fields?.left ?? [];
    const told = left.slice(0, NAMED).map(({ field, count: n }) => `${count(n)} of ${field}`);
    const more = left.length > NAMED ? ` and those of ${many(left.length - NAMED, "further field")}` : "";
    return left.length === 0 ? [] : [`in ${object}, ${told.join(", ")}${more}`];
  });
  const what = "Values that a policy leaves to the target (overwrite, mode: insert, blank cells)";
  return by.length === 0 ? `${what}.` : `${what}; not compared were, ${by.join("; ")}.`;
}

export function levelReports(input: LevelInput): LevelReport[] {
  const { times, objects, spotChecks, origin } = input;
  const records = objects.reduce((sum, { source }) => sum + source.read, 0);
  const loaded = objects.reduce((sum, { target }) => sum + target.count, 0);
  const values = objects.reduce((sum, { fields }) => sum + (fields?.values ?? 0), 0);
  const found = (level: Finding["level"]): boolean =>
    objects.some(({ findings = [] }) => findings.some((finding) => finding.level === level));
  const times1 = { from: times.begun.toISOString(), to: times.compared.toISOString() };
  const target = { from: times.snapshot.toISOString(), to: times.compared.toISOString() };
  const whole = { from: times.begun.toISOString(), to: times.compared.toISOString() };
  const reading = `${many(records, "record")} of ${origin}, read again as a whole; the target, in one snapshot of its database`;
  const since =
    "Records that were changed on either side since the reading began: freeze the source before the final proof.";
  const mapping = "Whether the mapping is right: both sides go through the same one.";
  const calculated = calculatedFields(input);
  const formulas =
    calculated.length === 0
      ? []
      : [
          `What calculated fields were when the run read them; they may have changed without a trace since: ${calculated.slice(0, NAMED).join(", ")}${calculated.length > NAMED ? ` and ${count(calculated.length - NAMED)} more` : ""}.`,
        ];
  const hidden = "Records and fields that the source does not show to our user.";
  return [
    {
      level: 1,
      name: "counts",
      done: true,
      read: `counts of ${origin}, asked for again; ${reading}; the outcome of every record`,
      ...times1,
      ok: !found(1),
      cannotKnow: ["Whether the values of a record are right: counts and keys alone.", hidden, since],
    },
    {
      level: 2,
      name: "figures",
      done: input.figures,
      read: input.figures
        ? `every mapped field of ${reading}: empty ones, distinct values, least, greatest and check sums, amounts by currency, stage, owner and month`
        : `sums of amounts of ${reading}`,
      ...whole,
      ok: !found(2),
      cannotKnow: [
        "Whether two records have each other's values: the figures are the same then (level 4 sees it).",
        ...input.tooMany.map((what) => `Figures of ${what}: there are too many groups.`),
        mapping,
        ...formulas,
      ],
    },
    {
      level: 3,
      name: "references",
      done: true,
      read: `every reference and link of ${reading}`,
      ...whole,
      ok: !found(3),
      cannotKnow: [
        "References of records that another source wrote later, or that the target may keep by policy.",
        since,
      ],
    },
    {
      level: 4,
      name: "fields",
      done: input.fields,
      read: input.fields
        ? `${many(values, "value")} of ${many(loaded, "loaded record")}, each beside what the mapping makes of ${origin} now`
        : "not done: migrate reconcile --fields",
      from: input.fields ? target.from : null,
      to: input.fields ? target.to : null,
      ok: input.fields ? !found(4) : null,
      cannotKnow: [mapping, leftToTarget(objects), "Columns that nothing maps.", ...formulas, since],
    },
    {
      level: 5,
      name: "spot checks",
      done: spotChecks.length > 0,
      read:
        spotChecks.length > 0
          ? `${many(spotChecks.length, "record")}, each fetched from ${origin} on its own; rows that were edited since the run, likewise`
          : "no record was asked for: migrate reconcile --spot-checks N",
      from: spotChecks.length > 0 ? target.from : null,
      to: spotChecks.length > 0 ? times.ended.toISOString() : null,
      ok: spotChecks.length > 0 ? spotChecks.every(({ ok }) => ok) && !found(5) : found(5) ? false : null,
      cannotKnow: ["All other records: it is a sample for people to look at."],
    },
  ];
}
