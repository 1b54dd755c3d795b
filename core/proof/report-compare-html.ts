/** `compare.html`: two runs side by side, in the manner of the report. */
import { count, difference, moment, shortAmount, title } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import { adviceFor } from "./reject-advice.ts";
import type { ComparedReason, ComparedRun, Comparison } from "./report-comparison.ts";
import { hrefOf } from "./report-links.ts";
import { page } from "./report-page.ts";
import { headRow, lead, mark, section, shape, table } from "./report-parts.ts";
import { TEXTS } from "./report-texts.ts";
import { seconds } from "./report-timings.ts";
import type { State } from "./verdict.ts";

const T = TEXTS.compare;
const ROWS = 500;

/** `+12`, `-3`, nothing. */
export const signed = (value: number): string =>
  value === 0 ? "" : `${value > 0 ? "+" : "−"}${count(Math.abs(value))}`;

/** newer - older as decimal text, with its sign; nothing where they are equal. */
export function signedDifference(older: string | null, newer: string | null): string {
  if (older === null || newer === null) return "";
  const open = difference(newer, older, "0");
  if (open === "0") return "";
  const { text } = shortAmount(open.replace(/^-/, ""));
  return `${open.startsWith("-") ? "−" : "+"}${text}`;
}

/** Field and currency. */
export const sumName = (field: string, currency: string | null | undefined): string =>
  `${title(field)}${currency === undefined ? "" : `, ${currency ?? TEXTS.sums.noCurrency}`}`;

const STATES: Readonly<Record<ComparedReason["change"], State>> = {
  new: "bad",
  more: "bad",
  same: "attention",
  fewer: "good",
  gone: "good",
};

export function facts({ rejects, older, newer }: Comparison): string {
  return T.sentence({
    gone: rejects.filter(({ change }) => change === "gone").length,
    fresh: rejects.filter(({ change }) => change === "new").length,
    before: older.rejected,
    after: newer.rejected,
  });
}

function verdicts({ older, newer }: Comparison): Html {
  const link = ({ run }: ComparedRun, path: string): Html => html`<a href="${path}"><code>${run}</code></a>`;
  const proof = ({ ok, verdict }: ComparedRun): Html => mark(ok === null ? "neutral" : ok ? "good" : "bad", verdict);
  const time = ({ seconds: took }: ComparedRun): string => (took === null ? "–" : seconds(took));
  const rows: [string, Content, Content, string][] = [
    [T.proof, proof(older), proof(newer), ""],
    [T.kind, older.kind + (older.dryRun ? TEXTS.run.dry : ""), newer.kind + (newer.dryRun ? TEXTS.run.dry : ""), ""],
    [T.status, older.status, newer.status, ""],
    [T.started, moment(older.startedAt), moment(newer.startedAt), ""],
    [T.took, time(older), time(newer), ""],
    [T.read, count(older.read), count(newer.read), signed(newer.read - older.read)],
    [T.loaded, count(older.loaded), count(newer.loaded), signed(newer.loaded - older.loaded)],
    [T.rejected, count(older.rejected), count(newer.rejected), signed(newer.rejected - older.rejected)],
  ];
  const head = html`<tr><td></td><th scope="col">${T.older}<br>${link(older, `../${hrefOf(older.run)}/report.html`)}${older.label === null ? null : html`<small>${older.label}</small>`}</th><th scope="col">${T.newer}<br>${link(newer, "report.html")}${newer.label === null ? null : html`<small>${newer.label}</small>`}</th><th scope="col" class="num">${T.change}</th></tr>`;
  return section(
    "verdicts",
    T.verdicts,
    table(
      T.verdicts,
      head,
      html`<tbody>${rows.map(([name, before, after, change]) => html`<tr><th scope="row">${name}</th><td>${before}</td><td>${after}</td><td class="num">${change}</td></tr>`)}</tbody>`,
    ),
  );
}

const number = (value: number | null | undefined): Html =>
  value === null || value === undefined
    ? html`<td class="num zero">${T.absent}</td>`
    : html`<td class="num${value === 0 ? " zero" : ""}">${count(value)}</td>`;

function counts({ objects }: Comparison): Html {
  const groups = [
    [T.read, "read"],
    [T.loaded, "loaded"],
    [T.rejected, "rejected"],
  ] as const;
  const head = html`<tr><th scope="col">${T.object}</th>${groups.map(([name]) => html`<th scope="col" class="num">${name}: ${T.older.toLowerCase()}</th><th scope="col" class="num">${T.newer.toLowerCase()}</th><th scope="col" class="num">${T.change.toLowerCase()}</th>`)}</tr>`;
  const rows = objects
    .slice(0, ROWS)
    .map(
      ({ object, source, older, newer }) =>
        html`<tr><th scope="row">${title(object)}<small>${TEXTS.objects.from(source)}</small></th>${groups.map(
          ([, key]) =>
            html`${number(older?.[key])}${number(newer?.[key])}<td class="num">${older === null || newer === null ? "" : signed(newer[key] - older[key])}</td>`,
        )}</tr>`,
    );
  return section("counts", T.counts, table(T.countsCaption, head, html`<tbody>${rows}</tbody>`, null, true));
}

function rejects({ rejects: reasons }: Comparison): Html {
  if (reasons.length === 0) return section("rejects", T.rejects, html`<p class="none">${T.noRejects}</p>`);
  const rows = reasons.slice(0, ROWS).map(
    ({ object, code, field, older, newer, change }) =>
      html`<tr><th scope="row">${adviceFor(code).label}<small><code>${code}</code></small></th><td>${[object, field]
        .filter((part) => part !== "")
        .map(title)
        .join(" · ")}</td>${number(older)}${number(newer)}<td>${mark(STATES[change], T.changes[change])}</td></tr>`,
  );
  const head = headRow(T.reason, T.field, [T.older, "num"], [T.newer, "num"], T.change);
  return section("rejects", T.rejects, table(T.rejectsCaption, head, html`<tbody>${rows}</tbody>`));
}

function sums({ sums: all }: Comparison): Content {
  if (all.length === 0) return null;
  const value = (text: string | null): string => (text === null ? T.absent : shortAmount(text).text);
  const bodies = [...Map.groupBy(all.slice(0, ROWS), ({ mapping }) => mapping)].map(
    ([, own]) =>
      html`<tbody><tr class="group"><th scope="rowgroup" colspan="4">${title(own[0]!.object)}</th></tr>${own.map(
        ({ field, currency, older, newer }) =>
          html`<tr><th scope="row">${sumName(field, currency)}</th><td class="num">${value(older)}</td><td class="num">${value(newer)}</td><td class="num">${signedDifference(older, newer)}</td></tr>`,
      )}</tbody>`,
  );
  const head = headRow(T.field, [T.older, "num"], [T.newer, "num"], [T.change, "num"]);
  return section("sums", T.sums, lead(T.sumsLead), table(T.sumsCaption, head, bodies));
}

function durations({ objects }: Comparison): Html {
  const took = (value: number | undefined): string => (value === undefined ? T.absent : seconds(value));
  const rows = objects
    .slice(0, ROWS)
    .map(
      ({ object, source, older, newer }) =>
        html`<tr><th scope="row">${title(object)}<small>${TEXTS.objects.from(source)}</small></th><td class="num">${took(older?.seconds)}</td><td class="num">${took(newer?.seconds)}</td></tr>`,
    );
  const head = headRow(T.object, [T.older, "num"], [T.newer, "num"]);
  return section("durations", T.durations, table(T.durationsCaption, head, html`<tbody>${rows}</tbody>`));
}

export function renderComparisonHtml(comparison: Comparison, now: Date): string {
  const { older, newer } = comparison;
  const state: State = newer.ok === null ? "neutral" : newer.ok ? "good" : "bad";
  return page({
    title: `${T.title}: ${older.run}, ${newer.run}`,
    skip: T.skip,
    header: html`<p class="eyebrow"><span>${T.title}</span><strong>${newer.run}</strong></p><div class="verdict ${state}">${shape(state)}<div><p class="word">${newer.verdict}</p><h1>${facts(comparison)}</h1><p class="more">${T.lead(older.run, newer.run)}</p></div></div>`,
    main: [verdicts(comparison), counts(comparison), rejects(comparison), sums(comparison), durations(comparison)],
    footer: TEXTS.written(moment(now.toISOString()), `${older.run}, ${newer.run}`),
  });
}
