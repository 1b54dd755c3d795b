/** Pieces that several sections of the report use: marks, bars, tables that scroll. */
import type { Bucket } from "../engine/types.ts";
import { clip, count, title } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import { hrefOf } from "./report-links.ts";
import { TEXTS } from "./report-texts.ts";
import type { State } from "./verdict.ts";

const SHAPES: Readonly<Record<State, Html>> = {
  good: html`<circle cx="12" cy="12" r="10.5" fill="none" stroke="currentColor" stroke-width="2"/><path d="M7 12.5l3.4 3.4L17 9" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>`,
  attention: html`<path d="M12 2.6 22.4 21H1.6z" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"/><path d="M12 9.5v5M12 17.4v.4" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/>`,
  bad: html`<path d="M8 1.8h8L22.2 8v8L16 22.2H8L1.8 16V8z" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"/><path d="M8.5 8.5l7 7m0-7l-7 7" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/>`,
  neutral: html`<circle cx="12" cy="12" r="10.5" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="4 2.6"/><path d="M12 11v6M12 7v.4" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/>`,
};

/** A shape that differs by state, not only in colour. */
export function shape(state: State): Html {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${SHAPES[state]}</svg>`;
}

export function mark(state: State, word: string): Html {
  return html`<span class="mark ${state}">${shape(state)}${word}</span>`;
}

export const agrees = (ok: boolean, good: string = TEXTS.marks.equal, bad: string = TEXTS.marks.differs): Html =>
  ok ? mark("good", good) : mark("bad", bad);

/** A number cell; zero is faint. */
export function cell(value: number): Html {
  return value === 0 ? html`<td class="num zero">0</td>` : html`<td class="num">${count(value)}</td>`;
}

/** A table that scrolls sideways on small screens, by keyboard too. */
export function table(caption: string, head: Content, body: Content, foot: Content = null, dense = false): Html {
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${caption}"><table${dense ? html` class="dense"` : null}><caption class="hidden">${caption}</caption>
<thead>${head}</thead>${body}${foot === null ? null : html`<tfoot>${foot}</tfoot>`}</table></div>`;
}

/** Buckets in the order in which bars show them. */
export const BAR_ORDER = [
  "inserted",
  "updated",
  "unchanged",
  "merged",
  "deleted",
  "filtered",
  "rejected",
] as const satisfies readonly Bucket[];

export const BUCKET_WORDS: Readonly<Record<Bucket, string>> = TEXTS.buckets;

const HATCHED: ReadonlySet<Bucket> = new Set(["merged", "filtered", "rejected"]);

/** Patterns that bars refer to; once per document. */
export const PATTERNS = html`<svg width="0" height="0" aria-hidden="true" focusable="false"><defs>${[...HATCHED].map(
  (bucket) =>
    html`<pattern id="p-${bucket}" width="6" height="6" patternUnits="userSpaceOnUse"${bucket === "filtered" ? html` patternTransform="rotate(90)"` : html` patternTransform="rotate(45)"`}><rect width="6" height="6" class="b-${bucket}"/><path d="M0 0V6" class="hatch"/></pattern>`,
)}</defs></svg>`;

function segment(bucket: Bucket, x: number, width: number): Html {
  const at = html`x="${x.toFixed(2)}%" width="${width.toFixed(2)}%" height="100%"`;
  return HATCHED.has(bucket) ? html`<rect ${at} fill="url(#p-${bucket})"/>` : html`<rect ${at} class="b-${bucket}"/>`;
}

/** Slivers are widened to this many per cent, so that twelve of nine thousand can be seen. */
const LEAST = 1.2;

/** One stacked bar over all buckets of an object. */
export function bar(buckets: Readonly<Record<Bucket, number>>): Html {
  const present = BAR_ORDER.filter((bucket) => buckets[bucket] > 0);
  const total = present.reduce((sum, bucket) => sum + buckets[bucket], 0);
  const words = present.map((bucket) => `${count(buckets[bucket])} ${bucket}`).join(", ");
  const raw = present.map((bucket) => Math.max(LEAST, (100 * buckets[bucket]) / total));
  const scale = 100 / raw.reduce((sum, width) => sum + width, 0);
  let x = 0;
  const rects = present.map((bucket, index) => {
    const width = raw[index]! * scale;
    const rect = segment(bucket, x, width);
    x += width;
    return rect;
  });
  return html`<svg class="bar" role="img" aria-label="${words || TEXTS.objects.noRecords}"><title>${words || TEXTS.objects.noRecords}</title>${rects}</svg>`;
}

export function legend(
  buckets: readonly Bucket[],
  words: (bucket: Bucket) => string = (bucket) => BUCKET_WORDS[bucket],
): Html {
  return html`<ul class="legend">${buckets.map(
    (bucket) => html`<li><svg aria-hidden="true">${segment(bucket, 0, 100)}</svg>${words(bucket)}</li>`,
  )}</ul>`;
}

/** `Opportunity` with its mapping below, where one object has several. */
export function objectHead(object: string, below: string | null): Html {
  return html`<th scope="row">${title(object)}${below === null ? null : html`<small>${below}</small>`}</th>`;
}

/** Rows of one list, when so many lists share what the page has room for: the page stays small whatever it is made of. */
export const rowsEach = (all: number, lists: number, most: number): number =>
  Math.max(8, Math.min(most, Math.floor(all / Math.max(1, lists))));

/** A file of the run's folder as a link; its name alone where it is not there. */
export function fileLink(files: ReadonlySet<string>, path: string, words: string = path): Html {
  return files.has(path) ? html`<a href="${hrefOf(path)}">${words}</a>` : html`<code>${path}</code>`;
}

/** Keys of records, on one line as far as it goes. */
export const keyList = (keys: readonly string[]): Html =>
  html`<span class="keys">${keys.map((key) => html`<code>${clip(key, 60)}</code> `)}</span>`;

/** A section with its heading. */
export function section(id: string, title: string, ...parts: readonly Content[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${title}</h2>${parts}</section>`;
}

export const lead = (text: string): Html => html`<p class="lead">${text}</p>`;

/** Row of column heads; `num` ones stand on the right. */
export const headRow = (...columns: readonly (string | readonly [name: string, kind: "num"])[]): Html =>
  html`<tr>${columns.map((column) => (typeof column === "string" ? html`<th scope="col">${column}</th>` : html`<th scope="col" class="num">${column[0]}</th>`))}</tr>`;
