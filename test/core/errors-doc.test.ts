import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packageRoot } from "../../core/paths.ts";

/** Texts that look like codes and are none: of Node, of PostgreSQL's files, of other systems. */
const NO_CODES = new Set([
  "ERR_PACKAGE_PATH_NOT_EXPORTED",
  "PG_VERSION",
  "ERR_ENCODING_INVALID_ENCODED_DATA",
  "ERR_WORKER_OUT_OF_MEMORY",
  // of Parquet's types
  "BYTE_ARRAY",
  "FIXED_LEN_BYTE_ARRAY",
  // of Salesforce's own errors
  "REQUEST_LIMIT_EXCEEDED",
  "QUERY_TIMEOUT",
  "INVALID_QUERY_LOCATOR",
  "EXCEEDED_ID_LIMIT",
  "UNABLE_TO_LOCK_ROW",
  "API_DISABLED_FOR_ORG",
  "API_CURRENTLY_DISABLED",
  "INSUFFICIENT_ACCESS",
  "INSUFFICIENT_ACCESS_OR_READONLY",
  // of HubSpot's errors and answers
  "EXPIRED_AUTHENTICATION",
  "TEN_SECONDLY_ROLLING",
  "HUBSPOT_DEFINED",
  "HAS_PROPERTY",
  // environment variables that are asked for by name
  "WAYLAND_DISPLAY",
]);
/** Codes of one word. */
const ONE_WORD = ["INTERRUPTED", "UNEXPECTED", "USAGE"];

const root = packageRoot();
const sources = ["core", "connectors", "cli"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|sql)$/.test(name))
    .map((name) => readFileSync(join(root, folder, name), "utf8")),
);
/** Every quoted UPPER_SNAKE text, in TypeScript and in SQL, that is not the name of an environment variable. */
const used = new Set(
  sources
    .flatMap((text) => [...text.matchAll(/(?<!env\[)(["'])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\1/g)])
    .map((match) => match[2]!)
    .filter((code) => !NO_CODES.has(code)),
);
const documented = [...readFileSync(join(root, "docs", "errors.md"), "utf8").matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(
  (match) => match[1]!,
);

it("every code of the source is in docs/errors.md", () => {
  expect(used.size).toBeGreaterThan(100);
  expect([...used].filter((code) => !documented.includes(code)).sort()).toEqual([]);
});

it("every documented code is in the source, and documented once", () => {
  const known = new Set([...used, ...ONE_WORD]);
  expect(documented.filter((code) => !known.has(code))).toEqual([]);
  expect(documented.filter((code, index) => documented.indexOf(code) !== index)).toEqual([]);
});
