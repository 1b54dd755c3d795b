/** The report's reasons: rejects, warnings, coverage of picklists and owners. */
import type { OwnerCoverage, PicklistCoverage } from "../engine/types.ts";
import { clip, count, many, severalReasons, title } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import { adviceFor } from "./reject-advice.ts";
import type { RejectSummary, ReportData } from "./report-data.ts";
import { mark, table } from "./report-parts.ts";
import type { State } from "./verdict.ts";

const GROUPS_SHOWN = 60;
const VALUES_SHOWN = 50;

const fieldWords = (object: string, field: string): string =>
  [object, field]
    .filter((part) => part !== "")
    .map(title)
    .join(" · ");

/** All rejects of one code: what it means and what to do once, then examples by object and field. */
function rejectGroup(code: string, groups: readonly RejectSummary[]): Html {
  const { label, advice } = adviceFor(code);
  const withLine = groups.some(({ examples }) => examples.some(({ line }) => line !== ""));
  const columns = withLine ? 4 : 3;
  const head = html`<tr><th scope="col">Record</th>${withLine ? html`<th scope="col" class="num">Line</th>` : null}<th scope="col">Value</th><th scope="col">Reason</th></tr>`;
  const bodies = groups.map(
    ({ object, field, count: times, examples }) =>
      html`<tbody><tr class="group"><th scope="rowgroup" colspan="${columns}">${fieldWords(object, field)}: ${many(times, "record")}</th></tr>${examples.map(
        (example) =>
          html`<tr><th scope="row"><code>${example.key || "no key"}</code></th>${withLine ? html`<td class="num">${example.line}</td>` : null}<td class="text">${example.value}</td><td class="text">${example.reason}</td></tr>`,
      )}</tbody>`,
  );
  return html`<h3>${label} <small><code>${code}</code></small> ${mark("attention", many(total(groups), "record"))}</h3>
<p class="advice">${advice}</p>${table(`${label}: examples`, head, bodies)}`;
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

export function rejectsPart(data: ReportData): Content {
  const { rejects, run } = data;
  if (run.totals.rejected === 0 && rejects.length === 0) return null;
  const shown = rejects.slice(0, GROUPS_SHOWN);
  return html`<section id="rejects"><h2>Rejected records</h2><p class="lead">Not loaded, and why. Every one is in <code>rejects/</code> in the run’s folder, with its original row.${severalReasons(run.totals.rejected, rejects) ? " Records may appear under several reasons." : ""}</p>
${byCode(shown).map(([code, groups]) => rejectGroup(code, groups))}${rejects.length > shown.length ? html`<p class="none">${many(rejects.length - shown.length, "further reason")}: see the rejects files.</p>` : null}${
  rejects.length === 0 ? html`<p class="none">The rejects files are not in the run’s folder.</p>` : null
}</section>`;
}

export function warningsPart({ warnings }: ReportData): Content {
  if (warnings.length === 0) return null;
  const head = html`<tr><th scope="col">What</th><th scope="col" class="num">Times</th><th scope="col">Example</th></tr>`;
  const rows = warnings.slice(0, GROUPS_SHOWN).map(
    ({ object, field, code, count: times, example }) =>
      html`<tr><th scope="row">${
        [object, field]
          .filter((part) => part !== "")
          .map(title)
          .join(" · ") || "Run"
      }<small><code>${code}</code></small></th><td class="num">${count(times)}</td><td class="text">${example.reason}${example.key === "" ? null : html`<small>record ${example.key}</small>`}</td></tr>`,
  );
  const total = warnings.reduce((sum, warning) => sum + warning.count, 0);
  return html`<section id="warnings"><h2>Warnings</h2><p class="lead">${many(total, "value")} that ${total === 1 ? "was" : "were"} changed or left empty by a rule of the mapping. The records were loaded.</p>
${table("Warnings by field and code", head, html`<tbody>${rows}</tbody>`)}</section>`;
}

type How = PicklistCoverage["values"][number]["how"] | OwnerCoverage["how"];

const WORDS: Readonly<Record<How, readonly [State, string]>> = {
  mapped: ["good", "mapped"],
  label: ["good", "same label"],
  same: ["good", "same value"],
  map: ["good", "mapped"],
  email: ["good", "same e-mail"],
  name: ["good", "same name"],
  external_id: ["good", "same ID"],
  kept: ["neutral", "kept as it is"],
  fallback: ["attention", "replaced"],
  inactive: ["attention", "inactive user"],
  invite: ["attention", "user created"],
  null: ["attention", "left empty"],
  reject: ["bad", "record rejected"],
  stop: ["bad", "stops the run"],
};

const covered = (how: How): boolean => WORDS[how][0] === "good" || how === "kept";

function coverage(
  name: string,
  kind: string,
  values: readonly { from: string; count: number; target: string | null; how: How }[],
): Html {
  const total = values.reduce((sum, value) => sum + value.count, 0);
  const good = values.reduce((sum, value) => sum + (covered(value.how) ? value.count : 0), 0);
  const open = values.filter((value) => !covered(value.how)).length;
  const head = html`<tr><th scope="col">${kind}</th><th scope="col">In the target</th><th scope="col" class="num">Records</th><th scope="col">How</th></tr>`;
  const sorted = values.toSorted(
    (left, right) => Number(covered(left.how)) - Number(covered(right.how)) || right.count - left.count,
  );
  const rows = sorted
    .slice(0, VALUES_SHOWN)
    .map(
      (value) =>
        html`<tr><th scope="row">${value.from === "" ? html`<span class="none">empty</span>` : clip(value.from, 80)}</th><td class="text">${value.target ?? "–"}</td><td class="num">${count(value.count)}</td><td>${mark(...WORDS[value.how])}</td></tr>`,
    );
  const share = total === 0 ? "100" : (Math.floor((1000 * good) / total) / 10).toString();
  return html`<details><summary>${name} <small>${many(values.length, "value")}, ${share} % of ${many(total, "record")} covered</small>${
    open === 0 ? mark("good", "complete") : mark("attention", `${open} open`)
  }</summary>${table(`${name}: values and their counterparts`, head, html`<tbody>${rows}</tbody>`)}${
    values.length > VALUES_SHOWN
      ? html`<p class="none">${many(values.length - VALUES_SHOWN, "further value")}: plan.json.</p>`
      : null
  }</details>`;
}

export function coveragePart({ plan }: ReportData): Content {
  if (plan === null || plan.picklists.length + plan.owners.length === 0) return null;
  return html`<section id="coverage"><h2>Values and owners</h2><p class="lead">Every value that the source holds, with its counterpart in the target, as the plan found them.</p>${
    plan.owners.length === 0
      ? null
      : coverage(
          "Owners",
          "Owner at the source",
          plan.owners.map(({ owner, ...rest }) => ({ from: owner, ...rest })),
        )
  }${plan.picklists.map((list) =>
    coverage(
      `${title(list.object)} · ${title(list.field)}`,
      "Value at the source",
      list.values.map(({ value, ...rest }) => ({ from: value, ...rest })),
    ),
  )}</section>`;
}
