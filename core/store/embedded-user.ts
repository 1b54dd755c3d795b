/** PostgreSQL refuses to run as root: as which user it runs then, and what that user can reach. */
import { execFileSync, spawnSync } from "node:child_process";
import { ConfigError } from "../errors.ts";

/** uid and gid to start the server with; null: as we are. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The user `postgres`, created when it is missing. Only called as root.
 * Throws ConfigError EMBEDDED_ROOT when it cannot be created.
 */
export function postgresUser(): ServerUser {
  const found = lookUp();
  if (found !== null) return found;
  try {
    execFileSync(
      "useradd",
      ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "postgres"],
      {
        stdio: "pipe",
      },
    );
  } catch (cause) {
    // two commands at once: the other one may have created it
    const now = lookUp();
    if (now !== null) return now;
    throw new ConfigError(
      "EMBEDDED_ROOT",
      "PostgreSQL does not run as root, and the user postgres could not be created",
      {
        hint: "Run as an ordinary user, create the user postgres, or set DATABASE_URL to a server of your own.",
        cause,
      },
    );
  }
  const created = lookUp();
  if (created === null) throw new ConfigError("EMBEDDED_ROOT", "the user postgres was created but cannot be found");
  return created;
}

function lookUp(): ServerUser | null {
  const id = (flag: string): number =>
    Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  try {
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    return null;
  }
}

/** True when `user` can enter `dir`: asked of the system, so that parents, ACLs and mounts count. */
export function canEnter(user: ServerUser, dir: string): boolean {
  return spawnSync("/bin/sh", ["-c", 'cd "$1"', "sh", dir], { ...user, cwd: "/", stdio: "ignore" }).status === 0;
}

/** True when `user` can run `file`, libraries included. */
export function canRun(user: ServerUser, file: string): boolean {
  return spawnSync(file, ["--version"], { ...user, cwd: "/", stdio: "ignore" }).status === 0;
}
