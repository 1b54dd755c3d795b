/** The report's evidence of single records: references and links, records side by side. */
import { clip, count, title } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import { webAddress } from "./report-links.ts";
import { agrees, headRow, keyList, lead, mark, rowsEach, section, table } from "./report-parts.ts";
import { TEXTS } from "./report-texts.ts";
import type { KeyFinding, ObjectProof, SpotCheck } from "./types.ts";

export { groupWords } from "./report-sums.ts";

/** Records side by side, and reference fields, at most. */
const SPOTS = 60;
/** Fields of all of them. */
const SPOT_FIELDS = 2_400;
const REFERENCES = 500;
const T = TEXTS.references;

const number = (value: number): Html => html`<td class="num${value === 0 ? " zero" : ""}">${count(value)}</td>`;

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
  const head = headRow(
    T.reference,
    [T.source, "num"],
    [T.resolved, "num"],
    [T.deferred, "num"],
    [T.unresolved, "num"],
    TEXTS.verdict,
  );
  const bodies = [...Map.groupBy(used.slice(0, REFERENCES), (row) => row.object)].map(
    ([object, references]) =>
      html`<tbody>${references.map(
        (row) =>
          html`<tr class="${row.ok ? "" : "differs"}"><th scope="row">${title(object)} → ${title(row.field)}</th>${number(row.expected)}${number(row.resolved)}${number(row.deferred)}${number(row.unresolved)}<td>${
            row.ok && row.unresolved > 0
              ? mark("attention", TEXTS.marks.leftEmpty)
              : agrees(row.ok, TEXTS.marks.complete, TEXTS.marks.broken)
          }</td></tr>`,
      )}</tbody>`,
  );
  if (links.length > 0) bodies.push(html`<tbody>${links.slice(0, REFERENCES)}</tbody>`);
  const empty = rows.length - used.length;
  return section(
    "references",
    T.title,
    lead(reconciliation === null ? T.counted : T.proven),
    table(T.caption, head, bodies),
    empty > 0 ? html`<p class="none">${T.without(empty)}</p>` : null,
    findings(reconciliation?.objects ?? []),
  );
}

/** Links of an object, one row per `associations:` entry that names some. */
function linkRows({ object, associations }: ObjectProof): Html[] {
  return associations
    .filter(({ expected, unresolved }) => expected + unresolved > 0)
    .map(
      ({ to, expected, found, missing, unresolved, ok }) =>
        html`<tr class="${ok ? "" : "differs"}"><th scope="row">${title(object)} ↔ ${title(to)}<small>${T.links}</small></th>${number(expected + unresolved)}${number(found)}${number(0)}${number(missing + unresolved)}<td>${
          ok && unresolved > 0
            ? mark("attention", TEXTS.marks.leftOut)
            : agrees(ok, TEXTS.marks.complete, TEXTS.marks.broken)
        }</td></tr>`,
    );
}

/** Which references and links are wrong, and how: the records to look at. */
function findings(proofs: readonly ObjectProof[]): Content {
  const all: { readonly where: string; readonly what: string; readonly found: KeyFinding }[] = [];
  const note = (where: string, what: string, found: KeyFinding | undefined): void => {
    if (found !== undefined && found.count > 0) all.push({ where, what, found });
  };
  for (const { object, references, associations } of proofs) {
    for (const { field, astray, empty, surplus } of references) {
      const where = `${title(object)} → ${title(field)}`;
      note(where, T.astray, astray);
      note(where, T.empty, empty);
      note(where, T.surplus, surplus);
    }
    for (const { to, relabelled, gone, additional, marked } of associations) {
      const where = `${title(object)} ↔ ${title(to)}`;
      note(where, T.relabelled, relabelled);
      note(where, T.gone, gone);
      note(where, T.additional, additional);
      note(where, T.marked, marked);
    }
  }
  if (all.length === 0) return null;
  return html`<h3>${T.findings}</h3><ul>${all.slice(0, REFERENCES).map(({ where, what, found }) => html`<li>${where}: ${count(found.count)} ${what}: ${keyList(found.keys.slice(0, 10))}</li>`)}</ul>`;
}

const value = (text: string | null): Html =>
  text === null ? html`<td class="text none">${TEXTS.empty}</td>` : html`<td class="text">${clip(text, 240)}</td>`;

function spot(check: SpotCheck, index: number, most: number): Html {
  const W = TEXTS.spots;
  const shown = check.fields.toSorted((left, right) => Number(left.ok) - Number(right.ok)).slice(0, most);
  const fields = check.fields.filter((field) => shown.includes(field));
  const rows = fields.map(
    (field) =>
      html`<tr class="${field.ok ? "" : "differs"}"><th scope="row">${title(field.field)}</th>${value(field.source)}${value(field.expected)}${value(field.target)}<td>${
        field.skipped === null
          ? agrees(field.ok)
          : html`${mark("neutral", TEXTS.marks.notCompared)}<small>${field.skipped}</small>`
      }</td></tr>`,
  );
  const [object, key] = [title(check.object), clip(check.key, 60)];
  const address = webAddress(check.link);
  return html`<details${check.ok && index > 0 ? null : html` open`}><summary>${object} <code>${key}</code> <small>${W.fields(check.fields.length)}, ${check.picked === undefined ? W.chance : W.picked(check.picked)}</small>${agrees(check.ok)}</summary>
${address === null ? null : html`<p><a href="${address}" target="_blank" rel="noopener noreferrer">${W.link(object, key)}</a></p>`}${check.problem === null ? null : html`<p class="advice">${check.problem}</p>`}${
  rows.length === 0
    ? null
    : table(
        W.caption(object, check.key),
        headRow(W.field, W.source, W.expected, W.target, TEXTS.verdict),
        html`<tbody>${rows}</tbody>`,
      )
}${check.fields.length > fields.length ? html`<p class="none">${TEXTS.further(check.fields.length - fields.length, "field", "reconciliation.json")}</p>` : null}</details>`;
}

export function spotsPart({ reconciliation }: ReportData): Content {
  if (reconciliation === null || reconciliation.spotChecks.length === 0) return null;
  const checks = reconciliation.spotChecks.toSorted((left, right) => Number(left.ok) - Number(right.ok));
  return section(
    "spots",
    TEXTS.spots.title,
    lead(TEXTS.spots.lead(checks.length)),
    checks
      .slice(0, SPOTS)
      .map((check, index) => spot(check, index, rowsEach(SPOT_FIELDS, Math.min(SPOTS, checks.length), 500))),
    checks.length > SPOTS
      ? html`<p class="none">${TEXTS.further(checks.length - SPOTS, "record", "reconciliation.json")}</p>`
      : null,
  );
}
