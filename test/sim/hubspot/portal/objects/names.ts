/** Names that several types of records use, and what records are made of. */
import { COMPANY, FIRST, LAST, SENTENCES, SUFFIX } from "../../../salesforce/org/words.ts";
import { pick, type Seed } from "../seed.ts";

/** Unique; blank for one company in 90, which has a domain only. */
export function companyName(seed: Seed): (index: number) => string | null {
  const throwOf = seed.world.dice("companies.name");
  return (index) =>
    index % 90 === 17
      ? null
      : `${pick(COMPANY, throwOf(index, 997))} ${pick(SUFFIX, throwOf(index + 1, 89))} ${index.toString(36)}`;
}

export const domainOf = (index: number): string => `company${index}.example`;

/** One contact in 33 has no first name, one in 71 no last name, one in 66 neither. */
export function contactName(
  seed: Seed,
): (index: number) => { readonly first: string | null; readonly last: string | null } {
  const throwOf = seed.world.dice("contacts.name");
  return (index) => ({
    first: index % 33 === 7 ? null : pick(FIRST, throwOf(index, 997)),
    last: index % 66 === 7 || index % 71 === 9 ? null : pick(LAST, throwOf(index + 1, 991)),
  });
}

export const contactEmail = (seed: Seed, index: number): string | null => {
  if (index % 50 === 13) return null;
  // people who are in another CRM as well: those of the simulated org's person accounts
  if (index % 25 === 6) return `person${20 * ((index - 6) / 25) + 7}@mail.example`;
  return `contact${index}@${domainOf(seed.relations.primaryCompany("contacts", index) ?? 0)}`;
};

/** Text of some length; one in 150 is longer than 60,000 characters. */
export function longText(seed: Seed, purpose: string): (index: number) => string {
  const throwOf = seed.world.dice(purpose);
  return (index) => {
    const sentence = pick(SENTENCES, throwOf(index, 997)).replaceAll("\r\n", "\n");
    if (index % 150 === 10) return `${sentence}\n${"All work and no play. ".repeat(2900)}`;
    return throwOf(index + 5, 3) === 0 ? sentence : `${sentence}\n${pick(SENTENCES, throwOf(index + 2, 991))}`;
  };
}

export const html = (text: string): string =>
  `<div style="" dir="auto" data-top-level="true"><p style="margin:0;">${text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("\n", "<br>")}</p></div>`;

export const SOURCES = [
  "ORGANIC_SEARCH",
  "PAID_SEARCH",
  "EMAIL_MARKETING",
  "SOCIAL_MEDIA",
  "REFERRALS",
  "OTHER_CAMPAIGNS",
  "DIRECT_TRAFFIC",
  "OFFLINE",
  "PAID_SOCIAL",
] as const;
