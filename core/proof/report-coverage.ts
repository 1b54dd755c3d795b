/** The report's coverage: picklist values and owners, as the plan found them. */
import type { OwnerCoverage, PicklistCoverage, ValueCoverage } from "../engine/types.ts";
import { amount, clip, count, title } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import { lead, mark, rowsEach, section, table } from "./report-parts.ts";
import { TEXTS } from "./report-texts.ts";
import type { State } from "./verdict.ts";

/** Values of one list, and of all. */
const VALUES_SHOWN = 50;
const ALL_VALUES = 4_000;
const LISTS_SHOWN = 200;
const T = TEXTS.coverage;

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

interface Value extends Pick<ValueCoverage, "lastUse" | "openAmounts"> {
  readonly from: string;
  readonly count: number;
  readonly target: string | null;
  readonly how: How;
}

interface List {
  readonly shown: Html;
  /** Every value has a counterpart. */
  readonly complete: boolean;
}

function coverage(name: string, kind: string, values: readonly Value[], most: number): List {
  const total = values.reduce((sum, value) => sum + value.count, 0);
  const good = values.reduce((sum, value) => sum + (covered(value.how) ? value.count : 0), 0);
  const open = values.filter((value) => !covered(value.how)).length;
  const used = values.some(({ lastUse }) => lastUse !== undefined);
  const stake = values.some(({ openAmounts }) => openAmounts !== undefined && openAmounts.length > 0);
  const head = html`<tr><th scope="col">${kind}</th><th scope="col">${T.target}</th><th scope="col" class="num">${T.records}</th>${used ? html`<th scope="col">${T.lastUse}</th>` : null}${stake ? html`<th scope="col" class="num">${T.atStake}</th>` : null}<th scope="col">${T.how}</th></tr>`;
  const sorted = values.toSorted(
    (left, right) => Number(covered(left.how)) - Number(covered(right.how)) || right.count - left.count,
  );
  const rows = sorted
    .slice(0, most)
    .map(
      (value) =>
        html`<tr><th scope="row">${value.from === "" ? html`<span class="none">${TEXTS.empty}</span>` : clip(value.from, 80)}</th><td class="text">${clip(value.target ?? "–", 80)}</td><td class="num">${count(value.count)}</td>${used ? html`<td>${value.lastUse?.slice(0, 10) ?? ""}</td>` : null}${
          stake
            ? html`<td class="num">${(value.openAmounts ?? []).map(({ currency, amount: sum }) => html`<span class="line">${amount(sum)} ${currency ?? ""}</span>`)}</td>`
            : null
        }<td>${mark(...WORDS[value.how])}</td></tr>`,
    );
  const share = total === 0 ? "100" : (Math.floor((1000 * good) / total) / 10).toString();
  const shown = html`<details><summary>${name} <small>${T.covered(values.length, share, total)}</small>${
    open === 0 ? mark("good", TEXTS.marks.complete) : mark("attention", TEXTS.marks.open(open))
  }</summary>${table(T.caption(name), head, html`<tbody>${rows}</tbody>`)}${
    values.length > most ? html`<p class="none">${TEXTS.further(values.length - most, "value", "plan.json")}</p>` : null
  }</details>`;
  return { shown, complete: open === 0 };
}

export function coveragePart({ plan }: ReportData): Content {
  if (plan === null || plan.picklists.length + plan.owners.length === 0) return null;
  const several = (list: PicklistCoverage): boolean =>
    plan.picklists.some((other) => other !== list && other.object === list.object && other.field === list.field);
  const most = rowsEach(ALL_VALUES, 1 + plan.picklists.length, VALUES_SHOWN);
  const lists = [
    ...(plan.owners.length === 0
      ? []
      : [
          coverage(
            T.owners,
            T.owner,
            plan.owners.map(({ owner, ...rest }) => ({ from: owner, ...rest })),
            most,
          ),
        ]),
    ...plan.picklists.slice(0, LISTS_SHOWN).map((list) =>
      coverage(
        `${title(list.object)} · ${title(list.field)}${list.kind === undefined || list.kind === list.field ? "" : ` (${T.kinds[list.kind]})`}${several(list) ? ` · ${list.mapping}` : ""}`,
        T.value,
        list.values.map(({ value, ...rest }) => ({ from: value, ...rest })),
        most,
      ),
    ),
  ];
  const open = lists.filter(({ complete }) => !complete);
  const complete = lists.filter((list) => list.complete);
  return section(
    "coverage",
    T.title,
    lead(T.lead),
    open.map(({ shown }) => shown),
    complete.length === 0
      ? null
      : lists.length < 6
        ? complete.map(({ shown }) => shown)
        : html`<details><summary>${T.completeLists(complete.length)}${mark("good", TEXTS.marks.complete)}</summary>${complete.map(({ shown }) => shown)}</details>`,
    plan.picklists.length > LISTS_SHOWN
      ? html`<p class="none">${TEXTS.further(plan.picklists.length - LISTS_SHOWN, "picklist", "plan.json")}</p>`
      : null,
  );
}
