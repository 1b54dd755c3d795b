/** The report's reasons: rejects and warnings. */
import { count, many, severalReasons, title } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import { adviceFor } from "./reject-advice.ts";
import { barChart } from "./report-charts.ts";
import type { RejectSummary, ReportData } from "./report-data.ts";
import { fileName, hrefOf } from "./report-links.ts";
import { fileLink, headRow, lead, mark, section, table } from "./report-parts.ts";
import { TEXTS } from "./report-texts.ts";

const GROUPS_SHOWN = 60;
const BARS = 12;
const T = TEXTS.rejects;

const fieldWords = (object: string, field: string): string =>
  [object, field]
    .filter((part) => part !== "")
    .map(title)
    .join(" · ");

/** Where an object's rejected records are, in the run's folder. */
export const rejectFile = (object: string): string => `rejects/${fileName(object)}.csv`;

/** All rejects of one code: what it means and what to do once, then examples by object and field. */
function rejectGroup(code: string, groups: readonly RejectSummary[], files: ReadonlySet<string>): Html {
  const { label, advice } = adviceFor(code);
  const withLine = groups.some(({ examples }) => examples.some(({ line }) => line !== ""));
  const columns = withLine ? 4 : 3;
  const head = html`<tr><th scope="col">${T.record}</th>${withLine ? html`<th scope="col" class="num">${T.line}</th>` : null}<th scope="col">${T.value}</th><th scope="col">${T.reason}</th></tr>`;
  const bodies = groups.map(
    ({ object, field, count: times, examples }) =>
      html`<tbody><tr class="group"><th scope="rowgroup" colspan="${columns}">${fieldWords(object, field)}: ${many(times, "record")}${
        files.has(rejectFile(object)) && times > examples.length
          ? html` <small class="inline"><a href="${hrefOf(rejectFile(object))}">${rejectFile(object)}</a></small>`
          : null
      }</th></tr>${examples.map(
        (example) =>
          html`<tr><th scope="row"><code>${example.key || TEXTS.noKey}</code></th>${withLine ? html`<td class="num">${example.line}</td>` : null}<td class="text">${example.value}</td><td class="text">${example.reason}</td></tr>`,
      )}</tbody>`,
  );
  return html`<h3>${label} <small><code>${code}</code></small> ${mark("attention", many(total(groups), "record"))}</h3>
<p class="advice">${advice}</p>${table(T.examples(`${label} ${code}`), head, bodies)}`;
}

const total = (groups: readonly RejectSummary[]): number => groups.reduce((sum, group) => sum + group.count, 0);

/** Groups by code, the most frequent first. */
export function byCode(
  rejects: readonly RejectSummary[],
): (readonly [code: string, groups: readonly RejectSummary[]])[] {
  return [...Map.groupBy(rejects, ({ code }) => code)]
    .map(([code, groups]) => [code, groups.toSorted((left, right) => right.count - left.count)] as const)
    .sort(([, left], [, right]) => total(right) - total(left));
}

function chart(rejects: readonly RejectSummary[]): Content {
  const reasons = byCode(rejects).map(([code, groups]) => ({
    code,
    label: adviceFor(code).label,
    value: total(groups),
  }));
  if (reasons.length < 2) return null;
  return barChart(
    { id: "reject-reasons", title: T.chart, desc: T.chartDesc },
    reasons.slice(0, BARS).map(({ label, value }) => ({ label, value, note: count(value), tone: "c-bad" })),
    { head: [T.code, T.records], rows: reasons.map(({ code, label, value }) => [`${label} (${code})`, count(value)]) },
  );
}

export function rejectsPart(data: ReportData): Content {
  const { rejects, run, evidence } = data;
  if (run.totals.rejected === 0 && rejects.length === 0) return null;
  const shown = rejects.slice(0, GROUPS_SHOWN);
  const files = [...new Set(rejects.map(({ object }) => rejectFile(object)))].filter((file) =>
    evidence.files.has(file),
  );
  return section(
    "rejects",
    T.title,
    lead(T.lead(severalReasons(run.totals.rejected, rejects))),
    chart(rejects),
    byCode(shown).map(([code, groups]) => rejectGroup(code, groups, evidence.files)),
    rejects.length > shown.length ? html`<p class="none">${T.further(rejects.length - shown.length)}</p>` : null,
    rejects.length === 0 ? html`<p class="none">${T.noFiles}</p>` : null,
    files.length === 0
      ? null
      : html`<p>${T.files} ${files.map((file, index) => html`${index === 0 ? "" : ", "}${fileLink(evidence.files, file)}`)}</p>`,
    run.dryRun || rejects.length === 0 ? null : html`<p>${T.retry} <code>migrate retry ${run.run}</code></p>`,
  );
}

export function warningsPart({ warnings, evidence }: ReportData): Content {
  if (warnings.length === 0) return null;
  const W = TEXTS.warnings;
  const rows = warnings
    .slice(0, GROUPS_SHOWN)
    .map(
      ({ object, field, code, count: times, example }) =>
        html`<tr><th scope="row">${fieldWords(object, field) || W.run}<small><code>${code}</code></small></th><td class="num">${count(times)}</td><td class="text">${example.reason}${example.key === "" ? null : html`<small>${W.record(example.key)}</small>`}</td></tr>`,
    );
  const all = warnings.reduce((sum, warning) => sum + warning.count, 0);
  return section(
    "warnings",
    W.title,
    lead(W.lead(all)),
    table(W.caption, headRow(W.what, [W.times, "num"], W.example), html`<tbody>${rows}</tbody>`),
    evidence.files.has("warnings.csv")
      ? html`<p>${TEXTS.allInFile(all)}: ${fileLink(evidence.files, "warnings.csv")}</p>`
      : null,
  );
}
