import { expect, it } from "vitest";
import { hubspotOptions } from "../../../connectors/hubspot/options.ts";
import type { ConfigError } from "../../../core/errors.ts";

const AUTH = { clientId: "c", clientSecret: "s", refreshToken: "r" };

function problems(values: Readonly<Record<string, unknown>>): string[] {
  try {
    hubspotOptions(values);
  } catch (error) {
    return (error as ConfigError).problems.map(({ code, message }) => `${code} ${message}`);
  }
  return [];
}

it("fills in what is not said", () => {
  expect(hubspotOptions({ accessToken: " pat-1 " })).toEqual({
    accessToken: "pat-1",
    auth: null,
    baseUrl: "https://api.hubapi.com",
    apiPath: "v3",
    plan: null,
    concurrency: 10,
    timeoutMs: 120_000,
    includeArchived: false,
    settleMs: 3_600_000,
    overlapMs: 600_000,
    apiShare: 0.8,
  });
});

it("takes what is said", () => {
  const values = { auth: AUTH, baseUrl: "http://127.0.0.1:8080/", apiPath: "2026-09", plan: "enterprise" };
  const numbers = { timeout: 5, concurrency: 3, settle: 60, overlap: 0, apiShare: 0.5 };
  expect(hubspotOptions({ ...values, ...numbers, includeArchived: true })).toEqual({
    accessToken: null,
    auth: AUTH,
    baseUrl: "http://127.0.0.1:8080",
    apiPath: "2026-09",
    plan: "enterprise",
    concurrency: 3,
    timeoutMs: 5000,
    includeArchived: true,
    settleMs: 60_000,
    overlapMs: 0,
    apiShare: 0.5,
  });
});

it("tells everything that is wrong at once", () => {
  expect(
    problems({ baseUrl: "api.hubapi.com", apiPath: "v4", plan: "gold", concurrency: 0, timeout: 1.5, apiShare: 2 }),
  ).toEqual([
    "OPTION_REQUIRED source.accessToken: is missing",
    'OPTION_INVALID source.baseUrl: expected an address such as https://api.hubapi.com, got "api.hubapi.com"',
    'OPTION_INVALID source.apiPath: expected v3 or a date such as 2026-03, got "v4"',
    'OPTION_INVALID source.plan: expected one of free, starter, professional, enterprise, got "gold"',
    "OPTION_INVALID source.apiShare: expected a share above 0, at most 1, got 2",
    "OPTION_INVALID source.concurrency: expected a whole number from 1 to 100, got 0",
    "OPTION_INVALID source.timeout: expected a whole number from 1 to 3600, got 1.5",
  ]);
});

it.each([
  [{ accessToken: "" }, ["OPTION_REQUIRED source.accessToken: is missing"]],
  [{ accessToken: "t", auth: AUTH }, ["OPTION_INVALID source.auth: expected either `accessToken` or `auth`, got both"]],
  [
    { auth: { clientId: "c" } },
    ["OPTION_REQUIRED source.auth.clientSecret: is missing", "OPTION_REQUIRED source.auth.refreshToken: is missing"],
  ],
  [
    { accessToken: "pat 1" },
    ["OPTION_INVALID source.accessToken: expected a token without blanks and special characters"],
  ],
])("%j", (values, expected) => {
  expect(problems(values)).toEqual(expected);
});
