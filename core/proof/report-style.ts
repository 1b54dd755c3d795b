/** The report's style sheet: system fonts, light and dark, screen and A4. Its hash goes into the report's content security policy. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b2330; --soft: #5a6575; --line: #e2e6ec; --faint: #f2f4f7;
  --good: #17714a; --good-bg: #e8f5ee; --warn: #8a5a00; --warn-bg: #fdf3dc; --bad: #b3261e; --bad-bg: #fcebe9;
  --calm: #2f5d8c; --calm-bg: #e9f0f8;
  --inserted: #2563a8; --updated: #5b9bd5; --unchanged: #b6cbe2; --merged: #8a78b8; --deleted: #6b7280;
  --filtered: #c9ced6; --rejected: #c2413a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10151c; --card: #181f29; --ink: #e7ebf1; --soft: #9aa6b6; --line: #2b3543; --faint: #1f2733;
    --good: #5cc592; --good-bg: #14301f; --warn: #e2b04d; --warn-bg: #33280f; --bad: #f0857d; --bad-bg: #3a1916;
    --calm: #8ab8e6; --calm-bg: #172a3f;
    --inserted: #4f93dc; --updated: #86b8ea; --unchanged: #6482a6; --merged: #a593d6; --deleted: #8b95a3;
    --filtered: #4b5563; --rejected: #e06a62;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif;
}
main, header.top, footer { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
header.top { padding-top: 36px; }
a { color: var(--calm); }
.skip { position: absolute; left: -999px; } .skip:focus { left: 16px; top: 8px; background: var(--card); padding: 6px 12px; }
.eyebrow { margin: 0 0 14px; color: var(--soft); font-size: 13px; display: flex; flex-wrap: wrap; gap: 4px 18px; }
.eyebrow strong { color: var(--ink); font-weight: 600; }
.verdict { border-radius: 14px; padding: 26px 30px 24px; display: grid; grid-template-columns: auto 1fr; column-gap: 22px; border: 1px solid transparent; }
.verdict svg { width: 52px; height: 52px; margin-top: 4px; }
.verdict h1 { margin: 2px 0 0; font-size: clamp(22px, 3.1vw, 32px); line-height: 1.22; font-weight: 640; letter-spacing: -.012em; text-wrap: balance; color: var(--ink); }
.verdict .word { margin: 0; font-size: 13px; font-weight: 650; text-transform: uppercase; letter-spacing: .07em; }
.verdict p.more, .verdict ul { margin: 10px 0 0; color: var(--ink); } .verdict ul { padding-left: 20px; }
.good { --tone: var(--good); --tint: var(--good-bg); } .attention { --tone: var(--warn); --tint: var(--warn-bg); }
.bad { --tone: var(--bad); --tint: var(--bad-bg); } .neutral { --tone: var(--calm); --tint: var(--calm-bg); }
.verdict { background: var(--tint); border-color: color-mix(in srgb, var(--tone) 28%, transparent); }
.verdict .word, .verdict svg { color: var(--tone); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(196px, 1fr)); gap: 12px; margin: 18px 0 0; padding: 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px 12px; }
.figures dt { color: var(--soft); font-size: 13px; } .figures dd { margin: 0; font-size: 25px; line-height: 1.3; font-weight: 620; letter-spacing: -.01em; font-variant-numeric: tabular-nums; }
.figures dd small { display: block; font-size: 12.5px; font-weight: 400; color: var(--soft); letter-spacing: 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; margin: 18px 0; padding: 22px 24px 20px; }
h2 { margin: 0; font-size: 19px; font-weight: 640; letter-spacing: -.008em; } h3 { margin: 20px 0 6px; font-size: 15px; font-weight: 640; }
p.lead { margin: 4px 0 14px; color: var(--soft); max-width: 92ch; }
.scroll { overflow-x: auto; margin: 0 -6px; padding: 0 6px; } .scroll:focus-visible, a:focus-visible, main:focus-visible { outline: 2px solid var(--calm); outline-offset: 2px; border-radius: 2px; } main:focus { outline: none; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
caption { text-align: left; color: var(--soft); font-size: 13px; padding: 0 0 6px; }
caption.hidden, .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: 7px 10px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { font-size: 12.5px; font-weight: 600; color: var(--soft); vertical-align: bottom; border-bottom-color: var(--soft); }
table.dense th, table.dense td { padding-left: 6px; padding-right: 6px; } table.dense thead th { white-space: normal; } table.dense .bar { min-width: 76px; } table.dense tbody th { white-space: nowrap; } table.dense tbody th small { white-space: normal; overflow-wrap: anywhere; } table.dense thead th.num { min-width: 58px; }
tbody th { font-weight: 560; } tbody tr:last-child > * { border-bottom-color: transparent; }
tfoot th, tfoot td { border-top: 1px solid var(--soft); border-bottom: 0; font-weight: 640; }
tr.group th { background: var(--faint); font-size: 13px; font-weight: 640; color: var(--ink); padding-top: 6px; padding-bottom: 6px; }
tr.sub td:first-child, tr.sub th:first-child { padding-left: 24px; font-weight: 400; }
.num { text-align: right; white-space: nowrap; } .zero { color: var(--soft); }
th small, td small { display: block; font-weight: 400; color: var(--soft); font-size: 12.5px; }
td.text, code { overflow-wrap: anywhere; } td.text { max-width: 34ch; white-space: pre-wrap; }
code { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; background: var(--faint); border-radius: 4px; padding: 1px 5px; }
.bar { display: block; width: 100%; min-width: 120px; height: 14px; margin-top: 4px; border-radius: 3px; overflow: hidden; background: var(--faint); }
.b-inserted { fill: var(--inserted); } .b-updated { fill: var(--updated); } .b-unchanged { fill: var(--unchanged); } .b-merged { fill: var(--merged); }
.b-deleted { fill: var(--deleted); } .b-filtered { fill: var(--filtered); } .b-rejected { fill: var(--rejected); } .hatch { stroke: var(--card); stroke-width: 1.6; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 0 0 12px; padding: 0; font-size: 13px; color: var(--soft); }
.legend li { display: flex; align-items: center; gap: 7px; } .legend svg { width: 18px; height: 12px; border-radius: 2px; }
.mark { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; color: var(--tone); font-weight: 600; font-size: 13px; } .mark svg { width: 15px; height: 15px; flex: none; }
.differs { background: var(--bad-bg); } .differs .num, .differs td { color: var(--ink); }
details { margin: 10px 0 0; border-top: 1px solid var(--line); padding-top: 8px; } details + details { margin-top: 8px; }
summary { cursor: pointer; font-weight: 560; padding: 3px 0; } summary:focus-visible { outline: 2px solid var(--calm); outline-offset: 3px; border-radius: 3px; } summary .mark { margin-left: 10px; vertical-align: -3px; } summary small { color: var(--soft); font-weight: 400; }
.advice { margin: 6px 0 8px; padding: 8px 12px; border-left: 3px solid var(--warn); background: var(--warn-bg); border-radius: 0 6px 6px 0; font-size: 14px; max-width: 90ch; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 5px 22px; margin: 12px 0 0; } dl.facts dt { color: var(--soft); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.none { color: var(--soft); font-style: italic; }
nav { margin: 18px 0 0; } nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0; padding: 0; font-size: 13.5px; } nav a { text-decoration: none; display: inline-block; padding: 3px 0; } nav a:hover { text-decoration: underline; }
td.num a { color: var(--calm); text-underline-offset: 3px; text-decoration-thickness: 1px; }
li .mark { vertical-align: -3px; } h3 .mark { vertical-align: -3px; margin-left: 4px; } h3 small { font-weight: 400; color: var(--soft); } small.inline { display: inline; font-weight: 400; color: var(--soft); font-size: 12.5px; }
section, [id^="r-"] { scroll-margin-top: 12px; } h3:target { background: var(--calm-bg); outline: 6px solid var(--calm-bg); border-radius: 2px; }
details details { margin-left: 16px; } ul.plain { list-style: none; margin: 0; padding: 0; } ul.plain li + li { margin-top: 4px; } .keys code { margin-right: 4px; } span.line { display: block; } td.wide { max-width: 46ch; font-size: 13.5px; overflow-wrap: anywhere; }
figure.chart { margin: 14px 0 18px; } figcaption { font-size: 14px; font-weight: 600; margin: 0 0 6px; } details.data { border: 0; padding: 0; margin: 4px 0 0; font-size: 13px; } details.data summary { color: var(--soft); font-weight: 400; }
.plot { display: block; width: 100%; max-width: 860px; min-width: 560px; height: auto; } .plot text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif; fill: var(--ink); font-variant-numeric: tabular-nums; } .plot text.note { fill: var(--soft); } .plot text.small { font-size: 12px; }
.c-main, .c-target { fill: var(--inserted); } .c-source { fill: var(--unchanged); } .c-out { fill: var(--deleted); } .c-bad { fill: var(--rejected); }
.axis, .grid { fill: none; stroke: var(--line); stroke-width: 1; } .axis { stroke: var(--soft); } .line path, path.line { fill: none; stroke: var(--inserted); stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; } .area { fill: var(--unchanged); fill-opacity: .65; }
.dot { fill: var(--card); stroke: var(--inserted); stroke-width: 2; } .dot.here { fill: var(--inserted); }
table.sign { margin-top: 14px; } table.sign td { border-bottom: 1px solid var(--soft); height: 46px; min-width: 120px; } table.sign th { vertical-align: bottom; } table.sign tbody tr:last-child > * { border-bottom-color: var(--soft); }
p.decide { display: flex; gap: 10px; margin: 12px 0 0; } .rule { flex: 1; border-bottom: 1px solid var(--soft); }
footer { color: var(--soft); font-size: 13px; padding-top: 4px; padding-bottom: 48px; }
@media (max-width: 640px) {
  main, header.top, footer { padding-left: 14px; padding-right: 14px; } section { padding: 18px 14px; } .verdict { padding: 20px 18px; row-gap: 8px; } .figures { grid-template-columns: repeat(auto-fit, minmax(144px, 1fr)); gap: 8px; } .figures div { padding: 10px 12px; }
  .verdict svg { width: 40px; height: 40px; } dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0; } main, header.top, footer { overflow-wrap: anywhere; } th, td { overflow-wrap: normal; } .mark { white-space: normal; } .verdict { grid-template-columns: minmax(0, 1fr); } dl.facts dd { margin-bottom: 8px; }
}
@page { size: A4; margin: 13mm 12mm 14mm; }
@media print {
  :root { color-scheme: light; --page: #fff; --card: #fff; --ink: #111820; --soft: #4c5664; --line: #d5dae1; --faint: #f1f3f6;
    --good: #17714a; --good-bg: #e8f5ee; --warn: #8a5a00; --warn-bg: #fdf3dc; --bad: #b3261e; --bad-bg: #fcebe9; --calm: #2f5d8c; --calm-bg: #e9f0f8;
    --inserted: #2563a8; --updated: #5b9bd5; --unchanged: #b6cbe2; --merged: #8a78b8; --deleted: #6b7280; --filtered: #c9ced6; --rejected: #c2413a; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  body { font-size: 10pt; line-height: 1.4; } main, header.top, footer { max-width: none; padding: 0; } header.top { padding-top: 0; }
  .verdict { padding: 16px 20px; break-inside: avoid; } .verdict h1 { font-size: 17pt; } .verdict svg { width: 40px; height: 40px; }
  .figures { grid-template-columns: repeat(5, 1fr); gap: 8px; break-inside: avoid; } .figures div { padding: 8px 10px; } .figures dd { font-size: 15pt; } .figures dd small { font-size: 8pt; }
  section { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: 12px 0 0; margin: 14px 0 0; } h2, h3, caption, p.lead, summary { break-after: avoid; }
  table { font-size: 8.3pt; } th, td { padding: 3.5px 5px; } thead { display: table-header-group; } tfoot { display: table-row-group; } tr, .figures div, .advice { break-inside: avoid; } thead, tr.group { break-after: avoid; } thead { break-inside: avoid; } tbody tr:first-child { break-before: avoid; }
  thead th { font-size: 7.8pt; white-space: normal; } .scroll { overflow: visible; margin: 0; padding: 0; } .bar { min-width: 70px; height: 10px; } table.dense tbody th { white-space: normal; } table.dense th, table.dense td { padding-left: 4px; padding-right: 4px; } table.dense thead th.num { min-width: 0; } td.text { max-width: none; } code { font-size: 7.8pt; padding: 0 2px; } th small, td small { font-size: 7.6pt; } .mark { font-size: 8pt; }
  td.sum { white-space: normal; overflow-wrap: anywhere; } .skip { display: none; }
  summary { list-style: none; } details.data, nav, #records { display: none; }
  h3, .advice { break-after: avoid; } table.dense tbody th { min-width: 84px; } section > details { margin-top: 4px; padding-top: 4px; } figure.chart { break-inside: avoid; margin: 8px 0 10px; } .plot { max-width: 620px; min-width: 0; } figcaption { font-size: 9pt; } td.wide { max-width: none; font-size: 8pt; } a { color: inherit; } #sign-off { break-before: page; } table.sign td { height: 40px; } p.lead { max-width: none; }
}
`;
