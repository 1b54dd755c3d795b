import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { openSession } from "../../../core/engine/open-session.ts";
import { ConfigError } from "../../../core/errors.ts";
import { testContext } from "../../helpers/context.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../../sim/salesforce/index.ts";
import { lab } from "./kit.ts";

function migration(url: string, mapping: string, more = ""): string {
  const dir = mkdtempSync(join(tmpdir(), "salesforce-"));
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  };
  write(
    "migration.yaml",
    `version: 1
name: acme
source:
  connector: salesforce
  loginUrl: ${url}
  auth: { flow: client-credentials, clientId: ${CLIENT_ID}, clientSecret: ${CLIENT_SECRET} }
target: { connector: postgres, schema: crm, model: hotcrm }
mappings: ./mappings
${more}`,
  );
  write("mappings/contact.yaml", mapping);
  return join(dir, "migration.yaml");
}

const MAPPING = `object: contact
source: Contact
fields:
  last_name: LastName
  email: Email
  description: { template: "{Account.Name}, {Account.Owner.Name}" }
`;

const open = (file: string) =>
  openSession(file, { registry: createRegistry(null), context: testContext(), connectTarget: false });

describe("a migration over an org", () => {
  it("describes what its mappings name, and no object more than it must", async () => {
    const { sim } = await lab({ records: 400 });
    const session = await open(migration(sim.url, MAPPING));
    await session.close();
    const [stage] = session.stages;
    expect(stage!.mapping).toMatchObject({ sources: ["Contact"], key: ["Id"] });
    // Contact, Account, User
    expect(sim.stats.kinds.describe).toBe(3);
  });

  it("says which permission a field needs that the org hides", async () => {
    const { sim } = await lab({ records: 400, hide: { Contact: ["Email"] } });
    const error = await open(migration(sim.url, MAPPING)).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems).toMatchObject([
      {
        code: "MAPPING_UNKNOWN_COLUMN",
        message: 'contact.email: unknown source field "Email" in Contact',
        place: { file: "mappings/contact.yaml", line: 5 },
        hint: expect.stringContaining("ask an administrator to give the integration user Read access to it"),
      },
    ]);
  });

  it("says which permission an object needs that the org hides", async () => {
    const { sim } = await lab({ records: 400, hide: { Contact: "*" } });
    await expect(open(migration(sim.url, MAPPING))).rejects.toMatchObject({
      problems: expect.arrayContaining([
        expect.objectContaining({
          code: "MAPPING_UNKNOWN_SOURCE",
          hint: expect.stringMatching(/did you mean|Read permission on the object/),
        }),
      ]),
    });
  });

  it("keeps to its share of the calls", async () => {
    const { sim } = await lab({ records: 400, dailyRequests: 10 });
    await expect(open(migration(sim.url, MAPPING, "limits: { api: 0.3 }\n"))).rejects.toMatchObject({
      code: "SALESFORCE_QUOTA_SHARE",
    });
    expect(sim.stats.apiCalls).toBe(3);
  });
});
