/** The report's last page: the stages of the cutover, and where people sign. */
import { clip, moment, title } from "./format.ts";
import { type Content, html } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import type { CutoverBoard } from "./report-evidence.ts";
import { headRow, lead, mark, section, table } from "./report-parts.ts";
import { TEXTS } from "./report-texts.ts";
import type { State } from "./verdict.ts";

const STATES: Readonly<Record<string, State>> = { passed: "good", failed: "bad", running: "attention" };

function contents(stage: CutoverBoard["stages"][number]): string {
  const T = TEXTS.cutover;
  const objects = stage.objects ?? null;
  return [
    objects === null ? (stage.delta === true ? T.delta : T.everything) : objects.map(title).join(", "),
    ...(objects !== null && stage.delta === true ? [T.delta] : []),
    ...(stage.until === undefined || stage.until === null ? [] : [T.until(stage.until)]),
    ...(stage.freeze === true ? [T.freeze] : []),
  ].join(", ");
}

export function cutoverPart({ evidence }: ReportData): Content {
  const { board } = evidence;
  if (board === null || board.stages.length === 0) return null;
  const T = TEXTS.cutover;
  const rows = board.stages.map((stage) => {
    const last = stage.attempts.at(-1);
    return html`<tr><th scope="row">${stage.name}</th><td>${mark(STATES[stage.state] ?? "neutral", T.states[stage.state] ?? stage.state)}</td><td class="text">${contents(stage)}</td><td class="text">${last?.run === undefined || last.run === null ? "–" : html`<code>${last.run}</code>`}</td><td class="wide"><ul class="plain">${(last?.gates ?? []).map(({ gate, ok, found }) => html`<li>${mark(ok ? "good" : "bad", gate)} <small class="inline">${clip(found, 200)}</small></li>`)}</ul></td><td class="text">${
      stage.signOffs.length === 0
        ? html`<span class="none">${T.nobody}</span>`
        : stage.signOffs.map(
            ({ signer, signedAt }) => html`<span class="line">${T.by(signer, moment(signedAt))}</span>`,
          )
    }</td></tr>`;
  });
  return section(
    "cutover",
    T.title,
    lead(`${T.lead(moment(board.at))} ${board.done ? T.done : board.next === null ? "" : T.next(board.next)}`.trim()),
    table(T.caption, headRow(T.stage, T.state, T.what, T.run, T.gates, T.signed), html`<tbody>${rows}</tbody>`),
  );
}

export function signOffPart({ run, evidence }: ReportData): Content {
  if (run.dryRun) return null;
  const T = TEXTS.signOff;
  const signed = (evidence.board?.stages ?? []).flatMap(({ name, signOffs }) =>
    signOffs.filter((signOff) => signOff.run === run.run).map((signOff) => ({ name, ...signOff })),
  );
  const lines = T.roles.map(
    (role) =>
      html`<tr><th scope="row">${role}</th><td class="line"></td><td class="line"></td><td class="line"></td></tr>`,
  );
  const files = Object.entries(evidence.fingerprints);
  return section(
    "sign-off",
    T.title,
    lead(T.lead),
    signed.length === 0
      ? null
      : html`<h3>${T.already}</h3><ul>${signed.map(({ name, signer, signedAt, remark }) => html`<li>${name}: ${TEXTS.cutover.by(signer, moment(signedAt))}${remark === null ? null : html`<br>${remark}`}</li>`)}</ul>`,
    html`<p class="decide"><strong>${T.decision}:</strong> ${T.choices}</p><p class="decide"><strong>${T.remarks}:</strong> <span class="rule"></span></p>`,
    html`<div class="scroll" role="group" tabindex="0" aria-label="${T.caption}"><table class="sign"><caption class="hidden">${T.caption}</caption><thead>${headRow(T.role, T.name, T.date, T.signature)}</thead><tbody>${lines}</tbody></table></div>`,
    files.length === 0
      ? null
      : html`<h3>${T.files}</h3><p class="none">${T.fingerprint}</p><dl class="facts">${files.map(([file, hash]) => html`<dt>${file}</dt><dd><code>${hash}</code></dd>`)}</dl>`,
  );
}
