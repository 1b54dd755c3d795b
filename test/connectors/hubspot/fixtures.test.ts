import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { JsonObject } from "../../../connectors/hubspot/api.ts";
import { plainValue } from "../../../connectors/hubspot/cells.ts";
import { propertyOf } from "../../../connectors/hubspot/definitions.ts";
import { refusalError } from "../../../connectors/hubspot/errors.ts";
import { assumedLimits, createRates } from "../../../connectors/hubspot/rates.ts";
import { nextOf, recordOf, resultsOf } from "../../../connectors/hubspot/read-wire.ts";
import { propertyField } from "../../../connectors/hubspot/schema.ts";
import { parseExact } from "../../../core/exact-json.ts";
import { needsShared, sharedDir } from "../../helpers/shared.ts";

const SHARED = sharedDir();
const shared = it.skipIf(SHARED === null);
const text = (file: string): string => readFileSync(join(SHARED!, "fixtures", "hubspot", file), "utf8");

interface Interaction {
  readonly request: { readonly method: string; readonly url?: string; readonly uri?: string };
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown };
}
const interactions = () => JSON.parse(text("sensadrome/crm_v3_interactions.json")) as readonly Interaction[];
const addressOf = ({ request }: Interaction) => new URL(request.uri ?? request.url ?? "");

function fields() {
  const recorded = parseExact(text("sensadrome/properties_contacts_2024.trimmed.json")) as JsonObject;
  const { body } = recorded.response as JsonObject;
  return ((body as JsonObject).results as readonly JsonObject[]).map((definition) =>
    propertyField(propertyOf(definition)!),
  );
}

const countBy = <Item>(items: readonly Item[], key: (item: Item) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
};

shared(needsShared("the 354 recorded properties of contacts have the types that their values have"), () => {
  const all = fields();
  expect(all).toHaveLength(354);
  expect(countBy(all, ({ type }) => String(type))).toEqual({
    text: 97,
    datetime: 95,
    decimal: 81,
    currency: 2,
    picklist: 36,
    multipicklist: 9,
    boolean: 24,
    phone: 8,
    owner: 1,
    reference: 1,
  });
  // read-only is what may not be written, not what is said to be calculated
  expect(all.filter(({ calculated }) => calculated === true)).toHaveLength(263);
  expect(all.filter(({ custom }) => custom === true).map(({ name }) => name)).toEqual([]);
});

shared(needsShared("recorded properties that are easily taken for something else"), () => {
  const byName = new Map(fields().map((field) => [field.name, field]));
  const short = (name: string) => {
    const { type, options, referenceTo, calculated } = byName.get(name)!;
    return { type, options: options?.length, referenceTo, calculated };
  };
  const none = { options: undefined, referenceTo: undefined, calculated: undefined };
  expect(short("hubspot_owner_id")).toEqual({ ...none, type: "owner", referenceTo: ["owners"] });
  expect(short("associatedcompanyid")).toMatchObject({ type: "reference", referenceTo: ["companies"] });
  expect(short("hs_object_id")).toEqual({ ...none, type: "text", calculated: true });
  expect(short("annualrevenue")).toEqual({ ...none, type: "text" });
  expect(short("hs_merged_object_ids")).toEqual({ ...none, type: "multipicklist", calculated: true });
  expect(short("hs_email_bad_address")).toEqual({ ...none, type: "boolean", calculated: true });
  expect(short("phone")).toEqual({ ...none, type: "phone" });
  expect(short("lifecyclestage")).toMatchObject({ type: "picklist", options: 8 });
  expect(short("closedate")).toEqual({ ...none, type: "datetime" });
});

shared(needsShared("recorded records come out as they went in, and recorded pages lead on"), () => {
  const other = readdirSync(join(SHARED!, "fixtures", "hubspot", "other")).filter((name) => name.startsWith("dlt_"));
  const recorded = (parseExact(text("sensadrome/crm_v3_interactions.json")) as readonly JsonObject[]).flatMap(
    ({ response }) => {
      const { status, body } = response as JsonObject;
      return Number(status) < 300 && body !== null && typeof body === "object" ? [body as JsonObject] : [];
    },
  );
  const answers = [...other.map((name) => parseExact(text(`other/${name}`)) as JsonObject), ...recorded];
  let records = 0;
  let values = 0;
  for (const answer of answers) {
    for (const raw of answer.results === undefined ? [answer] : resultsOf(answer, "recorded")) {
      const { id, properties, createdAt, updatedAt, archived, archivedAt } = recordOf(raw)!;
      records++;
      expect({ createdAt, updatedAt, archived, archivedAt }).toEqual({
        createdAt: raw.createdAt,
        updatedAt: raw.updatedAt,
        archived: false,
        archivedAt: null,
      });
      expect(id).toBe(raw.id);
      for (const value of Object.values(properties)) {
        expect(plainValue(value, "text")).toBe(value === "" ? null : value);
        if (value !== null && value !== "") values++;
      }
    }
  }
  expect({ answers: answers.length, records, values }).toEqual({ answers: 35, records: 58, values: 575 });
  expect(answers.flatMap((answer) => nextOf(answer) ?? [])).toEqual(["51854903510", "51854903510", "5", "5"]);
});

shared(needsShared("recorded refusals are what they mean"), () => {
  const refused = interactions().filter(({ response }) => response.status >= 400);
  const errors = refused.map((interaction) => {
    const { status, headers, body } = interaction.response;
    const what = `${interaction.request.method} ${addressOf(interaction).pathname}`;
    const content = typeof body === "string" ? body : JSON.stringify(body);
    const error = refusalError({ status, headers: new Headers(headers), body: content, what }) as Error & {
      code: string;
    };
    return `${what} ${status} ${error.code} ${/needs the scope (\S+)$/.exec(error.message)?.[1] ?? ""}`;
  });
  expect([...new Set(errors)].sort()).toEqual([
    "GET /crm/v3/objects/companies/1 403 HUBSPOT_SCOPE_MISSING crm.objects.companies.read",
    "GET /crm/v3/objects/companies/23828159705 404 HUBSPOT_NOT_FOUND ",
    "GET /crm/v3/objects/contacts/1 403 HUBSPOT_SCOPE_MISSING crm.objects.contacts.read",
    "GET /crm/v3/objects/contacts/non-existent-person@non-existent-domain.non-tld 404 HUBSPOT_NOT_FOUND ",
    "GET /crm/v3/properties/companies 403 HUBSPOT_SCOPE_MISSING crm.objects.companies.read",
    "GET /crm/v3/properties/contacts 403 HUBSPOT_SCOPE_MISSING crm.objects.contacts.read",
  ]);
});

shared(needsShared("bodies of errors that others have seen are what they mean"), () => {
  interface Seen {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly content_type?: string;
    readonly body: unknown;
  }
  const { items } = JSON.parse(text("other/error_bodies.json")) as { readonly items: readonly Seen[] };
  const found = items
    .filter(({ status }) => status >= 300)
    .map(({ status, headers = {}, content_type, body }) => {
      const error = refusalError({
        status,
        headers: new Headers({ "content-type": content_type ?? "application/json", ...headers }),
        body: typeof body === "string" ? body : JSON.stringify(body),
        what: "GET /crm/v3/objects/companies",
      });
      return `${status} ${(error as Error & { code?: string }).code ?? error.constructor.name}`;
    });
  expect(countBy(found, (line) => line)).toEqual({
    "429 HUBSPOT_RATE_LIMIT": 2,
    "429 HUBSPOT_DAILY_LIMIT": 1,
    "401 TokenExpired": 1,
    "403 HUBSPOT_SCOPE_MISSING": 1,
    "404 HUBSPOT_NOT_FOUND": 1,
    "400 HUBSPOT_REQUEST_REFUSED": 3,
  });
});

shared(needsShared("recorded headers tell the limits; searches and refused scopes have none of them"), async () => {
  const assumed = assumedLimits({ auth: null, plan: "enterprise" } as never);
  const make = () => createRates({ concurrency: 1, apiShare: 0.8, assumed, signal: new AbortController().signal });
  const seen = { daily: 0, usual: 0, search: 0, none: 0 };
  for (const { request, response } of interactions()) {
    const rates = make();
    const bucket = /search/.test(request.uri ?? request.url ?? "") ? "search" : "usual";
    await rates.run(bucket, async (answered) => answered(new Headers(response.headers), "success"));
    const { usage, left } = rates.daily;
    if (usage === null) seen.none++;
    else {
      seen.daily++;
      expect(usage.max).toBe(250_000);
      expect(left).toBe(200_000 - usage.used);
    }
    if (rates.perSecond === 10) seen.usual++;
    else {
      expect(rates.perSecond).toBe(19);
      if (bucket === "search") seen.search++;
    }
  }
  expect(seen).toEqual({ daily: 40, usual: 37, search: 3, none: 2 });
});
