import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { ConfigError } from "../../../core/errors.ts";
import { loadMappingSet } from "../../../core/mapping/load.ts";
import { model, sourceSchema, told } from "./kit.ts";

const options = { sourceSchema, model, capabilities: { blankMeansNothing: true, fetchByKey: false } };
const account = "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name }\n";
const user = "object: user\nsource: users.csv\nkey: Id\nfields: { name: Name }\n";

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "mappings-"));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}

const config = (baseDir: string, mappings: readonly string[] | null, owners: string | null = null) => ({
  baseDir,
  mappings: mappings?.map((path) => join(baseDir, path)) ?? null,
  owners: owners === null ? null : join(baseDir, owners),
  source: { connector: "csv" },
});

async function failure(promise: Promise<unknown>): Promise<string[]> {
  const error = await promise.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return told((error as ConfigError).problems);
}

it("reads a folder by name; picklists.yaml and owners.yaml are known by theirs", async () => {
  const dir = await folder({
    "mappings/2-user.yml": user,
    "mappings/1-account.yaml": account.replace("name: Name", "name: Name, tags: { from: Tags, picklist: heat }"),
    "mappings/picklists.yaml": "picklists: { heat: { values: { H: hot }, unmapped: reject } }",
    "mappings/owners.yaml": "match: name",
    "mappings/notes.txt": "not a mapping",
    "mappings/.hidden.yaml": "not: a mapping",
  });
  const { set, warnings } = await loadMappingSet(config(dir, ["mappings"]), options);
  expect(warnings).toEqual([]);
  expect(set.mappings.map((mapping) => mapping.file)).toEqual(["mappings/1-account.yaml", "mappings/2-user.yml"]);
  expect(set.mappings[0]!.fields[1]!.picklist!.values.get("H")).toBe("hot");
  expect(set.owners.match).toBe("name");
});

it("owners of the configuration go before those of the folder; files may be listed", async () => {
  const dir = await folder({ "m/owners.yaml": "match: name", "m/a.yaml": account, "o.yaml": "match: external_id" });
  expect((await loadMappingSet(config(dir, ["m"], "o.yaml"), options)).set.owners.match).toBe("external_id");
  expect((await loadMappingSet(config(dir, ["m/a.yaml"]), options)).set.owners.match).toBe("email");
});

it("the hash does not depend on where the folder lies, nor on file names", async () => {
  const one = await folder({ "m/a.yaml": account, "m/b.yaml": user });
  const two = await folder({ "x/y/z.yaml": account, "x/y/a.yaml": user });
  const first = await loadMappingSet(config(one, ["m"]), options);
  const second = await loadMappingSet(config(two, ["x/y"]), options);
  expect(second.set.fingerprint).toBe(first.set.fingerprint);
});

it("tells the problems of all files together", async () => {
  const dir = await folder({
    "m/a.yaml": "object: [\n",
    "m/b.yaml": "objct: account\nsource: A\nfields: { name: Name }\n",
    "m/owners.yaml": "match: mail",
  });
  expect(await failure(loadMappingSet(config(dir, ["m"], "nowhere.yaml"), options))).toEqual([
    expect.stringMatching(/^nowhere\.yaml MAPPINGS_UNREADABLE cannot read nowhere\.yaml: ENOENT/),
    expect.stringMatching(/^m\/a\.yaml:\d+:\d+ YAML_SYNTAX /),
    expect.stringMatching(/^m\/b\.yaml:1:1 YAML_UNKNOWN_KEY mapping: unknown key "objct"/),
    "m/b.yaml:1:1 MAPPING_MISSING_KEY mapping: object is missing | Add object.",
  ]);
});

it("a path that is not there, a folder without mappings, a source without shipped ones", async () => {
  const dir = await folder({ "empty/picklists.yaml": "" });
  expect(await failure(loadMappingSet(config(dir, ["mapings"]), options))).toEqual([
    "mapings MAPPINGS_MISSING mappings: there is no mapings | Correct `mappings` in migration.yaml, or run `migrate init` to write mapping files.",
  ]);
  expect(await failure(loadMappingSet(config(dir, ["empty"]), options))).toEqual([
    " MAPPINGS_MISSING there is no mapping file in empty | Write one per target object, or run `migrate init`.",
  ]);
  expect(await failure(loadMappingSet(config(dir, null), options))).toEqual([
    " MAPPINGS_MISSING there are no shipped mappings for source csv, and `mappings` is not set | Run `migrate init` to write mapping files, and set `mappings: ./mappings` in migration.yaml.",
  ]);
});
