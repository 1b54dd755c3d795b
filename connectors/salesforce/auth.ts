/** Secrets that a log-in is made of: a signed assertion, or the session of the `sf` command line. */
import { execFile } from "node:child_process";
import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Context } from "../../core/context.ts";
import { ConfigError } from "../../core/errors.ts";
import type { AuthOptions } from "./options.ts";

/** A log-in that holds: what every request needs. */
export interface Session {
  readonly accessToken: string;
  /** Without a slash at its end. */
  readonly instanceUrl: string;
  /** null where the log-in does not tell. */
  readonly orgId: string | null;
  readonly userId: string | null;
}

const ASSERTION_SECONDS = 180;
const CLI_TIMEOUT_MS = 60_000;

/** The private key of `auth`. Throws ConfigError SALESFORCE_KEY_INVALID. */
export async function privateKeyOf(auth: AuthOptions, baseDir: string): Promise<KeyObject> {
  const file = auth.privateKeyFile === null ? null : resolve(baseDir, auth.privateKeyFile);
  try {
    return createPrivateKey(auth.privateKey?.replaceAll("\\n", "\n") ?? (await readFile(file!, "utf8")));
  } catch (cause) {
    // the cause of a bad key may quote it
    const reason = (cause as NodeJS.ErrnoException).code ?? "unreadable";
    throw new ConfigError(
      "SALESFORCE_KEY_INVALID",
      `source.auth.${file === null ? "privateKey" : "privateKeyFile"}: expected an RSA private key in PEM, without a passphrase (${reason})`,
      { ...(file === null ? {} : { place: { file } }), hint: "Create one: openssl genrsa -out salesforce.key 2048" },
    );
  }
}

/** A JWT bearer assertion, RS256. */
export function jwtAssertion(key: KeyObject, auth: AuthOptions, audience: string, now: Date): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = {
    iss: auth.clientId,
    sub: auth.username,
    aud: audience,
    exp: Math.floor(now.getTime() / 1000) + ASSERTION_SECONDS,
  };
  const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
}

/** The session that the `sf` command line holds for an org; asking refreshes it. */
export async function cliSession(auth: AuthOptions, context: Context): Promise<Session> {
  const org = auth.alias ?? auth.username;
  const args = ["org", "display", "--json", ...(org === null ? [] : ["--target-org", org])];
  const command = `sf ${args.join(" ")}`;
  const output = await run(args, context).catch((cause: unknown) => {
    context.signal.throwIfAborted();
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw new ConfigError(
        "SALESFORCE_CLI_FAILED",
        "the Salesforce command line `sf` is not installed or not in PATH",
        {
          hint: "Install it (npm install -g @salesforce/cli), or use another auth.flow.",
        },
      );
    }
    throw new ConfigError("SALESFORCE_CLI_FAILED", `\`${command}\` failed`, { hint: "Run it and see what it says." });
  });
  const { message, result } = parseOutput(output);
  if (typeof result?.accessToken !== "string" || typeof result.instanceUrl !== "string") {
    throw new ConfigError(
      "SALESFORCE_CLI_FAILED",
      `\`${command}\` gave no access token${message === null ? "" : `: ${message}`}`,
      {
        hint: `Log in first: sf org login web${org === null ? "" : ` --alias ${org}`}.`,
      },
    );
  }
  return {
    accessToken: result.accessToken,
    instanceUrl: result.instanceUrl.replace(/\/+$/, ""),
    orgId: typeof result.id === "string" ? result.id : null,
    userId: null,
  };
}

/** What the command writes; it writes JSON when it fails, too. */
function run(args: readonly string[], { env, signal }: Context): Promise<string> {
  return new Promise((done, fail) => {
    const options = { env: { ...env, NO_COLOR: "1" }, signal, timeout: CLI_TIMEOUT_MS, maxBuffer: 1 << 22 };
    execFile("sf", args, options, (error, stdout) => {
      if (error === null || stdout.trim().startsWith("{")) done(stdout);
      else fail(error);
    });
  });
}

interface CliOutput {
  readonly message: string | null;
  readonly result: Readonly<Record<string, unknown>> | null;
}

function parseOutput(output: string): CliOutput {
  try {
    const parsed = JSON.parse(output) as { readonly message?: unknown; readonly result?: unknown };
    const result = typeof parsed.result === "object" ? (parsed.result as CliOutput["result"]) : null;
    return { message: typeof parsed.message === "string" ? parsed.message : null, result };
  } catch {
    return { message: null, result: null };
  }
}
