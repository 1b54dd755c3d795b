/** Opens a file in the browser of who sits before the screen. */
import { spawn } from "node:child_process";
import { release } from "node:os";
import { pathToFileURL } from "node:url";

export interface Desktop {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the operating system: tells Linux within Windows apart. */
  readonly release: string;
}

/** The program that opens an address, and what comes before it; null: nobody sits here. */
export function opener({ platform, env, release: version }: Desktop): readonly [string, ...string[]] | null {
  if (platform === "darwin") return ["open"];
  // not `start`: cmd would take & and % of a path for its own
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  if (/microsoft/i.test(version)) return ["wslview"];
  const seen = (name: string): boolean => (env[name] ?? "") !== "";
  return seen("DISPLAY") || seen("WAYLAND_DISPLAY") ? ["xdg-open"] : null;
}

/** True when a program was asked to open it; false where there is no screen or no such program. Waits for nothing else. */
export async function openInBrowser(file: string, env: Desktop["env"]): Promise<boolean> {
  const found = opener({ platform: process.platform, env, release: release() });
  if (found === null) return false;
  const [command, ...args] = found;
  const child = spawn(command, [...args, pathToFileURL(file).href], {
    stdio: "ignore",
    detached: true,
    env: env as NodeJS.ProcessEnv,
  });
  const begun = new Promise<boolean>((resolve) => {
    child.once("spawn", () => resolve(true));
    child.once("error", () => resolve(false));
  });
  child.unref();
  return begun;
}
