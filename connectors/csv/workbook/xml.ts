/**
 * Takes XML apart piece by piece: start tags, end tags, text. As much of XML as spreadsheets use, and no more: a
 * document type is refused, so there are no entities but the five built-in ones, and nothing is ever fetched or expanded.
 */

/** A tag or a reference of more characters is no spreadsheet's. */
const LONGEST_TAG = 1 << 20;

export interface XmlHandler {
  /** `name` without prefix; `attributes` as written, for `attribute`. An empty element has an `end`, too. */
  start(name: string, attributes: string): void;
  end(name: string): void;
  /** Text with references resolved; one text may come in several pieces. */
  text(text: string): void;
}

export class XmlError extends Error {}

/** Feeds the handler; `write` takes pieces of any length, `close` ends the document. Throws XmlError. */
export class XmlReader {
  readonly #handler: XmlHandler;
  #rest = "";
  readonly #open: string[] = [];
  #seen = false;

  constructor(handler: XmlHandler) {
    this.#handler = handler;
  }

  write(piece: string): void {
    const text = this.#rest === "" ? piece : this.#rest + piece;
    let at = 0;
    for (;;) {
      const tag = text.indexOf("<", at);
      if (tag !== at && (tag > 0 || text.length > at)) {
        const end = tag < 0 ? safeEnd(text, at) : tag;
        if (end > at) this.#text(text.slice(at, end));
        at = end;
      }
      if (tag < 0) break;
      const next = this.#markup(text, tag);
      if (next < 0) break;
      at = next;
    }
    this.#rest = at === 0 ? text : text.slice(at);
    if (this.#rest.length > LONGEST_TAG) throw new XmlError("a tag is never closed");
  }

  close(): void {
    if (this.#rest !== "" && this.#rest.startsWith("<")) throw new XmlError("it ends in the middle of a tag");
    if (this.#rest !== "") this.#text(this.#rest);
    this.#rest = "";
    if (this.#open.length > 0) throw new XmlError(`it ends before </${this.#open.at(-1)}>`);
    if (!this.#seen) throw new XmlError("it is empty");
  }

  #text(raw: string): void {
    if (this.#open.length === 0) {
      if (/[^\s\ufeff]/.test(raw)) throw new XmlError("text stands outside of all elements");
      return;
    }
    this.#handler.text(resolve(raw));
  }

  /** Handles the markup at `at` and returns where it ends; -1: not all of it is there yet. */
  #markup(text: string, at: number): number {
    const second = text.charCodeAt(at + 1);
    if (second === 33 /* ! */ || second === 63 /* ? */) return this.#special(text, at);
    const end = tagEnd(text, at + 1);
    if (end < 0) return -1;
    if (second === 47 /* / */) {
      const name = localName(text.slice(at + 2, end).trimEnd());
      const open = this.#open.pop();
      if (open !== name) throw new XmlError(`expected </${open ?? ""}>, got </${name}>`);
      this.#handler.end(name);
      return end + 1;
    }
    const empty = text.charCodeAt(end - 1) === 47;
    let stop = at + 1;
    const last = empty ? end - 1 : end;
    while (stop < last && text.charCodeAt(stop) > 32) stop++;
    if (stop === at + 1) throw new XmlError("a tag has no name");
    const name = localName(text.slice(at + 1, stop));
    this.#seen = true;
    if (this.#open.length > 250) throw new XmlError("elements are nested too deeply");
    this.#handler.start(name, text.slice(stop, last));
    if (empty) this.#handler.end(name);
    else this.#open.push(name);
    return end + 1;
  }

  #special(text: string, at: number): number {
    if (text.startsWith("<!--", at)) return after(text, "-->", at + 4);
    if (text.startsWith("<?", at)) return after(text, "?>", at + 2);
    if (text.startsWith("<![CDATA[", at)) {
      const end = text.indexOf("]]>", at + 9);
      if (end < 0) return -1;
      this.#handler.text(newlines(text.slice(at + 9, end)));
      return end + 3;
    }
    if (text.length - at < 9) return -1;
    throw new XmlError("it has a document type, which may hide anything");
  }
}

function after(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? -1 : at + what.length;
}

/** The `>` that ends the tag: not one inside an attribute's value. */
function tagEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    const end = text.indexOf(">", at);
    if (end < 0) return -1;
    let quote = -1;
    for (let p = at; p < end; p++) {
      const c = text.charCodeAt(p);
      if (c === 34 || c === 39) {
        quote = text.indexOf(c === 34 ? '"' : "'", p + 1);
        if (quote < 0) return -1;
        if (quote > end) break;
        p = quote;
      }
    }
    if (quote < end) return end;
    at = quote + 1;
  }
}

/** Text without a next tag: what may be cut off (a reference, the CR of a CRLF) waits for the next piece. */
function safeEnd(text: string, from: number): number {
  const reference = text.lastIndexOf("&");
  if (reference >= from && text.indexOf(";", reference) < 0) return reference;
  return text.endsWith("\r") ? text.length - 1 : text.length;
}

function localName(name: string): string {
  const colon = name.indexOf(":");
  return colon < 0 ? name : name.slice(colon + 1);
}

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function resolve(raw: string): string {
  const text = newlines(raw);
  if (!text.includes("&")) return text;
  return text.replace(/&([^;&]{0,12});?/g, (whole, name: string) => {
    const named = NAMED[name];
    if (named !== undefined && whole.endsWith(";")) return named;
    const number = /^#(?:x([\da-f]{1,6})|(\d{1,7}))$/i.exec(name);
    const code =
      number === null ? Number.NaN : number[1] === undefined ? Number(number[2]) : Number.parseInt(number[1], 16);
    if (!(code <= 0x10ffff) || !whole.endsWith(";")) throw new XmlError(`unknown reference ${whole}`);
    return String.fromCodePoint(code);
  });
}

function newlines(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** The value of an attribute, whatever its prefix; null without it. */
export function attribute(attributes: string, name: string): string | null {
  let p = 0;
  const length = attributes.length;
  while (p < length) {
    while (p < length && attributes.charCodeAt(p) <= 32) p++;
    const start = p;
    let c = 0;
    // biome-ignore lint/suspicious/noAssignInExpressions: called for every cell
    while (p < length && (c = attributes.charCodeAt(p)) !== 61 && c > 32) p++;
    const end = p;
    while (p < length && attributes.charCodeAt(p) <= 32) p++;
    if (attributes.charCodeAt(p) !== 61) return null;
    p++;
    while (p < length && attributes.charCodeAt(p) <= 32) p++;
    const quote = attributes[p];
    if (quote !== '"' && quote !== "'") return null;
    const close = attributes.indexOf(quote, p + 1);
    if (close < 0) return null;
    const from = end - name.length;
    if (from >= start && attributes.startsWith(name, from) && (from === start || attributes[from - 1] === ":")) {
      const value = attributes.slice(p + 1, close);
      return value.includes("&") ? resolve(value) : value;
    }
    p = close + 1;
  }
  return null;
}
