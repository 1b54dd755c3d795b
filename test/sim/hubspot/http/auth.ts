/** The private app's token; OAuth tokens by refresh, which expire; what a token may read. */
import { createHash } from "node:crypto";
import type { HubspotOptions } from "../options.ts";
import type { Portal } from "../portal/types.ts";
import { type Answer, expired, json, unauthenticated } from "./answer.ts";
import type { Counters } from "./stats.ts";

export const PRIVATE_TOKEN = "pat-na1-5a6d0b0e-0000-4000-8000-sandbox00001";
export const CLIENT_ID = "sandbox-client";
export const CLIENT_SECRET = "sandbox-secret";
export const REFRESH_TOKEN = "na1-sandbox-refresh-token";

/** Who asks: a private app (or service key), or an OAuth app. */
export type Caller = { readonly oauth: boolean } | { readonly refusal: Answer };

export interface Auth {
  caller(authorization: string | undefined): Caller;
  granted(scope: string): boolean;
  /** What tokens may read from now on; null: everything. */
  grant(scopes: readonly string[] | null): void;
  /** POST /oauth/v1/token and /oauth/v3/token. */
  token(form: URLSearchParams): Answer;
  introspect(form: URLSearchParams): Answer;
  revoke(form: URLSearchParams): Answer;
  accessTokenInfo(token: string): Answer;
  refreshTokenInfo(token: string): Answer;
  privateAppInfo(token: string): Answer;
  /** Ends an OAuth access token at once; the answer that tells it. */
  expire(authorization: string | undefined): Answer;
  /** Ends all OAuth access tokens. */
  expireAll(): void;
}

/** `status` and `error` of the token endpoint, as seen. */
const refused = (error: string, status: string, message: string): Answer =>
  json({ error, error_description: message, status, message }, 400);

export function createAuth(portal: Portal, options: HubspotOptions, stats: Counters): Auth {
  const life = (options.tokenSeconds ?? 1800) * 1000;
  /** OAuth access tokens and when they end; ended ones are kept, so that they can be told. */
  const tokens = new Map<string, number>();
  let scopes: ReadonlySet<string> | null = options.scopes === undefined ? null : new Set(options.scopes);
  let serial = 0;
  let refreshable = true;

  const allScopes = (): string[] =>
    scopes !== null
      ? [...scopes]
      : [
          "oauth",
          "crm.objects.owners.read",
          "crm.schemas.custom.read",
          "files",
          "sales-email-read",
          ...new Set(portal.types.map((type) => type.scope)),
        ];
  const open = (): string => {
    const now = Date.now();
    for (const [old, end] of tokens) if (end < now - 2 * life - 60_000) tokens.delete(old);
    const text = createHash("sha256").update(`${portal.account.portalId}:${serial++}:${now}`).digest("base64url");
    const token = `CP${text}`;
    tokens.set(token, now + life);
    stats.tokens++;
    return token;
  };
  const bearer = (authorization: string | undefined): string =>
    /^bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const described = (token: string) => ({
    hub_id: portal.account.portalId,
    user_id: 100_001,
    app_id: 1_512_050,
    scopes: allScopes(),
    token_type: "access",
    expires_in: Math.max(0, Math.round(((tokens.get(token) ?? 0) - Date.now()) / 1000)),
  });

  return {
    caller(authorization) {
      const token = bearer(authorization);
      if (token === PRIVATE_TOKEN) return { oauth: false };
      const end = tokens.get(token);
      const now = Date.now();
      if (end !== undefined && end > now) return { oauth: true };
      stats.unauthorized++;
      return { refusal: end === undefined ? unauthenticated() : expired(end, now) };
    },
    granted: (scope) => scopes === null || scopes.has(scope),
    grant(next) {
      scopes = next === null ? null : new Set(next);
    },
    token(form) {
      if (form.get("grant_type") !== "refresh_token")
        return refused("unsupported_grant_type", "BAD_GRANT_TYPE", "grant_type must be refresh_token");
      if (form.get("client_id") !== CLIENT_ID)
        return refused("invalid_client", "BAD_CLIENT_ID", "missing or unknown client id");
      if (form.get("client_secret") !== CLIENT_SECRET)
        return refused("invalid_client", "BAD_CLIENT_SECRET", "missing or invalid client secret");
      if (form.get("refresh_token") !== REFRESH_TOKEN || !refreshable)
        return refused("invalid_grant", "BAD_REFRESH_TOKEN", "refresh token is invalid, expired or revoked");
      return json({
        token_type: "bearer",
        refresh_token: REFRESH_TOKEN,
        access_token: open(),
        hub_id: portal.account.portalId,
        scopes: allScopes(),
        user_id: 100_001,
        expires_in: Math.round(life / 1000),
      });
    },
    introspect(form) {
      const token = form.get("token") ?? "";
      const active = (tokens.get(token) ?? 0) > Date.now();
      return json(active ? { active, ...described(token) } : { active });
    },
    revoke(form) {
      const token = form.get("token") ?? "";
      if (token === REFRESH_TOKEN) refreshable = false;
      tokens.delete(token);
      return { status: 204, type: "", body: "" };
    },
    accessTokenInfo(token) {
      if ((tokens.get(token) ?? 0) <= Date.now())
        return json({ status: "error", message: "the access token is invalid or expired" }, 404);
      const { hub_id, user_id, app_id, expires_in } = described(token);
      return json({ token, user: "admin@acme.example", scopes: allScopes(), hub_id, app_id, user_id, expires_in });
    },
    refreshTokenInfo(token) {
      if (token !== REFRESH_TOKEN || !refreshable)
        return json({ status: "error", message: "the refresh token is invalid" }, 404);
      return json({
        token,
        user: "admin@acme.example",
        scopes: allScopes(),
        hub_id: portal.account.portalId,
        client_id: CLIENT_ID,
      });
    },
    privateAppInfo(token) {
      if (token !== PRIVATE_TOKEN) return unauthenticated();
      return json({ userId: 100_001, hubId: portal.account.portalId, appId: 26_892_217, scopes: allScopes() });
    },
    expire(authorization) {
      const token = bearer(authorization);
      const now = Date.now();
      if (tokens.has(token)) tokens.set(token, now - 1000);
      stats.unauthorized++;
      return expired(now - 1000, now);
    },
    expireAll() {
      const now = Date.now();
      for (const token of tokens.keys()) tokens.set(token, now - 1000);
    },
  };
}
