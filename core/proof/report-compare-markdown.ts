/** `compare.md`: two runs side by side, for tickets and pull requests. */
import { count, moment, shortAmount, title } from "./format.ts";
import { facts, signed, signedDifference, sumName } from "./report-compare-html.ts";
import type { ComparedRun, Comparison } from "./report-comparison.ts";
import { plain, markdownTable as table } from "./report-markdown.ts";
import { TEXTS } from "./report-texts.ts";
import { seconds } from "./report-timings.ts";

const T = TEXTS.compare;

export function renderComparisonMarkdown(comparison: Comparison): string {
  const { older, newer, objects, rejects, sums } = comparison;
  const time = ({ seconds: took }: ComparedRun): string => (took === null ? "–" : seconds(took));
  const number = (value: number | null | undefined): string =>
    value === null || value === undefined ? T.absent : count(value);
  const value = (text: string | null): string => (text === null ? T.absent : shortAmount(text).text);
  const lines = [
    `# ${plain(facts(comparison))}`,
    "",
    plain(T.lead(older.run, newer.run)),
    "",
    `## ${T.verdicts}`,
    "",
    ...table(
      [
        ["", "left"],
        [`${T.older}: ${plain(older.run)}`, "left"],
        [`${T.newer}: ${plain(newer.run)}`, "left"],
      ],
      [
        [T.proof, plain(older.verdict), plain(newer.verdict)],
        [T.started, moment(older.startedAt), moment(newer.startedAt)],
        [T.took, time(older), time(newer)],
        [T.read, count(older.read), count(newer.read)],
        [T.loaded, count(older.loaded), count(newer.loaded)],
        [T.rejected, count(older.rejected), count(newer.rejected)],
      ],
    ),
    `## ${T.counts}`,
    "",
    ...table(
      [
        [T.object, "left"],
        [`${T.read}, ${T.older.toLowerCase()}`, "right"],
        [T.newer.toLowerCase(), "right"],
        [`${T.loaded}, ${T.older.toLowerCase()}`, "right"],
        [T.newer.toLowerCase(), "right"],
        [`${T.rejected}, ${T.older.toLowerCase()}`, "right"],
        [T.newer.toLowerCase(), "right"],
      ],
      objects.map(({ object, source, older: before, newer: after }) => [
        `${plain(title(object))} (${plain(source)})`,
        ...[before?.read, after?.read, before?.loaded, after?.loaded, before?.rejected, after?.rejected].map(number),
      ]),
    ),
    `## ${T.rejects}`,
    "",
    ...(rejects.length === 0
      ? [T.noRejects, ""]
      : table(
          [
            [T.reason, "left"],
            [T.field, "left"],
            [T.older, "right"],
            [T.newer, "right"],
            [T.change, "left"],
          ],
          rejects.map(({ object, code, field, older: before, newer: after, change }) => [
            plain(code),
            plain(
              [object, field]
                .filter((part) => part !== "")
                .map(title)
                .join(" · "),
            ),
            count(before),
            count(after),
            change === "new" || change === "more"
              ? `**${T.changes[change]}** ${signed(after - before)}`
              : T.changes[change],
          ]),
        )),
    ...(sums.length === 0
      ? []
      : [
          `## ${T.sums}`,
          "",
          ...table(
            [
              [T.field, "left"],
              [T.older, "right"],
              [T.newer, "right"],
              [T.change, "right"],
            ],
            sums.map(({ object, field, currency, older: before, newer: after }) => [
              `${plain(title(object))} · ${plain(sumName(field, currency))}`,
              value(before),
              value(after),
              signedDifference(before, after),
            ]),
          ),
        ]),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}
