/** The report's way down to single records: samples of every outcome, and why source and target differ in number. */
import type { Bucket } from "../engine/types.ts";
import { clip, count, title } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import { BAR_ORDER, BUCKET_WORDS, cell, fileLink, headRow, keyList, lead, section, table } from "./report-parts.ts";
import type { BucketRecords } from "./report-record-files.ts";
import { rejectFile } from "./report-rejects.ts";
import { TEXTS } from "./report-texts.ts";
import type { Explanation, ObjectProof } from "./types.ts";

const T = TEXTS.records;
/** Objects whose records are shown; the rest is in the files. */
const OBJECTS = 150;
const EXPLANATIONS = 400;

const listed = ({ run, evidence }: ReportData, index: number, bucket: Bucket): BucketRecords | undefined =>
  evidence.records?.buckets.find((entry) => entry.mapping === run.objects[index]!.mapping && entry.bucket === bucket);

/** Where the records of an outcome are shown; null: nowhere. */
export function recordsAnchor(data: ReportData, index: number, bucket: Bucket): string | null {
  const object = data.run.objects[index]!;
  if (object[bucket] === 0 || index >= OBJECTS) return null;
  const there =
    bucket === "rejected"
      ? data.rejects.some((group) => group.object === object.object)
      : listed(data, index, bucket) !== undefined;
  return there ? `r-${index}-${bucket}` : null;
}

function rejected(data: ReportData, object: string): Html {
  const rows = data.rejects
    .filter((group) => group.object === object)
    .flatMap(({ code, examples }) => examples.slice(0, 3).map((example) => ({ code, ...example })))
    .slice(0, 10)
    .map(
      ({ code, key, reason }) =>
        html`<tr><th scope="row"><code>${key || TEXTS.noKey}</code></th><td class="text">${reason}<small><code>${code}</code></small></td></tr>`,
    );
  return html`${table(T.caption(title(object), BUCKET_WORDS.rejected), headRow(T.key, T.reason), html`<tbody>${rows}</tbody>`)}<p>${T.rejected} ${fileLink(data.evidence.files, rejectFile(object))}</p>`;
}

function sample({ evidence }: ReportData, { count: records, sample: first, file }: BucketRecords): Html {
  const keys = first.some(({ into }) => into !== null)
    ? html`<ul class="plain">${first.map(({ key, into }) => html`<li><code>${clip(key, 60)}</code>${into === null ? null : html` → <code>${clip(into, 60)}</code> <small>${T.into}</small>`}</li>`)}</ul>`
    : html`<p>${keyList(first.map(({ key }) => key))}</p>`;
  return html`${keys}<p>${TEXTS.allInFile(records)}: ${fileLink(evidence.files, file)}</p>`;
}

export function recordsPart(data: ReportData): Content {
  const { run, evidence, reconciliation } = data;
  const shown = run.objects.slice(0, OBJECTS).flatMap((object, index) => {
    const buckets = BAR_ORDER.filter((bucket) => recordsAnchor(data, index, bucket) !== null);
    if (buckets.length === 0) return [];
    const facts = buckets.map((bucket) => `${count(object[bucket])} ${bucket}`).join(", ");
    const parts = buckets.map((bucket) => {
      const entry = listed(data, index, bucket);
      return html`<h3 id="r-${index}-${bucket}">${title(object.object)}, ${BUCKET_WORDS[bucket].toLowerCase()} <small>${count(object[bucket])}</small></h3>${
        bucket === "rejected" || entry === undefined ? rejected(data, object.object) : sample(data, entry)
      }${why(reconciliation, object.mapping, bucket)}`;
    });
    return [html`<details><summary>${title(object.object)} <small>${facts}</small></summary>${parts}</details>`];
  });
  if (shown.length === 0) return null;
  const missing = evidence.records === null && !run.dryRun;
  return section("records", T.title, lead(missing ? T.missing(run.run) : T.lead), shown);
}

/** What the proof says of the outcome: which filter, which rule. */
function why(reconciliation: ReportData["reconciliation"], mapping: string, bucket: Bucket): Content {
  if (bucket !== "merged" && bucket !== "filtered" && bucket !== "deleted") return null;
  const proof = reconciliation?.objects.find((object) => object.mapping === mapping);
  const found = proof?.explanations?.find((part) => part.bucket === bucket);
  return found === undefined ? null : html`<p class="advice">${found.reason}. ${withoutList(found.next)}</p>`;
}

/** Parts that people have to act on first. */
const OPEN = new Set(["missing", "vanished", "lost", "extra", "gone", "renamed", "unexplained"]);

/** What to do, without the command that lists the records: they are a click away. */
const withoutList = (next: string): string => next.replace(/ List them: migrate runs records .*$/, "");

export function explanationsPart(data: ReportData): Content {
  const { reconciliation } = data;
  const all = (reconciliation?.objects ?? []).flatMap((proof) =>
    (proof.explanations ?? []).map((part): Part => ({ ...part, proof, open: OPEN.has(part.bucket) })),
  );
  if (all.length === 0) return null;
  const W = TEXTS.explanations;
  const open = all.filter((part) => part.open).slice(0, EXPLANATIONS);
  const settled = all.filter((part) => !part.open).slice(0, EXPLANATIONS);
  const more = all.length - open.length - settled.length;
  return section(
    "explanations",
    W.title,
    lead(W.lead),
    open.length === 0 ? null : parts(data, W.openCaption, open),
    settled.length === 0
      ? null
      : html`<details><summary>${W.settled(settled.length)}</summary>${parts(data, W.caption, settled)}</details>`,
    more > 0 ? html`<p class="none">${TEXTS.further(more, "part", "reconciliation.json")}</p>` : null,
  );
}

type Part = Explanation & { readonly proof: ObjectProof; readonly open: boolean };

function parts(data: ReportData, caption: string, shown: readonly Part[]): Html {
  const W = TEXTS.explanations;
  const bodies = [...Map.groupBy(shown, ({ proof }) => proof)].map(([proof, own]) => {
    const index = data.run.objects.findIndex(({ mapping }) => mapping === proof.mapping);
    return html`<tbody><tr class="group"><th scope="rowgroup" colspan="4">${title(proof.object)} <small class="inline">${proof.source.name}</small></th></tr>${own.map(
      ({ bucket, reason, count: records, keys, next, open }) => {
        const anchor =
          index >= 0 && (BAR_ORDER as readonly string[]).includes(bucket)
            ? recordsAnchor(data, index, bucket as Bucket)
            : null;
        const word = (TEXTS.buckets as Readonly<Record<string, string>>)[bucket] ?? title(bucket);
        return html`<tr class="${open ? "differs" : ""}"><th scope="row">${anchor === null ? word : html`<a href="#${anchor}">${word}</a>`}</th>${cell(records)}<td class="wide">${clip(reason, 300)}${keys.length === 0 ? null : html`<br>${keyList(keys.slice(0, 5))}`}</td><td class="wide">${clip(anchor === null ? next : withoutList(next), 300)}</td></tr>`;
      },
    )}</tbody>`;
  });
  return table(caption, headRow(W.part, [W.records, "num"], W.reason, W.next), bodies);
}
