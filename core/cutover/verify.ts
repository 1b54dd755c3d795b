/** `migrate cutover verify`: is the bundle the one that was written, and does it hold what was signed? */
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { type Entry, open, type ZipFile } from "yauzl";
import { ConfigError } from "../errors.ts";
import { MANIFEST, type Manifest, SIGN_OFFS } from "./bundle.ts";
import type { SignOff } from "./types.ts";

export interface Verified {
  readonly ok: boolean;
  readonly migration: string | null;
  readonly createdAt: string | null;
  readonly files: number;
  /** SHA-256 of the manifest. */
  readonly digest: string | null;
  readonly signOffs: readonly SignOff[];
  /** What is wrong, one sentence each; none: nothing is. */
  readonly problems: readonly string[];
}

/** Kept in memory: the manifest and the sign-offs. */
const TEXT_LIMIT = 64 * 2 ** 20;

function unreadable(path: string, cause: unknown): ConfigError {
  return new ConfigError(
    "BUNDLE_UNREADABLE",
    `expected an evidence bundle, cannot read ${path}: ${(cause as Error).message}`,
    {
      place: { file: path },
      hint: "Name the zip that `migrate cutover sign-off` wrote. If it is that one, it was damaged or cut short: take another copy, or write it again with `migrate cutover bundle`.",
      cause,
    },
  );
}

const openZip = (path: string): Promise<ZipFile> =>
  new Promise((resolve, reject) =>
    open(path, { lazyEntries: true, autoClose: true, validateEntrySizes: true }, (error, zip) =>
      error === null || error === undefined ? resolve(zip!) : reject(unreadable(path, error)),
    ),
  );

const contentOf = (zip: ZipFile, entry: Entry): Promise<Readable> =>
  new Promise((resolve, reject) =>
    zip.openReadStream(entry, (error, stream) =>
      error === null || error === undefined ? resolve(stream!) : reject(error),
    ),
  );

interface Content {
  readonly sha256: string;
  /** Of the few files that are read; null otherwise. */
  readonly text: string | null;
}

async function readEntry(zip: ZipFile, entry: Entry): Promise<Content> {
  const hash = createHash("sha256");
  const wanted = entry.fileName === MANIFEST || entry.fileName === SIGN_OFFS;
  const parts: Buffer[] = [];
  let size = 0;
  let crc = 0;
  for await (const part of await contentOf(zip, entry)) {
    hash.update(part as Buffer);
    crc = crc32(part as Buffer, crc);
    if (!wanted) continue;
    size += (part as Buffer).length;
    if (size > TEXT_LIMIT) throw new RangeError(`${entry.fileName} is larger than any that is written`);
    parts.push(part as Buffer);
  }
  // the reader does not look at it, and the manifest has no other witness
  if (crc !== entry.crc32) throw new RangeError("its checksum is wrong");
  return { sha256: hash.digest("hex"), text: wanted ? Buffer.concat(parts).toString("utf8") : null };
}

/** Every entry of the zip, each read whole; problems are gathered. */
function readZip(zip: ZipFile, path: string, problems: string[]): Promise<ReadonlyMap<string, Content>> {
  const found = new Map<string, Content>();
  return new Promise((resolve, reject) => {
    zip.on("error", (error) => reject(unreadable(path, error)));
    zip.on("end", () => resolve(found));
    zip.on("entry", (entry: Entry) => {
      const take = async (): Promise<void> => {
        if (found.has(entry.fileName)) problems.push(`${entry.fileName} is in the bundle twice`);
        try {
          found.set(entry.fileName, await readEntry(zip, entry));
        } catch (error) {
          problems.push(`${entry.fileName} cannot be read: ${(error as Error).message}`);
          found.set(entry.fileName, { sha256: "", text: null });
        }
        zip.readEntry();
      };
      void take();
    });
    zip.readEntry();
  });
}

function parse<T>(content: Content | undefined, name: string, problems: string[]): T | null {
  if (content === undefined) {
    problems.push(`${name} is missing`);
    return null;
  }
  try {
    return JSON.parse(content.text ?? "") as T;
  } catch {
    problems.push(`${name} is no JSON`);
    return null;
  }
}

function compareFiles(manifest: Manifest, found: ReadonlyMap<string, Content>, problems: string[]): void {
  const listed = new Map(Object.entries(manifest.files ?? {}));
  for (const [name, sha256] of listed) {
    const content = found.get(name);
    if (content === undefined) problems.push(`${name} is missing`);
    else if (content.sha256 !== sha256 && content.sha256 !== "") problems.push(`${name} was changed`);
  }
  for (const name of found.keys()) {
    if (name !== MANIFEST && !listed.has(name)) problems.push(`${name} was added: the manifest does not list it`);
  }
}

function compareSigned(signOffs: readonly SignOff[], manifest: Manifest, problems: string[]): void {
  for (const { stage, run, signer, files } of signOffs) {
    for (const [name, sha256] of Object.entries(files)) {
      // a run's own folder has no folder runs/ in it
      const path = name.startsWith("runs/") ? name : `runs/${run}/${name}`;
      const now = manifest.files[path];
      if (now === sha256) continue;
      const what = now === undefined ? "is missing" : "is not what was signed";
      problems.push(`${path} ${what} (stage ${stage}, signed by ${signer})`);
    }
  }
}

const MIN_DIGITS = 12;

/**
 * Reads the whole bundle. `digest`: the manifest's SHA-256 as it was noted when the bundle was written (its beginning is
 * enough, 12 digits at least); null: a bundle whose manifest was made anew passes. Throws ConfigError BUNDLE_UNREADABLE for what
 * is no zip.
 */
export async function verifyBundle(path: string, digest: string | null): Promise<Verified> {
  const problems: string[] = [];
  const found = await readZip(await openZip(path), path, problems);
  const manifest = parse<Manifest>(found.get(MANIFEST), MANIFEST, problems);
  const signOffs = parse<readonly SignOff[]>(found.get(SIGN_OFFS), SIGN_OFFS, problems) ?? [];
  const own = found.get(MANIFEST)?.sha256 ?? null;
  if (manifest !== null) {
    compareFiles(manifest, found, problems);
    compareSigned(signOffs, manifest, problems);
  }
  const wanted = digest?.toLowerCase().replace(/^sha256:/, "") ?? null;
  if (wanted !== null && wanted.length < MIN_DIGITS) {
    problems.push(`expected at least ${MIN_DIGITS} digits of the digest, got ${wanted.length}: fewer prove nothing`);
  } else if (wanted !== null && (own === null || !own.startsWith(wanted))) {
    problems.push(`the manifest's digest is ${own ?? "unknown"}, not ${wanted}: the bundle was made anew`);
  }
  return {
    ok: problems.length === 0,
    migration: manifest?.migration ?? null,
    createdAt: manifest?.createdAt ?? null,
    files: found.size,
    digest: own,
    signOffs,
    problems,
  };
}
