/** Links to the source's records inside texts, and what becomes of them. */
import type { RecordLinks } from "../connector.ts";
import { salesforceId18 } from "../mapping/salesforce-id.ts";

/** A row of the target that an id of the source leads to. */
export interface LinkTarget {
  /** Source objects that the mapping reads, joined by commas. */
  readonly sourceObject: string;
  readonly sourceId: string;
  readonly object: string;
  readonly id: string;
}

/** What takes the place of a link, and of a bare id: with `{object}`, `{id}` and `{source_id}`; null: it stays. */
export interface LinkTemplates {
  readonly link: string;
  readonly plain: string | null;
}

/** A link of the source's system that stays as it is. */
export interface LeftLink {
  readonly link: string;
  /** unknown: no record of such an id was loaded. ambiguous: several were, and nothing tells which is meant. */
  readonly why: "unknown" | "ambiguous";
}

export interface RewrittenText {
  readonly text: string;
  readonly rewritten: number;
  readonly left: readonly LeftLink[];
}

const URLS = /https?:\/\/[^\s<>"'`\\|^{}]+/gi;
const PLAIN_IDS = /(?<![A-Za-z0-9])[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?(?![A-Za-z0-9])/g;
/** What a sentence puts behind a link. */
const BEHIND = /(?:[.,;:!?\])*]|&gt;|&quot;)+$/;

/** What was found as an address, and what the sentence has put behind it. */
function parted(found: string): { readonly url: string; readonly behind: string } {
  const behind = BEHIND.exec(found)?.[0] ?? "";
  return { url: found.slice(0, found.length - behind.length), behind };
}

interface Candidate {
  readonly id: string;
  /** Source object that the address names; null: it names none. */
  readonly object: string | null;
}

/** Places of a link's parts that may be ids, most telling first; of other systems' links: null. */
function candidates(url: string, { hosts, types }: RecordLinks): Candidate[] | null {
  const [, host, rest] = /^https?:\/\/(?:[^/?#@]*@)?([^/?#]*)(.*)$/is.exec(url)!;
  const name = host!.toLowerCase();
  const bare = name.replace(/:\d+$/, "");
  const ours = (one: string): boolean => name === one || bare === one || bare.endsWith(`.${one}`);
  if (!hosts.some((one) => ours(one.toLowerCase()))) return null;
  const parts = rest!.split(/[/?&=#]|%2F|%3D/i).filter((part) => part !== "");
  if (types === undefined) return parts.map((part) => ({ id: decoded(part), object: null }));
  return parts.flatMap((part, at) => {
    const object = types.get(part.toLowerCase());
    const id = parts[at + 1];
    return object === undefined || id === undefined ? [] : [{ id: decoded(id), object }];
  });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** As the crosswalk has it: ids of Salesforce with their checksum. */
const spelled = (id: string): string[] => (/^[A-Za-z0-9]{15}$/.test(id) ? [id, salesforceId18(id)] : [id]);

/** Ids in `text` whose targets must be known to rewrite it. */
export function idsIn(text: string, links: RecordLinks, { plain }: LinkTemplates): string[] {
  const found = (text.match(URLS) ?? []).flatMap((url) => candidates(parted(url).url, links) ?? []).map(({ id }) => id);
  const bare = plain === null ? [] : (text.match(PLAIN_IDS) ?? []);
  return [...found, ...bare].flatMap(spelled);
}

/** The row that is meant; null: none is known. */
function targetOf(
  { id, object }: Candidate,
  known: ReadonlyMap<string, readonly LinkTarget[]>,
): LinkTarget | "ambiguous" | null {
  const all = spelled(id).flatMap((each) => known.get(each) ?? []);
  const found = object === null ? all : all.filter(({ sourceObject }) => sourceObject.split(",").includes(object));
  const [first] = found;
  if (first === undefined) return null;
  return found.every((each) => each.object === first.object && each.id === first.id) ? first : "ambiguous";
}

const filled = (template: string, { object, id, sourceId }: LinkTarget, encode: (text: string) => string): string =>
  template.replace(/\{(object|id|source_id)\}/g, (_, name: string) =>
    encode(name === "object" ? object : name === "id" ? id : sourceId),
  );

/**
 * `text` with its links to records that `known` holds. A text that is nothing but an id is a value, and stays. Links that stay
 * are told.
 */
export function rewriteText(
  text: string,
  links: RecordLinks,
  templates: LinkTemplates,
  known: ReadonlyMap<string, readonly LinkTarget[]>,
): RewrittenText {
  let rewritten = 0;
  const left: LeftLink[] = [];
  const plainIn = (part: string): string => {
    const { plain } = templates;
    if (plain === null) return part;
    return part.replace(PLAIN_IDS, (id) => {
      const target = targetOf({ id, object: null }, known);
      if (target === null || target === "ambiguous") return id;
      rewritten++;
      return filled(plain, target, String);
    });
  };
  const linkOf = (found: string): string => {
    const { url, behind } = parted(found);
    const all = candidates(url, links);
    if (all === null) return found;
    let ambiguous = false;
    for (const candidate of all) {
      const target = targetOf(candidate, known);
      if (target === "ambiguous") ambiguous = true;
      else if (target !== null) {
        rewritten++;
        return `${filled(templates.link, target, encodeURIComponent)}${behind}`;
      }
    }
    left.push({ link: url, why: ambiguous ? "ambiguous" : "unknown" });
    return found;
  };
  if (/^\s*[A-Za-z0-9]{15,18}\s*$/.test(text)) return { text, rewritten, left };
  let at = 0;
  let result = "";
  for (const match of text.matchAll(URLS)) {
    result += plainIn(text.slice(at, match.index)) + linkOf(match[0]);
    at = match.index + match[0].length;
  }
  return { text: result + plainIn(text.slice(at)), rewritten, left };
}
