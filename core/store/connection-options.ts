/** A PostgreSQL URL, as users know it from psql, turned into what `pg` takes. */
import type { ClientConfig } from "pg";
import { ConfigError } from "../errors.ts";
import { redactUrl } from "../redact.ts";

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * The connection attempts to make, in order. `sslmode` means what libpq says it means: `require` encrypts without
 * checking the certificate, `verify-full` checks it, `prefer` tries with and then without, `allow` the other way round,
 * none: without. `connect_timeout` is in seconds.
 * Throws ConfigError DATABASE_URL_INVALID.
 */
export function connectionAttempts(url: string): readonly ClientConfig[] {
  const parsed = parse(url);
  const seconds = Number(parsed.searchParams.get("connect_timeout"));
  const connectionTimeoutMillis = seconds > 0 ? seconds * 1000 : CONNECT_TIMEOUT_MS;
  return urls(url, parsed).map((connectionString) => ({ connectionString, connectionTimeoutMillis }));
}

function parse(url: string): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw invalid(url);
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) throw invalid(url);
  return parsed;
}

/** The URL once per attempt, with what `pg` understands for its sslmode. */
function urls(url: string, parsed: URL): readonly string[] {
  const mode = parsed.searchParams.get("sslmode");
  if (mode === null || parsed.searchParams.has("uselibpqcompat")) return [url];
  const encrypted = new URL(parsed);
  encrypted.searchParams.set("uselibpqcompat", "true");
  const plain = new URL(parsed);
  plain.searchParams.set("sslmode", "disable");
  switch (mode) {
    case "disable":
      return [plain.href];
    case "allow":
      encrypted.searchParams.set("sslmode", "require");
      return [plain.href, encrypted.href];
    case "prefer":
      return [encrypted.href, plain.href];
    case "require":
    case "verify-ca":
    case "verify-full":
      return [encrypted.href];
    case "no-verify":
      return [url];
    default:
      throw new ConfigError(
        "DATABASE_URL_INVALID",
        `sslmode must be disable, allow, prefer, require, verify-ca or verify-full, got "${mode}"`,
        { hint: "Correct sslmode in the database URL." },
      );
  }
}

function invalid(url: string): ConfigError {
  return new ConfigError(
    "DATABASE_URL_INVALID",
    `the database URL must look like postgres://user:password@host:5432/database, got ${redactUrl(url)}`,
    { hint: "Percent-encode special characters in user and password (@ is %40, : is %3A, / is %2F, # is %23)." },
  );
}
