/** The report's conflicts, edits of the target, and records that are gone at the source. */
import { clip, title } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import type { ConflictSummary } from "./report-evidence.ts";
import { agrees, cell, fileLink, headRow, keyList, lead, section, table } from "./report-parts.ts";
import { GONE_FILE, KEPT_FILE } from "./report-record-files.ts";
import { TEXTS } from "./report-texts.ts";

const ROWS = 60;
const EXAMPLES = 12;
const T = TEXTS.changes;

const further = (all: number, where: string): Content =>
  all > ROWS ? html`<p class="none">${TEXTS.further(all - ROWS, "row", where)}</p>` : null;

function conflicts({ evidence, run }: ReportData): Content {
  const groups = evidence.conflicts;
  if (groups.length === 0) return null;
  const rows = groups
    .slice(0, ROWS)
    .map(
      ({ object, field, open, source, target, other }) =>
        html`<tr class="${open > 0 ? "differs" : ""}"><th scope="row">${title(object)} · ${title(field)}</th>${cell(open)}${cell(source)}${cell(target)}${cell(other)}</tr>`,
    );
  const head = headRow(T.field, [T.open, "num"], [T.forSource, "num"], [T.forTarget, "num"], [T.otherwise, "num"]);
  const examples = groups
    .flatMap((group: ConflictSummary) => group.examples.map((example) => ({ ...example, group })))
    .slice(0, EXAMPLES)
    .map(
      ({ key, source, target, decision, group }) =>
        html`<tr><th scope="row"><code>${clip(key, 60)}</code></th><td>${title(group.object)} · ${title(group.field)}</td><td class="text">${source}</td><td class="text">${target}</td><td class="text">${decision || T.undecided}</td></tr>`,
    );
  const open = groups.some((group) => group.open > 0);
  return html`<h3>${T.conflicts}</h3>${lead(T.conflictsLead)}${table(T.conflictsCaption, head, html`<tbody>${rows}</tbody>`)}${further(groups.length, "conflicts.csv")}<details><summary>${T.examples}</summary>${table(T.examples, headRow(T.key, T.field, T.source, T.target, T.decision), html`<tbody>${examples}</tbody>`)}</details>
<p>${fileLink(evidence.files, "conflicts.csv")}${open ? html`. ${T.decide} <code>migrate retry ${run.run} --from runs/${run.run}/conflicts.csv</code>` : null}</p>`;
}

function edits({ reconciliation }: ReportData): Content {
  const edited = (reconciliation?.objects ?? []).flatMap(({ object, source, edited: rows }) =>
    rows === undefined ? [] : [{ object, source: source.name, rows }],
  );
  if (edited.length === 0) return null;
  const rows = edited
    .slice(0, ROWS)
    .map(
      ({ object, source, rows: { count: all, compared, differing } }) =>
        html`<tr class="${differing > 0 ? "differs" : ""}"><th scope="row">${title(object)}<small>${source}</small></th>${cell(all)}${cell(compared)}${cell(differing)}<td>${agrees(differing === 0)}</td></tr>`,
    );
  const differing: Html[] = edited
    .flatMap(({ object, rows: { records } }) => records.map((record) => ({ object, ...record })))
    .slice(0, ROWS)
    .flatMap(({ object, key, fields }) =>
      fields
        .slice(0, 5)
        .map(
          ({ field, expected, target }) =>
            html`<tr class="differs"><th scope="row"><code>${clip(key, 60)}</code></th><td>${title(object)} · ${title(field)}</td><td class="text">${clip(expected ?? TEXTS.empty)}</td><td class="text">${clip(target ?? TEXTS.empty)}</td></tr>`,
        ),
    );
  const head = headRow(
    T.object,
    [T.editedCount, "num"],
    [T.editedCompared, "num"],
    [T.editedDiffering, "num"],
    TEXTS.verdict,
  );
  return html`<h3>${T.edited}</h3>${lead(T.editedLead)}${table(T.editedCaption, head, html`<tbody>${rows}</tbody>`)}${
    differing.length === 0
      ? null
      : table(
          `${T.edited}: ${T.editedDiffering}`,
          headRow(T.key, T.field, T.source, T.target),
          html`<tbody>${differing}</tbody>`,
        )
  }`;
}

function kept({ evidence }: ReportData): Content {
  const groups = evidence.records?.kept ?? [];
  if (groups.length === 0) return null;
  const rows = groups
    .slice(0, ROWS)
    .map(
      ({ object, field, reason, count: values, ids }) =>
        html`<tr><th scope="row">${title(object)} · ${title(field)}</th>${cell(values)}<td class="text">${T.keptReasons[reason] ?? reason}</td><td class="text">${keyList(ids.slice(0, 5))}</td></tr>`,
    );
  return html`<h3>${T.kept}</h3>${lead(T.keptLead)}${table(T.keptCaption, headRow(T.field, [T.values, "num"], T.reason, T.rows), html`<tbody>${rows}</tbody>`)}${further(groups.length, KEPT_FILE)}<p>${fileLink(evidence.files, KEPT_FILE)}</p>`;
}

function gone({ evidence }: ReportData): Content {
  const groups = evidence.records?.gone ?? [];
  if (groups.length === 0) return null;
  const rows = groups
    .slice(0, ROWS)
    .map(
      ({ object, how, policy, done, reason, count: records, keys }) =>
        html`<tr><th scope="row">${title(object)}</th>${cell(records)}<td>${how}</td><td>${policy}</td><td class="text">${T.goneDone[done] ?? done}${reason === null ? null : html`<small>${reason}</small>`}</td><td class="text">${keyList(keys.slice(0, 5))}</td></tr>`,
    );
  const all = groups.reduce((sum, group) => sum + group.count, 0);
  return html`<h3>${T.gone}</h3>${lead(T.goneLead)}${table(T.goneCaption, headRow(T.object, [T.records, "num"], T.how, T.policy, T.done, T.first), html`<tbody>${rows}</tbody>`)}${further(groups.length, GONE_FILE)}<p>${TEXTS.allInFile(all)}: ${fileLink(evidence.files, GONE_FILE)}</p>`;
}

export function changesPart(data: ReportData): Content {
  const parts = [conflicts(data), edits(data), kept(data), gone(data)].filter((part) => part !== null);
  return parts.length === 0 ? null : section("changes", T.title, parts);
}
