/**
 * The only file that uses `jsforce`: log-in, describe, limits. Its own HTTP layer is replaced (it repeats requests by
 * itself, has no usable time-outs, and a body that breaks off ends the process), and so is its refreshing of sessions.
 */
import { PassThrough } from "node:stream";
import { Connection } from "jsforce";
import type { Context } from "../../core/context.ts";
import { ConfigError, MigrateError, TransientError } from "../../core/errors.ts";
import { type HttpLimits, send } from "../../core/http.ts";
import { cliSession, jwtAssertion, privateKeyOf, type Session } from "./auth.ts";
import { loginError } from "./errors.ts";
import { refusedAnswer } from "./http.ts";
import type { AuthOptions, SalesforceOptions } from "./options.ts";

export interface DescribedPicklistValue {
  readonly active: boolean;
  readonly label: string | null;
  readonly value: string;
}

/** The part of a field's description that is used. */
export interface DescribedField {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly calculated: boolean;
  readonly compoundFieldName: string | null;
  readonly referenceTo: readonly string[];
  readonly relationshipName: string | null;
  readonly picklistValues: readonly DescribedPicklistValue[];
  readonly deprecatedAndHidden?: boolean;
  readonly custom?: boolean;
  /** Classic encryption. */
  readonly encrypted?: boolean;
  readonly createable?: boolean;
  readonly updateable?: boolean;
}

export interface DescribedObject {
  readonly name: string;
  readonly label: string;
  readonly custom?: boolean;
  readonly queryable: boolean;
  readonly fields: readonly DescribedField[];
}

/** An entry of the list of all objects. */
export interface ListedObject {
  readonly name: string;
  readonly label: string;
  readonly custom: boolean;
  readonly customSetting: boolean;
  readonly queryable: boolean;
  readonly deprecatedAndHidden: boolean;
  readonly associateEntityType?: string | null;
  readonly layoutable?: boolean;
  /** It has a log of deletions. */
  readonly replicateable?: boolean;
}

export type Limits = Readonly<Record<string, { readonly Max: number; readonly Remaining: number } | undefined>>;

export interface Client {
  listObjects(): Promise<readonly ListedObject[]>;
  describe(object: string): Promise<DescribedObject>;
  limits(): Promise<Limits>;
  /** Any JSON request below the version's base path. */
  request<T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: object): Promise<T>;
}

/** `onUsage` gets each answer's `Sforce-Limit-Info`. */
export function createClient(
  session: Session,
  version: string,
  limits: HttpLimits,
  onUsage: (header: string | null) => void,
): Client {
  const { accessToken, instanceUrl } = session;
  const connection = new Connection({ accessToken, instanceUrl, version, logLevel: "NONE" });
  useTransport(connection, transport(limits, onUsage));
  return {
    listObjects: async () => (await connection.describeGlobal()).sobjects as unknown as readonly ListedObject[],
    describe: async (object) => (await connection.describe(object)) as unknown as DescribedObject,
    limits: async () => (await connection.limits()) as unknown as Limits,
    request: async <T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: object): Promise<T> =>
      await connection.request<T>({
        method,
        url: `/services/data/v${version}${path}`,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      }),
  };
}

/** Logs in by the configured flow. Throws ConfigError SALESFORCE_LOGIN_FAILED, or TransientError. */
export async function logIn(
  options: SalesforceOptions,
  baseDir: string,
  context: Context,
  limits: HttpLimits,
): Promise<Session> {
  const { auth, loginUrl } = options;
  if (auth.flow === "session") {
    return { accessToken: auth.accessToken!, instanceUrl: auth.instanceUrl!, orgId: null, userId: null };
  }
  if (auth.flow === "sf-cli") return await cliSession(auth, context);
  const oauth2 = {
    loginUrl,
    ...(auth.clientId === null ? {} : { clientId: auth.clientId }),
    // sent along by every flow once it is known; the assertion is the secret of a JWT
    ...(auth.clientSecret === null || auth.flow === "jwt" ? {} : { clientSecret: auth.clientSecret }),
  };
  const connection = new Connection({ loginUrl, version: options.apiVersion, oauth2, logLevel: "NONE" });
  useTransport(connection, transport(limits, null));
  const assertion =
    auth.flow === "jwt"
      ? jwtAssertion(await privateKeyOf(auth, baseDir), auth, auth.audience ?? loginUrl, context.now())
      : "";
  try {
    await byFlow(connection, auth, assertion);
  } catch (error) {
    if (error instanceof MigrateError || context.signal.aborted) throw error;
    const { name, message } = error as Error;
    throw loginError(name === "Error" || name === "TypeError" ? "" : name, message, auth.flow);
  }
  const { accessToken, instanceUrl, userInfo } = connection;
  if (!accessToken || !instanceUrl) {
    throw new ConfigError("SALESFORCE_LOGIN_FAILED", `log-in by ${auth.flow} gave no access token`);
  }
  return {
    accessToken,
    instanceUrl: instanceUrl.replace(/\/+$/, ""),
    orgId: userInfo?.organizationId ?? null,
    userId: userInfo?.id ?? null,
  };
}

async function byFlow(connection: Connection, auth: AuthOptions, assertion: string): Promise<void> {
  switch (auth.flow) {
    case "client-credentials":
      await connection.authorize({ grant_type: "client_credentials" });
      return;
    case "jwt":
      await connection.authorize({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion });
      return;
    case "refresh-token":
      await connection.authorize({ grant_type: "refresh_token", refresh_token: auth.refreshToken! });
      return;
    default:
      await connection.login(auth.username!, auth.password! + (auth.securityToken ?? ""));
  }
}

interface VendorRequest {
  readonly url: string;
  readonly method: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

interface VendorResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** `onUsage` null: a log-in, whose refusals jsforce reads itself; else refusals are thrown as what they mean. */
function transport(limits: HttpLimits, onUsage: ((header: string | null) => void) | null) {
  const exchange = async (request: VendorRequest): Promise<VendorResponse> => {
    const { url, method, headers = {}, body } = request;
    const { "content-length": _, ...sent } = headers;
    const what = onUsage === null ? "log-in" : `${method} ${new URL(url).pathname}`;
    const answer = await send(
      { method, url, what, headers: sent, ...(typeof body === "string" ? { body } : {}) },
      limits,
    );
    const type = answer.headers.get("content-type") ?? "";
    onUsage?.(answer.headers.get("sforce-limit-info"));
    // jsforce reads a refused log-in itself, but not what a server says that is down; SOAP says everything with 500
    const refused = onUsage === null ? answer.status >= 500 && !/xml/i.test(type) : answer.status >= 300;
    if (refused) throw await refusedAnswer(answer, what);
    const text = await answer.text();
    if (/json/i.test(type)) requireJson(text, what);
    return { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: text };
  };
  return {
    // jsforce also wants a stream of the body, which nobody here reads
    httpRequest: (request: VendorRequest) => Object.assign(exchange(request), { stream: () => new PassThrough() }),
  };
}

/** jsforce would hand a body that broke off on as text. */
function requireJson(text: string, what: string): void {
  try {
    if (text !== "") JSON.parse(text);
  } catch (cause) {
    throw new TransientError("SALESFORCE_UNAVAILABLE", `${what}: the answer broke off or is no JSON`, { cause });
  }
}

/** jsforce has no public way to give a connection another transport. */
function useTransport(connection: Connection, own: ReturnType<typeof transport>): void {
  Object.assign(connection, { _transport: own });
  Object.assign(connection.oauth2, { _transport: own });
}
