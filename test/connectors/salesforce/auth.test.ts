import { generateKeyPairSync, verify } from "node:crypto";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jwtAssertion, privateKeyOf } from "../../../connectors/salesforce/auth.ts";
import { salesforceOptions } from "../../../connectors/salesforce/options.ts";
import { CLIENT_ID, CLIENT_SECRET, PASSWORD, REFRESH_TOKEN, USERNAME } from "../../sim/salesforce/index.ts";
import { problemsOf } from "../csv/files.ts";
import { readAll } from "../read-all.ts";
import { lab, truth } from "./kit.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

const FLOWS = {
  "client-credentials": { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
  jwt: { clientId: CLIENT_ID, username: USERNAME, privateKey: PEM },
  "refresh-token": { clientId: CLIENT_ID, refreshToken: REFRESH_TOKEN },
  password: {
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    username: USERNAME,
    password: PASSWORD,
    securityToken: "x1",
  },
};

/** A `sf` that answers with this, in a folder of its own. */
function fakeCli(answer: object, exit = 0): string {
  const dir = mkdtempSync(join(tmpdir(), "sf-"));
  writeFileSync(
    join(dir, "sf"),
    `#!/bin/sh\necho '${JSON.stringify(answer)}'\necho "$@" > ${dir}/args\nexit ${exit}\n`,
  );
  chmodSync(join(dir, "sf"), 0o755);
  return dir;
}

describe("log-in", () => {
  it.each(Object.entries(FLOWS))("by %s, and again when the session ran out", async (flow, auth) => {
    const { sim, source } = await lab();
    const made = source({ options: { auth: { flow, ...auth } } });
    await made.open();
    expect(await made.count("Campaign")).toBe(sim.org.count("Campaign"));
    sim.expireSessions();
    expect(await made.count("Campaign")).toBe(sim.org.count("Campaign"));
    expect(sim.stats.tokens).toBe(2);
    expect(sim.stats.unauthorized).toBe(1);
  });

  it("by user name and password alone, over SOAP", async () => {
    const { sim, source } = await lab();
    const made = source({ options: { auth: { flow: "password", username: USERNAME, password: PASSWORD } } });
    await made.open();
    expect(await made.count("Campaign")).toBe(sim.org.count("Campaign"));
  });

  it("by an existing session, which cannot be renewed", async () => {
    const { sim, source } = await lab();
    const auth = { flow: "session", accessToken: sim.token(), instanceUrl: `${sim.url}/` };
    const made = source({ options: { auth } });
    await made.open();
    sim.expireSessions();
    expect(await problemsOf(() => made.count("Campaign"))).toMatchObject([{ code: "SALESFORCE_SESSION_EXPIRED" }]);
  });

  it("by the sf command line", async () => {
    const { sim, source } = await lab();
    const result = { accessToken: sim.token(), instanceUrl: sim.url, id: "00D000000000001EAA" };
    const path = fakeCli({ status: 0, result });
    const made = source({
      options: { auth: { flow: "sf-cli", alias: "acme" } },
      context: { env: { PATH: `${path}:/usr/bin:/bin` } },
    });
    await made.open();
    expect(await made.count("Campaign")).toBe(sim.org.count("Campaign"));
    expect(await made.fingerprint("Campaign")).toMatch(/^00D000000000001EAA:Campaign:v66\.0:/);
  });

  it("tells what the sf command line says when it does not work", async () => {
    const { source } = await lab();
    const cli = (path: string) =>
      source({
        options: { auth: { flow: "sf-cli", alias: "acme" } },
        context: { env: { PATH: `${path}:/usr/bin:/bin` } },
      });
    const path = fakeCli({ status: 1, message: "No authorization information found for acme." }, 1);
    expect(await problemsOf(() => cli(path).open())).toMatchObject([
      {
        code: "SALESFORCE_CLI_FAILED",
        message:
          "`sf org display --json --target-org acme` gave no access token: No authorization information found for acme.",
        hint: "Log in first: sf org login web --alias acme.",
      },
    ]);
    expect(await problemsOf(() => cli("/nowhere").open())).toMatchObject([{ code: "SALESFORCE_CLI_FAILED" }]);
  });

  it("refused, says what to look at and keeps the secret", async () => {
    const { source } = await lab();
    const auth = { flow: "client-credentials", clientId: CLIENT_ID, clientSecret: "wrong-secret" };
    const problems = await problemsOf(() => source({ options: { auth } }).open());
    expect(problems).toMatchObject([
      {
        code: "SALESFORCE_LOGIN_FAILED",
        message: "log-in by client-credentials failed: invalid client credentials (invalid_client)",
        hint: expect.stringContaining("My Domain"),
      },
    ]);
    expect(JSON.stringify(problems)).not.toContain("wrong-secret");
  });

  it("tells what each flow needs", () => {
    const need = (flow: string) => {
      try {
        salesforceOptions({ auth: { flow } });
      } catch (error) {
        return (error as { problems: { message: string }[] }).problems.map(({ message }) => message);
      }
      return [];
    };
    expect(need("jwt")).toEqual([
      "source.auth.clientId: is missing: flow jwt needs clientId, username, privateKey or privateKeyFile",
      "source.auth.username: is missing: flow jwt needs clientId, username, privateKey or privateKeyFile",
      "source.auth.privateKey: is missing: flow jwt needs clientId, username, privateKey or privateKeyFile",
    ]);
    expect(need("session")).toHaveLength(2);
    expect(need("sf-cli")).toEqual([]);
  });

  it("signs the assertion that Salesforce checks", async () => {
    const { auth } = salesforceOptions({ auth: { flow: "jwt", ...FLOWS.jwt } });
    const key = await privateKeyOf(auth, "/");
    const assertion = jwtAssertion(key, auth, "https://login.salesforce.com", new Date("2026-11-21T00:00:00Z"));
    const [header, claims, signature] = assertion.split(".");
    expect(verify("sha256", Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature!, "base64url"))).toBe(
      true,
    );
    expect(JSON.parse(Buffer.from(header!, "base64url").toString())).toEqual({ alg: "RS256", typ: "JWT" });
    expect(JSON.parse(Buffer.from(claims!, "base64url").toString())).toEqual({
      iss: CLIENT_ID,
      sub: USERNAME,
      aud: "https://login.salesforce.com",
      exp: Date.parse("2026-11-21T00:03:00Z") / 1000,
    });
  });
});

describe("a session that runs out", () => {
  it("is renewed once for all requests that find it out together", async () => {
    const { sim, source } = await lab();
    const made = source();
    await made.open();
    sim.expireSessions();
    const objects = ["Account", "Contact", "Lead", "Case", "Campaign"];
    const counts = await Promise.all(objects.map((object) => made.count(object)));
    expect(counts).toEqual(objects.map((object) => truth(sim.org, object, ["Id"]).length));
    expect(sim.stats.tokens).toBe(2);
  });

  it("is renewed as often as needed while a large object is read", async () => {
    const { sim, source } = await lab({ tokenSeconds: 1, latencyMs: 200 });
    const made = source({ options: { transport: "rest" }, tuning: { pageRecords: 20 } });
    const { rows } = await readAll(made, "Account", { fields: ["Name"] });
    expect(rows).toHaveLength(truth(sim.org, "Account", ["Id"]).length);
    expect(sim.stats.tokens).toBeGreaterThan(1);
  });

  it("ends with a clear error when fresh tokens are refused, too", async () => {
    const { sim, source } = await lab();
    const made = source();
    await made.open();
    sim.faults.add({
      kind: "expired",
      times: Number.POSITIVE_INFINITY,
      match: ({ path }) => path.startsWith("/services/data"),
    });
    expect(await problemsOf(() => made.count("Campaign"))).toMatchObject([
      {
        code: "SALESFORCE_LOGIN_FAILED",
        message: expect.stringMatching(/^3 fresh access tokens in a row were refused/),
      },
    ]);
    expect(sim.stats.tokens).toBe(4);
  });
});
