/** What a route answers, and HubSpot's error bodies. */
import { randomUUID } from "node:crypto";

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Refusals for want of a scope come without the headers of the limits. */
  readonly unlimited?: true;
}

const JSON_TYPE = "application/json;charset=utf-8";

/** JSON that is text already. */
export const rawJson = (body: string, status = 200): Answer => ({ status, type: JSON_TYPE, body });

export const json = (value: unknown, status = 200): Answer => rawJson(JSON.stringify(value), status);

/** `{status: "error", message, correlationId, category?...}`; every field but the message may be missing in life. */
export const failure = (status: number, message: string, more: Readonly<Record<string, unknown>> = {}): Answer =>
  json({ status: "error", message, correlationId: randomUUID(), ...more }, status);

/** 400 of category VALIDATION_ERROR. */
export const invalid = (message: string): Answer => failure(400, message, { category: "VALIDATION_ERROR" });

/** A record that is not there: HTML, as recorded. */
export const recordNotFound = (): Answer => ({
  status: 404,
  type: "text/html;charset=iso-8859-1",
  headers: { "X-Hubspot-Notfound": "true", "Cache-Control": "must-revalidate,no-cache,no-store" },
  body: '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>\n<title>Error 404 Not Found</title>\n</head>\n<body><h2>HTTP ERROR 404</h2>\n<p>Resource not found</p>\n</body>\n</html>\n',
});

/** Something else that is not there (a property, an owner, a file): JSON. */
export const notFound = (message: string): Answer => failure(404, message, { category: "OBJECT_NOT_FOUND" });

/** A page of a gateway or of the edge. */
export const html = (status: number, title: string): Answer => ({
  status,
  type: "text/html; charset=UTF-8",
  body: `<!DOCTYPE html>\n<html>\n<head><title>${status} ${title}</title></head>\n<body><center><h1>${status} ${title}</h1></center><hr><center>cloudflare</center></body>\n</html>\n`,
});

export const unknownType = (name: string): Answer => failure(400, `Unable to infer object type from: ${name}`);

/** 403 of the objects, as recorded. */
export const missingScopes = (scopes: readonly string[]): Answer => ({
  ...failure(
    403,
    "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
    {
      errors: [
        {
          message: "One or more of the following scopes are required.",
          context: { requiredScopes: [], requiredGranularScopes: scopes },
        },
      ],
      links: { scopes: "https://developers.hubspot.com/scopes" },
      category: "MISSING_SCOPES",
    },
  ),
  unlimited: true,
});

/** 403 of the properties, as recorded: a message only. */
export const noPermission = (singular: string, plural: string, portalId: number): Answer =>
  failure(
    403,
    `You do not have permissions to view object type ObjectTypeId{legacyObjectType=${singular.toUpperCase()}} in portal ${portalId} (requires one of [${plural}-read])`,
  );

export type Policy = "TEN_SECONDLY_ROLLING" | "SECONDLY" | "DAILY";

/** 429. */
export const tooMany = (policy: Policy, groupName: string): Answer =>
  failure(429, `You have reached your ${policy.toLowerCase()} limit.`, {
    errorType: "RATE_LIMIT",
    policyName: policy,
    groupName,
    requestId: randomUUID().replaceAll("-", ""),
  });

export const expired = (since: number, now: number): Answer =>
  failure(
    401,
    `The OAuth token used to make this call expired ${Math.max(0, Math.round((now - since) / 1000))} second(s) ago.`,
    { category: "EXPIRED_AUTHENTICATION", context: { "expire time": [new Date(since).toISOString()] } },
  );

export const unauthenticated = (): Answer =>
  failure(
    401,
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
    { category: "INVALID_AUTHENTICATION" },
  );
