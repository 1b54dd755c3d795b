// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables as the configuration file writes them
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../core/config.ts";
import type { MigrationConfig } from "../../core/config-types.ts";
import { ConfigError } from "../../core/errors.ts";
import type { OptionSpec } from "../../core/options.ts";

const csv: readonly OptionSpec[] = [
  { name: "files", type: "string[]", required: true, description: "Files or folders.", example: "./data" },
  { name: "dates", type: "string", values: ["dmy", "mdy", "ymd", "auto"], default: "auto", description: "Date order." },
  { name: "batch", type: "integer", description: "Records per batch." },
  {
    name: "auth",
    type: "object",
    description: "Credentials.",
    members: [
      { name: "user", type: "string", description: "User." },
      { name: "token", type: "string", secret: true, description: "Token." },
    ],
  },
];

async function load(yaml: string, env: Record<string, string> = {}, dotenv?: string): Promise<MigrationConfig> {
  const dir = await mkdtemp(join(tmpdir(), "config-"));
  const file = join(dir, "migration.yaml");
  await writeFile(file, yaml);
  if (dotenv !== undefined) await writeFile(join(dir, ".env"), dotenv);
  return loadConfig(file, {
    env,
    sourceOptions: async (name) => {
      if (name === "csv") return csv;
      throw new ConfigError("CONNECTOR_UNKNOWN", `no source connector "${name}"; known: csv`);
    },
    targetOptions: async () => [],
  });
}

async function problemsOf(yaml: string, env: Record<string, string> = {}, dotenv?: string): Promise<string[]> {
  const error = await load(yaml, env, dotenv).then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).problems.map(
    ({ code, message, place, hint }) =>
      `${place.line}:${place.column} ${code} ${message}${hint === null ? "" : ` | ${hint}`}`,
  );
}

const MINIMAL = "name: demo\nsource: { connector: csv, files: ./data }\n";

describe("defaults", () => {
  it("resolves paths and fills in what the file does not say", async () => {
    const config = await load(MINIMAL);
    expect(config).toEqual({
      file: join(config.baseDir, "migration.yaml"),
      baseDir: config.baseDir,
      name: "demo",
      source: { connector: "csv", name: "demo", options: { files: ["./data"], dates: "auto" } },
      target: { connector: "postgres", url: "", schema: "crm", model: "hotcrm" },
      mappings: null,
      owners: null,
      scope: { since: null, until: null, objects: null },
      limits: { rejects: 0.01, api: 0.8, deletes: 0.2 },
      reconcile: { tolerance: 0.001, spotChecks: 10 },
      delta: {
        deleted: null,
        files: "whole",
        settle: null,
        overlap: null,
        sweeps: { deleted: true, derived: true, associations: true },
        resurrect: false,
      },
      conflicts: null,
      cutover: { stages: [] },
      secrets: [],
    });
  });

  it("reads every section, and freezes the result deeply", async () => {
    const config = await load(`
version: 1
name: acme
source: { connector: csv, name: old-crm, files: [a.csv, b.csv], dates: dmy, batch: 10 }
target: { connector: postgres, url: "postgres://u:p%40ss@h/db", schema: sales, model: ./model.yaml }
mappings: ./mappings
owners: owners.yaml
scope: { since: 2020-01-01, until: null, objects: [account] }
limits: { rejects: 0, api: 1 }
reconcile: { tolerance: 0, spotChecks: 0 }
cutover:
  stages:
    - { name: history, objects: [user], until: 2025-01-01 }
    - { name: final, delta: true, freeze: true }
`);
    expect(config.source).toEqual({
      connector: "csv",
      name: "old-crm",
      options: { files: ["a.csv", "b.csv"], dates: "dmy", batch: 10 },
    });
    expect(config.target.model).toBe(join(config.baseDir, "model.yaml"));
    expect(config.mappings).toEqual([join(config.baseDir, "mappings")]);
    expect(config.owners).toBe(join(config.baseDir, "owners.yaml"));
    expect(config.scope).toEqual({ since: "2020-01-01", until: null, objects: ["account"] });
    expect(config.limits).toEqual({ rejects: 0, api: 1, deletes: 0.2 });
    expect(config.reconcile).toEqual({ tolerance: 0, spotChecks: 0 });
    expect(config.cutover.stages).toEqual([
      { name: "history", objects: ["user"], until: "2025-01-01", delta: false, repeat: false, freeze: false },
      { name: "final", objects: null, until: null, delta: true, repeat: false, freeze: true },
    ]);
    expect(config.secrets).toEqual(["p%40ss", "p@ss"]);
    expect(Object.isFrozen(config.source.options)).toBe(true);
    expect(Object.isFrozen(config.cutover.stages[0])).toBe(true);
  });
});

describe("variables", () => {
  const withUser = (user: string) => `name: demo\nsource: { connector: csv, files: x, auth: { user: ${user} } }\n`;
  const user = async (text: string, env: Record<string, string> = {}, dotenv?: string) =>
    ((await load(withUser(text), env, dotenv)).source.options as { auth: { user: string } }).auth.user;

  it("come from the environment, then from .env", async () => {
    expect(await user('"${WHO}"', { WHO: "shell" }, "WHO=file\n")).toBe("shell");
    expect(await user('"${WHO}"', {}, "WHO=file\n")).toBe("file");
  });

  it("fall back when unset or empty, and may be part of a text", async () => {
    expect(await user('"a-${WHO:-none}-z"')).toBe("a-none-z");
    expect(await user('"a-${WHO:-none}-z"', { WHO: "" })).toBe("a-none-z");
    expect(await user('"${WHO}x"', { WHO: "" })).toBe("x");
  });

  it("$${ is a literal ${", async () => {
    expect(await user('"$${WHO}"')).toBe("${WHO}");
  });

  it("cannot inject YAML", async () => {
    expect(await user('"${WHO}"', { WHO: "x }, token: [evil] #" })).toBe("x }, token: [evil] #");
  });

  it("may be numbers", async () => {
    const config = await load(
      'name: d\nsource: { connector: csv, files: x, batch: "${N}" }\nlimits: { rejects: "${R:-0.5}" }\n',
      { N: "7" },
    );
    expect(config.source.options.batch).toBe(7);
    expect(config.limits.rejects).toBe(0.5);
  });

  it("that are unset are named with their place", async () => {
    expect(await problemsOf(`${MINIMAL}target:\n  url: "\${DATABASE}"\n`)).toEqual([
      "4:8 CONFIG_VARIABLE_UNSET environment variable DATABASE is not set | Set DATABASE, or add it to .env beside the file.",
    ]);
  });

  it("that are malformed are told", async () => {
    expect(await problemsOf(`${MINIMAL}owners: "\${no name}"\n`)).toEqual([
      "3:9 CONFIG_VARIABLE_SYNTAX expected ${NAME} or ${NAME:-default}, got ${ without a name or without } | Write $${ for a literal ${.",
    ]);
  });
});

describe("secrets", () => {
  it("are collected from options that are marked, and never shown", async () => {
    const yaml = 'name: d\nsource: { connector: csv, files: x, auth: { token: "${T}" } }\ntarget: { url: "${U}" }\n';
    expect((await load(yaml, { T: "hush", U: "postgres://u:secret@h/d" })).secrets).toEqual(["hush", "secret"]);
    expect(await problemsOf(yaml, { T: "hush", U: "mysql://u:secret@h/d" })).toEqual([
      "3:16 CONFIG_TARGET_URL_INVALID target.url: expected postgres://user:password@host:port/database (not shown: it may hold a password) | Percent-encode special characters in user and password, for example @ as %40.",
    ]);
  });

  it.each([
    "postgres://bob:123/S3cr@127.0.0.1:5999/db",
    "postgres://bob:p@ss/w:rd%41#x@host/db",
    "postgres://bob:12?S3cr@host/db",
    "postgres://bob:p@ss@host/db",
    "postgres://bob:12#S3cr@host/db",
    "postgres://bob:S3cr@host/db?application_name=a@b",
    "postgres://bob:S3 cr@host/db",
  ])("a password that is not percent-encoded is refused and not shown: %s", async (url) => {
    const yaml = 'name: d\nsource: { connector: csv, files: x }\ntarget: { url: "${U}" }\n';
    expect(await problemsOf(yaml, { U: url })).toEqual([
      "3:16 CONFIG_TARGET_URL_INVALID target.url: expected one @, between password and host, and no blank or #; got a password that is not percent-encoded (not shown) | Percent-encode the password: @ as %40, / as %2F, # as %23, ? as %3F, % as %25, a blank as %20.",
    ]);
  });

  it("a stray % in the password is told", async () => {
    const yaml = 'name: d\nsource: { connector: csv, files: x }\ntarget: { url: "${U}" }\n';
    expect(await problemsOf(yaml, { U: "postgres://u:50%off@h/d" })).toEqual([
      "3:16 CONFIG_TARGET_URL_INVALID target.url: expected %XX after every % of the password (not shown) | Write % as %25.",
    ]);
  });

  it.each(["postgres://u@h/d", "postgres://h/d", "postgres://u:p%40%2F%23%3F%25@h:5432/d?sslmode=require"])(
    "a well-formed URL is taken: %s",
    async (url) => {
      const yaml = 'name: d\nsource: { connector: csv, files: x }\ntarget: { url: "${U}" }\n';
      expect((await load(yaml, { U: url })).target.url).toBe(url);
    },
  );
});

describe("problems", () => {
  it("a missing file points to init", async () => {
    await expect(
      loadConfig("/nowhere/migration.yaml", { env: {}, sourceOptions: async () => csv, targetOptions: async () => [] }),
    ).rejects.toMatchObject({
      code: "CONFIG_MISSING",
      message: "there is no /nowhere/migration.yaml",
      hint: "Write one with `migrate init`, or name another with --config FILE.",
      exitCode: 2,
    });
  });

  it("an empty file says what is missing", async () => {
    expect(await problemsOf("")).toEqual([
      '1:1 OPTION_REQUIRED name is missing: Name of the migration: letters, digits, `.`, `_`, `-`. Kept in external_source unless source.name is set. | Set name, for example "acme-salesforce".',
      "1:1 OPTION_REQUIRED source is missing: Where records come from: `connector` and its options. | Set source.",
    ]);
  });

  it("are told all at once", async () => {
    expect(
      await problemsOf(`version: 2
name: "a/b"
source: { connector: csv, fles: x, dates: dym, batch: many }
target: { schma: crm }
limit: {}
scope: { since: 2020-02-30 }
limits: { rejects: 5 }
cutover: { stages: [{ until: soon }] }
`),
    ).toEqual([
      '5:1 YAML_UNKNOWN_KEY migration.yaml: unknown key "limit"; known keys: version, name, source, target, mappings, owners, scope, limits, reconcile, conflicts, delta, cutover | did you mean "limits"?',
      '3:27 YAML_UNKNOWN_KEY source: unknown key "fles"; known keys: connector, name, files, dates, batch, auth | did you mean "files"?',
      '3:9 OPTION_REQUIRED source.files is missing: Files or folders. | Set source.files, for example "./data".',
      '3:43 YAML_WRONG_VALUE source.dates: expected dmy, mdy, ymd, auto, got "dym" | did you mean "dmy"?',
      "3:55 YAML_WRONG_TYPE source.batch: expected a whole number, got a text",
      '4:11 YAML_UNKNOWN_KEY target: unknown key "schma"; known keys: connector, url, schema, model | did you mean "schema"?',
      "1:10 CONFIG_INVALID version: expected 1, got 2",
      '2:7 CONFIG_INVALID name: expected letters, digits, ".", "_", "-" (at most 100), got "a/b"',
      '6:17 CONFIG_INVALID since: expected a date such as 2020-01-31 or 2020-01-31T00:00:00Z, got "2020-02-30"',
      "7:20 CONFIG_INVALID limits.rejects: expected a share from 0 to 1, got 5 | Write 0.01 for 1 %.",
      '8:21 OPTION_REQUIRED cutover.stages[0].name is missing: Name of the stage. | Set cutover.stages[0].name, for example "history".',
      '8:30 CONFIG_INVALID until: expected a date such as 2020-01-31 or 2020-01-31T00:00:00Z, got "soon"',
    ]);
  });

  it("an unknown connector has its place", async () => {
    expect(await problemsOf("name: d\nsource: { connector: sap }\n")).toEqual([
      '2:22 CONNECTOR_UNKNOWN no source connector "sap"; known: csv',
    ]);
  });

  it("source without connector, source of the wrong kind", async () => {
    expect(await problemsOf("name: d\nsource: { files: x }\n")).toEqual([
      "2:9 OPTION_REQUIRED source.connector is missing | Set source.connector, for example csv.",
    ]);
    expect(await problemsOf("name: d\nsource: csv\n")).toEqual([
      "2:9 YAML_WRONG_TYPE source: expected a map, got a text",
    ]);
  });
});
