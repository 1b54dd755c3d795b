import { describe, expect, it } from "vitest";
import { createRegistry } from "../../connectors/registry.ts";
import { folder, problemsOf } from "./csv/files.ts";

const connector = (name: string) =>
  `export default { name: "${name}", summary: "test", options: [], create() { return { name: "${name}" }; } };`;

describe("registry", () => {
  it("loads the built-in connectors", async () => {
    const registry = createRegistry();
    expect(registry.names).toEqual(["csv", "hubspot", "salesforce"]);
    expect(registry.targetNames).toEqual(["postgres"]);
    expect((await registry.load("csv")).name).toBe("csv");
    expect((await registry.load("hubspot")).name).toBe("hubspot");
    expect((await registry.load("salesforce")).name).toBe("salesforce");
    expect((await registry.loadTarget("postgres")).name).toBe("postgres");
  });

  it("names the known connectors and the nearest one", async () => {
    const registry = createRegistry();
    expect(await problemsOf(() => registry.load("cvs"))).toMatchObject([
      {
        code: "CONNECTOR_UNKNOWN",
        message:
          'unknown source connector "cvs": expected csv, hubspot, salesforce, or the end of the name of an installed package crm-migrate-connector-<name>; did you mean "csv"?',
      },
    ]);
    expect(await problemsOf(() => registry.loadTarget("postgress"))).toMatchObject([
      {
        code: "CONNECTOR_UNKNOWN",
        message: 'unknown target connector "postgress": expected postgres; did you mean "postgres"?',
      },
    ]);
    expect(await problemsOf(() => registry.load("toString"))).toMatchObject([{ code: "CONNECTOR_UNKNOWN" }]);
    expect(await problemsOf(() => registry.load("../csv"))).toMatchObject([{ code: "CONNECTOR_UNKNOWN" }]);
  });

  it("loads packages installed beside the migration or above", async () => {
    const dir = folder({
      "node_modules/crm-migrate-connector-main/package.json": '{ "type": "module", "main": "./m.js" }',
      "node_modules/crm-migrate-connector-main/m.js": connector("main"),
      "node_modules/crm-migrate-connector-esm/package.json":
        '{ "type": "module", "exports": { ".": { "import": "./lib/e.js" } } }',
      "node_modules/crm-migrate-connector-esm/lib/e.js": connector("esm"),
      "project/migration.yaml": "",
    });
    for (const folderOfMigration of [dir, `${dir}/project`]) {
      const registry = createRegistry(folderOfMigration);
      expect((await registry.load("main")).name).toBe("main");
      expect((await registry.load("esm")).name).toBe("esm");
    }
    expect(await problemsOf(() => createRegistry().load("main"))).toMatchObject([{ code: "CONNECTOR_UNKNOWN" }]);
  });

  it("refuses packages that are no connector or do not load", async () => {
    const dir = folder({
      "node_modules/crm-migrate-connector-none/package.json": '{ "type": "module", "main": "./m.js" }',
      "node_modules/crm-migrate-connector-none/m.js": "export default { name: 'none' };",
      "node_modules/crm-migrate-connector-throws/package.json": '{ "type": "module", "main": "./m.js" }',
      "node_modules/crm-migrate-connector-throws/m.js": "throw new Error('no licence');",
    });
    expect(await problemsOf(() => createRegistry(dir).load("none"))).toMatchObject([
      {
        code: "CONNECTOR_INVALID",
        message: "crm-migrate-connector-none: expected a default export with `name`, `summary`, `options` and `create`",
      },
    ]);
    expect(await problemsOf(() => createRegistry(dir).load("throws"))).toMatchObject([
      { code: "CONNECTOR_INVALID", message: "crm-migrate-connector-throws cannot be loaded: no licence" },
    ]);
  });
});
