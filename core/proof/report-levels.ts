/** The report's levels: what each read and when, what it cannot know; and the figures of levels 2 and 4. */
import { amount, clip, count, many, moment, shortAmount, title } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import { areaChart } from "./report-charts.ts";
import type { ReportData } from "./report-data.ts";
import { agrees, cell, fileLink, headRow, lead, mark, rowsEach, section, table } from "./report-parts.ts";
import { TEXTS } from "./report-texts.ts";
import type { Difference, FieldFigures, GroupFigures, LevelReport, ObjectProof } from "./types.ts";

/** Rows per table, tables and charts per report. */
const FIELD_ROWS = 80;
const GROUP_ROWS = 60;
/** Rows of all of them. */
const ALL_ROWS = 2_000;
const TABLES = 120;
const CHARTS = 4;
const MONTHS = 240;
const DIFFERENCES = 20;
const ALL_DIFFERENCES = 600;

function levelRow(level: LevelReport): Html {
  const T = TEXTS.levels;
  const verdict = level.ok === null || !level.done ? mark("neutral", TEXTS.marks.notDone) : agrees(level.ok);
  const when = level.from === null ? "–" : T.until(moment(level.from), moment(level.to ?? level.from));
  return html`<tr class="${level.ok === false ? "differs" : ""}"><th scope="row">${level.level}. ${T.names[level.name] ?? title(level.name)}</th><td class="wide">${level.read}</td><td>${when}</td><td>${verdict}</td><td class="wide"><ul class="plain">${level.cannotKnow.map((line) => html`<li>${line}</li>`)}</ul></td></tr>`;
}

export function levelsPart({ reconciliation }: ReportData): Content {
  const levels = reconciliation?.levels ?? [];
  if (levels.length === 0) return null;
  const T = TEXTS.levels;
  const head = headRow(T.level, T.read, T.when, TEXTS.verdict, T.cannot);
  return section("levels", T.title, lead(T.lead), table(T.caption, head, html`<tbody>${levels.map(levelRow)}</tbody>`));
}

const bothSides = (left: string | number, right: string | number): Content =>
  left === right ? left : html`${left}<small>${right}</small>`;

const numeral = (text: string | null): string => {
  if (text === null) return "–";
  return /^-?\d+(\.\d+)?$/.test(text) ? shortAmount(text).text : clip(text, 30);
};

function fieldRow({ field, records, source, target, ok, distinctExact }: FieldFigures): Html {
  const range = ({ min, max }: FieldFigures["source"]): string =>
    min === null && max === null ? "–" : `${numeral(min)} … ${numeral(max)}`;
  const about = distinctExact ? "" : "≈ ";
  return html`<tr class="${ok ? "" : "differs"}"><th scope="row">${title(field)}</th>${cell(records)}<td class="num">${bothSides(count(source.nulls), count(target.nulls))}</td><td class="num">${bothSides(about + count(source.distinct), about + count(target.distinct))}</td><td class="num">${bothSides(range(source), range(target))}</td><td>${agrees(ok)}</td></tr>`;
}

function fieldTable(proof: ObjectProof, most: number): Content {
  const figures = proof.figures ?? [];
  if (figures.length === 0) return null;
  const T = TEXTS.figures;
  const wrong = figures.filter(({ ok }) => !ok).length;
  const shown = figures.toSorted((left, right) => Number(left.ok) - Number(right.ok)).slice(0, most);
  const head = headRow(
    T.field,
    [T.records, "num"],
    [T.nulls, "num"],
    [T.distinct, "num"],
    [`${T.range} (${T.lengths})`, "num"],
    TEXTS.verdict,
  );
  return html`<details${wrong > 0 ? html` open` : null}><summary>${T.fields(title(proof.object))} <small>${many(figures.length, "field")}, ${proof.source.name}</small>${agrees(wrong === 0, TEXTS.marks.allEqual, TEXTS.marks.differ(wrong))}</summary>${table(`${T.fields(title(proof.object))}, ${proof.mapping}`, head, html`<tbody>${shown.map(fieldRow)}</tbody>`)}${
    figures.length > shown.length
      ? html`<p class="none">${TEXTS.further(figures.length - shown.length, "field", "reconciliation.json")}</p>`
      : null
  }</details>`;
}

function amounts({ numbers }: GroupFigures["source"]): Content {
  return Object.entries(numbers)
    .slice(0, 6)
    .map(([field, { sum }]) => html`<span class="line">${title(field)} ${amount(sum)}</span>`);
}

function groupTable(
  proof: ObjectProof,
  by: GroupFigures["by"],
  groups: readonly GroupFigures[],
  most: number,
): Content {
  const T = TEXTS.figures;
  const wrong = groups.filter(({ ok }) => !ok).length;
  const shown = groups.toSorted((left, right) => Number(left.ok) - Number(right.ok)).slice(0, most);
  const withAmounts = groups.some(({ source }) => Object.keys(source.numbers).length > 0);
  const field = title(groups[0]!.field).toLowerCase();
  const name = T.groups(title(proof.object), by) + (field === by ? "" : `, ${field}`);
  const head = withAmounts
    ? headRow(
        T.group,
        [T.source, "num"],
        [T.target, "num"],
        [T.sourceAmounts, "num"],
        [T.targetAmounts, "num"],
        TEXTS.verdict,
      )
    : headRow(T.group, [T.source, "num"], [T.target, "num"], TEXTS.verdict);
  const rows = shown.map(
    ({ value, label, source, target, ok }) =>
      html`<tr class="${ok ? "" : "differs"}"><th scope="row">${clip(label ?? value ?? (by === "owner" ? T.nobody : TEXTS.empty), 60)}</th>${cell(source.count)}${cell(target.count)}${
        withAmounts ? html`<td class="num">${amounts(source)}</td><td class="num">${amounts(target)}</td>` : null
      }<td>${agrees(ok)}</td></tr>`,
  );
  return html`<details${wrong > 0 ? html` open` : null}><summary>${name} <small>${many(groups.length, "group")}, ${proof.source.name}</small>${agrees(wrong === 0, TEXTS.marks.allEqual, TEXTS.marks.differ(wrong))}</summary>${table(`${name}, ${proof.mapping}`, head, html`<tbody>${rows}</tbody>`)}${
    groups.length > shown.length
      ? html`<p class="none">${TEXTS.further(groups.length - shown.length, "group", "reconciliation.json")}</p>`
      : null
  }</details>`;
}

/** Records by month, of the objects with most of them. */
function monthCharts(proofs: readonly ObjectProof[]): Content {
  const T = TEXTS.figures;
  const all = proofs.flatMap((proof) => {
    const months = (proof.groups ?? []).filter(({ by, value }) => by === "month" && value !== null);
    if (months.length < 3) return [];
    const records = months.reduce((sum, { source }) => sum + source.count, 0);
    return [{ proof, months, records, ok: months.every(({ ok }) => ok) }];
  });
  const drawn = all
    .toSorted((left, right) => Number(left.ok) - Number(right.ok) || right.records - left.records)
    .slice(0, CHARTS);
  return drawn.map(({ proof, months }, index) => {
    const rows = months
      .toSorted((left, right) => left.value!.localeCompare(right.value!, "en"))
      .slice(-MONTHS)
      .map(({ value, source, target }) => ({ label: value!.slice(0, 7), source: source.count, target: target.count }));
    const name = T.months(title(proof.object), title(months[0]!.field).toLowerCase());
    return areaChart({ id: `months-${index}`, title: clip(name, 90), desc: T.monthsDesc }, rows, count, {
      head: [T.month, T.source, T.target],
      rows: rows.map(({ label, source, target }) => [label, count(source), count(target)]),
    });
  });
}

export function figuresOfFields({ reconciliation }: ReportData): Content {
  const proofs = reconciliation?.objects.filter(({ figures, groups }) => (figures ?? groups ?? []).length > 0) ?? [];
  if (proofs.length === 0) return null;
  const T = TEXTS.figures;
  const tables = proofs.map((proof) => {
    // by currency and stage they are among the sums, unless they differ here
    const groups = [...Map.groupBy(proof.groups ?? [], ({ by }) => by)].filter(
      ([by, own]) => by === "owner" || by === "month" || own.some(({ ok }) => !ok),
    );
    const wrong = [...(proof.figures ?? []), ...groups.flatMap(([, own]) => own)].filter(({ ok }) => !ok).length;
    const facts = [
      many(proof.figures?.length ?? 0, "field"),
      ...groups.map(([by, own]) => T.groupCount(own.length, by)),
      proof.source.name,
    ].join(", ");
    return html`<details${wrong > 0 ? html` open` : null}><summary>${title(proof.object)} <small>${facts}</small>${agrees(wrong === 0, TEXTS.marks.allEqual, TEXTS.marks.differ(wrong))}</summary>${fieldTable(proof, rowsEach(ALL_ROWS, proofs.length, FIELD_ROWS))}${groups.map(([by, own]) => groupTable(proof, by, own, rowsEach(ALL_ROWS, 2 * proofs.length, GROUP_ROWS)))}</details>`;
  });
  return section(
    "figures",
    T.title,
    lead(T.lead),
    monthCharts(proofs),
    tables.slice(0, TABLES),
    tables.length > TABLES
      ? html`<p class="none">${TEXTS.further(tables.length - TABLES, "object", "reconciliation.json")}</p>`
      : null,
  );
}

function differenceRow({ key, field, source, target, explained }: Difference): Html {
  const T = TEXTS.fields;
  const value = (text: string | null): Content =>
    text === null ? html`<span class="none">${TEXTS.empty}</span>` : clip(text, 240);
  return html`<tr class="${explained === null ? "differs" : ""}"><th scope="row"><code>${clip(key, 60)}</code></th><td>${field === "" ? T.row : title(field)}</td><td class="text">${value(source)}</td><td class="text">${value(target)}</td><td class="text">${explained ?? T.nothing}</td></tr>`;
}

/** Level 4, where it was asked for. */
export function fieldsPart({ reconciliation, evidence }: ReportData): Content {
  const compared = (reconciliation?.objects ?? []).flatMap((proof) =>
    proof.fields === undefined ? [] : [{ proof, fields: proof.fields }],
  );
  if (compared.length === 0) return null;
  const T = TEXTS.fields;
  const rows = compared.map(
    ({ proof, fields }) =>
      html`<tr class="${fields.differing > 0 ? "differs" : ""}"><th scope="row">${title(proof.object)}<small>${proof.source.name}</small></th>${cell(fields.records)}${cell(fields.values)}${cell(fields.differing)}${cell(fields.explained)}<td class="text">${fields.byField
        .slice(0, 6)
        .map(({ field, count: times }) => `${title(field)} ${count(times)}`)
        .join(", ")}</td><td>${agrees(fields.differing === 0)}</td></tr>`,
  );
  const head = headRow(
    TEXTS.objects.object,
    [T.records, "num"],
    [T.values, "num"],
    [T.differing, "num"],
    [T.explained, "num"],
    T.where,
    TEXTS.verdict,
  );
  const lists = compared
    .filter(({ fields }) => fields.differences.length > 0)
    .map(({ proof, fields }) => {
      const shown = fields.differences
        .toSorted((left, right) => Number(left.explained !== null) - Number(right.explained !== null))
        .slice(0, rowsEach(ALL_DIFFERENCES, compared.length, DIFFERENCES));
      const name = T.differences(title(proof.object));
      return html`<details${fields.differing > 0 ? html` open` : null}><summary>${name} <small>${count(fields.differing + fields.explained)}, ${proof.source.name}</small></summary>${table(`${name}, ${proof.mapping}`, headRow(T.key, T.field, T.source, T.target, T.why), html`<tbody>${shown.map(differenceRow)}</tbody>`)}${
        fields.file === null
          ? null
          : html`<p>${TEXTS.allInFile(fields.differing + fields.explained)}: ${fileLink(evidence.files, fields.file)}</p>`
      }</details>`;
    });
  return section("fields", T.title, lead(T.lead), table(T.caption, head, html`<tbody>${rows}</tbody>`), lists);
}
