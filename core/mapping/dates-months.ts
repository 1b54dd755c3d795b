/**
 * Names of months in English, German, French, Spanish, Portuguese, Italian, Dutch and Swedish, in full and as they are
 * abbreviated. No name means two months, so that the language need not be known. (Japanese months are numbers: dates-japanese.ts.)
 */

const NAMES: readonly string[] = [
  "january jan januar jänner jan janvier janv enero ene janeiro gennaio gen januari",
  "february feb februar feber février févr fév febrero fevereiro fev febbraio februari",
  "march mar märz maerz mrz mär mars marzo março maart mrt",
  "april apr avril avr abril abr aprile",
  "may mai mayo maio maggio mag mei maj",
  "june jun juni juin junio junho giugno giu",
  "july jul juli juillet juil julio julho luglio lug",
  "august aug août agosto ago augustus augusti",
  "september sep sept septembre septiembre setiembre set setembro settembre sett",
  "october oct oktober okt octobre octubre outubro out ottobre ott",
  "november nov novembre noviembre novembro",
  "december dec dezember dez décembre déc diciembre dic dezembro dicembre",
];

const fold = (name: string): string =>
  name
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{M}+/gu, "");

const MONTHS: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap((names, index) => names.split(" ").map((name) => [fold(name), index + 1] as const)),
);

/** 1..12 of a month's name or abbreviation; case, accents and a closing point do not matter. Else 0. */
export function monthNumber(name: string): number {
  return MONTHS.get(fold(name).replace(/\.$/, "")) ?? 0;
}

/** Every known name with its month, folded: for tests. */
export const monthNames = (): readonly (readonly [string, number])[] => [...MONTHS];
