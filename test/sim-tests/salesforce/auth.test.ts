import { afterAll, beforeAll, expect, test } from "vitest";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  describeSandbox,
  PASSWORD,
  REFRESH_TOKEN,
  type SalesforceSim,
  startSalesforce,
  USERNAME,
} from "../../sim/salesforce/index.ts";

let sim: SalesforceSim;
let now = Date.UTC(2026, 10, 25);
beforeAll(async () => {
  sim = await startSalesforce({ records: 500, tokenSeconds: 20, now: () => now });
});
afterAll(() => sim.close());

const token = async (form: Record<string, string>) => {
  const response = await fetch(`${sim.url}/services/oauth2/token`, { method: "POST", body: new URLSearchParams(form) });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
};
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const assertion = (claims: object): string => `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;
const secrets = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
const JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const claims = () => ({ iss: CLIENT_ID, sub: USERNAME, aud: sim.url, exp: now / 1000 + 180 });

test.each([
  ["client credentials", () => ({ grant_type: "client_credentials", ...secrets })],
  ["JWT bearer", () => ({ grant_type: JWT, assertion: assertion(claims()) })],
  ["refresh token", () => ({ grant_type: "refresh_token", refresh_token: REFRESH_TOKEN, client_id: CLIENT_ID })],
  ["password", () => ({ grant_type: "password", username: USERNAME, password: `${PASSWORD}TOKEN`, ...secrets })],
])("%s", async (_, form) => {
  const { status, body } = await token(form());
  expect(status).toBe(200);
  expect(body).toMatchObject({
    instance_url: sim.url,
    token_type: "Bearer",
    id: `${sim.url}/id/${sim.org.organizationId}/${sim.org.userId}`,
  });
  const identity = await fetch(body.id!, { headers: { authorization: `Bearer ${body.access_token}` } });
  expect(await identity.json()).toMatchObject({ user_id: sim.org.userId, organization_id: sim.org.organizationId });
});

test.each([
  [
    { grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: "x" },
    "invalid_client",
    "invalid client credentials",
  ],
  [
    { grant_type: "password", username: USERNAME, password: "x", ...secrets },
    "invalid_grant",
    "authentication failure - Invalid Password",
  ],
  [
    { grant_type: "refresh_token", refresh_token: "x", client_id: CLIENT_ID },
    "invalid_grant",
    "expired access/refresh token",
  ],
  [{ grant_type: JWT, assertion: "x" }, "invalid_grant", "invalid assertion"],
  [
    { grant_type: JWT, assertion: assertion({ iss: CLIENT_ID, sub: USERNAME, aud: "x", exp: 1 }) },
    "invalid_grant",
    "expired assertion",
  ],
  [{ grant_type: "other" }, "unsupported_grant_type", "grant type not supported"],
])("%o is refused", async (form, error, description) => {
  expect(await token(form as unknown as Record<string, string>)).toEqual({
    status: 400,
    body: { error, error_description: description },
  });
});

test("a token ends after its time, and each 401 is counted", async () => {
  const { body } = await token({ grant_type: "client_credentials", ...secrets });
  const ask = () =>
    fetch(`${sim.url}/services/data/v66.0/limits`, { headers: { authorization: `Bearer ${body.access_token}` } });
  expect((await ask()).status).toBe(200);
  now += 21_000;
  const before = sim.stats.unauthorized;
  const late = await ask();
  expect([late.status, await late.json()]).toEqual([
    401,
    [{ message: "Session expired or invalid", errorCode: "INVALID_SESSION_ID" }],
  ]);
  expect(sim.stats.unauthorized).toBe(before + 1);
});

test("SOAP login gives a session", async () => {
  const login = (password: string) =>
    fetch(`${sim.url}/services/Soap/u/66.0`, {
      method: "POST",
      body: `<login><username>${USERNAME}</username><password>${password}</password></login>`,
    });
  const text = await (await login(PASSWORD)).text();
  const session = /<sessionId>([^<]+)</.exec(text)![1];
  expect(
    (await fetch(`${sim.url}/services/data/v66.0/limits`, { headers: { authorization: `Bearer ${session}` } })).status,
  ).toBe(200);
  expect((await login("x")).status).toBe(500);
});

test("the sandbox prints what to copy", () => {
  expect(describeSandbox(sim)).toBe(
    `SF_LOGIN_URL=${sim.url}\nSF_CLIENT_ID=sandbox-client\nSF_CLIENT_SECRET=sandbox-secret\n`,
  );
});
