/** `report.html`: one self-contained file, without scripts and without anything fetched. */
import { duration, moment } from "./format.ts";
import { type Content, Html, html } from "./html.ts";
import { changesPart } from "./report-changes.ts";
import { coveragePart } from "./report-coverage.ts";
import type { ReportData } from "./report-data.ts";
import { fieldsPart, figuresOfFields, levelsPart } from "./report-levels.ts";
import { figuresPart, objectsPart, verdictPart } from "./report-overview.ts";
import { page } from "./report-page.ts";
import { fileLink, section } from "./report-parts.ts";
import { referencesPart, spotsPart } from "./report-proof.ts";
import { explanationsPart, recordsPart } from "./report-records.ts";
import { rejectsPart, warningsPart } from "./report-rejects.ts";
import { cutoverPart, signOffPart } from "./report-sign-off.ts";
import { sumsPart } from "./report-sums.ts";
import { TEXTS } from "./report-texts.ts";
import { historyPart, timingsPart } from "./report-timings.ts";
import { verdict } from "./verdict.ts";

/** Scope in words; what was left out on purpose. */
export function scopeWords({ run, plan, reconciliation }: ReportData): string[] {
  const T = TEXTS.run;
  return [
    plan?.scope ?? "",
    run.only === null ? "" : T.only(run.only.join(", ")),
    run.sample === null ? "" : T.sample(run.sample),
    ...(reconciliation?.notes ?? []),
    plan === null ? T.noPlan : "",
  ].filter((line) => line !== "");
}

const LINES = 200;

function runPart(data: ReportData): Html {
  const { run, reconciliation, plan, evidence } = data;
  const T = TEXTS.run;
  const unmapped = plan?.stages.filter((stage) => stage.unmapped.length > 0) ?? [];
  const facts: [string, Content][] = [
    [T.migration, run.name],
    [T.run, html`<code>${run.run}</code> ${run.kind}${run.dryRun ? T.dry : ""}`],
    ...(run.label === undefined ? [] : [[T.called, run.label] as [string, Content]]),
    [T.route, `${run.source} → ${run.target}`],
    [T.loaded, T.took(moment(run.startedAt), duration(run.startedAt, run.finishedAt))],
    [
      T.reconciled,
      reconciliation === null
        ? T.notYet
        : T.tolerance(moment(reconciliation.checkedAt), Number((reconciliation.tolerance * 100).toPrecision(6))),
    ],
    ...(reconciliation !== null && reconciliation.runs.length > 1
      ? [[T.builds, reconciliation.runs.slice(0, -1).map((name) => html`<code>${name}</code> `)] as [string, Content]]
      : []),
    ...(run.snapshot === undefined ? [] : [[T.snapshot, run.snapshot] as [string, Content]]),
    [
      T.scope,
      scopeWords(data)
        .slice(0, LINES)
        .map((line) => html`${line}<br>`),
    ],
  ];
  if (run.invited.length > 0) facts.push([T.invited, run.invited.slice(0, LINES).join(", ")]);
  const holds = (name: string): boolean =>
    name.endsWith("/") ? [...evidence.files].some((file) => file.startsWith(name)) : evidence.files.has(name);
  const there = Object.entries(T.files).filter(([name]) => evidence.files.size === 0 || holds(name));
  return section(
    "run",
    T.title,
    html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`,
    unmapped.length === 0
      ? null
      : html`<details><summary>${T.unmapped} <small>${T.unmappedCount(
          unmapped.reduce((sum, stage) => sum + stage.unmapped.length, 0),
          unmapped.length,
        )}</small></summary><dl class="facts">${unmapped.slice(0, LINES).map((stage) => html`<dt>${stage.source}</dt><dd>${stage.unmapped.slice(0, LINES).join(", ")}</dd>`)}</dl></details>`,
    html`<h3>${T.more}</h3><p class="lead">${T.folder(run.run)}</p>
<dl class="facts">${there.map(([file, what]) => html`<dt>${file.endsWith("/") ? html`<code>${file}</code>` : fileLink(evidence.files, file)}</dt><dd>${what}</dd>`)}</dl>`,
  );
}

type Part = readonly [id: string, title: string, content: Content];

/** Sections in the order in which they are read; the empty ones are left out. */
function parts(data: ReportData): readonly Part[] {
  const all: readonly Part[] = [
    ["objects", TEXTS.objects.title, objectsPart(data)],
    ["explanations", TEXTS.explanations.title, explanationsPart(data)],
    ["sums", TEXTS.sums.title, sumsPart(data)],
    ["rejects", TEXTS.rejects.title, rejectsPart(data)],
    ["changes", TEXTS.changes.title, changesPart(data)],
    ["references", TEXTS.references.title, referencesPart(data)],
    ["coverage", TEXTS.coverage.title, coveragePart(data)],
    ["levels", TEXTS.levels.title, levelsPart(data)],
    ["figures", TEXTS.figures.title, figuresOfFields(data)],
    ["fields", TEXTS.fields.title, fieldsPart(data)],
    ["spots", TEXTS.spots.title, spotsPart(data)],
    ["records", TEXTS.records.title, recordsPart(data)],
    ["warnings", TEXTS.warnings.title, warningsPart(data)],
    ["timings", TEXTS.timings.title, timingsPart(data)],
    ["history", TEXTS.history.title, historyPart(data)],
    ["cutover", TEXTS.cutover.title, cutoverPart(data)],
    ["run", TEXTS.run.title, runPart(data)],
    ["sign-off", TEXTS.signOff.title, signOffPart(data)],
  ];
  return all.filter(([, , content]) => content !== null && content !== false);
}

/** Bytes that the page has at most, a little room for its frame left. */
const MOST = 9_500_000;

/** What the page can do without, since reconciliation.json and plan.json hold it, too. */
const SPARED = new Set(["figures", "spots", "coverage", "fields", "explanations", "records", "warnings", "references"]);

const sizeOf = ([, , content]: Part): number => (content instanceof Html ? Buffer.byteLength(content.text) : 0);

/** Lists are short by themselves; where that is not enough, the longest sections make room and say so. */
function fitting(all: readonly Part[]): readonly Part[] {
  const kept = [...all];
  for (;;) {
    const total = kept.reduce((sum, part) => sum + sizeOf(part), 0);
    const largest = kept.filter(([id]) => SPARED.has(id)).toSorted((left, right) => sizeOf(right) - sizeOf(left))[0];
    if (total <= MOST || largest === undefined || sizeOf(largest) < 1_000) return kept;
    const [id, title] = largest;
    kept[kept.indexOf(largest)] = [id, title, section(id, title, html`<p class="none">${TEXTS.tooLong}</p>`)];
  }
}

/** The whole document. Everything that comes from records is escaped; the policy forbids scripts and requests besides. */
export function renderHtml(data: ReportData): string {
  const { run } = data;
  const { word } = verdict(data);
  const shown = fitting(parts(data));
  return page({
    title: `${word}: ${run.name}, ${run.run}`,
    skip: TEXTS.skip,
    header: html`<p class="eyebrow"><span>${TEXTS.report}</span><strong>${run.name}</strong><span>${run.source} → ${run.target}</span><span>${moment(run.finishedAt ?? run.startedAt)}</span></p>
${verdictPart(data)}
${figuresPart(data)}
<nav aria-label="${TEXTS.contents}"><ul>${shown.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>`,
    main: shown.map(([, , content]) => content),
    footer: TEXTS.written(moment(data.generatedAt), run.run),
  });
}
