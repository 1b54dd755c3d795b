/** `report.html`: one self-contained file, without scripts and without anything fetched. */
import { createHash } from "node:crypto";
import { duration, many, moment } from "./format.ts";
import { type Content, type Html, Html as HtmlText, html } from "./html.ts";
import { coveragePart, rejectsPart, warningsPart } from "./report-causes.ts";
import type { ReportData } from "./report-data.ts";
import { figuresPart, objectsPart, verdictPart } from "./report-overview.ts";
import { PATTERNS } from "./report-parts.ts";
import { referencesPart, spotsPart, sumsPart } from "./report-proof.ts";
import { STYLE } from "./report-style.ts";
import { verdict } from "./verdict.ts";

/** Files of the run's folder, for who wants to look closer. */
export const RUN_FILES: readonly (readonly [file: string, holds: string])[] = [
  ["run.json", "what the run did, in figures"],
  ["plan.json", "what it was going to do: order, scope, values and owners"],
  ["rejects/", "every rejected record with its reason and its original row, one CSV file per object"],
  ["warnings.csv", "every value that was changed or left empty by a rule"],
  ["reconciliation.json", "every figure of this report's proof"],
  ["migrate.log", "the log, one JSON object per line"],
];

/** Scope in words; what was left out on purpose. */
export function scopeWords({ run, plan, reconciliation }: ReportData): string[] {
  return [
    plan?.scope ?? "",
    run.only === null ? "" : `Only ${run.only.join(", ")}.`,
    run.sample === null ? "" : `A sample of ${run.sample}.`,
    ...(reconciliation?.notes ?? []),
    plan === null ? "The plan is not in the run’s folder." : "",
  ].filter((line) => line !== "");
}

function runPart(data: ReportData): Html {
  const { run, reconciliation, plan } = data;
  const unmapped = plan?.stages.filter((stage) => stage.unmapped.length > 0) ?? [];
  const facts: [string, Content][] = [
    ["Migration", run.name],
    ["Run", html`<code>${run.run}</code> ${run.kind}${run.dryRun ? ", dry run" : ""}`],
    ["From, to", `${run.source} → ${run.target}`],
    ["Loaded", `${moment(run.startedAt)}, took ${duration(run.startedAt, run.finishedAt)}`],
    [
      "Reconciled",
      reconciliation === null
        ? "no"
        : `${moment(reconciliation.checkedAt)}, tolerance ${reconciliation.tolerance * 100} %`,
    ],
    ["Scope", scopeWords(data).map((line) => html`${line}<br>`)],
  ];
  if (run.invited.length > 0) facts.push(["Users created", run.invited.join(", ")]);
  return html`<section id="run"><h2>The run</h2><dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
${
  unmapped.length === 0
    ? null
    : html`<details><summary>Source fields that were not migrated <small>${many(
        unmapped.reduce((sum, stage) => sum + stage.unmapped.length, 0),
        "field",
      )} of ${many(unmapped.length, "object")}</small></summary><dl class="facts">${unmapped.map((stage) => html`<dt>${stage.source}</dt><dd>${stage.unmapped.join(", ")}</dd>`)}</dl></details>`
}
<h3>For who asks further</h3><p class="lead">The run’s folder <code>runs/${run.run}/</code> holds the evidence; whoever ran the migration can answer from it.</p>
<dl class="facts">${RUN_FILES.map(([file, holds]) => html`<dt><code>${file}</code></dt><dd>${holds}</dd>`)}</dl></section>`;
}

/** The whole document. Everything that comes from records is escaped; the policy forbids scripts and requests besides. */
export function renderHtml(data: ReportData): string {
  const { run } = data;
  const { word } = verdict(data);
  const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'`;
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${word}: ${run.name}, ${run.run}</title>
<style>${new HtmlText(STYLE)}</style>
</head>
<body>
<a class="skip" href="#objects">To the objects</a>
${PATTERNS}
<header class="top"><p class="eyebrow"><span>Migration report</span><strong>${run.name}</strong><span>${run.source} → ${run.target}</span><span>${moment(run.finishedAt ?? run.startedAt)}</span></p>
${verdictPart(data)}
${figuresPart(data)}</header>
<main>
${objectsPart(data)}
${sumsPart(data)}
${rejectsPart(data)}
${referencesPart(data)}
${coveragePart(data)}
${spotsPart(data)}
${warningsPart(data)}
${runPart(data)}
</main>
<footer><p>Written ${moment(data.generatedAt)} by crm-migrate from the files of run ${run.run}.</p></footer>
</body>
</html>
`;
  return document.text;
}
