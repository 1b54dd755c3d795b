/** Transforms that take identifiers, addresses and names apart. */
import { show } from "./numbers.ts";
import { salesforceId18 } from "./salesforce-id.ts";
import type { TransformSpec } from "./transforms-types.ts";
import { ExactNumber, printTree, readJson } from "./values-json.ts";
import { parseEmail } from "./values-text.ts";
import type { Failure } from "./values-types.ts";

export const ID_TRANSFORMS: readonly TransformSpec[] = [
  {
    name: "domain",
    summary:
      "The host of an e-mail address or URL, lower case, without `www.`, port and path; blank when there is none.",
    args: [],
    examples: [
      ["Jane@Mail.Acme.com", [], "mail.acme.com"],
      ["https://www.acme.com:8080/about?x=1", [], "acme.com"],
      ["www.Acme.co.uk", [], "acme.co.uk"],
      ["n/a", [], null],
    ],
    make: () => domain,
  },
  {
    name: "email_local",
    summary: "The part of an e-mail address before the @; blank when there is none.",
    args: [],
    examples: [
      ["jane.doe@acme.com", [], "jane.doe"],
      ["jane", [], null],
    ],
    make: () => (text) => {
      const at = text.lastIndexOf("@");
      return at > 0 ? text.slice(0, at).trim() : null;
    },
  },
  {
    name: "email_list",
    summary:
      "Several addresses in one cell, each checked, in lower case and once; `;` between them, however they were separated.",
    args: [],
    examples: [
      ["Ann@Acme.com; bob@acme.com ,ann@acme.com", [], "ann@acme.com;bob@acme.com"],
      ["ann@acme.com", [], "ann@acme.com"],
      ["ann@acme.com; none", [], { code: "VALUE_NOT_AN_EMAIL" }],
    ],
    make: () => (text) => {
      const found = listOf(text).map((part) => parseEmail(part.toLowerCase()));
      return found.find((part) => typeof part !== "string") ?? [...new Set(found)].join(";");
    },
  },
  {
    name: "domain_list",
    summary:
      "Several hosts in one cell, each as `domain` makes it and once; `;` between them. What is no host rejects the record.",
    args: [],
    examples: [
      ["https://www.acme.com/; Acme.co.uk", [], "acme.com;acme.co.uk"],
      ["acme.com acme.com", [], "acme.com"],
      ["acme.com; n/a", [], { code: "VALUE_NOT_A_URL" }],
    ],
    make: () => (text) => {
      const hosts = new Set<string>();
      for (const part of listOf(text)) {
        const host = domain(part);
        if (host === null) {
          return { code: "VALUE_NOT_A_URL", reason: `expected hosts such as acme.com, got ${show(part)}` };
        }
        hosts.add(host);
      }
      return [...hosts].join(";");
    },
  },
  {
    name: "first_name",
    summary:
      "Everything before the last word of a full name, or what follows the comma in `Last, First`; blank for a single word.",
    args: [],
    examples: [
      ["Ada Lovelace", [], "Ada"],
      ["Mary Ann Evans", [], "Mary Ann"],
      ["Evans, Mary Ann", [], "Mary Ann"],
      ["Ludwig van Beethoven", [], "Ludwig"],
      ["Cher", [], null],
    ],
    make: () => (text) => splitName(text).first,
  },
  {
    name: "last_name",
    summary:
      "The last word of a full name with its particles (van, de, von...), or what precedes the comma in `Last, First`.",
    args: [],
    examples: [
      ["Ada Lovelace", [], "Lovelace"],
      ["Evans, Mary Ann", [], "Evans"],
      ["Ludwig van Beethoven", [], "van Beethoven"],
      ["Cher", [], "Cher"],
    ],
    make: () => (text) => splitName(text).last,
  },
  {
    name: "sf_id18",
    summary:
      "A Salesforce id of 15 characters with its checksum, 18 characters; 18 are verified, mangled ones rejected.",
    args: [],
    examples: [
      ["001Ec00000FzlUd", [], "001Ec00000FzlUdIAJ"],
      ["001Ec00000FzlUdIAJ", [], "001Ec00000FzlUdIAJ"],
      ["001EC00000FZLUDIAJ", [], { code: "VALUE_NOT_A_SALESFORCE_ID" }],
      ["1.23E+17", [], { code: "VALUE_NOT_A_SALESFORCE_ID" }],
    ],
    make: () => salesforceId,
  },
  {
    name: "json_get",
    summary:
      "A member of JSON, by a path of names and numbers with dots; texts as they are, blank when absent or null.",
    args: [{ name: "path", type: "text", description: "`city`, `lines.0.name`", nonEmpty: true }],
    examples: [
      ['{"city":"Paris","geo":{"lat":48.850}}', ["city"], "Paris"],
      ['{"city":"Paris","geo":{"lat":48.850}}', ["geo.lat"], "48.850"],
      ['{"lines":[{"name":"A"}]}', ["lines.0.name"], "A"],
      ['{"geo":{"lat":48.850, "at":[1]}}', ["geo"], '{"at": [1], "lat": 48.850}'],
      ['{"city":null}', ["city"], null],
      ["{oops", ["city"], { code: "VALUE_NOT_JSON" }],
    ],
    make: ([path], decimal) => {
      const steps = String(path).split(".");
      return (text) => jsonGet(text, steps, decimal);
    },
  },
];

const listOf = (text: string): string[] => text.split(/[;,\s]+/).filter((part) => part !== "");

function domain(text: string): string | null {
  let host = text.trim().toLowerCase();
  const scheme = host.indexOf("://");
  if (scheme >= 0) host = host.slice(scheme + 3);
  host = host.split(/[/?#]/, 1)[0]!;
  host = host
    .slice(host.lastIndexOf("@") + 1)
    .replace(/:\d*$/, "")
    .replace(/\.$/, "")
    .replace(/^www\./, "");
  return /^[^\s.@]+(?:\.[^\s.@]+)+$/.test(host) ? host : null;
}

const PARTICLES = new Set(
  "van von der den de del della di da dos das du la le ter ten zu zur bin ibn al el st. st".split(" "),
);

/** Splits a full name. Particles before the last word belong to the last name; a suffix such as Jr. stays with it. */
export function splitName(full: string): { first: string | null; last: string | null } {
  const name = full.trim().replace(/\s+/g, " ");
  const comma = name.indexOf(", ");
  if (comma > 0 && !SUFFIX.test(name.slice(comma + 2))) {
    return { first: name.slice(comma + 2), last: name.slice(0, comma) };
  }
  const words = name.split(" ");
  let at = words.length - 1;
  if (at > 1 && SUFFIX.test(words[at]!)) at--;
  while (at > 1 && PARTICLES.has(words[at - 1]!.toLowerCase())) at--;
  if (at < 1) return { first: null, last: name === "" ? null : name };
  return { first: words.slice(0, at).join(" ").replace(/,$/, ""), last: words.slice(at).join(" ") };
}

const SUFFIX = /^(?:jr|sr|ii|iii|iv|phd|md|esq)\.?$/i;

function salesforceId(text: string): string | Failure {
  const id = text.trim();
  const fail = (what: string): Failure => ({
    code: "VALUE_NOT_A_SALESFORCE_ID",
    reason: `expected a Salesforce id of 15 or 18 characters, ${what}: ${show(text)}`,
  });
  if (!/^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/.test(id)) return fail("got something else");
  const whole = salesforceId18(id);
  if (id.length === 18 && id.slice(15).toUpperCase() !== whole.slice(15))
    return fail("the checksum tells that its case was changed");
  return whole;
}

function jsonGet(text: string, steps: readonly string[], decimal: "." | ","): string | null | Failure {
  const tree = readJson(text);
  if ("code" in tree) return tree;
  let { value } = tree;
  for (const step of steps) {
    if (typeof value !== "object" || value === null || value instanceof ExactNumber || !Object.hasOwn(value, step)) {
      return null;
    }
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  if (value === null) return null;
  if (value instanceof ExactNumber) return value.source.replace(".", decimal);
  return typeof value === "object" ? printTree(value, text) : String(value);
}
