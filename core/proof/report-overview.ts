/** The report's first page: verdict, key figures, objects. */
import type { ObjectReport } from "../engine/types.ts";
import { count } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import { BAR_ORDER, BUCKET_WORDS, bar, cell, legend, mark, objectHead, shape, table } from "./report-parts.ts";
import type { ObjectProof } from "./types.ts";
import { earlierLines, figures, PROBLEMS_FIRST, problemLines, verdict } from "./verdict.ts";

export function verdictPart(data: ReportData): Html {
  const { state, word, sentence, more } = verdict(data);
  const list: Content =
    more.length > 1
      ? html`<ul>${more.map((line) => html`<li>${line}</li>`)}</ul>`
      : more.map((line) => html`<p class="more">${line}</p>`);
  return html`<div class="verdict ${state}">${shape(state)}<div><p class="word">${word}</p><h1>${together(sentence)}</h1>${list}</div></div>`;
}

/** Keeps numbers with the word that follows them on one line. */
const together = (text: string): string => text.replace(/(?<=\d) (?=\p{L})/gu, "\u00a0");

export function figuresPart(data: ReportData): Html {
  const all = figures(data);
  const { run } = data;
  const tiles: [string, string, string][] = [
    ["At the source", count(all.source), data.reconciliation === null ? "as read by the run" : "counted again"],
    [
      run.dryRun ? "Would be loaded" : "Loaded",
      count(all.loaded),
      data.reconciliation === null ? "as the run counted" : "found in the target",
    ],
  ];
  if (all.merged > 0) tiles.push(["Merged", count(all.merged), "into another record"]);
  if (all.filtered > 0) tiles.push(["Left out", count(all.filtered), "by filter or scope"]);
  if (all.deleted > 0) tiles.push(["Deleted", count(all.deleted), "at the source"]);
  tiles.push(["Rejected", count(all.rejected), all.rejected === 0 ? "none" : "each with a reason"]);
  if (all.unexplained !== null)
    tiles.push([
      "Unexplained",
      count(all.unexplained),
      all.unexplained === 0 ? "nothing is missing" : "see the objects below",
    ]);
  if (data.reconciliation !== null)
    tiles.push([
      "References",
      count(all.references.resolved),
      `of ${count(all.references.expected)} lead to their record`,
    ]);
  if (all.links.expected > 0)
    tiles.push(["Links", count(all.links.found), `of ${count(all.links.expected)} are in the target`]);
  if (all.sums !== null)
    tiles.push(["Sums that agree", `${count(all.sums.ok)}`, `of ${count(all.sums.all)}, exact to the last digit`]);
  if (all.spots !== null && all.spots.all > 0)
    tiles.push(["Records compared", `${count(all.spots.ok)}`, `of ${count(all.spots.all)} equal, field by field`]);
  return html`<dl class="figures">${tiles.map(([name, value, note]) => html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`)}</dl>`;
}

function openOf(proof: ObjectProof): Html {
  const findings = proof.missing.count + proof.lost.count + proof.vanished.count + proof.extra.count;
  return proof.unexplained === 0 && findings === 0
    ? html`<td class="num zero">0</td>`
    : html`<td class="num">${count(proof.unexplained)}</td>`;
}

export function objectsPart(data: ReportData): Html {
  const { run, reconciliation } = data;
  const proofs = new Map(reconciliation?.objects.map((proof) => [proof.mapping, proof]) ?? []);
  const present = BAR_ORDER.filter((bucket) => run.totals[bucket] > 0);
  const names = new Map<string, number>();
  for (const { object } of run.objects) names.set(object, (names.get(object) ?? 0) + 1);
  const row = (object: ObjectReport): Html => {
    const proof = proofs.get(object.mapping);
    return html`<tr>${objectHead(object.object, `from ${object.source}`)}<td>${bar(object)}</td>
<td class="num">${count(proof?.source.count ?? object.read)}</td>${present.map((bucket) => cell(object[bucket]))}${
      reconciliation === null
        ? null
        : proof === undefined
          ? html`<td class="num">–</td><td class="num">–</td><td>${mark("neutral", "not checked")}</td>`
          : html`${cell(proof.target.count)}${openOf(proof)}<td>${proof.ok ? mark("good", "proven") : mark("bad", "not proven")}</td>`
    }</tr>`;
  };
  const proven = [...proofs.values()];
  const sum = (of: (proof: ObjectProof) => number): number => proven.reduce((all, proof) => all + of(proof), 0);
  const shared = (reconciliation?.sharedSources ?? []).length > 0;
  const foot = html`<tr><th scope="row">All${shared ? html`<small>what several mappings read is in each of their rows</small>` : null}</th><td>${bar(run.totals)}</td>
<td class="num">${count(reconciliation === null ? run.totals.read : sum((proof) => proof.source.count))}</td>${present.map((bucket) => cell(run.totals[bucket]))}${
    reconciliation === null
      ? null
      : html`${cell(sum((proof) => proof.target.count))}${cell(sum((proof) => proof.unexplained))}<td></td>`
  }</tr>`;
  const head = html`<tr><th scope="col">Object</th><th scope="col"><span class="hidden">Shares</span></th><th scope="col" class="num">At the source</th>${present.map(
    (bucket) => html`<th scope="col" class="num">${BUCKET_WORDS[bucket]}</th>`,
  )}${reconciliation === null ? null : html`<th scope="col" class="num">In the target</th><th scope="col" class="num">Unexplained</th><th scope="col">Verdict</th>`}</tr>`;
  return html`<section id="objects"><h2>What became of every record</h2>
<p class="lead">${lead(data)}</p>${legend(present)}
${table("Records by object and outcome", head, html`<tbody>${run.objects.map(row)}</tbody>`, foot, true)}${notesOf(data)}</section>`;
}

function lead({ run, reconciliation }: ReportData): string {
  if (run.dryRun)
    return "What the run would do. The statements were executed on the target and taken back: nothing was written.";
  if (reconciliation === null) return "As the run counted. Every record read is in exactly one column.";
  return "Every record is in exactly one column. “At the source” was counted again after the run, “in the target” are the rows that are there now.";
}

/** What the verdict did not have room for, and rows of earlier runs. */
function notesOf(data: ReportData): Content {
  const notes = [
    ...problemLines(data).slice(PROBLEMS_FIRST),
    // beside a proof that holds the verdict tells them
    ...(data.reconciliation?.ok === true ? [] : earlierLines(data)),
  ];
  return notes.length === 0 ? null : html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`;
}
