/** Reads the files of all engagements: type by type, in the order of the engagements' ids. */
import type { RecordBatch } from "../../core/record.ts";
import type { Api } from "./api.ts";
import { readBatch } from "./batch.ts";
import {
  type Attached,
  attachmentsIn,
  createFileDirectory,
  createFileTally,
  type FileNeeds,
  type FileRow,
  fileRows,
  tellFiles,
} from "./files.ts";
import { ENGAGEMENTS, FILE_COLUMNS } from "./objects.ts";
import { ahead } from "./read-ahead.ts";
import { createCutter } from "./read-cut.ts";
import type { Cuts } from "./read-cuts.ts";
import { createListing, type ListedPage, type Listing } from "./read-listing.ts";
import { groupsOf } from "./read-pages.ts";
import { numberIn, type ReadPlan, textIn } from "./read-records.ts";
import { createSeen } from "./read-seen.ts";
import { textOf, type WireRecord } from "./read-wire.ts";

const ATTACHMENTS = "hs_attachment_ids";
const PAGES_PER_GROUP = 10;
const GROUPS_AHEAD = 3;

const attached = ({ id, properties }: WireRecord): Attached => ({
  id,
  files: attachmentsIn(textOf(properties[ATTACHMENTS])),
});

interface Group {
  readonly type: string;
  readonly listing: Listing;
  readonly pages: readonly ListedPage[];
}

/** The engagements of all types, from the position on. Asking for more than one type at a time keeps the rate in use. */
async function* groupsOfTypes({ api, from, cuts }: ReadPlan): AsyncGenerator<Group> {
  const begin = Math.max(0, ENGAGEMENTS.indexOf(textIn(from, "type") as (typeof ENGAGEMENTS)[number]));
  for (const [index, type] of ENGAGEMENTS.slice(begin).entries()) {
    const query = { type, properties: [ATTACHMENTS], archived: false };
    const place = index === 0 ? from : null;
    const begins = place === null ? await cuts(type, query.properties, 1) : [];
    const listing = createListing(api, { query, from: place, cuts: begins, lastToo: true });
    for await (const pages of groupsOf(listing.pages(), PAGES_PER_GROUP)) yield { type, listing, pages };
  }
}

export async function* readFiles(plan: ReadPlan, needs: FileNeeds): AsyncGenerator<RecordBatch> {
  const { api, from } = plan;
  const cutter = createCutter(FILE_COLUMNS, plan.batchSize, numberIn(from, "line"));
  const tally = createFileTally();
  const directory = createFileDirectory(api, tally);
  const work = async (group: Group) => {
    const engagements = group.pages
      .flatMap(({ records }) => records.map(attached))
      .filter(({ files }) => files.length > 0);
    return { ...group, rows: await fileRows(api, group.type, engagements, directory, needs) };
  };
  const cut = ({ type, listing }: Group, row: string | null) =>
    cutter.cut({ ...listing.position(), type, row, line: cutter.line });
  // the engagement at the position, and how far its files were given
  let last = textIn(from, "row");
  let seen = createSeen();
  let before: Group | null = null;
  for await (const { rows, ...group } of ahead(groupsOfTypes(plan), GROUPS_AHEAD, work)) {
    if (before !== null && before.type !== group.type) {
      seen = createSeen();
      // types without files in them save the calls of a resumed read
      if (!cutter.empty) yield cut(before, null);
      api.context.signal.throwIfAborted();
    }
    before = group;
    for (const page of group.pages) {
      for (const { id } of page.records) {
        if (!seen.add(id)) continue;
        for (const row of rowsAfter(rows.get(id) ?? [], last)) {
          cutter.add(row);
          if (!cutter.full) continue;
          group.listing.mark(page, id);
          yield cut(group, row[0]!);
          api.context.signal.throwIfAborted();
        }
        last = null;
      }
      group.listing.mark(page, null);
    }
  }
  if (before !== null && !cutter.empty) yield cut(before, null);
  tellFiles(api, tally);
}

/** The rows behind the one with the id `last`; all of them when that file is attached no longer. */
function rowsAfter(rows: readonly FileRow[], last: string | null): readonly FileRow[] {
  return last === null ? rows : rows.slice(rows.findIndex(([id]) => id === last) + 1);
}

/** How many rows `readFiles` would give. */
export async function countFiles(api: Api, cuts: Cuts): Promise<number> {
  let rows = 0;
  for (const type of ENGAGEMENTS) {
    const seen = createSeen();
    const query = { type, properties: [ATTACHMENTS], archived: false };
    const listing = createListing(api, { query, from: null, cuts: await cuts(type, query.properties, 1) });
    for await (const page of ahead(listing.pages(), 4, async (page) => page)) {
      for (const record of page.records) if (seen.add(record.id)) rows += attached(record).files.length;
    }
  }
  return rows;
}

/** Rows of single engagements: ids by type. */
export async function* fetchFiles(
  api: Api,
  wanted: ReadonlyMap<string, readonly string[]>,
  needs: FileNeeds,
): AsyncGenerator<FileRow> {
  const tally = createFileTally();
  const directory = createFileDirectory(api, tally);
  for (const [type, ids] of wanted) {
    for (let at = 0; at < ids.length; at += 100) {
      const query = { type, properties: [ATTACHMENTS], archived: false };
      const records = await readBatch(api, query, ids.slice(at, at + 100));
      const engagements = [...records.values()].map(attached);
      for (const rows of (await fileRows(api, type, engagements, directory, needs)).values()) yield* rows;
    }
  }
}
