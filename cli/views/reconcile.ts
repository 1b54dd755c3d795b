/** The proof in a few lines; the report has the whole of it. */

import type { Reconciliation } from "../../core/proof/types.ts";
import { comparedLine, earlierLines } from "../../core/proof/verdict.ts";
import { count, counted, oneLine, percent, sourceOfRepeated } from "../format.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";

export function reconcileLines(proof: Reconciliation, style: Style): string[] {
  const lines = [`${style.bold(`Reconciliation of ${proof.run}`)}: ${headline(proof, style)}`, ""];
  const blank = (value: number): string => (value === 0 ? "" : count(value));
  const from = sourceOfRepeated(proof.objects.map(({ object, source }) => ({ object, source: source.name })));
  const rows = proof.objects.map((entry, at) => {
    const sums = entry.sums.filter((sum) => sum.ok).length;
    const links = entry.associations.filter((association) => association.ok).length;
    const references = entry.references.filter((reference) => reference.ok).length;
    return [
      entry.object,
      oneLine(from[at]!, 40),
      count(entry.source.count),
      count(entry.target.count),
      blank(entry.accounted.merged),
      blank(entry.accounted.filtered),
      blank(entry.accounted.rejected),
      blank(entry.accounted.deleted),
      count(entry.unexplained),
      percent(entry.gap),
      entry.sums.length === 0 ? "" : `${sums}/${entry.sums.length}`,
      entry.references.length === 0 ? "" : `${references}/${entry.references.length}`,
      entry.associations.length === 0 ? "" : `${links}/${entry.associations.length}`,
      entry.ok ? style.green("ok") : style.red("NOT OK"),
    ];
  });
  lines.push(
    ...table(
      [
        { title: "object" },
        { title: "from" },
        { title: "source", align: "right" },
        { title: "target", align: "right" },
        { title: "merged", align: "right" },
        { title: "filtered", align: "right" },
        { title: "rejected", align: "right" },
        { title: "deleted", align: "right" },
        { title: "unexplained", align: "right" },
        { title: "gap", align: "right" },
        { title: "sums", align: "right" },
        { title: "references", align: "right" },
        { title: "links", align: "right" },
        { title: "" },
      ],
      rows,
      { title: style.bold },
    ),
  );
  lines.push(...fieldLines(proof, style));
  const earlier = earlierLines({ reconciliation: proof });
  if (earlier.length > 0) lines.push("", ...earlier.map((line) => style.yellow(line)));
  const checked = proof.spotChecks.length;
  const wrong = proof.spotChecks.filter((check) => !check.ok);
  if (checked > 0) {
    const state =
      wrong.length === 0 ? style.green("all equal") : style.red(`${counted(wrong.length, "record")} differ`);
    lines.push("", `Spot checks: ${counted(checked, "record")}, ${state}`);
    for (const check of wrong.slice(0, 5)) {
      const fields = check.fields.filter((field) => !field.ok && field.skipped === null);
      const what =
        check.problem ??
        fields
          .map(
            (field) =>
              `${field.field}: expected ${oneLine(field.expected ?? "null", 30)}, is ${oneLine(field.target ?? "null", 30)}`,
          )
          .join("; ");
      lines.push(`  ${check.object} ${oneLine(check.key, 40)}: ${what}`);
    }
  }
  const problems = proof.objects.flatMap((entry) => entry.problems.map((problem) => `  ${entry.object}: ${problem}`));
  if (problems.length > 0) lines.push("", style.bold("Problems"), ...problems);
  if (proof.ok) lines.push("", comparedLine({ reconciliation: proof }));
  if (proof.notes.length > 0) lines.push("", ...proof.notes.map((note) => style.dim(note)));
  return lines;
}

/** What comparing every field gave, where it was asked for. */
function fieldLines(proof: Reconciliation, style: Style): string[] {
  const compared = proof.objects.flatMap(({ fields }) => (fields === undefined ? [] : [fields]));
  if (compared.length === 0) return [];
  const sum = (of: (fields: (typeof compared)[number]) => number): number =>
    compared.reduce((all, fields) => all + of(fields), 0);
  const [differing, explained] = [sum((fields) => fields.differing), sum((fields) => fields.explained)];
  const state = differing === 0 ? style.green("all equal") : style.red(`${counted(differing, "difference")}`);
  const kept = explained === 0 ? "" : `, ${counted(explained, "difference")} explained`;
  const files = [...new Set(compared.flatMap(({ file }) => (file === null ? [] : [file])))];
  return [
    "",
    `Fields: ${counted(
      sum((fields) => fields.values),
      "value",
    )} of ${counted(
      sum((fields) => fields.records),
      "record",
    )}, ${state}${kept}`,
    ...files.map((file) => `  ${file}`),
  ];
}

function headline(proof: Reconciliation, style: Style): string {
  if (!proof.ok) return style.red("source and target do not agree");
  if (proof.clean) return style.green("everything is accounted for");
  return style.yellow(
    `everything is accounted for, but ${percent(proof.rejectRate)} of the records were rejected; the limit is ${percent(proof.rejectLimit)}`,
  );
}
