/**
 * Lists that add to what the target has (a cell such as `;red;blue`): their first item is empty. `{"",red,blue}` in a text[]
 * column, `["", "red", "blue"]` in the custom jsonb.
 */
import { arrayItems } from "./values-text.ts";
import { isFailure, isKept, type Kept, type Parsed } from "./values-types.ts";

/** The list as one that is added. A list without items says nothing. */
export function appended<Result extends Parsed>(result: Result, custom: boolean): Result | string | Kept {
  if (isFailure(result)) return result;
  const text = isKept(result) ? result.text : (result as string);
  if (text === null) return result;
  const marked = custom ? `["", ${text.slice(1)}` : `{"",${text.slice(1)}`;
  return isKept(result) ? { text: marked, warning: result.warning } : marked;
}

/** True for the text of a list that is added to what the target has. */
export const isAppended = (text: string): boolean => text.startsWith('{"",') || text.startsWith('["", ');

/** Its items, of a list that was not added, too. */
export function listItems(text: string): readonly string[] {
  const items = text.startsWith("[") ? (JSON.parse(text) as unknown[]).map(String) : arrayItems(text);
  return items.filter((item) => item !== "");
}

/** SQL of what the proof expects of a row that holds `held`: whatever list holds the added items, or the staged one. */
export const expectedOf = (held: string, staged: string): string =>
  `case when ${staged}[1] = '' and ${held} @> array_remove(${staged}, '') then ${held} else array_remove(${staged}, '') end`;

/** The same for a list in a jsonb. */
export const expectedOfJson = (held: string, staged: string): string =>
  `case when jsonb_typeof(${staged}) = 'array' and ${staged} ->> 0 = ''
     then case when ${held} @> ((${staged}) - 0) then ${held} else (${staged}) - 0 end else ${staged} end`;

/** SQL, never null: true for a staged list that is added. */
export const addsTo = (staged: string): string => `coalesce(${staged}[1] = '', false)`;

/** The same for a list in a jsonb. */
export const addsInJson = (staged: string): string =>
  `coalesce(jsonb_typeof(${staged}) = 'array' and ${staged} ->> 0 = '', false)`;

/** SQL of what a new row takes of a staged text[]. */
export const appendedToNothing = (staged: string): string => `array_remove(${staged}, '')`;

/** SQL of what an existing row takes: the staged list, or what it has and the items that it lacks. */
export const appendedTo = (held: string, staged: string): string =>
  `case when ${staged}[1] = '' then coalesce(${held}, '{}') || array(
     select x from unnest(${staged}) with ordinality as u(x, n) where x <> '' and x <> all(coalesce(${held}, '{}')) order by n)
   else ${staged} end`;
