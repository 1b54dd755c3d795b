/**
 * The only file that uses `@hubspot/api-client`: it makes access tokens from a refresh token. Its CRM client is not used: it
 * drops fields that it does not know, makes dates of times, rounds ids above 2^53, knows `/crm/v3` only, and its limiter and
 * retries belong to the process. Nor are its requests sent by its own fetch, which has no time-outs.
 */
import type { RequestContext, ResponseContext } from "@hubspot/api-client/lib/codegen/oauth/index.js";
import { ConfigError, MigrateError, TransientError } from "../../core/errors.ts";
import { type HttpLimits, send } from "../../core/http.ts";
import { loginError } from "./errors.ts";
import type { OAuthOptions } from "./options.ts";
import type { Token } from "./tokens.ts";

export interface TokenRequest {
  readonly auth: OAuthOptions;
  readonly baseUrl: string;
  /** Path of the token endpoint. */
  readonly path: string;
  readonly limits: HttpLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A token is not used in the last part of its life: at most this long, at most a tenth of it. */
const SPARE_MS = 60_000;

/** One attempt. Throws ConfigError HUBSPOT_LOGIN_FAILED, or TransientError. */
export async function refreshedToken({ auth, baseUrl, path, limits, now }: TokenRequest): Promise<Token> {
  const vendor = await import("@hubspot/api-client/lib/codegen/oauth/index.js");
  const { createConfiguration, ResponseContext, ServerConfiguration, TokensApi, wrapHttpLibrary } = vendor;
  const exchange = async (request: RequestContext): Promise<ResponseContext> => {
    const answer = await send(
      {
        method: "POST",
        url: baseUrl + path,
        what: "log-in",
        headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
        body: String(request.getBody()),
      },
      limits,
    );
    const text = await answer.text();
    if (answer.status !== 200) throw loginError({ ...answer, body: text, what: "log-in" });
    const body = { text: async () => text, binary: async () => Buffer.from(text) };
    return new ResponseContext(200, { "content-type": "application/json" }, body);
  };
  const api = new TokensApi(
    createConfiguration({
      baseServer: new ServerConfiguration(baseUrl, {}),
      httpApi: wrapHttpLibrary({ send: exchange }),
    }),
  );
  const asked = now();
  const answer = await api
    .create("refresh_token", undefined, undefined, auth.clientId, auth.clientSecret, auth.refreshToken)
    .catch((error: unknown) => {
      limits.signal.throwIfAborted();
      if (error instanceof MigrateError) throw error;
      throw new TransientError("HUBSPOT_UNAVAILABLE", "log-in: the answer broke off or is no JSON", { cause: error });
    });
  const life = Number(answer.expiresIn) * 1000;
  if (typeof answer.accessToken !== "string" || answer.accessToken === "" || !(life > 0)) {
    throw new ConfigError("HUBSPOT_LOGIN_FAILED", "log-in: the answer has no access token");
  }
  return { text: answer.accessToken, until: asked + life - Math.min(SPARE_MS, life / 10) };
}
