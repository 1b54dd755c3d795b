/**
 * Names in other languages than English, made comparable. Sources: the localised interfaces of HubSpot and Salesforce, the headers of
 * Outlook's contact exports, and what people call things.
 */
import { normalise, objectWords } from "../suggest-names.ts";
import { dutch } from "./dutch.ts";
import { french } from "./french.ts";
import { german } from "./german.ts";
import { italian } from "./italian.ts";
import { japanese } from "./japanese.ts";
import { portuguese } from "./portuguese.ts";
import { spanish } from "./spanish.ts";
import { swedish } from "./swedish.ts";
import type { LanguageNames, Names } from "./types.ts";

export const LANGUAGES: readonly LanguageNames[] = [
  german,
  french,
  spanish,
  portuguese,
  italian,
  dutch,
  swedish,
  japanese,
];

/** What HubSpot calls a record's id. */
export const RECORD_IDS: readonly string[] = [
  "Datensatz-ID",
  "ID d'enregistrement",
  "ID de l'objet",
  "ID del registro",
  "ID de registro",
  "ID do registro",
  "ID record",
  "ID del record",
  "Record-ID",
  "Post-ID",
  "レコードID",
].map(normalise);

/** A name in another language. */
export interface ForeignName {
  readonly language: string;
  /** Made for this object, not for any. */
  readonly own: boolean;
  /** Place in its list: the first is the most usual. */
  readonly rank: number;
}

const PERSONS = ["contact", "lead", "user"];
/** Parts of addresses, as the objects call them: `billing_city`, `mailing_city`, `city`. */
const MAIN_ADDRESS: Readonly<Record<string, string>> = { account: "billing_", contact: "mailing_", lead: "", user: "" };

/** `object.field`, or `*.field` -> normalised name -> what it is. */
const fields = new Map<string, Map<string, ForeignName>>();
/** Normalised name of a file -> target objects and their languages. */
const objects = new Map<string, { readonly object: string; readonly language: string }[]>();

function add(language: string, object: string, field: string, names: readonly string[]): void {
  const path = `${object}.${field}`;
  const known = fields.get(path) ?? new Map<string, ForeignName>();
  fields.set(path, known);
  for (const [rank, name] of names.entries()) {
    const words = normalise(name);
    if (!known.has(words)) known.set(words, { language, own: object !== "*", rank });
  }
}

const each = (names: Names, take: (field: string, names: readonly string[]) => void): void => {
  for (const [field, list] of Object.entries(names)) take(field, list);
};

for (const names of LANGUAGES) {
  const { language } = names;
  each(names.all, (field, list) => add(language, "*", field, list));
  each(names.person, (field, list) => {
    const own = field === "company" ? ["account_id", "company"] : [field];
    for (const object of PERSONS) for (const name of own) add(language, object, name, list);
  });
  each(names.company, (field, list) => add(language, "account", field, list));
  each(names.deal, (field, list) => {
    const own = { account: "account_id", contact: "primary_contact_id" }[field] ?? field;
    add(language, "opportunity", own, list);
  });
  each(names.ticket, (field, list) => add(language, "case", field, list));
  each(names.address, (field, list) => {
    for (const [object, prefix] of Object.entries(MAIN_ADDRESS)) add(language, object, `${prefix}${field}`, list);
  });
  each(names.home, (field, list) => add(language, "contact", `other_${field}`, list));
  each(names.objects, (object, list) => {
    for (const name of list) {
      const words = objectWords(name);
      objects.set(words, [...(objects.get(words) ?? []), { object, language }]);
    }
  });
}

/** What a normalised column name says in another language; null: nothing about this field. */
export function foreignName(words: string, object: string, field: string): ForeignName | null {
  return fields.get(`${object}.${field}`)?.get(words) ?? fields.get(`*.${field}`)?.get(words) ?? null;
}

/** The target objects that a file of this name (`objectWords`) holds, in other languages. */
export function foreignObjects(words: string): readonly { readonly object: string; readonly language: string }[] {
  return objects.get(words) ?? [];
}
