/** Charts as inline SVG, drawn here: no script, no request. Each has a name, a description, and a table beside it. */
import { scaleBand, scaleLinear, scalePoint } from "d3-scale";
import { area, line } from "d3-shape";
import { clip } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import { table } from "./report-parts.ts";
import { TEXTS } from "./report-texts.ts";

/** What every chart is told by. */
export interface ChartWords {
  /** Unique in the document: names of the title and description. */
  readonly id: string;
  readonly title: string;
  readonly desc: string;
}

/** The same figures as a table; shown on demand. null: the section has one already. */
export interface ChartTable {
  readonly head: readonly string[];
  /** First cell: the row's name. */
  readonly rows: readonly (readonly string[])[];
}

const WIDTH = 760;
/** A sliver that is not nothing can be seen. */
const LEAST = 2;

function figure(words: ChartWords, height: number, marks: Content, data: ChartTable | null): Html {
  const { id, title, desc } = words;
  return html`<figure class="chart"><figcaption>${title}</figcaption><div class="scroll" role="group" tabindex="0" aria-label="${title}"><svg class="plot" role="img" aria-labelledby="${id}-t ${id}-d" viewBox="0 0 ${WIDTH} ${height}" preserveAspectRatio="xMinYMin meet"><title id="${id}-t">${title}</title><desc id="${id}-d">${desc}</desc>${marks}</svg></div>${
    data === null
      ? null
      : html`<details class="data"><summary>${TEXTS.asTable}<span class="hidden">: ${title}</span></summary>${table(title, html`<tr>${data.head.map((name, at) => html`<th scope="col"${at === 0 ? null : html` class="num"`}>${name}</th>`)}</tr>`, html`<tbody>${data.rows.map(([name, ...cells]) => html`<tr><th scope="row">${name ?? ""}</th>${cells.map((cell) => html`<td class="num">${cell}</td>`)}</tr>`)}</tbody>`)}</details>`
  }</figure>`;
}

const at = (value: number): string => value.toFixed(1);

/** A rectangle as a path; nothing where there is nothing. */
function block(x: number, y: number, width: number, height: number, cls: string, told: string): Html {
  return html`<path class="${cls}" d="M${at(x)} ${at(y)}h${at(width)}v${at(height)}h${at(-width)}z"><title>${told}</title></path>`;
}

export interface BarRow {
  readonly label: string;
  readonly value: number;
  /** Where the bar begins; 0 if absent. */
  readonly from?: number;
  /** Written after the bar. */
  readonly note: string;
  /** Class of its colour: `c-main`, `c-out`, `c-bad`. */
  readonly tone?: string;
}

const NOTE = 130;
/** Letters of a label at most, and about how wide one is. */
const LETTERS = 44;
const LETTER = 7.1;

/** Width of the column of labels. */
const labelWidth = (rows: readonly { readonly label: string }[]): number =>
  Math.max(90, 18 + LETTER * Math.min(LETTERS, Math.max(...rows.map(({ label }) => label.length))));

/** Horizontal bars, one a row. */
export function barChart(words: ChartWords, rows: readonly BarRow[], data: ChartTable | null): Html {
  const height = rows.length * 26 + 8;
  const LABEL = labelWidth(rows);
  const y = scaleBand<number>(
    rows.map((_, index) => index),
    [4, height - 4],
  ).padding(0.3);
  const most = Math.max(...rows.map(({ value, from = 0 }) => from + value), 0);
  const x = scaleLinear([0, most === 0 ? 1 : most], [LABEL, WIDTH - NOTE]);
  const marks = rows.map(({ label, value, from = 0, note, tone = "c-main" }, index) => {
    const [top, thick] = [y(index)!, y.bandwidth()];
    const left = Math.min(x(from), WIDTH - NOTE - LEAST);
    const width = value === 0 ? 0 : Math.max(LEAST, x(from + value) - x(from));
    const middle = top + thick / 2;
    return html`<text class="label" x="${at(LABEL - 10)}" y="${at(middle)}" dy=".34em" text-anchor="end">${clip(label, LETTERS)}</text>${
      width === 0 ? null : block(left, top, width, thick, tone, `${label}: ${note}`)
    }<text class="note" x="${at(left + width + 8)}" y="${at(middle)}" dy=".34em">${note}</text>`;
  });
  const base = html`<path class="axis" d="M${at(LABEL)} 0V${height}"/>`;
  return figure(words, height, [marks, base], data);
}

export interface PairRow {
  readonly label: string;
  readonly left: number;
  readonly right: number;
  readonly leftNote: string;
  readonly rightNote: string;
  readonly ok: boolean;
}

/** Two horizontal bars a row, source above target; one colour where they agree, the alarming one where they do not. */
export function pairChart(
  words: ChartWords,
  names: readonly [left: string, right: string],
  rows: readonly PairRow[],
  data: ChartTable | null,
): Html {
  const top = 26;
  const LABEL = labelWidth(rows);
  const height = top + rows.length * 40 + 4;
  const y = scaleBand<number>(
    rows.map((_, index) => index),
    [top, height],
  ).padding(0.26);
  const values = rows.flatMap(({ left, right }) => [left, right]);
  const x = scaleLinear([Math.min(0, ...values), Math.max(0, ...values) || 1], [LABEL, WIDTH - NOTE - 20]);
  const zero = x(0);
  const one = (value: number, above: number, thick: number, cls: string, note: string, told: string): Content => {
    const end = x(value);
    const width = value === 0 ? 0 : Math.max(LEAST, Math.abs(end - zero));
    return [
      width === 0 ? null : block(value < 0 ? zero - width : zero, above, width, thick, cls, `${told}: ${note}`),
      html`<text class="note small" x="${at(Math.max(zero, end) + 8)}" y="${at(above + thick / 2)}" dy=".34em">${note}</text>`,
    ];
  };
  const marks = rows.map(({ label, left, right, leftNote, rightNote, ok }, index) => {
    const [above, thick] = [y(index)!, y.bandwidth() / 2];
    return html`<text class="label" x="${at(LABEL - 10)}" y="${at(above + thick)}" dy=".34em" text-anchor="end">${clip(label, LETTERS)}</text>${one(left, above, thick - 1, "c-source", leftNote, `${label}, ${names[0]}`)}${one(right, above + thick, thick - 1, ok ? "c-target" : "c-bad", rightNote, `${label}, ${names[1]}`)}`;
  });
  const key = names.map((name, index) => {
    const left = LABEL + index * 220;
    return html`<path class="${index === 0 ? "c-source" : "c-target"}" d="M${at(left)} 5h14v10h-14z"/><text class="note small" x="${at(left + 20)}" y="10" dy=".34em">${name}</text>`;
  });
  return figure(words, height, [key, marks, html`<path class="axis" d="M${at(zero)} ${top}V${height}"/>`], data);
}

export interface Point {
  readonly label: string;
  readonly value: number;
  readonly note: string;
  readonly here?: boolean;
}

const PLOT = { left: 64, right: WIDTH - 24, top: 16, bottom: 170 };

const labelStep = (points: number): number => Math.max(1, Math.ceil(points / 8));

function frame(y: ReturnType<typeof scaleLinear<number, number>>, format: (value: number) => string): Content {
  return y
    .ticks(4)
    .map(
      (tick) =>
        html`<path class="grid" d="M${PLOT.left} ${at(y(tick))}H${PLOT.right}"/><text class="note small" x="${PLOT.left - 8}" y="${at(y(tick))}" dy=".34em" text-anchor="end">${format(tick)}</text>`,
    );
}

function below(labels: readonly string[], x: (index: number) => number): Content {
  const step = labelStep(labels.length);
  const last = labels.length - 1;
  return labels.map((label, index) =>
    // from the last one backwards: the newest always has its name
    (last - index) % step !== 0
      ? null
      : html`<text class="note small" x="${at(x(index))}" y="${PLOT.bottom + 20}" text-anchor="middle">${clip(label, 14)}</text>`,
  );
}

/** One line over time, every point marked; the last is this one. */
export function lineChart(
  words: ChartWords,
  points: readonly Point[],
  format: (value: number) => string,
  data: ChartTable | null,
): Html {
  const x = scalePoint<number>(
    points.map((_, index) => index),
    [PLOT.left, PLOT.right],
  ).padding(0.5);
  const y = scaleLinear([0, Math.max(...points.map(({ value }) => value)) || 1], [PLOT.bottom, PLOT.top]).nice(4);
  const path = line<Point>(
    (_, index) => x(index)!,
    ({ value }) => y(value),
  ).digits(1)(points as Point[]);
  const dots = points.map(
    ({ label, value, note, here }, index) =>
      html`<circle class="${here === true ? "dot here" : "dot"}" cx="${at(x(index)!)}" cy="${at(y(value))}" r="${here === true ? 5.5 : 3.5}"><title>${label}: ${note}</title></circle>`,
  );
  const marks = [
    frame(y, format),
    html`<path class="line" d="${path ?? ""}"/>`,
    dots,
    below(
      points.map(({ label }) => label),
      (index) => x(index)!,
    ),
  ];
  return figure(words, PLOT.bottom + 30, marks, data);
}

/** Source as an area, target as a line on its edge. */
export function areaChart(
  words: ChartWords,
  rows: readonly { readonly label: string; readonly source: number; readonly target: number }[],
  format: (value: number) => string,
  data: ChartTable | null,
): Html {
  const x = scaleLinear([0, Math.max(1, rows.length - 1)], [PLOT.left + 8, PLOT.right - 8]);
  const most = Math.max(...rows.flatMap(({ source, target }) => [source, target])) || 1;
  const y = scaleLinear([0, most], [PLOT.bottom, PLOT.top]).nice(4);
  type Row = (typeof rows)[number];
  const filled = area<Row>(
    (_, index) => x(index),
    PLOT.bottom,
    ({ source }) => y(source),
  ).digits(1)(rows as Row[]);
  const edge = line<Row>(
    (_, index) => x(index),
    ({ target }) => y(target),
  ).digits(1)(rows as Row[]);
  const marks = [
    frame(y, format),
    html`<path class="area" d="${filled ?? ""}"/><path class="line" d="${edge ?? ""}"/>`,
    below(
      rows.map(({ label }) => label),
      (index) => x(index),
    ),
  ];
  return figure(words, PLOT.bottom + 30, marks, data);
}
