/** The report's evidence: sums, references, records side by side. */
import { clip, count, difference, many, shortAmount, title } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import { agrees, mark, table } from "./report-parts.ts";
import type { ObjectProof, SpotCheck, SumCheck } from "./types.ts";

const STAGE_ROWS = 200;

/** Currency and stage of a group, in words. */
export function groupWords(by: SumCheck["by"]): string {
  const parts: string[] = [];
  if (by.currency !== undefined) parts.push(by.currency ?? "no currency");
  if (by.stage !== undefined) parts.push(by.stage === null ? "no stage" : title(by.stage));
  return parts.join(" · ") || "All";
}

/** At most six digits after the point; all of them in the title, and in reconciliation.json. */
function amountCell(text: string, zero: boolean): Html {
  const { text: shown, exact } = shortAmount(text);
  return html`<td class="num sum${zero ? " zero" : ""}"${exact === null ? null : html` title="${exact}"`}>${shown}</td>`;
}

function sumRow(sum: SumCheck, name: Content, sub: boolean): Html {
  const open = difference(sum.source, sum.excluded, sum.target);
  const classes = [sub ? "sub" : "", sum.ok ? "" : "differs"].filter((part) => part !== "").join(" ");
  return html`<tr class="${classes}"><th scope="row">${name}</th>${amountCell(sum.source, false)}
${amountCell(sum.excluded, /^-?0(\.0*)?$/.test(sum.excluded))}${amountCell(sum.target, false)}
${amountCell(open, open === "0")}<td>${sum.note === null ? agrees(sum.ok) : mark("attention", "allowed")}${sum.note === null ? null : html`<small>${sum.note}</small>`}</td></tr>`;
}

const SUM_HEAD = html`<tr><th scope="col">Field</th><th scope="col" class="num">Source</th><th scope="col" class="num">Rejected or merged</th><th scope="col" class="num">Target</th><th scope="col" class="num">Difference</th><th scope="col">Verdict</th></tr>`;

/** The rows a reader wants first: by currency where there are several, else the one sum. */
function mainRows(sums: readonly SumCheck[]): Html[] {
  return [...Map.groupBy(sums, (sum) => sum.field)].flatMap(([field, all]) => {
    const whole = all.find(({ by }) => by.currency === undefined && by.stage === undefined)!;
    const currencies = all.filter(({ by }) => by.currency !== undefined && by.stage === undefined);
    if (currencies.length === 0) return [sumRow(whole, title(field), false)];
    if (currencies.length === 1)
      return [sumRow(currencies[0]!, `${title(field)}, ${groupWords(currencies[0]!.by)}`, false)];
    return [
      sumRow(whole, html`${title(field)}<small>all currencies added up, as a check</small>`, false),
      ...currencies.map((sum) => sumRow(sum, groupWords(sum.by), true)),
    ];
  });
}

function stageDetails(proof: ObjectProof): Content {
  const byStage = proof.sums.filter(({ by }) => by.stage !== undefined);
  if (byStage.length === 0) return null;
  const wrong = byStage.filter(({ ok }) => !ok).length;
  const shownRows = byStage.toSorted((left, right) => Number(left.ok) - Number(right.ok)).slice(0, STAGE_ROWS);
  const inOrder = byStage.filter((sum) => shownRows.includes(sum));
  const rows = [...Map.groupBy(inOrder, (sum) => sum.field)].map(
    ([field, sums]) =>
      html`<tbody><tr class="group"><th scope="rowgroup" colspan="6">${title(field)}</th></tr>${sums.map((sum) => sumRow(sum, groupWords(sum.by), true))}</tbody>`,
  );
  return html`<details${wrong > 0 ? html` open` : null}><summary>${title(proof.object)} by stage <small>${many(byStage.length, "group")}</small>${agrees(wrong === 0, "all equal", `${wrong} differ`)}</summary>
${table(`Sums of ${title(proof.object)} by stage`, SUM_HEAD, rows)}${byStage.length > STAGE_ROWS ? html`<p class="none">${many(byStage.length - STAGE_ROWS, "further group")}: reconciliation.json.</p>` : null}</details>`;
}

export function sumsPart({ reconciliation }: ReportData): Content {
  const objects = reconciliation?.objects.filter((proof) => proof.sums.length > 0) ?? [];
  if (objects.length === 0) return null;
  const bodies = objects.map(
    (proof) =>
      html`<tbody><tr class="group"><th scope="rowgroup" colspan="6">${title(proof.object)}</th></tr>${mainRows(proof.sums)}</tbody>`,
  );
  return html`<section id="sums"><h2>Sums</h2><p class="lead">Each source was read again and added up, exactly; the target was added up by itself. Source, less what was rejected or merged, must equal the target.</p>
${table("Sums of money and decimal fields, source and target", SUM_HEAD, bodies)}${objects.map(stageDetails)}</section>`;
}

export function referencesPart({ run, reconciliation }: ReportData): Content {
  const rows =
    reconciliation === null
      ? run.objects.flatMap((object) =>
          object.references.map((reference) => ({
            ...reference,
            object: object.object,
            ok: reference.unresolved === 0,
          })),
        )
      : reconciliation.objects.flatMap((proof) =>
          proof.references.map((reference) => ({ ...reference, object: proof.object })),
        );
  const links = reconciliation?.objects.flatMap(linkRows) ?? [];
  const used = rows.filter((row) => row.expected > 0);
  if (used.length + links.length === 0) return null;
  const head = html`<tr><th scope="col">Reference</th><th scope="col" class="num">In the source</th><th scope="col" class="num">Resolved</th><th scope="col" class="num">Waiting</th><th scope="col" class="num">Unresolved</th><th scope="col">Verdict</th></tr>`;
  const number = (value: number): Html => html`<td class="num${value === 0 ? " zero" : ""}">${count(value)}</td>`;
  const bodies = [...Map.groupBy(used, (row) => row.object)].map(
    ([object, references]) =>
      html`<tbody>${references.map(
        (row) =>
          html`<tr class="${row.ok ? "" : "differs"}"><th scope="row">${title(object)} → ${title(row.field)}</th>${number(row.expected)}${number(row.resolved)}${number(row.deferred)}${number(row.unresolved)}<td>${
            row.ok && row.unresolved > 0 ? mark("attention", "left empty") : agrees(row.ok, "complete", "broken")
          }</td></tr>`,
      )}</tbody>`,
  );
  if (links.length > 0) bodies.push(html`<tbody>${links}</tbody>`);
  const empty = rows.length - used.length;
  return html`<section id="references"><h2>References between records</h2><p class="lead">${reconciliation === null ? "As the run counted them, over the records that it sent to the target." : "A resolved reference is a foreign key that leads to the record that the source names. “Left empty” means that the record referred to does not exist and the mapping allows that; a link to such a record is “left out”."}</p>
${table("References by object and field", head, bodies)}${empty > 0 ? html`<p class="none">${many(empty, "further reference field")} without any value.</p>` : null}</section>`;
}

/** Links of an object, one row per `associations:` entry that names some. */
function linkRows({ object, associations }: ObjectProof): Html[] {
  const number = (value: number): Html => html`<td class="num${value === 0 ? " zero" : ""}">${count(value)}</td>`;
  return associations
    .filter(({ expected, unresolved }) => expected + unresolved > 0)
    .map(
      ({ to, expected, found, missing, unresolved, ok }) =>
        html`<tr class="${ok ? "" : "differs"}"><th scope="row">${title(object)} ↔ ${title(to)}<small>links</small></th>${number(expected + unresolved)}${number(found)}${number(0)}${number(missing + unresolved)}<td>${
          ok && unresolved > 0 ? mark("attention", "left out") : agrees(ok, "complete", "broken")
        }</td></tr>`,
    );
}

const value = (text: string | null): Html =>
  text === null ? html`<td class="text none">empty</td>` : html`<td class="text">${clip(text, 240)}</td>`;

function spot(check: SpotCheck, index: number): Html {
  const head = html`<tr><th scope="col">Field</th><th scope="col">Source</th><th scope="col">Expected</th><th scope="col">Target</th><th scope="col">Verdict</th></tr>`;
  const rows = check.fields.map(
    (field) =>
      html`<tr class="${field.ok ? "" : "differs"}"><th scope="row">${title(field.field)}</th>${value(field.source)}${value(field.expected)}${value(field.target)}<td>${
        field.skipped === null
          ? agrees(field.ok)
          : html`${mark("neutral", "not compared")}<small>${field.skipped}</small>`
      }</td></tr>`,
  );
  return html`<details${check.ok && index > 0 ? null : html` open`}><summary>${title(check.object)} <code>${clip(check.key, 60)}</code> <small>${many(check.fields.length, "field")}</small>${agrees(check.ok, "equal", "differs")}</summary>
${check.problem === null ? null : html`<p class="advice">${check.problem}</p>`}${rows.length === 0 ? null : table(`${title(check.object)} ${check.key}, field by field`, head, html`<tbody>${rows}</tbody>`)}</details>`;
}

export function spotsPart({ reconciliation }: ReportData): Content {
  if (reconciliation === null || reconciliation.spotChecks.length === 0) return null;
  const checks = reconciliation.spotChecks.toSorted((left, right) => Number(left.ok) - Number(right.ok));
  return html`<section id="spots"><h2>Records side by side</h2><p class="lead">${many(checks.length, "record")} picked at random, read again at the source and compared field by field with the target. Open a record to see its values; printed are those that are open.</p>${checks.map(spot)}</section>`;
}
