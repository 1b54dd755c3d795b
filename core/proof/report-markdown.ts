/** `report.md`: the same for tickets and pull requests. */
import { amount, clip, count, difference, duration, many, moment, severalReasons, title } from "./format.ts";
import { adviceFor } from "./reject-advice.ts";
import type { ReportData } from "./report-data.ts";
import { scopeWords } from "./report-html.ts";
import { BAR_ORDER, BUCKET_WORDS } from "./report-parts.ts";
import { groupWords } from "./report-proof.ts";
import { byCode } from "./report-rejects.ts";
import { earlierLines, verdict } from "./verdict.ts";

/** Text that Markdown and HTML leave alone, on one line. */
export function plain(text: string): string {
  return text
    .replace(/[\r\n\t]+/g, " ")
    .replace(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, "\ufffd")
    .replace(/[&<>]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[letter]!)
    .replace(/[\\`*_[\]|~#]/g, "\\$&");
}

type Align = "left" | "right";

export function markdownTable(
  head: readonly (readonly [name: string, align: Align])[],
  rows: readonly (readonly string[])[],
): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(head.map(([name]) => name)),
    line(head.map(([, align]) => (align === "right" ? "--:" : "---"))),
    ...rows.map(line),
    "",
  ];
}

function objects({ run, reconciliation }: ReportData): string[] {
  const present = BAR_ORDER.filter((bucket) => run.totals[bucket] > 0);
  const proofs = new Map(reconciliation?.objects.map((proof) => [proof.mapping, proof]) ?? []);
  const rows = run.objects.map((object) => {
    const proof = proofs.get(object.mapping);
    const checked =
      proof === undefined
        ? ["–", "–", "not checked"]
        : [count(proof.target.count), count(proof.unexplained), proof.ok ? "proven" : "**not proven**"];
    return [
      `${plain(title(object.object))} (${plain(object.source)})`,
      count(proof?.source.count ?? object.read),
      ...present.map((bucket) => count(object[bucket])),
      ...(reconciliation === null ? [] : checked),
    ];
  });
  const head: [string, Align][] = [
    ["Object", "left"],
    ["At the source", "right"],
    ...present.map((bucket): [string, Align] => [BUCKET_WORDS[bucket], "right"]),
  ];
  if (reconciliation !== null) head.push(["In the target", "right"], ["Unexplained", "right"], ["Verdict", "left"]);
  const earlier = reconciliation?.ok === true ? [] : earlierLines({ reconciliation });
  return [
    "## What became of every record",
    "",
    ...markdownTable(head, rows),
    ...earlier.map((line) => `- ${plain(line)}`),
    ...(earlier.length > 0 ? [""] : []),
  ];
}

function sums({ reconciliation }: ReportData): string[] {
  const rows = (reconciliation?.objects ?? []).flatMap((proof) =>
    proof.sums.map((sum) => [
      `${plain(title(proof.object))} · ${plain(title(sum.field))}`,
      plain(groupWords(sum.by)),
      amount(sum.source),
      amount(sum.excluded),
      amount(sum.target),
      amount(difference(sum.source, sum.excluded, sum.target)),
      sum.note === null ? (sum.ok ? "equal" : "**differs**") : `allowed: ${plain(sum.note)}`,
    ]),
  );
  if (rows.length === 0) return [];
  return [
    "## Sums",
    "",
    ...markdownTable(
      [
        ["Field", "left"],
        ["Group", "left"],
        ["Source", "right"],
        ["Rejected or merged", "right"],
        ["Target", "right"],
        ["Difference", "right"],
        ["Verdict", "left"],
      ],
      rows,
    ),
  ];
}

function references({ reconciliation, run }: ReportData): string[] {
  const all = reconciliation === null ? run.objects : reconciliation.objects;
  const rows = all.flatMap((object) =>
    object.references
      .filter(({ expected }) => expected > 0)
      .map((reference) => [
        `${plain(title(object.object))} · ${plain(title(reference.field))}`,
        ...[reference.expected, reference.resolved, reference.deferred, reference.unresolved].map(count),
      ]),
  );
  for (const { object, associations } of reconciliation?.objects ?? []) {
    for (const { to, expected, found, missing, unresolved } of associations) {
      if (expected + unresolved === 0) continue;
      const name = `${plain(title(object))} · links to ${plain(title(to))}`;
      rows.push([name, ...[expected + unresolved, found, 0, missing + unresolved].map(count)]);
    }
  }
  if (rows.length === 0) return [];
  return [
    "## References",
    "",
    ...markdownTable(
      [
        ["Reference", "left"],
        ["In the source", "right"],
        ["Resolved", "right"],
        ["Waiting", "right"],
        ["Unresolved", "right"],
      ],
      rows,
    ),
  ];
}

function rejects(data: ReportData): string[] {
  if (data.rejects.length === 0) return [];
  const lines = ["## Rejected records", ""];
  if (severalReasons(data.run.totals.rejected, data.rejects))
    lines.push("Records may appear under several reasons.", "");
  for (const [code, groups] of byCode(data.rejects)) {
    const { label, advice } = adviceFor(code);
    const all = groups.reduce((sum, group) => sum + group.count, 0);
    lines.push(`### ${plain(label)} (${plain(code)}): ${many(all, "record")}`, "", advice, "");
    for (const group of groups) {
      const where = [group.object, group.field].filter((part) => part !== "").map(title);
      lines.push(`- ${plain(where.join(" · "))}: ${many(group.count, "record")}`);
      for (const { key, value, reason, line } of group.examples) {
        const at = line === "" ? "" : `, line ${plain(line)}`;
        const held = value === "" ? "" : ` (value: ${plain(clip(value, 80))})`;
        lines.push(`  - ${plain(key || "no key")}${at}: ${plain(reason)}${held}`);
      }
    }
    lines.push("");
  }
  return lines;
}

function spots({ reconciliation }: ReportData): string[] {
  const checks = reconciliation?.spotChecks ?? [];
  if (checks.length === 0) return [];
  const lines = ["## Records side by side", ""];
  for (const check of checks) {
    const compared = check.fields.filter(({ skipped }) => skipped === null).length;
    lines.push(
      `- ${plain(title(check.object))} ${plain(check.key)}: ${check.ok ? `equal in ${many(compared, "field")}` : "**differs**"}${check.problem === null ? "" : `, ${plain(check.problem)}`}`,
    );
    for (const field of check.fields.filter(({ ok }) => !ok)) {
      const text = (value: string | null): string => (value === null ? "empty" : plain(clip(value, 80)));
      lines.push(
        `  - ${plain(field.field)}: source ${text(field.source)}, expected ${text(field.expected)}, target ${text(field.target)}`,
      );
    }
  }
  return [...lines, ""];
}

export function renderMarkdown(data: ReportData): string {
  const { run, reconciliation } = data;
  const { word, sentence, more } = verdict(data);
  const lines = [
    `# ${word}: ${plain(sentence)}`,
    "",
    ...more.map((line) => `- ${plain(line)}`),
    ...(more.length > 0 ? [""] : []),
    `Run ${plain(run.run)} of ${plain(run.name)}, ${plain(run.source)} to ${plain(run.target)}. ${moment(run.startedAt)}, took ${duration(run.startedAt, run.finishedAt)}.`,
    reconciliation === null ? "Not reconciled." : `Reconciled ${moment(reconciliation.checkedAt)}.`,
    "",
    ...scopeWords(data).map((line) => `- ${plain(line)}`),
    "",
    ...objects(data),
    ...sums(data),
    ...rejects(data),
    ...references(data),
    ...spots(data),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}
