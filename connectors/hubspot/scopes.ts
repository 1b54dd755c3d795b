/** Which scope lets an app read what. Names as HubSpot's list of scopes has them. */

/** By the plural name of the object. */
const READ: Readonly<Record<string, string>> = {
  contacts: "crm.objects.contacts.read",
  companies: "crm.objects.companies.read",
  deals: "crm.objects.deals.read",
  owners: "crm.objects.owners.read",
  leads: "crm.objects.leads.read",
  line_items: "crm.objects.line_items.read",
  quotes: "crm.objects.quotes.read",
  // older apps have `e-commerce` instead
  products: "crm.objects.products.read",
  tickets: "tickets",
  files: "files",
  // engagements are read with the scope of the contacts that they are about
  calls: "crm.objects.contacts.read",
  emails: "crm.objects.contacts.read",
  meetings: "crm.objects.contacts.read",
  notes: "crm.objects.contacts.read",
  tasks: "crm.objects.contacts.read",
  communications: "crm.objects.contacts.read",
  postal_mail: "crm.objects.contacts.read",
};

export const CUSTOM_OBJECTS = "crm.objects.custom.read";
export const CUSTOM_SCHEMAS = "crm.schemas.custom.read";
/** Without it, bodies of e-mails come redacted. */
export const EMAIL_BODIES = "sales-email-read";

/** The scope that reading an object needs. `object` is a plural name, or a custom object's. */
export function readScope(object: string): string {
  return READ[object] ?? CUSTOM_OBJECTS;
}

/** The scope that an object's properties of a sensitivity (`sensitive`, `highly_sensitive`) need. */
export function sensitiveScope(object: string, sensitivity: string): string {
  const scope = readScope(object);
  return scope.endsWith(".read") ? scope.replace(/\.read$/, `.${sensitivity}.read`) : `${scope}.${sensitivity}`;
}

/**
 * What a refusal (403) asks for. The refusal of a general endpoint names every scope of every object (31 in a recorded
 * one), so what reading the object of the path needs comes first; null: no idea.
 */
export function missingScope(
  { message, raw }: { readonly message: string; readonly raw: Readonly<Record<string, unknown>> },
  what: string,
): string | null {
  const object = objectOf(what);
  const likely = object === null ? null : readScope(object);
  const named = contextScopes(raw);
  if (likely !== null && named.includes(likely)) return likely;
  if (named.length > 0 && named.length <= 3) return named.join(" or ");
  return likely ?? named[0] ?? /requires (?:one|all) of \[([^\]]+)\]/i.exec(message)?.[1] ?? null;
}

/** `errors[].context.requiredGranularScopes` and `.requiredScopes`. */
function contextScopes(raw: Readonly<Record<string, unknown>>): string[] {
  const errors = Array.isArray(raw.errors) ? (raw.errors as readonly Readonly<Record<string, unknown>>[]) : [];
  const found = new Set<string>();
  for (const { context } of errors) {
    if (typeof context !== "object" || context === null) continue;
    const { requiredGranularScopes, requiredScopes } = context as Readonly<Record<string, unknown>>;
    for (const list of [requiredGranularScopes, requiredScopes]) {
      if (Array.isArray(list)) for (const scope of list) found.add(String(scope));
    }
  }
  return [...found];
}

/** The object that a path is about: `/crm/v3/objects/deals`, `/crm/owners/2026-03`. */
export function objectOf(what: string): string | null {
  const path = what.replace(/^[A-Z]+ /, "").split("?")[0]!;
  if (/^\/crm-object-schemas\//.test(path)) return null;
  if (/^\/files\//.test(path)) return "files";
  if (/^\/crm\/(?:v3\/owners|owners\/)/.test(path)) return "owners";
  const match = /^\/crm\/(?:v\d\/)?(?:objects|properties|pipelines|associations)\/(?:\d{4}-\d\d\/)?([^/]+)/.exec(path);
  return match === null ? null : decodeURIComponent(match[1]!);
}
