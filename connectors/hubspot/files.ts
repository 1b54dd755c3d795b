/** Files that are attached to engagements: what is known of them, and what they belong to. */
import { ConfigError, hasCode } from "../../core/errors.ts";
import { mapLimited } from "../../core/limiter.ts";
import type { Api, JsonObject } from "./api.ts";
import { mainTarget, readAssociations } from "./associations.ts";
import { NOT_FOUND } from "./errors.ts";
import { FILE_COLUMNS, RELATED } from "./objects.ts";
import { textOf } from "./read-wire.ts";
import { readScope } from "./scopes.ts";

/** An engagement with files. */
export interface Attached {
  readonly id: string;
  readonly files: readonly string[];
}

/** Cells in the order of FILE_COLUMNS. */
export type FileRow = readonly (string | null)[];

/** Files that could not be looked at, for whoever tells about it. */
export interface FileTally {
  readonly missing: Set<string>;
  readonly hidden: Set<string>;
  /** Types of records whose associations the app's scopes do not cover. */
  readonly unrelated: Set<string>;
}

export const createFileTally = (): FileTally => ({ missing: new Set(), hidden: new Set(), unrelated: new Set() });

/** `a;b` as ids, each once. */
export function attachmentsIn(text: string | null): string[] {
  if (text === null) return [];
  const ids = text.split(";").map((id) => id.trim());
  return [...new Set(ids.filter((id) => id !== ""))];
}

/** Metadata of files, each asked for once as long as it is remembered. */
export interface FileDirectory {
  /** null: there is no such file, or it may not be seen. */
  find(id: string): Promise<JsonObject | null>;
  readonly tally: FileTally;
}

const MOST_REMEMBERED = 5000;

export function createFileDirectory(api: Api, tally: FileTally): FileDirectory {
  const known = new Map<string, Promise<JsonObject | null>>();
  async function ask(id: string): Promise<JsonObject | null> {
    try {
      return await api.get(api.paths.file(id));
    } catch (error) {
      if (hasCode(error, NOT_FOUND)) tally.missing.add(id);
      // scopes decide what is seen, and hidden files need one of their own
      else if (isForbidden(error)) tally.hidden.add(id);
      else throw error;
      return null;
    }
  }
  return {
    tally,
    find(id) {
      const found = known.get(id) ?? ask(id);
      known.delete(id);
      known.set(id, found);
      if (known.size > MOST_REMEMBERED) known.delete(known.keys().next().value!);
      return found;
    },
  };
}

export interface FileNeeds {
  /** Columns that only the file itself tells. */
  readonly metadata: boolean;
  readonly related: boolean;
}

const OF_ENGAGEMENT = new Set(["id", "file_id", "engagement_type", "engagement_id"]);
const OF_RELATED = new Set(["related_id", "related_type"]);

export function fileNeeds(fields: readonly string[]): FileNeeds {
  return {
    metadata: fields.some((name) => !OF_ENGAGEMENT.has(name) && !OF_RELATED.has(name)),
    related: fields.some((name) => OF_RELATED.has(name)),
  };
}

const AT_ONCE = 25;

const isForbidden = (error: unknown): boolean =>
  error instanceof ConfigError && hasCode(error, "HUBSPOT_SCOPE_MISSING", "HUBSPOT_ACCESS_DENIED");

/** Rows by engagement, in the order of its files. */
export async function fileRows(
  api: Api,
  type: string,
  engagements: readonly Attached[],
  directory: FileDirectory,
  needs: FileNeeds,
): Promise<ReadonlyMap<string, readonly FileRow[]>> {
  const files = [...new Set(engagements.flatMap((engagement) => engagement.files))];
  const ids = engagements.map(({ id }) => id);
  // a file of a type that may not be seen is still a file
  const relatedTo = (to: string) =>
    readAssociations(api, type, to, ids).catch((error: unknown) => {
      if (!isForbidden(error)) throw error;
      directory.tally.unrelated.add(to);
      return new Map() as Awaited<ReturnType<typeof readAssociations>>;
    });
  const [metadata, related] = await Promise.all([
    needs.metadata ? mapLimited(files, AT_ONCE, (id) => directory.find(id)) : [],
    needs.related && ids.length > 0 ? Promise.all(RELATED.map(relatedTo)) : [],
  ]);
  const known = new Map(files.map((id, index) => [id, metadata[index] ?? null]));
  return new Map(
    engagements.map(({ id, files }) => {
      const index = related.findIndex((found) => found.has(id));
      const owner = index < 0 ? null : mainTarget(related[index]!.get(id));
      const belongs = { id: owner, type: owner === null ? null : RELATED[index]! };
      return [id, files.map((file) => fileRow(file, type, id, known.get(file) ?? {}, belongs))];
    }),
  );
}

function fileRow(
  fileId: string,
  type: string,
  engagementId: string,
  file: JsonObject,
  related: { readonly id: string | null; readonly type: string | null },
): FileRow {
  const cells: Record<(typeof FILE_COLUMNS)[number], string | null> = {
    id: `${fileId}:${type}:${engagementId}`,
    file_id: fileId,
    engagement_type: type,
    engagement_id: engagementId,
    name: textOf(file.name),
    extension: textOf(file.extension),
    type: textOf(file.type),
    size: textOf(file.size),
    url: textOf(file.url),
    access: textOf(file.access),
    path: textOf(file.path),
    createdAt: textOf(file.createdAt),
    updatedAt: textOf(file.updatedAt),
    related_id: related.id,
    related_type: related.type,
  };
  return FILE_COLUMNS.map((name) => cells[name]);
}

/** Warns of files that are named by engagements and could not be looked at. */
export function tellFiles(api: Api, { missing, hidden, unrelated }: FileTally): void {
  const some = (ids: ReadonlySet<string>) => [...ids].slice(0, 3).join(", ");
  if (missing.size > 0) {
    api.context.log.warn(
      `files: ${missing.size.toLocaleString("en")} attached files are not there any more (${some(missing)}); their rows have ids only`,
      { object: "files", missing: missing.size },
    );
  }
  for (const to of unrelated) {
    api.context.log.warn(
      `files: which ${to} they belong to may not be seen; the app needs the scope ${readScope(to)}`,
      { object: "files", to },
    );
  }
  if (hidden.size > 0) {
    api.context.log.warn(
      `files: ${hidden.size.toLocaleString("en")} attached files may not be seen (${some(hidden)}); their rows have ids only. The app needs the scope files, and files.ui_hidden.read for hidden ones.`,
      { object: "files", hidden: hidden.size },
    );
  }
}
