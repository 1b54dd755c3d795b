/** The text of HTML, for descriptions and notes; no parser of documents. */

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  euro: "€",
  pound: "£",
  copy: "©",
  reg: "®",
  trade: "™",
  hellip: "…",
  ndash: "–",
  mdash: "—",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  bull: "•",
};
const BLOCK = /^\/?(?:br|p|div|li|tr|h[1-6]|ul|ol|table|blockquote|hr)$/i;

/** Text of HTML: tags and comments out, a line break for blocks, references decoded. Time is linear in its length. */
export function stripHtml(html: string): string {
  let text = "";
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open < 0) break;
    text += html.slice(at, open);
    if (html.startsWith("<!--", open)) {
      const end = html.indexOf("-->", open + 4);
      at = end < 0 ? html.length : end + 3;
      continue;
    }
    const close = html.indexOf(">", open);
    const name = /^<(\/?[A-Za-z][A-Za-z0-9]{0,20}|!doctype)/i.exec(html.slice(open, open + 24))?.[1];
    if (close < 0 || name === undefined) {
      text += "<";
      at = open + 1;
      if (close < 0) break;
      continue;
    }
    at = close + 1;
    if (/^(?:script|style)$/i.test(name)) {
      const end = html.slice(at).search(new RegExp(`</${name}`, "i"));
      at = end < 0 ? html.length : at + end;
    } else if (BLOCK.test(name)) text += "\n";
  }
  return (text + html.slice(at))
    .replace(
      /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]{2,8}));/g,
      (all, decimal?: string, hex?: string, named?: string) => {
        if (named !== undefined) return NAMED[named] ?? all;
        const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
        return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : all;
      },
    )
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");
}
