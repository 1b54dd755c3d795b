/** A token that may read some of a portal: what init writes for it runs, and what is left out is told each time. */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { command } from "../helpers/cli.ts";
import { createTestDatabase } from "../helpers/database.ts";
import { type HubspotSim, PRIVATE_TOKEN, startHubspot } from "../sim/hubspot/index.ts";
import { place, UNLIMITED } from "./kit.ts";

vi.setConfig({ testTimeout: 240_000 });

const SOME = ["crm.objects.contacts.read", "crm.objects.companies.read", "crm.objects.owners.read"];

interface Told {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly place: { readonly object?: string };
}

async function drafted(scopes: readonly string[]) {
  const sim: HubspotSim = await startHubspot({ seed: 1, records: 60, limits: UNLIMITED, scopes });
  const database = await createTestDatabase();
  onTestFinished(async () => {
    await sim.close();
    await database.drop();
  });
  const cwd = mkdtempSync(join(tmpdir(), "scopes-"));
  const env = { HS_TOKEN: PRIVATE_TOKEN, DATABASE_URL: database.url };
  const migrate = (...args: readonly string[]) => command([...args], { cwd, env });
  // biome-ignore lint/style/useTemplate: what the shell would give
  const options = '{ accessToken: "$' + `{HS_TOKEN}", baseUrl: "${sim.url}" }`;
  const init = await migrate("init", "--source", "hubspot", "--source-options", options);
  expect(init.code).toBe(0);
  return {
    sim,
    init: init.stdout,
    mappings: readdirSync(join(cwd, "mappings")),
    config: readFileSync(join(cwd, "migration.yaml"), "utf8"),
    migrate,
  };
}

it("init leaves out what may not be read and says which scope is missing; check says it again, and the draft runs", async () => {
  const { init, mappings, config, migrate } = await drafted(SOME);
  expect(init).toContain("tickets: may not be read, the scope tickets is missing; left out: case.yaml");
  expect(init).toContain(
    "deals: may not be read, the scope crm.objects.deals.read is missing; left out: opportunity.yaml",
  );
  expect(init).toContain("files: may not be read, the scope files is missing; left out: file.yaml");
  expect(mappings).toContain("note.yaml");
  expect([config.includes("owners: ./owners.yaml"), mappings.includes("owners.yaml")]).toEqual([true, false]);
  for (const name of ["case.yaml", "opportunity.yaml", "file.yaml"]) expect(mappings).not.toContain(name);

  const checked = await migrate("check", "--json");
  const { problems } = JSON.parse(checked.stdout) as { readonly problems: readonly Told[] };
  expect([checked.code, problems.filter(({ severity }) => severity === "error")]).toEqual([0, []]);
  const left = problems.filter(({ code }) => code === "MAPPING_LEFT_OUT");
  expect(left).toContainEqual(
    expect.objectContaining({
      place: { object: "tickets" },
      message: "tickets: may not be read, the scope tickets is missing; no mapping of this migration reads it",
    }),
  );
  expect(left.map(({ place }) => place.object)).toEqual(expect.arrayContaining(["deals", "files", "line_items"]));
  expect((await migrate("run")).code).toBe(0);
});

it("a scope that is missing for what is mapped ends the plan, all of them at once and with their objects", async () => {
  const { sim, migrate } = await drafted(SOME);
  sim.grant(SOME.filter((scope) => !scope.includes("owners")));
  const planned = await migrate("plan", "--json");
  expect(planned.code).toBe(2);
  expect(`${planned.stdout}${planned.stderr}`).toMatch(/HUBSPOT_SCOPE_MISSING[\s\S]*crm\.objects\.owners\.read/);
});

it("an address at which nobody answers is a mistake of the configuration, and named", async () => {
  const at = await place({ records: 30 });
  await at.sim.close();
  const session = at.session();
  await expect(session).rejects.toMatchObject({ code: "HUBSPOT_UNREACHABLE", exitCode: 2 });
  await expect(session).rejects.toThrow(`nobody answers at source.baseUrl: ${at.sim.url}`);
});
