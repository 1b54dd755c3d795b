/** Which fields change without the record's stamp. */
import type { DescribedField } from "./client.ts";
import { joinsOf } from "./joins.ts";
import type { Metadata } from "./metadata.ts";

/** Computed by the platform although their descriptions do not say so: from activities, from views, from members of campaigns. */
const COMPUTED =
  /^(?:Last(?:Activity|Viewed|Referenced)Date|(?:Hierarchy)?(?:NumberOf(?:Leads|ConvertedLeads|Contacts|Responses|Opportunities|WonOpportunities)|Amount(?:All|Won)Opportunities))$/;

/**
 * Formulas, roll-ups, and what comes from other records: joined columns and dotted paths. A reference that a record keeps
 * for life (`PricebookEntry.Product2Id`) is none of them.
 */
export async function derivedFields(metadata: Metadata, object: string, fields: readonly string[]): Promise<string[]> {
  const described = await metadata.describe(object);
  const joined = new Set(
    (await joinsOf(described.name, metadata)).flatMap(({ columns }) => columns.map(({ name }) => name)),
  );
  const found: string[] = [];
  for (const name of new Set(fields)) {
    if (joined.has(name)) found.push(name);
    else if (name.includes(".")) {
      const last = await lastField(metadata, described.name, name);
      if (last === null || !isForLife(last)) found.push(name);
    } else {
      const field = described.fields.find((candidate) => candidate.name === name);
      if (field !== undefined && (field.calculated || COMPUTED.test(name))) found.push(name);
    }
  }
  return found;
}

const isForLife = (field: DescribedField): boolean =>
  field.type === "reference" && field.createable === true && field.updateable === false && !field.calculated;

/** The field that a path of references to one object each leads to; null: there is none. */
async function lastField(metadata: Metadata, object: string, path: string): Promise<DescribedField | null> {
  const steps = path.split(".");
  let at = await metadata.describe(object);
  for (const step of steps.slice(0, -1)) {
    const [to, ...others] = at.fields.find((field) => field.relationshipName === step)?.referenceTo ?? [];
    if (to === undefined || others.length > 0 || (await metadata.nameOf(to)) === null) return null;
    at = await metadata.describe(to);
  }
  return at.fields.find(({ name }) => name === steps.at(-1)) ?? null;
}
