/** Files attached to activities: some hidden, some gone, one shared now and then. */
import type { Json } from "./types.ts";
import { instant, type World } from "./world.ts";

/** Types of activities that can carry files; their order is part of the ids. */
const CARRIERS = ["notes", "emails", "tasks", "meetings", "calls"] as const;
const BASE = 150_000_000_000;
const SPACE = 1_000_000_000;
const EXTENSIONS = [
  ["pdf", "DOCUMENT"],
  ["png", "IMG"],
  ["xlsx", "DOCUMENT"],
  ["m4a", "AUDIO"],
  ["zip", "OTHER"],
] as const;
const ACCESS = ["PRIVATE", "PUBLIC_NOT_INDEXABLE", "PUBLIC_INDEXABLE", "SENSITIVE"] as const;

export interface Files {
  /** Value of an activity's `hs_attachment_ids`. */
  attached(type: string, index: number): string | null;
  file(id: string): Json | undefined;
}

export function makeFiles(world: World): Files {
  const throwOf = world.dice("files");
  const number = (carrier: number, index: number): number => {
    if (index >= world.size(CARRIERS[carrier]!)) return 0;
    return throwOf(index * 5 + carrier, 6) === 1 ? 1 + throwOf(index * 5 + carrier + 7, 3) : 0;
  };
  const fileId = (carrier: number, index: number, at: number): string =>
    String(BASE + carrier * SPACE + index * 4 + at);
  return {
    attached(type, index) {
      const carrier = (CARRIERS as readonly string[]).indexOf(type);
      if (carrier < 0) return null;
      const ids = Array.from({ length: number(carrier, index) }, (_, at) => fileId(carrier, index, at));
      // a file that another activity carries as well
      if (index > 0 && number(carrier, index - 1) > 0 && index % 4 === 1) ids.push(fileId(carrier, index - 1, 0));
      return ids.length === 0 ? null : ids.join(";");
    },
    file(id) {
      if (!/^[1-9][0-9]{0,15}$/.test(id)) return undefined;
      const at = Number(id) - BASE;
      const carrier = Math.floor(at / SPACE);
      if (at < 0 || carrier >= CARRIERS.length) return undefined;
      const own = at % SPACE;
      const index = Math.floor(own / 4);
      if (own % 4 >= number(carrier, index) || own % 17 === 5) return undefined;
      const created = world.created(CARRIERS[carrier]!, index) - 60_000;
      const [extension, type] = EXTENSIONS[own % EXTENSIONS.length]!;
      const hidden = own % 11 === 3;
      const name = own % 7 === 0 ? `Angebot für „Müller“ ${own}` : `document-${own}`;
      const url = `https://${world.portalId}.fs1.hubspotusercontent-na1.net/hubfs/${world.portalId}/crm/${encodeURIComponent(name)}.${extension}`;
      return {
        id,
        createdAt: instant(created),
        updatedAt: instant(created + 1500),
        archived: false,
        parentFolderId: hidden ? null : "84519374402",
        name,
        path: hidden ? `/hidden/${name}.${extension}` : `/crm/${name}.${extension}`,
        size: own % 13 === 0 ? 0 : 1000 + throwOf(own, 25_000_000),
        ...(type === "IMG" ? { height: 600, width: 800 } : { height: null, width: null }),
        encoding: type === "IMG" ? extension : null,
        type,
        extension,
        defaultHostingUrl: url,
        url,
        isUsableInContent: !hidden,
        access: hidden ? "HIDDEN_PRIVATE" : ACCESS[own % ACCESS.length],
      };
    },
  };
}
