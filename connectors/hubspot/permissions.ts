/** What `migrate check` tells of a HubSpot token beyond the fields: scopes that records need, and calls that are left. */
import { ConfigError, hasCode, MigrateError, type Problem } from "../../core/errors.ts";
import { mapLimited } from "../../core/limiter.ts";
import type { Api } from "./api.ts";
import { NOT_FOUND, SCOPE_MISSING } from "./errors.ts";
import { associationField, ENGAGEMENTS, FILES, type HubspotObject, OWNERS, RELATED } from "./objects.ts";
import type { HubspotOptions } from "./options.ts";
import { isTokenProblem, type Portal } from "./portal.ts";
import { listOf, textOf } from "./read-wire.ts";
import { EMAIL_BODIES } from "./scopes.ts";

interface Checked {
  readonly api: Api;
  readonly portal: Portal;
  readonly options: HubspotOptions;
}

/** Properties of e-mails that come redacted without a scope of their own. */
const BODIES = ["hs_email_html", "hs_email_text", "hs_body_preview", "hs_body_preview_html", "hs_email_headers"];
/** Fewer calls than this share of all are worth a warning. */
const FEW = 0.1;

/** Every problem at once; `objects` are those that are migrated, with the fields that mappings name. */
export async function checkPermissions(
  { api, portal, options }: Checked,
  objects: ReadonlyMap<HubspotObject, readonly string[]>,
): Promise<Problem[]> {
  const needed = new Map<string, Set<string>>();
  const need = (what: string, user: string) => needed.set(what, (needed.get(what) ?? new Set()).add(user));
  for (const [object, fields] of objects) {
    switch (object.kind) {
      case "records":
        need(object.type, object.name);
        for (const field of fields) {
          const to = associationField(field)?.to;
          const target = to === undefined ? null : await portal.typeOf(to);
          if (target !== null) need(target.name, object.name);
        }
        break;
      case "pairs":
        need(object.from, object.name);
        need(object.to, object.name);
        break;
      case "owners":
        need(OWNERS, OWNERS);
        break;
      case "files":
        need(FILES, FILES);
        for (const type of ENGAGEMENTS) need(type, FILES);
        if (fields.some((field) => field.startsWith("related_"))) for (const type of RELATED) need(type, FILES);
    }
  }
  const refusals = await mapLimited(needed, options.concurrency, async ([what, users]) => {
    const refusal = await refusalOf(api, what);
    return refusal === null ? [] : [problemOf(refusal, what, users)];
  });
  return [...refusals.flat(), ...(await emailProblems(api, options, objects)), ...callProblems(api, options)];
}

const isRelated = (what: string): boolean => (RELATED as readonly string[]).includes(what);

/** One cheap call; null: it is allowed. */
async function refusalOf(api: Api, what: string): Promise<MigrateError | null> {
  const { paths } = api;
  try {
    // there is no file 0: that it is not found says that it may be asked for
    if (what === FILES) await api.get(paths.file("0"));
    else await api.get(what === OWNERS ? paths.owners() : paths.objects(what), { limit: 1 });
    return null;
  } catch (error) {
    if (hasCode(error, NOT_FOUND)) return what === FILES ? null : (error as MigrateError);
    if (what === FILES && hasCode(error, "HUBSPOT_REQUEST_REFUSED")) return null;
    if (isTokenProblem(error) || !(error instanceof ConfigError)) throw error;
    return error;
  }
}

function problemOf(error: MigrateError, what: string, users: ReadonlySet<string>): Problem {
  const others = [...users].filter((user) => user !== what);
  const why = others.length === 0 ? "" : ` (needed by ${others.join(", ")})`;
  const { code, hint } = error;
  const message = hasCode(error, SCOPE_MISSING) ? error.message : `${what}: ${error.message}`;
  // files are read without the records that they belong to
  const loose = others.length === users.size && others.every((user) => user === FILES) && isRelated(what);
  const severity = loose ? "warning" : "error";
  return { code, message: message + why, place: { object: what }, hint, severity };
}

async function emailProblems(
  api: Api,
  options: HubspotOptions,
  objects: ReadonlyMap<HubspotObject, readonly string[]>,
): Promise<Problem[]> {
  const read = [...objects].some(
    ([object, fields]) =>
      object.kind === "records" && object.type === "emails" && fields.some((field) => BODIES.includes(field)),
  );
  if (!read) return [];
  const scopes = await grantedScopes(api, options);
  if (scopes?.includes(EMAIL_BODIES) === true) return [];
  return [
    {
      code: "HUBSPOT_EMAIL_BODIES",
      message:
        scopes === null
          ? `whether the app has the scope ${EMAIL_BODIES} could not be found out: without it, bodies of e-mails are empty or redacted`
          : `the app lacks the scope ${EMAIL_BODIES}: bodies of e-mails are empty or redacted`,
      place: { object: "emails" },
      hint: `Add the scope ${EMAIL_BODIES} to the app, or take the bodies out of the mapping.`,
      severity: "warning",
    },
  ];
}

/** The scopes of a private app's token; null: they cannot be found out. */
async function grantedScopes(api: Api, { accessToken }: HubspotOptions): Promise<readonly string[] | null> {
  if (accessToken === null) return null;
  try {
    const answer = await api.post("/oauth/v2/private-apps/get/access-token-info", { tokenKey: accessToken });
    return Array.isArray(answer.scopes) ? listOf(answer.scopes).flatMap((scope) => textOf(scope) ?? []) : null;
  } catch (error) {
    // service keys are no private apps
    if (error instanceof MigrateError && error.exitCode <= 2) return null;
    throw error;
  }
}

function callProblems(api: Api, { apiShare }: HubspotOptions): Problem[] {
  const { usage, left } = api.rates.daily;
  if (usage === null || left === null || left >= usage.max * apiShare * FEW) return [];
  return [
    {
      code: "HUBSPOT_FEW_CALLS_LEFT",
      message: `${left.toLocaleString("en")} API calls are left for this migration today, of ${usage.max.toLocaleString("en")}`,
      place: {},
      hint: "Run after midnight in the portal's time zone, when the count starts anew, or raise limits.api.",
      severity: "warning",
    },
  ];
}
