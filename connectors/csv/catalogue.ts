/** The files of a source and the tables in them, as they are now. */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Context } from "../../core/context.ts";
import { ConfigError, type Problem } from "../../core/errors.ts";
import { type Body, belongsTo, exportOf, withBodies } from "./archive/bodies.ts";
import { ignored, noTexts } from "./archive/texts.ts";
import { openContainer } from "./containers.ts";
import { findFiles } from "./files.ts";
import { type NamedFile, nameFiles, renameFiles, resolveObject } from "./objects.ts";
import type { CsvOptions } from "./options.ts";
import type { Container, Table } from "./table.ts";

interface Known<T> {
  /** Size, time and inode: looked at again only when they changed. */
  readonly state: string;
  readonly value: Promise<T>;
}

/** Archives that belong together. */
interface Export {
  readonly paths: readonly string[];
  readonly members: readonly string[];
}

export class FileCatalogue {
  readonly #options: CsvOptions;
  readonly #baseDir: string;
  readonly #context: Context;
  readonly #containers = new Map<string, Known<Container>>();
  readonly #tables = new Map<string, Known<Table>>();
  #named: Promise<readonly NamedFile[]> | null = null;
  #failures: Problem[] = [];
  /** Archives by the export that they are of, and all members of each. */
  #exports: ReadonlyMap<string, Export> = new Map();

  constructor(options: CsvOptions, baseDir: string, context: Context) {
    this.#options = options;
    this.#baseDir = baseDir;
    this.#context = context;
  }

  /** All tables that are not hidden, and the hidden ones that a name of `wanted` means. */
  async named(wanted: Iterable<string>): Promise<readonly NamedFile[]> {
    const all = await this.#all();
    const hidden = new Set<NamedFile>();
    for (const object of wanted) {
      try {
        const found = resolveObject(all, object);
        if (found.hidden) hidden.add(found);
      } catch (error) {
        // Names that mean nothing are told by those who use them.
        if (!(error instanceof ConfigError)) throw error;
      }
    }
    return all.filter((table) => !table.hidden || hidden.has(table));
  }

  /** Files that could not be looked into when they were listed. */
  failures(): readonly Problem[] {
    return this.#failures;
  }

  /** Warnings about files as a whole. */
  async warnings(): Promise<readonly Problem[]> {
    const problems: Problem[] = [];
    for (const path of new Set((await this.#all()).map((named) => named.path))) {
      problems.push(...(await this.#container(path, basename(path))).problems);
    }
    for (const { paths, members } of this.#exports.values()) {
      for (const path of paths) {
        const { archive } = await this.#container(path, basename(path));
        const used = (archive?.bodies ?? []).filter((body) => members.some((member) => belongsTo(body, member)));
        const known = new Set(used.map((body) => body.entry));
        problems.push(
          ...ignored(
            path,
            (archive?.names ?? []).filter((name) => !known.has(name)),
          ),
        );
      }
    }
    return problems;
  }

  /** The table that `object` means. Throws ConfigError: unknown, ambiguous, or what keeps it from being read. */
  async table(object: string): Promise<Table> {
    const all = await this.#all();
    try {
      return await this.open(resolveObject(all, object));
    } catch (error) {
      const unknown = error instanceof ConfigError && error.code === "CSV_UNKNOWN_OBJECT";
      throw unknown && this.#failures.length > 0 ? ConfigError.of(this.#failures) : error;
    }
  }

  /** The table as it is now: looked at again when the file changed. */
  async open(named: NamedFile): Promise<Table> {
    const key = JSON.stringify([named.path, named.member]);
    const group = this.#exports.get(exportOf(named.path))?.paths ?? [named.path];
    const states: string[] = [];
    for (const path of group) states.push(await stateOf(path, named.name));
    const state = states.join();
    const former = this.#tables.get(key);
    if (former !== undefined && former.state !== state) {
      await (await former.value.catch(() => null))?.close?.();
    }
    return await remember(this.#tables, key, state, async () => {
      const { members } = await this.#container(named.path, named.name);
      const member = members.find(({ id }) => id === named.member);
      if (member !== undefined) {
        return withBodies(await member.open(named.name), await this.#bodies(group, named.member));
      }
      throw new ConfigError("CSV_UNKNOWN_OBJECT", `${named.name}: the file has no ${named.member} any more`, {
        place: { file: named.path, object: named.name },
        hint: "Put the file back, or correct `source:` in the mapping.",
      });
    });
  }

  async close(): Promise<void> {
    for (const { value } of this.#tables.values()) await (await value.catch(() => null))?.close?.();
    this.#containers.clear();
    this.#tables.clear();
    this.#named = null;
    this.#failures = [];
    this.#exports = new Map();
  }

  /** Bodies of the records of a file in an archive, from all archives of its export. */
  async #bodies(archives: readonly string[], member: string | null): Promise<readonly Body[]> {
    const found: Body[] = [];
    if (member === null) return found;
    for (const path of archives) {
      const { archive } = await this.#container(path, basename(path));
      for (const body of archive?.bodies ?? []) if (belongsTo(body, member)) found.push(body);
    }
    return found;
  }

  async #container(path: string, name: string): Promise<Container> {
    const state = await stateOf(path, name);
    return await remember(this.#containers, path, state, () => openContainer(path, this.#options, this.#context));
  }

  #all(): Promise<readonly NamedFile[]> {
    if (this.#named === null) {
      this.#named = this.#list();
      this.#named.catch(() => {
        this.#named = null;
      });
    }
    return this.#named;
  }

  async #list(): Promise<readonly NamedFile[]> {
    const failures: Problem[] = [];
    const files: { path: string; members: Container["members"] }[] = [];
    const exports = new Map<string, Export>();
    const { as } = this.#options;
    for (const path of await findFiles(this.#options.files, this.#baseDir, as.size > 0)) {
      try {
        const { members, archive } = await this.#container(path, basename(path));
        files.push({ path, members });
        if (archive === undefined) continue;
        const { paths, members: before } = exports.get(exportOf(path)) ?? { paths: [], members: [] };
        exports.set(exportOf(path), {
          paths: [...paths, path],
          members: [...before, ...members.map(({ id }) => id ?? "")],
        });
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        failures.push(...error.problems);
      }
    }
    for (const { paths, members } of exports.values()) {
      if (members.length === 0) for (const path of paths) failures.push(...noTexts(path).problems);
    }
    const found = nameFiles(files, this.#baseDir);
    const named = failures.length === 0 ? renameFiles(found, as) : found;
    // A header told for what is not there is a mistake.
    if (failures.length === 0) for (const object of this.#options.headers.keys()) resolveObject(named, object);
    this.#failures = failures;
    this.#exports = exports;
    return named;
  }
}

async function stateOf(path: string, name: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return `${size}:${mtimeMs}:${ino}`;
  } catch (cause) {
    throw new ConfigError(
      "CSV_UNREADABLE",
      `${name}: cannot be read any more (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`,
      { place: { file: path }, hint: "Put the file back, or correct `files`.", cause },
    );
  }
}

async function remember<T>(
  known: Map<string, Known<T>>,
  key: string,
  state: string,
  make: () => Promise<T>,
): Promise<T> {
  const found = known.get(key);
  if (found?.state === state) return await found.value;
  const value = make();
  known.set(key, { state, value });
  value.catch(() => known.delete(key));
  return await value;
}
