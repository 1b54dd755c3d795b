/** The report's first page: verdict, key figures, what became of every record. */
import type { Bucket, Buckets, ObjectReport } from "../engine/types.ts";
import { count } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import { type BarRow, barChart } from "./report-charts.ts";
import type { ReportData } from "./report-data.ts";
import {
  BAR_ORDER,
  BUCKET_WORDS,
  bar,
  cell,
  lead,
  legend,
  mark,
  objectHead,
  section,
  shape,
  table,
} from "./report-parts.ts";
import { recordsAnchor } from "./report-records.ts";
import { TEXTS } from "./report-texts.ts";
import type { ObjectProof } from "./types.ts";
import { earlierLines, figures, PROBLEMS_FIRST, problemLines, verdict } from "./verdict.ts";

const T = TEXTS.objects;

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
  const W = TEXTS.tiles;
  const compared = data.reconciliation !== null;
  const tiles: [string, string, string][] = [
    [W.source, count(all.source), compared ? W.countedAgain : W.asRead],
    [run.dryRun ? W.wouldLoad : W.loaded, count(all.loaded), compared ? W.found : W.asCounted],
  ];
  if (all.merged > 0) tiles.push([W.merged, count(all.merged), W.mergedNote]);
  if (all.filtered > 0) tiles.push([W.filtered, count(all.filtered), W.filteredNote]);
  if (all.deleted > 0) tiles.push([W.deleted, count(all.deleted), W.deletedNote]);
  tiles.push([W.rejected, count(all.rejected), all.rejected === 0 ? TEXTS.none : W.reason]);
  if (all.unexplained !== null)
    tiles.push([W.unexplained, count(all.unexplained), all.unexplained === 0 ? W.nothingMissing : W.below]);
  if (compared) tiles.push([W.references, count(all.references.resolved), W.lead(all.references.expected)]);
  if (all.links.expected > 0) tiles.push([W.links, count(all.links.found), W.linked(all.links.expected)]);
  if (all.sums !== null) tiles.push([W.sums, `${count(all.sums.ok)}`, W.exact(all.sums.all)]);
  if (all.spots !== null && all.spots.all > 0)
    tiles.push([W.compared, `${count(all.spots.ok)}`, W.byField(all.spots.all)]);
  return html`<dl class="figures">${tiles.map(([name, value, note]) => html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`)}</dl>`;
}

/** Steps from what the source holds to what the target holds, over all objects. */
function funnel(data: ReportData): Content {
  const all = figures(data);
  if (all.source === 0) return null;
  const share = (value: number): string => `${Number(((100 * value) / all.source).toFixed(2))} %`;
  const parts = [
    ["merged", TEXTS.tiles.merged, "c-out"],
    ["filtered", TEXTS.tiles.filtered, "c-out"],
    ["deleted", TEXTS.tiles.deleted, "c-out"],
    ["rejected", TEXTS.tiles.rejected, "c-bad"],
  ] as const;
  const rows: BarRow[] = [{ label: T.funnelStart, value: all.source, note: count(all.source) }];
  let left = all.source;
  for (const [bucket, label, tone] of parts) {
    const value = all[bucket];
    if (value === 0) continue;
    left = Math.max(0, left - value);
    rows.push({ label, value, from: left, note: `${count(value)} (${share(value)})`, tone });
  }
  rows.push({ label: T.funnelEnd, value: all.loaded, note: `${count(all.loaded)} (${share(all.loaded)})` });
  const words = rows.map(({ label, note }) => `${label} ${note}`).join(", ");
  return barChart({ id: "funnel", title: T.funnel, desc: T.funnelDesc(words) }, rows, {
    head: [T.step, T.records, T.share],
    rows: rows.map(({ label, value }) => [label, count(value), share(value)]),
  });
}

function openOf(proof: ObjectProof): Html {
  const findings =
    proof.missing.count + proof.lost.count + proof.vanished.count + proof.extra.count + (proof.renamed?.count ?? 0);
  return proof.unexplained === 0 && findings === 0
    ? html`<td class="num zero">0</td>`
    : html`<td class="num">${count(proof.unexplained)}</td>`;
}

/** After deltas and retries the proof is about all runs since the full one: so are the columns. */
const isWhole = ({ run, reconciliation }: ReportData): boolean => run.kind === "full" || reconciliation === null;

function bucketsOf(report: ObjectReport, proof: ObjectProof | undefined, whole: boolean): Buckets {
  if (whole || proof === undefined) return report;
  const { loaded, ...others } = proof.accounted;
  return { ...others, inserted: 0, updated: 0, unchanged: loaded };
}

export function objectsPart(data: ReportData): Html {
  const { run, reconciliation } = data;
  const whole = isWhole(data);
  const proofs = new Map(reconciliation?.objects.map((proof) => [proof.mapping, proof]) ?? []);
  const all = run.objects.map((object, index) => ({
    object,
    index,
    proof: proofs.get(object.mapping),
    buckets: bucketsOf(object, proofs.get(object.mapping), whole),
  }));
  const totals = Object.fromEntries(
    BAR_ORDER.map((bucket) => [bucket, all.reduce((sum, { buckets }) => sum + buckets[bucket], 0)]),
  ) as Record<Bucket, number>;
  const present = BAR_ORDER.filter((bucket) => totals[bucket] > 0);
  const words = (bucket: Bucket): string =>
    !whole && bucket === "unchanged" ? TEXTS.tiles.loaded : BUCKET_WORDS[bucket];
  const row = ({ object, index, proof, buckets }: (typeof all)[number]): Html =>
    html`<tr>${objectHead(object.object, T.from(object.source))}<td>${bar(buckets)}</td>
<td class="num">${count(proof?.source.count ?? object.read)}</td>${present.map((bucket) => {
      const anchor = whole ? recordsAnchor(data, index, bucket) : null;
      return anchor === null
        ? cell(buckets[bucket])
        : html`<td class="num"><a href="#${anchor}">${count(buckets[bucket])}</a></td>`;
    })}${
      reconciliation === null
        ? null
        : proof === undefined
          ? html`<td class="num">–</td><td class="num">–</td><td>${mark("neutral", TEXTS.marks.notChecked)}</td>`
          : html`${cell(proof.target.count)}${openOf(proof)}<td>${proof.ok ? mark("good", TEXTS.marks.proven) : mark("bad", TEXTS.marks.notProven)}</td>`
    }</tr>`;
  const proven = [...proofs.values()];
  const sum = (of: (proof: ObjectProof) => number): number => proven.reduce((total, proof) => total + of(proof), 0);
  const shared = (reconciliation?.sharedSources ?? []).length > 0;
  const foot = html`<tr><th scope="row">${T.all}${shared ? html`<small>${T.shared}</small>` : null}</th><td>${bar(totals)}</td>
<td class="num">${count(reconciliation === null ? run.totals.read : sum((proof) => proof.source.count))}</td>${present.map((bucket) => cell(totals[bucket]))}${
    reconciliation === null
      ? null
      : html`${cell(sum((proof) => proof.target.count))}${cell(sum((proof) => proof.unexplained))}<td></td>`
  }</tr>`;
  const head = html`<tr><th scope="col">${T.object}</th><th scope="col"><span class="hidden">${T.shares}</span></th><th scope="col" class="num">${T.source}</th>${present.map(
    (bucket) => html`<th scope="col" class="num">${words(bucket)}</th>`,
  )}${reconciliation === null ? null : html`<th scope="col" class="num">${T.target}</th><th scope="col" class="num">${T.unexplained}</th><th scope="col">${TEXTS.verdict}</th>`}</tr>`;
  const text = run.dryRun ? T.dry : reconciliation === null ? T.counted : T.proven;
  const click = all.some(({ index }) => present.some((bucket) => whole && recordsAnchor(data, index, bucket) !== null));
  return section(
    "objects",
    T.title,
    html`<p class="lead">${text}${click ? ` ${T.click}` : ""}</p>`,
    funnel(data),
    legend(present, words),
    table(T.caption, head, html`<tbody>${all.map(row)}</tbody>`, foot, true),
    notesOf(data),
    whole ? null : thisRun(data),
  );
}

/** What a delta or a retry did by itself, beside the whole. */
function thisRun(data: ReportData): Content {
  const { run } = data;
  const present = BAR_ORDER.filter((bucket) => run.totals[bucket] > 0);
  if (present.length === 0) return html`<h3>${T.thisRun}</h3><p class="none">${T.nothing}</p>`;
  const head = html`<tr><th scope="col">${T.object}</th><th scope="col" class="num">${T.records}</th>${present.map((bucket) => html`<th scope="col" class="num">${BUCKET_WORDS[bucket]}</th>`)}</tr>`;
  const rows = run.objects.flatMap((object, index) =>
    object.read === 0
      ? []
      : [
          html`<tr>${objectHead(object.object, T.from(object.source))}${cell(object.read)}${present.map((bucket) => {
            const anchor = recordsAnchor(data, index, bucket);
            return anchor === null
              ? cell(object[bucket])
              : html`<td class="num"><a href="#${anchor}">${count(object[bucket])}</a></td>`;
          })}</tr>`,
        ],
  );
  return html`<h3>${T.thisRun}</h3>${lead(T.thisRunLead)}${table(T.thisRunCaption, head, html`<tbody>${rows}</tbody>`)}`;
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
