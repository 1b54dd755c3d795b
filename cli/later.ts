/** What the command line already knows and does not do yet. */
import { ConfigError } from "../core/errors.ts";

/** Refuses before anything is opened or written. Exit 2. */
export function comesLater(what: string, today: string): never {
  throw new ConfigError("NOT_IN_THIS_VERSION", `${what} comes in a later version; nothing was touched`, {
    hint: today,
  });
}
