/** What belongs to the evidence of a cutover: files of runs, mappings and configuration, each with its SHA-256. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { DECISION_FILE } from "../engine/conflict-file.ts";

/** A file of the bundle: on disk, or made for it. */
export interface EvidenceFile {
  /** In the bundle, with `/`. */
  readonly path: string;
  readonly from: { readonly file: string } | { readonly text: string };
}

/** Files of a run's folder that are evidence; snapshots are not: they hold the source's data itself. */
const RUN_FILES =
  /^(run\.json|plan\.json|reconciliation\.json|report\.(html|md)|warnings\.csv|conflicts\.csv|decisions\.csv|links\.csv|refused\.csv|freeze-violations\.csv|migrate\.log|(rejects|differences|records)\/[^/]+\.csv)$/;

/** What a sign-off is about: these files may not change afterwards. */
const SIGNED = new Set(["run.json", "plan.json", "reconciliation.json", "conflicts.csv"]);
const isSigned = (path: string): boolean => SIGNED.has(path) || path.startsWith("rejects/");

const slashes = (path: string): string => path.split(sep).join("/");

/** All files below a folder, relative to it, sorted; none where it does not exist. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => slashes(relative(folder, join(entry.parentPath, entry.name))))
    .sort();
}

/** SHA-256 of a file, hexadecimal; read as a stream. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest("hex");
}

/** SHA-256 of a text, hexadecimal. */
export const hashText = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");

/** Evidence of a run's folder. */
export async function runEvidence(runsDir: string, run: string): Promise<readonly EvidenceFile[]> {
  const folder = join(runsDir, run);
  const files = (await filesBelow(folder)).filter((path) => RUN_FILES.test(path));
  return files.map((path) => ({ path: `runs/${run}/${path}`, from: { file: join(folder, path) } }));
}

/** Path -> SHA-256 of what somebody who signs the run puts their name to. */
export async function signedFiles(runsDir: string, run: string): Promise<Readonly<Record<string, string>>> {
  const folder = join(runsDir, run);
  const files = (await filesBelow(folder)).filter((path) => RUN_FILES.test(path) && isSigned(path));
  return Object.fromEntries(
    await Promise.all(files.map(async (path) => [path, await hashFile(join(folder, path))] as const)),
  );
}

/** Path in the bundle -> SHA-256 of what retries were told to decide. */
export async function signedDecisions(
  runsDir: string,
  runs: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const run of runs) {
    const hash = await hashFile(join(runsDir, run, DECISION_FILE)).catch(() => null);
    if (hash !== null) found[`runs/${run}/${DECISION_FILE}`] = hash;
  }
  return found;
}

/**
 * Configuration, mappings, owners and model as text, secrets blanked: a migration.yaml may hold some. Below `config/`, by
 * their path beside migration.yaml; what lies elsewhere, by its name.
 */
export async function configEvidence(
  baseDir: string,
  sources: readonly string[],
  redact: (text: string) => string,
): Promise<readonly EvidenceFile[]> {
  const found: EvidenceFile[] = [];
  const taken = new Set<string>();
  const add = async (file: string, name: string): Promise<void> => {
    const path = `config/${name}`;
    if (taken.has(path)) return;
    taken.add(path);
    found.push({ path, from: { text: redact(await readFile(file, "utf8")) } });
  };
  for (const source of sources) {
    const inside = slashes(relative(baseDir, source));
    const name = inside.startsWith("..") || inside === "" ? basename(source) : inside;
    const about = await stat(source).catch(() => null);
    if (about === null) continue;
    if (about.isFile()) await add(source, name);
    else {
      for (const below of await filesBelow(source)) {
        if (/\.ya?ml$/.test(below)) await add(join(source, below), `${name}/${below}`);
      }
    }
  }
  return found;
}
