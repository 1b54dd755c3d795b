/** Where the embedded cluster of a folder lies, and as whom its server runs. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { ConfigError } from "../errors.ts";
import { type Binaries, findBinaries } from "./embedded-binaries.ts";
import { canEnter, canRun, isRoot, postgresUser, type ServerUser } from "./embedded-user.ts";

/** For root only: where the server's user can reach when it cannot reach the folder itself. */
const SHARED = "/var/lib/crm-migrate";

export interface Place {
  /** `.migrate`. */
  readonly home: string;
  /** Folder that holds `pg`: `home`, or one under /var/lib/crm-migrate. */
  readonly parent: string;
  /** The cluster; a real path once it exists. */
  readonly dataDir: string;
  readonly logFile: string;
  readonly passwordFile: string;
  readonly portFile: string;
  readonly lockFile: string;
}

/** Names only; creates nothing. */
export function placeOf(dir: string): Place {
  const home = join(existsSync(dir) ? realpathSync(dir) : dir, ".migrate");
  const parent = readIfThere(join(home, "location")) ?? home;
  const plain = join(parent, "pg");
  return {
    home,
    parent,
    dataDir: existsSync(plain) ? realpathSync(plain) : plain,
    logFile: join(home, "postgres.log"),
    passwordFile: join(home, "password"),
    portFile: join(home, "port"),
    lockFile: join(home, "lock"),
  };
}

export function readIfThere(file: string): string | null {
  try {
    const text = readFileSync(file, "utf8").trim();
    return text === "" ? null : text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    if (code === "EACCES" || code === "EPERM") throw notOurs(file, error);
    throw error;
  }
}

function notOurs(path: string, cause?: unknown): ConfigError {
  return new ConfigError("EMBEDDED_OWNER", `${path} belongs to another user`, {
    hint: "Run as the user who first started the embedded database here, or set DATABASE_URL.",
    cause,
  });
}

/** Creates `.migrate`, closed to others, with a .gitignore: the password must not be committed. */
export function makeHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    // root's server runs as another user, who has to pass through, not to look around
    if (isRoot() && (statSync(home).mode & 0o001) === 0) chmodSync(home, 0o711);
    const ignore = join(home, ".gitignore");
    if (!existsSync(ignore)) writeFileSync(ignore, "*\n");
  } catch (error) {
    throw new ConfigError("EMBEDDED_FOLDER", `the folder ${home} cannot be written to`, {
      hint: "Give yourself write permission there, or set DATABASE_URL to a server of your own.",
      cause: error,
    });
  }
}

/** Throws ConfigError EMBEDDED_OWNER when the existing cluster is another user's; root may handle all. */
export function assertOurs(place: Place): void {
  if (process.getuid === undefined || isRoot()) return;
  if (statSync(place.dataDir).uid !== process.getuid()) throw notOurs(place.dataDir);
}

/** As whom an existing cluster's server runs: its owner. Throws ConfigError EMBEDDED_OWNER, EMBEDDED_UNREACHABLE. */
export function ownerOf(place: Place): ServerUser | null {
  assertOurs(place);
  if (!isRoot()) return null;
  const { uid, gid } = statSync(place.dataDir);
  const user = uid === 0 ? postgresUser() : { uid, gid };
  if (!canEnter(user, place.parent)) {
    throw new ConfigError(
      "EMBEDDED_UNREACHABLE",
      `PostgreSQL does not run as root, and user ${user.uid}, who runs it, cannot enter ${place.parent}`,
      { hint: "Move the folder to where others may pass (chmod a+x on its parents), or set DATABASE_URL." },
    );
  }
  return user;
}

/** Chooses where a new cluster goes and as whom its server runs; remembers it when it is not `.migrate`. */
export function choosePlace(place: Place): { readonly place: Place; readonly as: ServerUser | null } {
  if (!isRoot()) return { place, as: null };
  const as = postgresUser();
  if (place.parent === place.home && canEnter(as, place.home) && canOwn(place.home, as)) return { place, as };
  const parent = place.parent === place.home ? join(SHARED, randomBytes(8).toString("hex")) : place.parent;
  mkdirSync(parent, { recursive: true });
  chmodSync(SHARED, 0o711);
  chmodSync(parent, 0o711);
  writeFileSync(join(place.home, "location"), `${parent}\n`);
  return { place: { ...place, parent, dataDir: join(parent, "pg") }, as };
}

/** Some mounts (network, host folders in containers) do not let root give files away. */
function canOwn(dir: string, user: ServerUser): boolean {
  const trial = join(dir, `trial-${randomBytes(4).toString("hex")}`);
  try {
    mkdirSync(trial, { mode: 0o700 });
    chownSync(trial, user.uid, user.gid);
    return statSync(trial).uid === user.uid && canEnter(user, trial);
  } catch {
    return false;
  } finally {
    rmSync(trial, { recursive: true, force: true });
  }
}

/** Binaries that `as` can run: the package's own, or a copy where that user cannot reach them. */
export async function binariesFor(as: ServerUser | null): Promise<Binaries> {
  const own = await findBinaries();
  if (as === null || canRun(as, own.postgres)) return own;
  const copy = join(SHARED, `bin-${own.version}`);
  const found = {
    ...own,
    initdb: join(copy, "bin", basename(own.initdb)),
    postgres: join(copy, "bin", basename(own.postgres)),
    root: copy,
  };
  if (canRun(as, found.postgres)) return found;
  const draft = join(SHARED, `draft-${randomBytes(8).toString("hex")}`);
  try {
    mkdirSync(SHARED, { recursive: true });
    chmodSync(SHARED, 0o711);
    execFileSync("cp", ["-a", own.root, draft], { stdio: "pipe" });
    execFileSync("chmod", ["-R", "a+rX", draft], { stdio: "pipe" });
    rmSync(copy, { recursive: true, force: true });
    renameSync(draft, copy);
  } catch (cause) {
    // two commands at once: one of them wins, and its copy serves both
    if (!canRun(as, found.postgres)) {
      throw new ConfigError(
        "EMBEDDED_ROOT",
        `PostgreSQL does not run as root, and user ${as.uid} cannot run ${own.postgres}`,
        {
          hint: "Run as an ordinary user, install where others may read, or set DATABASE_URL to a server of your own.",
          cause,
        },
      );
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return found;
}
