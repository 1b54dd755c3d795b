/** Transforms of plain text. */
import { fixMojibake } from "./mojibake.ts";
import { stripHtml } from "./transforms-html.ts";
import type { TransformSpec } from "./transforms-types.ts";

const pure = (apply: (text: string) => string | null) => () => apply;
const length = { name: "n", type: "integer", description: "characters", min: 0 } as const;

export const TEXT_TRANSFORMS: readonly TransformSpec[] = [
  {
    name: "trim",
    summary: "Removes white space at both ends, no-break spaces included.",
    args: [],
    examples: [
      ["  Acme ", [], "Acme"],
      ["\u00a0Acme\n", [], "Acme"],
    ],
    make: pure((text) => text.trim()),
  },
  {
    name: "lower",
    summary: "Lower case.",
    args: [],
    examples: [["Jane.DOE@Acme.com", [], "jane.doe@acme.com"]],
    make: pure((text) => text.toLowerCase()),
  },
  {
    name: "upper",
    summary: "Upper case.",
    args: [],
    examples: [["usd", [], "USD"]],
    make: pure((text) => text.toUpperCase()),
  },
  {
    name: "title",
    summary: "Each word with a capital, the rest in lower case.",
    args: [],
    examples: [
      ["ACME trading CO", [], "Acme Trading Co"],
      ["mary-jane o'neil", [], "Mary-Jane O'Neil"],
      ["ÉMILE ZOLA", [], "Émile Zola"],
    ],
    make: pure((text) => text.toLowerCase().replace(/(?<![\p{L}\p{M}\p{N}])\p{L}/gu, (first) => first.toUpperCase())),
  },
  {
    name: "collapse",
    summary: "Trims, and makes one space of every run of white space, line breaks and no-break spaces included.",
    args: [],
    examples: [[" Acme\u00a0 \n Inc ", [], "Acme Inc"]],
    make: pure((text) => text.trim().replace(/\s+/g, " ")),
  },
  {
    name: "line_breaks",
    summary: "Makes every line break a line feed (`\\r\\n`, `\\r`, U+2028), or the given text.",
    args: [{ name: "mark", type: "text", description: "what stands for a line break", optional: true }],
    examples: [
      ["a\r\nb\rc", [], "a\nb\nc"],
      ["12 Main St\nFloor 3", [", "], "12 Main St, Floor 3"],
    ],
    make:
      ([mark = "\n"]) =>
      (text) =>
        text.replace(/\r\n|[\r\n\u2028\u2029]/g, () => String(mark)),
  },
  {
    name: "digits",
    summary: "Keeps the digits 0-9 only.",
    args: [],
    examples: [
      ["(555) 010-99", [], "55501099"],
      ["none", [], null],
    ],
    make: pure((text) => text.replace(/[^0-9]/g, "")),
  },
  {
    name: "left",
    summary: "The first n characters.",
    args: [length],
    examples: [
      ["Engineering", [3], "Eng"],
      ["日本語", [2], "日本"],
    ],
    make: ([n]) => {
      const count = Number(n);
      return (text) => (text.length <= count ? text : [...text].slice(0, count).join(""));
    },
  },
  {
    name: "right",
    summary: "The last n characters.",
    args: [length],
    examples: [["000123", [4], "0123"]],
    make: ([n]) => {
      const count = Number(n);
      return (text) => (text.length <= count ? text : count === 0 ? "" : [...text].slice(-count).join(""));
    },
  },
  {
    name: "pad_start",
    summary: "Fills up to n characters at the start.",
    args: [
      { name: "n", type: "integer", description: "characters", min: 0, max: 1000 },
      { name: "fill", type: "text", description: "what to fill with", nonEmpty: true },
    ],
    examples: [
      ["1234", [5, "0"], "01234"],
      ["01234", [5, "0"], "01234"],
    ],
    make:
      ([n, fill]) =>
      (text) =>
        text.padStart(Number(n), String(fill)),
  },
  {
    name: "replace",
    summary: "Replaces every occurrence of a text, exactly as written.",
    args: [
      { name: "search", type: "text", description: "text to find", nonEmpty: true },
      { name: "by", type: "text", description: "text instead" },
    ],
    examples: [
      ["a.b.c", [".", "-"], "a-b-c"],
      ["US$ 5", ["US$", "$&"], "$& 5"],
    ],
    make:
      ([search, by]) =>
      (text) =>
        text.replaceAll(String(search), () => String(by)),
  },
  {
    name: "prefix",
    summary: "Puts a text before it.",
    args: [{ name: "text", type: "text", description: "text to add" }],
    examples: [["42", ["hs_"], "hs_42"]],
    make:
      ([prefix]) =>
      (text) =>
        String(prefix) + text,
  },
  {
    name: "suffix",
    summary: "Puts a text after it.",
    args: [{ name: "text", type: "text", description: "text to add" }],
    examples: [["42", [" km"], "42 km"]],
    make:
      ([suffix]) =>
      (text) =>
        text + String(suffix),
  },
  {
    name: "strip_prefix",
    summary: "Takes a text away from the start, if it is there.",
    args: [{ name: "text", type: "text", description: "text to remove", nonEmpty: true }],
    examples: [
      ["sf_001", ["sf_"], "001"],
      ["001", ["sf_"], "001"],
    ],
    make: ([prefix]) => {
      const start = String(prefix);
      return (text) => (text.startsWith(start) ? text.slice(start.length) : text);
    },
  },
  {
    name: "strip_suffix",
    summary: "Takes a text away from the end, if it is there.",
    args: [{ name: "text", type: "text", description: "text to remove", nonEmpty: true }],
    examples: [["Acme (old)", [" (old)"], "Acme"]],
    make: ([suffix]) => {
      const end = String(suffix);
      return (text) => (text.endsWith(end) ? text.slice(0, -end.length) : text);
    },
  },
  {
    name: "split",
    summary: "The n-th part (from 1; from the end with -1) between separators, trimmed; blank when there is none.",
    args: [
      { name: "separator", type: "text", description: "text between the parts", nonEmpty: true },
      { name: "n", type: "integer", description: "which part", min: -1000, max: 1000 },
    ],
    examples: [
      ["Berlin, Germany", [",", 2], "Germany"],
      ["a/b/c", ["/", -1], "c"],
      ["Berlin", [",", 2], null],
    ],
    make: ([separator, n]) => {
      const index = Number(n);
      return (text) =>
        text
          .split(String(separator))
          .at(index > 0 ? index - 1 : index)
          ?.trim() ?? null;
    },
  },
  {
    name: "null_if",
    summary: "Blank when it is one of the texts (case and outer white space aside).",
    args: [{ name: "text", type: "text", description: "texts that mean nothing", rest: true }],
    examples: [
      ["N/A", ["n/a", "none"], null],
      ["Nadia", ["n/a"], "Nadia"],
    ],
    make: (args) => {
      const nothing = new Set(args.map((arg) => String(arg).trim().toLowerCase()));
      return (text) => (nothing.has(text.trim().toLowerCase()) ? null : text);
    },
  },
  {
    name: "nfc",
    summary: "Unicode normal form C: letter plus accent becomes one character.",
    args: [],
    examples: [["Ame\u0301lie", [], "Am\u00e9lie"]],
    make: pure((text) => text.normalize("NFC")),
  },
  {
    name: "fix_mojibake",
    summary: "Reads UTF-8 rightly that was once read as Windows-1252; everything else stays as it is.",
    args: [],
    examples: [
      ["CafÃ© MÃ¼ller", [], "Café Müller"],
      ["Donâ€™t â€“ 5 â‚¬", [], "Don’t – 5 €"],
      ["ÃƒÂ©", [], "é"],
      ["Café – SÃO PAULO", [], "Café – SÃO PAULO"],
    ],
    make: pure(fixMojibake),
  },
  {
    name: "slug",
    summary: "Lower-case letters and digits with `-` between, accents removed.",
    args: [],
    examples: [
      ["Crème Brûlée & Co.", [], "creme-brulee-co"],
      ["GTX Pro 2", [], "gtx-pro-2"],
    ],
    make: pure((text) =>
      text
        .normalize("NFKD")
        .replace(/\p{M}+/gu, "")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, "-")
        .replace(/^-|-$/g, ""),
    ),
  },
  {
    name: "strip_html",
    summary: "The text of HTML: tags out, line breaks for blocks, character references decoded.",
    args: [],
    examples: [
      ["<p>Hello <b>Ann</b> &amp; Bob</p><p>Bye</p>", [], "Hello Ann & Bob\nBye"],
      ["a &lt;b&gt; &#8364;&nbsp;5<br>next", [], "a <b> € 5\nnext"],
      ["3 < 5", [], "3 < 5"],
      ["<style>p{}</style>x<!-- note -->", [], "x"],
    ],
    make: pure(stripHtml),
  },
];
