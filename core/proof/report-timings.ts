/** The report's times, rates, API use, and the comparison with earlier runs. */
import { count, duration, moment, title } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import { barChart, lineChart } from "./report-charts.ts";
import type { ReportData } from "./report-data.ts";
import type { HistoryEntry } from "./report-evidence.ts";
import { hrefOf } from "./report-links.ts";
import { cell, headRow, lead, mark, section, table } from "./report-parts.ts";
import { TEXTS } from "./report-texts.ts";

const BARS = 20;

/** `4 min 12 s` out of seconds; parts of a second below ten. */
export function seconds(value: number): string {
  return value < 10
    ? `${Number(value.toFixed(1))} s`
    : duration(new Date(0).toISOString(), new Date(value * 1000).toISOString());
}

/** Records in a second, in as many digits as say something. */
const perSecond = (records: number, took: number): string => {
  if (took <= 0) return "–";
  const rate = records / took;
  return rate >= 100 ? count(Math.round(rate)) : Number(rate.toPrecision(2)).toString();
};

export function timingsPart({ run, plan, reconciliation }: ReportData): Content {
  const T = TEXTS.timings;
  const timed = run.objects
    .filter((object) => object.read > 0 || object.seconds > 0)
    .toSorted((left, right) => right.seconds - left.seconds);
  if (timed.length === 0) return null;
  const several = (object: string): boolean => timed.filter((other) => other.object === object).length > 1;
  const name = ({ object, source }: (typeof timed)[number]): string =>
    several(object) ? `${title(object)}, ${source}` : title(object);
  const chart = barChart(
    { id: "seconds", title: T.chart, desc: T.chartDesc },
    timed.slice(0, BARS).map((object) => ({
      label: name(object),
      value: object.seconds,
      note: `${seconds(object.seconds)}, ${T.perSecond(perSecond(object.read, object.seconds))}`,
    })),
    {
      head: [T.object, T.records, T.seconds, T.rate],
      rows: timed
        .slice(0, 200)
        .map((object) => [
          name(object),
          count(object.read),
          object.seconds.toFixed(1),
          perSecond(object.read, object.seconds),
        ]),
    },
  );
  const whole = run.finishedAt === null ? 0 : (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000;
  const facts: [string, Content][] = [];
  if (whole > 0) facts.push([T.overall, `${T.perSecond(perSecond(run.totals.read, whole))}`]);
  if (plan !== null) {
    facts.push([T.calls, plan.apiCalls === null ? T.noCalls : count(plan.apiCalls)]);
    if (plan.apiCallsLeft !== undefined && plan.apiCallsLeft !== null)
      facts.push([T.callsLeft, count(plan.apiCallsLeft)]);
    if (plan.etaSeconds !== null) facts.push([T.planned, seconds(plan.etaSeconds)]);
  }
  const times = (reconciliation?.levels ?? [])
    .flatMap(({ from, to }) => (from === null || to === null ? [] : [from, to]))
    .sort();
  if (times.length > 1) facts.push([T.proof, duration(times[0]!, times.at(-1)!)]);
  return section(
    "timings",
    T.title,
    lead(run.finishedAt === null ? T.unfinished : T.lead(duration(run.startedAt, run.finishedAt))),
    chart,
    html`<dl class="facts">${facts.map(([fact, value]) => html`<dt>${fact}</dt><dd>${value}</dd>`)}</dl>`,
  );
}

const share = ({ read, rejected }: HistoryEntry): number => (read === 0 ? 0 : rejected / read);

const percent = (value: number): string => `${Number((100 * value).toFixed(2))} %`;

/** `21 Nov 23:30`: short enough to stand below a point. */
function shortTime(iso: string): string {
  const [day, month] = moment(iso).split(" ");
  return `${day} ${month} ${iso.slice(11, 16)}`;
}

function historyRow(entry: HistoryEntry, here: string): Html {
  const T = TEXTS.history;
  const { run, kind, label, dryRun, status, read, loaded, rejected, ok } = entry;
  const name =
    run === here || !entry.report
      ? html`<code>${run}</code>`
      : html`<a href="../${hrefOf(run)}/report.html">${run}</a>`;
  const state =
    status !== "completed"
      ? mark("bad", status)
      : ok === null
        ? mark("neutral", dryRun ? T.dry : T.notReconciled)
        : mark(ok ? "good" : "bad", T.verdicts[String(ok)]!);
  return html`<tr><th scope="row">${name}${label === null ? null : html`<small>${label}</small>`}${run === here ? html`<small>${T.here}</small>` : null}</th><td>${kind}</td>${cell(read)}${cell(loaded)}${cell(rejected)}<td class="num">${percent(share(entry))}</td><td class="num">${entry.seconds === null ? "–" : seconds(entry.seconds)}</td><td>${state}</td></tr>`;
}

export function historyPart({ run, evidence }: ReportData): Content {
  const { history, earlierRuns } = evidence;
  if (history.length < 2) return null;
  const T = TEXTS.history;
  const head = headRow(
    T.run,
    T.kind,
    [T.read, "num"],
    [T.loaded, "num"],
    [T.rejected, "num"],
    [T.share, "num"],
    [T.took, "num"],
    TEXTS.verdict,
  );
  // a run that met no record says nothing of either
  const told = history.filter(({ read }) => read > 0);
  const timed = history.filter((entry) => entry.seconds !== null);
  const before = history.at(-2)!;
  return section(
    "history",
    T.title,
    lead(T.lead),
    told.length < 2
      ? null
      : lineChart(
          { id: "rejects-trend", title: T.rejects, desc: T.rejectsDesc },
          told.map((entry) => ({
            label: shortTime(entry.startedAt),
            value: 100 * share(entry),
            note: percent(share(entry)),
            here: entry.run === run.run,
          })),
          (value) => `${Number(value.toFixed(2))} %`,
          null,
        ),
    timed.length < 2
      ? null
      : lineChart(
          { id: "durations-trend", title: T.durations, desc: T.durationsDesc },
          timed.map((entry) => ({
            label: shortTime(entry.startedAt),
            value: entry.seconds! / 60,
            note: seconds(entry.seconds!),
            here: entry.run === run.run,
          })),
          (value) => `${Number(value.toFixed(2))} min`,
          null,
        ),
    table(T.caption, head, html`<tbody>${history.map((entry) => historyRow(entry, run.run))}</tbody>`),
    earlierRuns > 0 ? html`<p class="none">${T.earlier(earlierRuns)}</p>` : null,
    html`<p>${T.compare} <code>migrate report --compare ${before.run} ${run.run}</code></p>`,
  );
}
