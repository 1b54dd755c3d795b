/** The page that reports stand in: one file, a policy that forbids scripts and requests, landmarks, a way to skip to the contents. */
import { createHash } from "node:crypto";
import { type Content, type Html, Html as HtmlText, html } from "./html.ts";
import { PATTERNS } from "./report-parts.ts";
import { STYLE } from "./report-style.ts";
import { TEXTS } from "./report-texts.ts";

/** Nothing is fetched and nothing is run; of styles, only the sheet that stands in the page. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; img-src data:; base-uri 'none'; form-action 'none'`;

export interface Page {
  readonly title: string;
  readonly skip: string;
  readonly header: Content;
  readonly main: Content;
  readonly footer: string;
}

/** The whole document. */
export function page({ title, skip, header, main, footer }: Page): string {
  const document: Html = html`<!doctype html>
<html lang="${TEXTS.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new HtmlText(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">${skip}</a>
${PATTERNS}
<header class="top">${header}</header>
<main id="main" tabindex="-1">
${main}
</main>
<footer><p>${footer}</p></footer>
</body>
</html>
`;
  return document.text;
}
