/** Why a connection could not be made, in words and with what to do. */
import { ConfigError, MigrateError } from "../errors.ts";
import { sqlState } from "./db-error.ts";

/** Certificate and handshake errors of Node's TLS. */
const TLS = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|EPROTO)/;

/** True when the server has no TLS at all, so that `sslmode=prefer` may go on without. */
export function isSslUnsupported(error: unknown): boolean {
  return error instanceof Error && /does not support SSL/i.test(error.message);
}

/** True when the server insists on TLS, so that `sslmode=allow` may go on with it. */
export function isSslRequired(error: unknown): boolean {
  return sqlState(error) === "28000" && error instanceof Error && /no encryption|SSL off/i.test(error.message);
}

/** Turns a failed connection into a ConfigError; `redacted` is the URL without its password. */
export function connectError(error: unknown, redacted: string): MigrateError {
  if (error instanceof MigrateError) return error;
  const inner = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const text = inner instanceof Error ? inner.message : String(inner);
  const code = String((inner as { code?: unknown } | null)?.code ?? "");
  const make = (name: string, message: string, hint: string): ConfigError =>
    new ConfigError(name, message, { hint, cause: inner });

  if (isSslUnsupported(inner)) {
    return make(
      "DATABASE_SSL",
      `the server at ${redacted} does not offer TLS, but the URL asks for it`,
      "Remove sslmode from the URL, or use sslmode=prefer.",
    );
  }
  if (isSslRequired(inner)) {
    return make(
      "DATABASE_SSL",
      `the server at ${redacted} takes encrypted connections only: ${text}`,
      "Add ?sslmode=require to the URL.",
    );
  }
  if (TLS.test(code)) {
    return make(
      "DATABASE_SSL",
      `the server's certificate at ${redacted} was not accepted: ${text}`,
      "Name its CA with sslrootcert=FILE in the URL, or use sslmode=require to encrypt without checking.",
    );
  }
  switch (code) {
    case "28P01":
    case "28000":
      return make(
        "DATABASE_AUTH",
        `the database did not let us in at ${redacted}: ${text}`,
        "Check user and password in the URL, and the server's pg_hba.conf.",
      );
    case "3D000":
      return make(
        "DATABASE_MISSING",
        `the database does not exist: ${text} (${redacted})`,
        "Create it (createdb NAME), or correct the name in the URL.",
      );
    case "53300":
      return make(
        "DATABASE_UNREACHABLE",
        `the server at ${redacted} has no connection left: ${text}`,
        "Close other clients or raise max_connections.",
      );
    case "57P03":
      return make(
        "DATABASE_UNREACHABLE",
        `the server at ${redacted} is starting or stopping: ${text}`,
        "Try again in a moment.",
      );
    case "42501":
      return make(
        "DATABASE_PERMISSION",
        `the user may not connect: ${text} (${redacted})`,
        "GRANT CONNECT ON DATABASE ... TO the user.",
      );
    case "ENOENT":
      return make(
        "DATABASE_URL_INVALID",
        `a file that the database URL names does not exist: ${text}`,
        "Correct sslrootcert, sslcert, sslkey or the socket folder in the URL.",
      );
    default:
  }
  if (/password must be a string|SASL|no password/i.test(text)) {
    return make(
      "DATABASE_AUTH",
      `the server at ${redacted} wants a password and got none, or a wrong one: ${text}`,
      "Put user and password into the URL.",
    );
  }
  return make(
    "DATABASE_UNREACHABLE",
    `no connection to ${redacted}: ${text === "" ? code : text}`,
    "Check host and port, that the server is running, and the firewall between.",
  );
}
