/** The report's sums: source, what was left out, target, side by side; by currency and stage. */
import { clip, difference, many, shortAmount, title } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import { pairChart } from "./report-charts.ts";
import type { ReportData } from "./report-data.ts";
import { agrees, headRow, lead, mark, rowsEach, section, table } from "./report-parts.ts";
import { TEXTS } from "./report-texts.ts";
import type { ObjectProof, SumCheck } from "./types.ts";

/** Groups by stage, over all objects and of one. */
const STAGE_ROWS = 3_000;
const OBJECT_ROWS = 200;
const MAIN_ROWS = 600;
/** Charts per object, objects that are drawn, and bars per chart. */
const CHARTS = 4;
const DRAWN = 20;
const BARS = 14;
const T = TEXTS.sums;

/** Currency and stage of a group, in words. */
export function groupWords(by: SumCheck["by"]): string {
  const parts: string[] = [];
  if (by.currency !== undefined) parts.push(by.currency ?? T.noCurrency);
  if (by.stage !== undefined) parts.push(by.stage === null ? T.noStage : title(by.stage));
  return parts.join(" · ") || T.all;
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
${amountCell(open, open === "0")}<td>${sum.note === null ? agrees(sum.ok) : mark("attention", TEXTS.marks.allowed)}${sum.note === null ? null : html`<small>${sum.note}</small>`}</td></tr>`;
}

const SUM_HEAD = headRow(
  T.field,
  [T.source, "num"],
  [T.excluded, "num"],
  [T.target, "num"],
  [T.difference, "num"],
  TEXTS.verdict,
);

/** The rows a reader wants first: by currency where there are several, else the one sum. */
function mainRows(sums: readonly SumCheck[]): Html[] {
  return [...Map.groupBy(sums, (sum) => sum.field)].flatMap(([field, all]) => {
    const whole = all.find(({ by }) => by.currency === undefined && by.stage === undefined);
    const currencies = all.filter(({ by }) => by.currency !== undefined && by.stage === undefined);
    if (currencies.length === 1)
      return [sumRow(currencies[0]!, `${title(field)}, ${groupWords(currencies[0]!.by)}`, false)];
    return [
      ...(whole === undefined
        ? []
        : [
            sumRow(
              whole,
              currencies.length === 0 ? title(field) : html`${title(field)}<small>${T.check}</small>`,
              false,
            ),
          ]),
      ...currencies.map((sum) => sumRow(sum, groupWords(sum.by), true)),
    ];
  });
}

/** The groups of an object with the stages that they are of; drawn, too, unless that is done elsewhere. */
function stageDetails(proof: ObjectProof, most: number, drawn: readonly Html[]): Content {
  const byStage = proof.sums.filter(({ by }) => by.stage !== undefined);
  if (byStage.length === 0) return null;
  const wrong = byStage.filter(({ ok }) => !ok).length;
  const shownRows = new Set(byStage.toSorted((left, right) => Number(left.ok) - Number(right.ok)).slice(0, most));
  const inOrder = byStage.filter((sum) => shownRows.has(sum));
  const rows = [...Map.groupBy(inOrder, (sum) => sum.field)].map(
    ([field, sums]) =>
      html`<tbody><tr class="group"><th scope="rowgroup" colspan="6">${title(field)}</th></tr>${sums.map((sum) => sumRow(sum, groupWords(sum.by), true))}</tbody>`,
  );
  return html`<details${wrong > 0 ? html` open` : null}><summary>${T.byStage(title(proof.object))} <small>${many(byStage.length, "group")}</small>${agrees(wrong === 0, TEXTS.marks.allEqual, TEXTS.marks.differ(wrong))}</summary>
${drawn}${table(T.byStageCaption(title(proof.object)), SUM_HEAD, rows)}${byStage.length > most ? html`<p class="none">${TEXTS.further(byStage.length - most, "group", "reconciliation.json")}</p>` : null}</details>`;
}

/** Number of a decimal text, as far as a bar needs it. */
const roughly = (text: string): number => Number(text) || 0;

/** Bars of an object's first field with stages, a chart per currency; those that differ first. */
function charts(proof: ObjectProof, name: string): Html[] {
  const byStage = proof.sums.filter(({ by }) => by.stage !== undefined);
  const field = (byStage.find(({ ok }) => !ok) ?? byStage[0])?.field;
  if (field === undefined) return [];
  const own = byStage.filter((sum) => sum.field === field);
  const drawn = [...Map.groupBy(own, ({ by }) => by.currency)]
    .filter(([, sums]) => sums.some(({ source, target }) => roughly(source) !== 0 || roughly(target) !== 0))
    .toSorted(([, left], [, right]) => Number(left.every(({ ok }) => ok)) - Number(right.every(({ ok }) => ok)))
    .slice(0, CHARTS);
  return drawn.map(([currency, sums], index) => {
    const words = T.chart(
      title(proof.object),
      title(field).toLowerCase(),
      currency === undefined ? "" : (currency ?? T.noCurrency),
    );
    const rows = sums.slice(0, BARS).map(({ by, source, excluded, target, ok }) => {
      const kept = difference(source, excluded, "0");
      return {
        label: by.stage === null ? T.noStage : title(by.stage ?? ""),
        left: roughly(kept),
        right: roughly(target),
        leftNote: shortAmount(kept).text,
        rightNote: shortAmount(target).text,
        ok,
      };
    });
    return pairChart(
      { id: `${name}-${index}`, title: clip(words, 90), desc: T.chartDesc },
      [T.sourceLess, T.target],
      rows,
      null,
    );
  });
}

/** The object whose bars everybody wants to see: the one with a stage, else the first. */
function mainObject({ plan }: ReportData, proofs: readonly ObjectProof[]): ObjectProof | undefined {
  const staged = proofs.filter(({ sums }) => sums.some(({ by }) => by.stage !== undefined));
  const names = new Set(plan?.picklists.flatMap(({ mapping, kind }) => (kind === "stage" ? [mapping] : [])));
  return (
    staged.find(({ sums }) => sums.some(({ by, ok }) => by.stage !== undefined && !ok)) ??
    staged.find(({ mapping }) => names.has(mapping)) ??
    staged[0]
  );
}

export function sumsPart(data: ReportData): Content {
  const { reconciliation } = data;
  const objects = reconciliation?.objects.filter((proof) => proof.sums.length > 0) ?? [];
  if (objects.length === 0) return null;
  let left = MAIN_ROWS;
  const bodies = objects.map((proof) => {
    const rows = left <= 0 ? [] : mainRows(proof.sums).slice(0, left);
    left -= rows.length;
    return rows.length === 0
      ? null
      : html`<tbody><tr class="group"><th scope="rowgroup" colspan="6">${title(proof.object)}</th></tr>${rows}</tbody>`;
  });
  const main = mainObject(data, objects);
  return section(
    "sums",
    T.title,
    lead(T.lead),
    table(T.caption, SUM_HEAD, bodies),
    left <= 0 ? html`<p class="none">${T.cut}</p>` : null,
    main === undefined ? null : charts(main, "sums"),
    objects.map((proof, index) =>
      stageDetails(
        proof,
        rowsEach(STAGE_ROWS, objects.length, OBJECT_ROWS),
        proof === main || index >= DRAWN ? [] : charts(proof, `sums-${index}`),
      ),
    ),
  );
}
