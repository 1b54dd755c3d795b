/** The evidence bundle: one zip with everything a cutover rests on, and a manifest of SHA-256. */
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { finished } from "node:stream/promises";
import { ZipFile } from "yazl";
import type { MigrationConfig } from "../config-types.ts";
import { packageRoot } from "../paths.ts";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "../private-files.ts";
import { createRedactor } from "../redact.ts";
import { configEvidence, type EvidenceFile, hashFile, hashText, runEvidence } from "./evidence.ts";
import type { Board, KnownRun, SignOff } from "./types.ts";

export const MANIFEST = "MANIFEST.json";
/** The sign-offs, as the state database holds them. */
export const SIGN_OFFS = "sign-offs.json";
export const BOARD = "cutover.json";
/** Every run of the cutover, with the stage that it did. */
export const RUNS = "runs.json";

/** `MANIFEST.json`: every other file of the bundle. */
export interface Manifest {
  readonly version: 1;
  readonly migration: string;
  readonly createdAt: string;
  /** Path -> SHA-256, hexadecimal, sorted by path. */
  readonly files: Readonly<Record<string, string>>;
}

export interface Bundle {
  readonly path: string;
  readonly files: number;
  /** SHA-256 of the manifest: whoever knows it can tell whether the bundle is still the one that was written. */
  readonly digest: string;
}

/** What the mappings of the migration are read from. */
function configFiles(config: MigrationConfig): readonly string[] {
  const shipped = config.mappings === null ? [join(packageRoot(), "mappings", config.source.connector)] : [];
  const model = config.target.model.includes("/") || config.target.model.endsWith(".yaml") ? [config.target.model] : [];
  return [config.file, ...(config.mappings ?? shipped), ...(config.owners === null ? [] : [config.owners]), ...model];
}

/** A line of `runs.json`. */
export interface BundledRun extends KnownRun {
  /** null: it was begun beside the stages: a retry, a rollback, a delta made by hand. */
  readonly stage: string | null;
  /** Files of its folder in the bundle; 0: the folder is gone, or elsewhere. */
  readonly files: number;
}

/** Zip entries carry the time of the bundle, so that the same evidence gives the same bytes. */
const mode = 0o100600;

/** Writes the bundle, whole or not at all. */
export async function writeBundle(
  config: MigrationConfig,
  runsDir: string,
  board: Board,
  runs: readonly KnownRun[],
  signOffs: readonly SignOff[],
  path: string,
  now: Date,
): Promise<Bundle> {
  const redact = createRedactor(config.secrets);
  const ofRuns: EvidenceFile[] = [];
  const bundled: BundledRun[] = [];
  for (const known of runs) {
    const found = await runEvidence(runsDir, known.run);
    const stage = board.stages.find(({ attempts }) => attempts.some(({ run }) => run === known.run))?.name ?? null;
    bundled.push({ ...known, stage, files: found.length });
    ofRuns.push(...found);
  }
  const evidence: EvidenceFile[] = [
    ...(await configEvidence(config.baseDir, configFiles(config), redact)),
    ...ofRuns,
    { path: RUNS, from: { text: `${JSON.stringify(bundled, null, 2)}\n` } },
    { path: BOARD, from: { text: `${JSON.stringify(board, null, 2)}\n` } },
    { path: SIGN_OFFS, from: { text: `${JSON.stringify(signOffs, null, 2)}\n` } },
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  const files: Record<string, string> = {};
  const zip = new ZipFile();
  for (const { path: name, from } of evidence) {
    if ("text" in from) {
      files[name] = hashText(from.text);
      zip.addBuffer(Buffer.from(from.text), name, { mtime: now, mode });
    } else {
      files[name] = await hashFile(from.file);
      zip.addFile(from.file, name, { mtime: now, mode });
    }
  }
  const manifest: Manifest = { version: 1, migration: config.name, createdAt: now.toISOString(), files };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  zip.addBuffer(Buffer.from(text), MANIFEST, { mtime: now, mode });
  zip.end();
  await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
  const partial = `${path}.partial`;
  try {
    await finished(zip.outputStream.pipe(createWriteStream(partial, { mode: PRIVATE_FILE })));
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
  return { path, files: evidence.length, digest: hashText(text) };
}
