/** Profiles of whole files as people read them: columns, what is loaded, what is refused and why, in which lines. */
import type { SourceProfile } from "../../core/engine/profile-session.ts";
import { evidenceText, type FieldDates } from "../../core/mapping/date-order.ts";
import type { Kind } from "../../core/mapping/profile-kinds.ts";
import { count, counted, oneLine } from "../format.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";

export interface ProfileViewOptions {
  readonly style: Style;
  /** Every column and every kind of finding. */
  readonly verbose: boolean;
}

/** Kinds shown of a mapping or a file unless everything is asked for. */
const KINDS = 12;

export function profileLines(profiles: readonly SourceProfile[], options: ProfileViewOptions): string[] {
  return profiles.flatMap((profile, index) => [...(index === 0 ? [] : [""]), ...oneProfile(profile, options)]);
}

function oneProfile(profile: SourceProfile, { style, verbose }: ProfileViewOptions): string[] {
  const { columns } = profile;
  const bad = profile.bad === 0 ? "" : `, ${count(profile.bad)} of them unreadable`;
  const lines = [
    style.bold(
      `${oneLine(profile.object)}: ${counted(profile.records, "record")}${bad}, ${counted(columns.length, "column")}`,
    ),
  ];
  const shown = verbose ? columns : columns.filter(({ becomes, filled }) => becomes.length > 0 && filled > 0);
  lines.push(
    ...table(
      [
        { title: "column" },
        { title: "looks like" },
        { title: "filled", align: "right" },
        { title: "blank", align: "right" },
        { title: "distinct", align: "right" },
        { title: "becomes" },
        { title: "for example" },
      ],
      shown.map((column) => [
        oneLine(column.column, 30),
        column.looksLike,
        count(column.filled),
        column.blank === 0 ? "" : count(column.blank),
        `${column.distinctExact ? "" : "about "}${count(column.distinct)}`,
        oneLine(column.becomes.join(", "), 40),
        oneLine(column.examples.slice(0, 2).join(" · "), 40),
      ]),
      { indent: 2, title: style.dim },
    ),
  );
  if (!verbose) lines.push(...leftOut(columns, style));
  for (const mapping of profile.mappings) {
    const parts = [
      `${count(mapping.loads)} of ${counted(mapping.records, "record")} can be loaded`,
      ...(mapping.rejected === 0 ? [] : [style.red(`${count(mapping.rejected)} would be rejected`)]),
      ...(mapping.filtered === 0 ? [] : [`${count(mapping.filtered)} left out by the filter`]),
      ...(mapping.merged === 0 ? [] : [`${count(mapping.merged)} merged`]),
      ...(mapping.duplicatesComplete ? [] : ["duplicates are counted up to a limit"]),
    ];
    lines.push(`  ${style.bold(mapping.object)}: ${parts.join(", ")}`);
    lines.push(...kindLines(mapping.kinds, style, verbose));
  }
  if (profile.signs.length > 0)
    lines.push(`  ${style.bold("worth a look")}`, ...kindLines(profile.signs, style, verbose));
  return lines;
}

/** What whole columns say about the order of their dates, where nobody declared it. */
export function datesLines(dates: readonly FieldDates[], style: Style): string[] {
  const decided = dates.filter(({ evidence }) => evidence.state === "decided");
  if (decided.length === 0) return [];
  return [
    "",
    style.bold("Dates"),
    ...decided.map(
      ({ object, field, columns, evidence }) =>
        `  ${object}.${field} (${columns.map((column) => oneLine(column, 30)).join(", ")}): ${oneLine(evidenceText(evidence), 400)}`,
    ),
  ];
}

function leftOut(columns: SourceProfile["columns"], style: Style): string[] {
  const empty = columns.filter(({ filled }) => filled === 0).map(({ column }) => oneLine(column, 30));
  const unmapped = columns
    .filter(({ becomes, filled }) => becomes.length === 0 && filled > 0)
    .map(({ column }) => oneLine(column, 30));
  const list = (names: readonly string[]): string =>
    names.slice(0, 12).join(", ") + (names.length > 12 ? ` and ${names.length - 12} more (--verbose)` : "");
  return [
    ...(unmapped.length === 0 ? [] : [style.dim(`  not mapped: ${list(unmapped)}`)]),
    ...(empty.length === 0 ? [] : [style.dim(`  without any value: ${list(empty)}`)]),
  ];
}

function kindLines(kinds: readonly Kind[], style: Style, verbose: boolean): string[] {
  const shown = verbose ? kinds : kinds.slice(0, KINDS);
  const lines = shown.flatMap((kind) => {
    const word = kind.severity === "error" ? style.red("error") : style.yellow("warning");
    const field = kind.field === null ? "" : ` ${style.cyan(oneLine(kind.field, 40))}`;
    const places = kind.first.map(({ line, value }) => {
      const text = value === null || value === "" ? "" : ` ${JSON.stringify(oneLine(value, 30))}`;
      return `line ${line}${text}`;
    });
    const more = kind.count > kind.first.length ? ", ..." : "";
    return [
      `    ${word} ${style.dim(kind.code)}${field}: ${counted(kind.count, "record")}: ${places.join(", ")}${more}`,
      style.dim(`      ${oneLine(kind.first[0]?.reason ?? "", 160)}`),
    ];
  });
  const rest = kinds.length - shown.length;
  return rest === 0 ? lines : [...lines, style.dim(`    and ${counted(rest, "kind")} more (--verbose)`)];
}
