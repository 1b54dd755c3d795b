/** What exports call things in one language: HubSpot's and Salesforce's labels, the headers of Outlook and Excel, and plain words. */

/** Field, or object, of the target -> names as they are written. */
export type Names = Readonly<Record<string, readonly string[]>>;

export interface LanguageNames {
  /** In English: reasons say it. */
  readonly language: string;
  /** Target object -> names of files and sheets with such records. */
  readonly objects: Names;
  /** Fields of any object. */
  readonly all: Names;
  /** Fields of contacts, leads and users; `company` is where they work. */
  readonly person: Names;
  /** Fields of accounts. */
  readonly company: Names;
  /** Fields of opportunities. */
  readonly deal: Names;
  /** Fields of cases. */
  readonly ticket: Names;
  /** `street`, `city`, `state`, `postal_code`, `country`: of the main address, and of a person's home. */
  readonly address: Names;
  readonly home: Names;
}
