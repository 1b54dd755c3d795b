/** OAuth token endpoint, sessions that expire, SOAP login. */
import { createHash, createHmac } from "node:crypto";
import type { SalesforceOptions } from "../options.ts";
import type { Org } from "../org/org.ts";
import { type Answer, empty, failure, json } from "./answer.ts";
import type { Stats } from "./stats.ts";

export const CLIENT_ID = "sandbox-client";
export const CLIENT_SECRET = "sandbox-secret";
export const REFRESH_TOKEN = "5Aep861sandbox.refresh.token";
export const USERNAME = "integration@acme.example";
export const PASSWORD = "sandbox-password";

export interface Auth {
  /** POST /services/oauth2/token. */
  token(form: URLSearchParams, base: string): Answer;
  revoke(form: URLSearchParams): Answer;
  soap(body: string, base: string): Answer;
  /** Null where the session is good. */
  check(authorization: string | undefined): Answer | null;
  /** Ends a session at once. */
  expire(authorization: string | undefined): void;
  /** Ends all sessions. */
  expireAll(): void;
}

const refused = (error: string, description: string): Answer => json({ error, error_description: description }, 400);
export const sessionExpired = (): Answer => failure(401, "INVALID_SESSION_ID", "Session expired or invalid");

/** A JWT's claims; null where it has no such shape. The signature is not checked. */
function claims(assertion: string | null): Record<string, unknown> | null {
  const parts = (assertion ?? "").split(".");
  if (parts.length !== 3 || parts.some((part) => !/^[\w-]+$/.test(part))) return null;
  try {
    const [header, payload] = parts.slice(0, 2).map((part) => JSON.parse(Buffer.from(part!, "base64url").toString()));
    return header.alg === "RS256" && typeof payload === "object" ? payload : null;
  } catch {
    return null;
  }
}

export function createAuth(org: Org, options: SalesforceOptions, stats: Stats): Auth {
  const now = options.now ?? Date.now;
  const clientId = options.clientId ?? CLIENT_ID;
  const clientSecret = options.clientSecret ?? CLIENT_SECRET;
  const life = (options.tokenSeconds ?? 7200) * 1000;
  const sessions = new Map<string, number>();
  let serial = 0;

  const open = (): string => {
    const text = createHash("sha256").update(`${org.world.seed}:${serial++}:${now()}`).digest("base64url");
    const token = `${org.organizationId.slice(0, 15)}!AQ${text}`;
    for (const [old, end] of sessions) if (end < now() - life) sessions.delete(old);
    sessions.set(token, now() + life);
    stats.tokens++;
    return token;
  };
  const bearer = (authorization: string | undefined): string => (authorization ?? "").replace(/^(Bearer|OAuth) /, "");

  const grant = (form: URLSearchParams): Answer | null => {
    const kind = form.get("grant_type");
    const known = form.get("client_id") === clientId;
    const secret = form.get("client_secret");
    if (kind === "client_credentials") {
      return known && secret === clientSecret ? null : refused("invalid_client", "invalid client credentials");
    }
    if (kind === "urn:ietf:params:oauth:grant-type:jwt-bearer") {
      const claim = claims(form.get("assertion"));
      if (claim === null) return refused("invalid_grant", "invalid assertion");
      if (typeof claim.exp !== "number" || claim.exp * 1000 < now())
        return refused("invalid_grant", "expired assertion");
      if (claim.iss !== clientId) return refused("invalid_client_id", "client identifier invalid");
      if (typeof claim.sub !== "string" || typeof claim.aud !== "string")
        return refused("invalid_grant", "audience is invalid");
      return claim.sub === USERNAME ? null : refused("invalid_grant", "user hasn't approved this consumer");
    }
    if (kind === "refresh_token") {
      if (!known) return refused("invalid_client_id", "client identifier invalid");
      return form.get("refresh_token") === REFRESH_TOKEN
        ? null
        : refused("invalid_grant", "expired access/refresh token");
    }
    if (kind === "password") {
      if (!known || secret !== clientSecret) return refused("invalid_client_id", "client identifier invalid");
      const fits = form.get("username") === USERNAME && form.get("password")?.startsWith(PASSWORD) === true;
      return fits ? null : refused("invalid_grant", "authentication failure - Invalid Password");
    }
    return refused("unsupported_grant_type", "grant type not supported");
  };

  return {
    token(form, base) {
      const refusal = grant(form);
      if (refusal !== null) return refusal;
      const id = `${base}/id/${org.organizationId}/${org.userId}`;
      const issued = String(now());
      const refreshable = form.get("grant_type") === "password" ? { refresh_token: REFRESH_TOKEN } : {};
      return json({
        access_token: open(),
        ...refreshable,
        signature: createHmac("sha256", clientSecret)
          .update(id + issued)
          .digest("base64"),
        scope: "api refresh_token",
        instance_url: base,
        id,
        token_type: "Bearer",
        issued_at: issued,
      });
    },
    revoke(form) {
      sessions.delete(form.get("token") ?? "");
      return empty(200);
    },
    soap(body, base) {
      const value = (name: string) => new RegExp(`<(?:\\w+:)?${name}>([^<]*)<`).exec(body)?.[1] ?? "";
      const envelope = (inner: string, status: number): Answer => ({
        status,
        type: "text/xml;charset=UTF-8",
        body: `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"><soapenv:Body>${inner}</soapenv:Body></soapenv:Envelope>`,
      });
      if (value("username") !== USERNAME || !value("password").startsWith(PASSWORD)) {
        return envelope(
          "<soapenv:Fault><faultcode>INVALID_LOGIN</faultcode><faultstring>INVALID_LOGIN: Invalid username, password, security token; or user locked out.</faultstring></soapenv:Fault>",
          500,
        );
      }
      return envelope(
        `<loginResponse><result><passwordExpired>false</passwordExpired><serverUrl>${base}/services/Soap/u/${options.apiVersionMax ?? 66}.0/${org.organizationId}</serverUrl><sessionId>${open()}</sessionId><userId>${org.userId}</userId><userInfo><organizationId>${org.organizationId}</organizationId></userInfo></result></loginResponse>`,
        200,
      );
    },
    check(authorization) {
      const end = sessions.get(bearer(authorization));
      if (end !== undefined && end > now()) return null;
      stats.unauthorized++;
      return sessionExpired();
    },
    expire: (authorization) => {
      sessions.delete(bearer(authorization));
    },
    expireAll: () => sessions.clear(),
  };
}
